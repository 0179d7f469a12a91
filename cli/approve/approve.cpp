// `approve`: a person lets exactly what waits pass. The service that runs is told over its socket,
// and looks at once whether it is still that; where none runs, the event store is, and the next
// start.
#include "cli/command.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/json/json.hpp"
#include "controller/pass/journal.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kApproved{
    "approved: the service does exactly that now, if it is still what waits\n",
    "одобрено: служба сейчас сделает именно это, если ждёт всё ещё оно\n"};
constexpr Phrase kApprovedForLater{
    "approved for an hour: no service runs, the next one that starts does exactly that\n",
    "одобрено на час: служба не запущена, следующая сделает именно это\n"};

Result<void> record_approval(const CommandContext& context) {
    return open_with_ledger(context, Opening::kWrite).and_then([&](OpenStore open) -> Result<void> {
        Journal journal(*open.store, std::move(open.ledger), system_now);
        return decide_approved(journal.ledger(), context.args.approve, context.args.reason)
            .and_then([&](std::vector<Event> events) {
                const RecordContext why(random_id(system_now()), operator_actor());
                return journal.record_now(std::move(events), why);
            });
    });
}

}  // namespace

Result<int> run_approve(const CommandContext& context) {
    protocol::Request request("approve");
    request.checksum = context.args.approve;
    request.reason = context.args.reason;
    return told_service(context, std::move(request))
        .and_then([&](std::optional<bool> told) -> Result<int> {
            if (!told) {
                const Result<void> recorded = record_approval(context);
                if (!recorded) {
                    return tl::unexpected(recorded.error());
                }
            }
            if (context.args.json) {
                controller::Json json;
                json["approved"] = context.args.approve;
                json["service_runs"] = told.has_value();
                print(controller::dump(json, 2));
            } else {
                print(say(context.language, told ? kApproved : kApprovedForLater));
            }
            return kExitOk;
        });
}

}  // namespace bn::cli
