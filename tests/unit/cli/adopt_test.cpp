// What `adopt` shows: logins that look like ours, and the screen with everything on it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/adopt/adopt_view.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/events/events.hpp"

namespace bn::cli::adopt_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::optional<std::uint32_t> item_of(std::string_view pattern, std::string_view login) {
    const std::optional<ItemId> item = controller::item_of_login(pattern, login);
    return item ? std::optional(item->value) : std::nullopt;
}

TEST(Adoptions, AreNamedByExactlyTheAccountsAndTheirItems) {
    const auto of = [](std::uint32_t server, std::uint32_t item, const char* login) {
        Adoptions one;
        one.adopt[ServerId(server)].emplace_back(
            ActionKind::kAdopt, ServerId(server), ItemId(item), login
        );
        return one;
    };
    const std::string shown = of(1, 7, "user_7").checksum();
    EXPECT_EQ(of(1, 7, "user_7").checksum(), shown);
    EXPECT_NE(of(2, 7, "user_7").checksum(), shown);
    EXPECT_NE(of(1, 8, "user_7").checksum(), shown);
    EXPECT_NE(of(1, 7, "user_8").checksum(), shown);
    EXPECT_NE(Adoptions().checksum(), shown);
    Adoptions more = of(1, 7, "user_7");
    more.adopt[ServerId(1)].emplace_back(ActionKind::kAdopt, ServerId(1), ItemId(8), "user_8");
    EXPECT_NE(more.checksum(), shown);
    EXPECT_EQ(more.count(), 2U);
}

TEST(ItemOfLogin, TheWholeLoginMustFit) {
    EXPECT_EQ(item_of("user_{item}", "user_7"), 7U);
    EXPECT_EQ(item_of("user_{item}", "User_71"), 71U);
    EXPECT_EQ(item_of("user_{item}", "user_4294967295"), 4294967295U);
    for (const char* login :
         {"user_", "user_7x", "my_user_7", "user_07", "user_0", "user_-1", "user_4294967296", ""}) {
        EXPECT_EQ(item_of("user_{item}", login), std::nullopt) << login;
    }
}

TEST(ItemOfLogin, OtherTemplates) {
    EXPECT_EQ(item_of("c{account}-{item}", "c12-34"), 34U);
    EXPECT_EQ(item_of("{item}0", "120"), 12U);
    EXPECT_EQ(item_of("{item}{account}", "12"), 1U);
    EXPECT_EQ(item_of("{item}{account}", "1"), std::nullopt);
    EXPECT_EQ(item_of("k{account}", "k5"), 0U) << "names no item";
    EXPECT_EQ(item_of("everybody", "everybody"), std::nullopt) << "says nothing";
}

AdoptView view_of_one() {
    AdoptView view;
    AdoptServer& server = view.servers.emplace_back();
    server.server = ServerId(3);
    server.name = "cloud";
    server.policy = Policy::kObserve;
    for (std::uint32_t i = 1; i <= 60; ++i) {
        AdoptRow row;
        row.item = ItemId(i);
        row.login = "user_" + std::to_string(i);
        row.evidence = "itemparam username names it";
        row.drift = i == 1 ? static_cast<DriftMask>(DriftField::kQuota) : DriftMask{0};
        server.adopt.push_back(row);
    }
    OrphanRow orphan;
    orphan.item = ItemId(77);
    orphan.login = "user_77\x1b[2J";
    orphan.has_files = true;
    server.orphaned.push_back(orphan);
    return view;
}

TEST(AdoptScreen, LongTablesAreCutAndHostileNamesEscaped) {
    const AdoptView view = view_of_one();
    ScreenOptions options;
    const std::string text = render_adopt(view, options);
    EXPECT_THAT(text, HasSubstr("Would adopt: 60"));
    EXPECT_THAT(text, HasSubstr("and 20 more"));
    EXPECT_THAT(text, HasSubstr("differ from what was sold: quota 1"));
    EXPECT_THAT(text, HasSubstr("the panel has no service 77, disabled, has files"));
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    options.full = true;
    EXPECT_THAT(render_adopt(view, options), Not(HasSubstr("more")));
    options.language = Language::kRussian;
    EXPECT_THAT(render_adopt(view, options), HasSubstr("Принять 60"));
}

TEST(AdoptScreen, EveryReasonOfAnOrphanHasWordsAndAName) {
    AdoptView view = view_of_one();
    std::set<std::string> texts;
    std::set<std::string_view> names;
    for (const OrphanReason reason :
         {OrphanReason::kNoService,
          OrphanReason::kClosed,
          OrphanReason::kUnpaid,
          OrphanReason::kOtherLogin,
          OrphanReason::kOtherServer,
          OrphanReason::kNoServer,
          OrphanReason::kUnclear}) {
        view.servers[0].orphaned[0].reason = reason;
        texts.insert(render_adopt(view, ScreenOptions()));
        names.insert(to_string(reason));
    }
    EXPECT_EQ(texts.size(), 7U);
    EXPECT_EQ(names.size(), 7U);
    EXPECT_FALSE(names.contains("?"));
}

TEST(AdoptScreen, AfterRecordingTheNextStepIsThePlan) {
    AdoptView view = view_of_one();
    EXPECT_THAT(render_adopt(view, ScreenOptions()), HasSubstr("`bill-nextcloud adopt` records"));
    view.recorded = 60;
    const std::string text = render_adopted(view, ScreenOptions());
    EXPECT_THAT(text, HasSubstr("Recorded 60 accounts"));
    EXPECT_THAT(text, HasSubstr("To adopt 0,"));
    EXPECT_THAT(text, HasSubstr("`bill-nextcloud plan`"));
}

TEST(DecideAdoptions, TheServerIsRecordedOnlyWhereItIsNews) {
    ServerObservation seen;
    seen.server = ServerId(3);
    seen.name = "cloud";
    seen.address = "https://cloud.example";
    seen.info.emplace().product = "Nextcloud";
    EXPECT_TRUE(decide_adoptions(Ledger(), DesiredServer(), seen, {}).empty())
        << "nothing becomes ours";

    Action action(ActionKind::kAdopt, ServerId(3), ItemId(7), "user_7");
    action.reason = "itemparam username names it";
    const std::vector<Event> events = decide_adoptions(Ledger(), DesiredServer(), seen, {action});
    ASSERT_EQ(events.size(), 2U);
    EXPECT_EQ(std::get<ServerObserved>(events[0]).address, "https://cloud.example");
    const auto& adopted = std::get<AccountAdopted>(events[1]);
    EXPECT_EQ(adopted.item, ItemId(7));
    EXPECT_EQ(adopted.login, "user_7");
    EXPECT_EQ(adopted.evidence, "itemparam username names it");

    Ledger known;
    Envelope envelope;
    envelope.event = events[0];
    evolve(known, envelope);
    EXPECT_EQ(decide_adoptions(known, DesiredServer(), seen, {action}).size(), 1U) << "no news";
    seen.address = "https://other.example";
    EXPECT_EQ(decide_adoptions(known, DesiredServer(), seen, {action}).size(), 2U);
}

}  // namespace
}  // namespace bn::cli::adopt_test
