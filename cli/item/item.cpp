// `item ID`: desired, actual, ledger, drift, last events and what happens next, on one screen.
#include <algorithm>
#include <cstdio>

#include "cli/plan/planning_session.hpp"
#include "controller/sys/host.hpp"
#include "state/event_codec.hpp"

namespace bn::cli {

namespace {

void fill_desired(ItemView& view, const Observation& observation) {
    view.row_exists = observation.desired->has_row(view.item);
    for (const DesiredServer& server : observation.desired->servers) {
        const std::size_t at = server.accounts.find(view.item);
        if (at != DesiredTable::npos) {
            view.server = server.id;
            view.server_name = server.name;
            view.desired = DesiredView(server.accounts[at]);
        }
    }
    for (const Hold& hold : observation.desired->holds) {
        if (hold.item == view.item) {
            view.holds.push_back(hold);
        }
    }
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
        if (drift.item == view.item) {
            view.drift = drift.mask();
        }
    }
    for (const Action& action : server.plan->actions) {
        if (action.item == view.item) {
            view.actions.push_back(action);
        }
    }
    for (const HeldAction& held : server.plan->held) {
        if (held.hold.item == view.item) {
            view.held.push_back(held);
        }
    }
}

Result<void> fill_events(ItemView& view, state::Store& store, std::uint64_t limit) {
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
int print_password(ItemId item, state::Store& store) {
    EventFilter filter;
    filter.item = item;
    filter.newest_first = true;
    std::string ref;
    Result<void> read = store.read(filter, [&ref](const Envelope& envelope) {
        const auto* intent = std::get_if<ActionIntended>(&envelope.event);
        if (intent == nullptr || intent->secret_ref.empty()) {
            return true;
        }
        ref = intent->secret_ref;
        return false;
    });
    if (!read) {
        return fail(read.error());
    }
    Result<Secret> secret = store.secret(ref);
    if (!secret) {
        return fail(Error(
            NextMove::kHuman,
            "store.no_secret",
            "no password is kept for item " + std::to_string(item.value),
            "one is kept for an account that this program created, until the panel has it: look at "
            "the service's param userpassword there, or set a new one in the cloud"
        ));
    }
    const std::string_view text = secret->reveal();
    std::printf("%.*s\n", static_cast<int>(text.size()), text.data());
    return kExitOk;
}

Result<Observation> look(const CommandContext& context, ItemId item, const Ledger& ledger) {
    Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, true);
    if (!session) {
        return tl::unexpected(std::move(session.error()));
    }
    return (*session)->dry_run(command_request(std::nullopt, {item.value}), ledger);
}

}  // namespace

int run_item(const CommandContext& context, const ItemCommand& command) {
    ItemView view;
    view.now = system_now();
    view.item = ItemId(command.item);
    Ledger ledger;
    Result<std::unique_ptr<state::Store>> store = state::open_store(store_settings(context, true));
    if (!store && store.error().code != "store.missing") {
        return fail(store.error());
    }
    if (store) {
        if (command.show_password) {
            return print_password(view.item, **store);
        }
        Result<Ledger> loaded = (*store)->ledger();
        Result<void> events = fill_events(view, **store, command.events);
        if (!loaded || !events) {
            return fail(loaded ? events.error() : loaded.error());
        }
        ledger = *std::move(loaded);
    }
    if (const LedgerItem* known = ledger.item(view.item)) {
        view.ledger = *known;
        view.server = known->server;
    }
    if (!command.offline) {
        Result<Observation> observation = look(context, view.item, ledger);
        if (!observation) {
            return fail(observation.error());
        }
        fill_desired(view, *observation);
        for (const ServerObservation& server : observation->servers) {
            if (view.server.value == 0 || server.server == view.server) {
                fill_plan(view, server);
            }
        }
    }
    if (!view.ledger && !view.desired && view.holds.empty() && view.events.empty()) {
        return fail(Error(
            NextMove::kHuman,
            "command.item",
            "item " + std::to_string(command.item) + " is no service of ours",
            "the number is the service's id in the panel"
        ));
    }
    const std::string text =
        context.json ? item_to_json(view) : render_item(view, context.screen());
    std::fputs(text.c_str(), stdout);
    return kExitOk;
}

}  // namespace bn::cli
