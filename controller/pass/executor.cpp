#include "controller/pass/executor.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/tasks.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/model/require.hpp"

namespace bn::controller {

namespace {

constexpr std::size_t kPasswordLength = 20;

// Sets the sealed password of a create whose answer was lost.
Task<Result<void>> set_sealed_password(
    ActionParts& parts, PendingAction intent, RecordContext context
) {
    Result<Secret> secret = parts.journal.store().secret(intent.secret_ref);
    if (!secret) {
        co_return tl::unexpected(std::move(secret.error()));
    }
    ActionStart start = start_action(parts.journal.ledger(), intent, nullptr);
    if (start.move != StartMove::kCall) {
        co_return Result<void>{};  // somebody is at this item already: the password waits, sealed
    }
    const AtEnd flight = parts.journal.in_flight_now(intent.action_id);
    Result<void> recorded = co_await parts.journal.record(std::move(start.events), context);
    if (!recorded) {
        co_return recorded;
    }
    const Outcome outcome = co_await parts.cloud.apply(intent.action, *std::move(secret));
    ActionEnd end = finish_action(parts.moment(), intent, outcome, parts.rules);
    co_return co_await parts.journal.record(std::move(end.events), std::move(context));
}

// True: settled; false: too early to tell. A create that took effect gets its sealed password set
// once more, so that the password that we keep is certainly the one that works.
Task<Result<bool>> settle_by_look(
    ActionParts& parts, PendingAction pending, RecordContext context
) {
    Result<Look> found = co_await parts.cloud.look(pending.action.login);
    if (!found) {
        co_return tl::unexpected(std::move(found.error()));
    }
    DoubtEnd end = settle_doubt(parts.moment(), pending, *found, parts.rules);
    Result<void> recorded = co_await parts.journal.record(std::move(end.events), context);
    if (recorded && end.set_password) {
        PendingAction again{
            parts.clock.id(),
            *std::move(end.set_password),
            std::move(pending.secret_ref),
            parts.clock.now()};
        recorded = co_await set_sealed_password(parts, std::move(again), std::move(context));
    }
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    co_return end.settled;
}

// The actions of one item, in their order.
struct ItemTurn {
    ItemId item;
    std::vector<Action> actions;
    std::size_t next = 0;

    explicit ItemTurn(ItemId i) : item(i) {}
};

struct Execution : ActionParts {
    Execution(ActionParts parts, ExecutorOptions o, RecordContext r)
        : ActionParts(parts), options(std::move(o)), context(std::move(r)) {}

    ExecutorOptions options;
    RecordContext context;
    std::deque<std::unique_ptr<ItemTurn>> waiting;
    std::vector<std::unique_ptr<ItemTurn>> deferred;  // their next action waits for the budget
    ExecutionReport report;

    [[nodiscard]] bool stopping() const { return options.stopping && options.stopping(); }

    [[nodiscard]] bool ended() const { return report.server_error.has_value() || stopping(); }

    void progressed() const {
        if (options.on_progress) {
            options.on_progress(report.progress);
        }
    }

    void skip_rest(ItemTurn& turn) {
        report.skipped += turn.actions.size() - turn.next;
        turn.next = turn.actions.size();
    }

