#include "controller/pass/executor.hpp"

#include <algorithm>
#include <deque>
#include <functional>
#include <map>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/tasks.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/model/require.hpp"

namespace bn::controller {

namespace {

// Settles a doubt of which the sealed password is set once more. That it is to be set is recorded
// together with the end of the doubt: a password that may not be on the account is never forgotten.
Task<Result<void>> settle_and_set_password(
    ActionParts& parts, DoubtEnd end, std::string secret_ref, RecordContext context
) {
    Result<Secret> secret = parts.journal.store().secret(secret_ref);
    const PendingAction again{
        parts.clock.id(), *std::move(end.set_password), std::move(secret_ref), parts.clock.now()};
    if (secret) {
        end.events.push_back(intent_of(again));
    }
    const AtEnd flight = parts.journal.in_flight_now(again.action_id);
    Result<void> recorded = co_await parts.journal.record(std::move(end.events), context);
    if (recorded && !secret) {
        recorded = tl::unexpected(std::move(secret.error()));
    }
    if (!recorded) {
        co_return recorded;
    }
    const Outcome outcome = co_await parts.cloud.apply(again.action, *std::move(secret));
    ActionEnd set = finish_action(parts.moment(), again, outcome, parts.rules);
    co_return co_await parts.journal.record(std::move(set.events), std::move(context));
}

// True: it took effect; false: it did not, or it is too early to tell. A create that took effect
// gets its sealed password set once more, so that the password that we keep is certainly the one
// that works.
Task<Result<bool>> settle_by_look(
    ActionParts& parts, PendingAction pending, bool begun, RecordContext context
) {
    Result<Look> found = co_await parts.cloud.look(pending.action.login);
    if (!found) {
        co_return tl::unexpected(std::move(found.error()));
    }
    const bool unanswered = parts.journal.take_unanswered(pending.action_id);
    const CallHeard heard = begun        ? CallHeard::kBegun
                            : unanswered ? CallHeard::kNoWord
                                         : CallHeard::kNothing;
    DoubtEnd end = settle_doubt(parts.moment(), pending, *found, parts.rules, heard);
    const bool took_effect = end.took_effect;
    if (!end.settled && unanswered) {
        parts.journal.unanswered(pending.action_id);
    }
    Result<void> recorded;
    if (end.set_password) {
        recorded = co_await settle_and_set_password(
            parts, std::move(end), std::move(pending.secret_ref), std::move(context)
        );
    } else {
        recorded = co_await parts.journal.record(std::move(end.events), std::move(context));
    }
    co_return std::move(recorded).map([took_effect] { return took_effect; });
}

// What is left to do of one item, in its order; never empty while it waits.
using ItemTurn = std::deque<Action>;

// One more, for as long as it lives: it may outlive the execution when a process ends.
class Counted {
  public:
    explicit Counted(std::shared_ptr<std::size_t> count) : count_(std::move(count)) { ++*count_; }

    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;

    ~Counted() { --*count_; }

  private:
    std::shared_ptr<std::size_t> count_;
};

struct Execution : ActionParts {
    Execution(ActionParts parts, ExecutorOptions o, RecordContext r)
        : ActionParts(parts), options(std::move(o)), context(std::move(r)) {}

    ExecutorOptions options;
    RecordContext context;
    std::deque<ItemTurn> waiting;
    std::deque<ItemTurn*> adopting;  // of those that wait: what begins without a call
    std::deque<ItemTurn> deferred;   // their next action waits for a budget, or for the pace
    // Actions that are looked at before their intent is recorded, and calls that are under way.
    std::shared_ptr<std::size_t> starting = std::make_shared<std::size_t>(0);
    std::shared_ptr<std::size_t> calling = std::make_shared<std::size_t>(0);
    // Of an item: intents that are recorded and will be one call.
    std::shared_ptr<std::map<ItemId, std::size_t>> begun_together =
        std::make_shared<std::map<ItemId, std::size_t>>();
    ExecutionReport report;

