#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <string>

#include <gtest/gtest.h>

#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::model_test {
namespace {

TEST(Time, IsWrittenAndReadBack) {
    for (const char* text :
         {"2026-11-23T10:20:30.123Z", "1969-12-31T23:59:59.999Z", "2024-02-29T00:00:00.000Z"}) {
        const auto time = parse_time(text);
        ASSERT_TRUE(time.has_value()) << text;
        EXPECT_EQ(format_time(*time), text);
    }
    EXPECT_EQ(format_time(*parse_time("2026-11-23T10:20:30Z")), "2026-11-23T10:20:30.000Z");
}

TEST(Time, RefusesWhatIsNoTime) {
    for (const char* text :
         {"",
          "yesterday",
          "2026-11-23 10:20:30Z",
          "2026-13-23T10:20:30Z",
          "2026-02-30T10:20:30Z",
          "2026-11-23T24:20:30Z",
          "2026-11-23T10:60:30Z",
          "2026-11-23T10:20:60Z",
          "2026-11-23T10:20:30",
          "20x6-11-23T10:20:30Z",
          "2026-11-23T10:20:30.1x3Z"}) {
        const auto time = parse_time(text);
        ASSERT_FALSE(time.has_value()) << text;
        EXPECT_NE(time.error().find(text), std::string::npos);
    }
}

TEST(Ids, LoginsAreComparedWithoutCase) {
    EXPECT_EQ(login_key("User_Ä@X"), "user_Ä@x");
    EXPECT_TRUE(compare_logins("ABC", "abc") == std::strong_ordering::equal);
    EXPECT_TRUE(compare_logins("ab", "ABC") == std::strong_ordering::less);
    EXPECT_TRUE(compare_logins("b", "ABC") == std::strong_ordering::greater);
    EXPECT_TRUE(compare_logins("\xc3", "a") == std::strong_ordering::greater);
}

TEST(Names, EveryHoldCodeHasItsOwn) {
    std::set<std::string_view> names;
    for (int i = 0; i <= static_cast<int>(HoldCode::kPaused); ++i) {
        const auto code = static_cast<HoldCode>(i);
        EXPECT_EQ(from_name<HoldCode>(to_string(code)), code);
        EXPECT_TRUE(names.insert(to_string(code)).second);
    }
    EXPECT_FALSE(from_name<HoldCode>("no-such-hold").has_value());
    EXPECT_EQ(to_string(static_cast<HoldCode>(999)), "unknown");
}

// Metric labels and stored events: a name that moved to another code would change what they say.
TEST(Names, OfHoldCodesStay) {
    const std::map<HoldCode, std::string_view> known = {
        {HoldCode::kNoTariff, "no-tariff"},
        {HoldCode::kDanglingReference, "dangling-reference"},
        {HoldCode::kNoDisk, "no-disk"},
        {HoldCode::kUnknownStatus, "unknown-status"},
        {HoldCode::kUnknownAddonType, "unknown-addon-type"},
        {HoldCode::kBadMeasure, "bad-measure"},
        {HoldCode::kBadNumber, "bad-number"},
        {HoldCode::kBadLogin, "bad-login"},
        {HoldCode::kLoginClash, "login-clash"},
        {HoldCode::kBadGroup, "bad-group"},
        {HoldCode::kBadSecret, "bad-secret"},
        {HoldCode::kNoServer, "no-server"},
        {HoldCode::kServerDisabled, "server-disabled"},
        {HoldCode::kMovedServer, "moved-server"},
        {HoldCode::kBadServer, "bad-server"},
        {HoldCode::kNotOurs, "not-ours"},
        {HoldCode::kProtected, "protected"},
        {HoldCode::kMissingGroup, "missing-group"},
        {HoldCode::kIncompleteRead, "incomplete-read"},
        {HoldCode::kForeignBackend, "foreign-backend"},
        {HoldCode::kLoginChanged, "login-changed"},
        {HoldCode::kOtherClient, "other-client"},
        {HoldCode::kInDoubt, "in-doubt"},
        {HoldCode::kBackoff, "backoff"},
        {HoldCode::kFighting, "fighting"},
        {HoldCode::kRefused, "refused"},
        {HoldCode::kParked, "parked"},
        {HoldCode::kKept, "kept"},
        {HoldCode::kByHand, "by-hand"},
        {HoldCode::kWindow, "window"},
        {HoldCode::kRetention, "retention"},
        {HoldCode::kVanished, "vanished"},
        {HoldCode::kPolicy, "policy"},
        {HoldCode::kBlastRadius, "blast-radius"},
        {HoldCode::kIncompleteSnapshot, "incomplete-snapshot"},
        {HoldCode::kClock, "clock"},
        {HoldCode::kPaused, "paused"},
        {HoldCode::kMaintenance, "panel-maintenance"},
    };
    EXPECT_EQ(known.size(), all_of<HoldCode>().size());
    for (const auto& [code, name] : known) {
        EXPECT_EQ(to_string(code), name);
    }
}

TEST(Names, OfActionsFieldsAndLevelsStay) {
    EXPECT_EQ(to_string(ActionKind::kAdopt), "adopt");
    EXPECT_EQ(to_string(ActionKind::kDisable), "disable");
    EXPECT_EQ(to_string(ActionKind::kCreate), "create");
    EXPECT_EQ(to_string(ActionKind::kSetPassword), "set-password");
    EXPECT_EQ(to_string(ActionKind::kEnable), "enable");
    EXPECT_EQ(to_string(ActionKind::kSetQuota), "set-quota");
    EXPECT_EQ(to_string(ActionKind::kSetEmail), "set-email");
    EXPECT_EQ(to_string(ActionKind::kSetName), "set-name");
    EXPECT_EQ(to_string(ActionKind::kMakeGroup), "make-group");
    EXPECT_EQ(to_string(ActionKind::kAddGroup), "add-group");
    EXPECT_EQ(to_string(ActionKind::kRemoveGroup), "remove-group");
    EXPECT_EQ(to_string(ActionKind::kDelete), "delete");
    EXPECT_EQ(to_string(DriftField::kMissing), "missing");
    EXPECT_EQ(to_string(DriftField::kOrphan), "orphan");
    EXPECT_EQ(to_string(DriftField::kQuota), "quota");
    EXPECT_EQ(to_string(DriftField::kEnabled), "enabled");
    EXPECT_EQ(to_string(DriftField::kGroup), "group");
    EXPECT_EQ(to_string(DriftField::kEmail), "email");
    EXPECT_EQ(to_string(DriftField{0}), "unknown");
    EXPECT_EQ(to_string(DriftField::kName), "display-name");
    EXPECT_EQ(to_string(DriftField{128}), "unknown");
    EXPECT_EQ(to_string(UsageLevel::kClose), "close");
    EXPECT_EQ(to_string(UsageLevel::kOver), "over");
}

TEST(Names, EveryActionKindHasItsOwn) {
    std::set<std::string_view> names;
    for (const ActionKind kind : kAllActionKinds) {
        EXPECT_EQ(from_name<ActionKind>(to_string(kind)), kind);
        EXPECT_TRUE(names.insert(to_string(kind)).second);
    }
    EXPECT_FALSE(from_name<ActionKind>("explode").has_value());
}

TEST(Names, OfFieldsMovesAndOutcomes) {
    std::set<std::string_view> names;
    for (const DriftField field : kAllDriftFields) {
        EXPECT_TRUE(names.insert(to_string(field)).second);
    }
    EXPECT_EQ(to_string(NextMove::kRetryCall), "retry-call");
    EXPECT_EQ(to_string(NextMove::kRedoPass), "redo-pass");
    EXPECT_EQ(to_string(NextMove::kWait), "wait");
    EXPECT_EQ(to_string(NextMove::kHuman), "human");
    EXPECT_EQ(to_string(NextMove::kBug), "bug");
    EXPECT_EQ(to_string(OutcomeKind::kDone), "done");
    EXPECT_EQ(to_string(OutcomeKind::kAlreadySo), "already-so");
    EXPECT_EQ(to_string(OutcomeKind::kRefused), "refused");
    EXPECT_EQ(to_string(OutcomeKind::kUnknown), "unknown");
    EXPECT_EQ(to_string(Ownership::kNone), "none");
    EXPECT_EQ(to_string(Ownership::kCreated), "created");
    EXPECT_EQ(to_string(Ownership::kAdopted), "adopted");
    EXPECT_EQ(to_string(Wanted::kNothing), "nothing");
    EXPECT_EQ(to_string(Wanted::kEnabled), "enabled");
    EXPECT_EQ(to_string(Wanted::kDisabled), "disabled");
    EXPECT_EQ(to_string(Wanted::kAbsent), "absent");
}

TEST(Error, SaysWhatAndWhatToDo) {
    const Error with(NextMove::kHuman, "ocs.401", "The login is refused", "set a new password");
    EXPECT_EQ(with.text(), "The login is refused (set a new password) [ocs.401]");
    EXPECT_EQ(Error(NextMove::kWait, "ocs.503", "Maintenance").text(), "Maintenance [ocs.503]");
}

TEST(Secret, MovesAndCopiesItsText) {
    Secret a("correct horse");
    Secret b(a);
    EXPECT_EQ(b.reveal(), "correct horse");
    const Secret c(std::move(a));
    EXPECT_EQ(c.reveal(), "correct horse");
    EXPECT_TRUE(a.empty());  // NOLINT(bugprone-use-after-move): wiped on purpose
    Secret d("other");
    d = c;
    EXPECT_EQ(d.reveal(), "correct horse");
    b = std::move(d);
    EXPECT_EQ(b.reveal(), "correct horse");
    EXPECT_TRUE(d.empty());  // NOLINT(bugprone-use-after-move)
    Secret& self = b;
    b = self;
    EXPECT_EQ(b.reveal(), "correct horse");
}

TEST(Pools, GiveOneNumberToOneName) {
    NamePool names;
    EXPECT_EQ(names.intern(""), 0U);
    const std::uint32_t a = names.intern("a");
    EXPECT_EQ(names.intern("a"), a);
    EXPECT_EQ(names.name(a), "a");
    EXPECT_EQ(names.find("b"), 0U);
    EXPECT_EQ(names.size(), 2U);
    GroupSetPool sets;
    EXPECT_EQ(sets.intern({}), 0U);
    const std::uint32_t set = sets.intern({3, 1, 3});
    EXPECT_EQ(sets.intern({1, 3}), set);
    EXPECT_TRUE(sets.contains(set, 3));
    EXPECT_FALSE(sets.contains(set, 2));
    EXPECT_EQ(sets.size(), 2U);
}

TEST(ActualTable, CutsWhatIsTooLongAndSaysSo) {
    ActualTable::Builder builder;
    const std::string login(300, 'x');
    ActualAccount account;
    account.login = login;
    builder.add(account);
    EXPECT_EQ(builder.size(), 1U);
    const ActualTable table = std::move(builder).finish();
    EXPECT_EQ(table.key(0).size(), 255U);
    EXPECT_FALSE(table[0].details_known);
    EXPECT_GT(table.bytes(), 255U);
}

TEST(ActualTable, RepeatedReadingsInOrderKeepTheLaterPart) {
    ActualTable::Builder builder;
    ActualAccount account;
    account.login = "a";
    account.enabled = true;
    builder.add(account, 2);
    account.enabled = false;
    builder.add(account, 1);
    const ActualTable table = std::move(builder).finish();
    ASSERT_EQ(table.size(), 1U);
    EXPECT_TRUE(table[0].enabled);
}

TEST(OwnedActualAccount, ShowsItselfAsAView) {
    OwnedActualAccount account;
    account.login = "Anna";
    account.groups = {"pro"};
    account.admin = true;
    const ActualAccount view = account.view();
    EXPECT_EQ(view.login, "Anna");
    ASSERT_EQ(view.groups.size(), 1U);
    EXPECT_TRUE(view.admin);
}

TEST(DesiredSnapshot, FindsServersAndRows) {
    DesiredSnapshot snapshot;
    snapshot.servers.resize(2);
    snapshot.servers[0].id = ServerId(2);
    snapshot.servers[1].id = ServerId(5);
    snapshot.items = {ItemId(1), ItemId(9)};
    EXPECT_EQ(snapshot.server(ServerId(5)), &snapshot.servers[1]);
    EXPECT_EQ(snapshot.server(ServerId(3)), nullptr);
    EXPECT_EQ(snapshot.server(ServerId(6)), nullptr);
    EXPECT_TRUE(snapshot.has_row(ItemId(9)));
    EXPECT_FALSE(snapshot.has_row(ItemId(2)));
}

TEST(DesiredTable, DisplayNamesMayBeginLate) {
    DesiredTable::Builder builder;
    builder.reserve(2);
    DesiredAccount account;
    account.item = ItemId(1);
    account.login = "a";
    builder.add(account);
    account.item = ItemId(2);
    account.login = "b";
    account.display_name = "Ben";
    builder.add(account);
    const DesiredTable table = std::move(builder).finish();
    EXPECT_EQ(table[0].display_name, "");
    EXPECT_EQ(table[1].display_name, "Ben");
    EXPECT_EQ(table.find(ItemId(7)), DesiredTable::npos);
}

class LedgerIndexes : public ::testing::Test {
  protected:
    void own(std::uint32_t item, const std::string& login) {
        ledger.change(ItemId(item), [&](LedgerItem& known) {
            known.server = server;
            known.login = login;
            known.ownership = Ownership::kCreated;
        });
    }

