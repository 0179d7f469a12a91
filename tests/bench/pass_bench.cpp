// A quiet pass (all accounts are as they were sold) against its limits: three bare scans of the
// panel's tables, and wrk fetching the same pages over TLS from the same sample cloud, which runs
// as a process of its own and answers at once. The panel is a real MariaDB, warm.
//
//   pass_bench [SIZE ...]     numbers of services (default: 1000 10000 100000)
//
// The first pass after a start reads the panel, then the cloud; every later one reads both at the
// same time. Both are measured whole, and the parts one by one. Each size has a process of its own;
// the accounts are made by the product itself in another process before. All sides take turns and
// the median of the rounds counts. Memory: the peak of resident memory over what the process had
// after its start (event store open, ledger loaded).
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include "controller/pass/planning.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "state/event_codec.hpp"
#include "tests/bench/report.hpp"
#include "tests/bench/stage.hpp"

namespace bn::bench {
namespace {

constexpr int kRounds = 7;
constexpr std::uint32_t kWrkSeconds = 2;
constexpr double kMemoryMb = 60;

// A line of /proc/self/status, in MB.
double status_mb(std::string_view key) {
    std::ifstream in("/proc/self/status");
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(key)) {
            return std::strtod(line.c_str() + key.size() + 1, nullptr) / 1024;
        }
    }
    return 0;
}

// VmHWM begins anew from what is resident now.
void forget_peak() {
    std::ofstream("/proc/self/clear_refs") << "5";
}

// What the product takes for the parts of a quiet pass, one after the other; in seconds.
struct Phases {
    double panel = 0;
    double cloud = 0;
    double plan = 0;
    double events = 0;
};

Phases measure_phases(Controller& ours) {
    Phases phases;
    Observation observation;
    observation.started_at = controller::system_now();
    const auto panel = [&]() -> Task<void> {
        observation.desired = need(co_await ours.world().read_desired());
    };
    phases.panel = seconds_of([&] { ours.run(panel()); });
    const DesiredServer& server = observation.desired->servers.front();
    ServerObservation seen;
    seen.server = server.id;
    seen.name = server.name;
    seen.address = server.base_url;
    seen.info = *ours.world().info(server.id);
    const auto cloud = [&]() -> Task<void> {
        const std::shared_ptr<Cloud> port = ours.world().cloud(server, ours.journal().ledger());
        ObserveOptions options;
        options.page_size = ours.config().server(server.id).page_size;
        seen.actual = need(co_await port->observe(options));
    };
    phases.cloud = seconds_of([&] { ours.run(cloud()); });
    phases.plan = seconds_of([&] {
        seen.plan = controller::plan_server(
            *observation.desired,
            *seen.actual,
            ours.journal().ledger(),
            ours.config(),
            ours.config().server(seen.server),
            {},
            controller::system_now()
        );
    });
    observation.servers.push_back(std::move(seen));
    const auto events = [&]() -> Task<void> {
        PassRequest request;
        controller::PassHooks hooks;
        controller::RecordContext context(controller::random_id(controller::system_now()), Actor{});
        static_cast<void>(need(co_await ours.runner().run(
            request, std::move(observation), std::move(context), ours.journal(), hooks
        )));
    };
    phases.events = seconds_of([&] { ours.run(events()); });
    return phases;
}

struct Samples {
    std::vector<double> first, later, panel, cloud, plan, events, scans, wrk;
    std::vector<double> panel_ratio, cloud_ratio, first_ratio, later_ratio;
    double idle_mb = 0;
    double peak_mb = 0;
    std::uint64_t events_each = 0;
};

// Seconds for the pages that a reading asks for, the last one being empty.
double wrk_pages(
    const TempFolder& folder,
    const CloudProcess& cloud,
    std::uint32_t size,
    const controller::ServerSettings& settings
) {
    const std::uint32_t accounts = size + 1;  // and the administrator
    const std::uint32_t pages = (accounts + settings.page_size - 1) / settings.page_size + 1;
    const std::string request = fmt::format(
        "return wrk.format('GET', '/ocs/v2.php/cloud/users/details?limit={0}&offset=' .. "
        "(n % {1}) * {0} .. '&format=json')",
        settings.page_size,
        pages
    );
    const WrkResult got = run_wrk(folder, cloud, request, settings.max_parallel, kWrkSeconds);
    return pages / got.requests_a_second;
}

void quiet(Controller& ours, const TimedPass& pass, Samples& samples) {
    if (pass.actions != 0) {
        die("the pass was not quiet");
    }
    if (pass.events > 1) {  // which ones: for whoever looks for the reason
        EventFilter filter;
        filter.after = ours.journal().ledger().last_event() - pass.events;
        const auto each = [](const Envelope& event) {
            fmt::print(stderr, "recorded by a quiet pass: {}\n", kind_of(event.event).name);
            return true;
        };
        need(ours.journal().store().read(filter, each));
    }
    samples.events_each = std::max(samples.events_each, pass.events);
}

