#include "reconciler/plan/groups.hpp"

#include <gtest/gtest.h>

namespace bn::groups_test {
namespace {

const std::vector<std::string> kCloud = {"admin", "basic", "pro", "7", "PRO"};

TEST(ResolveGroup, IsByNameAndDigitsThatAreNoneSayNothing) {
    const auto expect = [](const char* stored, GroupState state, const char* name) {
        EXPECT_EQ(resolve_group(stored, kCloud), (ResolvedGroup{state, name})) << stored;
    };
    expect("", GroupState::kNone, "");
    expect("pro", GroupState::kFound, "pro");
    expect("PRO", GroupState::kFound, "PRO");
    expect("Pro", GroupState::kMissing, "Pro");
    expect("7", GroupState::kFound, "7");
    for (const char* digits : {"0", "1", "4", "5", "007", "99999999999999999999999"}) {
        expect(digits, GroupState::kUnsaid, "");
    }
    expect("admin", GroupState::kBad, "admin");
    expect("1x", GroupState::kMissing, "1x");
}

TEST(ResolveGroup, AdminIsBadEvenWhenTheCloudDoesNotListIt) {
    EXPECT_EQ(resolve_group("admin", {}).state, GroupState::kBad);
}

TEST(WhyNotMade, IsSaidOfAllButPlainNamesThatNoOtherIsLike) {
    for (const char* name : {"gold", "R+D", "Золотой", "a group of ours"}) {
        EXPECT_EQ(why_not_made(name, kCloud), "") << name;
    }
    for (const char* name : {"Admin", "admin"}) {
        EXPECT_EQ(why_not_made(name, {}), "it means administrators");
    }
    EXPECT_EQ(
        why_not_made("Pro", kCloud),
        "one is there, or named by another tariff, that differs in letter case only"
    );
    for (const char* name : {" gold", "gold ", "a/b", "a\nb", "a\x7f"}) {
        EXPECT_NE(why_not_made(name, kCloud), "") << name;
    }
}

TEST(ManagedGroups, NeverHoldAdmin) {
    EXPECT_EQ(
        managed_group_names({"0", "1", "4", "admin", "basic", "gone", "pro"}, kCloud),
        (std::vector<std::string>{"basic", "pro"})
    );
}

TEST(GroupsToRead, AreThoseOfTariffsUnlessOneDoesNotSayWhich) {
    const std::vector<std::string> cloud{"accounting", "pro", "start", "R+D"};
    EXPECT_EQ(
        groups_to_read({"start", "pro", "none"}, cloud), (std::vector<std::string>{"pro", "start"})
    );
    EXPECT_EQ(groups_to_read({}, cloud), std::vector<std::string>());
    EXPECT_FALSE(groups_to_read({"start", "0"}, cloud));
}

}  // namespace
}  // namespace bn::groups_test