    [[nodiscard]] bool stopping() const { return options.stopping && options.stopping(); }

    [[nodiscard]] bool ended() const { return report.server_error.has_value() || stopping(); }

    void progressed() const {
        if (options.on_progress) {
            options.on_progress(report.progress);
        }
    }

    void skip_rest(ItemTurn& turn) {
        report.skipped += turn.size();
        turn.clear();
    }

    void enqueue(std::vector<Action> actions) {
        report.progress.total = actions.size();
        for (Action& action : actions) {
            if (waiting.empty() || waiting.back().front().item != action.item) {
                waiting.emplace_back();
            }
            waiting.back().push_back(std::move(action));
        }
        // What failed before comes after what did not: a few that always fail keep nobody waiting.
        std::ranges::stable_sort(waiting, {}, [this](const ItemTurn& turn) {
            const LedgerItem* known = journal.ledger().item(turn.front().item);
            return known != nullptr && !known->setbacks.empty();
        });
        for (ItemTurn& turn : waiting) {
            if (turn.front().kind == ActionKind::kAdopt) {
                adopting.push_back(&turn);
            }
        }
    }

    // Whose accounts they are is only recorded: calls that fail, and end the server's turn, keep
    // nobody from that.
    Task<void> adopter() {
        while (!adopting.empty() && !ended()) {
            ItemTurn& turn = *adopting.front();
            adopting.pop_front();
            if (options.skip_item && options.skip_item(turn.front().item)) {
                continue;  // its turn sees the same
            }
            const OutcomeMove move = co_await perform(turn.front());
            if (move == OutcomeMove::kNext) {
                turn.pop_front();
            } else if (move != OutcomeMove::kDefer) {
                skip_rest(turn);
            }
        }
    }

    Task<void> together(
        const boost::asio::any_io_executor& executor, Task<void> (Execution::*work)()
    ) {
        base::TaskGroup workers(executor);
        for (std::uint32_t i = 0; i < std::max<std::uint32_t>(1, options.parallel); ++i) {
            workers.spawn((this->*work)());
        }
        co_await workers.join();
    }

    Task<void> worker() {
        while (!waiting.empty() && !ended()) {
            ItemTurn turn = std::move(waiting.front());
            waiting.pop_front();
            co_await take_turn(turn);
            if (!turn.empty()) {
                deferred.push_back(std::move(turn));
            }
        }
    }

    Task<void> take_turn(ItemTurn& turn) {
        while (!turn.empty() && !ended()) {
            if (options.skip_item && options.skip_item(turn.front().item)) {
                break;
            }
            // Actions without a budget go ahead of others: nothing of an item depends on its quota.
            const auto unlimited = std::ranges::find_if(turn, [this](const Action& action) {
                return cloud.budget_wait(action.kind) == Duration{0};
            });
            if (unlimited == turn.end()) {
                co_return;
            }
            std::rotate(turn.begin(), unlimited, unlimited + 1);
            if (joined(turn) > 1) {
                const bool goes_on = co_await perform_joined(turn);
                clock.wake(this);
                if (!goes_on) {
                    co_return;
                }
                continue;
            }
            const OutcomeMove move = co_await perform(turn.front());
            clock.wake(this);  // whoever waits in may_start
            if (move == OutcomeMove::kDefer) {
                co_return;
            }
            const ActionKind kind = turn.front().kind;
            turn.pop_front();
            go_on(turn, kind, move);
        }
        skip_rest(turn);
    }

    // What is left of a turn after one of its actions.
    void go_on(ItemTurn& turn, ActionKind done, OutcomeMove move) {
        if (move == OutcomeMove::kOthers) {
            report.skipped += std::erase_if(turn, [done](const Action& action) {
                return waits_for(action.kind, done);
            });
        } else if (move != OutcomeMove::kNext) {
            skip_rest(turn);
        }
    }

