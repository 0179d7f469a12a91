// Many threads append while others read: for ThreadSanitizer, and for the order of what they see.
#include <atomic>
#include <condition_variable>
#include <latch>
#include <mutex>
#include <thread>

#include <gtest/gtest.h>

#include "tests/unit/state/samples.hpp"

namespace bn::state::crowd_test {

namespace {

using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

// Reads what is new, again and again; `looked` is what was seen so far.
void look_on(
    Store& store,
    std::uint64_t max_group,
    const std::atomic<bool>& writing,
    std::atomic<std::uint64_t>& looked
) {
    std::uint64_t seen = 0;
    while (writing) {
        EventFilter filter;
        filter.after = seen;
        const auto done = store.read(filter, [&seen](const Envelope& e) {
            EXPECT_EQ(e.position, seen + 1);
            seen = e.position;
            return true;
        });
        EXPECT_TRUE(done);
        looked = seen;
        looked.notify_all();
        const auto ledger = store.ledger();
        EXPECT_TRUE(ledger && ledger->last_event() >= seen);
        // The head is told just after the commit that readers already see.
        EXPECT_GE(store.head().position + max_group, seen);
        EXPECT_GT(store.size_bytes(), 0U);
    }
}

// How often another item than before was written to.
std::uint32_t turns(Store& store) {
    std::uint32_t turns = 0;
    ItemId last;
    EXPECT_TRUE(store.read(EventFilter(), [&](const Envelope& e) {
        const ItemId item = std::get<ItemPaused>(e.event).item;
        turns += item != last ? 1U : 0U;
        last = item;
        return true;
    }));
    return turns;
}

TEST(Crowd, ThirtyTwoWritersAndAReaderSeeOneOrder) {
    constexpr std::uint32_t kWriters = 32;
    constexpr std::uint64_t kEach = 20;
    const TempDirectory directory;
    auto settings = settings_in(directory);
    settings.idle_after = Duration(1);  // upkeep in between
    settings.max_group = 10;
    auto store = std::move(*open_store(settings));
    std::atomic<bool> writing = true;
    std::atomic<std::uint64_t> looked = 0;  // what the reader has seen so far
    std::thread reader([&] { look_on(*store, settings.max_group, writing, looked); });
    std::vector<std::thread> writers;
    std::latch all_there(kWriters);
    for (std::uint32_t w = 0; w < kWriters; ++w) {
        writers.emplace_back([&, w] {
            all_there.arrive_and_wait();
            for (std::uint64_t n = 0; n < kEach; ++n) {
                if (n == kEach / 2) {
                    looked.wait(0);  // nobody gets further before the reader has seen a part
                }
                AppendRequest request;
                request.events.emplace_back(ItemPaused{ItemId(w + 1), "x"}, n);
                if (n == 0) {
                    request.secrets.emplace_back("s" + std::to_string(w), Secret("pw"));
                }
                const auto result = store->append_now(std::move(request));
                EXPECT_TRUE(result) << result.error().text();
            }
        });
    }
    for (auto& writer : writers) {
        writer.join();
    }
    writing = false;
    reader.join();
    EXPECT_EQ(store->head().position, kWriters * kEach);
    // One after the other they would take turns 31 times.
    EXPECT_GT(turns(*store), 2 * kWriters) << "they did not write together";
    const auto report = store->verify(VerifyOptions());
    ASSERT_TRUE(report);
    EXPECT_TRUE(report->good()) << report->faults.front().what;
    EXPECT_EQ(report->secrets, kWriters);
}

TEST(Crowd, AConflictInAGroupFailsOnlyItself) {
    const TempDirectory directory;
    auto store = std::move(*open_store(settings_in(directory)));
    std::mutex mutex;
    std::condition_variable ready;
    std::uint32_t answers = 0;
    std::uint32_t conflicts = 0;
    for (std::uint32_t n = 0; n < 300; ++n) {
        AppendRequest request;
        request.events.emplace_back(ItemPaused{ItemId(n + 1), "x"}, n % 3 == 0 ? 5 : 0);
        store->append(std::move(request), [&, n](AppendResult result) {
            const std::lock_guard lock(mutex);
            EXPECT_EQ(result.has_value(), n % 3 != 0);
            conflicts += !result && result.error().code == "store.conflict" ? 1U : 0U;
            ++answers;
            ready.notify_one();
        });
    }
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return answers == 300; });
    EXPECT_EQ(conflicts, 100U);
    EXPECT_EQ(store->head().position, 200U);
    EXPECT_TRUE(store->verify(VerifyOptions())->good());
}

// What has queued when the store closes is still written and answered.
TEST(Crowd, ClosingWritesWhatHasQueued) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    std::atomic<int> good = 0;
    {
        auto store = std::move(*open_store(settings));
        for (std::uint32_t n = 0; n < 50; ++n) {
            store->append(request_of({ItemResumed{ItemId(7)}}), [&good](AppendResult result) {
                good += result ? 1 : 0;
            });
        }
    }
    EXPECT_EQ(good, 50);
    EXPECT_EQ((*open_store(settings))->head().position, 50U);
}

}  // namespace

}  // namespace bn::state::crowd_test
