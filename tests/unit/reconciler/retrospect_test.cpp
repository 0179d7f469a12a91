// What is found of the deeds of earlier versions, and what is not named.
#include "reconciler/decide/retrospect.hpp"

#include <algorithm>

#include <gtest/gtest.h>

namespace bn::retrospect_test {
namespace {

const ItemId kItem(7);
const ServerId kServer(3);
const ServerId kOther(4);
constexpr const char* kLogin = "ceo";

class Past : public ::testing::Test {
  protected:
    // One event a second. Only what the fold asks for reaches it, as from a store.
    bool record(Event event, const std::string& actor = "service") {
        Envelope told;
        told.position = ++position_;
        told.at = Time(std::chrono::seconds(position_));
        told.correlation = pass_;
        told.actor.kind = actor;
        told.event = std::move(event);
        const std::vector<std::string> kinds = Retrospect::kinds();
        const bool asked = std::ranges::find(kinds, kind_of(told.event).name) != kinds.end();
        return !asked || past_.look_at(told);
    }

    void pass(std::uint64_t desired = 100, std::uint64_t actual = 100, bool complete = true) {
        record(completed(desired, actual, complete));
        next_pass();
    }

    [[nodiscard]] PassCompleted completed(
        std::uint64_t desired, std::uint64_t actual, bool complete
    ) const {
        PassServerSummary seen;
        seen.server = kServer;
        seen.complete = complete;
        seen.desired = desired;
        seen.actual = actual;
        PassCompleted done;
        done.pass = pass_;
        done.servers.push_back(seen);
        return done;
    }

    // The first pass of this version.
    bool pass_of_today() {
        PassCompleted done = completed(100, 100, true);
        done.servers.front().observed = Duration(0);
        return record(done);
    }

    void next_pass() { pass_ = "pass-" + std::to_string(position_); }

    void sold(Wanted wanted, ItemId item = kItem) {
        record(SoldChanged{
            item, kServer, {{"status", "", std::string(to_string(wanted))}, {"login", "", kLogin}}}
        );
    }

    void held(HoldCode code) {
        record(ItemHeld{kItem, {Hold(kItem, kServer, code, "account ceo", "It is so.", "Mend it.")}}
        );
    }

    void drift(DriftField field) {
        record(DriftObserved{kItem, kServer, kLogin, {{field, "", kLogin}}});
    }

    void adopt(
        const std::string& actor = "service",
        const std::string& evidence = "itemparam username of item 7 names it"
    ) {
        AccountAdopted event;
        event.item = kItem;
        event.server = kServer;
        event.login = kLogin;
        event.evidence = evidence;
        record(event, actor);
    }

    void succeed(ActionKind kind) {
        ActionSucceeded done;
        done.item = kItem;
        done.server = kServer;
        done.kind = kind;
        done.login = "user_7";
        record(done);
        if (kind == ActionKind::kCreate) {
            record(AccountCreated{kItem, kServer, "user_7", ""});
        }
    }

    void deliver(bool password = true) {
        PanelResultDelivered delivered;
        delivered.item = kItem;
        delivered.password_saved = password;
        record(delivered);
    }

    [[nodiscard]] std::vector<Unproven> adoptions() const {
        std::vector<Unproven> why;
        for (const UnprovenAdoption& one : past_.found().adoptions) {
            why.push_back(one.because);
        }
        return why;
    }

    [[nodiscard]] const std::vector<SunkMeasure>& measures() const {
        return past_.found().measures;
    }

    [[nodiscard]] const std::vector<ReplacedPassword>& passwords() const {
        return past_.found().passwords;
    }

    Retrospect past_{GuardOptions()};
    std::uint64_t position_ = 0;
    std::string pass_ = "pass-0";
};

using Reasons = std::vector<Unproven>;

// ---- adoptions

TEST_F(Past, WhatWasSoldAtTheFirstPassWasAdoptedWithReason) {
    sold(Wanted::kEnabled);
    adopt();
    pass();
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, AnItemThatWasClosedIsNamed) {
    sold(Wanted::kEnabled);
    pass();
    sold(Wanted::kAbsent);
    adopt();
    ASSERT_EQ(adoptions(), Reasons{Unproven::kClosed});
    const UnprovenAdoption& one = past_.found().adoptions.front();
    EXPECT_EQ(one.item, kItem);
    EXPECT_EQ(one.server, kServer);
    EXPECT_EQ(one.login, kLogin);
    EXPECT_EQ(one.at, Time(std::chrono::seconds(4)));
}

TEST_F(Past, AClosedItemOfWhichOnlyTheDriftIsRecordedIsNamed) {
    drift(DriftField::kOrphan);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{Unproven::kClosed});
}

TEST_F(Past, AnItemThatIsOpenAgainIsNotClosed) {
    drift(DriftField::kOrphan);
    record(DriftCleared{kItem});
    sold(Wanted::kAbsent);
    sold(Wanted::kEnabled);
    adopt();
    drift(DriftField::kOrphan);
    drift(DriftField::kQuota);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, AnItemThatWasRefusedTheAccountIsNamed) {
    sold(Wanted::kEnabled);
    held(HoldCode::kNotOurs);
    held(HoldCode::kNoDisk);
    record(ItemHoldsCleared{kItem});
    adopt();
    EXPECT_EQ(adoptions(), Reasons{Unproven::kRefused});
}

TEST_F(Past, AnItemThatWasHeldForSomethingElseIsNotNamed) {
    held(HoldCode::kNoDisk);
    sold(Wanted::kEnabled);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, AnItemThatWasSeenUnpaidIsNamed) {
    sold(Wanted::kNothing);
    sold(Wanted::kEnabled);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{Unproven::kUnpaid});
}

