#include "controller/pass/journal.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/memory_event_store.hpp"

namespace bn::controller::journal_test {
namespace {

class JournalTest : public ::testing::Test {
  protected:
    JournalTest() : journal_(store_, Ledger{}, [] { return Time(std::chrono::hours(1000)); }) {}

    Result<void> record(std::vector<Event> events) {
        return journal_.record_now(std::move(events), RecordContext("here", Actor{}));
    }

    testing::MemoryEventStore store_;
    Journal journal_;
};

TEST_F(JournalTest, WhatIsRecordedIsInTheLedger) {
    ASSERT_TRUE(record({ItemPaused{ItemId(7), "by hand"}, ItemPaused{ItemId(8), "by hand"}}));
    EXPECT_TRUE(journal_.ledger().item(ItemId(7))->paused);
    EXPECT_TRUE(journal_.ledger().item(ItemId(8))->paused);
    EXPECT_EQ(journal_.ledger().last_event(), 2U);
}

TEST_F(JournalTest, SomebodyElsesEventIsAConflictAndNothingIsApplied) {
    AppendRequest foreign;
    foreign.events.emplace_back(ItemPaused{ItemId(7), "another process"});
    ASSERT_TRUE(store_.append_now(std::move(foreign)));
    const Result<void> recorded = record({ItemHeld{ItemId(7), {}}});
    ASSERT_FALSE(recorded);
    EXPECT_EQ(recorded.error().code, "store.conflict");
    EXPECT_EQ(journal_.ledger().item(ItemId(7)), nullptr);
}

TEST_F(JournalTest, TwoPartsMayRecordAboutOneItemOneAfterTheOther) {
    ASSERT_TRUE(record({ItemPaused{ItemId(7), "one"}}));
    ASSERT_TRUE(record({ItemResumed{ItemId(7)}, ItemPaused{ItemId(7), "two"}}));
    EXPECT_TRUE(journal_.ledger().item(ItemId(7))->paused);
    EXPECT_EQ(journal_.ledger().item(ItemId(7))->stream_version, 3U);
}

TEST_F(JournalTest, AFlightEndsWithItsScope) {
    {
        const AtEnd flight = journal_.in_flight_now("a");
        EXPECT_TRUE(journal_.in_flight("a"));
    }
    EXPECT_FALSE(journal_.in_flight("a"));
}

}  // namespace
}  // namespace bn::controller::journal_test
