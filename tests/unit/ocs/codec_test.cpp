#include <random>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "ocs/ocs_codec.hpp"
#include "tests/unit/ocs/transcripts.hpp"

namespace bn::ocs::codec_test {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;

std::string body_of(const std::string& name) {
    for (auto& t : bn::testing::json_transcripts()) {
        if (t.name == name) {
            return t.body;
        }
    }
    ADD_FAILURE() << "no transcript " << name;
    return {};
}

std::string ok(const std::string& data) {
    return R"({"ocs":{"meta":{"status":"ok","statuscode":200,"message":"OK"},"data":)" + data +
           "}}";
}

OwnedActualAccount account_of(std::string body) {
    OwnedActualAccount account;
    bool groups = false;
    EXPECT_EQ(read_account(body, "asked", account, groups).shape, Shape::kOcs);
    return account;
}

TEST(Codec, ReadsAFullAccount) {
    auto account = account_of(body_of("021-get-user-full.v2-json"));
    EXPECT_EQ(account.login, "t.v2.json.full");
    EXPECT_EQ(account.email, "t.v2.json@mail.example.test");
    EXPECT_EQ(account.display_name, "Full Name");
    EXPECT_EQ(account.quota, Quota::bytes(1073741824));
    EXPECT_THAT(account.groups, ElementsAre("basic", "pro"));
    EXPECT_TRUE(account.enabled);
    EXPECT_FALSE(account.has_files);
    EXPECT_FALSE(account.admin);
    EXPECT_TRUE(account.details_known);
}

TEST(Codec, UnlimitedReadsAlikeBeforeAndAfterTheFirstLogin) {
    auto fresh = account_of(body_of("131-get-quota-none-q.fresh.v2-json"));
    auto seen = account_of(body_of("131-get-quota-none-q.seen.v2-json"));
    EXPECT_TRUE(fresh.quota.is_unlimited());
    EXPECT_TRUE(seen.quota.is_unlimited());
    EXPECT_EQ(fresh.last_login, Time{});
    EXPECT_TRUE(seen.logged_in_before());
}

TEST(Codec, ReadsMyself) {
    auto me = account_of(body_of("233-cloud-user.v2-json"));
    EXPECT_EQ(me.login, "admin");
    EXPECT_TRUE(me.admin);
    EXPECT_TRUE(me.has_files);
    EXPECT_EQ(me.display_name, "admin");
}

TEST(Codec, ReadsOwncloudsAccount) {
    auto account = account_of(ok(
        R"({"enabled":"false","quota":{"free":1,"used":12,"total":2,"relative":0.5,"definition":"5 GB"},)"
        R"("email":"A@B.example","displayname":"N","last_login":1700000000})"
    ));
    EXPECT_EQ(account.login, "asked");
    EXPECT_FALSE(account.enabled);
    EXPECT_EQ(account.quota, Quota::bytes(5368709120));
    EXPECT_EQ(account.email, "a@b.example");
    EXPECT_TRUE(account.has_files);
    EXPECT_EQ(account.last_login, Time(std::chrono::seconds(1700000000)));
    auto standard = account_of(ok(R"({"enabled":"true","quota":{"definition":"default"}})"));
    EXPECT_TRUE(standard.enabled);
    EXPECT_TRUE(standard.quota.is_not_set());
    EXPECT_FALSE(standard.used) << "nobody said that he never logged in";
    for (const char* stored : {"default", "foo", "5 GiBs"}) {
        auto fresh = account_of(
            ok(R"({"enabled":"true","quota":{"definition":")" + std::string(stored) +
               R"("},"last_login":0})")
        );
        EXPECT_TRUE(fresh.quota.is_not_set()) << stored;
        EXPECT_EQ(fresh.used, 0U) << "a home is made with the first login";
    }
    EXPECT_EQ(
        account_of(ok(R"({"enabled":"true","quota":{"definition":" B"}})")).quota, Quota::bytes(0)
    ) << "what -1 is stored as";
    EXPECT_TRUE(account_of(ok(R"({"enabled":true,"quota":{"quota":"foo"}})")).quota.is_unknown());
}

