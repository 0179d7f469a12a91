// The use of space: measured once a day or when asked, written for billing, told to the panel.
#include <ctime>
#include <set>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "bm_writer/calls.hpp"
#include "controller/control/answers.hpp"
#include "controller/pass/planning.hpp"
#include "controller/reporting/usage.hpp"
#include "controller/service/service_impl.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller {

namespace {

using PlainJson = nlohmann::json;

struct LocalClock {
    std::string day;   // "2026-11-22"
    std::string time;  // "03:00"
};

const std::vector<OwedDay> kNoDays;

// The panel bills by its host's calendar.
LocalClock local_clock(Time at) {
    const std::time_t seconds =
        std::chrono::duration_cast<std::chrono::seconds>(at.time_since_epoch()).count();
    std::tm parts{};
    localtime_r(&seconds, &parts);
    char day[16];
    char time[8];
    std::strftime(day, sizeof day, "%Y-%m-%d", &parts);
    std::strftime(time, sizeof time, "%H:%M", &parts);
    return {day, time};
}

}  // namespace

// A pass would not work with this cloud now? Then nothing of it is billed either: its accounts may
// be somebody else's.
Task<Result<UsageReading>> Service::Impl::read_usage(
    std::shared_ptr<World> held, std::shared_ptr<const DesiredSnapshot> desired, ServerId id
) {
    const DesiredServer* server = desired ? desired->server(id) : nullptr;
    if (server == nullptr) {
        Error unknown(NextMove::kHuman, "unknown-server", "the panel has no such server");
        co_return tl::unexpected(std::move(unknown));
    }
    const ServerSettings settings = options.config.server(id);
    if (!settings.enabled) {
        Error disabled(
            NextMove::kHuman,
            "server-disabled",
            "server " + server->name + " is disabled in our configuration",
            "set enabled = true for it, or leave its usage to others"
        );
        co_return tl::unexpected(std::move(disabled));
    }
    std::optional<Error> unfit =
        admit_server(*server, unconfigured(id, settings), journal.ledger(), true, now()).error;
    if (unfit) {
        co_return tl::unexpected(*std::move(unfit));
    }
    const std::shared_ptr<Cloud> cloud = held->cloud(*server);
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        if (info.error().move != NextMove::kRetryCall) {
            held->forget(id);  // a port that a refused login has closed must not stay closed
        }
        co_return tl::unexpected(std::move(info.error()));
    }
    unfit = unfit_cloud(*info, *server);
    if (unfit) {
        co_return tl::unexpected(*std::move(unfit));
    }
    UsageReading reading;
    ObserveOptions observe;
    observe.page_size = settings.page_size;
    observe.each = [&reading](const ActualAccount& account) { reading.add(account); };
    Result<ActualSnapshot> seen = co_await cloud->observe(std::move(observe));
    if (!seen) {
        co_return tl::unexpected(std::move(seen.error()));
    }
    if (!seen->complete) {
        Error partial(NextMove::kRetryCall, "ocs.incomplete", seen->incomplete_reason);
        co_return tl::unexpected(std::move(partial));
    }
    co_return std::move(reading);
}

// One bulk reading of a server; the day's rows are replaced, so that it may be asked for twice.
Task<Result<std::uint64_t>> Service::Impl::measure(ServerId id, std::string day) {
    // A reload of the configuration may replace both meanwhile.
    const std::shared_ptr<World> held = world;
    const std::shared_ptr<PanelLink> panel_link = link;
    Result<std::vector<UsageMeasure>> measures = co_await held->usage_measures();
    if (!measures) {
        co_return tl::unexpected(std::move(measures.error()));
    }
    const std::shared_ptr<const DesiredSnapshot> desired = held->last_desired();
    Result<UsageReading> reading = co_await read_usage(held, desired, id);
    if (!reading) {
        co_return tl::unexpected(std::move(reading.error()));
    }
    UsageReport report = usage_report(
        *measures, id, journal.ledger(), *reading, options.config.statistics.close_share
    );
    for (const std::string& problem : report.problems) {
        log.warning("server {}: {}", id.value, problem);
    }
    metrics.set_usage(id, report.bytes, report.close, report.over);
    const std::uint64_t items = report.rows.size();
    std::vector<Event> events = std::move(report.level_changes);
    if (panel_link) {
        Result<void> written = co_await panel_link->replace_usage(day, std::move(report.rows));
        if (!written) {
            co_return tl::unexpected(std::move(written.error()));
        }
        UsageMeasured event;
        event.server = id;
        event.day = day;
        event.items = items;
        event.bytes = report.bytes;
        events.emplace_back(std::move(event));
    }
    RecordContext context(random_id(now()), Actor{});
    Result<void> recorded = co_await journal.record(std::move(events), std::move(context));
    if (!recorded) {
        co_return tl::unexpected(std::move(recorded.error()));
    }
    co_return items;
}

