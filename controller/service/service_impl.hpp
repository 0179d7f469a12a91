// The parts of the running service. Inner to service.cpp, service_control.cpp,
// service_report.cpp and service_statistics.cpp: one state, four jobs.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>

#include "controller/control/control_server.hpp"
#include "controller/http/admin_http.hpp"
#include "controller/pass/pass.hpp"
#include "controller/reporting/growing_pauses.hpp"
#include "controller/reporting/import_memory.hpp"
#include "controller/reporting/panel_link.hpp"
#include "controller/reporting/reporter.hpp"
#include "controller/reporting/usage.hpp"
#include "controller/service/schedule.hpp"
#include "controller/service/service.hpp"
#include "controller/sys/notify.hpp"
#include "controller/sys/system_clock.hpp"
#include "controller/task_group.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

struct Service::Impl {
    Impl(
        ServiceOptions o,
        EventStore& s,
        Ledger ledger,
        std::shared_ptr<LogSink> sink,
        SecretRegistry& secret_registry
    )
        : options(std::move(o)),
          store(s),
          secrets(secret_registry),
          log(std::move(sink)),
          io(1),
          executor(io.get_executor()),
          clock(executor),
          metrics(options.version),
          journal(
              s,
              std::move(ledger),
              options.now,
              [this](Duration took) { metrics.event_append(took); }
          ),
          schedule(
              ScheduleOptions(options.config.service.interval, options.config.service.jitter),
              options.now()
          ),
          wake(io),
          signals(io, SIGTERM, SIGINT, SIGHUP),
          notifier(Notifier::from_environment()),
          started_at(options.now()),
          background(executor) {}

    ServiceOptions options;
    EventStore& store;
    SecretRegistry& secrets;
    Log log;
    boost::asio::io_context io;
    boost::asio::any_io_executor executor;
    SystemClock clock;
    Metrics metrics;
    Journal journal;
    Schedule schedule;
    boost::asio::steady_timer wake;  // cancelled to make the main loop look again
    boost::asio::signal_set signals;
    Notifier notifier;
    Time started_at;
    std::shared_ptr<World> world;  // shared: a look at the operations may outlive a reload
    std::unique_ptr<PassRunner> runner;
    std::unique_ptr<AdminHttp> http;
    std::shared_ptr<PanelLink> link;  // null: results are not written back
    std::unique_ptr<PanelReporter> reporter;
    std::unique_ptr<ControlServer> control;

    bool stopping = false;
    bool reload = false;
    std::string stop_reason;
    int exit_code = 0;
    bool full_running = false;
    bool narrow_running = false;
    std::uint32_t looks = 0;  // dry runs for the panel's page; a reload waits for their end
    std::string doing = "starting";
    std::string panel_error;
    bool ever_passed = false;
    std::set<ItemId> touched;       // by narrow passes since the running full pass began
    std::set<ItemId> narrow_items;  // of the last narrow pass
    std::set<PendingOperation> known_operations;
    std::map<ServerId, std::uint64_t> unmanaged;  // as the last full pass counted them
    // Items that somebody waits for, with what he calls the operation.
    std::multiset<std::pair<ItemId, std::string>> asked;
    std::set<boost::asio::steady_timer*> waiters;  // cancelled when something was judged or told
    std::uint64_t full_passes = 0;
    std::set<ServerId> measuring;
    std::set<ServerId> posting;  // their owed days are being told to the panel
    std::map<ServerId, Result<std::uint64_t>> measured;  // items, of the last measurement
    TaskGroup background;                                // measurements; joined before the end
    std::map<ServerId, std::string> measured_days;       // the last day that was measured by us
    GrowingPauses<ServerId> measure_pauses{std::chrono::minutes(1), std::chrono::hours(1)};
    // By server and day; with an empty day: the panel's silence, whatever the day.
    GrowingPauses<std::pair<ServerId, std::string>> post_pauses{
        std::chrono::seconds(15), std::chrono::hours(1)};
    std::set<ServerId> importing;
    ImportMemory imports;

    [[nodiscard]] Time now() const { return options.now(); }

    void poke() { wake.cancel(); }

    struct OpenedSides {
        std::shared_ptr<World> world;
        std::shared_ptr<PanelLink> link;
    };

    Result<OpenedSides> open_sides();
    void use_sides(OpenedSides sides);
    Result<void> start_http();
    [[nodiscard]] StatusView status() const;
    [[nodiscard]] HttpAnswer ready() const;
    void stop(std::string reason, int code);

    Task<void> main_loop();
    Task<void> one_pass(PassRequest request);
    void after_pass(const PassReport& report, bool narrow);
    Task<void> poll_operations();
    Task<void> watch_signals();
    Task<void> keep_watchdog();
    Task<void> apply_reload();
    Task<void> sleep_until(Time until);
    void record_at_edge(Event event);

    // ---- the way back to the panel
    void open_reporter();
    Task<std::vector<PendingOperation>> operations_to_judge();
    void await_release(const PassReport& report, const std::vector<PendingOperation>& operations);
    Task<void> report_loop();
    void wake_waiters();

    // ---- the control socket (service_control.cpp)
    Result<void> start_control();
    Task<std::string> answer(std::string line);
    Task<std::string> converge(protocol::Request request);
    Task<std::string> probe(protocol::Request request, bool keep);
    Task<std::string> import_accounts(protocol::Request request);
    Task<std::string> import_alone(
        protocol::Request request, std::shared_ptr<PanelLink> panel_link
    );
    // Why this account does not become a service; empty: it does, and `service` is its number.
    Task<std::string> import_account(
        const protocol::Request& request,
        std::shared_ptr<PanelLink> panel_link,
        const DesiredServer& server,
        const OwnedActualAccount& account,
        std::string& service
    );
    // One call that belongs to a server and to no item, with its event.
    Task<Result<PanelAnswer>> call_for_server(
        std::shared_ptr<PanelLink> panel_link, ServerId server, PanelCall call
    );
    [[nodiscard]] std::string drift_list() const;
    Task<std::string> refresh(protocol::Request request);
    Task<std::string> drift_plan(protocol::Request request);
    Task<std::string> drift_apply(protocol::Request request);
    Task<std::string> pause(protocol::Request request, bool on);
    Task<void> wait_for_news(Time until);
    [[nodiscard]] Time deadline_of(const protocol::Request& request) const;
    [[nodiscard]] std::string refused_answer(ItemId item, const OperationVerdict& verdict) const;

    // ---- statistics (service_statistics.cpp)
    Task<std::string> statistics(protocol::Request request);
    Task<Result<std::uint64_t>> measure(ServerId server, std::string day);
    Task<Result<UsageReading>> read_usage(
        std::shared_ptr<World> held, std::shared_ptr<const DesiredSnapshot> desired, ServerId server
    );
    Task<void> measure_and_post(ServerId server, std::string day, bool asked_for);
    Task<bool> post_day(ServerId server, std::string day);
    Task<void> post_days(ServerId server, bool asked_for);
    [[nodiscard]] bool measurement_due(const LedgerServer& server) const;
    Task<void> daily_loop();
};

}  // namespace bn::controller
