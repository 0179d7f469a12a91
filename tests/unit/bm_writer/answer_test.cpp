// The panel's documents: what they say, and that nothing hostile is taken for an answer.
#include "bm_writer/answer.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/text.hpp"
#include "bm_writer/calls.hpp"

namespace bn::bm_writer::answer_test {
namespace {

// The documents as the panel writes them.
constexpr std::string_view kXmlError =
    R"(<?xml version="1.0" encoding="UTF-8"?>
<doc lang="en"><error type="missed" object="task" lang="en" code="1"><param name="object" type="msg" msg="Operation">runningoperation</param><param name="value">17</param><param name="desc" type="msg">desc_missed</param><stack><action level="30" user="root">service.postsuspend</action></stack><msg>Operation 17 does not exist</msg></error></doc>)";

TEST(Answer, OkIsOk) {
    for (const char* body : {
             "<doc><ok/></doc>",
             R"(<?xml version="1.0"?><doc><ok type="list">service</ok></doc>)",
             "\xEF\xBB\xBF<doc><ok/></doc>",
             "\n  <doc>\n <ok/> </doc>\n",
         }) {
        const auto answer = parse_answer(body);
        ASSERT_TRUE(answer) << body << ": " << answer.error().text();
        EXPECT_TRUE(answer->ok) << body;
        EXPECT_EQ(answer->fields.count("ok"), 1U) << body;
        EXPECT_EQ(answer->short_text(), "ok");
    }
}

TEST(Answer, ADocumentWithoutOkIsTheDocumentAskedFor) {
    const auto answer = parse_answer("<doc><task_type>3</task_type><list><a>1</a></list></doc>");
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->ok);
    EXPECT_EQ(answer->fields, (std::map<std::string, std::string>{{"task_type", "3"}}));
}

TEST(Answer, ErrorDocuments) {
    const auto answer = parse_answer(kXmlError);
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->ok);
    EXPECT_EQ(answer->error_type, "missed");
    EXPECT_EQ(answer->error_object, "task");
    EXPECT_EQ(answer->error_value, "17");
    EXPECT_EQ(answer->message, "Operation 17 does not exist");
    EXPECT_EQ(answer->short_text(), "error missed (task 17): Operation 17 does not exist");
}

TEST(Answer, ErrorsInOtherShapes) {
    const auto simple = parse_answer(R"(<doc><error type="value" object="date" value="x"/></doc>)");
    ASSERT_TRUE(simple);
    EXPECT_EQ(simple->short_text(), "error value (date x)");
    const auto by_params = parse_answer(
        R"(<doc><error type="access"><param name="object">item</param><param name="desc">no</param></error></doc>)"
    );
    ASSERT_TRUE(by_params);
    EXPECT_EQ(by_params->short_text(), "error access (item): no");
    const auto bare = parse_answer("<doc><error>it broke</error></doc>");
    ASSERT_TRUE(bare);
    EXPECT_EQ(bare->short_text(), "error unknown: it broke");
}

TEST(Answer, AnErrorWinsOverAnOk) {
    for (const char* body :
         {R"(<doc><ok/><error type="value"/></doc>)", R"(<doc><error type="value"/><ok/></doc>)"}) {
        const auto answer = parse_answer(body);
        ASSERT_TRUE(answer) << body;
        EXPECT_FALSE(answer->ok) << body;
        EXPECT_EQ(answer->error_type, "value") << body;
    }
}

TEST(Answer, FieldsOfTheDocument) {
    const auto xml = parse_answer(
        R"(<doc><auth id="ab12" level="30">ab12</auth><model><cost>1.5</cost></model><elem><id>1</id></elem></doc>)"
    );
    ASSERT_TRUE(xml);
    EXPECT_EQ(xml->fields.at("auth"), "ab12");
    EXPECT_EQ(xml->fields.at("auth@level"), "30");
    EXPECT_EQ(xml->fields.at("cost"), "1.5");
    EXPECT_EQ(xml->fields.count("id"), 0U);
}

