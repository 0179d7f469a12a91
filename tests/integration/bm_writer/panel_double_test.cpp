// Every call of ours against the panel's double: real processes, and the rows that they leave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bm_writer/answer.hpp"
#include "bm_writer/calls.hpp"
#include "bm_writer/panel_api.hpp"
#include "tests/fakes/panel/faults.hpp"
#include "tests/fakes/panel/param_crypt.hpp"
#include "tests/unit/fake_panel/panel_folder.hpp"

namespace bn::bm_writer::panel_double_test {
namespace {

using bn::testing::Json;
using bn::testing::PanelFolder;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kOpen = "{itemtype}.open";

struct Panel {
    explicit Panel(const Json& settings = Json::object()) : folder(settings) {
        MgrctlSettings s;
        s.program = (folder.folder() / "sbin" / "mgrctl").string();
        api = make_mgrctl_api(s);
    }

    PanelAnswer call(const PanelCall& call) const {
        const auto answer = api->call(call);
        EXPECT_TRUE(answer) << call.function << ": " << answer.error().text();
        return answer ? *answer : PanelAnswer();
    }

    ItemId paid() { return ItemId(static_cast<std::uint32_t>(std::stoul(folder.paid_item()))); }

    ItemId opened() { return ItemId(static_cast<std::uint32_t>(std::stoul(folder.opened_item()))); }

    Json show(ItemId item) { return folder.show(std::to_string(item.value)); }

    void tool(const std::string& verb, ItemId item, const std::vector<std::string>& more = {}) {
        std::vector<std::string> args = {verb, std::to_string(item.value)};
        args.insert(args.end(), more.begin(), more.end());
        folder.tool(args);
    }

    std::string sql(const std::string& query) const {
        return folder.home().open().value(query).value_or("NULL");
    }

    std::uint32_t operation(ItemId item) const {
        return static_cast<std::uint32_t>(std::stoul(
            sql("SELECT id FROM runningoperation WHERE item = " + std::to_string(item.value))
        ));
    }

