// kill -9 around every commit, and a disk that is full: what was acknowledged is there, and nothing
// is there by half.
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstring>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/unit/state/samples.hpp"

namespace bn::state::crash_test {

namespace {

using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

constexpr std::uint32_t kRequests = 12;

// Each request has two events on two streams and a secret.
AppendRequest request(std::uint32_t n) {
    auto out = request_of({ItemPaused{ItemId(n + 1), "why"}, ItemResumed{ItemId(1000)}});
    out.secrets.emplace_back(fmt::format("secret-{}", n), Secret(fmt::format("password {}", n)));
    return out;
}

// The child: appends, and tells each acknowledgement through the pipe before the next append.
[[noreturn]] void append_all(StoreSettings settings, int acks) {
    auto store = open_store(std::move(settings));
    if (!store) {
        ::_exit(3);
    }
    for (std::uint32_t n = 0; n < kRequests; ++n) {
        if (!(*store)->append_now(request(n))) {
            ::_exit(4);
        }
        if (::write(acks, &n, sizeof n) != sizeof n) {
            ::_exit(5);
        }
    }
    store->reset();
    ::_exit(0);
}

struct Ended {
    int status = 0;
    std::uint32_t acked = 0;  // requests
};

template <class Prepare>
Ended run_child(const StoreSettings& settings, Prepare prepare) {
    std::array<int, 2> ends{};
    EXPECT_EQ(::pipe(ends.data()), 0);
    const auto child = ::fork();
    if (child == 0) {
        ::close(ends[0]);
        prepare();
        append_all(settings, ends[1]);
    }
    ::close(ends[1]);
    Ended out;
    std::uint32_t n = 0;
    while (::read(ends[0], &n, sizeof n) == sizeof n) {
        out.acked = n + 1;
    }
    ::close(ends[0]);
    ::waitpid(child, &out.status, 0);
    return out;
}

void check_after(StoreSettings settings, std::uint32_t acked, const std::string& when) {
    settings.on_commit = {};
    auto store = open_store(settings);
    ASSERT_TRUE(store) << when << ": " << store.error().text();
    std::uint64_t events = 0;
    std::uint64_t shared = 0;
    ASSERT_TRUE((*store)->read(EventFilter(), [&](const Envelope& e) {
        ++events;
        shared += e.stream == "item-1000" ? 1U : 0U;
        return true;
    })) << when;
    EXPECT_EQ(events, 2 * shared) << when << ": half of a request";
    EXPECT_GE(shared, acked) << when << ": an acknowledged request is gone";
    EXPECT_LE(shared, acked + 1) << when;
    for (std::uint32_t n = 0; n < shared; ++n) {
        const auto secret = (*store)->secret(fmt::format("secret-{}", n));
        ASSERT_TRUE(secret) << when << ": " << secret.error().text();
        EXPECT_EQ(secret->reveal(), fmt::format("password {}", n));
    }
    EXPECT_FALSE((*store)->secret(fmt::format("secret-{}", shared))) << when;
    const auto next = (*store)->append_now(request(static_cast<std::uint32_t>(shared)));
    ASSERT_TRUE(next) << when << ": " << next.error().text();
    EXPECT_EQ(next->back().version, shared + 1) << when;
    const auto report = (*store)->verify(VerifyOptions());
    ASSERT_TRUE(report) << when;
    EXPECT_TRUE(report->good()) << when << ": "
                                << (report->faults.empty() ? "" : report->faults.front().what);
}

class CrashSweep : public ::testing::TestWithParam<CommitPoint> {};

TEST_P(CrashSweep, KillAtTheNthCommit) {
    bool survived = false;
    for (std::uint64_t n = 1; !survived; ++n) {
        ASSERT_LE(n, kRequests + 1U);
        const TempDirectory directory;
        auto settings = settings_in(directory);
        settings.on_commit = [n](CommitPoint point, std::uint64_t commit) {
            if (point == GetParam() && commit == n) {
                ::kill(::getpid(), SIGKILL);
            }
        };
        const auto ended = run_child(settings, [] {});
        survived = WIFEXITED(ended.status) && WEXITSTATUS(ended.status) == 0;
        if (!survived) {
            ASSERT_TRUE(WIFSIGNALED(ended.status) && WTERMSIG(ended.status) == SIGKILL) << n;
            EXPECT_EQ(ended.acked, n - 1);
        }
        check_after(settings, ended.acked, fmt::format("killed at commit {}", n));
    }
}

INSTANTIATE_TEST_SUITE_P(
    Points, CrashSweep, ::testing::Values(CommitPoint::kBefore, CommitPoint::kAfter)
);

TEST(FullDisk, OfAnySizeLosesNothingAcknowledged) {
    bool enough = false;
    for (rlim_t kilobytes = 24; !enough; kilobytes += 28) {
        ASSERT_LE(kilobytes, 2000U);
        const TempDirectory directory;
        const auto settings = settings_in(directory);
        { ASSERT_TRUE(open_store(settings)); }  // the empty store fits
        const auto ended = run_child(settings, [kilobytes] {
            std::signal(SIGXFSZ, SIG_IGN);  // so that writes fail instead
            const rlimit limit{kilobytes * 1024, kilobytes * 1024};
            ::setrlimit(RLIMIT_FSIZE, &limit);
        });
        ASSERT_TRUE(WIFEXITED(ended.status)) << kilobytes;
        enough = WEXITSTATUS(ended.status) == 0;
        check_after(settings, ended.acked, fmt::format("{} KiB", kilobytes));
    }
}

}  // namespace

}  // namespace bn::state::crash_test
