#include "controller/pass/pass.hpp"

#include <algorithm>
#include <set>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/pass/doubt.hpp"
#include "controller/pass/pass_events.hpp"
#include "controller/pass/plan_checksum.hpp"
#include "controller/pass/planning.hpp"
#include "controller/sys/random.hpp"
#include "controller/task_group.hpp"

namespace bn::controller {

Plan Observation::plan() const {
    Plan plan;
    plan.made_at = started_at;
    for (const ServerObservation& server : servers) {
        if (server.plan) {
            plan.servers.push_back(*server.plan);
        }
    }
    return plan;
}

std::map<ServerId, PutBudget> Observation::budgets() const {
    std::map<ServerId, PutBudget> budgets;
    for (const ServerObservation& server : servers) {
        if (server.info) {
            budgets.emplace(server.server, server.info->put_budget);
        }
    }
    return budgets;
}

const ServerObservation* Observation::server(ServerId id) const {
    const auto it = std::find_if(servers.begin(), servers.end(), [id](const auto& s) {
        return s.server == id;
    });
    return it == servers.end() ? nullptr : &*it;
}

std::uint64_t Observation::error_count() const {
    if (desired && desired->servers.empty()) {
        return 1;  // a panel without any server of our module: nothing was looked at
    }
    return static_cast<std::uint64_t>(std::count_if(
        servers.begin(),
        servers.end(),
        [](const auto& s) {
            return s.error || (s.plan && (!s.plan->desired_complete || !s.plan->actual_complete));
        }
    ));
}

bool PassReport::failed() const {
    return observation.error_count() > 0 ||
           std::any_of(executions.begin(), executions.end(), [](const auto& e) {
               return e.second.progress.failed > 0 || e.second.server_error.has_value();
           });
}

// The state of one pass. Lives in the coroutine that runs it.
struct PassRunner::Run {
    PassRunner& runner;
    PassRequest request;
    PassHooks hooks;
    const Ledger& ledger;
    Journal* journal = nullptr;  // null: a dry run
    RecordContext context;
    std::function<void(const Action&, OutcomeKind)> on_outcome;

    Run(PassRunner& r, PassRequest q, PassHooks h, const Ledger& l)
        : runner(r), request(std::move(q)), hooks(std::move(h)), ledger(l) {}

    void step(std::string_view doing) const {
        if (hooks.on_step) {
            hooks.on_step(doing);
        }
    }

    [[nodiscard]] bool wanted(ServerId id) const {
        return !request.only_server || *request.only_server == id;
    }