TEST(Codec, AnEntryWithOnlyAnIdIsNotKnownInDetail) {
    AccountSink builder;
    std::string body = ok(
        R"({"users":{"ghost":{"id":"ghost"},"ldap":{"enabled":true,"id":"ldap","backend":"LDAP","quota":[],"groups":[]}}})"
    );
    PageCount page_count;
    EXPECT_EQ(read_details(body, builder, 0, page_count).code, 200);
    EXPECT_EQ(page_count.entries, 2U);
    ActualTable table = std::move(builder.table).finish();
    ASSERT_EQ(table.size(), 2U);
    EXPECT_FALSE(table[0].details_known);
    EXPECT_TRUE(table[1].details_known);
    EXPECT_FALSE(table[1].local_backend);
    EXPECT_TRUE(table[1].quota.is_unknown());
}

// Who cannot tell a working account from a closed one, or an administrator from others, says so.
TEST(Codec, WhatIsNotUnderstoodOfAnAccountIsNotKnown) {
    const auto known = [](const std::string& enabled, const std::string& groups) {
        AccountSink builder;
        std::string body =
            ok(R"({"users":{"bob":{"id":"bob","enabled":)" + enabled + groups + "}}}");
        PageCount page_count;
        EXPECT_EQ(read_details(body, builder, 0, page_count).code, 200) << enabled;
        return std::move(builder.table).finish()[0].details_known;
    };
    const std::string groups = R"(,"groups":["start"])";
    for (const char* enabled : {"true", "false", "1", "0", R"("true")", R"("false")", R"("1")"}) {
        EXPECT_TRUE(known(enabled, groups)) << enabled;
        EXPECT_FALSE(known(enabled, "")) << "it may be an administrator";
    }
    for (const char* enabled : {"null", R"("True")", R"("yes")", "2", R"("")"}) {
        EXPECT_FALSE(known(enabled, groups)) << enabled;
    }
}

TEST(Codec, NumericIdsAreTexts) {
    std::string body = body_of("110-list-all-numeric-ids.v2-json");
    std::vector<std::string> names;
    EXPECT_EQ(read_names(body, "users", names).code, 200);
    EXPECT_THAT(names, Contains("0"));
    EXPECT_THAT(names, Contains("007"));
    EXPECT_THAT(names, Contains("12345"));
    EXPECT_THAT(names, Contains("with space"));

    AccountSink builder;
    PageCount page_count;
    std::string page = body_of("111-details-numeric-id.v2-json");
    read_details(page, builder, 0, page_count);
    ActualTable table = std::move(builder.table).finish();
    ASSERT_EQ(table.size(), 1U);
    EXPECT_EQ(table[0].login, "12345");
}

TEST(Codec, EmptyMapsComeAsLists) {
    AccountSink builder;
    PageCount page_count;
    std::string page = body_of("113-details-empty-result.v2-json");
    EXPECT_EQ(read_details(page, builder, 0, page_count).shape, Shape::kOcs);
    EXPECT_EQ(page_count.entries, 0U);
    EXPECT_EQ(builder.table.size(), 0U);
}

TEST(Codec, ReadsAMixedPage) {
    AccountSink builder;
    PageCount page_count;
    std::string page = body_of("161-details-page-mixed.v2-json");
    EXPECT_EQ(read_details(page, builder, 3, page_count).code, 200);
    EXPECT_EQ(page_count.entries, 3U);
    ActualTable table = std::move(builder.table).finish();
    ASSERT_EQ(table.size(), 3U);
    EXPECT_FALSE(table[0].enabled);
    EXPECT_EQ(table[1].quota, Quota::bytes(12884901888));
    EXPECT_EQ(table.record(2).part, 3);
}