    void enqueue(std::vector<Action> actions);
    Task<void> worker();
    Task<void> take_turn(ItemTurn& turn);
    Task<OutcomeMove> perform(Action action);
    Task<OutcomeMove> end_action(PendingAction intent, ActionEnd end);
    void note_success();
    void note_failure(const Action& action, const Error& error);
    Task<void> wait_for_budget();
    void settle_report();
};

void Execution::enqueue(std::vector<Action> actions) {
    report.progress.total = actions.size();
    for (Action& action : actions) {
        if (waiting.empty() || waiting.back()->item != action.item) {
            waiting.push_back(std::make_unique<ItemTurn>(action.item));
        }
        waiting.back()->actions.push_back(std::move(action));
    }
}

Task<void> Execution::worker() {
    while (!waiting.empty() && !ended()) {
        std::unique_ptr<ItemTurn> turn = std::move(waiting.front());
        waiting.pop_front();
        co_await take_turn(*turn);
        if (turn->next < turn->actions.size()) {
            deferred.push_back(std::move(turn));
        }
    }
}

Task<void> Execution::take_turn(ItemTurn& turn) {
    while (turn.next < turn.actions.size() && !ended()) {
        const Action& action = turn.actions[turn.next];
        if (options.skip_item && options.skip_item(action.item)) {
            skip_rest(turn);
            co_return;
        }
        if (cloud.budget_wait(action.kind) > Duration{0}) {
            // Actions without a budget go ahead of it: nothing of an item depends on its quota.
            const auto unlimited = std::find_if(
                turn.actions.begin() + static_cast<std::ptrdiff_t>(turn.next),
                turn.actions.end(),
                [this](const Action& a) { return cloud.budget_wait(a.kind) == Duration{0}; }
            );
            if (unlimited == turn.actions.end()) {
                co_return;
            }
            std::rotate(
                turn.actions.begin() + static_cast<std::ptrdiff_t>(turn.next),
                unlimited,
                unlimited + 1
            );
            continue;
        }
        const OutcomeMove move = co_await perform(action);
        if (move == OutcomeMove::kDefer) {
            co_return;
        }
        ++turn.next;
        if (move != OutcomeMove::kNext) {
            skip_rest(turn);
        }
    }
    if (ended()) {
        skip_rest(turn);
    }
}

void Execution::note_success() {
    ++report.progress.done;
    progressed();
}

void Execution::note_failure(const Action& action, const Error& error) {
    ++report.progress.failed;
    report.failures.emplace_back(action, error);
    if (ends_turn_of_server(error) && !report.server_error) {
        report.server_error = error;
    }
    progressed();
}

// One action: decided, recorded, called, recorded.
Task<OutcomeMove> Execution::perform(Action action) {
    PendingAction intent{clock.id(), std::move(action), "", clock.now()};
    ActionStart start = start_action(journal.ledger(), intent, nullptr);
    if (start.move == StartMove::kLook) {
        const Result<Look> found = co_await cloud.look(intent.action.login);
        if (!found) {
            note_failure(intent.action, found.error());
            co_return OutcomeMove::kEndOfItem;
        }
        intent.intended_at = clock.now();
        start = start_action(journal.ledger(), intent, &*found);
    }
    if (start.move == StartMove::kLeave) {
        note_failure(intent.action, start.error);
        co_return OutcomeMove::kEndOfItem;
    }
    Journal::Secrets secrets;
    Secret password;
    if (!start.secret_ref.empty()) {
        password = clock.password(kPasswordLength);
        secrets.keep.emplace_back(start.secret_ref, password);
    }
    intent.secret_ref = std::move(start.secret_ref);
    const AtEnd flight = journal.in_flight_now(intent.action_id);
    Result<void> recorded =
        co_await journal.record(std::move(start.events), context, std::move(secrets));
    if (!recorded) {
        note_failure(intent.action, recorded.error());
        co_return OutcomeMove::kEndOfItem;
    }
    if (start.move == StartMove::kRecord) {
        note_success();
        co_return OutcomeMove::kNext;
    }
    const Outcome outcome = co_await cloud.apply(intent.action, std::move(password));
    ActionEnd end = finish_action(moment(), intent, outcome, rules);
    if (options.on_outcome) {
        options.on_outcome(intent.action, end.counted);
    }
    co_return co_await end_action(std::move(intent), std::move(end));
}

Task<OutcomeMove> Execution::end_action(PendingAction intent, ActionEnd end) {
    if (end.move == OutcomeMove::kLook) {
        // Settled at once if the account is to be seen; else in doubt until a later pass.
        intent.intended_at = clock.now();  // what the call took is no grace
        const Result<bool> settled = co_await settle_by_look(*this, intent, context);
        note_failure(intent.action, settled ? *end.failure : settled.error());
        co_return OutcomeMove::kEndOfItem;
    }
    Journal::Secrets secrets;
    if (end.forget_secret && !intent.secret_ref.empty()) {
        secrets.forget.push_back(intent.secret_ref);
    }
    const Result<void> recorded =
        co_await journal.record(std::move(end.events), context, std::move(secrets));
    if (!recorded) {
        note_failure(intent.action, recorded.error());
        co_return OutcomeMove::kEndOfItem;
    }
    if (end.failure) {
        note_failure(intent.action, *end.failure);
    } else if (end.move == OutcomeMove::kNext) {
        note_success();
    }
    co_return end.move;
}

Task<void> Execution::wait_for_budget() {
    Duration wait = std::chrono::hours(24);
    for (const auto& turn : deferred) {
        wait = std::min(wait, cloud.budget_wait(turn->actions[turn->next].kind));
    }
    const Time until = clock.now() + wait;
    while (clock.now() < until && !ended()) {
        // In steps, so that a stop is noticed.
        const Time step = std::min(until, clock.now() + std::chrono::milliseconds(500));
        co_await clock.sleep_until(step);
        progressed();
    }
}

void Execution::settle_report() {
    for (const auto& turn : deferred) {
        report.progress.deferred += turn->actions.size() - turn->next;
        const Duration wait = cloud.budget_wait(turn->actions[turn->next].kind);
        report.budget_wait = std::max(report.budget_wait, wait);
    }
    for (const auto& turn : waiting) {
        skip_rest(*turn);
    }
    report.stopped = stopping();
}

}  // namespace

Task<Result<void>> settle_doubts(ActionParts& parts, ServerId server, RecordContext context) {
    for (PendingAction& pending : doubts_of(parts.journal.ledger(), server)) {
        if (parts.journal.in_flight(pending.action_id)) {
            continue;
        }
        const AtEnd flight = parts.journal.in_flight_now(pending.action_id);
        Result<bool> settled = co_await settle_by_look(parts, std::move(pending), context);
        if (!settled) {
            co_return tl::unexpected(std::move(settled.error()));
        }
    }
    co_return Result<void>{};
}

Task<ExecutionReport> execute_plan(
    const boost::asio::any_io_executor& executor,
    ActionParts parts,
    ExecutorOptions options,
    ServerPlan plan,
    std::string checksum,
    RecordContext context
) {
    BN_REQUIRE(plan.stopped.empty(), "a plan that a guard stopped is not carried out");
    Execution run(parts, std::move(options), std::move(context));
    std::vector<Event> events;
    events.emplace_back(begin_plan(plan, std::move(checksum)));
    Result<void> recorded = co_await run.journal.record(std::move(events), run.context);
    run.enqueue(std::move(plan.actions));
    if (!recorded) {
        run.report.server_error = recorded.error();
    }
    while (!run.waiting.empty() && !run.ended()) {
        base::TaskGroup workers(executor);
        for (std::uint32_t i = 0; i < std::max<std::uint32_t>(1, run.options.parallel); ++i) {
            workers.spawn(run.worker());
        }
        co_await workers.join();
        if (!run.options.wait_for_budget || run.deferred.empty() || run.ended()) {
            break;
        }
        co_await run.wait_for_budget();
        for (auto& turn : run.deferred) {
            run.waiting.push_back(std::move(turn));
        }
        run.deferred.clear();
    }
    run.settle_report();
    co_return std::move(run.report);
}

}  // namespace bn::controller
