// `resume`: a person says that the clock of this host, and what is seen of a server, are right. The
// service that runs is told over its socket; where none runs, the event store is.
#include "cli/command.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/pass/journal.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "protocol/client.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kResumed{"server {}: resumed\n", "сервер {}: возобновлён\n"};
constexpr Phrase kNoDoubt{"server {}: nothing was in doubt\n", "сервер {}: сомнений не было\n"};

void say_resumed(const CommandContext& context, ServerId server, bool changed) {
    print(say(context.language, changed ? kResumed : kNoDoubt, server.value));
}

// False: no service runs.
Result<bool> told_service(const CommandContext& context, ServerId server) {
    constexpr Duration kLimit = std::chrono::seconds(10);
    protocol::Request request("resume");
    request.module = server;
    request.actor = operator_actor().name;
    const protocol::Answer answer =
        protocol::ask_controller(context.config.control.socket, request, kLimit);
    if (answer) {
        say_resumed(context, server, protocol::text_of(*answer, "changed") != "0");
        return true;
    }
    if (answer.error().type == "controller_down") {
        return false;  // if it runs all the same, it holds the store
    }
    return tl::unexpected(human_error("control.refused", answer.error().what, answer.error().remedy)
    );
}

Result<void> record(const CommandContext& context, ServerId server) {
    return open_with_ledger(context, Opening::kWrite).and_then([&](OpenStore open) -> Result<void> {
        Journal journal(*open.store, std::move(open.ledger), system_now);
        std::vector<Event> events = decide_resumed(journal.ledger(), server);
        const bool changed = !events.empty();
        Result<void> recorded;
        if (changed) {
            recorded = journal.record_now(
                std::move(events), RecordContext(random_id(system_now()), operator_actor())
            );
        }
        if (recorded) {
            say_resumed(context, server, changed);
        }
        return recorded;
    });
}

}  // namespace

Result<int> run_resume(const CommandContext& context) {
    return ledger_if_any(context.config).and_then([&](const Ledger& ledger) -> Result<int> {
        bool found = false;
        for (const auto& [id, server] : ledger.servers()) {
            if (context.args.server && *context.args.server != id.value) {
                continue;
            }
            found = true;
            const ServerId one = id;
            const Result<bool> told = told_service(context, one);
            const Result<void> done = told ? (*told ? Result<void>() : record(context, one))
                                           : tl::unexpected(told.error());
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
