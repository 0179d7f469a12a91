#include "controller/pass/publish.hpp"

#include <algorithm>
#include <chrono>
#include <map>
#include <utility>

#include <fmt/format.h>

#include "controller/pass/planning.hpp"
#include "reconciler/decide/pass.hpp"
#include "reconciler/retry/backoff.hpp"

namespace bn::controller {

namespace {

// Null: nothing was to be done there.
const ExecutionReport* execution_of(const PassReport& report, ServerId server) {
    const auto it = report.executions.find(server);
    return it == report.executions.end() ? nullptr : &it->second;
}

PassResult result_of(const PassReport& report, const ServerObservation& server) {
    const ExecutionReport* execution = execution_of(report, server.server);
    const bool failed = execution != nullptr && execution->server_error;
    return !server.plan || failed ? PassResult::kError
           : server.plan->desired_complete && server.plan->actual_complete
               ? PassResult::kOk
               : PassResult::kIncomplete;
}

void publish_server(Metrics& metrics, const ServerObservation& server, const PassReport& report) {
    const ServerLabel own(server.server);
    if (server.info) {
        metrics.set(Metric::kCertificateEnd, {own}, server.info->certificate_end);
    }
    if (!server.plan) {
        return;
    }
    const ServerPlan& plan = *server.plan;
    metrics.set(Metric::kAccounts, {own, "desired"}, plan.desired_accounts);
    metrics.set(Metric::kAccounts, {own, "actual"}, plan.actual_accounts);
    metrics.set(Metric::kAccounts, {own, "unmanaged"}, plan.unmanaged_accounts);
    if (const ExecutionReport* execution = execution_of(report, server.server)) {
        metrics.set(Metric::kPutBudgetWait, {own}, execution->budget_wait);
    }
    metrics.set(Metric::kBacklog, {own}, backlog_of(report, server));
}

// What there is of something, and since when of the longest.
struct Tally {
    std::uint64_t count = 0;
    std::optional<Time> oldest;

    void add(const Tally& more) {
        count += more.count;
        oldest = std::min(oldest.value_or(*more.oldest), *more.oldest);
    }

    void add(Time since) { add(Tally{1, since}); }

