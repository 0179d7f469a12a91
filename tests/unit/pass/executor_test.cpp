#include "controller/pass/executor.hpp"

#include <algorithm>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <gtest/gtest.h>

#include "tests/fakes/manual_clock.hpp"
#include "tests/fakes/memory_cloud.hpp"
#include "tests/fakes/memory_event_store.hpp"

namespace bn::controller::executor_test {
namespace {

using testing::MemoryCloud;

const ServerId kServer(1);

// Keeps what was appended together, by kinds.
struct WatchedStore : testing::MemoryEventStore {
    void append(AppendRequest request, std::function<void(AppendResult)> done) override {
        std::vector<std::string>& kinds = commits.emplace_back();
        for (const auto& event : request.events) {
            kinds.emplace_back(kind_of(event.event).name);
        }
        MemoryEventStore::append(std::move(request), std::move(done));
    }

    std::vector<std::vector<std::string>> commits;
};

class ExecutorTest : public ::testing::Test {
  protected:
    ExecutorTest() : clock_(io_), journal_(store_, Ledger{}, [this] { return clock_.now(); }) {
        options_.parallel = 2;
        rules_.doubt_grace = std::chrono::minutes(1);
    }

    static Action create(std::uint32_t item) {
        Action action(ActionKind::kCreate, kServer, ItemId(item), "user_" + std::to_string(item));
        CreateFields fields;
        fields.quota = Quota::bytes(10LL << 30);
        action.create = fields;
        return action;
    }

    static Action change(ActionKind kind, std::uint32_t item) {
        Action action(kind, kServer, ItemId(item), "user_" + std::to_string(item));
        action.quota = Quota::bytes(5LL << 30);
        return action;
    }

    ExecutionReport run(std::vector<Action> actions) {
        ServerPlan plan;
        plan.server = kServer;
        plan.actions = std::move(actions);
        ExecutionReport report;
        const boost::asio::any_io_executor executor = io_.get_executor();
        const auto task = [&]() -> Task<void> {
            RecordContext context("pass", Actor{});
            std::string sum = "sum";
            ActionParts parts(cloud_, journal_, clock_, rules_);
            parts.read_panel = [this]() -> Task<Result<std::shared_ptr<const DesiredSnapshot>>> {
                co_return std::make_shared<const DesiredSnapshot>(panel_);
            };
            report =
                co_await execute_plan(executor, parts, options_, plan, std::move(sum), context);
        };
        spawn(task());
        return report;
    }

    // How many calls are in doubt after a look at all of them.
    std::size_t settle(bool well = true) {
        ActionParts parts(cloud_, journal_, clock_, rules_);
        const auto task = [&]() -> Task<void> {
            RecordContext context("pass", Actor{});
            std::vector<ItemId> all;
            const Result<void> settled =
                co_await settle_doubts(parts, kServer, all, std::move(context));
            EXPECT_EQ(settled.has_value(), well);
        };
        spawn(task());
        return doubts_of(journal_.ledger(), kServer).size();
    }

    void spawn(Task<void> task) {
        boost::asio::co_spawn(io_, std::move(task), [](const std::exception_ptr& failure) {
            if (failure) {
                std::rethrow_exception(failure);
            }
        });
        io_.restart();
        io_.run();
    }

    const LedgerItem& item(std::uint32_t id) { return *journal_.ledger().item(ItemId(id)); }

    static Outcome lost() {
        Error error(NextMove::kRetryCall, "ocs.timeout", "no answer in time");
        error.effect_unknown = true;
        return Outcome(OutcomeKind::kUnknown, error);
    }

    static Outcome refused(Concern concern, NextMove move, std::string code) {
        return Outcome(OutcomeKind::kRefused, Error(concern, move, std::move(code), "refused"));
    }

