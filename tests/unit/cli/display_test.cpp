#include "cli/screen/display.hpp"

#include <gtest/gtest.h>

#include "words/language.hpp"

namespace bn::cli::display_test {
namespace {

TEST(Display, CountsColumnsNotBytes) {
    EXPECT_EQ(columns("abc"), 3U);
    EXPECT_EQ(columns("Анна"), 4U);
    EXPECT_EQ(columns("王"), 2U);
    EXPECT_EQ(columns("e\xcc\x81"), 1U);  // combining accent
    EXPECT_EQ(columns("\xff\xfe"), 2U);   // broken bytes
}

TEST(Display, EscapesWhatMovesTheCursorOrReordersTheLine) {
    EXPECT_EQ(escaped("a\x1b[2Jb"), "a\\x1b[2Jb");
    EXPECT_EQ(escaped("a\nb\r\t"), "a\\x0ab\\x0d\\x09");
    EXPECT_EQ(escaped("\xe2\x80\xaetxt"), "\\u{202e}txt");
    EXPECT_EQ(escaped("\xc2\x9b"), "\\u{9b}");     // C1 CSI
    EXPECT_EQ(escaped("\xc0\xaf"), "\\xc0\\xaf");  // overlong
    EXPECT_EQ(escaped("\xed\xa0\x80"), "\\xed\\xa0\\x80");
    EXPECT_EQ(escaped("Анна 王"), "Анна 王");
}

TEST(Display, ClipsAndPadsByColumns) {
    EXPECT_EQ(clipped("王王王", 5), "王王…");
    EXPECT_EQ(clipped("abc", 3), "abc");
    EXPECT_EQ(padded("王", 4), "王  ");
    EXPECT_EQ(padded_left("7", 3), "  7");
}

TEST(Display, WrapsAtBlanksAndBreaksLongWords) {
    EXPECT_EQ(wrapped("one two three", 8, 2), "one two\n  three");
    EXPECT_EQ(wrapped("abcdefghijkl", 8, 0), "abcdefgh\nijkl");
    EXPECT_EQ(wrapped("one two three four", 10, 1, 2), "one two\n   three\n   four");
}

TEST(Display, LanguageOfLocale) {
    using words::Language;
    using words::language_of;
    EXPECT_EQ(language_of("ru_RU.UTF-8"), Language::kRussian);
    EXPECT_EQ(language_of("ru"), Language::kRussian);
    EXPECT_EQ(language_of("C.UTF-8"), Language::kEnglish);
    EXPECT_EQ(language_of("run"), Language::kEnglish);
}

}  // namespace
}  // namespace bn::cli::display_test
