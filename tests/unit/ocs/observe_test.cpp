// Reading all accounts of a cloud.
#include "base/tasks.hpp"
#include "tests/unit/ocs/cloud_stage.hpp"

namespace bn::ocs::observe_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class ObserveTest : public CloudTest {
  protected:
    void SetUp() override {
        CloudTest::SetUp();
        on("GET /ocs/v2.php/cloud/user",
           ocs_reply(200, 200, "OK", R"({"id":"admin","enabled":true,"groups":["admin"]})"));
        on("GET /ocs/v2.php/cloud/groups",
           ocs_reply(200, 200, "OK", R"({"groups":["pro","basic"]})"));
        for (int offset = 0; offset < 40; ++offset) {
            page(offset, {});
            page(offset, {}, 1);
            listed(offset, "");
        }
    }

    static std::string key(int offset, int size = 2) {
        return fmt::format("GET /ocs/v2.php/cloud/users/details?limit={}&offset={}", size, offset);
    }

    // Who is at this place of the list of ids.
    void listed(int offset, const std::string& id) {
        script_[fmt::format("GET /ocs/v2.php/cloud/users?limit=1&offset={}", offset)] = {ocs_reply(
            200, 200, "OK", id.empty() ? R"({"users":[]})" : R"({"users":[")" + id + "\"]}"
        )};
    }

    void page(int offset, const std::vector<std::string>& ids, int size = 2) {
        std::string users;
        for (const auto& id : ids) {
            users += (users.empty() ? "" : ",") + ("\"" + id + "\":" + user_json(id));
        }
        script_[key(offset, size)] = {ocs_reply(
            200, 200, "OK", ids.empty() ? R"({"users":[]})" : "{\"users\":{" + users + "}}"
        )};
    }

    Result<ActualSnapshot> observe() {
        ObserveOptions options;
        options.page_size = 2;
        options.progress = [this](std::uint64_t n) { progress_ = n; };
        return run(cloud_->observe(std::move(options)));
    }

    std::uint64_t progress_ = 0;
};

TEST_F(ObserveTest, ReadsPagesUntilAnEmptyOne) {
    page(0, {"b", "a"});
    page(2, {"admin"});  // a short page is no end
    page(4, {"Zed", "c"});
    auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    EXPECT_EQ(snapshot->accounts.size(), 5U);
    EXPECT_NE(snapshot->accounts.find("zed"), ActualTable::npos);
    EXPECT_THAT(snapshot->groups, ElementsAre("pro", "basic"));
    EXPECT_EQ(snapshot->own_login, "admin");
    EXPECT_EQ(progress_, 5U);
}

TEST_F(ObserveTest, AnAccountThatMovedToAnotherPageIsThereOnce) {
    page(0, {"a", "admin"});
    page(2, {"a", "b"});
    auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_EQ(snapshot->accounts.size(), 3U);
}

TEST_F(ObserveTest, AFailedPageIsReadInHalves) {
    page(0, {"a", "admin"});
    const std::vector<HttpResult> answers{
        ocs_reply(500, 500), json_response(404, ""), json_response(200, ""), ocs_reply(404, 404)};
    for (const HttpResult& broken : answers) {
        script_[key(2)] = {broken};
        page(2, {"b"}, 1);
        page(3, {"c"}, 1);
        auto snapshot = observe();
        ASSERT_TRUE(snapshot);
        EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
        EXPECT_EQ(snapshot->accounts.size(), 4U);
    }
}

// One account that cannot be read stops nobody else: it is there, and not known.
TEST_F(ObserveTest, AnAccountThatBreaksItsPageIsReadByItselfOrNotKnown) {
    page(0, {"a", "admin"});
    page(4, {"d"});
    script_[key(2)] = {ocs_reply(500, 500)};
    script_[key(2, 1)] = {ocs_reply(500, 500)};
    page(3, {"c"}, 1);
    listed(2, "b");
    const std::string alone = "GET /ocs/v2.php/cloud/users/b";
    on(alone, ocs_reply(200, 200, "OK", user_json("b")));
    auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    ASSERT_EQ(snapshot->accounts.size(), 5U);
    EXPECT_TRUE(snapshot->accounts[snapshot->accounts.find("b")].details_known);
    script_[alone] = {ocs_reply(500, 500)};
    snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    ASSERT_EQ(snapshot->accounts.size(), 5U);
    EXPECT_FALSE(snapshot->accounts[snapshot->accounts.find("b")].details_known);
    EXPECT_TRUE(snapshot->accounts[snapshot->accounts.find("c")].details_known);
    script_[alone] = {ocs_reply(404, 404, "User does not exist")};
    EXPECT_EQ(observe()->accounts.size(), 4U) << "deleted since it was listed";
}

