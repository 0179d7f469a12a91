// XML from anywhere in, well-formed XML out; and the lines of the control socket.
#include "pmnextcloud/documents.hpp"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pmnextcloud/environment.hpp"

namespace bn::pmnextcloud::documents_test {
namespace {

std::string refused(const std::string& bytes) {
    const auto document = parse_document(bytes);
    return document ? "taken" : document.error().type;
}

TEST(Documents, RefusesWhatIsNoDocument) {
    const std::vector<std::string> bad = {
        "",
        " \n\t",
        "garbage",
        "{\"doc\":{}}",
        "<html><body>502</body></html>",
        "<doc>",
        "<doc><a></doc></a>",
        "<doc/><doc/>",
        "<doc a='1' a='2'/>",
        "<doc>&#1;</doc>",
        "<doc>&#xD800;</doc>",
        "<doc a='&#11;'/>",
        "<doc>\xFF\xFE</doc>",
        std::string("<doc>\0</doc>", 12),
        "<!DOCTYPE doc><doc/>",
        "<!DOCTYPE doc [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;&a;'>]><doc>&b;</doc>",
        "<!DOCTYPE doc SYSTEM 'file:///etc/passwd'><doc/>",
    };
    for (const std::string& bytes : bad) {
        EXPECT_EQ(refused(bytes), "document_bad") << bytes;
    }
}

TEST(Documents, RefusesWhatIsTooBigOrTooDeep) {
    EXPECT_EQ(refused("<doc>" + std::string(kMaxDocument, 'x') + "</doc>"), "document_big");
    std::string deep;
    for (int i = 0; i < 100000; ++i) {
        deep += "<doc>";
    }
    EXPECT_EQ(refused(deep), "document_bad") << "not closed";
    for (int i = 0; i < 100000; ++i) {
        deep += "</doc>";
    }
    deep.resize(std::min(deep.size(), kMaxDocument));
    EXPECT_EQ(refused(deep), "document_bad");
    std::string nested;
    for (int i = 0; i < 20000; ++i) {
        nested = "<doc>" + nested + "</doc>";
    }
    EXPECT_EQ(refused(nested), "document_bad");
}

TEST(Documents, AnErrorOfTheControllerIsInThePanelsLanguage) {
    const Failure failure = to_failure(protocol::Refusal(
        "cloud-error", "server 3 is not known; nothing was changed", "look at the cloud's log"
    ));
    const std::string russian = error_document(failure, Language::kRussian);
    EXPECT_THAT(
        russian, testing::HasSubstr("Подробности: сервер 3 неизвестен; ничего не изменено")
    );
    EXPECT_THAT(
        error_document(failure, Language::kEnglish),
        testing::HasSubstr("Details: server 3 is not known; nothing was changed")
    );
}

TEST(Documents, KeepsWhatItDoesNotKnow) {
    const std::string form =
        "<doc lang=\"ru\" func=\"pricelist.edit\"><tparams><x/></tparams><usergroup>3</usergroup>"
        "<blank>  </blank><amp a=\"&lt;&quot;&#10;\">&lt;b&gt; &amp;amp; \xD1\x8F</amp>"
        "<![CDATA[<raw>]]><slist name=\"other\"><val key=\"k\">v</val></slist></doc>";
    auto document = parse_document(form);
    ASSERT_TRUE(document);
    EXPECT_EQ(print(*document), "<?xml version=\"1.0\"?>" + form + "\n");
}

TEST(Documents, ReadsABomAndDeclaredLatin) {
    ASSERT_TRUE(parse_document("\xEF\xBB\xBF<doc/>"));
    const auto latin =
        parse_document("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><doc>\xE9</doc>");
    ASSERT_TRUE(latin);
    EXPECT_STREQ(latin->child("doc").text().get(), "\xC3\xA9");
}

TEST(Documents, AnyBytesAreTakenOrRefusedAndWhatIsPrintedIsReadAgain) {
    EXPECT_TRUE(rc::check("stable", [](const std::vector<std::string>& pieces) {
        std::string bytes = "<doc>";
        for (const std::string& piece : pieces) {
            bytes += *rc::gen::elementOf(std::vector<std::string>{
                         "<a>",
                         "</a>",
                         "&amp;",
                         "<![CDATA[",
                         "]]>",
                         "<?x ?>",
                         "<!--",
                         "-->",
                         "&#13;",
                         "\r\n"}) +
                     piece;
        }
        bytes += "</doc>";
        if (const auto document = parse_document(bytes)) {
            const std::string once = print(*document);
            const auto again = parse_document(once);
            RC_ASSERT(again.has_value());
            RC_ASSERT(print(*again) == once);
        }
    }));
}

TEST(Documents, AFieldsChoicesAreReplaced) {
    auto document = parse_document(
        "<doc><usergroup>1</usergroup><slist name='usergroup'><val key='1'>pro</val></slist>"
        "<slist name='other'/></doc>"
    );
    ASSERT_TRUE(document);
    auto doc = document->child("doc");
    set_choices(doc, "usergroup", {{"", "none"}, {"a<b", "a<b"}});
    EXPECT_EQ(
        print(*document),
        "<?xml version=\"1.0\"?><doc><usergroup>1</usergroup><slist name=\"other\"/>"
        "<slist name=\"usergroup\"><val key=\"\">none</val><val key=\"a&lt;b\">a&lt;b</val></slist>"
        "</doc>\n"
    );
}

TEST(Errors, HaveEverythingThatTheTextMentions) {
    Failure failure{"missing_group", "usergroup", "pro", {{"group", "pro"}, {"what", "no group"}}};
    const auto document = parse_document(error_document(failure, Language::kRussian));
    ASSERT_TRUE(document);
    const auto error = document->child("doc").child("error");
    EXPECT_STREQ(error.attribute("type").value(), "missing_group");
    EXPECT_STREQ(error.attribute("object").value(), "usergroup");
    EXPECT_STREQ(error.attribute("value").value(), "pro");
    EXPECT_STREQ(error.attribute("lang").value(), "ru");
    EXPECT_STREQ(error.find_child_by_attribute("param", "name", "group").text().get(), "pro");
    EXPECT_THAT(error.child("msg").text().get(), testing::EndsWith("Подробности: no group"));
}

TEST(Errors, AnyTextGivesAWellFormedDocumentWithoutOpenPlaceholders) {
    EXPECT_TRUE(rc::check(
        "well-formed",
        [](const std::string& a, const std::string& b, bool russian) {
            const auto texts = words::all_texts();
            const auto& text = texts[*rc::gen::inRange(std::size_t{0}, texts.size())];
            const Failure failure{std::string(text.type), a, b, {{"what", b}, {a, b}}};
            const std::string printed =
                error_document(failure, russian ? Language::kRussian : Language::kEnglish);
            const auto document = parse_document(printed);
            RC_ASSERT(document.has_value());
            const auto error = document->child("doc").child("error");
            RC_ASSERT(std::string(error.attribute("type").value()) == text.type);
            for (const auto& name : words::placeholders(text.in(Language::kRussian))) {
                RC_ASSERT(error.find_child_by_attribute("param", "name", name.c_str()));
            }
        }
    ));
}

TEST(Errors, AnUnknownTypeOfALaterControllerStaysReadable) {
    const Failure failure = to_failure({"brand_new", "It rains.", "Take an umbrella.", {}});
    EXPECT_EQ(failure.type, "other");
    const std::string printed = error_document(failure, Language::kEnglish);
    EXPECT_THAT(printed, testing::HasSubstr("<msg>It rains. Take an umbrella.</msg>"));
    EXPECT_THAT(printed, testing::HasSubstr("<param name=\"type\">brand_new</param>"));
}

}  // namespace
}  // namespace bn::pmnextcloud::documents_test
