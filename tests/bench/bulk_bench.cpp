// Bulk create and bulk change against a server that takes its time for each call and works on few
// at once, as a real one does: how much of what the same server does under wrk is reached, with the
// same number of connections. Ours includes the durable intent before and outcome after each call.
//
//   bulk_bench [ACTIONS [LATENCY_MS [WORKERS]]]     (default: 1000 10 2)
//
// The two take turns and the median of the rounds counts.
#include <cstdlib>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/bench/report.hpp"
#include "tests/bench/stage.hpp"

namespace bn::bench {
namespace {

constexpr int kRounds = 3;
constexpr std::uint32_t kWrkSeconds = 4;
constexpr double kAim = 0.95;

struct Sizes {
    std::uint32_t actions = 1000;
    std::uint32_t latency_ms = 10;
    std::uint32_t workers = 2;
};

std::string create_request(int round) {
    return fmt::format(
        "wrk.headers['Content-Type'] = 'application/x-www-form-urlencoded' "
        "return wrk.format('POST', '/ocs/v2.php/cloud/users?format=json', nil, "
        "'userid=wrk_{}_' .. n .. '&password=pnZw3.xb7Qq-82vLr&email=a%40x.by&quota=10%20GB"
        "&displayName=Client&groups%5B%5D=start')",
        round
    );
}

// Of accounts that wrk has made before: ours stay as we left them.
std::string change_request(int round, double accounts) {
    return fmt::format(
        "wrk.headers['Content-Type'] = 'application/x-www-form-urlencoded' "
        "return wrk.format('PUT', '/ocs/v2.php/cloud/users/wrk_{}_' .. (1 + n % {}) .. "
        "'?format=json', nil, 'key=quota&value=' .. (20 + n % 7) .. '%20GB')",
        round,
        static_cast<std::uint32_t>(accounts)
    );
}

double rate(const TimedPass& pass, std::uint32_t actions) {
    if (pass.actions != actions) {
        die(fmt::format("{} actions were planned, not {}", pass.actions, actions));
    }
    return actions / (pass.seconds - pass.step_begun.at("applying"));
}

void measure(const Sizes& sizes) {
    const TempFolder folder;
    testing::PrivateMariaDb database;
    const CloudProcess cloud(
        folder,
        {"--groups",
         "start",
         "--latency-ms",
         std::to_string(sizes.latency_ms),
         "--workers",
         std::to_string(sizes.workers)}
    );
    const controller::Config config = bench_config(database, cloud, folder);
    const std::uint32_t connections = config.server(ServerId(1)).max_parallel;
    BenchPanel panel(database, cloud);
    Controller ours(config);
    std::vector<double> created;
    std::vector<double> changed;
    std::vector<double> create_ratio;
    std::vector<double> change_ratio;
    std::uint32_t items = 0;
    for (int round = 0; round < kRounds; ++round) {
        panel.add_items(items + 1, sizes.actions);
        items += sizes.actions;
        created.push_back(rate(ours.pass(), sizes.actions));
        WrkResult wrk = run_wrk(folder, cloud, create_request(round), connections, kWrkSeconds);
        create_ratio.push_back(created.back() / wrk.requests_a_second);
        panel.set_tariff_quota(20 + static_cast<std::uint32_t>(round));
        changed.push_back(rate(ours.pass(), items));
        const double made = wrk.requests - 2 * connections;  // for certain
        wrk = run_wrk(folder, cloud, change_request(round, made), connections, kWrkSeconds);
        change_ratio.push_back(changed.back() / wrk.requests_a_second);
    }
    report("bulk.create", median(created), "actions/s", median(create_ratio), at_least(kAim));
    report("bulk.change", median(changed), "actions/s", median(change_ratio), at_least(kAim));
}

std::uint32_t number(int argc, char** argv, int i, std::uint32_t otherwise) {
    return argc > i ? static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)) : otherwise;
}

}  // namespace
}  // namespace bn::bench

int main(int argc, char** argv) {
    bn::bench::Sizes sizes;
    sizes.actions = bn::bench::number(argc, argv, 1, sizes.actions);
    sizes.latency_ms = bn::bench::number(argc, argv, 2, sizes.latency_ms);
    sizes.workers = bn::bench::number(argc, argv, 3, sizes.workers);
    bn::bench::measure(sizes);
    return 0;
}
