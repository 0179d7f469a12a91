#include "controller/service/service.hpp"

#include <unistd.h>

#include <algorithm>
#include <csignal>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/real_sides.hpp"
#include "controller/service/service_impl.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "controller/task_group.hpp"
#include "reconciler/decide/pass.hpp"

namespace bn::controller {

namespace {

ScheduleOptions schedule_options(const Config& config) {
    return ScheduleOptions(config.service.interval, config.service.jitter);
}

}  // namespace

// Both sides by the present configuration. Nothing that runs is touched.
Result<Service::Impl::OpenedSides> Service::Impl::open_sides() {
    RealSidesOptions real;
    real.observer = &metrics;
    real.secrets = &secrets;
    real.now = options.now;
    Result<Sides> ports = open_real_sides(executor, options.config, real);
    if (!ports) {
        return tl::unexpected(std::move(ports.error()));
    }
    WorldOptions world_options;
    world_options.read_only = false;
    world_options.metrics = &metrics;
    world_options.secrets = &secrets;
    world_options.now = options.now;
    OpenedSides sides;
    sides.world = std::make_shared<World>(options.config, *ports, std::move(world_options));
    sides.link = PanelLink::open(*ports, options.config.panel.api_parallel);
    return sides;
}

// REQUIRES: no pass and no look of the page is under way, the reporter is stopped.
void Service::Impl::use_sides(OpenedSides sides) {
    world = std::move(sides.world);
    link = std::move(sides.link);
    runner = std::make_unique<PassRunner>(executor, options.config, *world, clock, log);
    open_reporter();
}

Result<void> Service::Impl::start_http() {
    if (options.config.http.listen.empty()) {
        return {};
    }
    HttpPages pages;
    pages["/metrics"] = [this] {
        metrics.set_event_store(store.size_bytes(), journal.ledger().last_event());
        return HttpAnswer(200, "text/plain; version=0.0.4; charset=utf-8", metrics.expose());
    };
    pages["/healthz"] = [] { return HttpAnswer(200, "text/plain; charset=utf-8", "ok\n"); };
    pages["/readyz"] = [this] { return ready(); };
    pages["/status.json"] = [this] {
        return HttpAnswer(200, "application/json", status_to_json(status()));
    };
    AdminHttpOptions http_options;
    http_options.listen = options.config.http.listen;
    http = std::make_unique<AdminHttp>(executor, std::move(http_options), std::move(pages));
    return http->start();
}

// Ready: the store is open and replayed, the panel answered, and no stop is under way.
HttpAnswer Service::Impl::ready() const {
    const char* type = "text/plain; charset=utf-8";
    if (stopping) {
        return HttpAnswer(503, type, "stopping\n");
    }
    if (!panel_error.empty()) {
        return HttpAnswer(503, type, "the panel cannot be read: " + panel_error + "\n");
    }
    if (!ever_passed) {
        return HttpAnswer(503, type, "the first pass has not ended yet\n");
    }
    return HttpAnswer(200, type, "ready\n");
}

StatusView Service::Impl::status() const {
    StatusView view = status_from_ledger(journal.ledger(), options.config, store, now());
    view.version = options.version;
    view.host = host_name();
    view.pid = static_cast<std::uint32_t>(getpid());
    view.running = true;
    view.doing = doing;
    view.started_at = started_at;
    view.next_pass = schedule.next_full();
    view.panel_error = panel_error;
    view.panel_away = reporter && reporter->panel_away();
    for (StatusServer& server : view.servers) {
        const auto counted = unmanaged.find(server.server);
        if (counted != unmanaged.end()) {
            server.unmanaged = counted->second;
        }
    }
    return view;
}

void Service::Impl::stop(std::string reason, int code) {
    if (stopping) {
        return;
    }
    stopping = true;
    stop_reason = std::move(reason);
    exit_code = code;
    log.info("stopping: {}; calls in flight are finished first", stop_reason);
    notifier.stopping("finishing what is in flight");
    runner->stop();
    if (control) {
        control->stop();
    }
    wake_waiters();
    poke();
}

Task<void> Service::Impl::sleep_until(Time until) {
    const Duration wait = std::max(Duration{0}, until - now());
    wake.expires_after(std::min(wait, Duration(std::chrono::minutes(1))));
    boost::system::error_code cancelled;
    co_await wake.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
}

void Service::Impl::after_pass(const PassReport& report, bool narrow) {
    ever_passed = true;
    for (const ServerObservation& server : report.observation.servers) {
        if (!narrow && server.plan) {
            unmanaged[server.server] = server.plan->unmanaged_accounts;
        }
    }
    for (const auto& [item, at] : looks_after(report, journal.ledger(), now())) {
        schedule.trigger(item, at);
    }
}

Task<void> Service::Impl::one_pass(PassRequest request) {
    const bool narrow = request.narrow();
    bool& running = narrow ? narrow_running : full_running;
    if (narrow) {
        narrow_items = std::set<ItemId>(request.items.begin(), request.items.end());
        touched.insert(request.items.begin(), request.items.end());
    } else {
        touched = narrow_running ? narrow_items : std::set<ItemId>{};
    }
    PassHooks hooks;
    hooks.stopping = [this] { return stopping; };
    hooks.on_step = [this, narrow](std::string_view step) {
        doing = (narrow ? "a pass of triggered items: " : "a full pass: ") + std::string(step);
    };
    if (!narrow) {
        hooks.skip_item = [this](ItemId item) { return touched.contains(item); };
    }
    const std::vector<ItemId> items = request.items;
    const Time begun = now();
    hooks.metrics = &metrics;
    const PassRequest asked_for = request;
    std::vector<PendingOperation> operations = co_await operations_to_judge();
    hooks.tell = [&](const PassReport& done) {
        await_release(done, operations);
        return reporter->after_pass(done, asked_for, std::move(operations));
    };
    RecordContext context(clock.id(), Actor{});
    std::optional<Observation> planned;
    Result<PassReport> report = co_await runner->run(
        std::move(request), std::move(planned), std::move(context), journal, std::move(hooks)
    );
    running = false;
    full_passes += narrow ? 0 : 1;
    doing = "waiting";
    if (report) {
        panel_error.clear();
        after_pass(*report, narrow);
        notifier.status(
            "last pass ended at " + format_time(now()) + ", next at " +
            format_time(schedule.next_full())
        );
    } else if (report.error().concern == Concern::kStore) {
        log.error("the event store failed, so nothing may be done: {}", report.error().text());
        if (report.error().move != NextMove::kRedoPass) {
            stop("error: " + report.error().text(), 1);
        }
    } else if (!stopping) {
        panel_error = report.error().text();
        metrics.panel_error(report.error());
        for (const auto& [id, server] : journal.ledger().servers()) {
            metrics.pass_done(id, PassResult::kError, now() - begun, begun);
        }
        log.error("the panel could not be read: {}", panel_error);
        for (const ItemId item : items) {
            schedule.trigger(item, now() + std::chrono::seconds(10));
        }
    }
    wake_waiters();
    poke();
}

Task<void> Service::Impl::main_loop() {
    TaskGroup passes(executor);
    while (!stopping) {
        if (reload && !full_running && !narrow_running && looks == 0) {
            reload = false;
            co_await apply_reload();
        }
        if (!reload && !full_running && schedule.full_due(now())) {
            full_running = true;
            schedule.full_begun(now(), random_share());
            PassRequest request;
            request.trigger = ever_passed ? "periodic" : "start";
            passes.spawn(one_pass(std::move(request)));
        }
        if (!reload && !narrow_running && ever_passed) {
            PassRequest request;
            request.trigger = "operation";
            request.items = schedule.take_due(now());
            if (request.narrow()) {
                narrow_running = true;
                passes.spawn(one_pass(std::move(request)));
            }
        }
        Time until = full_running ? now() + std::chrono::minutes(1) : schedule.next_due();
        if (narrow_running || !ever_passed) {
            until = std::max(until, now() + std::chrono::seconds(1));
        }
        co_await sleep_until(std::max(until, now() + std::chrono::milliseconds(10)));
    }
    co_await passes.join();
    co_await reporter->stop();
    co_await background.join();
    if (control) {
        co_await control->finished();
    }
    signals.cancel();
    io.stop();
}

// A cheap look at what the panel waits for: a paid item is served within seconds.
Task<void> Service::Impl::poll_operations() {
    boost::asio::steady_timer timer(io);
    bool failing = false;
    while (!stopping) {
        const Duration period = options.config.service.operations_poll;
        timer.expires_after(period > Duration{0} ? period : Duration(std::chrono::seconds(5)));
        co_await timer.async_wait(boost::asio::use_awaitable);
        if (period <= Duration{0} || stopping || reload || !ever_passed) {
            continue;
        }
        const std::shared_ptr<World> held = world;
        Result<std::vector<PendingOperation>> pending = co_await held->pending_operations();
        if (!pending) {
            if (!failing) {
                log.warning("the panel's operations cannot be read: {}", pending.error().text());
            }
            failing = true;
            continue;
        }
        failing = false;
        std::set<PendingOperation> seen(pending->begin(), pending->end());
        for (const PendingOperation& operation : seen) {
            if (!known_operations.contains(operation)) {
                schedule.trigger(operation.item, now());
            }
        }
        // An operation that the panel has ended may have changed its item as well.
        for (const PendingOperation& operation : known_operations) {
            if (!seen.contains(operation)) {
                schedule.trigger(operation.item, now());
            }
        }
        known_operations = std::move(seen);
        if (schedule.waiting() > 0) {
            poke();
        }
    }
}

Task<void> Service::Impl::watch_signals() {
    while (!stopping) {
        boost::system::error_code failed;
        const int signal = co_await signals.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, failed)
        );
        if (failed) {
            co_return;
        }
        if (signal == SIGHUP) {
            log.info("SIGHUP: the configuration is read again after the running pass");
            reload = true;
            poke();
            continue;
        }
        stop(signal == SIGTERM ? "SIGTERM" : "SIGINT", 0);
    }
    // A second signal while calls are finished: leave now. Intents stay in doubt and are settled
    // by looking at the next start.
    boost::system::error_code failed;
    co_await signals.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, failed));
    if (!failed) {
        log.warning("second signal: leaving now, what is in flight is settled at the next start");
        io.stop();
    }
}

