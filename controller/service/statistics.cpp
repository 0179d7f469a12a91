#include "controller/service/statistics.hpp"

#include <ctime>
#include <ranges>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <fmt/chrono.h>
#include <nlohmann/json.hpp>

#include "bm_writer/calls.hpp"
#include "controller/at_end.hpp"
#include "controller/control/answers.hpp"
#include "controller/pass/planning.hpp"
#include "controller/reporting/delivery.hpp"
#include "controller/reporting/notices.hpp"
#include "reconciler/decide/maintenance.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller {

namespace {

LocalTime local_time(Time at) {
    const std::tm parts = fmt::localtime(std::chrono::system_clock::to_time_t(at));
    return {fmt::format("{:%Y-%m-%d}", parts), fmt::format("{:%H:%M}", parts)};
}

}  // namespace

// A pass would not work with this cloud now? Then nothing of it is billed either: its accounts may
// be somebody else's.
Task<Result<UsageReading>> Statistics::read_usage(
    std::shared_ptr<World> held, std::shared_ptr<const DesiredSnapshot> desired, ServerId id
) {
    const DesiredServer* server = desired ? desired->server(id) : nullptr;
    if (server == nullptr) {
        co_return tl::unexpected(
            Error(NextMove::kHuman, "unknown-server", "the panel has no such server")
        );
    }
    const ServerSettings settings = context_.config.server(id);
    if (!settings.enabled) {
        co_return tl::unexpected(Error(
            NextMove::kHuman,
            "server-disabled",
            "server " + server->name + " is disabled in our configuration",
            "set enabled = true for it, or leave its usage to others"
        ));
    }
    std::optional<Error> unfit =
        admit_server(context_.moment(), *server, unconfigured(id, settings), true).error;
    if (unfit) {
        co_return tl::unexpected(*std::move(unfit));
    }
    const std::shared_ptr<Cloud> cloud = held->cloud(*server, context_.ledger());
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        if (info.error().move != NextMove::kRetryCall) {
            held->forget(id);  // a port that a refused login has closed must not stay closed
        }
        co_return tl::unexpected(std::move(info.error()));
    }
    unfit = unfit_cloud(*info, *server, context_.ledger());
    if (unfit) {
        held->forget(id);  // one that another cloud has closed, as well
        co_return tl::unexpected(*std::move(unfit));
    }
    UsageReading reading;
    ObserveOptions observe;
    observe.page_size = settings.page_size;
    observe.groups.emplace();
    observe.each = [&reading](const ActualAccount& account) { add_usage(reading, account); };
    Result<ActualSnapshot> seen = co_await cloud->observe(std::move(observe));
    if (!seen) {
        co_return tl::unexpected(std::move(seen.error()));
    }
    if (!seen->complete) {
        co_return tl::unexpected(
            Error(NextMove::kRetryCall, "ocs.incomplete", seen->incomplete_reason)
        );
    }
    co_return std::move(reading);
}

// One bulk reading of a server; the day's rows are replaced, so that it may be asked for twice.
Task<Result<std::uint64_t>> Statistics::measure(ServerId id, std::string day) {
    // A reload of the configuration may replace it meanwhile.
    const std::shared_ptr<World> held = context_.world;
    if (!held->panel_is_ours()) {
        co_return tl::unexpected(panel_unproved());
    }
    if (std::optional<Error> why = in_maintenance(context_.ledger())) {
        co_return tl::unexpected(*std::move(why));
    }
    Result<std::vector<UsageMeasure>> measures = co_await held->usage_measures();
    if (!measures) {
        co_return tl::unexpected(std::move(measures.error()));
    }
    const std::shared_ptr<const DesiredSnapshot> desired = held->last_desired();
    Result<UsageReading> reading = co_await read_usage(held, desired, id);
    if (!reading) {
        co_return tl::unexpected(std::move(reading.error()));
    }
    const StatisticsConfig& config = context_.config.statistics;
    UsageReport report = usage_report(
        *measures, id, context_.ledger(), *reading, {config.close_share, config.former_names}
    );
    for (const std::string& problem : report.problems) {
        context_.log.warning("server {}: {}", id.value, problem);
    }
    const ServerLabel own(id);
    context_.metrics.set(Metric::kUsageBytes, {own}, report.bytes);
    context_.metrics.set(Metric::kUsageLevels, {own, "close"}, report.close);
    context_.metrics.set(Metric::kUsageLevels, {own, "over"}, report.over);
    const std::uint64_t items = report.billed;
    std::vector<Event> events = decide_measured(id, day, report, held->has_way_back());
    const FullnessRules rules = fullness_rules(config, held->has_way_back());
    std::vector<Event> thresholds =
        decide_thresholds(*measures, id, context_.ledger(), *reading, rules);
    events.insert(events.end(), thresholds.begin(), thresholds.end());
    if (held->has_way_back()) {
        Result<void> written = co_await held->replace_usage(day, std::move(report.rows));
        if (!written) {
            co_return tl::unexpected(std::move(written.error()));
        }
    }
    Result<void> recorded = co_await context_.record(std::move(events));
    if (recorded) {
        params_.measured(id, report);
    }
    co_return std::move(recorded).map([items] { return items; });
}