TEST(Answer, WhatIsNoAnswer) {
    const std::string bomb =
        R"(<!DOCTYPE doc [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><doc><ok>&b;</ok></doc>)";
    for (const std::string& body : std::vector<std::string>{
             "",
             " \n",
             "\xEF\xBB\xBF",
             "ok",
             "<html><body>502 Bad Gateway</body></html>",
             "<!DOCTYPE html><html></html>",
             bomb,
             "<doc>",
             "<doc><ok/>",
             "<doc><ok",
             "<doc><ok></doc>",
             "<doc/><doc/>",
             "<error type=\"value\"/>",
             "<ok/>",
             "[]",
             "{}",
             "null",
             "{\"doc\":{\"ok\":{}}}",
             std::string(100000, '['),
             std::string("\0<doc/>", 7),
         }) {
        const auto answer = parse_answer(body);
        ASSERT_FALSE(answer) << body.substr(0, 80);
        EXPECT_EQ(answer.error().code, "panel.answer");
        EXPECT_EQ(answer.error().move, NextMove::kRetryCall);
        EXPECT_TRUE(answer.error().effect_unknown);
        EXPECT_LT(answer.error().text().size(), 500U);
    }
}

TEST(Answer, EntitiesAreNotExpandedAndDepthDoesNotHurt) {
    const auto answer = parse_answer("<doc><ok>&bomb;</ok></doc>");
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->fields.at("ok"), "&bomb;");
    std::string deep = "<doc>";
    for (int i = 0; i < 100000; ++i) {
        deep += "<a>";
    }
    for (int i = 0; i < 100000; ++i) {
        deep += "</a>";
    }
    EXPECT_TRUE(parse_answer(deep + "</doc>"));
}

TEST(Answer, SecretsAreMaskedHoweverTheyAreSpelled) {
    const std::vector<std::pair<std::string, Secret>> secrets = {
        {"userpassword", Secret("a&b <c")}};
    PanelAnswer answer;
    answer.error_value = "a&b <c";
    answer.message = "bad a&amp;b &lt;c and a%26b%20%3Cc";
    answer.fields["value"] = "x a&b <c y";
    const PanelAnswer safe = masked(answer, secrets);
    EXPECT_EQ(safe.error_value, "***");
    EXPECT_EQ(safe.message, "bad *** and ***");
    EXPECT_EQ(safe.fields.at("value"), "x *** y");
}

bool clean(const PanelAnswer& answer) {
    for (const auto& [name, text] : answer.fields) {
        if (base::clean_utf8(name) != name || base::clean_utf8(text) != text) {
            return false;
        }
    }
    return base::clean_utf8(answer.message) == answer.message &&
           base::clean_utf8(answer.error_type) == answer.error_type;
}

TEST(Answer, AnyBytesAreAnAnswerOrAnError) {
    EXPECT_TRUE(rc::check("random bytes", [](const std::string& bytes) {
        for (const char* before : {"", "<doc>", "{\"doc\":{\"a\":\""}) {
            const auto answer = parse_answer(before + bytes);
            if (answer) {
                RC_ASSERT(clean(*answer));
                RC_ASSERT((answer->ok || !answer->error_type.empty()));
            } else {
                RC_ASSERT(answer.error().code == "panel.answer");
            }
        }
    }));
    EXPECT_TRUE(rc::check("a document with one byte changed, or cut", [] {
        std::string body(kXmlError);
        const auto at = *rc::gen::inRange<std::size_t>(0, body.size());
        if (*rc::gen::arbitrary<bool>()) {
            body.resize(at);
            RC_ASSERT(!parse_answer(body));  // never half an answer
        } else {
            body[at] = *rc::gen::arbitrary<char>();
            const auto answer = parse_answer(body);
            RC_ASSERT((!answer || clean(*answer)));
        }
    }));
}

TEST(Text, Names) {
    for (const char* good : {"elid", "param_pm_name", "service.postopen", "a-b", "_x"}) {
        EXPECT_TRUE(valid_name(good)) << good;
    }
    for (const char* bad : {"", "-e", "a=b", "a b", "a&b", "1a", "имя", "a\n"}) {
        EXPECT_FALSE(valid_name(bad)) << bad;
    }
}

}  // namespace
}  // namespace bn::bm_writer::answer_test