    boost::asio::io_context io_;
    testing::ManualClock clock_;
    WatchedStore store_;
    Journal journal_;
    MemoryCloud cloud_;
    DesiredSnapshot panel_;  // read before a delete
    ActionRules rules_;
    ExecutorOptions options_;
};

TEST_F(ExecutorTest, AnAdoptionNeedsNoCallAndWaitsForNone) {
    options_.parallel = 1;
    cloud_.scripts[ActionKind::kCreate].emplace_back(
        false, refused(Concern::kServer, NextMove::kHuman, "ocs.confirm")
    );
    const ExecutionReport report = run(
        {create(1),
         change(ActionKind::kAdopt, 2),
         change(ActionKind::kSetQuota, 2),
         create(3),
         change(ActionKind::kAdopt, 4)}
    );
    EXPECT_TRUE(report.server_error);
    EXPECT_TRUE(owns(item(2)));
    EXPECT_TRUE(owns(item(4)));
    EXPECT_EQ(report.progress.done, 2U);
    EXPECT_EQ(report.skipped, 2U) << "a quota and a create";
}

TEST_F(ExecutorTest, CreateIsOursAndItsPasswordIsKept) {
    const ExecutionReport report = run({create(7)});
    EXPECT_EQ(report.progress.done, 1U);
    EXPECT_EQ(item(7).ownership, Ownership::kCreated);
    EXPECT_TRUE(item(7).in_doubt.empty());
    ASSERT_TRUE(cloud_.passwords.contains("user_7"));
    EXPECT_GE(cloud_.passwords["user_7"].size(), 12U);
}

TEST_F(ExecutorTest, AnAccountThatIsThereAlreadyIsNeverTakenForOurs) {
    cloud_.scripts[ActionKind::kCreate].emplace_back(
        false, Outcome(OutcomeKind::kAlreadySo, Error())
    );
    const ExecutionReport report = run({create(7)});
    EXPECT_EQ(report.progress.failed, 1U);
    EXPECT_EQ(item(7).ownership, Ownership::kNone);
}

TEST_F(ExecutorTest, LostAnswerOfACreateFindsItsAccountAndSetsThePasswordAgain) {
    cloud_.scripts[ActionKind::kCreate].emplace_back(true, lost());
    run({create(7)});
    EXPECT_EQ(item(7).ownership, Ownership::kCreated);
    EXPECT_TRUE(item(7).in_doubt.empty());
    EXPECT_EQ(cloud_.count(ActionKind::kCreate), 1U);
    EXPECT_EQ(cloud_.count(ActionKind::kSetPassword), 1U);
}

// A process may end at any commit: none lies between the end of the doubt and what follows from it.
TEST_F(ExecutorTest, ThatAPasswordIsToBeSetAgainIsRecordedWithTheEndOfTheDoubt) {
    cloud_.scripts[ActionKind::kCreate].emplace_back(true, lost());
    run({create(7)});
    const std::vector<std::string> together{
        "action.doubt_resolved", "account.created", "action.intended"};
    EXPECT_EQ(std::ranges::count(store_.commits, together), 1);
}

TEST_F(ExecutorTest, APasswordThatCannotBeReadDoesNotKeepADoubt) {
    cloud_.scripts[ActionKind::kCreate].emplace_back(false, lost());
    run({create(7)});
    AppendRequest lose;
    lose.forget_secrets = {item(7).in_doubt.front().secret_ref};
    ASSERT_TRUE(store_.append_now(std::move(lose)));
    cloud_.add("user_7").quota = Quota::bytes(10LL << 30);
    EXPECT_EQ(settle(false), 0U) << "said once, not for ever";
    EXPECT_TRUE(owns(item(7)));
    EXPECT_EQ(cloud_.count(ActionKind::kSetPassword), 0U);
    EXPECT_EQ(settle(), 0U);
}

TEST_F(ExecutorTest, LostCreateThatIsNotToBeSeenStaysInDoubtUntilItsGraceEnds) {
    cloud_.scripts[ActionKind::kCreate].emplace_back(false, lost());
    run({create(7)});
    EXPECT_EQ(item(7).in_doubt.size(), 1U);
    clock_.advance(std::chrono::seconds(30));
    EXPECT_EQ(settle(), 1U);
    cloud_.add("user_7").quota = Quota::bytes(10LL << 30);  // the server was slow
    EXPECT_EQ(settle(), 0U);
    EXPECT_EQ(item(7).ownership, Ownership::kCreated);
    EXPECT_EQ(cloud_.count(ActionKind::kCreate), 1U);
}

TEST_F(ExecutorTest, LostCreateThatWasNotMadeIsSettledAfterItsGrace) {
    cloud_.scripts[ActionKind::kCreate].emplace_back(false, lost());
    run({create(7)});
    clock_.advance(std::chrono::minutes(2));
    EXPECT_EQ(settle(), 0U);
    EXPECT_TRUE(item(7).in_doubt.empty());
    EXPECT_EQ(item(7).ownership, Ownership::kNone);
}

TEST_F(ExecutorTest, RefusedLoginEndsTheServersTurnAtOnce) {
    options_.parallel = 1;
    cloud_.scripts[ActionKind::kCreate].emplace_back(
        false, refused(Concern::kServer, NextMove::kHuman, "ocs.401")
    );
    const ExecutionReport report = run({create(1), create(2), create(3)});
    ASSERT_TRUE(report.server_error);
    EXPECT_EQ(report.server_error->code, "ocs.401");
    EXPECT_EQ(cloud_.calls.size(), 1U);
    EXPECT_EQ(report.skipped, 2U);
}

TEST_F(ExecutorTest, RefusalOfOneItemLetsTheOthersGoOn) {
    cloud_.scripts[ActionKind::kCreate].emplace_back(
        false, refused(Concern::kItem, NextMove::kHuman, "ocs.bad_login")
    );
    const ExecutionReport report = run({create(1), create(2), create(3)});
    EXPECT_FALSE(report.server_error);
    EXPECT_EQ(report.progress.done, 2U);
    EXPECT_EQ(report.progress.failed, 1U);
    EXPECT_TRUE(item(1).next_attempt_at());
}

TEST_F(ExecutorTest, ARefusedAddressIsNoReasonNotToSuspend) {
    run({create(1)});
    cloud_.scripts[ActionKind::kSetEmail].emplace_back(
        false, refused(Concern::kItem, NextMove::kHuman, "ocs.bad_email")
    );
    cloud_.scripts[ActionKind::kAddGroup].emplace_back(
        false, refused(Concern::kItem, NextMove::kHuman, "ocs.no_group")
    );
    const ExecutionReport report = run(
        {change(ActionKind::kSetEmail, 1),
         change(ActionKind::kAddGroup, 1),
         change(ActionKind::kRemoveGroup, 1),
         change(ActionKind::kDisable, 1)}
    );
    EXPECT_EQ(report.progress.failed, 2U);
    EXPECT_EQ(report.progress.done, 1U);
    EXPECT_EQ(report.skipped, 1U) << "the former group stays while there is no new one";
    EXPECT_FALSE(cloud_.accounts.at("user_1").enabled);
    EXPECT_EQ(cloud_.count(ActionKind::kRemoveGroup), 0U);
}

TEST_F(ExecutorTest, SpentBudgetDefersAndLetsUnlimitedCallsGoFirst) {
    run({create(1)});
    cloud_.puts_left = 0;
    const ExecutionReport report =
        run({change(ActionKind::kSetQuota, 1), change(ActionKind::kDisable, 1)});
    EXPECT_EQ(cloud_.count(ActionKind::kSetQuota), 0U);
    EXPECT_EQ(cloud_.count(ActionKind::kDisable), 1U);
    EXPECT_EQ(report.progress.deferred, 1U);
    EXPECT_EQ(report.progress.failed, 0U);
    EXPECT_GT(report.budget_wait, Duration{0});
}

TEST_F(ExecutorTest, ChangesOfOneAccountAreOneCallWhereTheCloudTakesThemSo) {
    cloud_.joining = true;
    Action email = change(ActionKind::kSetEmail, 1);
    email.value = "a@example.org";
    run({create(1), create(2)});
    ExecutionReport report = run(
        {change(ActionKind::kSetQuota, 1),
         email,
         change(ActionKind::kDisable, 1),
         change(ActionKind::kSetQuota, 2)}
    );
    EXPECT_EQ(report.progress.done, 4U);
    EXPECT_EQ(cloud_.joined, 1U) << "one alone needs no other";
    EXPECT_EQ(cloud_.accounts["user_1"].email, "a@example.org");
    EXPECT_FALSE(cloud_.accounts["user_1"].enabled);
    // Each has an intent and an outcome of its own.
    cloud_.scripts[ActionKind::kSetQuota].emplace_back(
        false, refused(Concern::kCall, NextMove::kHuman, "ocs.bad_quota")
    );
    email.value = "b@example.org";
    report = run({change(ActionKind::kSetQuota, 1), email});
    EXPECT_EQ(cloud_.joined, 2U);
    EXPECT_EQ(report.failures.size(), 1U);
    EXPECT_EQ(cloud_.accounts["user_1"].email, "b@example.org");
    EXPECT_TRUE(item(1).in_doubt.empty());
    EXPECT_NE(item(1).setback(ActionKind::kSetQuota), nullptr);
    EXPECT_EQ(item(1).setback(ActionKind::kSetEmail), nullptr);
    // No answer: both are in doubt, and a look tells of each.
    cloud_.scripts[ActionKind::kSetQuota].emplace_back(true, lost());
    cloud_.scripts[ActionKind::kSetEmail].emplace_back(true, lost());
    email.value = "c@example.org";
    run({change(ActionKind::kSetQuota, 2), email});
    EXPECT_TRUE(item(1).in_doubt.empty());
}

TEST_F(ExecutorTest, WhereNothingGoesWellAFewAreTriedAndTheRestWaits) {
    std::vector<Action> actions;
    for (std::uint32_t i = 1; i <= 10; ++i) {
        run({create(i)});
        actions.push_back(change(ActionKind::kEnable, i));
        cloud_.scripts[ActionKind::kEnable].emplace_back(
            false, refused(Concern::kCall, NextMove::kRetryCall, "ocs.500")
        );
    }
    ExecutionReport report = run(actions);
    EXPECT_EQ(cloud_.count(ActionKind::kEnable), kAttempts);
    EXPECT_EQ(report.progress.failed, kAttempts);
    EXPECT_EQ(report.progress.deferred, 10 - kAttempts);
    EXPECT_EQ(report.skipped, 0U);
    EXPECT_FALSE(report.server_error) << "others may go well";
    EXPECT_EQ(report.pace_wait, rules_.pace.within);
    EXPECT_EQ(report.budget_wait, Duration{0}) << "it is no limit of the cloud's";
    // What did not fail comes first, and with one that goes well all others go on.
    clock_.advance(rules_.pace.within);
    cloud_.scripts[ActionKind::kEnable].clear();
    cloud_.calls.clear();
    options_.parallel = 1;
    report = run(actions);
    EXPECT_EQ(report.progress.done, 10U);
    ASSERT_EQ(cloud_.calls.size(), 10U);
    for (std::size_t i = 0; i < 10; ++i) {
        const std::size_t number = i < 10 - kAttempts ? i + kAttempts : i - (10 - kAttempts);
        EXPECT_EQ(cloud_.calls[i].second, "user_" + std::to_string(number + 1)) << i;
    }
}

TEST_F(ExecutorTest, WhatMeetsTheLimitInAJoinedCallWaitsAsItWouldByItself) {
    cloud_.joining = true;
    run({create(1)});
    Action email = change(ActionKind::kSetEmail, 1);
    email.value = "a@example.org";
    cloud_.scripts[ActionKind::kSetEmail].emplace_back(
        false, refused(Concern::kActionKind, NextMove::kWait, "ocs.429")
    );
    const ExecutionReport report = run({change(ActionKind::kSetQuota, 1), email});
    EXPECT_EQ(cloud_.joined, 1U);
    EXPECT_EQ(report.progress.done, 1U);
    EXPECT_EQ(report.progress.failed, 0U);
    EXPECT_EQ(report.progress.deferred, 1U);
}

TEST_F(ExecutorTest, AnAccountThatCannotBeLookedAtBacksOff) {
    run({create(1)});
    cloud_.look_error = refused(Concern::kCall, NextMove::kRetryCall, "ocs.500").error;
    const ExecutionReport report = run({change(ActionKind::kDisable, 1)});
    EXPECT_EQ(report.progress.failed, 1U);
    EXPECT_EQ(cloud_.count(ActionKind::kDisable), 0U);
    const Setback* setback = item(1).setback(ActionKind::kDisable);
    ASSERT_NE(setback, nullptr);
    EXPECT_EQ(setback->code, "ocs.500");
    EXPECT_GT(setback->next_attempt_at, clock_.now());
    EXPECT_EQ(journal_.ledger().server(kServer)->attempts.size(), 1U);
}

TEST_F(ExecutorTest, RateLimitAnswerIsNoFailure) {
    run({create(1)});
    cloud_.scripts[ActionKind::kSetQuota].emplace_back(
        false, refused(Concern::kActionKind, NextMove::kWait, "ocs.429")
    );
    const ExecutionReport report = run({change(ActionKind::kSetQuota, 1)});
    EXPECT_FALSE(report.server_error);
    EXPECT_EQ(report.progress.failed, 0U);
    EXPECT_EQ(report.progress.deferred, 1U);
    EXPECT_TRUE(item(1).in_doubt.empty());
}

TEST_F(ExecutorTest, StaleItemsAreLeftOut) {
    options_.skip_item = [](ItemId id) { return id == ItemId(2); };
    const ExecutionReport report = run({create(1), create(2)});
    EXPECT_EQ(report.skipped, 1U);
    EXPECT_FALSE(cloud_.accounts.contains("user_2"));
}

TEST_F(ExecutorTest, StopFinishesTheCallInFlightAndBeginsNoOther) {
    options_.parallel = 1;
    bool stop = false;
    options_.stopping = [&stop] { return stop; };
    cloud_.before_call = [&stop](const Action&) { stop = true; };
    const ExecutionReport report = run({create(1), create(2)});
    EXPECT_TRUE(report.stopped);
    EXPECT_EQ(report.progress.done, 1U);
    EXPECT_EQ(report.skipped, 1U);
    EXPECT_TRUE(item(1).in_doubt.empty());
}

TEST_F(ExecutorTest, AnAccountThatBecameAnAdminIsNotDisabled) {
    run({create(7)});
    cloud_.accounts["user_7"].admin = true;
    const ExecutionReport report = run({change(ActionKind::kDisable, 7)});
    EXPECT_EQ(report.progress.failed, 1U);
    EXPECT_EQ(cloud_.count(ActionKind::kDisable), 0U);
}

TEST_F(ExecutorTest, AnAccountThatSomebodyEnabledIsNotDeleted) {
    run({create(7)});
    Action action = change(ActionKind::kDelete, 7);
    action.closing = true;
    const ExecutionReport report = run({action});
    EXPECT_EQ(report.progress.failed, 1U);
    EXPECT_TRUE(cloud_.accounts.contains("user_7"));
}

TEST_F(ExecutorTest, ADeleteThatTheCloudConfirmsAndDoesNotDoIsNone) {
    rules_.retention = Duration{0};
    run({create(7)});
    cloud_.accounts["user_7"].last_login = clock_.now();
    panel_.complete = true;
    panel_.items = {ItemId(7)};
    panel_.closed = {{ItemId(7), 0, true}};
    panel_.servers.emplace_back().id = kServer;
    Action close = change(ActionKind::kDisable, 7);
    close.closing = true;
    run({close});
    PassCompleted days;
    days.servers.emplace_back().server = kServer;
    days.servers.back().complete = true;
    days.servers.back().observed = std::chrono::hours(24 * 30);
    ASSERT_TRUE(journal_.record_now({days}, RecordContext("pass", Actor{})));
    Action remove = change(ActionKind::kDelete, 7);
    remove.closing = true;
    cloud_.scripts[ActionKind::kDelete].emplace_back(false, Outcome(OutcomeKind::kDone, Error()));
    const ExecutionReport confirmed = run({remove});
    ASSERT_EQ(confirmed.failures.size(), 1U);
    EXPECT_EQ(confirmed.failures.front().error.code, "ocs.not_deleted")
        << confirmed.failures.front().error.what;
    EXPECT_EQ(cloud_.count(ActionKind::kDelete), 1U);
    EXPECT_TRUE(owns(item(7)));
    EXPECT_EQ(run({remove}).progress.done, 1U);
    EXPECT_TRUE(item(7).deleted);
}

TEST_F(ExecutorTest, ClosingDisableBeginsTheRetention) {
    run({create(7)});
    Action action = change(ActionKind::kDisable, 7);
    action.closing = true;
    run({action});
    ASSERT_TRUE(item(7).retained_until);
    EXPECT_EQ(*item(7).retained_until, clock_.now() + rules_.retention.usual);
}

TEST_F(ExecutorTest, EveryIntentHasAnOutcomeAfterwards) {
    run({create(1), create(2)});
    run({change(ActionKind::kSetQuota, 2)});
    int intents = 0;
    int outcomes = 0;
    const Result<void> read = store_.read(EventFilter(), [&](const Envelope& envelope) {
        intents += std::holds_alternative<ActionIntended>(envelope.event) ? 1 : 0;
        outcomes += std::holds_alternative<ActionSucceeded>(envelope.event) ? 1 : 0;
        return true;
    });
    EXPECT_TRUE(read);
    EXPECT_EQ(intents, 3);
    EXPECT_EQ(outcomes, 3);
}

}  // namespace
}  // namespace bn::controller::executor_test