// False: there is no panel to be had; whoever has more days keeps them. A day that the panel did
// not take is offered again after a pause; it is told once, until the answer is another one.
Task<bool> Statistics::post_day(ServerId id, std::string day) {
    bool news = true;
    FollowUp follow = [&](const Result<PanelAnswer>& answer) {
        news = post_is_news(context_.ledger(), id, day, answer);
        return CallFollows{news, decide_posted(context_.moment(), id, day, answer)};
    };
    const std::shared_ptr<World> held = context_.world;
    const Result<PanelAnswer> told = co_await call_for_server(
        context_, held, id, bm_writer::post_stat(id, day), std::move(follow)
    );
    if (news && !(told && told->ok)) {
        context_.log.warning(
            "server {}: the panel did not take the usage of {}: {}",
            id.value,
            day,
            told ? told->short_text() : told.error().text()
        );
    }
    co_return told.has_value();
}

// Days that are written and that the panel was not told to bill: oldest first, also those that are
// added meanwhile; a day that the panel refuses holds up no other. One at a time for a server.
// `asked`: the day that somebody asked for, so no pause is kept, and it is posted anew if the panel
// has it already: it was measured anew. Empty: nobody asked.
Task<void> Statistics::post_days(ServerId id, std::string asked) {
    if (!may_post() || !posting_.insert(id).second) {
        co_return;
    }
    const AtEnd posted([this, id] { posting_.erase(id); });
    std::set<std::string> tried;
    bool more = true;
    while (more && may_post()) {
        std::string day = next_day_to_post(context_.moment(), id, tried, !asked.empty());
        if (day.empty()) {
            break;
        }
        tried.insert(day);
        more = co_await post_day(id, std::move(day));
    }
    if (more && !asked.empty() && !tried.contains(asked) && may_post()) {
        co_await post_day(id, std::move(asked));
    }
}

// A reload, a stop, or the panel's maintenance may end it.
bool Statistics::may_post() const {
    return context_.world->may_tell() && !context_.stopping && !context_.hands_off();
}

Task<void> Statistics::measure_and_post(ServerId id, std::string day, bool asked_for) {
    const AtEnd ended([this, id] {
        measuring_.erase(id);
        context_.tell_news();
    });
    Result<std::uint64_t> items = co_await measure(id, day);
    if (!items) {
        context_.log.warning("server {}: usage: {}", id.value, items.error().text());
        const Result<void> recorded =
            co_await context_.record(decide_measure_failed(context_.moment(), id, items.error()));
        if (!recorded) {
            context_.log.warning("server {}: usage: {}", id.value, recorded.error().text());
        }
    } else {
        std::string asked;
        if (asked_for) {
            asked = std::move(day);
        }
        co_await post_days(id, std::move(asked));
    }
    measured_.insert_or_assign(id, std::move(items));
}

Task<std::string> Statistics::answer(protocol::Request request) {
    const ServerId id = request.module;
    const Steady deadline = context_.steady() + request.wait.value_or(std::chrono::minutes(1));
    const std::string day = local_time(context_.now()).day;
    if (measuring_.insert(id).second) {
        background_.spawn(measure_and_post(id, day, true));
    }
    while (measuring_.contains(id) && !context_.stopping && context_.steady() < deadline) {
        co_await context_.wait_for_news(deadline);
    }
    const auto result = measured_.find(id);
    if (measuring_.contains(id) || result == measured_.end()) {
        co_return encode_success(
            {{"state", "working"}, {"items", 0}, {"days", std::vector<std::string>()}}
        );
    }
    if (!result->second) {
        co_return refusal(result->second.error());
    }
    // A day that the panel has not taken yet is offered again until it does.
    const LedgerServer* known = context_.ledger().server(id);
    const bool way_back = context_.world->has_way_back();
    const bool posted = way_back && known != nullptr && known->stat_owed.empty();
    co_return encode_success(
        {{"state", posted || !way_back ? "done" : "working"},
         {"items", *result->second},
         {"days", std::vector<std::string>(posted ? 1 : 0, day)}}
    );
}

bool Statistics::due(const LedgerServer& server) const {
    const StatisticsConfig& config = context_.config.statistics;
    const Time now = context_.now();
    if (!config.daily || !measurement_due(server, local_time(now), config.at, now)) {
        return false;
    }
    const auto desired = context_.world->last_desired();
    const DesiredServer* wanted = desired ? desired->server(server.server) : nullptr;
    return wanted != nullptr && wanted->active && context_.config.server(server.server).enabled;
}

Task<void> Statistics::look() {
    // While results wait for a panel that is away, a day is not measured for it either.
    const Ledger& ledger = context_.ledger();
    const bool away =
        context_.world->has_way_back() && ledger.panel().away_since && !ledger.owing().empty();
    const auto ids = std::views::keys(ledger.servers());
    for (const ServerId id : std::vector<ServerId>(ids.begin(), ids.end())) {
        const LedgerServer* server = context_.ledger().server(id);
        if (context_.stopping || server == nullptr || measuring_.contains(id)) {
            continue;
        }
        if (!away && due(*server)) {
            measuring_.insert(id);
            std::string day = local_time(context_.now()).day;
            co_await measure_and_post(id, std::move(day), false);
        } else {
            std::string nobody;
            co_await post_days(id, std::move(nobody));  // no measurement: nobody waits for this one
        }
    }
    co_await params_.tell();
}

}  // namespace bn::controller
