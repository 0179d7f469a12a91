// Reading desired state from a real MariaDB of its own (loopback socket, warm), against three bare
// flat scans of the same tables (services, ordered resources, saved logins: fetched and thrown
// away) and against one JOIN of six tables, in the same run.
//
//   panel_bench [SIZE ...]     numbers of services (default: 1000 10000 100000)
//
// Our read does more than the bare scans: also the catalogue, one owner a service, and the
// finished, sorted table. The sides take turns and the median of the rounds counts.
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <mysql.h>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/queries.hpp"
#include "tests/bench/report.hpp"
#include "tests/fakes/panel/bulk.hpp"
#include "tests/support/mariadb/private_mariadb.hpp"

namespace {

using namespace bn;
using bench::at_least;
using bench::at_most;
using bench::median;
using bench::report;
using bench::seconds_of;

constexpr int kRounds = 7;
constexpr double kAim = 1.3;             // of the three bare scans
constexpr double kBytesAnAccount = 200;  // resident after the read, the result among it

constexpr const char* kJoin =
    "SELECT i.id, i.status, p.id, r.addonlimit, c.intvalue, v.value, u.email FROM item i "
    "LEFT JOIN pricelist p ON p.id = i.pricelist LEFT JOIN pricelist r ON r.parent = p.id "
    "LEFT JOIN item c ON c.parent = i.id AND c.pricelist = r.id "
    "LEFT JOIN itemparam v ON v.item = i.id AND v.intname = 'username' "
    "LEFT JOIN `user` u ON u.account = i.account WHERE i.parent IS NULL";

struct CloseConnection {
    void operator()(MYSQL* c) const { mysql_close(c); }
};

using Connection = std::unique_ptr<MYSQL, CloseConnection>;

Connection connect(const std::string& socket) {
    Connection c(mysql_init(nullptr));
    if (mysql_real_connect(c.get(), nullptr, "root", "", "bench", 0, socket.c_str(), 0) ==
        nullptr) {
        fmt::print(stderr, "panel_bench: {}\n", mysql_error(c.get()));
        std::exit(2);
    }
    return c;
}

// Fetches all rows and throws them away.
void drain(MYSQL* c, std::string_view sql) {
    if (mysql_real_query(c, sql.data(), sql.size()) != 0) {
        fmt::print(stderr, "panel_bench: {}\n", mysql_error(c));
        std::exit(2);
    }
    MYSQL_RES* result = mysql_use_result(c);
    while (mysql_fetch_row(result) != nullptr) {
    }
    mysql_free_result(result);
}

double resident_bytes() {
    std::ifstream in("/proc/self/statm");
    double total = 0;
    double resident = 0;
    in >> total >> resident;
    return resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
}

void measure(testing::PrivateMariaDb& server, std::uint32_t size) {
    testing::MariaDbAddress address;
    address.socket = server.socket();
    address.database = "bench";
    auto panel = testing::FakePanel::create_mariadb(address);
    const auto cloud = panel.add_server({});
    const auto tariff = panel.add_tariff({});
    testing::add_many(panel, cloud, tariff, panel.disk_of(tariff), 1, size);
    panel.exec("ANALYZE TABLE item, itemparam, `user`, pricelist");

    bm_reader::PanelSettings settings;
    settings.socket = server.socket();
    settings.database = "bench";
    const auto source = bm_reader::make_panel_source(settings);
    const Connection bare = connect(server.socket());
    const double before = resident_bytes();
    double held = 0;
    std::vector<double> ours;
    std::vector<double> scans;
    std::vector<double> four;
    std::vector<double> joins;
    for (int round = 0; round < kRounds; ++round) {
        ours.push_back(seconds_of([&] {
            const auto snapshot = source->read({});
            if (!snapshot || snapshot->servers.at(0).accounts.size() != size) {
                fmt::print(stderr, "panel_bench: the read is wrong\n");
                std::exit(2);
            }
            held = std::max(held, resident_bytes() - before);
        }));
        scans.push_back(seconds_of([&] {
            drain(bare.get(), bm_reader::queries::kServices.sql);
            drain(bare.get(), bm_reader::queries::kChildren.sql);
            drain(bare.get(), bm_reader::queries::kLogins.sql);
        }));
        four.push_back(scans.back() + seconds_of([&] {
                           drain(bare.get(), bm_reader::queries::kOwners.sql);
                       }));
        joins.push_back(seconds_of([&] { drain(bare.get(), kJoin); }));
    }
    const double read = median(ours);
    const auto name = [&](const char* what) { return fmt::format("panel.{}.{}", what, size); };
    const double against_three = read / median(scans);
    report(name("read"), read * 1e3, "ms", against_three, at_most(kAim));
    const double against_four = read / median(four);
    report(name("read_vs_all_scans"), read * 1e3, "ms", against_four);
    const double against_join = median(joins) / read;
    report(name("join_vs_read"), median(joins) * 1e3, "ms", against_join, at_least(4));
    const double bytes = held / size;
    if (size >= 10'000) {  // below, pages of malloc dominate
        report(name("memory"), bytes, "B/service", bytes / kBytesAnAccount, at_most(1));
    }
}

}  // namespace

int main(int argc, char** argv) {
    std::vector<std::uint32_t> sizes;
    for (int i = 1; i < argc; ++i) {
        sizes.push_back(static_cast<std::uint32_t>(std::strtoul(argv[i], nullptr, 10)));
    }
    if (sizes.empty()) {
        sizes = {1'000, 10'000, 100'000};
    }
    for (const std::uint32_t size : sizes) {
        measure(testing::PrivateMariaDb::shared(), size);
    }
    return 0;
}
