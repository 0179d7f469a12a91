// A whole provider for a benchmark: a real MariaDB with the panel's tables, and the product's own
// classes (world, event store, journal, pass) over it and over a sample cloud elsewhere.
// Failures end the benchmark with a message (exit code 2). One thread.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "controller/pass/journal.hpp"
#include "controller/pass/pass.hpp"
#include "controller/pass/world.hpp"
#include "state/store.hpp"
#include "tests/bench/processes.hpp"
#include "tests/fakes/panel/fake_panel.hpp"
#include "tests/support/mariadb/private_mariadb.hpp"

namespace bn::bench {

// The panel's database `bench`, with one server and one tariff.
class BenchPanel {
  public:
    BenchPanel(testing::PrivateMariaDb& database, const CloudProcess& cloud);

    void add_items(std::uint32_t from, std::uint32_t count);
    // All items: this much disk with the tariff.
    void set_tariff_quota(std::uint32_t gib);
    void analyze();

  private:
    testing::FakePanel panel_;
    testing::Id server_ = 0;
    testing::Id tariff_ = 0;
    testing::Id disk_ = 0;
};

// Three bare scans (services, ordered resources, saved logins): fetched and thrown away.
class BareScans {
  public:
    explicit BareScans(const std::string& socket);
    ~BareScans();
    BareScans(const BareScans&) = delete;
    BareScans& operator=(const BareScans&) = delete;

    double seconds();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

controller::Config bench_config(
    const testing::PrivateMariaDb& database, const CloudProcess& cloud, const TempFolder& folder
);

// One pass and how long its steps took.
struct TimedPass {
    double seconds = 0;
    std::map<std::string, double> step_begun;  // by name, seconds after the start
    std::uint64_t events = 0;
    std::uint64_t actions = 0;
};

// The controller in this process, as `serve` has it.
class Controller {
  public:
    explicit Controller(controller::Config config);
    ~Controller();
    Controller(const Controller&) = delete;
    Controller& operator=(const Controller&) = delete;

    // A world that has seen nothing yet; connections are opened anew.
    void fresh_world();

    // Any error of the panel, the cloud or an action ends the benchmark.
    TimedPass pass();
    void run(Task<void> task);

    [[nodiscard]] controller::World& world() { return *world_; }

    [[nodiscard]] controller::PassRunner& runner() { return *runner_; }

    [[nodiscard]] controller::Journal& journal() { return *journal_; }

    [[nodiscard]] const controller::Config& config() const { return config_; }

  private:
    struct Loop;

    controller::Config config_;
    std::unique_ptr<Loop> loop_;
    std::unique_ptr<controller::Metrics> metrics_;
    std::unique_ptr<state::Store> store_;
    std::unique_ptr<controller::Journal> journal_;
    std::unique_ptr<controller::World> world_;
    std::unique_ptr<Clock> clock_;
    std::unique_ptr<controller::PassRunner> runner_;
};

// The value of a Result, or the end of the benchmark.
template <class T>
T need(Result<T> result) {
    if (!result) {
        die(result.error().text());
    }
    if constexpr (!std::is_void_v<T>) {
        return *std::move(result);
    }
}

}  // namespace bn::bench
