// `adopt`: takes over services that an earlier module opened. It records; no cloud is written to.
//
// `--plan` shows only. Without it the same is shown, asked about and recorded. The cloud ports are
// read-only in both, so that a server under `observe` can be taken over as well.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include "controller/pass/panel_settings.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"

#include "cli/adopt/adopt_view.hpp"
#include "cli/plan/planning_session.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kBatch = 500;  // events of one append
constexpr Duration kFreshEnough = std::chrono::seconds(60);

struct Look {
    Observation observation;
    AdoptView view;
};

Result<Look> look(
    const CommandContext& context,
    const AdoptCommand& command,
    PlanningSession& session,
    const Ledger& ledger
) {
    Result<Observation> observation = session.dry_run(command_request(command.server, {}), ledger);
    if (!observation) {
        return tl::unexpected(std::move(observation.error()));
    }
    Result<bm_reader::PanelSettings> settings = panel_settings(context.config);
    if (!settings) {
        return tl::unexpected(std::move(settings.error()));
    }
    Result<bm_reader::PlainCredentials> plain = bm_reader::find_plain_credentials(*settings);
    if (!plain) {
        return tl::unexpected(std::move(plain.error()));
    }
    Look found;
    found.view = adopt_view(*observation, ledger, context.config, *plain, system_now());
    found.observation = *std::move(observation);
    return found;
}

// Why there is nothing to look at, although nothing failed.
std::optional<Error> nothing_seen(const Look& found, const AdoptCommand& command) {
    if (!found.observation.servers.empty()) {
        return std::nullopt;
    }
    if (command.server) {
        return Error(
            NextMove::kHuman,
            "command.server",
            fmt::format("server {} is not known, or is switched off", *command.server),
            "`bill-nextcloud status` lists the servers with their numbers"
        );
    }
    return Error(
        NextMove::kHuman,
        "panel.server",
        "the panel has no active processing module of ours",
        "compare panel.module in the configuration with the module that the panel's services name"
    );
}

void show(const CommandContext& context, const AdoptView& view) {
    const std::string text =
        context.json ? adopt_to_json(view) : render_adopt(view, context.screen());
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
}

int exit_code(const AdoptView& view) {
    if (view.failed()) {
        return kExitError;
    }
    const bool open = !view.recorded && view.adoptable() > 0;
    return open || view.clashes() > 0 ? kExitDrift : kExitOk;
}

bool confirmed(const CommandContext& context, const AdoptCommand& command, std::uint64_t count) {
    if (command.yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) == 0) {
        fmt::print(stderr, "error: standard input is no terminal to ask on; give --yes to adopt\n");
        return false;
    }
    fmt::print("{}", adopt_question(count, context.language));
    std::fflush(stdout);
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "yes" || answer == "да") {
        return true;
    }
    const bool russian = context.language == Language::kRussian;
    fmt::print("{}\n", russian ? "Ничего не записано." : "Nothing was recorded.");
    return false;
}

// The cloud that the accounts are on: an address that changes later is noticed.
std::optional<Event> observed_of(const ServerObservation& seen, const Ledger& ledger) {
    const LedgerServer* known = ledger.server(seen.server);
    if (!seen.info ||
        (known != nullptr && known->name == seen.name && known->address == seen.address &&
         known->product == seen.info->product && known->version == seen.info->version)) {
        return std::nullopt;
    }
    ServerObserved observed;
    observed.server = seen.server;
    observed.name = seen.name;
    observed.address = seen.address;
    observed.product = seen.info->product;
    observed.version = seen.info->version;
    return Event(observed);
}

std::vector<Event> events_of(const Look& found, const Ledger& ledger) {
    std::vector<Event> events;
    for (const AdoptServer& server : found.view.servers) {
        if (server.adopt.empty()) {
            continue;
        }
        if (std::optional<Event> observed =
                observed_of(*found.observation.server(server.server), ledger)) {
            events.push_back(*std::move(observed));
        }
        for (const AdoptRow& row : server.adopt) {
            AccountAdopted adopted;
            adopted.item = row.item;
            adopted.server = server.server;
            adopted.login = row.login;
            adopted.evidence = row.evidence;
            events.emplace_back(std::move(adopted));
        }
    }
    return events;
}

