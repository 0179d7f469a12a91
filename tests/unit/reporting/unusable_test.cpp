#include <gtest/gtest.h>

#include "controller/pass/planning.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller::unusable_test {
namespace {

const ServerId kServer(3);

class UnusableServer : public ::testing::Test {
  protected:
    UnusableServer() {
        server_.id = kServer;
        server_.base_url = "https://cloud.example.com";
        settings_.policy = Policy::kSync;
        ledger_.edit(kServer).address = "https://cloud.example.com";
        ledger_.change(ItemId(7), [](LedgerItem& item) {
            item.item = ItemId(7);
            item.server = kServer;
            item.login = "user_7";
            item.ownership = Ownership::kCreated;
        });
    }

    std::string code() const {
        const auto error =
            admit_server({ledger_, Time{}}, server_, unconfigured(kServer, settings_), true).error;
        return error ? error->code : "";
    }

    DesiredServer server_;
    ServerSettings settings_;
    Ledger ledger_;
};

TEST_F(UnusableServer, IsNoneThatIsWhereItWas) {
    EXPECT_EQ(code(), "");
}

TEST_F(UnusableServer, HasMovedAwayFromOurAccounts) {
    server_.base_url = "https://other.example.com";
    EXPECT_EQ(code(), "server.address");
}

TEST_F(UnusableServer, MayMoveWhenNothingOfOursIsThere) {
    server_.base_url = "https://other.example.com";
    ledger_.change(ItemId(7), [](LedgerItem& item) { item.ownership = Ownership::kNone; });
    EXPECT_EQ(code(), "");
}

TEST_F(UnusableServer, HasSettingsThatCannotBeUsed) {
    server_.problem = "its password cannot be decrypted";
    server_.remedy = "enter it again";
    EXPECT_EQ(code(), "panel.server");
}

TEST_F(UnusableServer, HasNoPolicy) {
    settings_.policy.reset();
    EXPECT_EQ(code(), "config.policy");
}

}  // namespace
}  // namespace bn::controller::unusable_test