    // How many of its first actions are one call.
    [[nodiscard]] std::size_t joined(const ItemTurn& turn) const {
        const JoinedCalls* const calls = cloud.joined_calls();
        const auto end = std::ranges::find_if(turn, [calls](const Action& action) {
            return calls == nullptr || !calls->joins(action.kind);
        });
        return static_cast<std::size_t>(end - turn.begin());
    }

    // False: the turn waits for a budget. What is not begun now stays in it, or is left out, as it
    // would by itself.
    Task<bool> perform_joined(ItemTurn& turn) {
        std::vector<Begun> begun;
        std::vector<Action> actions;
        const ItemId item = turn.front().item;
        const AtEnd over([together = begun_together, item] { together->erase(item); });
        for (std::size_t i = joined(turn); i > 0 && !turn.empty(); --i) {
            (*begun_together)[item] = begun.size();
            Beginning beginning = co_await begin(turn.front());
            if (beginning.move == OutcomeMove::kDefer) {
                break;
            }
            const ActionKind kind = turn.front().kind;
            if (beginning.begun) {
                actions.push_back(turn.front());
                begun.push_back(*std::move(beginning.begun));
                turn.pop_front();
            } else {
                turn.pop_front();
                go_on(turn, kind, beginning.move);
            }
        }
        if (begun.empty()) {
            co_return false;
        }
        std::vector<Outcome> outcomes = co_await call_joined(actions);
        std::vector<Action> deferred_again;
        for (std::size_t i = 0; i < begun.size(); ++i) {
            const OutcomeMove move =
                co_await finish(std::move(begun[i].intent), std::move(outcomes[i]));
            if (move == OutcomeMove::kDefer) {
                deferred_again.push_back(actions[i]);
            } else {
                go_on(turn, actions[i].kind, move);
            }
        }
        turn.insert(turn.begin(), deferred_again.begin(), deferred_again.end());
        const bool goes_on = deferred_again.empty();
        co_return goes_on;
    }

    Task<std::vector<Outcome>> call_joined(std::vector<Action> actions) {
        const Counted called(calling);
        const std::size_t count = actions.size();
        std::vector<Outcome> outcomes =
            co_await cloud.joined_calls()->apply_joined(std::move(actions));
        BN_REQUIRE(outcomes.size() == count, "each correction has its outcome");
        co_return outcomes;
    }

    // `others`: beside this one.
    [[nodiscard]] ActionStart start_by(
        const PendingAction& intent, JustRead just_read, std::size_t others
    ) const {
        just_read.to_come = journal.harm_to_come();
        just_read.starting = others;
        const auto together = begun_together->find(intent.action.item);
        just_read.joined = together == begun_together->end() ? 0 : together->second;
        return start_action(journal.ledger(), intent, just_read, rules);
    }

    // What may be begun now, or is not begun at all; kWait: nothing that is under way here could
    // change that.
    Task<ActionStart> may_start(PendingAction& intent) {
        ActionStart start = start_by(intent, {}, *starting);
        while (start.move == StartMove::kWait && *starting + *calling > 0 && !ended()) {
            co_await clock.sleep_until(clock.steady() + start.wait, this);
            intent.intended_at = clock.now();
            start = start_by(intent, {}, *starting);
        }
        co_return start;
    }

    // The panel and the account are read where that is needed, just before.
    Task<Result<ActionStart>> read_and_start(PendingAction& intent, ActionStart start) {
        std::shared_ptr<const DesiredSnapshot> panel;
        if (start.move == StartMove::kPanel) {
            BN_REQUIRE(read_panel != nullptr, "whoever deletes can read the panel");
            Result<std::shared_ptr<const DesiredSnapshot>> read = co_await read_panel();
            if (!read) {
                co_return tl::unexpected(std::move(read.error()));
            }
            panel = *std::move(read);
            start = start_by(intent, {panel.get(), nullptr}, *starting - 1);
        }
        if (start.move == StartMove::kLook) {
            const Result<Look> found = co_await cloud.look(intent.action.login);
            intent.intended_at = clock.now();
            if (!found) {
                co_await journal.record(
                    not_looked_at(moment(), intent, found.error(), rules), context
                );
                co_return tl::unexpected(found.error());
            }
            start = start_by(intent, {panel.get(), &*found}, *starting - 1);
        }
        co_return start;
    }

