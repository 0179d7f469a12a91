// The verbs that record, whole, on ports in memory: what they leave in the cloud and in the events.
#include <pty.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/plan/plan_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "cli/status/status.hpp"
#include "controller/pass/planning.hpp"
#include "controller/service/status_view.hpp"
#include "controller/sys/host.hpp"
#include "tests/fakes/memory_event_store.hpp"
#include "tests/support/memory_sides.hpp"
#include "tests/unit/controller/temp_folder.hpp"

namespace bn::cli::acting_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// A terminal on standard input, with somebody who answers.
class Somebody {
  public:
    explicit Somebody(std::string_view says) : before_(dup(STDIN_FILENO)) {
        int inside = -1;
        EXPECT_EQ(openpty(&outside_, &inside, nullptr, nullptr, nullptr), 0);
        EXPECT_EQ(dup2(inside, STDIN_FILENO), STDIN_FILENO);
        close(inside);
        EXPECT_EQ(write(outside_, says.data(), says.size()), static_cast<ssize_t>(says.size()));
    }

    Somebody(const Somebody&) = delete;
    Somebody& operator=(const Somebody&) = delete;

    ~Somebody() {
        dup2(before_, STDIN_FILENO);
        close(before_);
        close(outside_);
        std::cin.clear();
    }

  private:
    int before_;
    int outside_ = -1;
};

class Acting : public ::testing::Test {
  protected:
    Acting() {
        context.config.defaults.policy = Policy::kSync;
        context.args.yes = true;
    }

    template <class Verb>
    int run(Verb verb, bool read_only) {
        Sides sides = memory.open(false);
        const auto session = PlanningSession::over(context, sides, read_only);
        ::testing::internal::CaptureStdout();
        ::testing::internal::CaptureStderr();
        const Result<int> code = verb(*session);
        out = ::testing::internal::GetCapturedStdout();
        errors = ::testing::internal::GetCapturedStderr() + (code ? "" : code.error().text());
        return code.value_or(kExitError);
    }

    int apply() {
        return run([this](auto& session) { return apply_with(session, journal); }, false);
    }

    int adopt() {
        const auto plain = [] { return bm_reader::PlainCredentials(); };
        return run([&](auto& session) { return adopt_with(session, journal, plain); }, true);
    }

    // A person looks, and answers.
    int apply_and_say(std::string_view answer) {
        context.args.yes = false;
        const Somebody somebody(answer);
        const int code = apply();
        context.args.yes = true;
        return code;
    }

    // What he said with the command was only assumed.
    void expect_nothing_before_the_yes() {
        const std::uint64_t events = count_events();
        const auto calls = cloud().calls;
        EXPECT_EQ(apply_and_say("no\n"), kExitError);
        EXPECT_THAT(out, HasSubstr("Nothing was changed."));
        EXPECT_EQ(count_events(), events);
        EXPECT_EQ(cloud().calls, calls);
    }

    std::uint64_t count_events() {
        std::uint64_t events = 0;
        EXPECT_TRUE(store.read({}, [&events](const Envelope&) { return ++events > 0; }));
        return events;
    }

    template <class Kind>
    std::vector<Envelope> recorded() {
        std::vector<Envelope> found;
        EXPECT_TRUE(store.read({}, [&](const Envelope& event) {
            if (std::holds_alternative<Kind>(event.event)) {
                found.push_back(event);
            }
            return true;
        }));
        return found;
    }

    bn::testing::MemoryCloud& cloud() { return memory.clouds[ServerId(1)]; }

    // The plan that a pass would make now, with what a guard says of it.
    ServerPlan plan_of_now() {
        Sides sides = memory.open(false);
        const auto session = PlanningSession::over(context, sides, true);
        const auto seen = session->dry_run(command_request(context.args), journal.ledger());
        EXPECT_TRUE(seen);
        return *seen->servers.at(0).plan;
    }

    CommandContext context;
    bn::testing::MemorySides memory{system_now};
    bn::testing::MemoryEventStore store;
    Journal journal{store, Ledger{}, system_now};
    std::string out;
    std::string errors;
};