// False: there is no panel to be had; whoever has more days keeps them. A day that the panel did
// not take is offered again after a pause; it is told once, until the answer is another one.
Task<bool> Service::Impl::post_day(ServerId id, std::string day) {
    const std::shared_ptr<PanelLink> panel_link = link;
    PanelCall call = bm_writer::post_stat(id, day);
    PanelCalled called;
    called.server = id;
    called.function = call.function;
    called.arguments = call.masked_arguments();
    const Time begun = now();
    Result<PanelAnswer> told = co_await panel_link->call(std::move(call));
    called.took = now() - begun;
    called.ok = told && told->ok;
    called.answer = told ? told->short_text() : told.error().text();
    const bool ok = called.ok;
    const bool away = !told;
    const std::pair<ServerId, std::string> this_day(id, day);
    const std::pair<ServerId, std::string> any_day(id, std::string());
    bool news = true;
    if (away) {
        // Which day it was says nothing: the silence is told once, not for every day.
        post_pauses.failed(this_day, now(), told.error().code);
        news = post_pauses.failed(any_day, now(), told.error().code);
    } else {
        post_pauses.succeeded(any_day);
        news = ok || post_pauses.failed(this_day, now(), called.answer);
    }
    if (!ok && news) {
        log.warning(
            "server {}: the panel did not take the usage of {}: {}", id.value, day, called.answer
        );
    }
    std::vector<Event> events;
    if (news) {
        events.emplace_back(std::move(called));
    }
    if (ok) {
        events.emplace_back(UsagePosted{id, std::move(day)});
    }
    RecordContext context(random_id(now()), Actor{});
    Result<void> recorded = co_await journal.record(std::move(events), std::move(context));
    if (!recorded) {
        log.warning("server {}: usage: {}", id.value, recorded.error().text());
        post_pauses.failed(this_day, now(), recorded.error().code);
    } else if (ok) {
        post_pauses.succeeded(this_day);
    }
    co_return !away;
}

// Days that are written and that the panel was not told to bill: oldest first, also those that are
// added meanwhile; a day that the panel refuses holds up no other. One at a time for a server.
// `asked_for`: somebody asked for it, so no pause is kept.
Task<void> Service::Impl::post_days(ServerId id, bool asked_for) {
    if (!link || !posting.insert(id).second) {
        co_return;
    }
    std::set<std::string> tried;
    bool more = true;
    while (more && link && !stopping) {  // a reload may end it
        const LedgerServer* known = journal.ledger().server(id);
        std::string day;
        for (const OwedDay& owed : known != nullptr ? known->stat_owed : kNoDays) {
            const bool turn =
                !tried.contains(owed.day) && (asked_for || post_pauses.due({id, owed.day}, now()));
            if (turn && (day.empty() || owed.day < day)) {
                day = owed.day;
            }
        }
        if (day.empty()) {
            break;
        }
        tried.insert(day);
        more = co_await post_day(id, std::move(day));
    }
    posting.erase(id);
}

Task<void> Service::Impl::measure_and_post(ServerId id, std::string day, bool asked_for) {
    Result<std::uint64_t> items = co_await measure(id, day);
    if (!items) {
        log.warning("server {}: usage: {}", id.value, items.error().text());
        measure_pauses.failed(id, now(), items.error().code);
    } else {
        measure_pauses.succeeded(id);
        measured_days.insert_or_assign(id, std::move(day));
        co_await post_days(id, asked_for);
    }
    measured.insert_or_assign(id, std::move(items));
    measuring.erase(id);
    wake_waiters();
}

// Asked for while it is under way already: the same measurement serves both.
Task<std::string> Service::Impl::statistics(protocol::Request request) {
    const ServerId id = request.module;
    const Time deadline = now() + request.wait.value_or(std::chrono::minutes(1));
    std::string day = local_clock(now()).day;
    PlainJson days = PlainJson::array();
    days.push_back(day);
    if (measuring.insert(id).second) {
        background.spawn(measure_and_post(id, std::move(day), true));
    }
    while (measuring.contains(id) && !stopping && now() < deadline) {
        co_await wait_for_news(deadline);
    }
    const auto result = measured.find(id);
    if (measuring.contains(id) || result == measured.end()) {
        co_return encode_success({{"state", "working"}, {"items", 0}, {"days", PlainJson::array()}}
        );
    }
    if (!result->second) {
        co_return refusal(result->second.error());
    }
    // A day that the panel has not taken yet is offered again until it does.
    const LedgerServer* known = journal.ledger().server(id);
    const bool posted = link && known != nullptr && known->stat_owed.empty();
    PlainJson answer;
    answer["state"] = posted || !link ? "done" : "working";
    answer["items"] = *result->second;
    answer["days"] = posted ? days : PlainJson::array();
    co_return encode_success(std::move(answer));
}

// By the clock, and after a failure when its pause is over.
bool Service::Impl::measurement_due(const LedgerServer& server) const {
    const StatisticsConfig& config = options.config.statistics;
    const LocalClock local = local_clock(now());
    if (!config.daily || local.time < config.at || server.stat_day >= local.day ||
        server.quarantined_until || !measure_pauses.due(server.server, now())) {
        return false;
    }
    // Without a way back to the panel the ledger keeps no day.
    const auto done = measured_days.find(server.server);
    if (done != measured_days.end() && done->second == local.day) {
        return false;
    }
    const auto desired = world->last_desired();
    const DesiredServer* wanted = desired ? desired->server(server.server) : nullptr;
    return wanted != nullptr && wanted->active && options.config.server(server.server).enabled;
}

// Days that the panel did not take are offered again; with `statistics.daily`, a new day is
// measured when its time has come.
Task<void> Service::Impl::daily_loop() {
    boost::asio::steady_timer timer(io);
    while (!stopping) {
        timer.expires_after(std::chrono::seconds(30));
        boost::system::error_code cancelled;
        waiters.insert(&timer);
        co_await timer.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled)
        );
        waiters.erase(&timer);
        if (stopping || !ever_passed || reporter->panel_away()) {
            continue;
        }
        std::vector<ServerId> servers;
        for (const auto& [id, server] : journal.ledger().servers()) {
            servers.push_back(id);
        }
        for (const ServerId id : servers) {
            const LedgerServer* server = journal.ledger().server(id);
            if (stopping || server == nullptr || measuring.contains(id)) {
                continue;
            }
            if (measurement_due(*server)) {
                measuring.insert(id);
                std::string day = local_clock(now()).day;
                co_await measure_and_post(id, std::move(day), false);
            } else {
                co_await post_days(id, false);  // no measurement: nobody waits for this one
            }
        }
    }
}

}  // namespace bn::controller
