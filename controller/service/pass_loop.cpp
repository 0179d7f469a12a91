#include "controller/service/pass_loop.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include "controller/at_end.hpp"
#include "controller/pass/planning.hpp"
#include "controller/pass/publish.hpp"
#include "controller/sys/zones.hpp"
#include "reconciler/decide/maintenance.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/decide/pass.hpp"

namespace bn::controller {

namespace {

ScheduleOptions schedule_options(const Config& config) {
    return {config.service.interval, config.service.jitter};
}

Error busy() {
    return Error(
        NextMove::kRetryCall,
        "controller.busy",
        "the controller is about to read its configuration, to stop, or may not act",
        "try again; `bill-nextcloud status` says what is wrong"
    );
}

Duration ahead(const ServiceContext& context) {
    return context.now().time_since_epoch() - context.steady().time_since_epoch();
}

}  // namespace

PassLoop::PassLoop(
    ServiceContext& context, OperationsWatch& watch, PanelReporter& reporter, Hooks hooks
)
    : context_(context),
      watch_(watch),
      reporter_(reporter),
      hooks_(std::move(hooks)),
      schedule_(schedule_options(context.config), context.steady()),
      passes_(context.executor),
      ahead_(ahead(context)) {}

void PassLoop::use_world() {
    runner_ = std::make_unique<PassRunner>(
        context_.executor, context_.config, *context_.world, context_.clock, context_.log
    );
    schedule_.set_options(schedule_options(context_.config));
}

void PassLoop::when_quiet(std::function<Task<void>()> work) {
    when_quiet_ = std::move(work);
    poke();
}

void PassLoop::stop() {
    if (runner_) {
        runner_->stop();
    }
    poke();
}

void PassLoop::begin_due() {
    if (!full_running_ && schedule_.full_due(context_.steady())) {
        full_running_ = true;
        schedule_.full_begun(context_.steady(), context_.clock.share());
        PassRequest request;
        request.trigger = state_.ever_passed ? "periodic" : "start";
        passes_.spawn(one_pass(std::move(request)));
    }
    if (!narrow_running_ && state_.ever_passed) {
        PassRequest request;
        request.trigger = "operation";
        request.items = let_through(schedule_.take_due(context_.steady()));
        if (request.narrow()) {
            narrow_running_ = true;
            passes_.spawn(one_pass(std::move(request)));
        }
    }
}

// Of clouds on which nothing goes well, a few; the others when something does, or later.
std::vector<ItemId> PassLoop::let_through(std::vector<ItemId> due) {
    DueLooks looks = pace_looks(context_.moment(), std::move(due), pace_rules(context_.config));
    for (const auto& [item, at] : looks.later) {
        schedule_.trigger(item, context_.steady_at(at));
        postponed_.insert(item);
    }
    return std::move(looks.now);
}

// Somebody set the clock: what it says is judged by this from now on.
Task<void> PassLoop::watch_clock() {
    const Duration before = std::exchange(ahead_, ahead(context_));
    std::vector<Event> events = decide_clock(context_.moment(), ahead_ - before);
    if (events.empty()) {
        co_return;
    }
    context_.log.warning(
        "the host's clock was set by {} s: {}",
        std::chrono::duration_cast<std::chrono::seconds>(ahead_ - before).count(),
        kind_of(events.front()).meaning
    );
    const Result<void> recorded = co_await context_.record(std::move(events));
    if (!recorded) {
        context_.log.error("that was not recorded: {}", recorded.error().text());
    }
}

// What waited for the end of a pause, or for its time, is looked at then.
void PassLoop::watch_levers() {
    const Time now = context_.now();
    const bool ended = next_end_ && *next_end_ <= now;
    next_end_ = next_end(context_.ledger(), now);
    std::set<std::pair<ServerId, bool>> shut;
    for (const auto& [id, server] : context_.ledger().servers()) {
        const Windows& windows = context_.config.server(id).windows;
        for (const bool takes_away : {false, true}) {
            if (closed_to(windows, takes_away, now, zone_offset)) {
                shut.emplace(id, takes_away);
            }
        }
    }
    const bool opened = !std::ranges::includes(shut, shut_);
    shut_ = std::move(shut);
    if (ended || opened) {
        trigger_full();
    }
}

Task<void> PassLoop::run() {
    while (!context_.stopping) {
        co_await watch_clock();
        watch_levers();
        if (when_quiet_ && !full_running_ && !narrow_running_ && looks_ == 0) {
            const std::function<Task<void>()> work = std::exchange(when_quiet_, {});
            co_await work();
        }
        if (!when_quiet_) {
            begin_due();
        }
        const Steady now = context_.steady();
        Steady until = full_running_ ? now + std::chrono::minutes(1) : schedule_.next_due();
        if (narrow_running_ || !state_.ever_passed) {
            until = std::max(until, now + std::chrono::seconds(1));
        }
        if (next_end_) {
            until = std::min(until, context_.steady_at(*next_end_));
        }
        if (!shut_.empty()) {
            until = std::min(until, now + std::chrono::minutes(1));
        }
        if (!context_.stopping) {
            co_await context_.clock.sleep_until(
                std::max(until, now + std::chrono::milliseconds(10)), this
            );
        }
    }
    co_await passes_.join();
}

PassHooks PassLoop::hooks_of(bool narrow) {
    PassHooks hooks;
    hooks.stopping = [this] { return context_.stopping || context_.store_trouble(); };
    hooks.on_step = [this, narrow](std::string_view step) {
        state_.doing =
            (narrow ? "a pass of triggered items: " : "a full pass: ") + std::string(step);
    };
    if (!narrow) {
        hooks.skip_item = [this](ItemId item) { return touched_.contains(item); };
    }
    hooks.metrics = &context_.metrics;
    return hooks;
}

Task<void> PassLoop::look_before() const {
    if (hooks_.before) {
        co_await hooks_.before();
    }
}

Task<void> PassLoop::one_pass(PassRequest request) {
    const bool narrow = request.narrow();
    if (narrow) {
        narrow_items_ = std::set<ItemId>(request.items.begin(), request.items.end());
        touched_.insert(request.items.begin(), request.items.end());
    } else {
        touched_ = narrow_running_ ? narrow_items_ : std::set<ItemId>{};
    }
    co_await look_before();
    const Steady begun = context_.steady();
    Result<PassReport> report;
    if (context_.store_trouble()) {
        report = co_await only_look(request);
    } else {
        RecordContext why(context_.clock.id());
        report = co_await act(request, std::nullopt, std::move(why), hooks_of(narrow));
    }
    (narrow ? narrow_running_ : full_running_) = false;
    state_.doing = "waiting";
    if (report) {
        note(*report, narrow);
    } else {
        note_failure(report.error(), request, begun);
    }
    context_.tell_news();
    poke();
}

namespace {

// What of a plan was not done, and why.
void say_end(const PassReport& report, AppliedPlan& progress) {
    for (const auto& [server, execution] : report.executions) {
        progress.skipped += execution.skipped + execution.progress.deferred;
        for (const auto& [action, error] : execution.failures) {
            progress.failures.push_back(fmt::format(
                "item {}: {} of {}: {}",
                action.item.value,
                to_string(action.kind),
                action.login,
                error.text()
            ));
        }
        if (execution.server_error) {
            progress.failures.push_back(fmt::format(
                "server {} was given up: {}", server.value, execution.server_error->text()
            ));
        }
    }
}

}  // namespace

void PassLoop::apply_in_background(PlanToApply plan, std::shared_ptr<AppliedPlan> progress) {
    passes_.spawn(apply_seen(std::move(plan), std::move(progress)));
}

// What is to be done, if that is what the person has seen. What he approves with it is on record
// only then.
Task<Result<Observation>> PassLoop::still_so(const PlanToApply& plan) {
    Ledger assumed = context_.ledger();
    std::vector<Event> approved;
    if (!plan.approve.empty()) {
        const Result<Observation> waits =
            co_await runner_->dry_run(plan.request, assumed, PassHooks());
        if (!waits) {
            co_return tl::unexpected(waits.error());
        }
        auto events = decide_approved(*waits, plan.approve, plan.reason);
        if (!events) {
            co_return tl::unexpected(std::move(events.error()));
        }
        approved = *std::move(events);
        assume(assumed, approved, context_.now());
    }
    Result<Observation> seen = co_await runner_->dry_run(plan.request, assumed, PassHooks());
    if (seen && plan_checksum(seen->plan()) != plan.checksum) {
        co_return tl::unexpected(Error(
            NextMove::kHuman,
            "plan.moved",
            "the world has moved since the plan was shown: nothing of it was carried out",
            "look at the plan of now and say it again"
        ));
    }
    if (seen) {
        std::ranges::move(decide_asked("apply", plan.reason), std::back_inserter(approved));
        const Result<void> recorded =
            co_await context_.journal.record(std::move(approved), plan.why);
        if (!recorded) {
            co_return tl::unexpected(recorded.error());
        }
    }
    co_return seen;
}

Task<void> PassLoop::apply_seen(PlanToApply plan, std::shared_ptr<AppliedPlan> progress) {
    const AtEnd ended([&] {
        progress->ended = true;
        context_.tell_news();
        poke();
    });
    while (full_running_ && !context_.stopping) {
        co_await context_.wait_for_news(context_.steady() + std::chrono::seconds(1));
    }
    if (held() || context_.stopping || context_.store_trouble()) {
        progress->error = busy();
        co_return;
    }
    full_running_ = true;
    const AtEnd free([this] { full_running_ = false; });
    co_await look_before();
    if (std::optional<Error> why = in_maintenance(context_.ledger())) {
        progress->error = std::move(why);
        co_return;
    }
    touched_ = narrow_running_ ? narrow_items_ : std::set<ItemId>{};
    Result<Observation> seen = co_await still_so(plan);
    if (!seen) {
        progress->error = std::move(seen.error());
        co_return;
    }
    PassHooks hooks = hooks_of(false);
    std::map<ServerId, ExecutionProgress> by_server;
    hooks.on_progress = [&](ServerId server, const ExecutionProgress& now) {
        by_server[server] = now;
        progress->total = progress->done = progress->failed = 0;
        for (const auto& [id, one] : by_server) {
            progress->total += one.total;
            progress->done += one.done;
            progress->failed += one.failed;
        }
    };
    Result<PassReport> report =
        co_await act(plan.request, *std::move(seen), plan.why, std::move(hooks));
    state_.doing = "waiting";
    if (!report) {
        progress->error = std::move(report.error());
        co_return;
    }
    note(*report, true);
    say_end(*report, *progress);
}

Task<Result<PassReport>> PassLoop::act(
    PassRequest request, std::optional<Observation> planned, RecordContext why, PassHooks hooks
) {
    std::vector<PendingOperation> operations = co_await watch_.to_judge();
    hooks.tell = [&](const PassReport& done) {
        await_recovery(done, operations);
        return reporter_.after_pass(done, operations);
    };
    co_return co_await runner_->run(
        request, std::move(planned), std::move(why), context_.journal, std::move(hooks)
    );
}

// With a store in doubt nothing is recorded, so nothing may be done or told.
Task<Result<PassReport>> PassLoop::only_look(PassRequest request) {
    Result<Observation> seen =
        co_await runner_->dry_run(std::move(request), context_.ledger(), PassHooks());
    if (!seen) {
        co_return tl::unexpected(std::move(seen.error()));
    }
    PassReport report;
    report.id = context_.clock.id();
    report.observation = *std::move(seen);
    co_return report;
}

void PassLoop::note(const PassReport& report, bool narrow) {
    state_.panel_error.clear();
    state_.ever_passed = true;
    const Duration grace = context_.config.service.doubt_grace;
    for (const auto& [item, at] : looks_after(context_.moment(), report, grace)) {
        schedule_.trigger(item, context_.steady_at(at));
    }
    for (const ItemId item : std::exchange(postponed_, {})) {
        schedule_.trigger(item, context_.steady());
    }
    hooks_.status(
        "last pass ended at " + format_time(context_.now()) + ", next at " +
        format_time(next_full())
    );
    if (wants_staging(context_.ledger(), report.observation)) {
        // Where the whole cannot be read, not with every item again.
        const Steady again = last_full_.value_or(Steady{}) + std::chrono::minutes(1);
        schedule_.trigger_full(std::max(context_.steady(), again));
    }
    if (narrow) {
        return;
    }
    last_full_ = context_.steady();
    state_.seen.clear();
    state_.off.clear();
    state_.gone.clear();
    state_.unnamed.clear();
    for (const Unknown& off : report.observation.off) {
        state_.off[off.server] = off.why.what;
    }
    for (const Unknown& unknown : report.observation.unknown()) {
        if (unknown.server.value == 0) {
            state_.unnamed = unknown.why.text();
        }
    }
    for (const ServerObservation& server : report.observation.servers) {
        if (!server.plan) {
            continue;
        }
        SeenServer& seen = state_.seen[server.server];
        seen.unmanaged = server.plan->unmanaged_accounts;
        seen.backlog = backlog_of(report, server);
        seen.held = server.plan->held.size();
        seen.reasons = held_reasons(*server.plan);
    }
    const DesiredSnapshot& desired = *report.observation.desired;
    for (const auto& [id, server] : context_.ledger().servers()) {
        if (desired.complete && desired.server(id) == nullptr) {
            context_.metrics.remove_server(id);
            state_.gone.insert(id);
        }
    }
}

void PassLoop::note_failure(const Error& error, const PassRequest& request, Steady begun) {
    if (error.concern == Concern::kStore) {
        context_.log.error("the event store failed, so nothing may be done: {}", error.text());
        if (error.move != NextMove::kRedoPass && !context_.store_trouble()) {
            hooks_.failed("error: " + error.text(), 1);
        }
        return;
    }
    if (context_.stopping) {
        return;
    }
    const Duration took = context_.steady() - begun;
    state_.panel_error = error.text();
    context_.metrics.count(Metric::kPanelErrors, {to_string(error.move)});
    const auto desired = context_.world->last_desired();
    for (const auto& [id, server] : context_.ledger().servers()) {
        if (!desired || desired->server(id) != nullptr) {
            context_.metrics.count(
                Metric::kPasses, {ServerLabel(id), label_of(PassResult::kError)}
            );
            context_.metrics.observe(Metric::kPassDuration, {ServerLabel(id)}, took);
        }
    }
    context_.log.error("the panel could not be read: {}", state_.panel_error);
    for (const ItemId item : request.items) {
        schedule_.trigger(item, context_.steady() + std::chrono::seconds(10));
    }
}

// The panel waits for items whose server is left alone for now: they are looked at as soon as that
// has ended, not at the next full pass.
void PassLoop::await_recovery(
    const PassReport& report, const std::vector<PendingOperation>& operations
) {
    for (const DesiredServer& server : report.observation.desired->servers) {
        const LedgerServer* known = context_.ledger().server(server.id);
        if (known == nullptr || !known->quarantined_until) {
            continue;
        }
        for (const PendingOperation& operation : operations) {
            if (server.accounts.find(operation.item) != DesiredTable::npos) {
                schedule_.trigger(operation.item, context_.steady_at(*known->quarantined_until));
            }
        }
    }
}

bool PassLoop::overdue() const {
    const ScheduleOptions usual = schedule_options(context_.config);
    const Duration longest = 2 * (usual.interval + usual.jitter) + std::chrono::minutes(1);
    return !full_running_ && last_full_ && context_.steady() - *last_full_ > longest;
}

Task<Result<Observation>> PassLoop::look(PassRequest request) {
    if (when_quiet_ || context_.stopping) {
        co_return tl::unexpected(busy());
    }
    ++looks_;
    const AtEnd ended([this] {
        if (--looks_ == 0) {
            poke();
        }
    });
    co_return co_await runner_->dry_run(std::move(request), context_.ledger(), PassHooks());
}

}  // namespace bn::controller