TEST_F(Acting, ApplyMakesWhatWasSoldAndProvesIt) {
    memory.panel.sell(7, "anna");
    EXPECT_EQ(apply(), kExitOk) << errors;
    EXPECT_TRUE(cloud().accounts.contains("anna"));
    EXPECT_TRUE(owns(*journal.ledger().item(ItemId(7))));
    EXPECT_THAT(out, HasSubstr("Applied 1, failed 0, not begun 0. Read again: 0 actions left"));
    const auto intents = recorded<ActionIntended>();
    ASSERT_EQ(intents.size(), 1U);
    EXPECT_EQ(intents[0].actor.kind, "operator");
    EXPECT_EQ(recorded<PassCompleted>().size(), 2U) << "the apply and its proof";
    EXPECT_EQ(apply(), kExitOk);
    EXPECT_EQ(cloud().count(ActionKind::kCreate), 1U) << "nothing is done twice";
    EXPECT_EQ(recorded<PassCompleted>().size(), 3U) << "its time counts";
}

TEST_F(Acting, ApplyDoesNothingWhenTheWorldMovedSinceThePlanWasSaved) {
    const bn::testing::TempFolder folder;
    memory.panel.sell(7, "anna");
    context.args.file = folder.file("plan");
    Plan saved;
    saved.servers.push_back(plan_of_now());
    ASSERT_TRUE(write_plan_file(context.args.file, {saved, digest(context.config), "anna"}));
    memory.panel.sell(8, "berta");
    EXPECT_EQ(apply(), kExitError);
    EXPECT_THAT(errors, HasSubstr("the world has moved since the plan was saved"));
    EXPECT_TRUE(cloud().calls.empty());
    memory.panel.items.erase(ItemId(8));
    EXPECT_EQ(apply(), kExitOk) << errors;
    EXPECT_TRUE(cloud().accounts.contains("anna"));
}

TEST_F(Acting, AStoppedPlanPassesOnlyUnderItsOwnChecksum) {
    for (std::uint32_t i = 1; i <= 30; ++i) {
        memory.panel.sell(i, "user_" + std::to_string(i));
    }
    ASSERT_EQ(apply(), kExitOk) << errors;
    for (auto& [item, sold] : memory.panel.items) {
        sold.wanted = Wanted::kDisabled;
    }
    EXPECT_EQ(apply(), kExitDrift);
    EXPECT_THAT(errors, HasSubstr("bill-nextcloud approve "));
    EXPECT_EQ(cloud().count(ActionKind::kDisable), 0U);

    context.args.approve = "000000000000";
    EXPECT_EQ(apply(), kExitError);
    EXPECT_THAT(errors, HasSubstr("plan.approve"));
    EXPECT_EQ(cloud().count(ActionKind::kDisable), 0U);

    context.args.approve = plan_checksum(plan_of_now().staged()).substr(0, 16);
    expect_nothing_before_the_yes();
    EXPECT_THAT(out, HasSubstr(" approved"));
    EXPECT_EQ(apply(), kExitOk) << errors;
    EXPECT_EQ(cloud().count(ActionKind::kDisable), 30U);
    ASSERT_EQ(recorded<PlanApproved>().size(), 1U);
    EXPECT_EQ(recorded<PlanApproved>()[0].actor.kind, "operator");
}

TEST_F(Acting, ACloudUnderANewAddressIsUsedAfterAPersonSaidThatItIsTheSame) {
    memory.panel.sell(7, "anna");
    ASSERT_EQ(apply(), kExitOk) << errors;
    memory.panel.servers[ServerId(1)] = "https://new.example";
    memory.panel.sell(8, "berta");
    EXPECT_EQ(apply(), kExitUnknown);
    EXPECT_FALSE(cloud().accounts.contains("berta"));
    context.args.accept_address = 1;
    expect_nothing_before_the_yes();
    EXPECT_EQ(apply_and_say("yes\n"), kExitOk) << errors;
    EXPECT_THAT(out, HasSubstr("the same cloud, now at https://new.example"));
    EXPECT_TRUE(cloud().accounts.contains("berta"));
    EXPECT_EQ(journal.ledger().server(ServerId(1))->address, "https://new.example");
    context.args.accept_address = 9;
    EXPECT_EQ(apply(), kExitError);
    EXPECT_THAT(errors, HasSubstr("server 9 is not known"));
}

