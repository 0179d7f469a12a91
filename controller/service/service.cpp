#include "controller/service/service.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/control/control_server.hpp"
#include "controller/http/admin_http.hpp"
#include "controller/pass/planning.hpp"
#include "controller/real_sides.hpp"
#include "controller/service/service_parts.hpp"
#include "controller/service/status_view.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/notify.hpp"
#include "controller/sys/system_clock.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::controller {

namespace {

// After a cut-off, what was cut off is given this long to note it.
constexpr Duration kLastWords = std::chrono::seconds(2);

// The surroundings of the parts: signals, sockets, the service manager, and the real ports.
struct Service {
    explicit Service(ServiceOptions options)
        : config_path(std::move(options.config_path)),
          metrics(options.version),
          journal(
              options.store,
              std::move(options.ledger),
              [this] { return clock.now(); },
              [this](Duration took) { metrics.observe(Metric::kAppendDuration, {}, took); }
          ),
          context{
              std::move(options.config),
              io.get_executor(),
              clock,
              journal,
              metrics,
              options.secrets,
              Log(std::move(options.sink)),
              std::move(options.version)},
          parts(
              context,
              {[this](const std::string& text) { doing = text; },
               [this](std::string reason, int code) { stop(std::move(reason), code); }}
          ) {}

    std::string config_path;
    boost::asio::io_context io{1};
    std::unique_ptr<Clock> system_clock = make_system_clock(io.get_executor());
    Clock& clock = *system_clock;
    Metrics metrics;
    Journal journal;
    ServiceContext context;
    Notifier notifier = Notifier::from_environment();
    ServiceParts parts;
    Time started_at = clock.now();
    std::unique_ptr<AdminHttp> http;
    std::unique_ptr<ControlServer> control;
    boost::asio::signal_set signals{io, SIGTERM, SIGINT, SIGHUP};
    // What became of the last reading of the configuration; both empty: all of it is in force.
    std::string config_refused;
    std::string config_waiting;
    std::string stop_reason;
    int exit_code = 0;
    bool forced = false;  // what is in flight is not waited for any longer

    std::string doing;  // of the passes, for systemd

