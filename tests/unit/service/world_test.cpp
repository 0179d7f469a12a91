#include "controller/pass/world.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "controller/pass/pass.hpp"
#include "controller/pass/planning.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_event_store.hpp"
#include "tests/support/memory_sides.hpp"

namespace bn::controller::world_test {
namespace {

class WorldTest : public ::testing::Test {
  protected:
    WorldTest()
        : clock_(io_),
          memory_([this] { return clock_.now(); }),
          journal_(store_, Ledger{}, [this] { return clock_.now(); }) {
        config_.defaults.policy = Policy::kSync;
    }

    World& open(bool read_only = false) {
        Sides sides = memory_.open();
        sides.make_cloud = [this, make = sides.make_cloud](const CloudSettings& settings) {
            made_.push_back(settings);
            return make(settings);
        };
        WorldOptions options;
        options.read_only = read_only;
        options.now = [this] { return clock_.now(); };
        world_ = std::make_unique<World>(config_, std::move(sides), std::move(options));
        return *world_;
    }

    // Runs one coroutine to its end; nothing else runs meanwhile.
    void run(Task<void> task) {
        bool ended = false;
        boost::asio::co_spawn(io_, std::move(task), [&](const std::exception_ptr& e) {
            ended = true;
            EXPECT_FALSE(e);
        });
        clock_.settle();
        EXPECT_TRUE(ended);
    }

    void pass(std::vector<ItemId> items) {
        const boost::asio::any_io_executor executor = io_.get_executor();
        PassRunner runner(executor, config_, *world_, clock_, Log());
        const auto task = [&]() -> Task<void> {
            PassRequest request;
            request.items = items;
            request.ignore_quarantine = true;
            PassHooks hooks;
            RecordContext context("pass", Actor{});
            std::optional<Observation> planned;
            const Result<PassReport> report = co_await runner.run(
                std::move(request),
                std::move(planned),
                std::move(context),
                journal_,
                std::move(hooks)
            );
            EXPECT_TRUE(report.has_value());
        };
        run(task());
    }

