#include "reconciler/plan/groups.hpp"

#include <gtest/gtest.h>

namespace bn::groups_test {
namespace {

const std::vector<std::string> kCloud = {"admin", "basic", "pro", "7", "PRO"};

TEST(ResolveGroup, NamesAndPositions) {
    const auto expect = [](const char* stored, GroupState state, const char* name) {
        EXPECT_EQ(resolve_group(stored, kCloud), (ResolvedGroup{state, name})) << stored;
    };
    expect("", GroupState::kNone, "");
    expect("pro", GroupState::kFound, "pro");
    expect("PRO", GroupState::kFound, "PRO");
    expect("Pro", GroupState::kMissing, "Pro");
    expect("1", GroupState::kFound, "basic");
    expect("4", GroupState::kFound, "PRO");  // the last one
    expect("7", GroupState::kFound, "7");    // a name that exists goes before a position
    expect("5", GroupState::kMissing, "5");
    expect("99999999999999999999999", GroupState::kMissing, "99999999999999999999999");
    expect("0", GroupState::kBad, "admin");
    expect("admin", GroupState::kBad, "admin");
    expect("1x", GroupState::kMissing, "1x");
}

TEST(ResolveGroup, AdminIsBadEvenWhenTheCloudDoesNotListIt) {
    EXPECT_EQ(resolve_group("admin", {}).state, GroupState::kBad);
}

TEST(ManagedGroups, NeverHoldAdmin) {
    EXPECT_EQ(
        managed_group_names({"0", "1", "admin", "basic", "gone", "pro"}, kCloud),
        (std::vector<std::string>{"basic", "pro"})
    );
}

}  // namespace
}  // namespace bn::groups_test