    // An action whose intent is recorded and whose call is to be made.
    struct Begun {
        PendingAction intent;
        Secret password;
        AtEnd flight;
    };

    // Nothing begun: what becomes of it without a call.
    struct Beginning {
        std::optional<Begun> begun;
        OutcomeMove move = OutcomeMove::kNext;

        explicit Beginning(OutcomeMove m) : move(m) {}

        explicit Beginning(Begun b) : begun(std::move(b)) {}
    };

    // One action: decided, recorded, called, recorded.
    Task<OutcomeMove> perform(Action action) {
        Beginning beginning = co_await begin(std::move(action));
        if (!beginning.begun) {
            co_return beginning.move;
        }
        Begun begun = *std::move(beginning.begun);
        const Counted called(calling);
        const Action& asked = begun.intent.action;
        Outcome outcome = co_await cloud.apply(asked, std::move(begun.password));
        if (asked.kind == ActionKind::kDelete && outcome.kind == OutcomeKind::kDone) {
            outcome =
                seen_after_delete(std::move(outcome), asked, co_await cloud.look(asked.login));
        }
        co_return co_await finish(std::move(begun.intent), std::move(outcome));
    }

    Task<Beginning> begin(Action action) {
        PendingAction intent{clock.id(), std::move(action), "", clock.now()};
        ActionStart start = co_await may_start(intent);
        if (start.move == StartMove::kWait) {
            co_return Beginning(OutcomeMove::kDefer);
        }
        const Counted begun(starting);
        Result<ActionStart> read = co_await read_and_start(intent, std::move(start));
        if (!read) {
            co_return Beginning(note_failure(intent.action, read.error()));
        }
        start = *std::move(read);
        if (start.move == StartMove::kWait) {
            co_return Beginning(OutcomeMove::kDefer);
        }
        Journal::Secrets secrets;
        Secret password;
        if (!start.secret_ref.empty()) {
            password = clock.password(password_length);
            secrets.keep.emplace_back(start.secret_ref, password);
        }
        intent.secret_ref = std::move(start.secret_ref);
        AtEnd flight = journal.in_flight_now(intent.action_id);
        Result<void> recorded =
            co_await journal.record(std::move(start.events), context, std::move(secrets));
        if (!recorded) {
            co_return Beginning(note_failure(intent.action, recorded.error()));
        }
        if (start.move == StartMove::kLeave) {
            co_return Beginning(note_failure(intent.action, start.error));
        }
        if (start.move == StartMove::kRecord) {
            note_success();
            co_return Beginning(OutcomeMove::kNext);
        }
        co_return Beginning(Begun{std::move(intent), std::move(password), std::move(flight)});
    }

    Task<OutcomeMove> finish(PendingAction intent, Outcome outcome) {
        ActionEnd end = finish_action(moment(), intent, outcome, rules);
        if (options.on_outcome) {
            const bool whole = intent.action.kind != ActionKind::kCreate || outcome.detail.empty();
            options.on_outcome(intent.action, end.counted, whole);
        }
        co_return co_await end_action(std::move(intent), std::move(end));
    }

    Task<OutcomeMove> end_action(PendingAction intent, ActionEnd end) {
        if (end.move == OutcomeMove::kLook) {
            // Settled at once if the account is to be seen; else in doubt until a later pass.
            intent.intended_at = clock.now();  // what the call took is no grace
            journal.unanswered(intent.action_id);
            const Result<bool> made = co_await settle_by_look(*this, intent, end.begun, context);
            if (end.begun && made && *made) {
                note_success();  // the rest of the item follows with the next look
                end_turn_of_server(*end.failure);
                co_return OutcomeMove::kEndOfItem;
            }
            co_return note_failure(intent.action, made ? *end.failure : made.error());
        }
        Journal::Secrets secrets;
        if (end.forget_secret && !intent.secret_ref.empty()) {
            secrets.forget.push_back(intent.secret_ref);
        }
        const Result<void> recorded =
            co_await journal.record(std::move(end.events), context, std::move(secrets));
        if (!recorded) {
            co_return note_failure(intent.action, recorded.error());
        }
        if (end.failure) {
            note_failure(intent.action, *end.failure);
        } else if (end.move == OutcomeMove::kNext) {
            note_success();
        }
        co_return end.move;
    }

