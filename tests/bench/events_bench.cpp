// Durable events and replay, against the same rows written and read by SQLite alone in the same
// run.
//
//   events_bench [DIRECTORY]     the directory decides which disk is measured (default: /tmp)
//
// The two sides take turns, and the median of the rounds counts.
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <cstdio>
#include <filesystem>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "state/chain.hpp"
#include "state/db.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"
#include "state/store.hpp"
#include "tests/bench/report.hpp"

namespace {

using namespace bn;
using namespace bn::state;
using bench::at_least;
using bench::median;
using bench::report;
using Clock = std::chrono::steady_clock;

constexpr int kRounds = 5;
constexpr std::uint32_t kItems = 1000;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

double percentile(std::vector<double> values, double p) {
    std::sort(values.begin(), values.end());
    return values[static_cast<std::size_t>(p * static_cast<double>(values.size() - 1))];
}

[[noreturn]] void stop(const std::string& why) {
    fmt::print(stderr, "events_bench: {}\n", why);
    std::exit(2);
}

// The mix of a busy pass: an intent with its fields, then its outcome.
Event sample(std::uint32_t n) {
    const ItemId item(1 + (n / 2) % kItems);
    const ServerId server(3);
    const auto login = fmt::format("user_{}", item.value);
    const auto id = fmt::format("act-{:016x}", n / 2);
    if (n % 2 == 0) {
        Action action(ActionKind::kSetQuota, server, item, login);
        action.before = "1 GiB";
        action.after = "5 GiB";
        action.reason = "the tariff says 5 GiB";
        action.quota = Quota::bytes(5368709120);
        return ActionIntended{id, std::move(action), ""};
    }
    return ActionSucceeded{
        id, item, server, ActionKind::kSetQuota, login, "asked 5368709120", std::nullopt};
}

AppendRequest request(std::uint32_t n) {
    AppendRequest out;
    out.events.emplace_back(sample(n));
    out.correlation = "pass-20261123T102030Z-0001";
    out.at = Time(Duration(1763893230123));
    return out;
}

// ---- the two ways to make events durable

// Everything that a row holds, made beforehand: the raw side only inserts.
struct RawRow {
    std::string id = std::string(16, 'x');
    std::string correlation = "pass-20261123T102030Z-0001";
    std::string payload;
    RowView row;
};

std::vector<RawRow> raw_rows(std::uint32_t count) {
    std::vector<RawRow> rows(count);
    std::vector<std::uint64_t> versions(kItems + 1);
    for (std::uint32_t n = 0; n < count; ++n) {
        auto& raw = rows[n];
        const auto event = sample(n);
        raw.payload = encode(event);
        raw.row.stream_id = item_of(event).value;
        raw.row.position = n + 1;
        raw.row.version = ++versions[item_of(event).value];
        raw.row.at_ms = 1763893230123;
        raw.row.item = item_of(event).value;
        raw.row.server = 3;
        raw.row.kind = kind_of(event).name;
        raw.row.kind_version = kind_of(event).version;
        raw.row.id = Blob(raw.id);
        raw.row.correlation = raw.correlation;
        raw.row.actor_kind = "service";
        raw.row.payload = Blob(raw.payload);
        raw.row.sequence = n + 1;
        raw.row.salt = Blob(raw.id);
        raw.row.hash = Blob(raw.correlation);  // about as long
        raw.row.digest = Blob(raw.correlation);
    }
    return rows;
}

struct Measured {
    double per_second = 0;
    std::vector<double> latencies;  // seconds
};

std::string fresh(const std::string& directory, const char* name) {
    const auto path = directory + "/" + name;
    for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
        std::filesystem::remove(path + suffix);
    }
    return path;
}

Measured raw(const std::string& directory, const std::vector<RawRow>& rows, std::size_t in_one) {
    const auto path = fresh(directory, "raw.db");
    std::fclose(std::fopen(path.c_str(), "w"));
    Connection db(path, Connection::Mode::kReadWrite);
    db.prepare_for_writing();
    migrate(db);
    RowInserter inserter(db);
    Measured out;
    const auto start = Clock::now();
    for (std::size_t i = 0; i < rows.size(); i += in_one) {
        const auto begun = Clock::now();
        Transaction transaction(db, Transaction::Kind::kWrite);
        for (std::size_t j = i; j < std::min(i + in_one, rows.size()); ++j) {
            inserter.insert(rows[j].row);
        }
        transaction.commit();
        out.latencies.push_back(seconds_since(begun));
    }
    out.per_second = static_cast<double>(rows.size()) / seconds_since(start);
    return out;
}