// What came before the damage counts as met by nobody: the halves bring it, and the list goes on.
TEST_F(ObserveTest, APageThatIsDamagedInTheMiddleIsNoEnd) {
    page(0, {"a", "admin"});
    for (int offset = 8; offset < 24; offset += 2) {
        page(offset, {"u" + std::to_string(offset), "u" + std::to_string(offset + 1)});
    }
    for (int offset = 2; offset < 8; offset += 2) {
        page(offset, {"u" + std::to_string(offset), "u" + std::to_string(offset + 1)});
    }
    script_[key(4)] = {json_response(
        200,
        R"({"ocs":{"meta":{"statuscode":200},"data":{"users":{"u4":)" + user_json("u4") +
            R"(<b>Warning</b>,"u5":)" + user_json("u5") + "}}}}"
    )};
    page(4, {"u4"}, 1);
    page(5, {"u5"}, 1);
    const auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    EXPECT_EQ(snapshot->accounts.size(), 24U);
}

// The list of ids is in another order than that of details, or pays no attention to the offset.
TEST_F(ObserveTest, WhoIsNotFoundByHisPlaceMakesTheReadingIncomplete) {
    page(0, {"a", "admin"});
    script_[key(2)] = {ocs_reply(500, 500)};
    script_[key(2, 1)] = {ocs_reply(500, 500)};
    page(3, {"c"}, 1);
    listed(2, "admin");
    const auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(snapshot->complete);
    EXPECT_THAT(snapshot->incomplete_reason, HasSubstr("ocs.500"));
}

// A pass, a person's look and the day's usage may read one cloud at once.
TEST_F(ObserveTest, TwoReadingsAtOnceAreEachWhole) {
    for (int offset = 0; offset < 30; offset += 2) {
        page(
            offset,
            {"u" + std::to_string(offset), offset == 0 ? "admin" : "v" + std::to_string(offset)}
        );
    }
    std::vector<Result<ActualSnapshot>> both;
    const auto one = [&]() -> Task<void> {
        ObserveOptions options;
        options.page_size = 2;
        both.push_back(co_await cloud_->observe(std::move(options)));
    };
    const auto two = [&]() -> Task<bool> {
        auto executor = co_await boost::asio::this_coro::executor;
        base::TaskGroup readings(executor);
        readings.spawn(one());
        readings.spawn(one());
        co_await readings.join();
        co_return true;
    };
    EXPECT_TRUE(run(two()));
    ASSERT_EQ(both.size(), 2U);
    for (const auto& snapshot : both) {
        ASSERT_TRUE(snapshot);
        EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
        EXPECT_EQ(snapshot->accounts.size(), 30U);
    }
}

// Swallowed by the cloud, an error looks like the end of the list.
TEST_F(ObserveTest, AnEmptyPageIsTheEndOnlyWhereNobodyIsListed) {
    page(0, {"a", "admin"});
    page(4, {"d"});
    listed(2, "b");
    page(2, {"b"}, 1);
    page(3, {"c"}, 1);
    const auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    EXPECT_EQ(snapshot->accounts.size(), 5U);
}

TEST_F(ObserveTest, AListThatIgnoresTheOffsetEndsWithAPageThatBringsNobodyNew) {
    for (int offset = 0; offset < 40; ++offset) {
        page(offset, {"a", "b", "admin"});
    }
    auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    EXPECT_EQ(snapshot->accounts.size(), 3U);
    // A page that is as full as was asked for may be a part of them.
    for (int offset = 0; offset < 40; ++offset) {
        page(offset, {"a", "admin"});
    }
    snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(snapshot->complete);
    EXPECT_THAT(snapshot->incomplete_reason, HasSubstr("ocs.list_repeats"));
}

TEST_F(ObserveTest, AReadingThatBreaksOffIsIncomplete) {
    page(0, {"a", "admin"});
    for (int offset = 2; offset < 40; ++offset) {
        script_[key(offset)] = {ocs_reply(500, 500)};
        script_[key(offset, 1)] = {ocs_reply(500, 500)};
        listed(offset, "somebody");
    }
    on("GET /ocs/v2.php/cloud/users/somebody", ocs_reply(500, 500));
    const auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(snapshot->complete);
    EXPECT_THAT(snapshot->incomplete_reason, HasSubstr("ocs.500"));
}

