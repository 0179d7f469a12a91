// The use of space: measured once a day or when asked, written for billing, told to the panel.
#include <algorithm>
#include <ctime>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <nlohmann/json.hpp>

#include "bm_writer/calls.hpp"
#include "controller/control/control_answer.hpp"
#include "controller/reporting/usage.hpp"
#include "controller/service_impl.hpp"
#include "controller/sys/random.hpp"

namespace bn::controller {

namespace {

using Json = nlohmann::json;

struct LocalClock {
    std::string day;   // "2026-11-22"
    std::string time;  // "03:00"
};

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

// One bulk reading of a server; the day's rows are replaced, so that it may be asked for twice.
Task<Result<std::uint64_t>> Service::Impl::measure(ServerId id, std::string day) {
    // A reload of the configuration may replace both meanwhile.
    const std::shared_ptr<World> held = world;
    const std::shared_ptr<PanelLink> panel_link = link;
    const auto desired = held->last_desired();
    const DesiredServer* server = desired ? desired->server(id) : nullptr;
    if (server == nullptr) {
        Error unknown(NextMove::kHuman, "unknown-server", "the panel has no such server");
        co_return tl::unexpected(std::move(unknown));
    }
    Result<std::vector<UsageMeasure>> measures = co_await held->usage_measures();
    if (!measures) {
        co_return tl::unexpected(std::move(measures.error()));
    }
    UsageReading reading;
    ObserveOptions observe;
    observe.page_size = options.config.server(id).page_size;
    observe.each = [&reading](const ActualAccount& account) { reading.add(account); };
    const std::shared_ptr<Cloud> cloud = held->cloud(*server);
    Result<ActualSnapshot> seen = co_await cloud->observe(std::move(observe));
    if (!seen) {
        co_return tl::unexpected(std::move(seen.error()));
    }
    if (!seen->complete) {
        Error partial(NextMove::kRetryCall, "ocs.incomplete", seen->incomplete_reason);
        co_return tl::unexpected(std::move(partial));
    }
    UsageReport report = usage_report(
        *measures, id, journal.ledger(), reading, options.config.statistics.close_share
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

// False: the panel did not take it; it is offered again.
Task<bool> Service::Impl::post_day(ServerId id, std::string day) {
    const std::shared_ptr<PanelLink> panel_link = link;
    PanelCall call = panel_api::post_stat(id, day);
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
    if (!ok) {
        log.warning(
            "server {}: the panel did not take the usage of {}: {}", id.value, day, called.answer
        );
    }
    std::vector<Event> events;
    events.emplace_back(std::move(called));
    if (ok) {
        events.emplace_back(UsagePosted{id, std::move(day)});
    }
    RecordContext context(random_id(now()), Actor{});
    Result<void> recorded = co_await journal.record(std::move(events), std::move(context));
    co_return recorded&& ok;
}

// Days that are written and that the panel was not told to bill: oldest first, also those that are
// added meanwhile. One at a time for a server.
Task<void> Service::Impl::post_days(ServerId id) {
    if (!link || !posting.insert(id).second) {
        co_return;
    }
    bool more = true;
    while (more && link) {  // a reload may end it
        const LedgerServer* known = journal.ledger().server(id);
        if (known == nullptr || known->stat_owed.empty()) {
            break;
        }
        std::string day = *std::min_element(known->stat_owed.begin(), known->stat_owed.end());
        more = co_await post_day(id, std::move(day));
    }
    posting.erase(id);
}

Task<void> Service::Impl::measure_and_post(ServerId id, std::string day) {
    Result<std::uint64_t> items = co_await measure(id, std::move(day));
    if (!items) {
        log.warning("server {}: usage: {}", id.value, items.error().text());
    } else {
        co_await post_days(id);
    }
    measured.insert_or_assign(id, std::move(items));
    measuring.erase(id);
    wake_waiters();
}

// Asked for while it is under way already: the same measurement serves both.
Task<std::string> Service::Impl::statistics(ControlRequest request) {
    const ServerId id = request.module;
    const Time deadline = now() + request.wait.value_or(std::chrono::minutes(1));
    std::string day = local_clock(now()).day;
    Json days = Json::array();
    days.push_back(day);
    if (measuring.insert(id).second) {
        background.spawn(measure_and_post(id, std::move(day)));
    }
    while (measuring.contains(id) && !stopping && now() < deadline) {
        co_await wait_for_news(deadline);
    }
    const auto result = measured.find(id);
    if (measuring.contains(id) || result == measured.end()) {
        co_return success_answer({{"state", "working"}, {"items", 0}, {"days", Json::array()}});
    }
    if (!result->second) {
        co_return refusal(result->second.error());
    }
    // A day that the panel has not taken yet is offered again until it does.
    const LedgerServer* known = journal.ledger().server(id);
    const bool posted = link && known != nullptr && known->stat_owed.empty();
    Json answer;
    answer["state"] = posted || !link ? "done" : "working";
    answer["items"] = *result->second;
    answer["days"] = posted ? days : Json::array();
    co_return success_answer(std::move(answer));
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
        const LocalClock clock = local_clock(now());
        const bool due = options.config.statistics.daily &&
                         clock.time >= options.config.statistics.at && clock.day != measured_day;
        std::vector<ServerId> servers;
        for (const auto& [id, server] : journal.ledger().servers()) {
            servers.push_back(id);
        }
        for (const ServerId id : servers) {
            const LedgerServer* server = journal.ledger().server(id);
            if (stopping || measuring.contains(id)) {
                continue;
            }
            if (due && server->stat_day < clock.day && !server->quarantined_until) {
                measuring.insert(id);
                co_await measure_and_post(id, clock.day);
            } else {
                co_await post_days(id);  // no measurement: nobody waits for this one
            }
        }
    }
}

}  // namespace bn::controller
