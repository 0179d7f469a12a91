#include "controller/pass/doubt.hpp"

#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/sys/random.hpp"
#include "reconciler/events/decide.hpp"

namespace bn::controller {

namespace {

Action password_action(const PendingAction& create) {
    Action action(
        ActionKind::kSetPassword, create.action.server, create.action.item, create.action.login
    );
    action.reason = "the answer to its create was lost";
    return action;
}

ActionSucceeded succeeded(const std::string& action_id, const Action& action) {
    ActionSucceeded event;
    event.action_id = action_id;
    event.item = action.item;
    event.server = action.server;
    event.kind = action.kind;
    event.login = action.login;
    return event;
}

ActionFailed failed(const std::string& action_id, const Action& action, const Error& error) {
    ActionFailed event;
    event.action_id = action_id;
    event.item = action.item;
    event.server = action.server;
    event.kind = action.kind;
    event.move = error.move;
    event.code = error.code;
    event.what = error.text();
    return event;
}

// Sets the sealed password of a create whose answer was lost. A failure leaves the account as it
// is; the password that the create carried is the same one.
Task<Result<void>> set_sealed_password(
    PendingAction create, Cloud& cloud, Journal& journal, RecordContext context
) {
    Result<Secret> secret = journal.store().secret(create.secret_ref);
    if (!secret) {
        co_return tl::unexpected(std::move(secret.error()));
    }
    Action action = password_action(create);
    ActionIntended intent;
    intent.action_id = random_id(journal.now());
    intent.action = action;
    intent.secret_ref = create.secret_ref;
    std::vector<Event> intents;
    intents.emplace_back(intent);
    Result<void> recorded = co_await journal.record(std::move(intents), context);
    if (!recorded) {
        co_return recorded;
    }
    Outcome outcome = co_await cloud.apply(action, *std::move(secret));
    std::vector<Event> outcomes;
    if (outcome.kind == OutcomeKind::kDone || outcome.kind == OutcomeKind::kAlreadySo) {
        outcomes.emplace_back(succeeded(intent.action_id, action));
    } else if (outcome.kind == OutcomeKind::kRefused) {
        outcomes.emplace_back(failed(intent.action_id, action, outcome.error));
    }
    co_return co_await journal.record(std::move(outcomes), std::move(context));
}

}  // namespace

Task<Result<bool>> settle_doubt(
    ItemId item,
    PendingAction pending,
    Cloud& cloud,
    Journal& journal,
    Duration grace,
    RecordContext context
) {
    Result<std::optional<OwnedActualAccount>> found = co_await cloud.look(pending.action.login);
    if (!found) {
        co_return tl::unexpected(std::move(found.error()));
    }
    const LedgerItem* known = journal.ledger().item(item);
    if (known == nullptr) {
        co_return true;
    }
    if (found->has_value() && !(*found)->details_known) {
        co_return false;  // an answer without content proves nothing
    }
    if (!found->has_value() && pending.action.kind == ActionKind::kCreate &&
        journal.now() < pending.intended_at + grace) {
        co_return false;
    }
    DoubtResolved verdict = resolve_doubt(*known, *found, pending.action);
    verdict.action_id = pending.action_id;
    const bool created = verdict.took_effect && pending.action.kind == ActionKind::kCreate;
    // A set-password cannot be seen; it is simply done again with the same sealed password.
    const bool password = pending.action.kind == ActionKind::kSetPassword && found->has_value();
    std::vector<Event> events;
    events.emplace_back(std::move(verdict));
    Result<void> recorded = co_await journal.record(std::move(events), context);
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    if ((created || password) && !pending.secret_ref.empty()) {
        Result<void> set =
            co_await set_sealed_password(std::move(pending), cloud, journal, std::move(context));
        if (!set) {
            co_return tl::unexpected(std::move(set.error()));
        }
    }
    co_return true;
}

Task<Result<DoubtReport>> settle_doubts(
    ServerId server, Cloud& cloud, Journal& journal, Duration grace, RecordContext context
) {
    std::vector<std::pair<ItemId, PendingAction>> open;
    for (const auto& [id, item] : journal.ledger().items()) {
        for (const PendingAction& pending : item.in_doubt) {
            if (pending.action.server == server && !journal.in_flight(pending.action_id)) {
                open.emplace_back(id, pending);
            }
        }
    }
    DoubtReport report;
    for (auto& [id, pending] : open) {
        const Flight flight(journal, pending.action_id);
        Result<bool> settled =
            co_await settle_doubt(id, std::move(pending), cloud, journal, grace, context);
        if (settled && *settled) {
            ++report.settled;
            continue;
        }
        ++report.open;
        if (!settled) {
            co_return tl::unexpected(std::move(settled.error()));
        }
    }
    co_return report;
}

}  // namespace bn::controller
