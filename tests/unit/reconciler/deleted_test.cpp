// A delete that the cloud says it has done.
#include <gtest/gtest.h>

#include "reconciler/decide/action.hpp"

namespace bn::deleted_test {
namespace {

TEST(SeenAfterDelete, OnlyALookThatFindsNothingProvesIt) {
    const Action action(ActionKind::kDelete, ServerId(3), ItemId(7), "bob");
    const Outcome done(OutcomeKind::kDone, Error());
    EXPECT_EQ(seen_after_delete(done, action, Look()).kind, OutcomeKind::kDone);

    OwnedActualAccount account;
    account.login = "bob";
    const Outcome there = seen_after_delete(done, action, Look(account));
    EXPECT_EQ(there.kind, OutcomeKind::kUnknown);
    EXPECT_EQ(there.error.code, "ocs.not_deleted");

    const Error away(Concern::kServer, NextMove::kRetryCall, "ocs.away", "no answer", "wait");
    const Outcome unseen = seen_after_delete(done, action, tl::unexpected(away));
    EXPECT_EQ(unseen.kind, OutcomeKind::kUnknown);
    EXPECT_EQ(unseen.error.code, "ocs.away");
}

}  // namespace
}  // namespace bn::deleted_test