TEST_F(Acting, AnotherCloudAtTheSameAddressGetsNothingUntilAPersonSaidThatItIsOurs) {
    memory.panel.sell(7, "anna");
    ASSERT_EQ(apply(), kExitOk) << errors;
    const bn::testing::MemoryCloud ours = cloud();
    cloud() = bn::testing::MemoryCloud();
    cloud().identity = "ocother00000";
    memory.panel.sell(8, "berta");
    EXPECT_EQ(apply(), kExitUnknown);
    EXPECT_THAT(out, HasSubstr("ocother00000"));
    EXPECT_THAT(out, HasSubstr("accept-cloud 1"));
    EXPECT_TRUE(cloud().calls.empty());
    cloud() = ours;
    EXPECT_EQ(apply(), kExitOk) << errors;
    EXPECT_TRUE(cloud().accounts.contains("berta"));
    EXPECT_EQ(cloud().count(ActionKind::kCreate), 2U);

    cloud().identity = "ocother00000";  // moved with all that is in it
    memory.panel.sell(9, "carl");
    EXPECT_EQ(apply(), kExitUnknown);
    context.args.accept_cloud = 1;
    expect_nothing_before_the_yes();
    EXPECT_EQ(apply(), kExitOk) << errors;
    EXPECT_TRUE(cloud().accounts.contains("carl"));
    EXPECT_EQ(journal.ledger().server(ServerId(1))->identity, "ocother00000");
    ASSERT_EQ(recorded<ServerCloudAccepted>().size(), 1U);
    EXPECT_EQ(recorded<ServerCloudAccepted>()[0].actor.kind, "operator");
    context.args.accept_cloud = 9;
    EXPECT_EQ(apply(), kExitError);
    EXPECT_THAT(errors, HasSubstr("server 9 is not known"));
}

TEST_F(Acting, WhatIsInDoubtIsSettledAfterTheYes) {
    memory.panel.sell(7, "anna");
    memory.panel.sell(8, "berta");
    ASSERT_EQ(apply(), kExitOk) << errors;
    memory.panel.sell(9, "carl");
    cloud().scripts[ActionKind::kCreate].emplace_back(
        true, Outcome(OutcomeKind::kUnknown, Error(NextMove::kRetryCall, "net.lost", "no answer"))
    );
    cloud().before_call = [this](const Action&) {
        cloud().look_error = Error(NextMove::kRetryCall, "net.lost", "no answer");
    };
    apply();
    cloud().before_call = nullptr;
    cloud().look_error.reset();
    ASSERT_EQ(journal.ledger().item(ItemId(9))->in_doubt.size(), 1U);
    cloud().accounts.at("berta").enabled = false;

    expect_nothing_before_the_yes();
    EXPECT_THAT(out, HasSubstr("looked at first: item 9."));
    EXPECT_EQ(apply_and_say("yes\n"), kExitOk) << errors;
    EXPECT_TRUE(cloud().accounts.at("berta").enabled);
    EXPECT_EQ(recorded<DoubtResolved>().size(), 1U);
    EXPECT_EQ(cloud().count(ActionKind::kSetPassword), 1U);
    EXPECT_EQ(cloud().count(ActionKind::kCreate), 3U);
}

TEST_F(Acting, WhosePanelItIsIsRecordedBeforeAnythingIsDone) {
    memory.panel.fingerprint = "this panel";
    memory.panel.sell(7, "anna");
    std::string known;
    cloud().before_call = [&](const Action&) { known = journal.ledger().panel().fingerprint; };
    EXPECT_EQ(apply_and_say("yes\n"), kExitOk) << errors;
    EXPECT_EQ(known, "this panel");
}

TEST_F(Acting, ARestoredCloudWaitsForAPersonsWord) {
    cloud().data_fingerprint = "none";
    memory.panel.sell(7, "anna");
    ASSERT_EQ(apply(), kExitOk) << errors;
    cloud().accounts.erase("anna");  // made since the backup
    cloud().data_fingerprint = "2f50";
    EXPECT_EQ(apply(), kExitUnknown);
    EXPECT_THAT(out, HasSubstr("restored from a backup"));
    EXPECT_FALSE(cloud().accounts.contains("anna"));
    context.args.accept_cloud = 1;
    apply();
    EXPECT_EQ(journal.ledger().server(ServerId(1))->data_fingerprint, "2f50");
}