TEST(Codec, ShapesOfWhatIsNoEnvelope) {
    auto shape = [](std::string body) { return read_meta(body).shape; };
    EXPECT_EQ(shape(""), Shape::kEmpty);
    EXPECT_EQ(shape(" \n"), Shape::kEmpty);
    EXPECT_EQ(shape("<html>"), Shape::kOther);
    EXPECT_EQ(shape("[1,2]"), Shape::kOther);
    EXPECT_EQ(shape(R"({"message":"CSRF check failed"})"), Shape::kPlainJson);
    EXPECT_EQ(shape(R"({"ocs":{"meta":[]}})"), Shape::kPlainJson);
    EXPECT_EQ(shape(R"({"ocs":{"meta":{"statuscode":"abc"}}})"), Shape::kOther);
    std::string xml = body_of("095-wrong-password-attempt-01.v2-json");
    EXPECT_EQ(read_meta(xml).code, 997);
}

TEST(Codec, StatusAndPasswordRule) {
    std::string body = body_of("230-status-php");
    auto status = read_status(body);
    ASSERT_TRUE(status);
    EXPECT_EQ(status->product, "Nextcloud");
    EXPECT_EQ(status->version, "25.0.2");
    EXPECT_EQ(status->major, 25);
    EXPECT_FALSE(status->maintenance);
    std::string down = body_of("250-maintenance-status-php");
    EXPECT_TRUE(read_status(down)->maintenance);
    std::string page = "<html></html>";
    EXPECT_FALSE(read_status(page));
    std::uint32_t least = 0;
    std::string caps = body_of("231-capabilities.v2-json");
    EXPECT_EQ(read_password_rule(caps, least).code, 200);
    EXPECT_EQ(least, 10U);
}

void read_everything(std::string body) {
    AccountSink builder;
    PageCount page_count;
    std::vector<std::string> names;
    OwnedActualAccount account;
    bool groups = false;
    std::string id;
    std::uint32_t least = 0;
    read_meta(body);
    read_details(body, builder, 0, page_count);
    read_names(body, "users", names);
    read_account(body, "x", account, groups);
    read_created(body, id);
    read_password_rule(body, least);
    read_status(body);
    EXPECT_LE(std::move(builder.table).finish().size(), 1000U);
}

// Cut, garbled and grown bodies must neither crash nor read out of bounds (sanitizers watch).
TEST(Codec, SurvivesDamage) {
    std::mt19937 random(7);
    for (const auto& t : bn::testing::json_transcripts()) {
        if (t.body.empty()) {
            continue;
        }
        std::uniform_int_distribution<std::size_t> place(0, t.body.size() - 1);
        for (int i = 0; i < 6; ++i) {
            read_everything(t.body.substr(0, place(random)));
            std::string garbled = t.body;
            for (int k = 0; k < 3; ++k) {
                garbled[place(random)] = static_cast<char>(random() % 256);
            }
            read_everything(std::move(garbled));
        }
    }
}

TEST(Codec, SurvivesDepthAndSize) {
    read_everything(std::string(200000, '['));
    std::string deep = ok(R"({"users":)" + std::string(5000, '{'));
    read_everything(std::move(deep));
    read_everything(ok(R"({"users":["x)" + std::string(100000, 'y') + R"("],"groups":[1e999]})"));
    read_everything(
        ok(R"({"users":{"a":{"id":"a","enabled":true,"quota":{"quota":1e400,"used":-5}}}})")
    );
    read_everything(std::string("\0\0\0", 3));
}

// The three below: fuzz target ocs_answers.
TEST(Codec, AnAccountOfWhichAnAnswerSaysNothingIsNotKnown) {
    for (const char* body :
         {R"({"ocs":{"meta":{"statuscode":100}}})",
          R"({"ocs":{"meta":{"statuscode":100},"data":[]}})"}) {
        EXPECT_FALSE(account_of(body).details_known) << body;
    }
}

