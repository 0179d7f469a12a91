// The calls as values, and the error document.
#include "bm_writer/calls.hpp"

#include <pugixml.hpp>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.hpp"
#include "bm_writer/answer.hpp"

namespace bn::bm_writer::calls_test {
namespace {

std::string shown(const PanelCall& call) {
    return call.function + " " + call.masked_arguments();
}

constexpr ItemId kItem(7);
constexpr ServerId kServer(3);

TEST(Calls, OpenAndDrop) {
    EXPECT_EQ(shown(open(kItem, "service.postopen")), "service.postopen elid=7 sok=ok");
    EXPECT_EQ(shown(drop_param(kItem, "value")), "service.dropparam elid=7 sok=ok name=value");
}

TEST(Calls, EachCommandHasItsCompletion) {
    for (const auto& [command, function] : std::vector<std::pair<std::string, std::string>>{
             {"suspend", "service.postsuspend"},
             {"resume", "service.postresume"},
             {"close", "service.postclose"},
             {"setparam", "service.postsetparam"},
             {"prolong", "service.postprolong"},
             {"reopen", "service.postreopen"},
             {"cancel_prolong", "service.postprolong"},
             {"prolong_addon", "service.postprolong"}}) {
        const auto call = post(command, kItem);
        ASSERT_TRUE(call) << command;
        EXPECT_EQ(shown(*call), function + " elid=7 sok=ok");
    }
    for (const char* command : {"open", "sync_item", "stat", ""}) {
        EXPECT_FALSE(post(command, kItem)) << command;
    }
    PostCalls other = default_post_calls();
    other["prolong"] = "x.done";
    other["close"] = "";
    EXPECT_EQ(post("prolong", kItem, other)->function, "x.done");
    EXPECT_FALSE(post("close", kItem, other));
}

TEST(Calls, ParamsInBothForms) {
    using enum SaveParamForm;
    using enum Storage;
    EXPECT_EQ(
        shown(save_param(kItem, "url", Secret("https://c"), kPlain, kNameValue)),
        "service.saveparam elid=7 sok=ok name=url value=https://c"
    );
    EXPECT_EQ(
        shown(save_param(kItem, "url", Secret("https://c"), kPlain, kPair)),
        "service.saveparam elid=7 sok=ok url=https://c crypted=off"
    );
    EXPECT_EQ(
        shown(save_param(kItem, "userpassword", Secret("geheim"), kCrypted, kNameValue)),
        "service.saveparam elid=7 sok=ok name=userpassword crypted=on value=***"
    );
    EXPECT_EQ(
        shown(save_param(kItem, "userpassword", Secret("geheim"), kCrypted, kPair)),
        "service.saveparam elid=7 sok=ok crypted=on userpassword=***"
    );
    const PanelCall taken = save_param(kItem, "elid", Secret("9"), kPlain, kPair);
    EXPECT_EQ(shown(taken), "service.saveparam elid=7 sok=ok name=elid value=9");
}

TEST(Calls, TheRest) {
    EXPECT_EQ(shown(rollback(kItem)), "service.changepricelist.rollback elid=7 sok=ok");
    EXPECT_EQ(
        shown(operation_error(4, "<doc/>")), "runningoperation.edit elid=4 sok=ok errorxml=<doc/>"
    );
    EXPECT_EQ(shown(set_manual(4)), "runningoperation.setmanual elid=4");
    EXPECT_EQ(shown(task_type("open", kItem)), "task.gettype operation=open item=7");
    EXPECT_EQ(shown(edit_task(kItem, 4, "2")), "task.edit item=7 runningoperation=4 type=2 sok=ok");
    EXPECT_EQ(shown(item_task(kItem, "2", "")), "task.edit item=7 type=2 sok=ok");
    EXPECT_EQ(
        item_task(kItem, "2", "a < b & \x01").arguments.back().second.substr(0, 29),
        "<doc><message>a &lt; b &amp; "
    );
    EXPECT_EQ(
        shown(register_problem(kServer, "cloud", "no route")),
        "problems.register name=processingmodule_connect id=3 param_pm_name=cloud param_pm_id=3 "
        "param_errormsg=no route level=error sok=ok"
    );
    EXPECT_EQ(
        shown(clear_problem(kServer, "cloud", "problems.delete")),
        "problems.delete name=processingmodule_connect id=3 param_pm_name=cloud param_pm_id=3 "
        "sok=ok"
    );
    EXPECT_EQ(shown(post_stat(kServer, "2026-11-22")), "service.poststat elid=3 date=2026-11-22");
    EXPECT_EQ(
        shown(set_config(kServer, "<doc/>")), "processing.setconfig elid=3 config=<doc/> sok=ok"
    );
    ImportedService service;
    service.module = kServer;
    service.itemtype = "backupservice";
    service.login = "anna";
    service.url = "https://c";
    service.suspended = true;
    EXPECT_EQ(
        shown(import_service(service)),
        "processing.import.service sok=ok module=3 import_itemtype_intname=backupservice "
        "import_pricelist_intname= import_service_name=anna status=3 username=anna url=https://c"
    );
}

TEST(ErrorXml, FullShape) {
    OperationError error;
    error.date = "2026-11-23 10:20:30";
    error.module = kServer;
    error.module_name = "cloud <1>";
    error.type = "missing_group";
    error.object = "group";
    error.value = "pro";
    error.params = {{"group", "pro & more"}, {"what", "no\nsuch group"}};
    error.message = "see the group";
    EXPECT_EQ(
        error_xml(error),
        R"(<doc><error date="2026-11-23 10:20:30" type="missing_group" object="group" value="pro">)"
        "<param name=\"group\">pro &amp; more</param><param name=\"what\">no\nsuch group</param>"
        "<backtrace></backtrace><log></log></error>"
        R"(<processingmodule date="2026-11-23 10:20:30" id="3" name="cloud &lt;1>">)"
        R"(<custommessage date="2026-11-23 10:20:30" type="error">see the group</custommessage>)"
        "</processingmodule></doc>"
    );
}

// Bytes of all kinds, many of them troublesome.
rc::Gen<std::string> nasty() {
    return rc::gen::container<std::string>(rc::gen::weightedOneOf<char>(
        {{3, rc::gen::arbitrary<char>()},
         {2, rc::gen::element('<', '>', '&', '"', '\'', '\0', '\x01', '\x1f', ']', '\xff', '\xd0')},
         {1, rc::gen::element('a', ' ', '\n')}}
    ));
}

TEST(ErrorXml, WellFormedWhateverComesIn) {
    EXPECT_TRUE(rc::check("parses, and says what was put in", [] {
        OperationError error;
        error.module = kServer;
        for (std::string* text :
             {&error.date,
              &error.module_name,
              &error.type,
              &error.object,
              &error.value,
              &error.message}) {
            *text = *nasty();
        }
        error.params = {{*nasty(), *nasty()}};
        const std::string xml = error_xml(error);
        pugi::xml_document document;
        RC_ASSERT(document.load_buffer(xml.data(), xml.size()));
        RC_ASSERT(base::clean_utf8(xml) == xml);
        RC_ASSERT(xml.find('\0') == std::string::npos);
        const pugi::xml_node node = document.child("doc").child("error");
        // Attributes lose the kind of their white space, as XML has it.
        if (error.type.size() < 40 && error.type.find_first_of("\t\r\n") == std::string::npos) {
            RC_ASSERT(node.attribute("type").value() == base::clean_utf8(error.type));
        }
    }));
}

TEST(ErrorXml, FitsIntoOneArgument) {
    const std::string large(20000, '"');
    OperationError error;
    error.date = error.module_name = error.type = error.object = error.value = large;
    error.message = large;
    for (int i = 0; i < 100; ++i) {
        error.params.emplace_back(large, large);
    }
    const std::string xml = error_xml(error);
    EXPECT_LT(xml.size(), 128U << 10U);
    pugi::xml_document document;
    EXPECT_TRUE(document.load_buffer(xml.data(), xml.size()));
}

TEST(ErrorXml, DateHasThePanelsForm) {
    const std::string date = panel_date(Time(std::chrono::milliseconds(1764000000123)));
    ASSERT_EQ(date.size(), 19U);
    EXPECT_EQ(date.substr(0, 8), "2025-11-");
    EXPECT_EQ(date[10], ' ');
}

}  // namespace
}  // namespace bn::bm_writer::calls_test
