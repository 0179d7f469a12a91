// The diff of a million sold items against a million accounts in key order, against the limit: one
// read of both states (every byte of both, records and texts in order).
//
// usage: diff_bench [accounts] [rounds]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <numeric>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "reconciler/plan/diff.hpp"
#include "tests/bench/report.hpp"

namespace bn {
namespace {

using bench::median;
using Steady = std::chrono::steady_clock;

constexpr ServerId kServer{1};

double millis_since(Steady::time_point start) {
    return std::chrono::duration<double, std::milli>(Steady::now() - start).count();
}

struct World {
    DesiredSnapshot desired;
    ActualSnapshot actual;
    Ledger ledger;
};

// One in a thousand accounts has drifted.
constexpr std::uint32_t kDriftEvery = 1000;

void fill(World& world, std::uint32_t accounts) {
    const std::vector<std::int64_t> sizes = {
        5'368'709'120, 10'737'418'240, 107'374'182'400, 5'000'000'000, 1'500'000'000};
    const std::vector<std::string> groups = {"basic", "pro", "family"};
    DesiredTable::Builder sold;
    ActualTable::Builder seen;
    sold.reserve(accounts);
    seen.reserve(accounts);
    for (std::uint32_t i = 0; i < accounts; ++i) {
        const std::string login = fmt::format("user_{:08}", i);
        const std::string email = fmt::format("c{}@example.org", i);
        const ItemId item(i + 1);
        DesiredAccount row;
        row.item = item;
        row.login = login;
        row.email = email;
        row.group = groups[i % groups.size()];
        row.quota = Quota::bytes(sizes[i % sizes.size()]);
        row.wanted = i % 50 == 7 ? Wanted::kDisabled : Wanted::kEnabled;
        row.login_saved = true;
        sold.add(row);
        ActualAccount account;
        account.login = login;
        account.email = email;
        account.quota = i % kDriftEvery == 500 ? Quota::bytes(0) : canonical(row.quota);
        account.groups = {groups[i % groups.size()]};
        account.enabled = row.wanted == Wanted::kEnabled;
        account.has_files = true;
        seen.add(account);
        world.ledger.change(item, [&](LedgerItem& known) {
            known.server = kServer;
            known.login = login;
            known.ownership = Ownership::kCreated;
        });
        world.desired.items.push_back(item);
    }
    DesiredServer& server = world.desired.servers.emplace_back();
    server.id = kServer;
    server.managed_groups = {"basic", "family", "pro"};
    server.accounts = std::move(sold).finish();
    world.desired.complete = true;
    world.actual.server = kServer;
    world.actual.complete = true;
    world.actual.groups = {"admin", "basic", "pro", "family"};
    world.actual.accounts = std::move(seen).finish();
}

// Reads every byte of a state once, in the order of the table, account by account: what any
// comparison has to do at least.
template <class Table>
std::uint64_t read_state(const Table& table) {
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < table.size(); ++i) {
        std::uint64_t words[3];
        static_assert(sizeof words == sizeof table.record(i));
        std::memcpy(words, &table.record(i), sizeof words);
        sum += words[0] ^ words[1] ^ words[2];
        const std::string_view key = table.key(i);
        const char* text = key.data();
        std::size_t left = key.size() + table.email(i).size();
        for (; left >= 8; left -= 8, text += 8) {
            std::uint64_t word = 0;
            std::memcpy(&word, text, 8);
            sum += word;
        }
        for (; left > 0; --left, ++text) {
            sum += static_cast<unsigned char>(*text);
        }
    }
    return sum;
}

int run(std::uint32_t accounts, int rounds) {
    World world;
    const Steady::time_point building = Steady::now();
    fill(world, accounts);
    std::fprintf(stderr, "built both states and the ledger in %.0f ms\n", millis_since(building));
    const DesiredServer& server = world.desired.servers.front();
    DiffOptions options;
    std::vector<double> reads;
    std::vector<double> diffs;
    std::uint64_t sum = 0;
    std::size_t actions = 0;
    for (int round = 0; round < rounds; ++round) {
        Steady::time_point start = Steady::now();
        sum += read_state(server.accounts) + read_state(world.actual.accounts);
        reads.push_back(millis_since(start));
        start = Steady::now();
        actions = diff({server, world.desired, world.actual, world.ledger}, options).actions.size();
        diffs.push_back(millis_since(start));
    }
    const std::uint32_t expected = accounts / kDriftEvery + (accounts % kDriftEvery > 500 ? 1 : 0);
    if (actions != expected || sum == 0) {
        std::fprintf(stderr, "expected %u corrections, the diff found %zu\n", expected, actions);
        return 1;
    }
    const double read = median(reads);
    const double took = median(diffs);
    std::fprintf(stderr, "one read of both states: %.2f ms; %zu corrections\n", read, actions);
    const double sold_bytes = static_cast<double>(server.accounts.bytes());
    const double seen_bytes = static_cast<double>(world.actual.accounts.bytes());
    const double each = std::max(sold_bytes, seen_bytes) / accounts;
    bench::report("diff.million", took, "ms", took / read, bench::at_most(2));
    bench::report("diff.bytes_an_entry", each, "B", each / 64, bench::at_most(1));
    return 0;
}

}  // namespace
}  // namespace bn

int main(int argc, char** argv) {
    const long accounts = argc > 1 ? std::atol(argv[1]) : 1'000'000;
    const long rounds = argc > 2 ? std::atol(argv[2]) : 9;
    if (accounts < 1 || accounts > 20'000'000 || rounds < 1 || rounds > 1000) {
        std::fprintf(stderr, "usage: diff_bench [accounts 1..20000000] [rounds 1..1000]\n");
        return 2;
    }
    return bn::run(static_cast<std::uint32_t>(accounts), static_cast<int>(rounds));
}