    [[nodiscard]] Duration age(Time now) const {
        return oldest ? std::max(now - *oldest, Duration{0}) : Duration{0};
    }
};

struct LedgerFacts {
    std::uint64_t in_doubt = 0;
    std::uint64_t deletions_due = 0;
    std::uint64_t parked = 0;
    Tally drifting;  // items
    std::map<DriftField, std::uint64_t> drift;
    std::map<DriftField, Tally> mended_soon;  // of drift that nothing holds
    std::map<HoldCode, Tally> held;
};

std::map<ServerId, LedgerFacts> ledger_facts(const Ledger& ledger) {
    std::map<ServerId, LedgerFacts> facts;
    for (const auto& [id, item] : ledger.items()) {
        // A hold knows its server even where no account exists yet.
        LedgerFacts& f = facts
            [item.server.value == 0 && !item.holds.empty() ? item.holds.front().server
                                                           : item.server];
        f.in_doubt += item.in_doubt.size();
        f.deletions_due += item.end_announced && owns(item) ? 1U : 0U;
        f.parked += std::ranges::any_of(item.setbacks, &Setback::parked) ? 1U : 0U;
        for (const auto& field : item.differs) {
            ++f.drift[field.what];
            if (item.holds.empty()) {  // what is held waits, and has an age of its own
                f.mended_soon[field.what].add(field.since);
            }
        }
        if (item.drift != 0) {
            f.drifting.add(item.drift_since);
        }
        for (const auto& reason : item.held) {
            f.held[reason.what].add(reason.since);
        }
    }
    return facts;
}

void publish_items(Metrics& metrics, const ServerLabel& own, LedgerFacts facts, Time now) {
    metrics.set(Metric::kInDoubt, {own}, facts.in_doubt);
    metrics.set(Metric::kDeletionsDue, {own}, facts.deletions_due);
    metrics.set(Metric::kParked, {own}, facts.parked);
    metrics.set(Metric::kOldestDrift, {own}, facts.drifting.age(now));
    for (const DriftField field : kAllDriftFields) {
        metrics.set(Metric::kDrift, {own, to_string(field)}, facts.drift[field]);
        metrics.set(Metric::kDriftAge, {own, to_string(field)}, facts.mended_soon[field].age(now));
    }
    for (const HoldCode code : all_of<HoldCode>()) {
        metrics.set(Metric::kHeld, {own, to_string(code)}, facts.held[code].count);
        metrics.set(Metric::kHeldAge, {own, to_string(code)}, facts.held[code].age(now));
    }
}

void publish_known(
    Metrics& metrics,
    ServerId id,
    const LedgerServer& server,
    const Moment& at,
    const Config& config
) {
    const ServerLabel own(id);
    if (!server.name.empty()) {  // else nothing is known of it yet
        metrics.set_info(Metric::kServerInfo, id, {server.name, server.product, server.version});
    }
    metrics.set(Metric::kLastAttempt, {own}, server.last_attempt_at);
    metrics.set(Metric::kLastSuccess, {own}, server.last_success_at);
    metrics.set(Metric::kQuarantined, {own}, server.quarantined_until > at.now);
    metrics.set(Metric::kPaused, {own}, pause_over(at.ledger, id, at.now) != nullptr);
    metrics.set(Metric::kPlanStopped, {own}, !server.stopped_plan.empty());
    metrics.set(
        Metric::kPlanStoppedAge,
        {own},
        server.stopped_since ? std::max(at.now - *server.stopped_since, Duration{0}) : Duration{0}
    );
    const LimitRules rules = limit_rules(config, config.server(id));
    for (const Harm harm : kAllHarms) {
        const LimitLeft left = left_of_limit(at.ledger, id, harm, at.now, rules);
        metrics.set(Metric::kLimitLeft, {own, to_string(harm), "hour"}, left.hour);
        metrics.set(Metric::kLimitLeft, {own, to_string(harm), "day"}, left.day);
    }
}

}  // namespace

std::uint64_t backlog_of(const PassReport& report, const ServerObservation& server) {
    const std::uint64_t planned = server.plan->actions.size();
    const ExecutionReport* execution = execution_of(report, server.server);
    return execution != nullptr ? planned - std::min(planned, execution->progress.done) : planned;
}

void publish_pass(Metrics& metrics, const PassReport& report, Duration took) {
    const std::vector<Unknown> unknown = report.observation.unknown();
    for (const Unknown& off : report.observation.off) {
        metrics.add_server(off.server);
        metrics.set(Metric::kServerUnknown, {ServerLabel(off.server)}, false);  // on purpose
    }
    for (const ServerObservation& server : report.observation.servers) {
        metrics.add_server(server.server);
        if (report.observation.request.narrow()) {
            continue;
        }
        const ServerLabel own(server.server);
        const bool known =
            std::ranges::find(unknown, server.server, &Unknown::server) == unknown.end();
        metrics.set(Metric::kServerUnknown, {own}, !known);
        if (server.admission == Admission::kLeftAlone) {
            continue;
        }
        publish_server(metrics, server, report);
        metrics.count(Metric::kPasses, {own, label_of(result_of(report, server))});
        metrics.observe(Metric::kPassDuration, {own}, took);
    }
}

void publish_ledger(Metrics& metrics, const Moment& at, const Config& config) {
    const LedgerPanel& panel = at.ledger.panel();
    metrics.set(Metric::kPanelBehind, {}, panel.behind_since.has_value());
    metrics.set(Metric::kPanelMaintenance, {}, panel.maintenance.has_value());
    Tally owed;
    for (const ItemId id : at.ledger.owing()) {
        owed.add(at.ledger.item(id)->owed.front().since);
    }
    metrics.set(Metric::kPanelOwed, {}, owed.count);
    metrics.set(Metric::kPanelOwedAge, {}, owed.age(at.now));
    metrics.set(Metric::kLastBackup, {}, panel.backed_up_at);
    metrics.set(Metric::kLastVerify, {}, panel.verified_at);
    metrics.set(Metric::kPassInterval, {}, config.service.interval);
    std::map<ServerId, LedgerFacts> all = ledger_facts(at.ledger);
    for (const ServerId id : metrics.servers()) {
        const LedgerServer* known = at.ledger.server(id);
        publish_known(metrics, id, known != nullptr ? *known : LedgerServer(), at, config);
        publish_items(metrics, ServerLabel(id), std::move(all[id]), at.now);
        all.erase(id);
    }
    std::map<HoldCode, Tally> unplaced;  // on none that the panel has
    for (const auto& [id, facts] : all) {
        for (const auto& [code, held] : facts.held) {
            unplaced[code].add(held);
        }
    }
    for (const HoldCode code : all_of<HoldCode>()) {
        metrics.set(Metric::kUnplaced, {to_string(code)}, unplaced[code].count);
        metrics.set(Metric::kUnplacedAge, {to_string(code)}, unplaced[code].age(at.now));
    }
}

void PassLog::add(const Log& log, const PassReport& report, Steady now) {
    for (const ServerObservation& server : report.observation.servers) {
        const Log line = log.with("server", std::to_string(server.server.value));
        if (server.admission == Admission::kLeftAlone) {
            line.debug("{}", server.error->text());
            continue;
        }
        if (server.error) {
            said_.erase(server.server);  // that it is well again is worth a line
            line.error("server {} was not reconciled: {}", server.name, server.error->text());
            continue;
        }
        const ExecutionReport* execution = execution_of(report, server.server);
        const ExecutionReport done = execution != nullptr ? *execution : ExecutionReport();
        const ServerPlan& plan = *server.plan;
        if (!plan.stopped.empty()) {
            line.warning("the plan is stopped: {}. {}", plan.stopped, plan.stopped_remedy);
        }
        add_found(line, report, plan, done, now);
        for (const ActionFailure& failure : done.failures) {
            line.warning(
                "item {}: {} of {} failed: {}",
                failure.action.item.value,
                to_string(failure.action.kind),
                failure.action.login,
                failure.error.text()
            );
        }
    }
}

void PassLog::add_found(
    const Log& line,
    const PassReport& report,
    const ServerPlan& plan,
    const ExecutionReport& done,
    Steady now
) {
    constexpr Duration kSaidAgain = std::chrono::hours(1);
    const std::string found = fmt::format(
        "{} sold, {} in the cloud, {} drifted, {} held",
        plan.desired_accounts,
        plan.actual_accounts,
        plan.drift.size(),
        plan.held.size()
    );
    std::string text = fmt::format(
        "{} pass: {}, {} of {} actions done, {} failed, {} wait for a limit of the cloud or for "
        "one that goes well",
        report.observation.request.trigger,
        found,
        done.progress.done,
        plan.actions.size(),
        done.progress.failed,
        done.progress.deferred
    );
    if (report.observation.request.narrow()) {
        line.info("{}", text);
        return;
    }
    Said& said = said_[plan.server];
    const bool same = plan.actions.empty() && found == said.found;
    if (same && now - said.at < kSaidAgain) {
        ++said.unsaid;
        line.debug("{}", text);
        return;
    }
    if (same && said.unsaid > 0) {
        text += fmt::format(", as in {} passes before it", said.unsaid);
    }
    line.info("{}", text);
    said = {found, now, 0};
}

}  // namespace bn::controller
