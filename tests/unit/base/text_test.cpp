#include "base/text.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "base/codec.hpp"

namespace bn::base::text_test {
namespace {

TEST(Utf8, OnlyWhatXmlAllows) {
    EXPECT_TRUE(is_xml_text("a\t\n\r \xD1\x8F \xF0\x9F\x98\x80"));
    for (const char* bad :
         {"\x01",
          "\x1F",
          "\x80",
          "\xC0\xAF",
          "\xE0\x80\x80",
          "\xED\xA0\x80",
          "\xEF\xBF\xBE",
          "\xF4\x90\x80\x80",
          "\xD1",
          "\xF0\x9F\x98"}) {
        EXPECT_FALSE(is_xml_text(bad));
        EXPECT_TRUE(is_xml_text(clean_utf8(bad)));
    }
    EXPECT_TRUE(rc::check(
        "cleaning is enough and changes no good text",
        [](const std::string& text) {
            const std::string clean = clean_utf8(text);
            RC_ASSERT(is_xml_text(clean));
            RC_ASSERT(is_xml_text(text) == (clean == text));
        }
    ));
}

TEST(Utf8, CleanIsValidAndKeepsWhatIsValid) {
    EXPECT_EQ(clean_utf8("тест \t\n\xF0\x9F\x98\x80"), "тест \t\n\xF0\x9F\x98\x80");
    const std::string bad = "\xEF\xBF\xBD";
    EXPECT_EQ(clean_utf8("a\x01z"), "a" + bad + "z");
    EXPECT_EQ(clean_utf8("\xC0\xAF"), bad + bad);
    EXPECT_EQ(clean_utf8("\xED\xA0\x80"), bad + bad + bad);
    EXPECT_EQ(clean_utf8("\xEF\xBF\xBE"), bad);
    EXPECT_EQ(clean_utf8("\xD1"), bad);
    EXPECT_EQ(shortened("тест", 100), "тест");
    EXPECT_EQ(shortened("тест", 6), "т...");
    EXPECT_TRUE(rc::check("twice is once", [](const std::string& bytes) {
        const std::string once = clean_utf8(bytes);
        RC_ASSERT(clean_utf8(once) == once);
        const std::string cut = shortened(once, 10);
        RC_ASSERT(clean_utf8(cut) == cut);
        RC_ASSERT(cut.size() <= 10U);
    }));
}

TEST(Utf8, IsCutBetweenCharacters) {
    EXPECT_EQ(character_length(""), 0U);
    EXPECT_EQ(shortened("Облако", 12), "Облако");
    EXPECT_EQ(shortened("Облако", 11), "Обла...");
    EXPECT_EQ(shortened("Облако", 10), "Обл...");
}

TEST(Escapes, MakeNoElementsOfTheirOwn) {
    EXPECT_EQ(xml_escaped("</v><x a=\"1\">&"), "&lt;/v&gt;&lt;x a=&quot;1&quot;&gt;&amp;");
    EXPECT_EQ(lower_ascii("aZ\xC3\x84@["), "az\xC3\x84@[");
    EXPECT_EQ(percent_encoded("a-b_c.~ /\xC3"), "a-b_c.~%20%2F%C3");
    EXPECT_EQ(percent_encoded("\xd0\xb0@c'+"), "%D0%B0%40c%27%2B");
    EXPECT_EQ(percent_encoded("/", Hex::kLower), "%2f");
}

TEST(Codec, ComesBackAsItWas) {
    EXPECT_EQ(to_hex("\x01\xAB"), "01ab");
    EXPECT_EQ(from_hex("01AB"), "\x01\xAB");
    EXPECT_EQ(from_hex("01a"), "");
    EXPECT_EQ(from_hex("zz"), "");
    EXPECT_EQ(to_base64("a"), "YQ");
    EXPECT_EQ(to_base64("\xFB\xFF", Base64::kUrlSafe), "-_8");
    EXPECT_EQ(from_base64(" YW\nI= "), "ab");
    EXPECT_EQ(from_base64("YWI"), "");
    EXPECT_EQ(from_base64("Y!I="), "");
    EXPECT_TRUE(rc::check("hex", [](const std::string& bytes) {
        RC_ASSERT(from_hex(to_hex(bytes)) == bytes);
    }));
}

}  // namespace
}  // namespace bn::base::text_test