TEST_F(ObserveTest, ACloudThatFailsAtEachPageIsAskedLittle) {
    for (int offset = 0; offset < 40; ++offset) {
        script_[key(offset)] = {ocs_reply(500, 500)};
        script_[key(offset, 1)] = {ocs_reply(500, 500)};
    }
    const auto snapshot = observe();
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().code, "ocs.500");
}

TEST_F(ObserveTest, AnEmptyListIsNotBelieved) {
    auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_FALSE(snapshot->complete);
    EXPECT_THAT(snapshot->incomplete_reason, HasSubstr("log in with"));
}

TEST_F(ObserveTest, NothingReadIsAnError) {
    for (int offset = 0; offset < 40; ++offset) {
        script_[key(offset)] = {json_response(200, "<html>")};
        script_[key(offset, 1)] = {json_response(200, "<html>")};
    }
    auto snapshot = observe();
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().code, "ocs.not_ocs");
}

TEST_F(ObserveTest, OwncloudIsReadAccountByAccount) {
    start(settings(), "10.15.0", "ownCloud");
    const std::string api = "GET /ocs/v1.php/cloud/";
    on(api + "user", ocs_reply(200, 100, "OK", R"({"id":"admin"})"));
    on(api + "groups", ocs_reply(200, 100, "OK", R"({"groups":["admin","pro"]})"));
    on(api + "groups/admin", ocs_reply(200, 100, "OK", R"({"users":["admin"]})"));
    on(api + "groups/pro", ocs_reply(200, 100, "OK", R"({"users":["Ivan"]})"));
    on(api + "users?limit=2&offset=0", ocs_reply(200, 100, "OK", R"({"users":["admin","Ivan"]})"));
    on(api + "users?limit=2&offset=2", ocs_reply(200, 100, "OK", R"({"users":["gone"]})"));
    on(api + "users?limit=2&offset=3", ocs_reply(200, 100, "OK", R"({"users":[]})"));
    on(api + "users/admin",
       ocs_reply(200, 100, "OK", R"({"enabled":"true","quota":{"definition":"none"}})"));
    on(api + "users/Ivan",
       ocs_reply(200, 100, "OK", R"({"enabled":"false","quota":{"definition":"5 GB"}})"));
    on(api + "users/gone", ocs_reply(200, 998, ""));
    auto snapshot = observe();
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    ASSERT_EQ(snapshot->accounts.size(), 2U);
    EXPECT_TRUE(snapshot->accounts[0].admin);
    EXPECT_EQ(snapshot->accounts[1].login, "Ivan");
    EXPECT_FALSE(snapshot->accounts[1].enabled);
    EXPECT_EQ(snapshot->accounts[1].quota, Quota::bytes(5368709120));
    EXPECT_THAT(snapshot->accounts[1].groups, ElementsAre("pro"));
    // A strange group that no tariff names is not asked for; one that is gone has no members.
    on(api + "groups",
       ocs_reply(200, 100, "OK", R"({"groups":["admin","R+D","sales/emea",".","pro","was"]})"));
    on(api + "groups/was", ocs_reply(200, 998, ""));
    ObserveOptions options;
    options.page_size = 2;
    options.groups = {"pro", "was"};
    snapshot = run(cloud_->observe(options));
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    EXPECT_TRUE(snapshot->accounts[0].admin);
    EXPECT_THAT(snapshot->accounts[1].groups, ElementsAre("pro"));
    // One account that cannot be read stops nobody else.
    script_[api + "users/Ivan"] = {ocs_reply(500, 996)};
    snapshot = run(cloud_->observe(options));
    ASSERT_TRUE(snapshot);
    EXPECT_TRUE(snapshot->complete) << snapshot->incomplete_reason;
    ASSERT_EQ(snapshot->accounts.size(), 2U);
    EXPECT_FALSE(snapshot->accounts[1].details_known);
    // A list that ignores the offset.
    on(api + "users?limit=2&offset=3", ocs_reply(200, 100, "OK", R"({"users":["admin","gone"]})"));
    EXPECT_TRUE(run(cloud_->observe(options))->complete);
}

}  // namespace
}  // namespace bn::ocs::observe_test
