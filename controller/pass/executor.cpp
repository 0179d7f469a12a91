#include "controller/pass/executor.hpp"

#include <algorithm>
#include <deque>
#include <memory>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/pass/doubt.hpp"
#include "controller/sys/random.hpp"
#include "controller/task_group.hpp"

namespace bn::controller {

namespace {

// The actions of one item, in their order.
struct ItemTurn {
    ItemId item;
    std::vector<Action> actions;
    std::size_t next = 0;

    explicit ItemTurn(ItemId i) : item(i) {}
};

bool took_effect(OutcomeKind kind) {
    return kind == OutcomeKind::kDone || kind == OutcomeKind::kAlreadySo;
}

// The server's limit of changes is spent: nothing is wrong, this kind of action has to wait.
bool rate_limited(const Error& error) {
    return error.concern == Concern::kActionKind;
}

// Faults of the whole server, or of our store: going on with other items would repeat the fault.
bool concerns_server(const Error& error) {
    return error.concern == Concern::kServer || error.concern == Concern::kStore;
}

Error changed(std::string what) {
    return Error(
        NextMove::kRedoPass, "executor.changed", std::move(what), "the next pass decides anew"
    );
}

// "It is there already" after our create: somebody else made it since we looked; not ours.
void distrust_create(const Action& action, Outcome& outcome) {
    if (action.kind == ActionKind::kCreate && outcome.kind == OutcomeKind::kAlreadySo) {
        outcome.kind = OutcomeKind::kRefused;
        outcome.error = Error(
            NextMove::kHuman,
            "ocs.exists",
            "an account named " + action.login + " exists already and was not made by us",
            "rename or remove it in the cloud, or give the item another login"
        );
    }
}

// What follows one action of an item.
enum class Step { kNext, kEndOfItem, kDefer };

}  // namespace

struct Executor::Run {
    Run(const boost::asio::any_io_executor& e, Cloud& c, Journal& j, ExecutorOptions o)
        : executor(e), cloud(c), journal(j), options(std::move(o)) {}

    boost::asio::any_io_executor executor;
    Cloud& cloud;
    Journal& journal;
    ExecutorOptions options;
    RecordContext context;
    std::deque<std::unique_ptr<ItemTurn>> waiting;
    std::vector<std::unique_ptr<ItemTurn>> deferred;  // their next action waits for the budget
    ExecutionReport report;

    [[nodiscard]] bool stopping() const { return options.stopping && options.stopping(); }

    [[nodiscard]] bool ended() const { return report.server_error.has_value() || stopping(); }

    void progressed() {
        if (options.on_progress) {
            options.on_progress(report.progress);
        }
    }