Result<void> record(Journal& journal, std::vector<Event> events) {
    const RecordContext why(random_id(system_now()), operator_actor());
    for (std::size_t from = 0; from < events.size(); from += kBatch) {
        const std::size_t to = std::min(events.size(), from + kBatch);
        const auto at = [&events](std::size_t i) {
            return std::make_move_iterator(events.begin() + static_cast<std::ptrdiff_t>(i));
        };
        Result<void> done = journal.record_now(std::vector<Event>(at(from), at(to)), why);
        if (!done) {
            return done;
        }
    }
    return {};
}

bool same_adoptions(const AdoptView& a, const AdoptView& b) {
    return std::equal(
        a.servers.begin(),
        a.servers.end(),
        b.servers.begin(),
        b.servers.end(),
        [](const AdoptServer& x, const AdoptServer& y) {
            const auto same = [](const AdoptRow& r, const AdoptRow& s) {
                return r.item == s.item && r.login == s.login;
            };
            return x.server == y.server &&
                   std::equal(x.adopt.begin(), x.adopt.end(), y.adopt.begin(), y.adopt.end(), same);
        }
    );
}

int adopt_with(
    const CommandContext& context,
    const AdoptCommand& command,
    PlanningSession& session,
    Journal& journal
) {
    Result<Look> found = look(context, command, session, journal.ledger());
    if (!found) {
        return fail(found.error());
    }
    if (std::optional<Error> nothing = nothing_seen(*found, command)) {
        return fail(*nothing);
    }
    if (found->view.adoptable() == 0) {
        found->view.recorded = 0;
        show(context, found->view);
        return exit_code(found->view);
    }
    if (!context.json) {
        show(context, found->view);
    }
    if (!confirmed(context, command, found->view.adoptable())) {
        return kExitError;
    }
    if (system_now() - found->view.now > kFreshEnough && !command.yes) {
        Result<Look> again = look(context, command, session, journal.ledger());
        if (!again) {
            return fail(again.error());
        }
        if (!same_adoptions(found->view, again->view)) {
            return fail(Error(
                NextMove::kHuman,
                "adopt.moved",
                "the panel or a cloud has changed since you were asked; nothing was recorded",
                "look at `bill-nextcloud adopt --plan` again"
            ));
        }
        found = std::move(again);
    }
    Result<void> recorded = record(journal, events_of(*found, journal.ledger()));
    if (!recorded) {
        return fail(recorded.error());
    }
    found->view.recorded = found->view.adoptable();
    if (context.json) {
        show(context, found->view);
    } else {
        std::fputs(render_adopted(found->view, context.screen()).c_str(), stdout);
    }
    return exit_code(found->view);
}

}  // namespace

int run_adopt(const CommandContext& context, const AdoptCommand& command) {
    if (command.plan_only) {
        Result<Ledger> ledger = ledger_if_any(context.config);
        if (!ledger) {
            return fail(ledger.error());
        }
        Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, true);
        if (!session) {
            return fail(session.error());
        }
        Result<Look> found = look(context, command, **session, *ledger);
        if (!found) {
            return fail(found.error());
        }
        if (std::optional<Error> nothing = nothing_seen(*found, command)) {
            return fail(*nothing);
        }
        show(context, found->view);
        return exit_code(found->view);
    }
    Result<std::unique_ptr<state::Store>> store = state::open_store(store_settings(context, false));
    if (!store) {
        return fail(store.error());
    }
    Result<Ledger> ledger = (*store)->ledger();
    if (!ledger) {
        return fail(ledger.error());
    }
    Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, true);
    if (!session) {
        return fail(session.error());
    }
    Journal journal(**store, *std::move(ledger), system_now);
    return adopt_with(context, command, **session, journal);
}

}  // namespace bn::cli