    int run();
    Result<void> start_pages();
    std::string scrape();
    [[nodiscard]] HttpAnswer ready() const;
    [[nodiscard]] StatusView status() const;
    [[nodiscard]] Result<Secret> panel_key() const;
    Result<void> start_control();
    void take_panel_key();
    Result<void> start();
    void stop(std::string reason, int code);
    void leave_now(const std::string& why);
    Task<void> run_parts();
    Task<void> watch_signals();
    Task<void> keep_watchdog();
    Task<void> keep_status();
    Task<void> keep_stop_timeout();
    Task<void> reload();
    void record_at_edge(Event event);
};

std::string Service::scrape() {
    publish_ledger(metrics, context.moment(), context.config);
    metrics.set(Metric::kStoreBytes, {}, journal.store().size_bytes());
    metrics.set(Metric::kStoreEvents, {}, context.ledger().last_event());
    metrics.set(Metric::kStoreInDoubt, {}, context.store_trouble().has_value());
    metrics.set(Metric::kNextPass, {}, parts.loop().next_full());
    const std::vector<Steady> orders = parts.watch().orders();
    const auto oldest = std::ranges::min_element(orders);
    metrics.set(Metric::kOrdersWaiting, {}, orders.size());
    metrics.set(
        Metric::kOrderAge, {}, oldest == orders.end() ? Duration{0} : context.steady() - *oldest
    );
    return metrics.expose();
}

Result<void> Service::start_pages() {
    if (context.config.http.listen.empty()) {
        return {};
    }
    HttpPages pages;
    pages["/metrics"] = [this] {
        return HttpAnswer(200, "text/plain; version=0.0.4; charset=utf-8", scrape());
    };
    pages["/healthz"] = [] { return HttpAnswer(200, "ok\n"); };
    pages["/readyz"] = [this] { return ready(); };
    pages["/status.json"] = [this] {
        return HttpAnswer(200, "application/json", status_to_json(status()));
    };
    AdminHttpOptions options;
    options.listen = context.config.http.listen;
    options.hosts = context.config.http.hosts;
    http = std::make_unique<AdminHttp>(context.executor, std::move(options), std::move(pages));
    return http->start();
}

// Ready: the store is open and replayed, the panel answered and is not in maintenance, passes go
// on, and no stop is under way.
HttpAnswer Service::ready() const {
    const PassState& state = parts.loop().state();
    if (context.stopping) {
        return {503, "stopping\n"};
    }
    if (const std::optional<Error> trouble = context.store_trouble()) {
        return {503, "the event store is in doubt: " + trouble->text() + "\n"};
    }
    if (!state.panel_error.empty()) {
        return {503, "the panel cannot be read: " + state.panel_error + "\n"};
    }
    if (const std::optional<Pause>& maintenance = context.ledger().panel().maintenance) {
        return {
            503, "the panel is in maintenance " + to_text(*maintenance) + "; only reads go on\n"};
    }
    if (!state.ever_passed) {
        return {503, "the first pass has not ended yet\n"};
    }
    return parts.loop().overdue() ? HttpAnswer(503, "passes have stopped: none runs, none ends\n")
                                  : HttpAnswer(200, "ready\n");
}

StatusView Service::status() const {
    const PassState& state = parts.loop().state();
    StatusView view =
        status_from_ledger(journal.ledger(), context.config, context.journal.store(), clock.now());
    view.program_version = context.version;
    view.host = host_name();
    view.pid = static_cast<std::uint32_t>(getpid());
    view.running = true;
    view.doing = state.doing;
    view.started_at = started_at;
    view.next_pass = parts.loop().next_full();
    const std::optional<Error> trouble = context.store_trouble();
    view.store_error = trouble ? trouble->text() : "";
    view.panel_error = state.panel_error.empty() ? state.unnamed : state.panel_error;
    view.config_refused = config_refused;
    view.config_waiting = config_waiting;
    const auto desired = context.world ? context.world->last_desired() : nullptr;
    for (StatusServer& server : view.servers) {
        const DesiredServer* form = desired ? desired->server(server.server) : nullptr;
        if (form != nullptr) {
            server.unverified = why_unverified(context.config, *form);
        }
        const auto seen = state.seen.find(server.server);
        if (seen != state.seen.end()) {
            server.unmanaged_accounts = seen->second.unmanaged;
            server.backlog = seen->second.backlog;
            server.held = std::max(server.held, seen->second.held);
            server.reasons = seen->second.reasons;
        }
        if (const auto off = state.off.find(server.server); off != state.off.end()) {
            server.switched_off = off->second;
            server.unknown.clear();
        }
        if (state.gone.contains(server.server)) {
            server.unknown = "the panel does not name this server";
        }
    }
    return view;
}

// Of panels on other hosts; empty where none may ask.
Result<Secret> Service::panel_key() const {
    const ControlConfig& settings = context.config.control;
    return settings.listen.empty() ? Secret()
                                   : read_secret_file(settings.key_file).map([this](Secret key) {
                                         context.secrets.add(key);
                                         return key;
                                     });
}

Result<void> Service::start_control() {
    const ControlConfig& settings = context.config.control;
    if (settings.socket.empty() && settings.listen.empty()) {
        return {};
    }
    const Result<Secret> key = panel_key();
    if (!key) {
        return tl::unexpected(key.error());
    }
    return user_ids(settings.users).and_then([&](std::vector<uid_t> users) {
        ControlServerOptions options;
        options.path = settings.socket;
        options.users = std::move(users);
        options.listen = settings.listen;
        options.key = *key;
        options.turned_away = [this](const std::string& text) {
            context.metrics.count(Metric::kControlTurnedAway, {});
            if (!text.empty()) {
                context.log.warning("{}", text);
            }
        };
        auto handler = [this](std::string line, Peer peer) {
            return parts.answer(std::move(line), std::move(peer));
        };
        control = std::make_unique<ControlServer>(
            io.get_executor(), std::move(options), std::move(handler)
        );
        return control->start();
    });
}

Result<void> Service::start() {
    context.status = [this] { return status_to_json(status()); };
    return open_real_sides(io.get_executor(), context.config, parts.world_options())
        .and_then([this](Sides sides) {
            parts.use(std::move(sides));
            return start_pages();
        })
        .and_then([this] { return start_control(); });
}

void Service::stop(std::string reason, int code) {
    if (context.stopping) {
        return;
    }
    stop_reason = std::move(reason);
    exit_code = code;
    context.log.info("stopping: {}; calls in flight are finished first", stop_reason);
    notifier.stopping("finishing what is in flight");
    parts.stop();
    if (control) {
        control->stop();
    }
    clock.wake(this);
}

void Service::leave_now(const std::string& why) {
    context.log.warning("{}: leaving now, what is in flight is settled at the next start", why);
    forced = true;
    io.stop();
}

Task<void> Service::run_parts() {
    co_await parts.run();
    if (control) {
        co_await control->finished();
    }
    signals.cancel();
    io.stop();
}

Task<void> Service::watch_signals() {
    while (!context.stopping) {
        boost::system::error_code failed;
        const int signal = co_await signals.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, failed)
        );
        if (failed) {
            co_return;
        }
        if (signal == SIGHUP) {
            context.log.info("SIGHUP: the configuration is read again after the running pass");
            parts.loop().when_quiet([this] { return reload(); });
            continue;
        }
        stop(signal == SIGTERM ? "SIGTERM" : "SIGINT", 0);
    }
    boost::system::error_code failed;
    co_await signals.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    if (!failed) {
        leave_now("second signal");
    }
}

