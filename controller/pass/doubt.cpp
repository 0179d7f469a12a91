#include "controller/pass/doubt.hpp"

#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

namespace bn::controller {

namespace {

// Sets the sealed password of a create whose answer was lost.
Task<Result<void>> set_sealed_password(
    DoubtParts& parts, Action action, std::string secret_ref, RecordContext context
) {
    Result<Secret> secret = parts.journal.store().secret(secret_ref);
    if (!secret) {
        co_return tl::unexpected(std::move(secret.error()));
    }
    const std::string action_id = parts.clock.id();
    ActionStart start = start_action(
        parts.journal.ledger(), action, nullptr, action_id, parts.clock.now(), secret_ref
    );
    if (start.move != StartMove::kCall) {
        co_return Result<void>{};  // somebody is at this item already: the password waits, sealed
    }
    const Flight flight(parts.journal, action_id);
    Result<void> recorded = co_await parts.journal.record(std::move(start.events), context);
    if (!recorded) {
        co_return recorded;
    }
    const Outcome outcome = co_await parts.cloud.apply(action, *std::move(secret));
    ActionEnd end = finish_action(
        parts.journal.ledger(), action, action_id, outcome, parts.options, parts.clock.now()
    );
    co_return co_await parts.journal.record(std::move(end.events), std::move(context));
}

}  // namespace

Task<Result<bool>> settle_by_look(DoubtParts& parts, PendingAction pending, RecordContext context) {
    Result<Look> found = co_await parts.cloud.look(pending.action.login);
    if (!found) {
        co_return tl::unexpected(std::move(found.error()));
    }
    DoubtEnd end =
        settle_doubt(parts.journal.ledger(), pending, *found, parts.options, parts.clock.now());
    Result<void> recorded = co_await parts.journal.record(std::move(end.events), context);
    if (recorded && end.set_password) {
        recorded = co_await set_sealed_password(
            parts, *std::move(end.set_password), std::move(pending.secret_ref), std::move(context)
        );
    }
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    co_return end.settled;
}

Task<Result<void>> settle_doubts(DoubtParts& parts, ServerId server, RecordContext context) {
    for (PendingAction& pending : doubts_of(parts.journal.ledger(), server)) {
        if (parts.journal.in_flight(pending.action_id)) {
            continue;
        }
        const Flight flight(parts.journal, pending.action_id);
        Result<bool> settled = co_await settle_by_look(parts, std::move(pending), context);
        if (!settled) {
            co_return tl::unexpected(std::move(settled.error()));
        }
    }
    co_return Result<void>{};
}

}  // namespace bn::controller