    boost::asio::io_context io_;
    testing::ManualClock clock_;
    testing::MemorySides memory_;
    testing::MemoryEventStore store_;
    Config config_;
    Journal journal_;
    std::unique_ptr<World> world_;
    std::vector<CloudSettings> made_;
};

TEST_F(WorldTest, TheFormSaysHowItsCloudIsCalledUnlessTheConfigurationDoes) {
    constexpr Duration kSeven = std::chrono::seconds(7);
    DesiredServer server;
    server.id = ServerId(1);
    const auto called = [&](bool verified, Duration timeout) {
        open().cloud(server, journal_.ledger());
        EXPECT_EQ(made_.back().verify_tls, verified);
        EXPECT_EQ(made_.back().timeout, timeout);
        EXPECT_EQ(why_unverified(config_, server).empty(), verified);
    };
    called(true, config_.defaults.timeout);
    server.wishes = {false, kSeven};
    called(false, kSeven);
    EXPECT_NE(why_unverified(config_, server).find("verify_ssl"), std::string::npos);
    EXPECT_FALSE(world_->access_changed(server));
    server.wishes.verify_tls = true;
    EXPECT_TRUE(world_->access_changed(server));
    world_->cloud(server, journal_.ledger());
    EXPECT_TRUE(made_.back().verify_tls) << "another port";

    server.wishes.verify_tls = false;
    config_.defaults.said = {"verify_tls"};
    called(true, kSeven);
    config_.servers[ServerId(1)] = config_.defaults;
    config_.servers[ServerId(1)].said = {"timeout"};
    called(true, config_.defaults.timeout);
    config_.servers[ServerId(1)].verify_tls = false;
    called(false, config_.defaults.timeout);
    EXPECT_EQ(why_unverified(config_, server).find("verify_ssl"), std::string::npos);

    config_.servers.clear();
    const auto port = open().port_to_look(server, "", std::chrono::seconds(3));
    EXPECT_EQ(made_.back().timeout, std::chrono::seconds(3));
    EXPECT_TRUE(made_.back().verify_tls);
}

TEST_F(WorldTest, AWholePassRunsOnPortsInMemory) {
    memory_.panel.sell(7, "anna");
    World& world = open();
    const boost::asio::any_io_executor executor = io_.get_executor();
    PassRunner runner(executor, config_, world, clock_, Log());
    const auto task = [&]() -> Task<void> {
        PassRequest request;
        PassHooks hooks;
        RecordContext context("pass", Actor{});
        std::optional<Observation> planned;
        const Result<PassReport> report = co_await runner.run(
            std::move(request), std::move(planned), std::move(context), journal_, std::move(hooks)
        );
        EXPECT_TRUE(report.has_value());
    };
    run(task());
    const LedgerItem* item = journal_.ledger().item(ItemId(7));
    ASSERT_NE(item, nullptr);
    EXPECT_TRUE(owns(*item))
        << (item->holds.empty()
                ? (item->setbacks.empty() ? std::string() : item->setbacks.front().what)
                : item->holds.front().detail);
    EXPECT_TRUE(memory_.clouds[ServerId(1)].accounts.contains("anna"));
}

TEST_F(WorldTest, ANarrowPassSeesAnotherCloudBeforeItWritesThere) {
    testing::MemoryCloud& cloud = memory_.clouds[ServerId(1)];
    memory_.panel.sell(7, "anna");
    open();
    pass({});
    const testing::MemoryCloud ours = cloud;
    cloud = testing::MemoryCloud();
    cloud.identity = "ocother00000";
    cloud.add("admin").admin = true;
    memory_.panel.sell(8, "berta");
    const LedgerServer& server = *journal_.ledger().server(ServerId(1));
    for (const bool no_cookies : {false, true, false}) {
        cloud.no_cookies = no_cookies;  // what stands in front keeps them back
        pass({ItemId(8)});
        EXPECT_TRUE(cloud.calls.empty());
        EXPECT_NE(server.last_error.find("server.identity"), std::string::npos)
            << server.last_error;
    }
    pass({});
    EXPECT_TRUE(cloud.calls.empty());
    EXPECT_TRUE(server.quarantined_until);
    EXPECT_EQ(server.identity, ours.identity);
    cloud = ours;
    pass({ItemId(8)});
    EXPECT_TRUE(cloud.accounts.contains("berta"));
    EXPECT_FALSE(server.quarantined_until);
    EXPECT_EQ(cloud.count(ActionKind::kCreate), 2U);
}

// No cookie shows it, neither then nor now, and the last probe was right.
TEST_F(WorldTest, ANarrowPassAsksWhoAnswersWhereNoCookieShowsIt) {
    testing::MemoryCloud& cloud = memory_.clouds[ServerId(1)];
    cloud.no_cookies = true;
    memory_.panel.sell(7, "anna");
    open();
    pass({});
    const testing::MemoryCloud ours = cloud;
    cloud.identity = "ocother00000";
    cloud.accounts.erase("anna");
    memory_.panel.sell(8, "berta");
    pass({ItemId(7), ItemId(8)});
    EXPECT_EQ(cloud.calls, ours.calls);
    EXPECT_FALSE(journal_.ledger().item(ItemId(7))->missed) << "what is not there says nothing";
    cloud = ours;
    cloud.data_fingerprint = "2f50b0a6222d";
    pass({ItemId(8)});
    ASSERT_TRUE(cloud.accounts.contains("berta"));
    cloud.data_fingerprint = "3f50b0a6222d";
    memory_.panel.sell(9, "carl");
    pass({ItemId(9)});
    EXPECT_FALSE(cloud.accounts.contains("carl")) << "it was restored";
    cloud.data_fingerprint = cloud.identity = "";
    pass({ItemId(9)});
    EXPECT_TRUE(cloud.accounts.contains("carl")) << "what is not shown proves nothing";
}

TEST_F(WorldTest, WhatWasTriedIsRememberedBeyondItsPort) {
    World& world = open();
    DesiredServer server;
    server.id = ServerId(1);
    server.base_url = "https://cloud.example";
    server.login = "admin";
    server.password = Secret("wrong");
    EXPECT_FALSE(world.access_changed(server)) << "nothing was tried yet";
    world.cloud(server, Ledger());
    world.forget(server.id);  // it was refused
    EXPECT_FALSE(world.access_changed(server));
    server.password = Secret("right");
    EXPECT_TRUE(world.access_changed(server));
    const std::unique_ptr<World> former = std::move(world_);
    World& next = open();
    next.take_tried(*former);
    EXPECT_TRUE(next.access_changed(server));
    next.cloud(server, Ledger());
    EXPECT_FALSE(next.access_changed(server));
    config_.defaults.policy = Policy::kObserve;
    EXPECT_TRUE(next.access_changed(server)) << "its settings are others";
}

TEST_F(WorldTest, APortOfAReadOnlyWorldRefusesToWrite) {
    memory_.panel.sell(7, "anna");
    World& world = open(true);
    const auto task = [&]() -> Task<void> {
        const auto desired = co_await world.read_desired();
        const std::shared_ptr<Cloud> cloud =
            world.cloud(*(*desired)->server(ServerId(1)), journal_.ledger());
        Action action(ActionKind::kDelete, ServerId(1), ItemId(7), "anna");
        Secret none;
        const Outcome outcome = co_await cloud->apply(std::move(action), std::move(none));
        EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    };
    run(task());
    EXPECT_TRUE(memory_.clouds[ServerId(1)].calls.empty());
}

TEST_F(WorldTest, TheWayBackGoesThroughTheSamePanel) {
    World& world = open();
    ASSERT_TRUE(world.has_way_back());
    world.believe_panel();
    const auto task = [&]() -> Task<void> {
        PanelCall call("service.postopen", {{"elid", "7"}});
        PanelCallMade made;
        const std::vector<ItemUsageRow> no_rows;
        const Result<PanelAnswer> answer = co_await world.call(std::move(call), made);
        EXPECT_TRUE(answer && answer->ok);
        EXPECT_EQ(made.function, "service.postopen");
        const Result<void> written = co_await world.replace_usage("2026-11-22", no_rows);
        EXPECT_TRUE(written.has_value());
    };
    run(task());
    EXPECT_EQ(memory_.panel.count("service.postopen"), 1U);
}

TEST_F(WorldTest, NothingIsWrittenToAPanelThatMayBeAnothers) {
    World& world = open();
    EXPECT_FALSE(world.may_tell());
    const auto task = [&]() -> Task<void> {
        PanelCall call("service.postopen", {{"elid", "7"}});
        PanelCallMade made;
        const std::vector<ItemUsageRow> no_rows;
        const Result<PanelAnswer> answer = co_await world.call(std::move(call), made);
        EXPECT_EQ(answer.error().code, "panel.unproved");
        const Result<void> written = co_await world.replace_usage("2026-11-22", no_rows);
        EXPECT_EQ(written.error().code, "panel.unproved");
    };
    run(task());
    EXPECT_TRUE(memory_.panel.calls.empty());
}

TEST_F(WorldTest, TheEndAbortsWhatTheCloudsDo) {
    open();
    world_.reset();
    EXPECT_TRUE(memory_.aborted);
}

}  // namespace
}  // namespace bn::controller::world_test