Task<void> Service::keep_watchdog() {
    const std::optional<Duration> interval = notifier.watchdog_interval();
    while (interval && !context.stopping) {
        notifier.watchdog();
        co_await clock.sleep_until(clock.steady() + *interval, this);
    }
}

// systemd is told what /readyz knows, soon after it changes.
Task<void> Service::keep_status() {
    constexpr Duration kSoon = std::chrono::seconds(2);
    std::string told;
    while (!context.stopping) {
        const HttpAnswer now = ready();
        std::string text = now.status == 200 ? doing : "not ready: " + now.body;
        if (!text.empty() && text != told) {
            notifier.status(text);
            told = std::move(text);
        }
        co_await clock.sleep_until(clock.steady() + kSoon, this);
    }
}

// A stop waits for calls in flight, but not for ever: intents stay in doubt, and are settled by
// looking at the next start.
Task<void> Service::keep_stop_timeout() {
    while (!context.stopping) {
        co_await clock.sleep_until(clock.steady() + std::chrono::hours(1), this);
    }
    const Duration timeout = context.config.service.stop_timeout;
    co_await clock.sleep_until(clock.steady() + timeout, nullptr);
    context.log.warning(
        "service.stop_timeout is over: what is in flight is cut off, and settled at the next start"
    );
    context.world->shutdown();
    co_await clock.sleep_until(clock.steady() + kLastWords, nullptr);
    leave_now("service.stop_timeout");
}

// The file may have another key under the same name.
void Service::take_panel_key() {
    if (context.config.control.listen.empty() || !control) {
        return;
    }
    const Result<void> taken =
        panel_key().and_then([this](const Secret& key) { return control->use_key(key); });
    if (!taken) {
        context.log.error("the panel's former key stays: {}", taken.error().text());
    }
}