TEST(Codec, AListThatIsNotThereIsNotEmpty) {
    const auto shape_of = [](std::string body, bool details) {
        AccountSink table;
        PageCount page_count;
        std::vector<std::string> names;
        return details ? read_details(body, table, 0, page_count).shape
                       : read_names(body, "users", names).shape;
    };
    for (const bool details : {false, true}) {
        EXPECT_EQ(shape_of(ok(R"({"users":[]})"), details), Shape::kOcs);
        EXPECT_EQ(shape_of(ok("[]"), details), Shape::kOther);
        EXPECT_EQ(shape_of(ok("{}"), details), Shape::kOther);
        EXPECT_EQ(shape_of(ok(R"({"users":null})"), details), Shape::kOther);
        EXPECT_EQ(shape_of(ok(R"({"usErs":{"a":{"id":"a"}}})"), details), Shape::kOther);
        EXPECT_EQ(shape_of(R"({"ocs":{"meta":{"statuscode":200}}})", details), Shape::kOther);
        EXPECT_EQ(
            shape_of(R"({"ocs":{"meta":{"statuscode":404},"data":[]}})", details), Shape::kOcs
        );
    }
    EXPECT_EQ(shape_of(ok(R"({"users":[{"id":"a"}]})"), true), Shape::kOther)
        << "a list of accounts is none by name";
}

TEST(Codec, AnAccountThatIsNamed0ComesInAList) {
    AccountSink sink;
    PageCount page;
    const std::string users = R"([{"id":"0","groups":[]},{"id":1,"groups":[]}])";
    std::string body = ok("{\"users\":" + users + "}");
    EXPECT_EQ(read_details(body, sink, 0, page).shape, Shape::kOcs);
    EXPECT_EQ(page.entries, 2U);
    EXPECT_EQ(page.fresh, 2U);
    read_details(body, sink, 1, page);
    EXPECT_EQ(page.entries, 4U);
    EXPECT_EQ(page.fresh, 2U) << "both were met";
    const ActualTable table = std::move(sink.table).finish();
    ASSERT_EQ(table.size(), 2U);
    EXPECT_EQ(table[0].login, "0");
}

TEST(Codec, ACodeThatTheApiDoesNotHaveIsNone) {
    for (const char* code : {"-1", "0", "10000", "99999999999"}) {
        std::string body = fmt::format(
            "<?xml version=\"1.0\"?><ocs><meta><statuscode>{}</statuscode></meta></ocs>", code
        );
        const Meta meta = read_meta(body);
        EXPECT_EQ(meta.code, 0) << code;
        EXPECT_EQ(meta.shape, Shape::kOther) << code;
    }
}

TEST(Codec, AMessageIsCutBetweenCharactersAndFitToBeShown) {
    std::string long_one = fmt::format(
        R"({{"ocs":{{"meta":{{"statuscode":102,"message":"{}\u00e9{}"}}}}}})",
        std::string(299, 'x'),
        "y"
    );
    std::string broken =
        "<?xml "
        "version=\"1.0\"?><ocs><meta><statuscode>102</statuscode><message>\xff</message></meta></"
        "ocs>";
    for (std::string* body : {&long_one, &broken}) {
        const std::string message = read_meta(*body).message;
        EXPECT_TRUE(base::valid_utf8(message)) << message;
        EXPECT_FALSE(message.empty());
        EXPECT_LE(message.size(), 303U);
    }
}

TEST(Home, SaysNothingWhereNothingCertainStands) {
    EXPECT_FALSE(read_home(""));
    EXPECT_FALSE(read_home("<html><oc:id>00000001oc1</oc:id></html>"));
    EXPECT_FALSE(read_home("<d:multistatus><oc:id>00000001oc1"));
    const auto facts = [](const std::string& inside) {
        return read_home("<d:multistatus>" + inside + "</d:multistatus>").value_or(HomeFacts());
    };
    EXPECT_EQ(facts("<oc:id>00000230ocz2tm7qqvvd</oc:id>").identity, "ocz2tm7qqvvd");
    EXPECT_EQ(facts("<oc:id>230ocz2tm7qqvvd</oc:id>").identity, "");
    EXPECT_EQ(facts("<oc:id>00000230oc&amp;x</oc:id>").identity, "");
    EXPECT_EQ(facts("<oc:id>00000230oc</oc:id><oc:data-fingerprint/>").data_fingerprint, "");
    EXPECT_EQ(
        facts("<oc:id>1</oc:id><oc:data-fingerprint>a&lt;</oc:data-fingerprint>").data_fingerprint,
        ""
    );
}

}  // namespace
}  // namespace bn::ocs::codec_test