TEST_F(Acting, APersonSaysOfAClosedServiceThatTheAccountIsItsOwn) {
    memory.panel.sell(6, "berta");
    memory.panel.sell(7, "anna");
    ASSERT_EQ(apply(), kExitOk) << errors;
    memory.panel.items[ItemId(7)].wanted = Wanted::kAbsent;
    apply();
    ASSERT_FALSE(cloud().accounts.at("anna").enabled);
    ASSERT_TRUE(journal.record_now(
        {ServerCloudAccepted{ServerId(1), "", "", "", "restored"}}, RecordContext("a test")
    ));
    cloud().accounts.at("anna").email = "changed@example.org";
    apply();
    EXPECT_TRUE(journal.ledger().item(ItemId(7))->missed);
    context.args.items = {7};
    adopt();
    ASSERT_EQ(recorded<AccountAdopted>().size(), 1U) << out;
    EXPECT_FALSE(journal.ledger().item(ItemId(7))->missed);
    context.args.items.clear();
    apply();
    EXPECT_TRUE(journal.ledger().item(ItemId(7))->retained_until) << "closed anew";
}

TEST_F(Acting, AdoptRecordsWhatIsThereAndWritesToNoCloud) {
    memory.panel.sell(7, "user_7");
    memory.panel.items[ItemId(7)].login_saved = true;
    memory.panel.sell(8, "user_8");
    cloud().add("user_7");
    EXPECT_EQ(adopt(), kExitOk) << errors;
    EXPECT_THAT(out, HasSubstr("Recorded 1 account as ours"));
    const auto adopted = recorded<AccountAdopted>();
    ASSERT_EQ(adopted.size(), 1U);
    EXPECT_EQ(adopted[0].actor.kind, "operator");
    EXPECT_TRUE(owns(*journal.ledger().item(ItemId(7))));
    EXPECT_EQ(journal.ledger().server(ServerId(1))->address, "https://cloud.example");
    EXPECT_TRUE(cloud().calls.empty());
    EXPECT_EQ(adopt(), kExitOk);
    EXPECT_EQ(recorded<AccountAdopted>().size(), 1U) << "once is enough";
}

// As an upgrade finds a store of 0.1.0 that has only looked on so far.
class AfterAnUpgrade : public Acting {
  protected:
    void SetUp() override {
        context.config.defaults.policy = Policy::kObserve;
        ASSERT_NE(apply(), kExitError) << errors;
        for (const auto& [item, login] : std::map<std::uint32_t, std::string>{
                 {7, "user_7"}, {8, "user_8"}, {9, "ceo"}, {10, "user_10"}, {11, "user_11"}}) {
            memory.panel.sell(item, login);
            memory.panel.items[ItemId(item)].login_saved = item != 10;
            if (item == 11) {
                memory.panel.items[ItemId(item)].wanted = Wanted::kAbsent;
            }
            cloud().add(login);
        }
        ASSERT_NE(apply(), kExitError) << errors;
        ASSERT_EQ(adopt(), kExitDrift) << "nothing shows who made them: " << out;
        ASSERT_TRUE(recorded<AccountAdopted>().empty());
    }

    [[nodiscard]] std::vector<std::uint32_t> adopted() {
        std::vector<std::uint32_t> items;
        for (const Envelope& event : recorded<AccountAdopted>()) {
            EXPECT_EQ(event.actor.kind, "operator");
            EXPECT_FALSE(event.actor.name.empty());
            items.push_back(std::get<AccountAdopted>(event.event).item.value);
        }
        return items;
    }
};

TEST_F(AfterAnUpgrade, APersonTakesOverAtOnceWhatHasTheLoginOfTheTemplate) {
    EXPECT_THAT(out, HasSubstr("--unproved"));
    context.args.unproved = true;
    EXPECT_EQ(adopt(), kExitError) << "one server at a time";
    context.args.server = 1;
    EXPECT_EQ(adopt(), kExitDrift) << errors;
    EXPECT_EQ(adopted(), (std::vector<std::uint32_t>{7, 8}))
        << "the staff's account, what nobody says was opened, and what would be closed with that, "
           "are named one by one";
    EXPECT_TRUE(cloud().calls.empty());
}

