// An account whose service's row is gone, or is another one's by now.
#include <algorithm>

#include <gtest/gtest.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::former_row_test {
namespace {

// Item 1 has the account bob; its row is gone, or its number is another order's by now.
class FormerRow : public ::testing::Test {
  protected:
    void SetUp() override {
        sell(1, 17);
        world.panel.sell(5, true);
        world.pass();
        ASSERT_TRUE(owns(*world.ledger.item(ItemId(1))));
    }

    ModelItem& sell(std::uint32_t id, std::uint32_t client) {
        ModelItem item;
        item.id = ItemId(id);
        item.login = "bob";
        item.client = client;
        return world.panel.items[item.id] = item;
    }

    [[nodiscard]] bool vanishes() const {
        return std::ranges::any_of(world.plan().held, [](const HeldAction& held) {
            return held.hold.item == ItemId(1) && held.hold.code == HoldCode::kVanished;
        });
    }

    ModelController world;
};

TEST_F(FormerRow, IsTreatedAsGoneThoughAClosedRowNamesItsAccount) {
    world.panel.items.erase(ItemId(1));
    ModelItem& other = sell(2, 18);
    for (const Wanted wanted : {Wanted::kAbsent, Wanted::kNothing, Wanted::kEnabled}) {
        other.wanted = wanted;
        EXPECT_TRUE(vanishes());
    }
    for (int pass = 0; pass < 6; ++pass) {
        world.pass();
    }
    EXPECT_FALSE(vanishes());
    EXPECT_FALSE(world.cloud.accounts.at("bob").enabled);
    world.watch(20);
    world.pass();
    EXPECT_TRUE(world.cloud.accounts.contains("bob")) << "whose it is now a person has to say";
}

// An unpaid order has the number of a former service by now; another one got its account by a
// person's word, and closes.
TEST_F(FormerRow, GetsNothingHandedOverByWhoeverHasItsNumber) {
    const auto order = [&](std::uint32_t client, Wanted wanted) {
        ModelItem& item = sell(1, client);
        item.login = "user_1";
        item.wanted = wanted;
    };
    order(17, Wanted::kNothing);
    sell(2, 17).login_saved = true;
    world.record(AccountAdopted{ItemId(2), ModelController::kServer, "bob", "a person"});
    world.pass();
    ASSERT_TRUE(owns(*world.ledger.item(ItemId(2))));
    ASSERT_TRUE(owns(*world.ledger.item(ItemId(1)))) << "nobody has seen that it was gone";
    world.panel.items.at(ItemId(2)).wanted = Wanted::kAbsent;
    const auto only_closes = [&] {
        const ServerPlan plan = world.plan();
        return plan.count(ActionKind::kDisable) == 1 && plan.handed_over.empty();
    };
    EXPECT_TRUE(only_closes());
    order(18, Wanted::kEnabled);
    world.ledger.change(ItemId(1), [](LedgerItem& item) { item.sold->client = 18; });
    EXPECT_TRUE(only_closes());
}

// Its row is another server's by now, which speaks of the item and does not see its account.
TEST_F(FormerRow, EndsTheRetentionOfAnAccountThatIsInUseWhereItWas) {
    world.panel.items.at(ItemId(1)).wanted = Wanted::kAbsent;
    world.pass();
    ASSERT_TRUE(world.ledger.item(ItemId(1))->closed_at);
    const ModelItem moved = world.panel.items.at(ItemId(1));
    ModelPanel there;
    there.items[moved.id] = moved;
    world.panel.items.erase(moved.id);
    DesiredSnapshot rows = world.panel.read(ModelController::kServer, world.now, 1);
    rows.items.insert(rows.items.begin(), moved.id);
    rows.servers.push_back(there.read(ServerId(9), world.now, 1).servers.front());
    world.cloud.accounts.at("bob").enabled = true;
    PlanOptions options = world.options;
    options.diff.now = options.guards.now = world.now;
    const ActualSnapshot actual = world.cloud.observe(ModelController::kServer, world.now, 1);
    const ServerPlan plan =
        make_server_plan({rows.servers.front(), rows, actual, world.ledger, {}}, options);
    for (const Event& event : decide_observation(world.ledger, plan, rows)) {
        world.record(event);
    }
    EXPECT_FALSE(world.ledger.item(ItemId(1))->closed_at);
}

TEST_F(FormerRow, ACloseWaitsWhereAnAccountIsBackThatLooksLikeTheOneThatWasGone) {
    world.record(AccountFoundGone{ItemId(1), ModelController::kServer, "bob", "a look"});
    ModelItem& row = world.panel.items.at(ItemId(1));
    row.email = "anna@example.org";
    row.wanted = Wanted::kAbsent;
    row.in_progress = true;
    const auto waits = [this] {
        return std::ranges::any_of(world.plan().held, [](const HeldAction& held) {
            return held.hold.item == ItemId(1) && held.hold.code == HoldCode::kNotOurs;
        });
    };
    EXPECT_FALSE(waits()) << "somebody else's";
    world.cloud.accounts.at("bob").email = "Anna@example.org";
    EXPECT_TRUE(waits());
}

}  // namespace
}  // namespace bn::testing::former_row_test
