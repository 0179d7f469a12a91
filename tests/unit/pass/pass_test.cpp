#include "controller/pass/pass.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_event_store.hpp"
#include "tests/support/memory_sides.hpp"

namespace bn::controller::pass_test {
namespace {

const ServerId kServer(1);

class PassTest : public ::testing::Test {
  protected:
    PassTest()
        : executor_(io_.get_executor()),
          clock_(io_),
          memory_([this] { return clock_.now(); }),
          journal_(store_, Ledger{}, [this] { return clock_.now(); }) {
        config_.defaults.policy = Policy::kSync;
        Sides sides = memory_.open();
        WorldOptions options;
        options.read_only = false;
        options.now = [this] { return clock_.now(); };
        world_ = std::make_unique<World>(config_, std::move(sides), std::move(options));
        runner_ = std::make_unique<PassRunner>(executor_, config_, *world_, clock_, Log());
    }

    Result<PassReport> pass(std::vector<ItemId> items = {}, PassHooks hooks = PassHooks()) {
        Result<PassReport> report = tl::unexpected(Error());
        const auto task = [&]() -> Task<void> {
            PassRequest request;
            request.items = items;
            RecordContext context("pass-1", Actor{});
            std::optional<Observation> planned;
            report = co_await runner_->run(
                std::move(request), std::move(planned), std::move(context), journal_, hooks
            );
        };
        boost::asio::co_spawn(io_, task(), [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
        clock_.settle();
        return report;
    }

    template <class E>
    std::size_t count() {
        std::size_t n = 0;
        const Result<void> read = store_.read(EventFilter(), [&](const Envelope& envelope) {
            n += std::holds_alternative<E>(envelope.event) ? 1U : 0U;
            return true;
        });
        EXPECT_TRUE(read);
        return n;
    }

    testing::MemoryCloud& cloud() { return memory_.clouds[kServer]; }

    const LedgerItem& item(std::uint32_t id) { return *journal_.ledger().item(ItemId(id)); }

    boost::asio::io_context io_;
    boost::asio::any_io_executor executor_;
    testing::ManualClock clock_;
    testing::MemorySides memory_;
    testing::MemoryEventStore store_;
    Config config_;
    Journal journal_;
    std::unique_ptr<World> world_;
    std::unique_ptr<PassRunner> runner_;
};

TEST_F(PassTest, ObservesPlansRecordsAppliesAndTells) {
    memory_.panel.sell(7, "anna");
    std::size_t told = 0;
    PassHooks hooks;
    hooks.tell = [&](const PassReport& report) -> Task<void> {
        EXPECT_EQ(report.calls_done.at(ItemId(7)), std::vector{ActionKind::kCreate});
        EXPECT_EQ(count<PassCompleted>(), 1U) << "what is told is on the disk";
        ++told;
        co_return;
    };
    const Result<PassReport> report = pass({}, std::move(hooks));
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_EQ(report->id, "pass-1");
    EXPECT_TRUE(owns(item(7)));
    EXPECT_EQ(told, 1U);
}

TEST_F(PassTest, ASecondPassFindsNothingToDoAndRecordsOnlyItself) {
    memory_.panel.sell(7, "anna");
    ASSERT_TRUE(pass());
    const std::uint64_t before = journal_.ledger().last_event();
    const std::size_t calls = cloud().calls.size();
    // What the first pass changed in what it knows is recorded by the second.
    ASSERT_TRUE(pass());
    const std::uint64_t second = journal_.ledger().last_event();
    ASSERT_TRUE(pass());
    EXPECT_EQ(cloud().calls.size(), calls);
    EXPECT_GE(second, before + 1);
    EXPECT_EQ(journal_.ledger().last_event(), second + 1) << "the one event of a quiet pass";
}

// Between the two a person was asked.
TEST_F(PassTest, WhatWasPlannedIsNotDoneInAnotherCloud) {
    memory_.panel.sell(7, "anna");
    ASSERT_TRUE(pass());
    const std::string ours = cloud().identity;
    memory_.panel.sell(8, "boris");
    memory_.panel.items.at(ItemId(7)).wanted = Wanted::kAbsent;
    for (const bool no_cookies : {true, false}) {
        cloud().no_cookies = no_cookies;
        const std::size_t calls = cloud().calls.size();
        bool run = false;
        const auto task = [&]() -> Task<void> {
            PassRequest request;
            RecordContext context("pass-2", Actor{});
            PassHooks hooks;
            Result<Observation> seen = co_await runner_->observe(request, context, journal_, hooks);
            std::optional<Observation> planned;
            planned.emplace(*std::move(seen));
            EXPECT_FALSE(planned->plan().empty());
            cloud().identity = "ocother00000";
            const Result<PassReport> report =
                co_await runner_->run(request, std::move(planned), context, journal_, hooks);
            run = report.has_value() && report->failed() &&
                  report->executions.at(kServer).server_error->code == "server.identity";
        };
        boost::asio::co_spawn(io_, task(), [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
        clock_.settle();
        EXPECT_TRUE(run) << no_cookies;
        EXPECT_EQ(cloud().calls.size(), calls);
        cloud().identity = ours;
        clock_.advance(std::chrono::hours(1));
    }
    ASSERT_TRUE(pass());
    EXPECT_TRUE(cloud().accounts.contains("boris"));
}

TEST_F(PassTest, ANarrowPassLeavesOthersAlone) {
    memory_.panel.sell(7, "anna");
    memory_.panel.sell(8, "boris");
    ASSERT_TRUE(pass({ItemId(8)}));
    EXPECT_FALSE(cloud().accounts.contains("anna"));
    EXPECT_TRUE(cloud().accounts.contains("boris"));
}

TEST_F(PassTest, AnOlderReadingUndoesNothingThatANarrowPassHasRecorded) {
    memory_.panel.sell(7, "anna");
    memory_.panel.sell(8, "boris");
    PassHooks hooks;
    hooks.skip_item = [](ItemId item) { return item == ItemId(7); };
    ASSERT_TRUE(pass({}, std::move(hooks)));
    EXPECT_EQ(journal_.ledger().item(ItemId(7)), nullptr) << "nothing is said of it";
    EXPECT_TRUE(owns(item(8)));
}

TEST_F(PassTest, APanelThatCannotBeReadIsAnErrorAndNothingIsRecorded) {
    memory_.panel.unreadable = testing::MemoryPanel::away();
    const Result<PassReport> report = pass();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().concern, Concern::kPanel);
    EXPECT_EQ(journal_.ledger().last_event(), 0U);
}

TEST_F(PassTest, AnEmptiedPanelClosesNothing) {
    memory_.panel.sell(7, "anna");
    ASSERT_TRUE(pass());
    memory_.panel.items.clear();
    EXPECT_FALSE(pass());
    EXPECT_TRUE(cloud().accounts["anna"].enabled);
}

TEST_F(PassTest, AServerInQuarantineIsLeftAloneUntilItsTime) {
    memory_.panel.sell(7, "anna");
    journal_.record_now(
        {ServerQuarantined{
            kServer,
            "ocs.connect",
            "no answer",
            NextMove::kRetryCall,
            clock_.now() + std::chrono::minutes(1),
            1}},
        RecordContext()
    );
    ASSERT_TRUE(pass());
    EXPECT_TRUE(cloud().calls.empty());
    clock_.advance(std::chrono::minutes(1));
    ASSERT_TRUE(pass());
    EXPECT_TRUE(cloud().accounts.contains("anna"));
    EXPECT_EQ(count<ServerRecovered>(), 1U);
}

TEST_F(PassTest, WhatIsInDoubtIsSettledBeforeAnythingIsPlanned) {
    memory_.panel.sell(7, "anna");
    const Error lost(NextMove::kRetryCall, "ocs.timeout", "no answer in time");
    cloud().scripts[ActionKind::kCreate].emplace_back(false, Outcome(OutcomeKind::kUnknown, lost));
    ASSERT_TRUE(pass());
    ASSERT_EQ(item(7).in_doubt.size(), 1U);
    ASSERT_TRUE(pass());
    EXPECT_EQ(cloud().count(ActionKind::kCreate), 1U) << "not repeated while it may be on its way";
    clock_.advance(std::chrono::minutes(2));
    ASSERT_TRUE(pass());
    EXPECT_EQ(cloud().count(ActionKind::kCreate), 2U);
    EXPECT_TRUE(owns(item(7)));
}

TEST_F(PassTest, AStopWhileApplyingFinishesTheCallAndBeginsNoOther) {
    config_.defaults.max_parallel = 1;
    memory_.panel.sell(7, "anna");
    memory_.panel.sell(8, "boris");
    bool stop = false;
    PassHooks hooks;
    hooks.stopping = [&] { return stop; };
    cloud().before_call = [&](const Action&) {
        stop = true;
        runner_->stop();
    };
    ASSERT_TRUE(pass({}, std::move(hooks)));
    EXPECT_EQ(cloud().count(ActionKind::kCreate), 1U);
    EXPECT_TRUE(memory_.aborted) << "after the last call";
    EXPECT_EQ(count<PassCompleted>(), 1U);
}

TEST_F(PassTest, APassThatIsStoppedWhileItReadsSaysNothingOfTheServers) {
    memory_.panel.sell(7, "anna");
    runner_->stop();
    const Result<PassReport> report = pass();
    ASSERT_FALSE(report);
    EXPECT_EQ(report.error().code, "pass.stopped");
    EXPECT_EQ(journal_.ledger().last_event(), 0U);
}

TEST_F(PassTest, ADryRunRecordsAndChangesNothing) {
    memory_.panel.sell(7, "anna");
    Result<Observation> seen = tl::unexpected(Error());
    const auto task = [&]() -> Task<void> {
        seen = co_await runner_->dry_run(PassRequest(), journal_.ledger(), PassHooks());
    };
    boost::asio::co_spawn(io_, task(), [](const std::exception_ptr& e) { EXPECT_FALSE(e); });
    clock_.settle();
    ASSERT_TRUE(seen);
    EXPECT_EQ(seen->plan().action_count(), 1U);
    EXPECT_TRUE(cloud().calls.empty());
    EXPECT_EQ(journal_.ledger().last_event(), 0U);
}

}  // namespace
}  // namespace bn::controller::pass_test