    void enqueue(std::vector<Action> actions);
    Task<void> worker();
    Task<void> take_turn(ItemTurn& turn);
    Task<Step> perform(Action action);
    [[nodiscard]] std::optional<Error> overtaken(const Action& action) const;
    Task<std::optional<Error>> still_right(const Action& action);
    Task<Step> adopt(Action action);
    Task<Step> leave_in_doubt(
        std::string action_id, Action action, Error error, std::string secret_ref
    );
    [[nodiscard]] Event outcome_event(
        const std::string& action_id, const Action& action, const Outcome& outcome
    ) const;
    Task<Step> record_outcome(
        std::string action_id, Action action, Outcome outcome, std::string secret_ref
    );
    void note_success();
    void note_failure(const Action& action, const Error& error);
    Task<void> wait_for_budget();
    void settle_report();
};

void Executor::Run::enqueue(std::vector<Action> actions) {
    report.progress.total = actions.size();
    for (Action& action : actions) {
        if (waiting.empty() || waiting.back()->item != action.item) {
            waiting.push_back(std::make_unique<ItemTurn>(action.item));
        }
        waiting.back()->actions.push_back(std::move(action));
    }
}

Task<void> Executor::Run::worker() {
    while (!waiting.empty() && !ended()) {
        std::unique_ptr<ItemTurn> turn = std::move(waiting.front());
        waiting.pop_front();
        co_await take_turn(*turn);
        if (turn->next < turn->actions.size()) {
            deferred.push_back(std::move(turn));
        }
    }
}

Task<void> Executor::Run::take_turn(ItemTurn& turn) {
    while (turn.next < turn.actions.size() && !ended()) {
        const Action& action = turn.actions[turn.next];
        if (options.skip_item && options.skip_item(action.item)) {
            report.skipped += turn.actions.size() - turn.next;
            turn.next = turn.actions.size();
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
        Step step = Step::kEndOfItem;
        if (std::optional<Error> late = overtaken(action)) {
            note_failure(action, *late);
        } else if (action.kind == ActionKind::kAdopt) {
            step = co_await adopt(action);
        } else {
            step = co_await perform(action);
        }
        if (step == Step::kDefer) {
            co_return;
        }
        ++turn.next;
        if (step == Step::kEndOfItem) {
            report.skipped += turn.actions.size() - turn.next;
            turn.next = turn.actions.size();
        }
    }
    if (ended() && turn.next < turn.actions.size()) {
        report.skipped += turn.actions.size() - turn.next;
        turn.next = turn.actions.size();
    }
}

// What the ledger says now: another pass may have been faster than this plan.
std::optional<Error> Executor::Run::overtaken(const Action& action) const {
    const LedgerItem* known = journal.ledger().item(action.item);
    if (known != nullptr && !known->in_doubt.empty()) {
        return changed("another call about " + action.login + " is on its way or in doubt");
    }
    if (known != nullptr && known->paused) {
        return changed("the item was paused since the plan was made");
    }
    const bool owned = known != nullptr && owns(*known) && known->server == action.server &&
                       login_key(known->login) == login_key(action.login);
    if (action.kind == ActionKind::kAdopt || action.kind == ActionKind::kCreate) {
        return std::nullopt;
    }
    if (!owned) {
        return changed("the account " + action.login + " is not ours, or not any more");
    }
    if (action.kind == ActionKind::kDelete &&
        (!known->retained_until || *known->retained_until > journal.now())) {
        return changed("the retention of the account " + action.login + " has not ended");
    }
    return std::nullopt;
}

// Just before something is taken away, the one account is read again: a list is no proof. Nor is it
// when an account of ours seems to be gone.
Task<std::optional<Error>> Executor::Run::still_right(const Action& action) {
    Result<std::optional<OwnedActualAccount>> found = co_await cloud.look(action.login);
    if (!found) {
        co_return found.error();
    }
    if (!found->has_value()) {
        co_return std::nullopt;  // gone already: the call will say so, and nothing is lost
    }
    const OwnedActualAccount& account = **found;
    if (action.kind == ActionKind::kCreate) {
        co_return changed("the account " + action.login + " is there: the list missed it");
    }
    if (account.admin || !account.local_backend || !account.details_known) {
        co_return changed(
            "the account " + action.login +
            " was read again just before and is now protected or not fully readable"
        );
    }
    if (action.kind == ActionKind::kDelete && account.enabled) {
        co_return changed(
            "the account " + action.login + " was to be deleted but somebody has enabled it again"
        );
    }
    co_return std::nullopt;
}

void Executor::Run::note_success() {
    ++report.progress.done;
    progressed();
}

void Executor::Run::note_failure(const Action& action, const Error& error) {
    ++report.progress.failed;
    report.failures.emplace_back(action, error);
    if (concerns_server(error) && !report.server_error) {
        report.server_error = error;
    }
    progressed();
}

// Ledger only: no call is made.
Task<Step> Executor::Run::adopt(Action action) {
    AccountAdopted adopted;
    adopted.item = action.item;
    adopted.server = action.server;
    adopted.login = action.login;
    adopted.evidence = action.reason;
    std::vector<Event> events;
    events.emplace_back(std::move(adopted));
    Result<void> recorded = co_await journal.record(std::move(events), context);
    if (!recorded) {
        note_failure(action, recorded.error());
        co_return Step::kEndOfItem;
    }
    note_success();
    co_return Step::kNext;
}

Task<Step> Executor::Run::perform(Action action) {
    const LedgerItem* known = journal.ledger().item(action.item);
    const bool lost = action.kind == ActionKind::kCreate && known != nullptr && owns(*known);
    if (destructive(action.kind) || lost) {
        std::optional<Error> moved = co_await still_right(action);
        if (!moved) {
            moved = overtaken(action);  // during the look
        }
        if (moved) {
            note_failure(action, *moved);
            co_return Step::kEndOfItem;
        }
    }
    ActionIntended intent;
    intent.action_id = random_id(journal.now());
    intent.action = action;
    std::vector<AppendRequest::NewSecret> secrets;
    Secret password;
    if (action.kind == ActionKind::kCreate) {
        password = random_password(options.password_length);
        intent.secret_ref = intent.action_id;
        secrets.emplace_back(intent.secret_ref, password);
    }
    const std::string action_id = intent.action_id;
    const Flight flight(journal, action_id);
    const std::string secret_ref = intent.secret_ref;
    std::vector<Event> intents;
    intents.emplace_back(std::move(intent));
    std::vector<std::string> forget;
    Result<void> recorded = co_await journal.record_with_secrets(
        std::move(intents), context, std::move(secrets), std::move(forget)
    );
    if (!recorded) {
        note_failure(action, recorded.error());
        co_return Step::kEndOfItem;
    }
    Outcome outcome = co_await cloud.apply(action, std::move(password));
    distrust_create(action, outcome);
    if (options.on_outcome) {
        options.on_outcome(action, outcome.kind);
    }
    if (outcome.kind == OutcomeKind::kUnknown) {
        co_return co_await leave_in_doubt(
            action_id, std::move(action), std::move(outcome.error), secret_ref
        );
    }
    co_return co_await record_outcome(action_id, std::move(action), std::move(outcome), secret_ref);
}

// Settled at once if the account is to be seen; else the intent stays in doubt for a later pass.
Task<Step> Executor::Run::leave_in_doubt(
    std::string action_id, Action action, Error error, std::string secret_ref
) {
    PendingAction pending;
    pending.action_id = std::move(action_id);
    pending.action = action;
    pending.secret_ref = std::move(secret_ref);
    pending.intended_at = journal.now();
    Result<bool> settled = co_await settle_doubt(
        action.item, std::move(pending), cloud, journal, options.doubt_grace, context
    );
    note_failure(action, settled ? error : settled.error());
    co_return Step::kEndOfItem;
}

Event Executor::Run::outcome_event(
    const std::string& action_id, const Action& action, const Outcome& outcome
) const {
    if (took_effect(outcome.kind)) {
        ActionSucceeded succeeded;
        succeeded.action_id = action_id;
        succeeded.item = action.item;
        succeeded.server = action.server;
        succeeded.kind = action.kind;
        succeeded.login = outcome.login.empty() ? action.login : outcome.login;
        succeeded.detail = outcome.detail;
        if (action.kind == ActionKind::kDisable && action.closing) {
            succeeded.retained_until = journal.now() + options.retention;
        }
        return succeeded;
    }
    const LedgerItem* known = journal.ledger().item(action.item);
    const std::uint32_t failures = known != nullptr ? known->failures + 1 : 1;
    const Duration delay = backoff_delay(failures, action.item.value, options.backoff);
    const bool told = rate_limited(outcome.error) && outcome.error.wait;
    ActionFailed failed;
    failed.action_id = action_id;
    failed.item = action.item;
    failed.server = action.server;
    failed.kind = action.kind;
    failed.move = outcome.error.move;
    failed.code = outcome.error.code;
    failed.what = outcome.error.text();
    failed.next_attempt_at = journal.now() + (told ? *outcome.error.wait : delay);
    return failed;
}

Task<Step> Executor::Run::record_outcome(
    std::string action_id, Action action, Outcome outcome, std::string secret_ref
) {
    const bool done = took_effect(outcome.kind);
    std::vector<Event> events;
    events.push_back(outcome_event(action_id, action, outcome));
    std::vector<std::string> forget;
    if (!done && !secret_ref.empty()) {
        forget.push_back(std::move(secret_ref));  // no account was made with it
    }
    std::vector<AppendRequest::NewSecret> secrets;
    Result<void> recorded = co_await journal.record_with_secrets(
        std::move(events), context, std::move(secrets), std::move(forget)
    );
    if (!recorded) {
        note_failure(action, recorded.error());
        co_return Step::kEndOfItem;
    }
    if (done) {
        note_success();
        co_return Step::kNext;
    }
    if (rate_limited(outcome.error)) {
        co_return Step::kDefer;
    }
    note_failure(action, outcome.error);
    co_return Step::kEndOfItem;
}

Task<void> Executor::Run::wait_for_budget() {
    Duration wait = std::chrono::hours(24);
    for (const auto& turn : deferred) {
        wait = std::min(wait, cloud.budget_wait(turn->actions[turn->next].kind));
    }
    const Time until = options.now() + wait;
    boost::asio::steady_timer timer(executor);
    while (options.now() < until && !ended()) {
        timer.expires_after(std::chrono::milliseconds(500));  // so that a stop is noticed
        co_await timer.async_wait(boost::asio::use_awaitable);
        progressed();
    }
}

void Executor::Run::settle_report() {
    for (const auto& turn : deferred) {
        report.progress.deferred += turn->actions.size() - turn->next;
        const Duration wait = cloud.budget_wait(turn->actions[turn->next].kind);
        report.budget_wait = std::max(report.budget_wait, wait);
    }
    for (const auto& turn : waiting) {
        report.skipped += turn->actions.size() - turn->next;
    }
    report.stopped = stopping();
}

Executor::Executor(
    const boost::asio::any_io_executor& executor,
    Cloud& cloud,
    Journal& journal,
    ExecutorOptions options
)
    : run_(std::make_unique<Run>(executor, cloud, journal, std::move(options))) {}

Executor::~Executor() = default;

Task<ExecutionReport> Executor::run(
    ServerPlan plan, std::string plan_checksum, RecordContext context
) {
    Run& run = *run_;
    run.context = std::move(context);
    PlanBegun begun;
    begun.server = plan.server;
    begun.checksum = std::move(plan_checksum);
    begun.actions = plan.actions.size();
    begun.destructive = plan.destructive_count();
    std::vector<Event> events;
    events.emplace_back(std::move(begun));
    Result<void> recorded = co_await run.journal.record(std::move(events), run.context);
    run.enqueue(std::move(plan.actions));
    if (!recorded) {
        run.report.server_error = recorded.error();
    }
    while (!run.waiting.empty() && !run.ended()) {
        TaskGroup workers(run.executor);
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