// Nothing is changed by a configuration that cannot be used.
Task<void> Service::reload() {
    notifier.reloading();
    const Config before = context.config;
    const tl::expected<Config, ConfigErrors> loaded = load_config(config_path);
    ConfigReload change;
    change.in_force = before;
    std::string refused;
    if (loaded) {
        change = after_reload(before, *loaded);
    } else {
        refused = to_string(loaded.error());
    }
    const Result<void> reopened = context.log.reopen(change.in_force.log);
    if (!reopened) {
        context.log.error("the log stays as it was: {}", reopened.error().text());
    }
    Result<Sides> sides;
    if (refused.empty()) {
        sides = open_real_sides(io.get_executor(), change.in_force, parts.world_options());
    }
    if (!sides) {
        refused = sides.error().text();
    }
    metrics.count(Metric::kReloads, {refused.empty() ? "ok" : "error"});
    metrics.set(Metric::kLastReload, {}, refused.empty());
    config_refused = refused;
    config_waiting = change.waiting;
    if (!refused.empty()) {
        context.log.error("the configuration was not changed, the former one stays: {}", refused);
        notifier.ready("configuration refused, the former one stays: " + refused);
        co_return;
    }
    context.config = change.in_force;
    take_panel_key();
    co_await parts.replace(*std::move(sides));
    context.log.info(
        "configuration read again: {}", change.changed.empty() ? "no change" : change.changed
    );
    if (!change.waiting.empty()) {
        context.log.warning("not in force before a restart: {}", change.waiting);
    }
    std::vector<Event> events =
        config_changed(digest(before), digest(context.config), change.changed);
    const Result<void> noted = co_await context.record(std::move(events));
    if (!noted) {
        context.log.error("the new configuration was not recorded: {}", noted.error().text());
    }
    notifier.ready(
        change.waiting.empty() ? "configuration read again"
                               : "configuration read again; waits for a restart: " + change.waiting
    );
}

void Service::record_at_edge(Event event) {
    const Result<void> recorded = journal.record_now({std::move(event)}, RecordContext(clock.id()));
    if (!recorded) {
        context.log.error("{}", recorded.error().text());
        exit_code = 1;
    }
}

int Service::run() {
    if (const std::optional<Error> trouble = context.store_trouble()) {
        context.log.error("nothing is done, for the event store is in doubt: {}", trouble->text());
    } else {
        record_at_edge(service_started(
            context.version,
            digest(context.config),
            host_name(),
            static_cast<std::uint32_t>(getpid())
        ));
    }
    const Result<void> started = start();
    if (!started || exit_code != 0) {
        if (!started) {
            context.log.error("{}", started.error().text());
        }
        return 1;
    }
    metrics.set(Metric::kLastReload, {}, true);
    for (const auto& [id, server] : context.ledger().servers()) {
        metrics.add_server(id);
        const bool looked_at = context.config.server(id).enabled;
        metrics.set(Metric::kServerUnknown, {ServerLabel(id)}, looked_at);  // before the first pass
    }
    const std::string& listen = context.config.http.listen;
    context.log.info(
        "started, version {}, {} items known, listening on {}",
        context.version,
        context.ledger().items().size(),
        listen.empty() ? "nothing" : listen
    );
    if (const std::string& panels = context.config.control.listen; !panels.empty()) {
        context.log.info("a panel on another host is heard on {}", panels);
    }
    notifier.ready("recovered, the first pass begins");
    base::TaskGroup tasks(context.executor);
    tasks.spawn(run_parts());
    tasks.spawn(watch_signals());
    tasks.spawn(keep_watchdog());
    tasks.spawn(keep_status());
    tasks.spawn(keep_stop_timeout());
    io.run();
    if (http) {
        http->stop();
    }
    if (!context.store_trouble()) {
        record_at_edge(service_stopped(stop_reason));
    }
    context.log.info("stopped: {}", stop_reason);
    if (forced) {
        std::fflush(nullptr);
        std::_Exit(exit_code);  // threads may hang in what was not waited for
    }
    context.world->shutdown();
    io.restart();
    io.poll();
    return exit_code;
}

}  // namespace

int run_service(ServiceOptions options) {
    return Service(std::move(options)).run();
}

}  // namespace bn::controller