// One thread submits, as the controller's loop does, and keeps `in_flight` requests unanswered.
Measured stored(const std::string& directory, std::uint32_t count, std::size_t in_flight) {
    StoreSettings settings;
    settings.path = fresh(directory, "store.db");
    auto store = open_store(settings);
    if (!store) {
        stop(store.error().text());
    }
    std::mutex mutex;
    std::condition_variable ready;
    std::size_t open = 0;
    std::uint64_t acked = 0;
    bool waiting = false;
    std::vector<double> latencies;
    latencies.reserve(count);
    const auto start = Clock::now();
    for (std::uint32_t n = 0; n < count; ++n) {
        auto next = request(n);
        {
            std::unique_lock lock(mutex);
            waiting = true;
            ready.wait(lock, [&] { return open < in_flight; });
            waiting = false;
            ++open;
        }
        const auto begun = Clock::now();
        (*store)->append(std::move(next), [&, begun](AppendResult result) {
            if (!result) {
                stop(result.error().text());
            }
            const auto took = seconds_since(begun);
            const std::lock_guard lock(mutex);
            latencies.push_back(took);
            --open;
            ++acked;
            if (waiting || acked == count) {
                ready.notify_one();
            }
        });
    }
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return acked == count; });
    Measured out;
    out.per_second = static_cast<double>(count) / seconds_since(start);
    out.latencies = std::move(latencies);
    return out;
}

// ---- results

void durable(const std::string& directory, std::uint32_t count, std::size_t in_flight, double aim) {
    const auto rows = raw_rows(count);
    std::vector<double> ratios;
    std::vector<double> raws;
    std::vector<double> ours;
    std::vector<double> latencies;
    std::vector<double> raw_latencies;
    for (int round = 0; round < kRounds; ++round) {
        const auto alone = raw(directory, rows, in_flight);
        auto measured = stored(directory, count, in_flight);
        raws.push_back(alone.per_second);
        ours.push_back(measured.per_second);
        ratios.push_back(measured.per_second / alone.per_second);
        latencies.insert(latencies.end(), measured.latencies.begin(), measured.latencies.end());
        raw_latencies.insert(raw_latencies.end(), alone.latencies.begin(), alone.latencies.end());
    }
    const auto name = fmt::format("events.durable.{}", in_flight);
    report(name + ".raw_sqlite", median(raws), "events/s");
    report(name, median(ours), "events/s", median(ratios), at_least(aim));
    report(name + ".p50", percentile(latencies, 0.5) * 1e6, "us");
    report(name + ".p99", percentile(latencies, 0.99) * 1e6, "us");
    report(name + ".raw_sqlite.p50", percentile(raw_latencies, 0.5) * 1e6, "us");
    report(name + ".raw_sqlite.p99", percentile(raw_latencies, 0.99) * 1e6, "us");
}

// Reading all columns, and decoding the same payloads from memory, one after the other.
double scan_and_decode(const std::string& path) {
    Connection db(path, Connection::Mode::kReadOnly);
    std::vector<std::string> payloads;
    std::vector<std::string> kinds;
    const char* const sql =
        "SELECT position, stream, version, at_ms, item, server, kind, kind_version, id, "
        "correlation, causation, actor_kind, actor_name, payload, hash FROM events ORDER BY "
        "position";
    {
        Statement rows(db, sql);
        while (rows.step()) {
            kinds.emplace_back(rows.text(6));
            payloads.emplace_back(rows.blob(13));
        }
    }
    std::uint64_t sum = 0;
    const auto start = Clock::now();
    Statement rows(db, sql);
    while (rows.step()) {
        for (const int column : {0, 1, 2, 3, 4, 5, 7}) {
            sum += static_cast<std::uint64_t>(rows.integer(column));
        }
        for (const int column : {6, 8, 9, 10, 11, 12, 13, 14}) {
            sum += rows.blob(column).size();
        }
    }
    for (std::size_t i = 0; i < payloads.size(); ++i) {
        const auto event = decode(kinds[i], 1, payloads[i]);
        sum += event ? event->index() : 0;
    }
    const auto took = seconds_since(start);
    if (sum == 0) {
        stop("nothing was read");
    }
    return static_cast<double>(payloads.size()) / took;
}

void replay(const std::string& directory, std::uint32_t count) {
    stored(directory, count, 1000);
    StoreSettings settings;
    settings.path = directory + "/store.db";
    settings.read_only = true;
    auto store = open_store(settings);
    if (!store) {
        stop(store.error().text());
    }
    std::vector<double> ratios;
    std::vector<double> rates;
    for (int round = 0; round < kRounds; ++round) {
        const auto bare = scan_and_decode(settings.path);
        std::uint64_t seen = 0;
        const auto start = Clock::now();
        const auto done = (*store)->read(EventFilter(), [&seen](const Envelope&) {
            ++seen;
            return true;
        });
        const auto rate = static_cast<double>(seen) / seconds_since(start);
        if (!done || seen != count) {
            stop("the replay did not see every event");
        }
        rates.push_back(rate);
        ratios.push_back(rate / bare);
    }
    report("events.replay", median(rates), "events/s", median(ratios), at_least(0.5));
}

}  // namespace

int main(int argc, char** argv) {
    const std::string base = argc > 1 ? argv[1] : std::filesystem::temp_directory_path().string();
    const auto directory = base + "/bn-events-bench-" + std::to_string(::getpid());
    std::filesystem::create_directories(directory);
    durable(directory, 4000, 1, 0.7);
    durable(directory, 100000, 128, 0.7);
    replay(directory, 200000);
    std::filesystem::remove_all(directory);
    return 0;
}