Task<void> Service::Impl::keep_watchdog() {
    boost::asio::steady_timer timer(io);
    const std::optional<Duration> interval = notifier.watchdog_interval();
    while (interval && !stopping) {
        notifier.watchdog();
        timer.expires_after(*interval);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

Task<void> Service::Impl::apply_reload() {
    notifier.reloading();
    tl::expected<Config, ConfigErrors> loaded = load_config(options.config_path);
    if (!loaded) {
        metrics.config_reload(false);
        log.error(
            "the configuration was not changed, the former one stays: {}", to_string(loaded.error())
        );
        notifier.ready("configuration refused, the former one stays");
        co_return;
    }
    ConfigChanged changed;
    changed.digest_before = digest(options.config);
    changed.digest_after = digest(*loaded);
    changed.summary = diff_summary(options.config, *loaded);
    const Config before = options.config;
    // The store and the listener are opened once: a change of theirs needs a restart.
    loaded->store = before.store;
    loaded->http = before.http;
    loaded->control.socket = before.control.socket;
    loaded->control.users = before.control.users;
    options.config = *std::move(loaded);
    Result<OpenedSides> opened = open_sides();
    if (!opened) {
        options.config = before;
        metrics.config_reload(false);
        log.error("the configuration was not changed: {}", opened.error().text());
        notifier.ready("configuration refused, the former one stays");
        co_return;
    }
    co_await reporter->stop();
    world->shutdown();
    use_sides(*std::move(opened));
    schedule.set_options(schedule_options(options.config));
    schedule.trigger_full(now());
    metrics.config_reload(true);
    log.info(
        "configuration read again: {}", changed.summary.empty() ? "no change" : changed.summary
    );
    if (changed.digest_before != changed.digest_after) {
        std::vector<Event> events;
        events.emplace_back(std::move(changed));
        RecordContext context(random_id(now()), Actor{});
        Result<void> noted = co_await journal.record(std::move(events), std::move(context));
        if (!noted) {
            log.error("the new configuration was not recorded: {}", noted.error().text());
        }
    }
    notifier.ready("configuration read again");
}

void Service::Impl::record_at_edge(Event event) {
    std::vector<Event> events;
    events.push_back(std::move(event));
    Result<void> recorded =
        journal.record_now(std::move(events), RecordContext(random_id(now()), Actor{}));
    if (!recorded) {
        log.error("{}", recorded.error().text());
        exit_code = 1;
    }
}

Service::Service(
    ServiceOptions options,
    EventStore& store,
    Ledger ledger,
    std::shared_ptr<LogSink> sink,
    SecretRegistry& secrets
)
    : impl_(std::make_unique<Impl>(
          std::move(options), store, std::move(ledger), std::move(sink), secrets
      )) {}

Service::~Service() = default;

int Service::run() {
    Impl& impl = *impl_;
    ServiceStarted started;
    started.version = impl.options.version;
    started.config_digest = digest(impl.options.config);
    started.host = host_name();
    started.pid = static_cast<std::uint32_t>(getpid());
    impl.record_at_edge(std::move(started));
    Result<Impl::OpenedSides> sides = impl.open_sides();
    Result<void> opened;
    if (!sides) {
        opened = tl::unexpected(std::move(sides.error()));
    } else {
        impl.use_sides(*std::move(sides));
        opened = impl.start_http();
    }
    if (opened) {
        opened = impl.start_control();
    }
    if (!opened || impl.exit_code != 0) {
        if (!opened) {
            impl.log.error("{}", opened.error().text());
        }
        return 1;
    }
    for (const auto& [id, server] : impl.journal.ledger().servers()) {
        impl.metrics.add_server(id);
        impl.metrics.restore_stamps(id, server.last_attempt_at, server.last_success_at);
    }
    impl.log.info(
        "started, version {}, {} items known, listening on {}",
        impl.options.version,
        impl.journal.ledger().items().size(),
        impl.http ? impl.options.config.http.listen : "nothing"
    );
    impl.notifier.ready("recovered, the first pass begins");
    TaskGroup tasks(impl.executor);
    tasks.spawn(impl.main_loop());
    tasks.spawn(impl.poll_operations());
    tasks.spawn(impl.watch_signals());
    tasks.spawn(impl.keep_watchdog());
    tasks.spawn(impl.report_loop());
    tasks.spawn(impl.daily_loop());
    impl.io.run();
    if (impl.http) {
        impl.http->stop();
    }
    ServiceStopped stopped;
    stopped.reason = impl.stop_reason;
    impl.record_at_edge(std::move(stopped));
    impl.world->shutdown();
    impl.io.restart();
    impl.io.poll();
    impl.log.info("stopped: {}", impl.stop_reason);
    return impl.exit_code;
}

}  // namespace bn::controller
