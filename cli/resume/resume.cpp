// `resume`: a person says that the clock of this host, and what is seen of a server, are right; or
// that the panel went back on purpose. The service that runs is told over its socket; where none
// runs, the event store is.
#include "cli/command.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/pass/journal.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kResumed{"server {}: resumed\n", "сервер {}: возобновлён\n"};
constexpr Phrase kNoDoubt{"server {}: nothing was in doubt\n", "сервер {}: сомнений не было\n"};
constexpr Phrase kAccepted{
    "the panel's data is gone on with as it is\n",
    "работа продолжится с данными панели как есть\n"};
constexpr Phrase kNotOlder{
    "the panel's data is not older than what was seen before\n",
    "данные панели не старее уже виденных\n"};

void say_resumed(const CommandContext& context, ServerId server, bool changed) {
    print(say(context.language, changed ? kResumed : kNoDoubt, server.value));
}

Result<void> record(const CommandContext& context, ServerId server) {
    return open_with_ledger(context, Opening::kWrite).and_then([&](OpenStore open) -> Result<void> {
        Journal journal(*open.store, std::move(open.ledger), system_now);
        const RecordContext why(random_id(system_now()), operator_actor());
        Result<void> recorded;
        if (const Time now = system_now(); clock_went_back(journal.ledger(), now)) {
            // No pass has noticed it yet: what a person trusts is on record first.
            const Duration moved = now - journal.ledger().panel().recorded_at;
            recorded = journal.record_now(decide_clock({journal.ledger(), now}, moved), why);
        }
        std::vector<Event> events = decide_resumed(journal.ledger(), server);
        const bool changed = !events.empty();
        if (recorded && changed) {
            recorded = journal.record_now(std::move(events), why);
        }
        if (recorded) {
            say_resumed(context, server, changed);
        }
        return recorded;
    });
}

Result<void> resume(const CommandContext& context, ServerId server) {
    protocol::Request request("resume");
    request.module = server;
    return told_service(context, std::move(request)).and_then([&](std::optional<bool> changed) {
        if (!changed) {
            return record(context, server);
        }
        say_resumed(context, server, *changed);
        return Result<void>();
    });
}

int say_accepted(const CommandContext& context, bool changed) {
    print(say(context.language, changed ? kAccepted : kNotOlder));
    return kExitOk;
}

Result<int> accept_this_panel(const CommandContext& context) {
    return told_service(context, protocol::Request("accept_panel"))
        .and_then([&](std::optional<bool> changed) -> Result<int> {
            if (changed) {
                return say_accepted(context, *changed);
            }
            return with_journal(context, true, [&](PlanningSession& session, Journal& journal) {
                return accept_panel_with(session, journal).map([&](bool accepted) {
                    return say_accepted(context, accepted);
                });
            });
        });
}

}  // namespace

Result<int> run_resume(const CommandContext& context) {
    if (context.args.accept_panel) {
        return accept_this_panel(context);
    }
    return known_so_far(context).and_then([&](const KnownSoFar& known) -> Result<int> {
        bool found = false;
        for (const auto& [id, server] : known.ledger.servers()) {
            if (context.args.server && *context.args.server != id.value) {
                continue;
            }
            found = true;
            const Result<void> done = resume(context, id);
            if (!done) {
                return tl::unexpected(done.error());
            }
        }
        if (!found && context.args.server) {
            return tl::unexpected(unknown_server(*context.args.server));
        }
        return kExitOk;
    });
}

}  // namespace bn::cli
