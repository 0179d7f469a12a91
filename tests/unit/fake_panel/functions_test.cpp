// Every function of the panel: what it does to the rows, and its error.
#include <gtest/gtest.h>

#include "tests/fakes/panel/panel_home.hpp"
#include "tests/unit/fake_panel/panel_folder.hpp"

namespace bn::testing::functions_test {
namespace {

std::string last_action(const Json& item) {
    return item.at("history").back().at("request_action").get<std::string>();
}

class Completion : public ::testing::TestWithParam<const char*> {
  protected:
    PanelFolder panel_{Json{{"in_progress", GetParam()}}};
    bool shown_ = std::string(GetParam()) == "status5";
};

TEST_P(Completion, WalksTheStatuses) {
    const std::string item = panel_.paid_item();
    const auto status = [&] { return panel_.show(item).at("status").get<std::string>(); };
    const std::string elid = "elid=" + item;
    EXPECT_EQ(status(), shown_ ? "5" : "1");
    EXPECT_EQ(panel_.call({"backupservice.open", elid, "sok=ok"}), "ok");
    EXPECT_EQ(status(), "2");
    EXPECT_TRUE(panel_.show(item).contains("opendate"));
    panel_.tool({"suspend", item});
    EXPECT_EQ(status(), shown_ ? "5" : "2");
    EXPECT_EQ(panel_.show(item).at("autosuspend"), "on");
    EXPECT_EQ(panel_.call({"service.postsuspend", elid, "sok=ok"}), "ok");
    EXPECT_EQ(status(), "3");
    EXPECT_EQ(panel_.show(item).at("autosuspend"), "on");
    panel_.tool({"resume", item});
    EXPECT_EQ(status(), shown_ ? "5" : "3");
    EXPECT_EQ(panel_.call({"service.postresume", elid, "sok=ok"}), "ok");
    EXPECT_EQ(status(), "2");
    EXPECT_EQ(panel_.show(item).at("autosuspend"), "off");
    panel_.tool({"prolong", item, "3"});
    EXPECT_EQ(panel_.call({"service.postprolong", elid, "sok=ok"}), "ok");
    EXPECT_EQ(status(), "2");
    EXPECT_TRUE(panel_.show(item).contains("expiredate"));
    panel_.tool({"close", item});
    EXPECT_EQ(panel_.call({"service.postclose", elid, "sok=ok"}), "ok");
    const Json closed = panel_.show(item);
    EXPECT_EQ(closed.at("status"), "4");
    EXPECT_TRUE(closed.at("operations").empty());
    EXPECT_EQ(last_action(closed), "service.postclose");
}

INSTANTIATE_TEST_SUITE_P(BothVariants, Completion, ::testing::Values("status5", "operation"));

TEST(Completions, ActOnceOnly) {
    PanelFolder panel;
    const std::string elid = "elid=" + panel.paid_item();
    EXPECT_EQ(panel.call({"backupservice.open", elid, "sok=ok"}), "ok");
    const Ran again = panel.mgrctl({"backupservice.open", elid, "sok=ok"});
    EXPECT_EQ(again.exit, 1);
    EXPECT_NE(again.out.find("type=\"missed\" object=\"runningoperation\""), std::string::npos);
    // One of another kind does not count either.
    panel.tool({"suspend", elid.substr(5)});
    EXPECT_EQ(panel.call({"service.postresume", elid, "sok=ok"}), "error missed(runningoperation)");
    EXPECT_EQ(panel.show(elid.substr(5)).at("operations").size(), 1U);
}

TEST(Completions, NeedSokAndAnItem) {
    PanelFolder panel;
    const std::string item = panel.paid_item();
    EXPECT_EQ(panel.call({"backupservice.open", "elid=" + item}), "form");
    EXPECT_EQ(panel.show(item).at("operations").size(), 1U);
    EXPECT_EQ(panel.call({"backupservice.open", "elid=999", "sok=ok"}), "error missed(item)");
    EXPECT_EQ(panel.call({"service.postclose", "elid=x", "sok=ok"}), "error missed(item)");
    EXPECT_EQ(panel.call({"service.postdance", "elid=" + item, "sok=ok"}), "error missed(func)");
}

// The calls of the official module, in its order and in its forms.
TEST(Completions, TheOfficialModulesCallsPassOnAUsualPanel) {
    PanelFolder panel;
    const std::string item = panel.paid_item();
    const std::string elid = "elid=" + item;
    EXPECT_EQ(panel.call({"service.saveparam", elid, "sok=ok", "username=u", "crypted=off"}), "ok");
    EXPECT_EQ(
        panel.call({"service.saveparam", elid, "sok=ok", "userpassword=p", "crypted=on"}), "ok"
    );
    EXPECT_EQ(
        panel.call({"service.saveparam", elid, "sok=ok", "url=https://c", "crypted=off"}), "ok"
    );
    EXPECT_EQ(panel.call({"vds.open", elid, "sok=ok"}), "ok");
    const Json opened = panel.show(item);
    EXPECT_EQ(opened.at("status"), "2");
    EXPECT_EQ(opened.at("params"), (Json{{"username", "u"}, {"url", "https://c"}}));
}

TEST(Completions, OnAUsualPanelEachOpenCallOpens) {
    for (const std::string call : {"backupservice.open", "vds.open", "service.postopen"}) {
        PanelFolder panel;
        const std::string item = panel.paid_item();
        EXPECT_EQ(panel.call({call, "elid=" + item, "sok=ok"}), "ok") << call;
        EXPECT_EQ(panel.show(item).at("status"), "2") << call;
    }
}

TEST(Completions, OnlyTheRightOpenCallOpens) {
    for (const std::string right : {"{itemtype}.open", "vds.open", "service.postopen"}) {
        PanelFolder panel(Json{{"open_call", right}});
        const std::string own = right.front() == '{' ? "backupservice.open" : right;
        const std::string item = panel.paid_item();
        for (const std::string name : {"backupservice.open", "vds.open", "service.postopen"}) {
            if (name != own) {
                EXPECT_EQ(panel.call({name, "elid=" + item, "sok=ok"}), "error missed(func)");
            }
        }
        EXPECT_EQ(panel.show(item).at("operations").size(), 1U);
        EXPECT_EQ(panel.call({own, "elid=" + item, "sok=ok", "username=user_x"}), "ok");
        const Json opened = panel.show(item);
        EXPECT_EQ(opened.at("status"), "2");
        EXPECT_EQ(opened.at("params").at("username"), "user_x");
        EXPECT_EQ(last_action(opened), own);
    }
}

TEST(Completions, AnotherTypesOpenDoesNotFit) {
    PanelFolder panel;
    const std::string item = panel.paid_item();
    EXPECT_EQ(panel.call({"disk.open", "elid=" + item, "sok=ok"}), "error missed(disk)");
}

TEST(Params, NameValueForm) {
    PanelFolder panel;
    const std::string elid = "elid=" + panel.opened_item();
    const std::string item = elid.substr(5);
    EXPECT_EQ(
        panel.call({"service.saveparam", elid, "sok=ok", "name=username", "value=user_1"}), "ok"
    );
    EXPECT_EQ(
        panel.call({"service.saveparam", elid, "sok=ok", "name=url", "value=https://a/?b=c&d"}),
        "ok"
    );
    EXPECT_EQ(panel.show(item).at("params").at("username"), "user_1");
    EXPECT_EQ(panel.show(item).at("params").at("url"), "https://a/?b=c&d");
    EXPECT_EQ(panel.call({"service.saveparam", elid, "sok=ok", "place=x"}), "ok");
    EXPECT_EQ(panel.show(item).at("params").at("place"), "x") << "both forms are taken";
    EXPECT_FALSE(panel.show(item).at("params").contains("name"));
    EXPECT_EQ(panel.call({"service.saveparam", elid, "name=a", "value=b"}), "form");
    EXPECT_FALSE(panel.show(item).at("params").contains("a"));
}

TEST(Params, PairFormTakesEveryWordAsAParam) {
    PanelFolder panel(Json{{"save_param", "pair"}});
    const std::string elid = "elid=" + panel.opened_item();
    EXPECT_EQ(panel.call({"service.saveparam", elid, "sok=ok", "username=user_1"}), "ok");
    EXPECT_EQ(panel.call({"service.saveparam", elid, "sok=ok", "name=url", "value=x"}), "ok");
    const Json params = panel.show(elid.substr(5)).at("params");
    EXPECT_EQ(params, (Json{{"username", "user_1"}, {"name", "url"}, {"value", "x"}}));
}

TEST(Params, CryptedOnesAreSealedAndMove) {
    PanelFolder panel;
    const std::string item = panel.opened_item();
    const std::string secret = "S3cret \"<&>' \xD0\x96";
    const std::vector<std::string> crypted = {
        "service.saveparam",
        "elid=" + item,
        "sok=ok",
        "name=userpassword",
        "crypted=on",
        "-e",
        "value=$BN_TEST_SECRET"};
    EXPECT_EQ(
        panel.call({"service.saveparam", "elid=" + item, "sok=ok", "name=userpassword", "value=old"}
        ),
        "ok"
    );
    EXPECT_EQ(panel.call(crypted, {{"BN_TEST_SECRET", secret}}), "ok");
    const Json shown = panel.show(item);
    EXPECT_FALSE(shown.at("params").contains("userpassword"));
    EXPECT_EQ(shown.at("crypted").at("userpassword"), secret);
    FakePanel door = panel.home().open();
    const std::string row = "SELECT value FROM itemcryptedparam WHERE item = " + item;
    const std::string first = door.value(row).value_or("");
    EXPECT_EQ(first.size(), 344U);  // one block of 2048 bits
    EXPECT_EQ(panel.call(crypted, {{"BN_TEST_SECRET", secret}}), "ok");
    EXPECT_NE(door.value(row).value_or(""), first);  // padded at random
    EXPECT_EQ(decrypt_param(panel.home().pem, first), secret);
}

TEST(Params, SecretsStayOutOfTheCallLog) {
    PanelFolder panel;
    const std::string item = panel.opened_item();
    panel.call(
        {"service.saveparam", "elid=" + item, "sok=ok", "name=p", "crypted=on", "-e", "value=$S"},
        {{"S", "Hidden-77"}, {"SSH_CONNECTION", "bill-nextcloud"}}
    );
    EXPECT_EQ(panel.text("calls.log").find("Hidden-77"), std::string::npos);
    EXPECT_NE(panel.text("secrets.log").find("Hidden-77"), std::string::npos);
    const Json line = panel.log("calls.log").back();
    EXPECT_EQ(line.at("params").at("value"), "***");
    EXPECT_EQ(line.at("ip"), "bill-nextcloud");
    EXPECT_EQ(line.at("answer"), "ok");
    // What came in the open is to be found.
    panel.call({"service.saveparam", "elid=" + item, "sok=ok", "name=p", "value=Leak-78"});
    EXPECT_NE(panel.text("calls.log").find("Leak-78"), std::string::npos);
}

TEST(Params, Drop) {
    PanelFolder panel;
    const std::string elid = "elid=" + panel.opened_item();
    panel.call({"service.saveparam", elid, "sok=ok", "name=url", "value=x"});
    EXPECT_EQ(panel.call({"service.dropparam", elid, "sok=ok", "name=url"}), "ok");
    EXPECT_EQ(panel.call({"service.dropparam", elid, "sok=ok", "name=url"}), "error missed(name)");
    EXPECT_TRUE(panel.show(elid.substr(5)).at("params").empty());
}

TEST(Tariff, ChangeIsCompletedOrRolledBack) {
    for (const bool keeps : {false, true}) {
        PanelFolder panel(Json{{"rollback_keeps_operation", keeps}});
        const std::string item = panel.opened_item();
        const std::string elid = "elid=" + item;
        const auto rollback = [&] {
            return panel.call({"service.changepricelist.rollback", elid, "sok=ok"});
        };
        EXPECT_EQ(rollback(), "error missed(lastpricelist)");
        panel.tool({"set-tariff", item, std::to_string(panel.large)});
        EXPECT_EQ(panel.show(item).at("lastpricelist"), std::to_string(panel.small));
        EXPECT_EQ(panel.show(item).at("status"), "2");
        EXPECT_EQ(panel.call({"service.postsetparam", elid, "sok=ok"}), "ok");
        EXPECT_FALSE(panel.show(item).contains("lastpricelist"));
        EXPECT_EQ(panel.show(item).at("pricelist"), std::to_string(panel.large));
        panel.tool({"set-tariff", item, std::to_string(panel.small)});
        EXPECT_EQ(rollback(), "ok");
        EXPECT_EQ(panel.show(item).at("pricelist"), std::to_string(panel.large));
        EXPECT_FALSE(panel.show(item).contains("lastpricelist"));
        EXPECT_EQ(panel.show(item).at("operations").size(), keeps ? 1U : 0U);
        EXPECT_EQ(last_action(panel.show(item)), "service.changepricelist.rollback");
    }
}

TEST(Dates, ExpireDate) {
    PanelFolder panel;
    const std::string elid = "elid=" + panel.opened_item();
    EXPECT_EQ(panel.call({"service.setexpiredate", elid, "sok=ok", "expiredate=2027-01-31"}), "ok");
    EXPECT_EQ(panel.show(elid.substr(5)).at("expiredate"), "2027-01-31");
    EXPECT_EQ(
        panel.call({"service.setexpiredate", elid, "sok=ok", "expiredate=31.01.2027"}),
        "error value(expiredate)"
    );
}

TEST(Operations, EditManualAndDelete) {
    PanelFolder panel;
    const std::string item = panel.paid_item();
    const auto operation = [&] { return panel.show(item).at("operations").at(0); };
    const std::string elid = "elid=" + operation().at("id").get<std::string>();
    EXPECT_EQ(
        panel.call({"runningoperation.edit", elid, "sok=ok", "errorxml=<doc><error/></doc>"}), "ok"
    );
    EXPECT_EQ(operation().at("errorxml"), "<doc><error/></doc>");
    EXPECT_EQ(panel.call({"runningoperation.setmanual", elid}), "ok");
    EXPECT_EQ(operation().at("manual"), "on");
    EXPECT_EQ(panel.call({"runningoperation.edit", elid, "sok=ok", "manual=off"}), "ok");
    EXPECT_EQ(operation().at("manual"), "off");
    EXPECT_EQ(
        panel.call({"runningoperation.edit", elid, "sok=ok", "manual=x"}), "error value(manual)"
    );
    const Ran list = panel.mgrctl({"runningoperation"});
    EXPECT_NE(list.out.find("<intname>open</intname>"), std::string::npos);
    EXPECT_EQ(panel.call({"runningoperation.delete", elid}), "ok");
    for (const char* function :
         {"runningoperation.delete", "runningoperation.setmanual", "runningoperation.edit"}) {
        EXPECT_EQ(panel.call({function, elid, "sok=ok"}), "error missed(runningoperation)");
    }
    // Its id is not given again.
    panel.tool({"close", item});
    EXPECT_NE("elid=" + operation().at("id").get<std::string>(), elid);
}

TEST(Operations, TasksHangOnThem) {
    PanelFolder panel;
    const std::string item = panel.paid_item();
    const std::string operation =
        panel.show(item).at("operations").at(0).at("id").get<std::string>();
    const Ran type = panel.mgrctl({"task.gettype", "operation=open", "item=" + item});
    EXPECT_NE(type.out.find("<task_type>41</task_type>"), std::string::npos) << type.out;
    EXPECT_EQ(panel.call({"task.gettype", "operation=dance"}), "error missed(operation)");
    const auto edit = [&](const std::string& kind, const std::string& of) {
        return panel.call(
            {"task.edit",
             "sok=ok",
             "item=" + item,
             "runningoperation=" + of,
             "type=" + kind,
             "params=help"}
        );
    };
    EXPECT_EQ(edit("41", operation), "ok");
    EXPECT_EQ(edit("open", operation), "error value(type)");
    EXPECT_EQ(edit("41", "999"), "error missed(runningoperation)");
    EXPECT_EQ(panel.show(item).at("tasks").size(), 1U);
    EXPECT_EQ(panel.show(item).at("tasks").at(0).at("status"), "0");
    panel.call({"backupservice.open", "elid=" + item, "sok=ok"});
    EXPECT_EQ(panel.show(item).at("tasks").at(0).at("status"), "2");
}

TEST(Problems, AreOneUntilSolved) {
    PanelFolder panel;
    const std::vector<std::string> tell = {
        "problems.register",
        "sok=ok",
        "name=processingmodule_connect",
        "id=1",
        "level=error",
        "param_pm_name=cloud",
        "param_errormsg=refused"};
    EXPECT_EQ(panel.call(tell), "ok");
    EXPECT_EQ(panel.call(tell), "ok");
    Json problems = panel.tool({"problems"});
    ASSERT_EQ(problems.size(), 1U);
    EXPECT_EQ(problems[0].at("times"), "2");
    EXPECT_EQ(
        Json::parse(problems[0].at("params").get<std::string>()).at("param_errormsg"), "refused"
    );
    const std::string id = problems[0].at("id").get<std::string>();
    EXPECT_NE(panel.mgrctl({"problems"}).out.find("processingmodule_connect"), std::string::npos);
    EXPECT_EQ(panel.call({"problems.autosolve", "name=processingmodule_connect", "id=1"}), "ok");
    EXPECT_EQ(panel.tool({"problems"})[0].at("solved"), "0") << "it is the panel's own solver";
    EXPECT_EQ(panel.call({"problems.delete", "elid=" + id}), "ok");
    EXPECT_EQ(panel.tool({"problems"})[0].at("solved"), "1");
    EXPECT_EQ(panel.call({"problems.delete", "elid=" + id}), "error missed(problem)");
    EXPECT_EQ(panel.call(tell), "ok");
    problems = panel.tool({"problems"});
    ASSERT_EQ(problems.size(), 2U);
    const std::string newer = problems[1].at("id").get<std::string>();
    EXPECT_EQ(panel.call({"problems.delete", "elid=" + newer}), "ok");
}

TEST(Servers, FormConfigAndDay) {
    PanelFolder panel;
    const std::string form = panel.mgrctl({"processing.edit", "elid=1"}).out;
    EXPECT_NE(form.find("<base_url>https://cloud.example.com</base_url>"), std::string::npos);
    EXPECT_NE(form.find("<nc_password>cloud-pass</nc_password>"), std::string::npos);
    EXPECT_EQ(panel.call({"processing.edit", "elid=1", "sok=ok", "nc_username=boss"}), "ok");
    EXPECT_NE(
        panel.mgrctl({"processing.edit", "elid=1"}).out.find("<nc_username>boss<"),
        std::string::npos
    );
    EXPECT_EQ(panel.call({"processing.edit", "elid=9"}), "error missed(processingmodule)");
    EXPECT_EQ(panel.call({"processing.setconfig", "elid=1", "sok=ok", "config=<doc/>"}), "ok");
    EXPECT_EQ(
        panel.home().open().value("SELECT config FROM processingmodule WHERE id = 1"), "<doc/>"
    );
    EXPECT_EQ(panel.call({"service.poststat", "elid=1", "date=2026-11-22"}), "ok");
    EXPECT_EQ(panel.call({"service.poststat", "elid=1", "date=yesterday"}), "error value(date)");
    EXPECT_EQ(
        panel.call({"service.poststat", "elid=9", "date=2026-11-22"}),
        "error missed(processingmodule)"
    );
    EXPECT_EQ(panel.tool({"stats"}).at("poststat").size(), 1U);
    EXPECT_NE(panel.mgrctl({"paramlist"}).out.find("<CryptKey>"), std::string::npos);
}

TEST(Servers, Import) {
    PanelFolder panel;
    const std::vector<std::string> import = {
        "processing.import.service",
        "sok=ok",
        "module=1",
        "import_itemtype_intname=backupservice",
        "import_service_name=Anna's cloud",
        "status=2",
        "username=anna"};
    const Ran done = panel.mgrctl(import);
    const std::size_t at = done.out.find("<service_id>");
    ASSERT_NE(at, std::string::npos) << done.out;
    const Json item = panel.show(std::to_string(std::stoi(done.out.substr(at + 12))));
    EXPECT_EQ(item.at("name"), "Anna's cloud");
    EXPECT_EQ(item.at("params"), (Json{{"username", "anna"}}));
    EXPECT_FALSE(item.contains("account"));
    EXPECT_EQ(
        panel.call(
            {"processing.import.service",
             "sok=ok",
             "module=1",
             "status=2",
             "import_itemtype_intname=boat"}
        ),
        "error missed(itemtype)"
    );
}

TEST(Ids, HaveGapsAndAreNotGivenAgain) {
    PanelFolder panel(Json{{"id_gap", 10}});
    const int first =
        panel.tool({"order", std::to_string(panel.client), std::to_string(panel.small)})
            .at("item")
            .get<int>();
    const int second =
        panel.tool({"order", std::to_string(panel.client), std::to_string(panel.small)})
            .at("item")
            .get<int>();
    EXPECT_EQ(second - first, 11);
    panel.tool({"remove", std::to_string(second)});
    EXPECT_TRUE(panel.show(std::to_string(second)).contains("gone"));
    const int third =
        panel.tool({"order", std::to_string(panel.client), std::to_string(panel.small)})
            .at("item")
            .get<int>();
    EXPECT_GT(third, second);
}

}  // namespace
}  // namespace bn::testing::functions_test