    ServerId server{4};
    Ledger ledger;
};

TEST_F(LedgerIndexes, FollowAnAccountFromBirthToDeath) {
    own(7, "Anna");
    ASSERT_NE(ledger.owner_of(server, "anna"), nullptr);
    EXPECT_EQ(ledger.owner_of(server, "anna")->item, ItemId(7));
    EXPECT_EQ(ledger.owner_of(ServerId(5), "anna"), nullptr);
    EXPECT_EQ(ledger.owned_count(server), 1U);
    EXPECT_TRUE(ledger.settled(server)[7]);
    ledger.change(ItemId(7), [](LedgerItem& known) { known.drift = 1; });
    EXPECT_FALSE(ledger.settled(server)[7]);
    EXPECT_TRUE(ledger.noted().contains(ItemId(7)));
    ledger.change(ItemId(7), [](LedgerItem& known) {
        known.drift = 0;
        known.deleted = true;
    });
    EXPECT_EQ(ledger.owner_of(server, "anna"), nullptr);
    EXPECT_EQ(ledger.owned_count(server), 0U);
    EXPECT_TRUE(ledger.noted().empty());
    EXPECT_TRUE(ledger.settled(ServerId(9)).empty());
    EXPECT_EQ(ledger.owned_count(ServerId(9)), 0U);
}

TEST_F(LedgerIndexes, AnOwnerGoesBeforeADoubt) {
    PendingAction pending;
    pending.action = Action(ActionKind::kCreate, server, ItemId(1), "anna");
    ledger.change(ItemId(1), [&](LedgerItem& known) { known.in_doubt.push_back(pending); });
    EXPECT_EQ(ledger.owner_of(server, "anna")->item, ItemId(1));
    own(7, "anna");
    EXPECT_EQ(ledger.owner_of(server, "anna")->item, ItemId(7));
    ledger.change(ItemId(7), [](LedgerItem& known) { known.deleted = true; });
    EXPECT_EQ(ledger.owner_of(server, "anna")->item, ItemId(1));
}

TEST_F(LedgerIndexes, AnOwnerGoesBeforeDoubtsOfAnyItemAndOrder) {
    std::vector<std::uint32_t> order = {1, 7, 9};
    do {
        ledger = Ledger();
        for (const std::uint32_t id : order) {
            if (id == 7) {
                own(7, "anna");
                continue;
            }
            PendingAction pending;
            pending.action = Action(ActionKind::kCreate, server, ItemId(id), "anna");
            ledger.change(ItemId(id), [&](LedgerItem& known) { known.in_doubt = {pending}; });
        }
        EXPECT_EQ(ledger.owner_of(server, "anna")->item, ItemId(7));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST_F(LedgerIndexes, AnItemInRetentionIsNoted) {
    own(7, "anna");
    ledger.change(ItemId(7), [](LedgerItem& known) { known.closed_at = Duration{0}; });
    EXPECT_TRUE(ledger.noted().contains(ItemId(7)));
    EXPECT_FALSE(ledger.settled(server)[7]);
    ledger.change(ItemId(7), [](LedgerItem& known) { known.closed_at.reset(); });
    EXPECT_FALSE(ledger.noted().contains(ItemId(7)));
}

TEST_F(LedgerIndexes, OfSeveralDoubtsTheSmallestItemAnswersWhateverTheirOrder) {
    for (const std::uint32_t id : {8U, 5U, 9U, 6U, 7U}) {
        PendingAction pending;
        pending.action = Action(ActionKind::kCreate, server, ItemId(id), "anna");
        ledger.change(ItemId(id), [&](LedgerItem& known) { known.in_doubt = {pending}; });
    }
    EXPECT_EQ(ledger.owner_of(server, "anna")->item, ItemId(5));
}

// By what it owns, not by what it works on.
TEST_F(LedgerIndexes, OnlyWhoHasTheAccountHereIsItsOwner) {
    own(1, "bert");  // and a call about the other login is in doubt
    PendingAction pending;
    pending.action = Action(ActionKind::kCreate, server, ItemId(1), "anna");
    const auto doubt = [&](LedgerItem& known) { known.in_doubt = {pending}; };
    ledger.change(ItemId(1), doubt);
    EXPECT_EQ(ledger.owner_of(server, "anna", ItemId(9)), nullptr);
    own(2, "anna");  // deleted, and perhaps made again
    ledger.change(ItemId(2), [](LedgerItem& known) { known.deleted = true; });
    ledger.change(ItemId(2), doubt);
    own(3, "anna");  // on another server
    ledger.change(ItemId(3), [&](LedgerItem& known) { known.server = ServerId(5); });
    ledger.change(ItemId(3), doubt);
    EXPECT_EQ(ledger.owner_of(server, "anna", ItemId(9)), nullptr);
    own(7, "anna");
    ASSERT_NE(ledger.owner_of(server, "anna", ItemId(9)), nullptr);
    EXPECT_EQ(ledger.owner_of(server, "anna", ItemId(9))->item, ItemId(7));
    EXPECT_EQ(ledger.owner_of(server, "anna", ItemId(7)), nullptr);
}

TEST_F(LedgerIndexes, WhoseRowIsAnotherClientsIsNotInOrder) {
    own(7, "anna");
    const auto settled = [&](std::uint32_t owner, std::uint32_t row) -> bool {
        ledger.change(ItemId(7), [&](LedgerItem& known) {
            known.client = owner;
            known.sold.emplace().client = row;
        });
        return ledger.settled(server)[7];
    };
    EXPECT_TRUE(settled(17, 17));
    EXPECT_FALSE(settled(17, 18));
    EXPECT_TRUE(settled(0, 18)) << "whose it was is not known";
}

TEST_F(LedgerIndexes, ARowThatNamesAnotherLoginIsNoted) {
    own(7, "Anna");
    const auto noted = [&](const char* login) {
        ledger.change(ItemId(7), [&](LedgerItem& known) {
            known.sold.emplace();
            known.sold->login = login;
        });
        EXPECT_NE(ledger.settled(server)[7] != 0, ledger.noted().contains(ItemId(7)));
        return ledger.noted().contains(ItemId(7));
    };
    EXPECT_TRUE(noted("bob"));
    EXPECT_FALSE(noted("ANNA"));
    EXPECT_FALSE(noted("")) << "the row was never understood";
}

TEST_F(LedgerIndexes, AVanishedRowAndAMissingAccountAreNoted) {
    own(7, "anna");
    ledger.change(ItemId(7), [](LedgerItem& known) { known.vanished_at_pass = 1; });
    EXPECT_TRUE(ledger.noted().contains(ItemId(7)));
    const DriftMask missing = mask_of({{DriftField::kMissing, "anna", ""}});
    ledger.change(ItemId(7), [&](LedgerItem& known) { known.drift = missing; });
    EXPECT_TRUE(missing_accounts(ledger, server).empty()) << "it was just made";
    ledger.change(ItemId(7), [&](LedgerItem& known) { known.missed = true; });
    EXPECT_EQ(missing_accounts(ledger, server), std::set<ItemId>{ItemId(7)});
    EXPECT_TRUE(missing_accounts(ledger, ServerId(5)).empty());
    ledger.change(ItemId(7), [](LedgerItem& known) { known.deleted = true; });
    EXPECT_TRUE(missing_accounts(ledger, server).empty());
}

TEST_F(LedgerIndexes, SaysNothingOfWhatItDoesNotKnow) {
    ledger.set_last_event(12);
    EXPECT_EQ(ledger.last_event(), 12U);
    EXPECT_EQ(ledger.item(ItemId(99)), nullptr);
    EXPECT_EQ(ledger.server(ServerId(99)), nullptr);
}

}  // namespace
}  // namespace bn::model_test