    [[nodiscard]] std::optional<Error> inadmissible(
        const DesiredServer& server, ServerObservation& out
    ) const;
    Task<Result<Observation>> observe();
    Task<void> read_server(
        std::shared_ptr<const DesiredSnapshot> keeps_server_alive,
        const DesiredServer& server,
        ServerObservation& out
    );
    Task<std::optional<Error>> read_cloud(const DesiredServer& server, ServerObservation& out);
    Task<Result<ActualSnapshot>> read_items(
        const DesiredServer& server, const CloudInfo& info, ServerObservation& out
    );
    Task<void> note_gone(const Observation& observation, const ServerObservation& server);
    Task<void> execute_server(
        const Observation& observation, ServerObservation& server, ExecutionReport& report
    );
};

// Why a server is not looked at, before any call to it.
std::optional<Error> PassRunner::Run::inadmissible(
    const DesiredServer& server, ServerObservation& out
) const {
    out.server = server.id;
    out.name = server.name;
    out.address = server.base_url;
    out.settings = runner.config_.server(server.id);
    if (std::optional<Error> unusable = unusable_server(server, out.settings, ledger)) {
        return unusable;
    }
    const LedgerServer* known = ledger.server(server.id);
    if (!request.ignore_quarantine && known != nullptr && known->quarantined_until &&
        *known->quarantined_until > runner.now_()) {
        out.quarantined = true;
        return Error(
            Concern::kServer,
            NextMove::kWait,
            "server.quarantined",
            "the server is left alone until " + format_time(*known->quarantined_until) +
                " after: " + known->last_error
        );
    }
    return std::nullopt;
}

Task<Result<ActualSnapshot>> PassRunner::Run::read_items(
    const DesiredServer& server, const CloudInfo& info, ServerObservation& out
) {
    ActualSnapshot actual;
    actual.server = server.id;
    actual.taken_at = runner.now_();
    actual.narrow = true;
    actual.complete = true;
    actual.groups = info.groups;
    actual.own_login = login_key(info.own_login);
    ActualTable::Builder builder;
    const std::shared_ptr<Cloud> cloud = runner.world_.cloud(server);
    std::set<std::string> logins;
    for (const std::string& login : logins_of_items(request.items, server, ledger)) {
        logins.insert(login_key(login));
    }
    for (const std::string& login : logins) {
        Result<std::optional<OwnedActualAccount>> found = co_await cloud->look(login);
        if (!found) {
            co_return tl::unexpected(std::move(found.error()));
        }
        if (found->has_value()) {
            builder.add((*found)->view());
            out.looked.push_back(**std::move(found));
        }
    }
    actual.accounts = std::move(builder).finish();
    co_return actual;
}

// Everything that needs the cloud: who is it, what is in doubt, what does it have.
Task<std::optional<Error>> PassRunner::Run::read_cloud(
    const DesiredServer& server, ServerObservation& out
) {
    World& world = runner.world_;
    const std::shared_ptr<Cloud> cloud = world.cloud(server);
    const CloudInfo* known = request.narrow() ? world.info(server.id) : nullptr;
    if (known != nullptr) {
        out.info = *known;
    } else {
        Result<CloudInfo> info = co_await cloud->probe();
        if (!info) {
            co_return std::move(info.error());
        }
        world.remember(server.id, *info);
        out.info = *std::move(info);
    }
    if (std::optional<Error> unfit = unfit_cloud(*out.info, server)) {
        co_return unfit;
    }
    if (journal != nullptr) {
        Result<DoubtReport> doubts = co_await settle_doubts(
            server.id, *cloud, *journal, runner.config_.service.doubt_grace, context
        );
        if (!doubts) {
            co_return std::move(doubts.error());
        }
    }
    if (request.narrow()) {
        const CloudInfo info = *out.info;
        Result<ActualSnapshot> actual = co_await read_items(server, info, out);
        if (!actual) {
            co_return std::move(actual.error());
        }
        out.actual = *std::move(actual);
        co_return std::nullopt;
    }
    ObserveOptions options;
    options.page_size = out.settings.page_size;
    if (hooks.on_read) {
        options.progress = [this, id = server.id](std::uint64_t accounts) {
            hooks.on_read(id, accounts);
        };
    }
    Result<ActualSnapshot> actual = co_await cloud->observe(std::move(options));
    if (!actual) {
        co_return std::move(actual.error());
    }
    out.actual = *std::move(actual);
    co_return std::nullopt;
}

Task<void> PassRunner::Run::read_server(
    [[maybe_unused]] std::shared_ptr<const DesiredSnapshot> keeps_server_alive,
    const DesiredServer& server,
    ServerObservation& out
) {
    const Time begun = runner.now_();
    out.error = inadmissible(server, out);
    if (!out.error) {
        out.error = co_await read_cloud(server, out);
        if (out.error && out.error->move != NextMove::kRetryCall) {
            // A port that a refused login has closed must not stay closed for ever.
            runner.world_.forget(server.id);
        }
    }
    out.took = runner.now_() - begun;
}

Task<Result<Observation>> PassRunner::Run::observe() {
    Observation result;
    result.started_at = runner.now_();
    step("reading the panel and the clouds");
    // Both sides at once: the clouds are read with what the panel said last time; where an address
    // or a login changed since, the cloud is read again.
    const std::shared_ptr<const DesiredSnapshot> before = runner.world_.last_desired();
    std::map<ServerId, ServerObservation> early;
    TaskGroup readings(runner.executor_);
    if (before && !request.narrow()) {
        for (const DesiredServer& server : before->servers) {
            if (server.active && wanted(server.id) && runner.config_.server(server.id).enabled) {
                readings.spawn(read_server(before, server, early[server.id]));
            }
        }
    }
    Result<std::shared_ptr<const DesiredSnapshot>> desired = co_await runner.world_.read_desired();
    if (!desired) {
        co_await readings.join();
        co_return tl::unexpected(std::move(desired.error()));
    }
    result.desired = *std::move(desired);
    co_await readings.join();
    if (std::optional<Error> emptied = emptied_panel(*result.desired, ledger)) {
        co_return tl::unexpected(*std::move(emptied));
    }
    result.servers.reserve(result.desired->servers.size());
    TaskGroup rest(runner.executor_);
    for (const DesiredServer& server : result.desired->servers) {
        if (!server.active || !wanted(server.id) || !runner.config_.server(server.id).enabled ||
            (request.narrow() && logins_of_items(request.items, server, ledger).empty())) {
            continue;
        }
        const auto it = early.find(server.id);
        if (it != early.end() && same_access(*before->server(server.id), server)) {
            result.servers.push_back(std::move(it->second));
        } else {
            result.servers.emplace_back();
            rest.spawn(read_server(result.desired, server, result.servers.back()));
        }
    }
    co_await rest.join();
    step("planning");
    for (ServerObservation& server : result.servers) {
        if (server.actual) {
            server.plan = plan_server(
                *result.desired,
                *server.actual,
                ledger,
                runner.config_,
                server.settings,
                request.items,
                runner.now_()
            );
        }
    }
    co_return result;
}

// Accounts of closed items that somebody removed: a look proves it, and the item owns nothing any
// more. A few a pass; nothing waits for it.
Task<void> PassRunner::Run::note_gone(
    const Observation& observation, const ServerObservation& server
) {
    constexpr std::size_t kMost = 50;
    const DesiredServer* desired = observation.desired->server(server.server);
    const std::shared_ptr<Cloud> cloud = runner.world_.cloud(*desired);
    const std::size_t count = std::min(server.plan->gone.size(), kMost);
    for (std::size_t i = 0; i < count; ++i) {
        const GoneAccount& account = server.plan->gone[i];
        Result<std::optional<OwnedActualAccount>> found = co_await cloud->look(account.login);
        if (!found) {
            co_return;  // the next pass looks again
        }
        const LedgerItem* known = ledger.item(account.item);
        if (found->has_value() || known == nullptr || !owns(*known) || !known->in_doubt.empty() ||
            known->login != account.login) {
            continue;
        }
        DoubtResolved gone;
        gone.item = account.item;
        gone.server = server.server;
        gone.kind = ActionKind::kDelete;
        gone.took_effect = true;
        gone.login = account.login;
        gone.detail = "the account of the closed item was removed by somebody else";
        std::vector<Event> events;
        events.emplace_back(std::move(gone));
        Result<void> recorded = co_await journal->record(std::move(events), context);
        if (!recorded) {
            co_return;  // the store's failure ends the pass by itself
        }
    }
}

Task<void> PassRunner::Run::execute_server(
    const Observation& observation, ServerObservation& server, ExecutionReport& report
) {
    // The cloud that was read, even if the panel names another address by now.
    const DesiredServer* desired = observation.desired->server(server.server);
    if (desired == nullptr) {
        co_return;
    }
    ExecutorOptions options;
    options.parallel = std::max<std::uint32_t>(1, server.settings.max_parallel);
    options.retention = runner.config_.service.retention;
    options.backoff.first = runner.config_.service.backoff_first;
    options.backoff.cap = runner.config_.service.backoff_max;
    options.doubt_grace = runner.config_.service.doubt_grace;
    options.wait_for_budget = hooks.wait_for_budget;
    options.stopping = hooks.stopping;
    options.now = runner.now_;
    options.on_progress = [this, id = server.server](const ExecutionProgress& progress) {
        if (hooks.on_progress) {
            hooks.on_progress(id, progress);
        }
    };
    options.on_outcome = on_outcome;
    options.skip_item = hooks.skip_item;
    const std::shared_ptr<Cloud> cloud = runner.world_.cloud(*desired);
    Executor executor(runner.executor_, *cloud, *journal, std::move(options));
    std::string sum = plan_checksum(*server.plan);
    report = co_await executor.run(*server.plan, std::move(sum), context);
    if (report.server_error) {
        runner.world_.forget(server.server);  // a port that closed itself is made anew
    }
}

PassRunner::PassRunner(
    const boost::asio::any_io_executor& executor,
    const Config& config,
    World& world,
    Log log,
    std::function<Time()> now
)
    : executor_(executor),
      config_(config),
      world_(world),
      log_(std::move(log)),
      now_(std::move(now)) {}

void PassRunner::stop() {
    stopping_ = true;
    if (executing_ == 0) {
        world_.shutdown();
    }
}

Task<Result<Observation>> PassRunner::dry_run(
    PassRequest request, const Ledger& ledger, PassHooks hooks
) {
    Run run(*this, std::move(request), std::move(hooks), ledger);
    co_return co_await run.observe();
}

Task<Result<Observation>> PassRunner::observe(
    PassRequest request, std::string pass_id, Journal& journal, Actor actor, PassHooks hooks
) {
    Run run(*this, std::move(request), std::move(hooks), journal.ledger());
    run.journal = &journal;
    run.context = RecordContext(std::move(pass_id), std::move(actor));
    co_return co_await run.observe();
}

Task<Result<PassReport>> PassRunner::run(
    PassRequest request, Journal& journal, Actor actor, PassHooks hooks, Metrics* metrics
) {
    const std::string id = random_id(now_());
    Result<Observation> observation = co_await observe(request, id, journal, actor, hooks);
    if (stopping_) {  // calls that the stop cut off say nothing about their servers
        Error stopped(NextMove::kRedoPass, "pass.stopped", "the pass was given up for a stop");
        co_return tl::unexpected(std::move(stopped));
    }
    if (!observation) {
        co_return tl::unexpected(std::move(observation.error()));
    }
    co_return co_await execute(
        std::move(request),
        *std::move(observation),
        id,
        journal,
        std::move(actor),
        std::move(hooks),
        metrics
    );
}

Task<Result<PassReport>> PassRunner::execute(
    PassRequest request,
    Observation observation,
    std::string pass_id,
    Journal& journal,
    Actor actor,
    PassHooks hooks,
    Metrics* metrics
) {
    Run run(*this, std::move(request), std::move(hooks), journal.ledger());
    run.journal = &journal;
    run.context = RecordContext(pass_id, std::move(actor));
    PassReport report;
    run.on_outcome = [metrics, &report](const Action& action, OutcomeKind outcome) {
        if (metrics != nullptr) {
            metrics->action_done(action.server, action.kind, outcome);
        }
        if (outcome == OutcomeKind::kDone || outcome == OutcomeKind::kAlreadySo) {
            ++report.calls_done[action.item];
        }
    };
    report.id = std::move(pass_id);
    report.observation = std::move(observation);
    std::vector<Event> observed =
        observation_events(journal.ledger(), report.observation, run.request, config_, now_());
    Result<void> recorded = co_await journal.record(std::move(observed), run.context);
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    for (const ServerObservation& server : report.observation.servers) {
        if (server.plan && !server.plan->gone.empty()) {
            co_await run.note_gone(report.observation, server);
        }
    }
    run.step("applying");
    ++executing_;
    TaskGroup executions(executor_);
    for (ServerObservation& server : report.observation.servers) {
        if (server.plan && server.plan->stopped.empty() && !server.plan->actions.empty()) {
            executions.spawn(
                run.execute_server(report.observation, server, report.executions[server.server])
            );
        }
    }
    co_await executions.join();
    if (--executing_ == 0 && stopping_) {
        world_.shutdown();
    }
    std::vector<Event> ended =
        completion_events(journal.ledger(), report, run.request, config_, now_());
    Result<void> ended_recorded = co_await journal.record(std::move(ended), run.context);
    if (!ended_recorded) {
        co_return tl::unexpected(std::move(ended_recorded.error()));
    }
    if (metrics != nullptr) {
        publish_pass(*metrics, report, run.request, journal.ledger(), now_());
    }
    log_pass(log_.with("pass", report.id), report, run.request);
    co_return report;
}

}  // namespace bn::controller
