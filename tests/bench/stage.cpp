#include "tests/bench/stage.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>
#include <mysql.h>

#include "bm_reader/queries.hpp"
#include "controller/real_sides.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/system_clock.hpp"
#include "tests/fakes/panel/bulk.hpp"

namespace bn::bench {

namespace {

using controller::system_now;
using Clock = std::chrono::steady_clock;

testing::MariaDbAddress address_of(const testing::PrivateMariaDb& database) {
    testing::MariaDbAddress address;
    address.socket = database.socket();
    address.database = "bench";
    return address;
}

}  // namespace

BenchPanel::BenchPanel(testing::PrivateMariaDb& database, const CloudProcess& cloud)
    : panel_(testing::FakePanel::create_mariadb(address_of(database))) {
    testing::ServerSpec server;
    server.base_url = cloud.url();
    server.login = CloudProcess::kLogin;
    server.password = CloudProcess::kPassword;
    server_ = panel_.add_server(server);
    testing::TariffSpec tariff;
    tariff.usergroup = "start";
    tariff_ = panel_.add_tariff(tariff);
    disk_ = panel_.disk_of(tariff_);
}

void BenchPanel::add_items(std::uint32_t from, std::uint32_t count) {
    testing::add_many(panel_, server_, tariff_, disk_, from, count);
}

void BenchPanel::set_tariff_quota(std::uint32_t gib) {
    panel_.exec(fmt::format("UPDATE pricelist SET addonlimit = {} WHERE id = {}", gib, disk_));
}

void BenchPanel::analyze() {
    panel_.exec("ANALYZE TABLE item, itemparam, `user`, pricelist");
}

struct BareScans::Impl {
    MYSQL* connection = mysql_init(nullptr);
};

BareScans::BareScans(const std::string& socket) : impl_(std::make_unique<Impl>()) {
    if (mysql_real_connect(impl_->connection, nullptr, "root", "", "bench", 0, socket.c_str(), 0) ==
        nullptr) {
        die(mysql_error(impl_->connection));
    }
}

BareScans::~BareScans() {
    mysql_close(impl_->connection);
}

double BareScans::seconds() {
    const auto start = Clock::now();
    for (const std::string_view sql :
         {bm_reader::queries::kServices.sql,
          bm_reader::queries::kChildren.sql,
          bm_reader::queries::kLogins.sql}) {
        if (mysql_real_query(impl_->connection, sql.data(), sql.size()) != 0) {
            die(mysql_error(impl_->connection));
        }
        MYSQL_RES* result = mysql_use_result(impl_->connection);
        while (mysql_fetch_row(result) != nullptr) {
        }
        mysql_free_result(result);
    }
    return std::chrono::duration<double>(Clock::now() - start).count();
}

controller::Config bench_config(
    const testing::PrivateMariaDb& database, const CloudProcess& cloud, const TempFolder& folder
) {
    controller::Config config;
    config.panel.socket = database.socket();
    config.panel.user = "root";
    config.panel.database = "bench";
    config.store.path = folder.file("events.db");
    config.store.key_file = folder.file("seal.key");
    config.defaults.policy = Policy::kSync;
    config.defaults.ca_file = cloud.ca_file();
    return config;
}

struct Controller::Loop {
    boost::asio::io_context io{1};
    boost::asio::any_io_executor executor = io.get_executor();
};

Controller::Controller(controller::Config config)
    : config_(std::move(config)),
      loop_(std::make_unique<Loop>()),
      metrics_(std::make_unique<controller::Metrics>("bench")) {
    state::StoreSettings settings;
    settings.path = config_.store.path;
    settings.key_file = config_.store.key_file;
    store_ = need(state::open_store(std::move(settings)));
    journal_ = std::make_unique<controller::Journal>(*store_, need(store_->ledger()), &system_now);
    fresh_world();
}

Controller::~Controller() {
    runner_.reset();
    world_->shutdown();
    loop_->io.restart();
    loop_->io.run();
}

void Controller::fresh_world() {
    runner_.reset();
    if (world_) {
        world_->shutdown();
        loop_->io.restart();
        loop_->io.run();
    }
    controller::WorldOptions options;
    options.read_only = false;
    options.metrics = metrics_.get();
    options.now = &system_now;
    world_ = need(controller::open_world(loop_->executor, config_, std::move(options)));
    clock_ = controller::make_system_clock(loop_->executor);
    runner_ = std::make_unique<controller::PassRunner>(
        loop_->executor, config_, *world_, *clock_, controller::Log()
    );
}

void Controller::run(Task<void> task) {
    bool ended = false;
    boost::asio::co_spawn(loop_->executor, std::move(task), [&ended](const std::exception_ptr& e) {
        if (e) {
            die("a pass threw an exception");
        }
        ended = true;
    });
    loop_->io.restart();
    while (!ended && loop_->io.run_one() > 0) {
    }
}

TimedPass Controller::pass() {
    TimedPass timed;
    const std::uint64_t before = journal_->ledger().last_event();
    const auto start = Clock::now();
    controller::PassHooks hooks;
    hooks.on_step = [&](std::string_view step) {
        timed.step_begun[std::string(step)] =
            std::chrono::duration<double>(Clock::now() - start).count();
    };
    std::optional<Result<PassReport>> result;
    const auto work = [&]() -> Task<void> {
        PassRequest request;
        hooks.metrics = metrics_.get();
        controller::RecordContext context(clock_->id(), Actor{});
        std::optional<Observation> planned;
        result = co_await runner_->run(
            request, std::move(planned), std::move(context), *journal_, hooks
        );
    };
    run(work());
    timed.seconds = std::chrono::duration<double>(Clock::now() - start).count();
    if (!result) {
        die("a pass did not end");
    }
    const PassReport report = need(*std::move(result));
    for (const ServerObservation& server : report.observation.servers) {
        if (server.error || !server.plan || !server.plan->stopped.empty() ||
            !server.plan->held.empty()) {
            die(server.error ? server.error->text()
                : !server.plan || server.plan->held.empty()
                    ? "the plan was stopped"
                    : server.plan->held.front().hold.where + ": " +
                          server.plan->held.front().hold.detail);
        }
        timed.actions += server.plan->actions.size();
    }
    for (const auto& [id, execution] : report.executions) {
        if (execution.progress.done != execution.progress.total) {
            die(fmt::format(
                "only {} of {} actions were done: {}",
                execution.progress.done,
                execution.progress.total,
                execution.failures.empty() ? "?" : execution.failures.front().error.text()
            ));
        }
    }
    timed.events = journal_->ledger().last_event() - before;
    return timed;
}

}  // namespace bn::bench