TEST_F(AfterAnUpgrade, APersonTakesOverWhatHeNames) {
    context.args.items = {7, 9};
    adopt();
    EXPECT_EQ(adopted(), (std::vector<std::uint32_t>{7, 9}));
}

TEST_F(Acting, APlanBeginsWithWhatIsInDoubt) {
    memory.panel.sell(7, "anna");
    memory.panel.mark = {100, 50};
    ASSERT_EQ(apply(), kExitOk) << errors;
    EXPECT_THAT(out, Not(HasSubstr("!")));
    memory.panel.mark = {90, 40};
    apply();
    EXPECT_THAT(out, ::testing::StartsWith("! Nothing is closed or deleted, for the panel's data"));
    EXPECT_THAT(out, HasSubstr("--accept-panel"));
    Sides sides = memory.open(false);
    const auto session = PlanningSession::over(context, sides, true);
    EXPECT_TRUE(accept_panel_with(*session, journal).value_or(false));
    EXPECT_FALSE(accept_panel_with(*session, journal).value_or(true)) << "once is enough";
    apply();
    EXPECT_THAT(out, Not(HasSubstr("older")));
    ASSERT_EQ(recorded<PanelDataAccepted>().size(), 1U);
    EXPECT_EQ(recorded<PanelDataAccepted>()[0].actor.kind, "operator");
}

TEST_F(Acting, AdoptOfAServerThatIsNotThereNamesIt) {
    context.args.server = 9;
    EXPECT_EQ(adopt(), kExitError);
    EXPECT_THAT(errors, HasSubstr("server 9 is not known"));
}

TEST_F(Acting, ResumePutsAClockThatNoPassHasNoticedOnRecordFirst) {
    const bn::testing::TempFolder folder;
    context.config.store.path = folder.file("events.db");
    context.config.store.key_file = folder.file("key");
    context.config.store.anchor = "off";
    context.config.control.socket = folder.file("nobody");
    {
        const auto ahead = [] { return system_now() + std::chrono::hours(2); };
        Result<OpenStore> open = open_with_ledger(context, Opening::kWrite);
        ASSERT_TRUE(open) << open.error().text();
        Journal before(*open->store, std::move(open->ledger), ahead);
        ServerObserved seen;
        seen.server = ServerId(3);
        ASSERT_TRUE(before.record_now({seen}, RecordContext("a pass")));
    }
    context.args.server = 3;
    const auto doubted = [&] {
        const Result<OpenStore> open = open_with_ledger(context, Opening::kRead);
        return clock_in_doubt(open->ledger, ServerId(3), system_now());
    };
    EXPECT_TRUE(doubted());
    ::testing::internal::CaptureStdout();
    context.args.yes = true;
    EXPECT_EQ(run_accept_readings(context).value_or(kExitError), kExitOk);
    EXPECT_THAT(::testing::internal::GetCapturedStdout(), HasSubstr("the clock of this host"));
    EXPECT_FALSE(doubted());
}

TEST_F(Acting, StatusSaysWhatTheEventsKnow) {
    memory.panel.sell(7, "anna");
    memory.panel.holds.emplace_back(
        ItemId(8), ServerId(1), HoldCode::kNoDisk, "pricelist 3", "no disk", "add it"
    );
    ASSERT_NE(apply(), kExitError) << errors;
    const StatusView view =
        status_from_ledger(journal.ledger(), context.config, store, system_now());
    const std::string text = render_status(view, ScreenOptions());
    EXPECT_THAT(text, HasSubstr("The service does not answer"));
    EXPECT_THAT(text, HasSubstr("accounts: 1 sold"));
    EXPECT_THAT(text, HasSubstr("! 8  the tariff has no disk space, pricelist 3: no disk"));
    EXPECT_EQ(*status_from_json(status_to_json(view)), view);
}

}  // namespace
}  // namespace bn::cli::acting_test