TEST_F(Past, AnItemThatCameLaterIsNamed) {
    sold(Wanted::kEnabled, ItemId(1));
    pass();
    sold(Wanted::kEnabled);
    pass();
    adopt();
    EXPECT_EQ(adoptions(), Reasons{Unproven::kNewcomer});
}

TEST_F(Past, OfAServerWithoutServicesAnyItemCameLater) {
    pass(0);
    sold(Wanted::kEnabled);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{Unproven::kNewcomer});
}

TEST_F(Past, NobodyCameLaterThanPassesThatDidNotSayWhatWasSold) {
    pass();
    pass();
    sold(Wanted::kEnabled);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, NobodyCameLaterThanPassesThatWereNotComplete) {
    sold(Wanted::kEnabled, ItemId(1));
    pass(100, 100, false);
    sold(Wanted::kEnabled);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, ANewcomerOnAnotherServerIsNone) {
    sold(Wanted::kEnabled, ItemId(1));
    pass();
    record(SoldChanged{kItem, kOther, {{"status", "", "enabled"}}});
    adopt();
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, WhatAPersonAdoptedIsNotNamed) {
    sold(Wanted::kAbsent);
    adopt("operator");
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, WhatAPlanOfAPersonAdoptedIsNamed) {
    sold(Wanted::kAbsent);
    record(PlanBegun{kServer, "c0ffee", 1, 1}, "operator");
    adopt("operator");
    EXPECT_EQ(adoptions(), Reasons{Unproven::kClosed});
    next_pass();
    adopt("operator");
    EXPECT_EQ(adoptions().size(), 1U);
}

TEST_F(Past, WhatIsAdoptedByTheRulesOfTodayIsNotNamed) {
    held(HoldCode::kNotOurs);
    adopt("service", "itemparam username of item 7, opened before us, names it");
    adopt("service", "item 5 of the same client is closed and hands its account over");
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, AnAccountThatBecameAServiceIsNotNamed) {
    sold(Wanted::kEnabled, ItemId(1));
    pass();
    record(AccountImported{kServer, "CEO", "7", true});
    sold(Wanted::kEnabled);
    adopt();
    EXPECT_EQ(adoptions(), Reasons{});
}

TEST_F(Past, TheFirstPassOfTodayEndsTheSearch) {
    sold(Wanted::kAbsent);
    adopt();
    next_pass();
    adopt();
    EXPECT_EQ(adoptions().size(), 2U);
    EXPECT_FALSE(pass_of_today());
    EXPECT_EQ(adoptions().size(), 1U) << "what it did itself is no deed of an earlier version";
    next_pass();
    adopt();
    EXPECT_EQ(adoptions().size(), 1U);
}

// ---- measures

TEST_F(Past, AnEmptiedCloudThatWasBelievedIsNamed) {
    pass(100, 91);
    for (int i = 0; i < 17; ++i) {
        pass(100, 5);
        EXPECT_TRUE(measures().empty()) << i;
    }
    pass(100, 5);
    ASSERT_EQ(measures().size(), 1U);
    const SunkMeasure& one = measures().front();
    EXPECT_EQ(one.server, kServer);
    EXPECT_FALSE(one.panel);
    EXPECT_EQ(one.from, 91U);
    EXPECT_EQ(one.to, 5U);
    EXPECT_EQ(one.since, Time(std::chrono::seconds(2)));
    EXPECT_EQ(one.at, Time(std::chrono::seconds(19)));
    pass(100, 5);
    EXPECT_EQ(measures().size(), 1U) << "told once";
}

TEST_F(Past, SoIsAPanelThatLostItsItems) {
    pass(100, 100);
    for (int i = 0; i < 20; ++i) {
        pass(50, 100);
    }
    ASSERT_EQ(measures().size(), 1U);
    EXPECT_TRUE(measures().front().panel);
    EXPECT_EQ(measures().front().from, 100U);
    EXPECT_EQ(measures().front().to, 50U);
}

