#include <cstring>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/unit/service/service_stage.hpp"

namespace bn::controller::service_parts_test {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

class ServicePartsTest : public ServiceStage {
  protected:
    // The panel has none of these functions.
    void refuse(std::set<std::string> functions) {
        sides.panel.answer = [none = std::move(functions)](const PanelCall& call
                             ) -> std::optional<Result<PanelAnswer>> {
            return none.contains(call.function)
                       ? std::optional<Result<PanelAnswer>>(testing::MemoryPanel::refusal("none"))
                       : std::nullopt;
        };
    }

    // The panel takes the day when `sides.panel.answer` is taken back.
    void bill_daily_and_refuse() {
        config.statistics.daily = true;
        config.statistics.at = "00:00";
        sides.panel.answer = [](const PanelCall& call) -> std::optional<Result<PanelAnswer>> {
            if (call.function == "service.poststat") {
                return testing::MemoryPanel::refusal("the day is locked");
            }
            return std::nullopt;
        };
    }

    void sell_and_measure(std::uint32_t params_per_minute) {
        sides.panel.sell(7, "anna");
        UsageMeasure measure;
        measure.item = ItemId(7);
        measure.server = kServer;
        sides.panel.measures.push_back(measure);
        start();
        sides.clouds[kServer].accounts["anna"].used = kUsed;
        stop();
        config.statistics.daily = true;
        config.statistics.at = "00:00";
        config.statistics.params_per_minute = params_per_minute;
    }

