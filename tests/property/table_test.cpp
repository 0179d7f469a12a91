// The flat tables against plain maps, whatever the order of their input.
#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string_view>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"

namespace bn::table_test {
namespace {

std::string any_login() {
    // Long common beginnings, short ones, and letter case.
    static const std::vector<std::string> kStarts = {
        "", "u", "User_", "a-very-long-beginning.", "Z"};
    const auto start = *rc::gen::elementOf(kStarts);
    return start + std::to_string(*rc::gen::inRange(0, 40));
}

TEST(ActualTableLaws, HoldsWhatAMapHolds) {
    EXPECT_TRUE(rc::check("the table equals a map by key; the later part stays", [] {
        std::map<std::string, std::pair<std::string, int>> model;
        ActualTable::Builder builder;
        const int count = *rc::gen::inRange(0, 60);
        for (int part = 0; part < count; ++part) {
            const std::string login = any_login();
            const std::string email = login_key(login) + "@example.org";
            ActualAccount account;
            account.login = login;
            account.email = email;
            account.quota = Quota::bytes(part);
            account.groups = {"b", "a", "b"};
            account.enabled = part % 2 == 0;
            builder.add(account, static_cast<std::uint16_t>(part));
            model[login_key(login)] = {login, part};
        }
        const ActualTable table = std::move(builder).finish();
        RC_ASSERT(table.size() == model.size());
        std::size_t i = 0;
        for (const auto& [key, value] : model) {
            RC_ASSERT(table.key(i) == key);
            RC_ASSERT(table.find(key) == i);
            const ActualAccount account = table[i];
            RC_ASSERT(account.login == value.first);
            RC_ASSERT(account.email == key + "@example.org");
            RC_ASSERT(account.quota == Quota::bytes(value.second));
            RC_ASSERT(account.enabled == (value.second % 2 == 0));
            const std::set<std::string_view> groups(account.groups.begin(), account.groups.end());
            RC_ASSERT(groups == (std::set<std::string_view>{"a", "b"}));
            RC_ASSERT(account.groups.size() == groups.size());
            ++i;
        }
        RC_ASSERT(table.find("nobody") == ActualTable::npos);
    }));
}

TEST(DesiredTableLaws, SortsRowsWithTheirTexts) {
    EXPECT_TRUE(rc::check("each row keeps its own texts", [] {
        DesiredTable::Builder builder;
        std::map<ItemId, std::string> model;
        const int count = *rc::gen::inRange(0, 60);
        const int named_from = *rc::gen::inRange(0, 60);
        for (int i = 0; i < count; ++i) {
            const ItemId item(static_cast<std::uint32_t>(i + 1));
            const std::string login = any_login();
            const std::string name = i >= named_from ? "Name of " + login : "";
            const std::string email = "m" + std::to_string(i) + "@example.org";
            const std::string group = i % 3 == 0 ? "" : "g" + std::to_string(i % 3);
            DesiredAccount account;
            account.item = item;
            account.login = login;
            account.email = email;
            account.display_name = name;
            account.group = group;
            account.wanted = Wanted::kEnabled;
            account.login_saved = i % 2 == 0;
            builder.add(account);
            model[item] = login;
        }
        const DesiredTable table = std::move(builder).finish();
        RC_ASSERT(table.size() == model.size());
        for (std::size_t i = 0; i < table.size(); ++i) {
            if (i > 0) {
                RC_ASSERT(table.key(i - 1) <= table.key(i));
            }
            const DesiredAccount account = table[i];
            const std::uint32_t n = account.item.value - 1;
            RC_ASSERT(account.login == model.at(account.item));
            RC_ASSERT(account.email == "m" + std::to_string(n) + "@example.org");
            RC_ASSERT(account.login_saved == (n % 2 == 0));
            RC_ASSERT(account.group == (n % 3 == 0 ? "" : "g" + std::to_string(n % 3)));
            const bool named = n >= static_cast<std::uint32_t>(named_from);
            RC_ASSERT(
                account.display_name == (named ? "Name of " + std::string(account.login) : "")
            );
            RC_ASSERT(table.find(account.item) == i);
        }
    }));
}

}  // namespace
}  // namespace bn::table_test
