#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/plan/plan_view.hpp"
#include "controller/pass/planning.hpp"
#include "controller/sys/files.hpp"
#include "tests/unit/cli/sample_plan.hpp"
#include "tests/unit/controller/golden.hpp"
#include "tests/unit/controller/temp_folder.hpp"

namespace bn::cli::plan_json_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// The sample's bytes that are not UTF-8 cannot come from a cloud, whose answers are JSON.
Plan plan() {
    return bn::testing::sample_plan();
}

TEST(PlanJson, Golden) {
    bn::testing::expect_golden(plan_to_json(plan()), "tests/golden/plans/plan.json");
}

// Changes one place of the saved plan and returns the error.
Error refusal(const std::string& pointer, const nlohmann::ordered_json& value) {
    auto document = nlohmann::ordered_json::parse(saved_plan_to_json({plan(), "digest", "anna"}));
    document[nlohmann::ordered_json::json_pointer(pointer)] = value;
    const auto read = saved_plan_from_json(document.dump());
    EXPECT_FALSE(read) << pointer;
    return read ? Error() : read.error();
}

TEST(SavedPlan, StrictAndClear) {
    EXPECT_THAT(
        refusal("/version", 3).what, HasSubstr("version 3; this program reads versions 1 and 2")
    );
    EXPECT_THAT(refusal("/version", 2).what, HasSubstr("scope: is missing"));
    for (const char* place :
         {"/plan/surprise",
          "/plan/version",
          "/plan/counts/delete",
          "/plan/servers/0/actions/1/quota",
          "/plan/servers/0/actions/1/server",
          "/plan/servers/0/checksum"}) {
        EXPECT_EQ(refusal(place, 9).code, "plan.checksum") << place;
    }
    EXPECT_THAT(
        refusal("/plan/servers/0/actions/1/item", "8").what,
        HasSubstr("plan.servers[0].actions[1].item: must be a whole number")
    );
    EXPECT_THAT(
        refusal("/plan/servers/0/actions/1/kind", "explode").what,
        HasSubstr("plan.servers[0].actions[1].kind: is not a kind of action")
    );
    EXPECT_THAT(
        refusal("/plan/servers/0/actions/0/create", 1).what, HasSubstr("create: must be an object")
    );
    EXPECT_EQ(refusal("/plan/servers/0/policy", "any").code, "plan.json");
}

TEST(SavedPlan, FileIsPrivateAndComesBack) {
    const bn::testing::TempFolder folder;
    const SavedPlan saved{plan(), "digest", "anna"};
    ASSERT_TRUE(write_plan_file(folder.file("p"), saved));

    struct stat info {};

    ASSERT_EQ(::stat(folder.file("p").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    const auto back = read_plan_file(folder.file("p"));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->plan, plan());
    EXPECT_EQ(back->config_digest, "digest");
    EXPECT_EQ(back->made_by, "anna");
}

TEST(SavedPlan, SaysWhatItWasAskedToBeAbout) {
    SavedPlan saved{plan(), "digest", "anna", {ServerId(3), {ItemId(7), ItemId(8)}}};
    const std::string text = saved_plan_to_json(saved);
    EXPECT_EQ(saved_plan_from_json(text)->scope, saved.scope);
    EXPECT_EQ(nlohmann::json::parse(text)["version"], 2) << "who knows no scope refuses it";
    auto edited = nlohmann::ordered_json::parse(text);
    edited["scope"]["items"] = {7};
    EXPECT_EQ(saved_plan_from_json(edited.dump()).error().code, "plan.checksum");
    EXPECT_EQ(scope_text(saved.scope, words::Language::kEnglish), "services 7, 8, server 3");
    saved.scope = {};
    EXPECT_EQ(nlohmann::json::parse(saved_plan_to_json(saved))["version"], 1);
    EXPECT_FALSE(nlohmann::json::parse(saved_plan_to_json(saved)).contains("scope"));
}

TEST(SavedPlan, AnyEditIsSeen) {
    const std::string text = saved_plan_to_json({plan(), "digest", "anna"});
    for (const auto& [from, to] : std::map<std::string, std::string>{
             {"\"anna\"", "\"eve\""},
             {"sold 5 GiB", "sold 6 GiB"},
             {"add the resource", "sub the resource"},
             {"\"digest\"", "\"other\""}}) {
        std::string edited = text;
        ASSERT_NE(edited.find(from), std::string::npos) << from;
        edited.replace(edited.find(from), from.size(), to);
        const auto read = saved_plan_from_json(edited);
        ASSERT_FALSE(read) << from;
        EXPECT_EQ(read.error().code, "plan.checksum") << from;
    }
    EXPECT_EQ(saved_plan_from_json("{}").error().code, "plan.format");
    EXPECT_EQ(saved_plan_from_json(plan_to_json(plan())).error().code, "plan.format");
    EXPECT_EQ(saved_plan_from_json(text.substr(0, 99)).error().code, "plan.format");
    EXPECT_EQ(read_plan_file("/nonexistent").error().code, "file.open");
}

TEST(PlanDifference, SaysWhatIsNewAndWhatIsGone) {
    Plan now = plan();
    EXPECT_THAT(plan_difference(plan(), now, words::Language::kEnglish).lines, IsEmpty());
    auto& actions = now.servers[0].actions;
    actions[1].quota = Quota::bytes(1073741824);
    actions[1].after = "1 GiB";
    actions[1].before = "512 MiB";
    now.servers[0].policy = Policy::kUpsertOnly;
    EXPECT_THAT(
        plan_difference(plan(), now, words::Language::kEnglish).lines,
        ElementsAre(
            "+ now: ~ 3/8 quota user_8: 512 MiB → 1 GiB",
            "- no longer: ~ 3/8 quota user_8: 1 GiB → 5 GiB",
            "~ server 3: policy was sync, is upsert-only"
        )
    );
}

TEST(PlanDifference, ReasonsAndOrderDoNotCount) {
    Plan now = plan();
    now.made_at += Duration(5000);
    now.servers[0].actions[1].reason = "another";
    EXPECT_THAT(plan_difference(plan(), now, words::Language::kEnglish).lines, IsEmpty());
    EXPECT_EQ(plan_checksum(now), plan_checksum(plan()));
}

}  // namespace
}  // namespace bn::cli::plan_json_test
