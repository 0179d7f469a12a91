#include "controller/pass/pass.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "base/tasks.hpp"
#include "controller/pass/executor.hpp"
#include "controller/pass/planning.hpp"
#include "controller/pass/publish.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/plan/groups.hpp"

namespace bn::controller {

// The state of one pass. Lives in the coroutine that runs it.
struct PassRunner::Run {
    PassRunner& runner;
    PassRequest request;
    PassHooks hooks;
    const Ledger& ledger;
    Journal* journal = nullptr;  // null: a dry run
    RecordContext context;

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

    [[nodiscard]] bool admitted(const DesiredServer& server, ServerObservation& out) const {
        const ServerSettings settings = runner.config_.server(server.id);
        out.server = server.id;
        out.name = server.name;
        out.address = server.base_url;
        out.policy = settings.policy;
        ServerAdmission admission = admit_server(
            {ledger, runner.clock_.now()},
            server,
            unconfigured(server.id, settings),
            request.ignore_quarantine || runner.world_.access_changed(server)
        );
        out.admission = admission.admission;
        out.error = std::move(admission.error);
        return out.admission == Admission::kOpen;
    }

    Task<Result<Observation>> observe_and_plan() {
        Observation result;
        result.request = request;
        result.started_at = runner.clock_.now();
        result.begun = runner.clock_.steady();
        step("reading the panel and the clouds");
        // Both sides at once: the clouds are read with what the panel said last time; where an
        // address or a login changed since, the cloud is read again.
        const std::shared_ptr<const DesiredSnapshot> before = runner.world_.last_desired();
        std::map<ServerId, ServerObservation> early;
        base::TaskGroup readings(runner.executor_);
        if (before && !request.narrow()) {
            for (const DesiredServer& server : before->servers) {
                if (server.active && wanted(server.id) &&
                    runner.config_.server(server.id).enabled) {
                    readings.spawn(read_server(before, server, early[server.id]));
                }
            }
        }
        Result<std::shared_ptr<const DesiredSnapshot>> desired =
            co_await runner.world_.read_desired();
        if (!desired) {
            co_await readings.join();
            co_return tl::unexpected(std::move(desired.error()));
        }
        result.desired = *std::move(desired);
        co_await readings.join();
        if (std::optional<Error> emptied = emptied_panel(*result.desired, ledger)) {
            co_return tl::unexpected(*std::move(emptied));
        }
        if (Result<void> ours = co_await know_panel(*result.desired); !ours) {
            co_return tl::unexpected(std::move(ours.error()));
        }
        result.servers.reserve(result.desired->servers.size());
        base::TaskGroup rest(runner.executor_);
        for (const DesiredServer& server : result.desired->servers) {
            if (!wanted(server.id) ||
                (request.narrow() && logins_of_items(request.items, server, ledger).empty())) {
                continue;
            }
            if (!server.active || !runner.config_.server(server.id).enabled) {
                result.off.push_back(switched_off(server));
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
        plan(result);
        co_return result;
    }

    // Not looked at, on purpose.
    static Unknown switched_off(const DesiredServer& server) {
        const bool by_panel = !server.active;
        Error why(
            NextMove::kHuman,
            "server-disabled",
            fmt::format(
                "the server is switched off {}, and not looked at",
                by_panel ? "in the panel" : "in the configuration"
            ),
            by_panel ? "switch the processing module on in the panel when it shall be served"
                     : "set enabled = true for it in the configuration when it shall be served"
        );
        return {server.id, server.name, {}, false, true, std::move(why)};
    }

    // Another panel's data is refused; whose this store is, is recorded before anything is done.
    Task<Result<void>> know_panel(const DesiredSnapshot& desired) {
        Result<std::vector<Event>> identity =
            decide_panel_identity(ledger, desired.panel_fingerprint);
        if (!identity) {
            co_return tl::unexpected(std::move(identity.error()));
        }
        if (journal == nullptr) {
            co_return Result<void>();
        }
        std::vector<Event> first = *std::move(identity);
        co_return co_await journal->record(std::move(first), context);
    }

    void plan(Observation& observation) const {
        step("planning");
        const std::map<ServerId, std::string> identities = observation.identities();
        for (ServerObservation& server : observation.servers) {
            if (!server.actual) {
                continue;
            }
            server.plan = plan_server(
                *observation.desired,
                *server.actual,
                ledger,
                runner.config_,
                runner.config_.server(server.server),
                request.items,
                runner.clock_.now(),
                identities
            );
            if (!server.plan->stopped.empty()) {
                server.checksum = plan_checksum(server.plan->staged());
            }
        }
    }

    Task<void> read_server(
        [[maybe_unused]] std::shared_ptr<const DesiredSnapshot> keeps_server_alive,
        const DesiredServer& server,
        ServerObservation& out
    ) {
        const Steady begun = runner.clock_.steady();
        if (admitted(server, out)) {
            Result<ActualSnapshot> actual = co_await read_cloud(server, out);
            if (actual) {
                out.actual = *std::move(actual);
            } else {
                out.error = std::move(actual.error());
                if (out.error->move != NextMove::kRetryCall) {
                    // A port that a refused login has closed must not stay closed for ever.
                    runner.world_.forget(server.id);
                }
            }
        }
        out.took = runner.clock_.steady() - begun;
    }

    // Everything that needs the cloud: who is it, what is in doubt, what does it have.
    Task<Result<ActualSnapshot>> read_cloud(const DesiredServer& server, ServerObservation& out) {
        World& world = runner.world_;
        const std::shared_ptr<Cloud> cloud = world.cloud(server, ledger);
        const CloudInfo* known = request.narrow() ? world.info(server.id) : nullptr;
        if (known != nullptr) {
            out.info = *known;
            co_await recognise(*cloud, server.id, *out.info);
        } else {
            Result<CloudInfo> info = co_await cloud->probe();
            if (!info) {
                co_return tl::unexpected(std::move(info.error()));
            }
            out.info = *std::move(info);
        }
        if (std::optional<Error> unfit = unfit_cloud(*out.info, server, ledger)) {
            co_return tl::unexpected(*std::move(unfit));
        }
        if (known == nullptr) {
            world.remember(server.id, *out.info);
        }
        if (journal != nullptr) {
            const ActionRules rules =
                action_rules(runner.config_, runner.config_.server(server.id));
            ActionParts parts(*cloud, *journal, runner.clock_, rules);
            Result<void> doubts = co_await settle_doubts(parts, server.id, request.items, context);
            if (!doubts) {
                co_return tl::unexpected(std::move(doubts.error()));
            }
        }
        if (request.narrow()) {
            const CloudInfo info = *out.info;
            co_return co_await read_items(server, info, out);
        }
        ObserveOptions options;
        options.page_size = runner.config_.server(server.id).page_size;
        options.names = keeps_names(runner.config_.server(server.id));
        options.groups = groups_to_read(server.managed_groups, out.info->groups);
        if (hooks.on_read) {
            options.progress = [this, id = server.id](std::uint64_t accounts) {
                hooks.on_read(id, accounts);
            };
        }
        co_return co_await cloud->observe(std::move(options));
    }

    // Since it was probed another cloud may have come to the address: nothing is done there, and
    // nothing of it believed, before it has shown now who it is. What nothing of ours is tied to is
    // anybody's.
    Task<void> recognise(Cloud& cloud, ServerId server, CloudInfo& info) const {
        if (expected_identity(ledger, server).empty()) {
            co_return;
        }
        CloudSign now = co_await cloud.recognise();
        info.identity = std::move(now.identity);
        info.data_fingerprint = std::move(now.data_fingerprint);
    }

    Task<Result<ActualSnapshot>> read_items(
        const DesiredServer& server, const CloudInfo& info, ServerObservation& out
    ) {
        ActualSnapshot actual;
        actual.server = server.id;
        actual.taken_at = runner.clock_.now();
        actual.narrow = true;
        actual.complete = true;
        actual.groups = info.groups;
        actual.own_login = login_key(info.own_login);
        ActualTable::Builder builder;
        if (keeps_names(runner.config_.server(server.id))) {
            builder.keep_names();
        }
        const std::shared_ptr<Cloud> cloud = runner.world_.cloud(server, ledger);
        for (const std::string& login : logins_of_items(request.items, server, ledger)) {
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

    Task<void> apply(PassReport& report) {
        for (const ServerObservation& server : report.observation.servers) {
            if (server.plan && !server.plan->gone.empty() && !given_up(server.server, report)) {
                co_await note_gone(report.observation, server);
            }
        }
        step("applying");
        ++runner.executing_;
        base::TaskGroup executions(runner.executor_);
        for (ServerObservation& server : report.observation.servers) {
            if (server.plan && !server.plan->actions.empty() && !given_up(server.server, report)) {
                executions.spawn(execute_server(server, report));
            }
        }
        co_await executions.join();
        if (--runner.executing_ == 0 && runner.stopping_) {
            runner.world_.shutdown();
        }
    }

    static bool given_up(ServerId server, const PassReport& report) {
        const auto it = report.executions.find(server);
        return it != report.executions.end() && it->second.server_error;
    }

    // The plan was made a while ago, and a person has thought about it since.
    Task<void> recognise_again(PassReport& report) {
        base::TaskGroup looks(runner.executor_);
        for (ServerObservation& server : report.observation.servers) {
            if (server.info && server.plan &&
                !(server.plan->actions.empty() && server.plan->gone.empty())) {
                looks.spawn(recognise_server(server, report));
            }
        }
        co_await looks.join();
    }

    Task<void> recognise_server(ServerObservation& server, PassReport& report) {
        const DesiredServer* desired = report.observation.desired->server(server.server);
        const std::shared_ptr<Cloud> cloud = runner.world_.cloud(*desired, ledger);
        co_await recognise(*cloud, server.server, *server.info);
        if (std::optional<Error> unfit = unfit_cloud(*server.info, *desired, ledger)) {
            report.executions[server.server].server_error = *std::move(unfit);
            runner.world_.forget(server.server);
        }
    }

    // Accounts of closed items that somebody removed: a look proves it, and the item owns nothing
    // any more. A few a pass; nothing waits for it.
    Task<void> note_gone(const Observation& observation, const ServerObservation& server) {
        constexpr std::size_t kMost = 50;
        const DesiredServer* desired = observation.desired->server(server.server);
        const std::shared_ptr<Cloud> cloud = runner.world_.cloud(*desired, ledger);
        const std::size_t count = std::min(server.plan->gone.size(), kMost);
        for (std::size_t i = 0; i < count; ++i) {
            const GoneAccount& account = server.plan->gone[i];
            Result<std::optional<OwnedActualAccount>> found = co_await cloud->look(account.login);
            if (!found && found.error().concern == Concern::kServer) {
                co_return;  // the next pass looks again
            }
            if (!found) {
                continue;
            }
            std::vector<Event> gone = decide_gone(ledger, server.server, account, *found);
            Result<void> recorded = co_await journal->record(std::move(gone), context);
            if (!recorded) {
                co_return;  // the store's failure ends the pass by itself
            }
        }
    }

    Task<void> execute_server(ServerObservation& server, PassReport& report) {
        // The cloud that was read, even if the panel names another address by now.
        const DesiredServer* desired = report.observation.desired->server(server.server);
        ExecutorOptions options;
        options.parallel = runner.config_.server(server.server).max_parallel;
        options.wait_for_budget = hooks.wait_for_budget;
        options.stopping = hooks.stopping;
        options.on_progress = [this, id = server.server](const ExecutionProgress& progress) {
            if (hooks.on_progress) {
                hooks.on_progress(id, progress);
            }
        };
        options.on_outcome = [this,
                              &report](const Action& action, OutcomeKind outcome, bool whole) {
            if (hooks.metrics != nullptr) {
                hooks.metrics->count(
                    Metric::kActions,
                    {ServerLabel(action.server), to_string(action.kind), label_of(outcome)}
                );
            }
            if (whole && (outcome == OutcomeKind::kDone || outcome == OutcomeKind::kAlreadySo)) {
                report.calls_done[action.item].push_back(action.kind);
            }
        };
        options.skip_item = hooks.skip_item;
        ExecutionReport& execution = report.executions[server.server];
        const std::shared_ptr<Cloud> cloud = runner.world_.cloud(*desired, ledger);
        const ActionRules rules =
            action_rules(runner.config_, runner.config_.server(server.server));
        ActionParts parts(*cloud, *journal, runner.clock_, rules);
        if (const CloudInfo* info = runner.world_.info(server.server)) {
            const std::size_t wanted =
                std::max<std::size_t>(info->password_min_length, kPasswordLength);
            parts.password_length = std::min(wanted, kLongestPassword);
        }
        parts.read_panel = [this] { return runner.world_.read_desired(); };
        std::string sum = plan_checksum(*server.plan);
        execution = co_await execute_plan(
            runner.executor_, parts, std::move(options), *server.plan, std::move(sum), context
        );
        if (execution.server_error) {
            runner.world_.forget(server.server);  // a port that closed itself is made anew
        }
    }

    void publish(const PassReport& report) const {
        if (hooks.metrics != nullptr) {
            publish_pass(*hooks.metrics, report, runner.clock_.steady() - report.observation.begun);
        }
        const Log log = runner.log_.with("pass", report.id);
        if (const std::optional<Time>& since = ledger.panel().behind_since) {
            log.warning(
                "the panel's data is older than what was seen before, since {}: nothing is taken "
                "away until it has caught up, or `resume --accept-panel` says that it is meant so",
                format_time(*since)
            );
        }
        runner.pass_log_.add(log, report, runner.clock_.steady());
    }
};

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
    co_return co_await run.observe_and_plan();
}

Task<Result<Observation>> PassRunner::observe(
    PassRequest request, RecordContext context, Journal& journal, PassHooks hooks
) {
    Run run(*this, std::move(request), std::move(hooks), journal.ledger());
    run.journal = &journal;
    run.context = std::move(context);
    co_return co_await run.observe_and_plan();
}

Task<Result<PassReport>> PassRunner::run(
    PassRequest request,
    std::optional<Observation> planned,
    RecordContext context,
    Journal& journal,
    PassHooks hooks
) {
    Run run(*this, std::move(request), std::move(hooks), journal.ledger());
    run.journal = &journal;
    run.context = std::move(context);
    PassReport report;
    report.id = run.context.correlation;
    const bool planned_before = planned.has_value();
    // Observe both sides, and plan: diff, policy, guards.
    if (planned) {
        report.observation = *std::move(planned);
        if (Result<void> ours = co_await run.know_panel(*report.observation.desired); !ours) {
            co_return tl::unexpected(std::move(ours.error()));
        }
    } else {
        Result<Observation> seen = co_await run.observe_and_plan();
        if (stopping_) {  // calls that the stop cut off say nothing about their servers
            Error stopped(NextMove::kRedoPass, "pass.stopped", "the pass was given up for a stop");
            co_return tl::unexpected(std::move(stopped));
        }
        if (!seen) {
            co_return tl::unexpected(std::move(seen.error()));
        }
        report.observation = *std::move(seen);
    }
    // Record what was seen; nothing is done on the strength of what is not on the disk.
    const PassRules rules = pass_rules(config_);
    std::vector<Event> observed =
        decide_observed({run.ledger, clock_.now()}, report.observation, rules);
    std::erase_if(observed, [&run](const Event& event) {
        // Another pass has looked at this item since: what this one read of it is old.
        const ItemId item = item_of(event);
        return item.value != 0 && run.hooks.skip_item && run.hooks.skip_item(item);
    });
    Result<void> recorded = co_await journal.record(std::move(observed), run.context);
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    if (planned_before) {
        co_await run.recognise_again(report);
    }
    // Apply: each server's plan by an executor, intent before effect, outcome after.
    co_await run.apply(report);
    // Record how it ended.
    std::vector<Event> ended = decide_completed({run.ledger, clock_.now()}, report, rules);
    recorded = co_await journal.record(std::move(ended), run.context);
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    // Tell: metrics, the log, the panel.
    run.publish(report);
    if (run.hooks.tell) {
        co_await run.hooks.tell(report);
    }
    co_return report;
}

}  // namespace bn::controller
