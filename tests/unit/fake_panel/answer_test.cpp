// The shapes of the panel's answers, and its command line tool's own line.
#include "tests/fakes/panel/answer.hpp"

#include <pugixml.hpp>

#include <gtest/gtest.h>

#include "tests/unit/fake_panel/panel_folder.hpp"

namespace bn::testing::answer_test {
namespace {

Answer sample_list() {
    AnswerRow row;
    row.fields = {{"id", "7"}, {"item_status", "Active"}};
    row.orig["item_status"] = "2";
    Answer answer = Answer::list({row});
    answer.function = "service";
    return answer;
}

Answer sample_error() {
    Answer answer = Answer::failed("missed", "item", "9");
    answer.function = "service.postopen";
    return answer;
}

TEST(PanelAnswer, XmlOfSuccessListAndError) {
    Answer ok = Answer::done();
    ok.ok_type = "form";
    ok.ok_target = "service.edit";
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(render(ok, AnswerFormat::kXml).c_str()));
    EXPECT_STREQ(document.child("doc").child("ok").attribute("type").value(), "form");
    EXPECT_STREQ(document.child("doc").child("ok").text().get(), "service.edit");
    ASSERT_TRUE(document.load_string(render(sample_list(), AnswerFormat::kXml).c_str()));
    const auto status = document.child("doc").child("elem").child("item_status");
    EXPECT_STREQ(status.text().get(), "Active");
    EXPECT_STREQ(status.attribute("orig").value(), "2");
    EXPECT_STREQ(document.child("doc").child("p_elems").text().get(), "1");
    ASSERT_TRUE(document.load_string(render(sample_error(), AnswerFormat::kXml).c_str()));
    const auto error = document.child("doc").child("error");
    EXPECT_STREQ(error.attribute("type").value(), "missed");
    EXPECT_STREQ(error.attribute("object").value(), "item");
    EXPECT_STREQ(error.find_child_by_attribute("param", "name", "value").text().get(), "9");
    EXPECT_STREQ(error.child("stack").child("action").text().get(), "service.postopen");
    EXPECT_FALSE(std::string(error.child("msg").text().get()).empty());
}

TEST(PanelAnswer, XmlKeepsAwkwardText) {
    const std::string awkward = "a<b>&\"c' \xD0\x96\n end";
    const std::string xml = render(Answer::form({{"note", awkward}}), AnswerFormat::kXml);
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(xml.c_str()));
    EXPECT_EQ(document.child("doc").child("note").text().get(), awkward);
}

TEST(PanelAnswer, JsonNamesTextAndAttributes) {
    const Json list = Json::parse(render(sample_list(), AnswerFormat::kJson)).at("doc");
    ASSERT_TRUE(list.at("elem").is_array());  // of one element as well
    EXPECT_EQ(list.at("elem")[0].at("item_status").at("$"), "Active");
    EXPECT_EQ(list.at("elem")[0].at("item_status").at("$orig"), "2");
    const Json error = Json::parse(render(sample_error(), AnswerFormat::kJson)).at("doc");
    EXPECT_EQ(error.at("error").at("$type"), "missed");
    EXPECT_EQ(error.at("error").at("$object"), "item");
    EXPECT_TRUE(error.at("error").at("msg").contains("$"));
    EXPECT_TRUE(Json::parse(render(Answer::done(), AnswerFormat::kJson)).at("doc").contains("ok"));
}

TEST(PanelAnswer, BjsonIsFlat) {
    const Json list = Json::parse(render(sample_list(), AnswerFormat::kBjson));
    EXPECT_EQ(list.at("elem")[0].at("id"), "7");
    const Json form = Json::parse(render(Answer::form({{"a", "b"}}), AnswerFormat::kBjson));
    EXPECT_EQ(form.at("model").at("a"), "b");
    const Json error = Json::parse(render(sample_error(), AnswerFormat::kBjson));
    EXPECT_EQ(error.at("error").at("type"), "missed");
    EXPECT_EQ(Json::parse(render(Answer::form({{"a", "b"}}), AnswerFormat::kSjson)).at("a"), "b");
}

TEST(PanelAnswer, TextIsForPeople) {
    EXPECT_EQ(render(Answer::done(), AnswerFormat::kText), "OK\n");
    EXPECT_EQ(render(sample_list(), AnswerFormat::kText), "id=7 item_status=Active\n");
    EXPECT_TRUE(render(sample_error(), AnswerFormat::kText).starts_with("ERROR missed(item)"));
}

TEST(Mgrctl, TakesTheFormatFromOptionAndParameter) {
    PanelFolder panel;
    const std::string program = panel.folder() / "sbin/mgrctl";
    const auto out = [&](std::vector<std::string> more) {
        more.insert(more.begin(), {program, "-m", "billmgr"});
        return run_program(more).out;
    };
    EXPECT_EQ(out({"exit"}), "OK\n");  // text is the default
    EXPECT_TRUE(out({"-o", "xml", "exit"}).starts_with("<?xml"));
    EXPECT_TRUE(out({"-o", "devel", "exit"}).starts_with("<?xml"));
    EXPECT_TRUE(Json::parse(out({"-o", "json", "service"})).contains("doc"));
    EXPECT_TRUE(Json::parse(out({"service", "out=bjson"})).contains("elem"));
    EXPECT_TRUE(Json::parse(out({"service", "out=sjson"})).contains("elem"));
}

TEST(Mgrctl, RefusesWrongLines) {
    PanelFolder panel;
    EXPECT_EQ(panel.mgrctl({}).exit, 2);
    EXPECT_EQ(panel.mgrctl({"-x", "exit"}).exit, 2);
    EXPECT_EQ(panel.mgrctl({"exit", "word"}).exit, 2);
    EXPECT_EQ(panel.mgrctl({"exit", "-e", "value=plain"}).exit, 2);
    EXPECT_EQ(panel.mgrctl({"exit", "-e", "value=$BN_NO_SUCH_VARIABLE"}).exit, 2);
    EXPECT_EQ(run_program({panel.folder() / "sbin/mgrctl", "-m", "core", "exit"}).exit, 2);
    EXPECT_TRUE(panel.text("calls.log").empty());
}

TEST(Mgrctl, TellsWhichOpenCallThisPanelHas) {
    for (const std::string right : {"backupservice.open", "vds.open", "service.postopen"}) {
        PanelFolder panel(Json{{"open_call", right}});
        for (const std::string name : {"backupservice.open", "vds.open", "service.postopen"}) {
            const Ran help = panel.mgrctl({"-i", name});
            EXPECT_EQ(help.exit == 0, name == right) << right << " " << name;
            EXPECT_EQ(help.out.find("elid") != std::string::npos, name == right);
        }
        EXPECT_NE(panel.mgrctl({"-i"}).out.find("service.postsuspend"), std::string::npos);
    }
}

}  // namespace
}  // namespace bn::testing::answer_test
