// Every error type of the protocol and of the core has a text in both languages.
#include <algorithm>
#include <fstream>
#include <regex>
#include <set>
#include <span>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "pmnextcloud/documents.hpp"
#include "reconciler/model/hold.hpp"
#include "tests/support/places/places.hpp"
#include "words/panel_texts.hpp"

namespace bn::pmnextcloud::texts_test {
namespace {

using namespace bn::words;

bool has_cyrillic(std::string_view text) {
    return text.find("\xD0") != std::string_view::npos ||
           text.find("\xD1") != std::string_view::npos;
}

TEST(Texts, AreCompleteInBothLanguages) {
    std::set<std::string_view> types;
    for (const PanelText& text : all_texts()) {
        EXPECT_TRUE(types.insert(text.type).second) << text.type << " stands there twice";
        EXPECT_GE(text.english.size(), 10U) << text.type;
        EXPECT_FALSE(has_cyrillic(text.english)) << text.type;
        EXPECT_TRUE(has_cyrillic(text.russian)) << text.type;
        auto english = placeholders(text.english);
        auto russian = placeholders(text.russian);
        std::ranges::sort(english);
        std::ranges::sort(russian);
        EXPECT_EQ(english, russian) << text.type << ": both languages tell the same";
        EXPECT_EQ(find_text(text.type)->english, text.english);
    }
    EXPECT_GT(types.size(), 55U);
}

TEST(Texts, EveryHoldOfTheCoreHasOne) {
    constexpr int kHolds = static_cast<int>(HoldCode::kMaintenance) + 1;
    const auto texts = std::span(all_texts()).last(kHolds);
    for (int code = 0; code < kHolds; ++code) {
        const std::string name(to_string(static_cast<HoldCode>(code)));
        std::string type = name;
        std::ranges::replace(type, '-', '_');
        EXPECT_EQ(texts[static_cast<std::size_t>(code)].type, type);
        EXPECT_FALSE(has_cyrillic(reason(static_cast<HoldCode>(code), Language::kEnglish)));
        EXPECT_TRUE(has_cyrillic(reason(static_cast<HoldCode>(code), Language::kRussian))) << name;
        EXPECT_NE(to_failure({name, "", ""}).type, "other") << name;
    }
    EXPECT_GE(kHolds, 30);
}

// docs/control.md lists the error types between two marks; the table and the page agree.
TEST(Texts, EveryTypeOfTheProtocolHasOne) {
    std::ifstream file(testing::source_dir("/docs/control.md"));
    std::stringstream page;
    page << file.rdbuf();
    const std::string text = page.str();
    const std::size_t begin = text.find("## Error types");
    ASSERT_NE(begin, std::string::npos);
    const std::string section = text.substr(begin, text.find("\n## ", begin + 1) - begin);
    std::set<std::string> documented;
    const std::regex row("\n\\| `([a-z_]+)` \\|");
    for (std::sregex_iterator it(section.begin(), section.end(), row), end; it != end; ++it) {
        documented.insert((*it)[1]);
        EXPECT_NE(find_text((*it)[1].str()), nullptr) << (*it)[1];
    }
    const std::set<std::string_view> own = {
        "option_missing",
        "option_bad",
        "unknown_command",
        "document_bad",
        "document_big",
        "apply_failed",
        "other"};
    for (const PanelText& known : all_texts()) {
        if (known.type.starts_with("webpay_")) {
            continue;  // of the payment module's form, which no controller answers with
        }
        EXPECT_NE(documented.contains(std::string(known.type)), own.contains(known.type))
            << known.type;
    }
}

TEST(Texts, PlaceholdersAreFilledOnce) {
    const Params params = {{"a", "1"}, {"b", "__a__"}, {"empty", ""}};
    EXPECT_EQ(fill("__a__ and __b__, __none__ __empty__.", params), "1 and __a__, - -.");
    EXPECT_EQ(fill("____ __A__ a__b __a", params), "____ __A__ a__b __a");
    EXPECT_THAT(placeholders("__a__ __b__ __a__"), ::testing::ElementsAre("a", "b"));
    EXPECT_THAT(placeholders("snake__case __ x"), ::testing::IsEmpty());
}

TEST(Texts, FillingTakesAnyText) {
    EXPECT_TRUE(rc::check(
        "no crash, nothing lost without placeholders",
        [](const std::string& text) {
            const std::string filled = fill(text, {});
            if (placeholders(text).empty()) {
                RC_ASSERT(filled == text);
            }
        }
    ));
}

TEST(Texts, LanguagesByName) {
    EXPECT_EQ(language_of("ru"), Language::kRussian);
    EXPECT_EQ(language_of("ru_RU"), Language::kRussian);
    EXPECT_EQ(language_of("en"), Language::kEnglish);
    EXPECT_EQ(language_of(""), Language::kEnglish);
    EXPECT_EQ(language_of("rum"), Language::kEnglish);
    EXPECT_EQ(language_of("ru_RU.UTF-8"), Language::kRussian);
    EXPECT_EQ(language_of("ru-RU"), Language::kRussian);
}

TEST(Texts, MessagesDocumentHasThemAll) {
    pugi::xml_document document;
    ASSERT_TRUE(document.load_string(messages_document().c_str()));
    for (const char* lang : {"en", "ru"}) {
        const auto section =
            document.child("messages").find_child_by_attribute("lang", "name", lang);
        std::size_t count = 0;
        for (const auto& message : section.children("msg")) {
            const std::string name = message.attribute("name").value();
            ASSERT_TRUE(name.starts_with("msg_error_")) << name;
            EXPECT_EQ(message.text().get(), find_text(name.substr(10))->in(language_of(lang)))
                << name;
            ++count;
        }
        const auto of_payments = std::ranges::count_if(all_texts(), [](const PanelText& text) {
            return text.type.starts_with("webpay_");
        });
        EXPECT_EQ(count, all_texts().size() - static_cast<std::size_t>(of_payments));
    }
}

TEST(Words, TheFieldsStatesAndActionsHaveOneInBothLanguages) {
    for (const char* name : {"missing",   "orphan",    "quota",     "enabled",      "group",
                             "drift",     "held",      "paused",    "retained",     "failed",
                             "adopt",     "disable",   "create",    "set-password", "enable",
                             "set-quota", "set-email", "add-group", "remove-group", "delete"}) {
        EXPECT_TRUE(has_cyrillic(on_page(name, Language::kRussian))) << name;
        EXPECT_FALSE(on_page(name, Language::kEnglish).empty()) << name;
    }
    EXPECT_EQ(on_page("something-new", Language::kRussian), "something-new");
}

}  // namespace
}  // namespace bn::pmnextcloud::texts_test