TEST_F(Past, WhatCameBackIsNotNamed) {
    pass(100, 100);
    pass(100, 50);
    pass(100, 0);
    pass(100, 80);
    EXPECT_TRUE(measures().empty());
}

TEST_F(Past, WhatIsDoubtedStillIsNotNamed) {
    pass(100, 100);
    pass(100, 50);
    pass(100, 50);
    EXPECT_TRUE(measures().empty());
}

TEST_F(Past, ASideWithoutAnythingIsNeverBelieved) {
    pass(100, 30);
    for (int i = 0; i < 40; ++i) {
        pass(100, 0);
    }
    EXPECT_TRUE(measures().empty());
    pass(100, 2);
    ASSERT_EQ(measures().size(), 1U);
    EXPECT_EQ(measures().front().from, 30U);
}

TEST_F(Past, FewAndSmallLossesAreNotNamed) {
    pass(19, 100);
    pass(2, 90);
    pass(2, 75);
    pass(0, 75);
    pass(2, 75);
    EXPECT_TRUE(measures().empty());
}

TEST_F(Past, APassThatWasNotCompleteSinksNothing) {
    pass(100, 100);
    for (int i = 0; i < 20; ++i) {
        pass(100, 5, false);
    }
    pass(100, 5);
    EXPECT_TRUE(measures().empty());
}

// ---- passwords

TEST_F(Past, AnAccountThatWasMadeAgainIsNamedWhenThePanelGotItsPassword) {
    succeed(ActionKind::kCreate);
    deliver();
    succeed(ActionKind::kSetQuota);
    succeed(ActionKind::kCreate);
    deliver(false);
    EXPECT_TRUE(passwords().empty());
    deliver();
    deliver();
    ASSERT_EQ(passwords().size(), 1U);
    EXPECT_EQ(passwords().front().item, kItem);
    EXPECT_EQ(passwords().front().server, kServer);
    EXPECT_EQ(passwords().front().login, "user_7");
    EXPECT_EQ(passwords().front().at, Time(std::chrono::seconds(position_ - 1)));
}

TEST_F(Past, SoIsOneThatWasAdoptedAndOneWhoseCreateALookFound) {
    sold(Wanted::kEnabled);
    adopt();
    DoubtResolved found;
    found.item = kItem;
    found.server = kServer;
    found.kind = ActionKind::kCreate;
    found.login = "user_7";
    record(found);
    deliver();
    EXPECT_TRUE(passwords().empty()) << "it took no effect";
    found.took_effect = true;
    record(found);
    deliver();
    EXPECT_EQ(passwords().size(), 1U);
}

TEST_F(Past, AnAccountThatWasDeletedOrFoundGoneMayBeMadeAgain) {
    succeed(ActionKind::kCreate);
    deliver();
    succeed(ActionKind::kDelete);
    succeed(ActionKind::kCreate);
    deliver();
    record(AccountFoundGone{kItem, kServer, "user_7", ""});
    succeed(ActionKind::kCreate);
    deliver();
    DoubtResolved gone;
    gone.item = kItem;
    gone.server = kServer;
    gone.kind = ActionKind::kDelete;
    gone.took_effect = true;
    record(gone);
    succeed(ActionKind::kCreate);
    deliver();
    EXPECT_TRUE(passwords().empty());
}

TEST_F(Past, WhatTheFirstPassOfTodayMadeAgainIsNotNamed) {
    succeed(ActionKind::kCreate);
    deliver();
    next_pass();
    succeed(ActionKind::kCreate);
    deliver();
    EXPECT_EQ(passwords().size(), 1U);
    pass_of_today();
    EXPECT_TRUE(passwords().empty());
}

TEST_F(Past, WhatWasLookedAtIsLeftOut) {
    succeed(ActionKind::kCreate);
    succeed(ActionKind::kCreate);
    deliver();
    sold(Wanted::kAbsent);
    adopt();
    pass(100, 30);
    for (int i = 0; i < 9; ++i) {
        pass(100, 15);
    }
    PastFaults faults = past_.found();
    ASSERT_EQ(faults.adoptions.size(), 1U);
    ASSERT_EQ(faults.measures.size(), 1U);
    faults.forget_before(faults.adoptions.front().at);
    EXPECT_TRUE(faults.passwords.empty());
    EXPECT_EQ(faults.adoptions.size(), 1U);
    EXPECT_EQ(faults.measures.size(), 1U);
    faults.forget_before(faults.measures.front().at + Duration(1));
    EXPECT_TRUE(faults.adoptions.empty());
    EXPECT_TRUE(faults.measures.empty());
}

}  // namespace
}  // namespace bn::retrospect_test
