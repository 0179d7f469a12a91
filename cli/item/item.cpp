// `item ID`: desired, actual, ledger, drift, last events and what happens next, on one screen.
#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>

#include "cli/item/item_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

template <class List, class Out, class ItemOf>
void pick(const List& all, Out& out, ItemId item, ItemOf item_of) {
    std::ranges::copy_if(all, std::back_inserter(out), [&](const auto& one) {
        return std::invoke(item_of, one) == item;
    });
}

void fill_desired(ItemView& view, const DesiredSnapshot& desired) {
    view.row_exists = desired.has_row(view.item);
    for (const DesiredServer& server : desired.servers) {
        const std::size_t at = server.accounts.find(view.item);
        if (at != DesiredTable::npos) {
            view.server = server.id;
            view.server_name = server.name;
            view.desired = DesiredView(server.accounts[at]);
        }
    }
    pick(desired.holds, view.holds, view.item, &Hold::item);
}

void fill_plan(ItemView& view, const ServerObservation& server) {
    view.server = server.server;
    view.server_name = server.name;
    view.policy = server.policy;
    if (server.error) {
        view.actual_error = server.error->text();
        return;
    }
    if (!server.looked.empty()) {
        view.actual = server.looked.front();
    }
    if (!server.plan) {
        return;
    }
    view.stopped = server.plan->stopped;
    for (const Drift& drift : server.plan->drift) {
        view.drift = drift.item == view.item ? drift.mask() : view.drift;
    }
    pick(server.plan->actions, view.actions, view.item, &Action::item);
    pick(server.plan->held, view.held, view.item, [](const HeldAction& held) {
        return held.hold.item;
    });
}

Result<void> fill_events(ItemView& view, EventStore& store, std::uint64_t limit) {
    EventFilter filter;
    filter.item = view.item;
    filter.newest_first = true;
    filter.limit = limit;
    Result<void> read = store.read(filter, [&view](const Envelope& envelope) {
        view.events.push_back(envelope);
        return true;
    });
    std::reverse(view.events.begin(), view.events.end());
    return read;
}

// The password that was set when the account was created, for as long as it is kept.
int print_password(ItemId item, EventStore& store) {
    EventFilter filter;
    filter.item = item;
    filter.newest_first = true;
    std::string ref;
    Result<void> read = store.read(filter, [&ref](const Envelope& envelope) {
        const auto* intent = std::get_if<ActionIntended>(&envelope.event);
        ref = intent == nullptr ? "" : intent->secret_ref;
        return ref.empty();
    });
    if (!read) {
        return fail(read.error());
    }
    Result<Secret> secret = store.secret(ref);
    if (!secret) {
        return fail(human_error(
            "store.no_secret",
            fmt::format("no password is kept for item {}", item.value),
            "one is kept for an account that this program created, until the panel has it: look at "
            "the service's param userpassword there, or set a new one in the cloud"
        ));
    }
    print(fmt::format("{}\n", secret->reveal()));
    return kExitOk;
}

Result<void> look(const CommandContext& context, ItemView& view, const Ledger& ledger) {
    Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, true);
    if (!session) {
        return tl::unexpected(std::move(session.error()));
    }
    PassRequest request = command_request(context.args);
    request.items = {view.item};
    Result<Observation> observation = (*session)->dry_run(std::move(request), ledger);
    if (!observation) {
        return tl::unexpected(std::move(observation.error()));
    }
    fill_desired(view, *observation->desired);
    for (const ServerObservation& server : observation->servers) {
        if (view.server.value == 0 || server.server == view.server) {
            fill_plan(view, server);
        }
    }
    return {};
}

}  // namespace

int run_item(const CommandContext& context) {
    const Arguments& args = context.args;
    ItemView view;
    view.now = system_now();
    view.item = ItemId(*args.item);
    Ledger ledger;
    std::error_code ignored;
    if (std::filesystem::exists(context.config.store.path, ignored)) {
        Result<OpenStore> store = open_with_ledger(context, true);
        if (!store) {
            return fail(store.error());
        }
        if (args.show_password) {
            return print_password(view.item, *store->store);
        }
        if (Result<void> read = fill_events(view, *store->store, args.events); !read) {
            return fail(read.error());
        }
        ledger = std::move(store->ledger);
    }
    if (const LedgerItem* known = ledger.item(view.item)) {
        view.ledger = *known;
        view.server = known->server;
    }
    if (!args.offline) {
        if (Result<void> looked = look(context, view, ledger); !looked) {
            return fail(looked.error());
        }
    }
    if (!view.ledger && !view.desired && view.holds.empty() && view.events.empty()) {
        return fail(human_error(
            "command.item",
            fmt::format("item {} is no service of ours", *args.item),
            "the number is the service's id in the panel"
        ));
    }
    print(args.json ? item_to_json(view) : render_item(view, context.screen()));
    return kExitOk;
}

}  // namespace bn::cli