    static constexpr std::uint64_t kUsed = 1ULL << 29;
};

TEST_F(ServicePartsTest, APaidItemIsMadeAndThePanelToldWithinSeconds) {
    start();
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    clock.advance(seconds(10));
    EXPECT_TRUE(sides.clouds[kServer].accounts.contains("anna"));
    EXPECT_TRUE(sides.panel.operations.empty());
    EXPECT_EQ(events<PanelResultDelivered>().size(), 1U);
    EXPECT_TRUE(ledger().owing().empty());
}

TEST_F(ServicePartsTest, InMaintenanceNothingIsDoneToldOrBilledUntilItEnds) {
    bool on = true;
    sides.maintenance = [&] { return on; };
    config.statistics.daily = true;
    config.statistics.at = "00:00";
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    start();
    clock.advance(minutes(11));
    EXPECT_FALSE(sides.clouds[kServer].accounts.contains("anna"));
    EXPECT_TRUE(sides.panel.calls.empty());
    EXPECT_TRUE(sides.panel.usage.empty());
    EXPECT_EQ(events<PanelMaintenanceBegan>().size(), 1U);
    EXPECT_GE(events<PassCompleted>().size(), 3U) << "reads go on";
    EXPECT_NE(
        ask(R"({"v":1,"verb":"import","module":1,"itemtype":"backupservice","search":"bob"})")
            .find("panel_maintenance"),
        std::string::npos
    );
    restart();
    clock.advance(minutes(1));
    EXPECT_FALSE(sides.clouds[kServer].accounts.contains("anna"));
    EXPECT_EQ(events<PanelMaintenanceBegan>().size(), 1U);
    on = false;
    clock.advance(seconds(10));
    EXPECT_TRUE(sides.clouds[kServer].accounts.contains("anna"))
        << "at once, not with the next pass";
    EXPECT_TRUE(sides.panel.operations.empty());
    EXPECT_EQ(events<PanelMaintenanceEnded>().size(), 1U);
    clock.advance(minutes(2));
    EXPECT_FALSE(sides.panel.usage.empty());
}

TEST_F(ServicePartsTest, NotKnownForTooLongCountsAsMaintenance) {
    Result<bool> answer = false;
    sides.maintenance = [&] { return answer; };
    sides.panel_is_here = false;
    start();
    answer = tl::unexpected(testing::MemoryPanel::away());
    clock.advance(minutes(9));
    EXPECT_FALSE(ledger().panel().maintenance);
    sides.panel.sell(7, "anna");
    clock.advance(minutes(2));
    EXPECT_TRUE(ledger().panel().maintenance);
    const bool made = sides.clouds[kServer].accounts.contains("anna");
    sides.panel.sell(8, "bob");
    clock.advance(minutes(30));
    EXPECT_EQ(sides.clouds[kServer].accounts.contains("anna"), made);
    EXPECT_FALSE(sides.clouds[kServer].accounts.contains("bob"));
    answer = false;
    clock.advance(minutes(1));
    EXPECT_TRUE(sides.clouds[kServer].accounts.contains("bob"));
}

TEST_F(ServicePartsTest, TheModuleTellsAControllerThatCannotLook) {
    start();
    ask(R"({"v":1,"verb":"maintenance","maintenance":true})");
    EXPECT_TRUE(ledger().panel().maintenance);
    sides.panel.sell(7, "anna");
    clock.advance(minutes(11));
    EXPECT_FALSE(sides.clouds[kServer].accounts.contains("anna"));
    ask(R"({"v":1,"verb":"ping","maintenance":false})");
    clock.advance(seconds(5));
    EXPECT_FALSE(ledger().panel().maintenance);
    EXPECT_TRUE(sides.clouds[kServer].accounts.contains("anna"));
    stop();
    sides.maintenance = [] { return false; };
    start();
    ask(R"({"v":1,"verb":"maintenance","maintenance":true})");
    EXPECT_FALSE(ledger().panel().maintenance) << "its own eyes go before what it is told";
}

TEST_F(ServicePartsTest, TheFunctionThatCompletesAnOpenIsFoundOnceAndRemembered) {
    refuse({"backupservice.open", "vds.open"});
    start();
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    clock.advance(seconds(10));
    EXPECT_TRUE(sides.panel.operations.empty());
    ASSERT_EQ(events<PanelCompletionFound>().size(), 1U);
    EXPECT_EQ(events<PanelCompletionFound>().front().function, "service.postopen");
    restart();
    sides.panel.calls.clear();
    sides.panel.sell(8, "bob");
    sides.panel.wait_for(32, 8, "open");
    clock.advance(seconds(10));
    EXPECT_TRUE(sides.panel.operations.empty());
    EXPECT_EQ(sides.panel.count("service.postopen"), 1U);
    EXPECT_EQ(sides.panel.count("vds.open") + sides.panel.count("backupservice.open"), 0U);
    EXPECT_EQ(events<PanelCompletionFound>().size(), 1U);
}

TEST_F(ServicePartsTest, APanelWithoutAnyCompletionIsToldAtTheOperationOnce) {
    refuse({"backupservice.open", "vds.open", "service.postopen"});
    start();
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    clock.advance(minutes(30));
    EXPECT_EQ(sides.panel.count("vds.open"), 1U);
    EXPECT_EQ(sides.panel.count("service.postopen"), 1U);
    EXPECT_EQ(sides.panel.count("runningoperation.edit"), 1U);
    EXPECT_GE(sides.panel.count("backupservice.open"), 5U);
    EXPECT_NE(ledger().item(ItemId(7))->owed.front().refusal.find("vds.open"), std::string::npos);
    sides.panel.answer = nullptr;  // the panel was mended
    clock.advance(minutes(11));
    EXPECT_TRUE(sides.panel.operations.empty());
}

TEST_F(ServicePartsTest, EachStatOfThePanelIsPosted) {
    sides.panel.sell(7, "anna");
    start();
    const std::string stat = R"({"v":1,"verb":"statistics","module":1})";
    EXPECT_NE(ask(stat).find("done"), std::string::npos);
    EXPECT_EQ(sides.panel.count("service.poststat"), 1U);
    EXPECT_NE(ask(stat).find("done"), std::string::npos);
    EXPECT_EQ(sides.panel.count("service.poststat"), 2U);
    restart();
    clock.advance(minutes(10));
    EXPECT_EQ(sides.panel.count("service.poststat"), 2U) << "nobody asked";
}

TEST_F(ServicePartsTest, ObserveMakesNoWorkInThePanel) {
    config.defaults.policy = Policy::kObserve;
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    sides.panel.operations.front().trycount = 10;
    start();
    clock.advance(minutes(20));
    EXPECT_TRUE(sides.panel.calls.empty());
    EXPECT_FALSE(sides.clouds[kServer].accounts.contains("anna"));
}

TEST_F(ServicePartsTest, FullPassesComeAtTheInterval) {
    start();
    const std::size_t before = events<PassCompleted>().size();
    EXPECT_EQ(before, 1U);
    clock.advance(minutes(15) + seconds(1));
    EXPECT_EQ(events<PassCompleted>().size(), before + 3);
}

TEST_F(ServicePartsTest, AClockThatIsSetForthAndBackStopsNoPass) {
    start();
    clock.set(hours(2));
    clock.advance(minutes(6));
    clock.set(-hours(2));
    const std::size_t before = events<PassCompleted>().size();
    EXPECT_EQ(before, 2U);
    clock.advance(minutes(15));
    EXPECT_EQ(events<PassCompleted>().size(), before + 3);
    EXPECT_FALSE(process->parts.loop().overdue());
}

TEST_F(ServicePartsTest, AClockThatGoesBackIsNoticedAndTrustedAgainByAPersonsWord) {
    sides.panel.sell(7, "anna");
    start();
    clock.advance(minutes(6));
    clock.set(-hours(2));
    clock.advance(minutes(6));
    ASSERT_EQ(events<ClockWentBack>().size(), 1U);
    EXPECT_TRUE(ledger().server(kServer)->clock_doubted);
    ask(R"({"v":1,"verb":"accept_readings","module":1,"actor":"root"})");
    EXPECT_FALSE(ledger().server(kServer)->clock_doubted);
    EXPECT_EQ(events<ServerResumed>().size(), 1U);
}

TEST_F(ServicePartsTest, AClockThatIsBehindAtTheStartIsNoticed) {
    sides.panel.sell(7, "anna");
    start();
    stop();
    clock.set(-hours(24 * 30));
    start();
    ASSERT_EQ(events<ClockWentBack>().size(), 1U);
    EXPECT_TRUE(ledger().server(kServer)->clock_doubted);
    clock.advance(hours(25));
    EXPECT_FALSE(ledger().server(kServer)->clock_doubted) << "it went on for a day";
    EXPECT_EQ(events<ClockTrusted>().size(), 1U);
}

TEST_F(ServicePartsTest, APanelThatWentBackIsGoneOnWithByAPersonsWordWhileTheServiceRuns) {
    sides.panel.mark = {100, 50};
    start();
    sides.panel.mark = {90, 40};
    clock.advance(minutes(6));
    ASSERT_TRUE(ledger().panel().behind_since);
    const std::size_t passes = events<PassCompleted>().size();
    const std::string word = R"({"v":1,"verb":"accept_panel","actor":"root"})";
    EXPECT_NE(ask(word).find("\"changed\":1"), std::string::npos);
    EXPECT_FALSE(ledger().panel().behind_since);
    EXPECT_EQ(events<PanelDataAccepted>().size(), 1U);
    EXPECT_EQ(events<PassCompleted>().size(), passes + 1) << "a full pass follows at once";
    EXPECT_NE(ask(word).find("\"changed\":0"), std::string::npos);
    sides.panel.unreadable = testing::MemoryPanel::away();
    EXPECT_NE(ask(word).find("panel_error"), std::string::npos);
}

TEST_F(ServicePartsTest, PassesThatHaveStoppedAreSeen) {
    start();
    EXPECT_FALSE(process->parts.loop().overdue());
    process->parts.loop().when_quiet([this]() -> Task<void> {
        return clock.sleep_until(clock.steady() + minutes(30), nullptr);
    });
    clock.advance(minutes(29));
    EXPECT_TRUE(process->parts.loop().overdue());
    clock.advance(minutes(2));
    EXPECT_FALSE(process->parts.loop().overdue());
}

TEST_F(ServicePartsTest, ARefusalIsToldOnceAlsoOverRestarts) {
    Hold hold;
    hold.item = ItemId(7);
    hold.server = kServer;
    hold.code = HoldCode::kMissingGroup;
    hold.detail = "the group is not there";
    sides.panel.sell(7, "anna");
    sides.panel.holds.push_back(hold);
    sides.panel.wait_for(31, 7, "setparam");
    start();
    clock.advance(minutes(20));
    restart();
    clock.advance(minutes(20));
    restart();
    clock.advance(minutes(20));
    EXPECT_EQ(events<PanelResultOwed>().size(), 1U);
    EXPECT_EQ(sides.panel.count("runningoperation.edit"), 1U);
    sides.panel.holds.front().detail = "another reason";
    clock.advance(minutes(6));
    EXPECT_EQ(sides.panel.count("runningoperation.edit"), 2U);
}

TEST_F(ServicePartsTest, APanelThatIsAwayIsToldOnceAndLookedAtByTheGrid) {
    bool away = true;
    sides.panel.answer = [&](const PanelCall&) -> std::optional<Result<PanelAnswer>> {
        if (away) {
            return tl::unexpected(testing::MemoryPanel::away());
        }
        return std::nullopt;
    };
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    start();
    clock.advance(minutes(10));
    EXPECT_EQ(events<PanelWentAway>().size(), 1U);
    EXPECT_TRUE(events<PanelCameBack>().empty());
    const std::size_t calls = sides.panel.calls.size();
    EXPECT_GE(calls, 10U);  // 1, 3, 7, 15, 31, 63 s, then each minute
    EXPECT_LE(calls, 17U);
    away = false;
    clock.advance(seconds(61));
    EXPECT_EQ(events<PanelCameBack>().size(), 1U);
    EXPECT_TRUE(sides.panel.operations.empty());
    EXPECT_FALSE(ledger().panel().away_since);
}

TEST_F(ServicePartsTest, ADeliveryThatIsRefusedIsTriedLaterEachTimeAlsoAfterARestart) {
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    refuse({"backupservice.open", "vds.open", "service.postopen"});
    start();
    clock.advance(seconds(70));  // at 0, 1, 3, 7, 15, 31, 63 s
    const std::size_t tries = sides.panel.count("backupservice.open");
    EXPECT_GE(tries, 6U);
    EXPECT_LE(tries, 8U);
    restart();
    clock.advance(seconds(30));
    EXPECT_EQ(sides.panel.count("backupservice.open"), tries);
    EXPECT_EQ(events<PanelResultDeferred>().size(), tries);
}

TEST_F(ServicePartsTest, ADayIsMeasuredOnceAndOfferedUntilThePanelTakesIt) {
    sides.panel.sell(7, "anna");
    UsageMeasure measure;
    measure.item = ItemId(7);
    measure.server = kServer;
    sides.panel.measures.push_back(measure);
    bill_daily_and_refuse();
    start();
    clock.advance(minutes(3));
    EXPECT_EQ(events<UsageMeasured>().size(), 1U);
    EXPECT_FALSE(events<UsagePostRefused>().empty());
    restart();
    sides.panel.answer = {};
    clock.advance(hours(1));
    EXPECT_EQ(events<UsageMeasured>().size(), 1U);
    EXPECT_EQ(events<UsagePosted>().size(), 1U);
}

// An account that fills up: the panel's staff gets a task, once, also over a restart and an outage.
TEST_F(ServicePartsTest, WhoIsNearlyFullIsATaskForTheStaffOnce) {
    sides.panel.sell(7, "anna");
    UsageMeasure measure;
    measure.item = ItemId(7);
    measure.server = kServer;
    sides.panel.measures.push_back(measure);
    config.statistics.daily = true;
    config.statistics.at = "00:00";
    config.service.operations_poll = Duration(0);
    bool away = true;
    sides.panel.answer = [&](const PanelCall& call) -> std::optional<Result<PanelAnswer>> {
        if (away && call.function.starts_with("task.")) {
            return tl::unexpected(testing::MemoryPanel::away());
        }
        if (call.function == "task.gettype") {
            PanelAnswer kind;
            kind.ok = true;
            kind.fields["task_type"] = "changetariff";
            return kind;
        }
        return std::nullopt;
    };
    start();
    clock.advance(minutes(5));
    sides.clouds[kServer].accounts.at("anna").used = 990'000'000;
    clock.advance(hours(25));
    ASSERT_EQ(events<UsageThresholdReached>().size(), 1U);
    EXPECT_TRUE(events<UsageThresholdReached>().front().owed);
    EXPECT_EQ(sides.panel.count("task.edit"), 0U);
    restart();
    clock.advance(minutes(5));
    EXPECT_TRUE(ledger().item(ItemId(7))->notice);
    away = false;
    clock.advance(minutes(5));
    EXPECT_EQ(sides.panel.count("task.edit"), 1U);
    EXPECT_EQ(events<UsageThresholdTold>().size(), 1U);
    const auto told = std::ranges::find(sides.panel.calls, "task.edit", &PanelCall::function);
    ASSERT_NE(told, sides.panel.calls.end());
    const std::string said = told->masked_arguments();
    EXPECT_NE(said.find("item=7 type=changetariff"), std::string::npos) << said;
    EXPECT_NE(said.find("anna"), std::string::npos) << said;
    EXPECT_EQ(said.find("runningoperation"), std::string::npos) << said;
    restart();
    clock.advance(hours(50));
    EXPECT_EQ(events<UsageThresholdReached>().size(), 1U);
    EXPECT_EQ(sides.panel.count("task.edit"), 1U);
    sides.clouds[kServer].accounts.at("anna").used = 100;
    clock.advance(hours(25));
    EXPECT_EQ(events<UsageThresholdLeft>().size(), 1U);
    sides.clouds[kServer].accounts.at("anna").used = 990'000'000;
    config.statistics.threshold_notice = "off";
    restart();
    clock.advance(hours(25));
    EXPECT_EQ(events<UsageThresholdReached>().size(), 2U) << "the event is there anyway";
    EXPECT_EQ(sides.panel.count("task.edit"), 1U);
}

// Many at once, as after the first measurement: an hour bounds the calls.
TEST_F(ServicePartsTest, NoticesHaveABudget) {
    config.statistics.daily = true;
    config.statistics.at = "00:00";
    config.statistics.threshold_calls = 3;
    config.service.operations_poll = Duration(0);
    sides.panel.answer = [&](const PanelCall& call) -> std::optional<Result<PanelAnswer>> {
        if (call.function == "task.gettype") {
            PanelAnswer kind;
            kind.ok = true;
            kind.fields["task_type"] = "changetariff";
            return kind;
        }
        return std::nullopt;
    };
    for (std::uint32_t item = 7; item < 17; ++item) {
        const std::string login = fmt::format("user{}", item);
        sides.panel.sell(item, login);
        UsageMeasure measure;
        measure.item = ItemId(item);
        measure.server = kServer;
        sides.panel.measures.push_back(measure);
    }
    start();
    clock.advance(hours(2));
    for (auto& [login, account] : sides.clouds[kServer].accounts) {
        account.used = 990'000'000;
    }
    for (int step = 0; step < 150 && events<UsageThresholdReached>().empty(); ++step) {
        clock.advance(minutes(10));
    }
    clock.advance(minutes(30));
    EXPECT_EQ(events<UsageThresholdReached>().size(), 10U);
    EXPECT_EQ(sides.panel.count("task.edit"), 3U);
    clock.advance(hours(5));
    EXPECT_EQ(sides.panel.count("task.edit"), 10U);
    EXPECT_EQ(events<UsageThresholdTold>().size(), 10U);
}

TEST_F(ServicePartsTest, TheClientReadsHowFullHisServiceIs) {
    sell_and_measure(4);
    start();
    clock.advance(minutes(2));
    ASSERT_EQ(events<UsageTold>().size(), 1U);
    const auto& shown = sides.panel.params[ItemId(7)].plain;
    EXPECT_EQ(shown.at("used_bytes").reveal(), std::to_string(kUsed));
    EXPECT_EQ(shown.at("quota_bytes").reveal(), std::to_string(1 << 30));
    EXPECT_EQ(shown.at("used_percent").reveal(), "50");
    EXPECT_EQ(shown.count("measured_at"), 1U);
    EXPECT_EQ(ledger().item(ItemId(7))->usage_told->used_bytes, kUsed);
    restart();
    clock.advance(minutes(10));
    EXPECT_EQ(events<UsageTold>().size(), 1U) << "told once";
}

TEST_F(ServicePartsTest, WithoutABudgetNoParamOfUsedSpaceIsSaved) {
    sell_and_measure(0);
    start();
    clock.advance(minutes(10));
    EXPECT_FALSE(events<UsageMeasured>().empty());
    EXPECT_TRUE(events<UsageTold>().empty());
    EXPECT_EQ(sides.panel.params[ItemId(7)].plain.count("used_bytes"), 0U);
}

TEST_F(ServicePartsTest, WhatThePanelDoesNotSaveWasNotTold) {
    sell_and_measure(60);
    sides.panel.answer = [](const PanelCall& call) -> std::optional<Result<PanelAnswer>> {
        const bool used = std::ranges::any_of(call.arguments, [](const auto& argument) {
            return argument.first == "used_percent" || argument.second == "used_percent";
        });
        return used ? std::optional(testing::MemoryPanel::refusal("no")) : std::nullopt;
    };
    start();
    clock.advance(minutes(10));
    EXPECT_TRUE(events<UsageTold>().empty());
    EXPECT_FALSE(ledger().item(ItemId(7))->usage_told);
    EXPECT_GT(sides.panel.count("service.saveparam"), 3U);
    EXPECT_LT(sides.panel.count("service.saveparam"), 12U) << "not at each look";
}

TEST_F(ServicePartsTest, WithoutAWayBackADayCountsAsMeasuredAllTheSame) {
    way_back = false;
    config.statistics.daily = true;
    config.statistics.at = "00:00";
    start();
    clock.advance(minutes(2));
    restart();
    clock.advance(minutes(5));
    ASSERT_EQ(events<UsageMeasured>().size(), 1U);
    EXPECT_FALSE(events<UsageMeasured>().front().owed);
    EXPECT_TRUE(ledger().server(kServer)->stat_owed.empty());
}

TEST_F(ServicePartsTest, AnAccountIsImportedOnceAlsoWhenTheAnswerWasLost) {
    start();
    sides.clouds[kServer].add("berta");
    sides.panel.answer = [](const PanelCall& call) -> std::optional<Result<PanelAnswer>> {
        if (call.function != "processing.import.service") {
            return std::nullopt;
        }
        Error lost = testing::MemoryPanel::away();
        lost.effect_unknown = true;
        return tl::unexpected(std::move(lost));
    };
    const char* line =
        R"({"v":1,"verb":"import","module":1,"itemtype":"backupservice","search":"berta"})";
    EXPECT_NE(ask(line).find("did not answer"), std::string::npos);
    restart();
    EXPECT_NE(ask(line).find("a moment ago"), std::string::npos);
    EXPECT_EQ(sides.panel.count("processing.import.service"), 1U);
}

TEST_F(ServicePartsTest, AnItemIsPausedAndResumedByAPersonsWord) {
    sides.panel.sell(7, "anna");
    start();
    EXPECT_THAT(
        ask(R"({"v":1,"verb":"pause","items":[7,8],"actor":"olga"})"),
        ::testing::HasSubstr("item 8 is not known")
    );
    EXPECT_FALSE(ledger().item(ItemId(7))->paused);
    ask(R"({"v":1,"verb":"pause","items":[7],"actor":"olga"})");
    EXPECT_TRUE(ledger().item(ItemId(7))->paused);
    EXPECT_NE(
        ask(R"({"v":1,"verb":"pause","items":[7]})").find("\"changed\":0"), std::string::npos
    );
    ask(R"({"v":1,"verb":"resume","items":[7]})");
    EXPECT_FALSE(ledger().item(ItemId(7))->paused);
}

TEST_F(ServicePartsTest, ConvergeAnswersWhenThePanelHasTheResult) {
    start();
    sides.panel.sell(7, "anna");
    sides.panel.wait_for(31, 7, "open");
    const std::string answer =
        ask(R"({"v":1,"verb":"converge","item":7,"command":"open"})", seconds(5));
    EXPECT_NE(answer.find("\"done\""), std::string::npos) << answer;
    EXPECT_TRUE(sides.panel.operations.empty());
}

TEST_F(ServicePartsTest, AChangedWayInIsTriedAtOnceAndOnce) {
    Error refused(NextMove::kHuman, "ocs.login", "the login is refused", "mend the password");
    refused.concern = Concern::kServer;
    sides.clouds[kServer].read_error = refused;
    start();
    ASSERT_TRUE(ledger().server(kServer)->quarantined_until);
    const auto passes = [this] { return events<PassCompleted>().size(); };
    const std::size_t before = passes();
    sides.panel.password = "mended";
    clock.advance(seconds(30));
    EXPECT_EQ(passes(), before + 1) << "refused again: it waits";
    // An address that nobody has accepted is not tried: it stays another than the one that was.
    sides.panel.servers[kServer] = "https://elsewhere.example";
    clock.advance(seconds(120));
    EXPECT_EQ(passes(), before + 2);
    sides.panel.servers[kServer] = "https://cloud.example";
    sides.panel.password = "mended well";
    sides.clouds[kServer].read_error.reset();
    clock.advance(seconds(30));
    EXPECT_EQ(passes(), before + 3);
    EXPECT_FALSE(ledger().server(kServer)->quarantined_until);
}

TEST_F(ServicePartsTest, AWayInThatIsMendedASecondTimeTheSameIsNewsAgain) {
    Error refused(NextMove::kHuman, "ocs.login", "the login is refused", "mend the password");
    refused.concern = Concern::kServer;
    sides.clouds[kServer].read_error = refused;
    start();
    for (int time = 1; time <= 2; ++time) {
        ASSERT_TRUE(ledger().server(kServer)->quarantined_until);
        sides.panel.password = "right";
        sides.clouds[kServer].read_error.reset();
        clock.advance(seconds(30));
        EXPECT_FALSE(ledger().server(kServer)->quarantined_until) << time;
        sides.panel.password = "wrong";
        sides.clouds[kServer].read_error = refused;
        clock.advance(minutes(6));  // a full pass finds that
    }
}

TEST_F(ServicePartsTest, ADryRunForThePageChangesNothing) {
    start();
    sides.panel.sell(7, "anna");
    const std::string answer = ask(R"({"v":1,"verb":"drift.plan","items":[7]})");
    EXPECT_NE(answer.find("create"), std::string::npos) << answer;
    EXPECT_FALSE(sides.clouds[kServer].accounts.contains("anna"));
    EXPECT_NE(ask(R"({"v":1,"verb":"drift.list"})").find("\"rows\""), std::string::npos);
}

TEST_F(ServicePartsTest, WhatIsHeldIsNamedOnceToThePageAndHasNotFailed) {
    sides.panel.sell(8, "berta");
    sides.panel.holds.emplace_back(
        ItemId(7), kServer, HoldCode::kNoDisk, "pricelist 5", "it has no disk", "add one"
    );
    start();
    auto planned = nlohmann::json::parse(ask(R"({"v":1,"verb":"drift.plan","items":[7]})"));
    ASSERT_EQ(planned["held"].size(), 1U) << planned;
    EXPECT_EQ(planned["held"][0]["code"], "no_disk");
    auto applied = nlohmann::json::parse(
        ask(R"({"v":1,"verb":"drift.apply","items":[7],"actor":"anna"})", seconds(30))
    );
    EXPECT_EQ(applied["failed"], 0) << applied;
    ASSERT_EQ(applied["held"].size(), 1U) << applied;
}

TEST_F(ServicePartsTest, APlanIsAppliedOnlyAsItWasShown) {
    start();
    sides.panel.sell(7, "anna");
    const std::string begun = ask(R"({"v":1,"verb":"plan.apply","checksum":"of another plan"})");
    const std::size_t id = begun.find(R"("id":")");
    ASSERT_NE(id, std::string::npos) << begun;
    const std::size_t first = id + std::strlen(R"("id":")");
    const std::string progress = fmt::format(
        R"({{"v":1,"verb":"plan.progress","code":"{}"}})",
        begun.substr(first, begun.find('"', first) - first)
    );
    EXPECT_NE(ask(progress).find("the world has moved"), std::string::npos) << ask(progress);
    EXPECT_FALSE(sides.clouds[kServer].accounts.contains("anna"));
    EXPECT_NE(
        ask(R"({"v":1,"verb":"plan.progress","code":"nobody's"})").find("bad_request"),
        std::string::npos
    );
    clock.advance(minutes(6));
    EXPECT_TRUE(sides.clouds[kServer].accounts.contains("anna")) << "the service itself goes on";
}

TEST_F(ServicePartsTest, AnUnknownVerbIsRefused) {
    start();
    EXPECT_NE(ask(R"({"v":1,"verb":"dance"})").find("bad_request"), std::string::npos);
    EXPECT_NE(ask(R"({"v":1,"verb":"ping"})").find("\"version\":\"test\""), std::string::npos);
}

TEST_F(ServicePartsTest, AServerThatThePanelDropsLeavesTheMetrics) {
    sides.panel.servers[ServerId(2)] = "https://other.example";
    start();
    EXPECT_NE(process->metrics.expose().find("server=\"2\""), std::string::npos);
    sides.panel.servers.erase(ServerId(2));
    clock.advance(minutes(6));
    EXPECT_EQ(process->metrics.expose().find("server=\"2\""), std::string::npos);
    EXPECT_NE(process->metrics.expose().find("server=\"1\""), std::string::npos);
}

TEST_F(ServicePartsTest, WhatCouldNotBeDoneIsTheBacklog) {
    config.defaults.put_limited = true;
    sides.clouds[kServer].puts_left = 0;
    sides.panel.sell(7, "anna");
    start();
    sides.panel.items[ItemId(7)].quota = Quota::bytes(5LL << 30);
    clock.advance(minutes(6));
    const auto seen = process->parts.loop().state().seen.find(kServer);
    ASSERT_NE(seen, process->parts.loop().state().seen.end());
    EXPECT_EQ(seen->second.backlog, 1U);
}

TEST_F(ServicePartsTest, AReloadWaitsForQuietAndTakesNewPorts) {
    start();
    bool replaced = false;
    process->parts.loop().when_quiet([&]() -> Task<void> {
        co_await process->parts.replace(sides.open());
        replaced = true;
    });
    clock.advance(seconds(1));
    EXPECT_TRUE(replaced);
    sides.panel.sell(7, "anna");
    clock.advance(minutes(6));
    EXPECT_TRUE(sides.clouds[kServer].accounts.contains("anna"));
}

// Another panel has a module of the same number: what we owe to ours is not its business.
TEST_F(ServicePartsTest, AnotherPanelAfterAReloadIsToldAndBilledNothing) {
    sides.panel.fingerprint = "ours";
    sides.panel.sell(7, "anna");
    bill_daily_and_refuse();
    start();
    clock.advance(minutes(3));
    ASSERT_EQ(ledger().server(kServer)->stat_owed.size(), 1U);
    sides.panel.answer = {};
    sides.panel.fingerprint = "another";
    const std::size_t calls = sides.panel.calls.size();
    process->parts.loop().when_quiet([&]() -> Task<void> {
        co_await process->parts.replace(sides.open());
    });
    clock.advance(hours(30));
    EXPECT_EQ(sides.panel.calls.size(), calls);
    EXPECT_EQ(ledger().server(kServer)->stat_owed.size(), 1U);
    EXPECT_EQ(events<UsageMeasured>().size(), 1U);
    EXPECT_NE(
        ask(R"({"v":1,"verb":"statistics","module":1})").find("belongs to"), std::string::npos
    );
    sides.panel.fingerprint = "ours";
    clock.advance(hours(1));
    EXPECT_GE(events<UsagePosted>().size(), 1U);
}

}  // namespace
}  // namespace bn::controller::service_parts_test