void one_round(
    Controller& ours,
    BareScans& scans,
    const TempFolder& folder,
    const CloudProcess& cloud,
    std::uint32_t size,
    Samples& samples
) {
    ours.fresh_world();
    forget_peak();
    const TimedPass first = ours.pass();
    quiet(ours, first, samples);
    const TimedPass later = ours.pass();
    quiet(ours, later, samples);
    samples.peak_mb = std::max(samples.peak_mb, status_mb("VmHWM:"));
    const Phases phases = measure_phases(ours);
    const double scan = scans.seconds();
    const double wrk = wrk_pages(folder, cloud, size, ours.config().server(ServerId(1)));
    const double larger = std::max(scan, wrk);
    samples.first.push_back(first.seconds);
    samples.later.push_back(later.seconds);
    samples.panel.push_back(phases.panel);
    samples.cloud.push_back(phases.cloud);
    samples.plan.push_back(phases.plan);
    samples.events.push_back(phases.events);
    samples.scans.push_back(scan);
    samples.wrk.push_back(wrk);
    samples.panel_ratio.push_back(phases.panel / scan);
    samples.cloud_ratio.push_back((phases.cloud + phases.plan) / wrk);
    samples.first_ratio.push_back(first.seconds / larger);
    samples.later_ratio.push_back(later.seconds / larger);
}

// In a process of its own, so that its memory is not taken for that of a pass.
void make_accounts(
    testing::PrivateMariaDb& database,
    const CloudProcess& cloud,
    const controller::Config& config,
    std::uint32_t size
) {
    BenchPanel panel(database, cloud);
    panel.add_items(1, size);
    panel.analyze();
    Controller ours(config);
    const TimedPass made = ours.pass();
    if (made.actions < size) {
        die("not all accounts were to be made");
    }
    if (ours.pass().actions != 0) {  // the sample cloud renders its pages here
        die("the second pass is not quiet");
    }
    const double seconds = made.seconds - made.step_begun.at("applying");
    report(fmt::format("bulk.create_at_once.{}", size), size / seconds, "accounts/s");
}

template <class F>
void in_child(F&& work) {
    const pid_t child = fork();
    if (child == 0) {
        work();
        std::fflush(stdout);
        _exit(0);
    }
    int status = 0;
    waitpid(child, &status, 0);
    if (child < 0 || !WIFEXITED(status)) {
        die(fmt::format("a part of the benchmark ended with signal {}", WTERMSIG(status)));
    }
    if (WEXITSTATUS(status) != 0) {
        std::exit(2);  // it has said why
    }
}

void show(const Samples& s, std::uint32_t size) {
    const auto name = [size](const char* what) { return fmt::format("pass.{}.{}", what, size); };
    const auto ms = [](const std::vector<double>& values) { return median(values) * 1e3; };
    report(name("three_bare_scans"), ms(s.scans), "ms");
    report(name("wrk_same_pages"), ms(s.wrk), "ms");
    report(name("panel_read"), ms(s.panel), "ms", median(s.panel_ratio), at_most(1.3));
    report(name("cloud_read"), ms(s.cloud), "ms", ms(s.cloud) / ms(s.wrk));
    report(name("plan"), ms(s.plan), "ms", ms(s.plan) / ms(s.wrk));
    const double both = ms(s.cloud) + ms(s.plan);
    if (size >= 100'000) {  // below, what is asked once a pass weighs more than the pages
        report(name("cloud_read_and_plan"), both, "ms", median(s.cloud_ratio), at_most(1.3));
    } else {
        report(name("cloud_read_and_plan"), both, "ms", median(s.cloud_ratio));
    }
    report(name("events"), ms(s.events), "ms");
    report(name("first"), ms(s.first), "ms", median(s.first_ratio));
    report(name("whole"), ms(s.later), "ms", median(s.later_ratio), at_most(1.5));
    report(name("idle_memory"), s.idle_mb, "MB");
    const double more = s.peak_mb - s.idle_mb;
    report(name("memory_above_idle"), more, "MB", more / kMemoryMb, at_most(1));
    report(
        name("events_recorded"),
        static_cast<double>(s.events_each),
        "events",
        static_cast<double>(s.events_each),
        at_most(1)
    );
}

void measure(std::uint32_t size) {
    const TempFolder folder;
    testing::PrivateMariaDb database;
    const CloudProcess cloud(folder, {"--groups", "start"});
    const controller::Config config = bench_config(database, cloud, folder);
    in_child([&] { make_accounts(database, cloud, config, size); });
    Controller ours(config);
    BareScans scans(database.socket());
    scans.seconds();
    Samples samples;
    samples.idle_mb = status_mb("VmRSS:");
    for (int round = 0; round < kRounds; ++round) {
        one_round(ours, scans, folder, cloud, size, samples);
    }
    show(samples, size);
}

}  // namespace
}  // namespace bn::bench

int main(int argc, char** argv) {
    std::vector<std::uint32_t> sizes;
    for (int i = 1; i < argc; ++i) {
        sizes.push_back(static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)));
    }
    if (sizes.empty()) {
        sizes = {1'000, 10'000, 100'000};
    }
    for (const std::uint32_t size : sizes) {
        bn::bench::in_child([size] { bn::bench::measure(size); });
    }
    return 0;
}