    PanelFolder folder;
    std::unique_ptr<PanelApi> api;
};

TEST(OnThePanelsDouble, AServiceLivesThroughItsCalls) {
    Panel panel;
    const ItemId item = panel.paid();
    EXPECT_TRUE(panel.call(open(item, "backupservice.open")).fields.contains("ok"));
    // Without sok=ok the panel shows a form, which is a document and no <ok/>.
    EXPECT_FALSE(panel.call(PanelCall("service.postsuspend", {{"elid", "1"}})).fields.contains("ok")
    );
    EXPECT_EQ(panel.show(item).at("status"), "2");
    const std::vector<std::pair<std::string, std::string>> life = {
        {"suspend", "3"}, {"resume", "2"}, {"prolong", "2"}, {"close", "4"}};
    for (const auto& [command, status] : life) {
        const bool prolong = command == "prolong";
        panel.tool(
            command, item, prolong ? std::vector<std::string>{"3"} : std::vector<std::string>{}
        );
        EXPECT_TRUE(panel.call(*post(command, item)).ok) << command;
        EXPECT_EQ(panel.show(item).at("status"), status) << command;
        EXPECT_TRUE(panel.show(item).at("operations").empty()) << command;
        EXPECT_FALSE(panel.call(*post(command, item)).ok);
    }
    EXPECT_EQ(panel.folder.log("calls.log").back().at("ip"), "bill-nextcloud");
}

TEST(OnThePanelsDouble, ParamsInEachFormThatAPanelTakes) {
    const std::pair<const char*, SaveParamForm> cases[] = {
        {"both", SaveParamForm::kNameValue},
        {"both", SaveParamForm::kPair},
        {"name-value", SaveParamForm::kNameValue},
        {"pair", SaveParamForm::kPair}};
    for (const auto& [taken, form] : cases) {
        Panel panel(Json{{"save_param", taken}});
        const ItemId item = panel.opened();
        const std::string password = "S3cret $HOME \"<&>' \xD0\x96\n-e";
        EXPECT_TRUE(
            panel.call(save_param(item, "username", Secret("user_1"), Storage::kPlain, form)).ok
        );
        EXPECT_TRUE(
            panel.call(save_param(item, "url", Secret("https://c/?a=b&c"), Storage::kPlain, form))
                .ok
        );
        EXPECT_TRUE(
            panel.call(save_param(item, "userpassword", Secret(password), Storage::kCrypted, form))
                .ok
        );
        const Json params = panel.show(item).at("params");
        EXPECT_EQ(params.at("username"), "user_1");
        EXPECT_EQ(params.at("url"), "https://c/?a=b&c");
        const std::string stored = panel.sql(
            "SELECT value FROM itemcryptedparam WHERE intname = 'userpassword' AND item = " +
            std::to_string(item.value)
        );
        const std::string pem = panel.folder.home().pem;
        EXPECT_EQ(bn::testing::decrypt_param(pem, stored), password);
        EXPECT_THAT(panel.folder.text("calls.log"), Not(HasSubstr("S3cret")));
    }
}

TEST(OnThePanelsDouble, WhatStaffSees) {
    Panel panel;
    const ItemId item = panel.paid();
    const std::uint32_t operation = panel.operation(item);
    OperationError error;
    error.type = "missing_group";
    error.message = "a < b & c";
    EXPECT_TRUE(panel.call(operation_error(operation, error_xml(error))).ok);
    EXPECT_EQ(panel.sql("SELECT errorxml FROM runningoperation"), error_xml(error));
    EXPECT_TRUE(panel.call(set_manual(operation)).ok);
    EXPECT_EQ(panel.sql("SELECT manual FROM runningoperation"), "on");
    const PanelAnswer type = panel.call(task_type("open", item));
    ASSERT_EQ(type.fields.count("task_type"), 1U);
    EXPECT_TRUE(panel.call(edit_task(item, operation, type.fields.at("task_type"))).ok);
    EXPECT_EQ(panel.sql("SELECT COUNT(*) FROM task WHERE type = '41'"), "1");
    EXPECT_FALSE(panel.call(edit_task(item, operation, "nonsense")).ok);

    const std::string open_problems = "SELECT COUNT(*) FROM fake_problem WHERE solved = 0";
    EXPECT_TRUE(panel.call(register_problem(ServerId(1), "cloud", "no route")).ok);
    EXPECT_TRUE(panel.call(register_problem(ServerId(1), "cloud", "still none")).ok);
    EXPECT_EQ(panel.sql(open_problems), "1");
    EXPECT_TRUE(panel.call(clear_problem(ServerId(1), "cloud", "problems.unregister")).ok);
    EXPECT_EQ(panel.sql(open_problems), "0");
}

TEST(OnThePanelsDouble, ServersStatisticsAndImport) {
    Panel panel;
    EXPECT_TRUE(panel.call(set_config(ServerId(1), "<doc><version>25</version></doc>")).ok);
    EXPECT_EQ(
        panel.sql("SELECT config FROM processingmodule WHERE id = 1"),
        "<doc><version>25</version></doc>"
    );
    EXPECT_TRUE(panel.call(post_stat(ServerId(1), "2026-11-22")).ok);
    const PanelAnswer no_server = panel.call(post_stat(ServerId(99), "2026-11-22"));
    EXPECT_FALSE(no_server.ok);
    ImportedService service;
    service.module = ServerId(1);
    service.itemtype = "backupservice";
    service.login = "anna";
    service.url = "https://cloud";
    const PanelAnswer imported = panel.call(import_service(service));
    EXPECT_TRUE(imported.ok) << imported.short_text();
    ASSERT_EQ(imported.fields.count("service_id"), 1U);
    const Json shown = panel.folder.show(imported.fields.at("service_id"));
    EXPECT_EQ(shown.at("status"), "2");
    EXPECT_EQ(shown.at("params").at("username"), "anna");
    EXPECT_EQ(shown.at("params").at("url"), "https://cloud");
}

TEST(OnThePanelsDouble, ATariffGoesBack) {
    Panel panel;
    const ItemId item = panel.opened();
    panel.tool("set-tariff", item, {std::to_string(panel.folder.large)});
    const std::string tariff =
        "SELECT pricelist FROM item WHERE id = " + std::to_string(item.value);
    EXPECT_EQ(panel.sql(tariff), std::to_string(panel.folder.large));
    EXPECT_TRUE(panel.call(rollback(item)).ok);
    EXPECT_EQ(panel.sql(tariff), std::to_string(panel.folder.small));
    EXPECT_FALSE(panel.call(rollback(item)).ok);
}

TEST(OnThePanelsDouble, FailuresOfEachKindAndTheCallMadeAgain) {
    Panel panel;

    struct Case {
        const char* fault;
        const char* code;  // of the error; empty: an answer that is not ok
        bool took_effect;
    };

    const std::vector<Case> cases = {
        {R"({"kind":"unreachable","times":1})", "panel.unreachable", false},
        {R"({"kind":"garbage","times":1})", "panel.answer", false},
        {R"({"kind":"cut","times":1})", "panel.answer", true},
        {R"({"kind":"lost","times":1})", "panel.unreachable", true},
        {R"({"kind":"error","times":1,"type":"lock","exit":0})", "", false},
        {R"({"kind":"error","times":1,"type":"lock","exit":1})", "", false},
        {R"({"kind":"error","times":1,"type":"lock","exit":0,"effect":true})", "", true}};
    for (const Case& one : cases) {
        const ItemId item = panel.paid();
        bn::testing::add_fault(panel.folder.home(), one.fault);
        const auto answer = panel.api->call(open(item, "backupservice.open"));
        const std::string code = answer ? "" : answer.error().code;
        EXPECT_EQ(code, one.code) << one.fault;
        if (answer) {
            EXPECT_FALSE(answer->ok) << one.fault;
        } else {
            EXPECT_TRUE(answer.error().effect_unknown) << one.fault;
        }
        const bool open_now = panel.show(item).at("status") == "2";
        EXPECT_EQ(open_now, one.took_effect) << one.fault;
        const PanelAnswer again = panel.call(open(item, "backupservice.open"));
        EXPECT_EQ(again.ok, !one.took_effect) << one.fault;
        EXPECT_EQ(panel.show(item).at("status"), "2") << one.fault;
    }
}

}  // namespace
}  // namespace bn::bm_writer::panel_double_test