    void note_success() {
        ++report.progress.done;
        progressed();
    }

    // The item's turn ends with it.
    OutcomeMove note_failure(const Action& action, const Error& error) {
        ++report.progress.failed;
        report.failures.emplace_back(action, error);
        end_turn_of_server(error);
        progressed();
        return OutcomeMove::kEndOfItem;
    }

    void end_turn_of_server(const Error& error) {
        if (ends_turn_of_server(error) && !report.server_error) {
            report.server_error = error;
        }
    }

    [[nodiscard]] Duration pace_of(const Action& action) const {
        const LedgerServer* server = journal.ledger().server(action.server);
        return server != nullptr ? attempt_wait(server->attempts, 0, clock.now(), rules.pace)
                                 : Duration{0};
    }

    Task<void> wait_for_budget() {
        Duration wait = std::chrono::hours(24);
        for (const auto& turn : deferred) {
            const Action& next = turn.front();
            wait = std::min(wait, std::max(cloud.budget_wait(next.kind), pace_of(next)));
        }
        const Steady until = clock.steady() + wait;
        while (clock.steady() < until && !ended()) {
            // In steps, so that a stop is noticed.
            const Steady step = std::min(until, clock.steady() + std::chrono::milliseconds(500));
            report.progress.waits = until - clock.steady();
            progressed();
            co_await clock.sleep_until(step);
        }
        report.progress.waits = Duration{0};
    }

    void settle_report() {
        for (const auto& turn : deferred) {
            report.progress.deferred += turn.size();
            const Action& next = turn.front();
            report.budget_wait = std::max(report.budget_wait, cloud.budget_wait(next.kind));
            report.pace_wait = std::max(report.pace_wait, pace_of(next));
        }
        for (ItemTurn& turn : waiting) {
            skip_rest(turn);
        }
        report.stopped = stopping();
    }
};

}  // namespace

Task<Result<void>> settle_doubts(
    ActionParts& parts, ServerId server, std::vector<ItemId> items, RecordContext context
) {
    for (PendingAction& pending : doubts_of(parts.journal.ledger(), server)) {
        const bool asked =
            items.empty() || std::ranges::find(items, pending.action.item) != items.end();
        if (!asked || parts.journal.in_flight(pending.action_id)) {
            continue;
        }
        const AtEnd flight = parts.journal.in_flight_now(pending.action_id);
        const Result<bool> settled =
            co_await settle_by_look(parts, std::move(pending), false, context);
        if (!settled) {
            co_return tl::unexpected(settled.error());
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
    Execution run(parts, std::move(options), std::move(context));
    std::vector<Event> events;
    events.emplace_back(begin_plan(plan, std::move(checksum)));
    Result<void> recorded = co_await run.journal.record(std::move(events), run.context);
    run.enqueue(std::move(plan.actions));
    if (!recorded) {
        run.report.server_error = recorded.error();
    }
    co_await run.together(executor, &Execution::adopter);
    std::erase_if(run.waiting, std::mem_fn(&ItemTurn::empty));
    while (!run.waiting.empty() && !run.ended()) {
        co_await run.together(executor, &Execution::worker);
        if (!run.options.wait_for_budget || run.deferred.empty() || run.ended()) {
            break;
        }
        co_await run.wait_for_budget();
        std::swap(run.waiting, run.deferred);
    }
    run.settle_report();
    co_return std::move(run.report);
}

}  // namespace bn::controller
