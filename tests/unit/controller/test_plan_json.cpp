#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/sys/files.hpp"
#include "tests/unit/controller/golden.hpp"
#include "tests/unit/controller/sample_plan.hpp"
#include "tests/unit/controller/temp_folder.hpp"

#include "cli/plan/plan_json.hpp"

namespace bn::cli {
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

TEST(PlanJson, ComesBackEqual) {
    const auto back = plan_from_json(plan_to_json(plan()));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(*back, plan());
    const auto none = plan_from_json(plan_to_json(Plan()));
    ASSERT_TRUE(none);
    EXPECT_EQ(*none, Plan());
}

// Changes one place of the document and returns the error.
std::string refusal(const std::string& pointer, const nlohmann::json& value) {
    auto document = nlohmann::json::parse(plan_to_json(plan()));
    document[nlohmann::json::json_pointer(pointer)] = value;
    const auto read = plan_from_json(document.dump());
    EXPECT_FALSE(read) << pointer;
    return read ? std::string() : read.error().what;
}

TEST(PlanJson, StrictAndClear) {
    EXPECT_THAT(refusal("/version", 2), HasSubstr("version: this version of the program reads 1"));
    EXPECT_THAT(refusal("/surprise", 1), HasSubstr("unknown key \"surprise\""));
    EXPECT_THAT(
        refusal("/servers/0/actions/1/item", "8"),
        HasSubstr("servers[0].actions[1].item: must be a whole number")
    );
    EXPECT_THAT(
        refusal("/servers/0/actions/1/kind", "explode"),
        HasSubstr("servers[0].actions[1].kind: is not a kind of action")
    );
    EXPECT_THAT(refusal("/servers/0/actions/1/quota", 1), HasSubstr("checksum"));
    EXPECT_THAT(refusal("/servers/0/actions/1/server", 9), HasSubstr("does not belong here"));
    EXPECT_THAT(refusal("/counts/delete", 0), HasSubstr("counts: do not fit"));
    EXPECT_THAT(
        refusal("/servers/0/actions/1/create", nullptr), HasSubstr("create: must be an object")
    );
    EXPECT_EQ(plan_from_json("{\"format\"").error().code, "plan.json");
    EXPECT_EQ(plan_from_json("[]").error().code, "plan.json");
}

TEST(SavedPlan, FileIsPrivateAndComesBack) {
    const bn::testing::TempFolder folder;
    const SavedPlan saved(plan(), "digest", "anna");
    ASSERT_TRUE(write_plan_file(folder.file("p"), saved));

    struct stat info {};

    ASSERT_EQ(::stat(folder.file("p").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    const auto back = read_plan_file(folder.file("p"));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(back->plan, plan());
    EXPECT_EQ(back->checksum, plan_checksum(plan()));
    EXPECT_EQ(back->config_digest, "digest");
    EXPECT_EQ(back->made_by, "anna");
}

TEST(SavedPlan, AnyEditIsSeen) {
    const std::string text = saved_plan_to_json(SavedPlan(plan(), "digest", "anna"));
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
    EXPECT_THAT(plan_difference(plan(), now, Language::kEnglish), IsEmpty());
    auto& actions = now.servers[0].actions;
    actions[1].quota = Quota::bytes(1073741824);
    actions[1].after = "1 GiB";
    actions[1].before = "512 MiB";
    now.servers[0].policy = Policy::kUpsertOnly;
    EXPECT_THAT(
        plan_difference(plan(), now, Language::kEnglish),
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
    EXPECT_THAT(plan_difference(plan(), now, Language::kEnglish), IsEmpty());
    EXPECT_EQ(plan_checksum(now), plan_checksum(plan()));
}

}  // namespace
}  // namespace bn::cli
