#include "cli/screen/display.hpp"

#include <cstdlib>
#include <optional>
#include <string>

#include <gtest/gtest.h>

#include "cli/screen/charset.hpp"
#include "cli/screen/screen.hpp"
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

TEST(Display, SizesHaveUnitsAndNoEmptyFraction) {
    EXPECT_EQ(human_bytes(10'737'418'240), "10 GiB");
    EXPECT_EQ(human_bytes(1'503'238'554), "1.4 GiB");
    EXPECT_EQ(human_bytes(0), "0 B");
    EXPECT_EQ(human_bytes(10'737'418'240, Language::kRussian), "10 ГиБ");
    EXPECT_EQ(human_bytes(1'503'238'554, Language::kRussian), "1,4 ГиБ");
    EXPECT_EQ(quota_text(Quota::bytes(1'073'741'824), Language::kRussian), "1 ГиБ");
    EXPECT_EQ(quota_text(Quota::unlimited(), Language::kRussian), "без ограничений");
    EXPECT_EQ(quota_text(Quota::unlimited(), Language::kEnglish), "unlimited");
    EXPECT_EQ(quota_text(Quota(), Language::kRussian), "неизвестна");
}

// A zone of the host for a while.
class Zone {
  public:
    explicit Zone(const char* name) { set(name); }

    ~Zone() { set("UTC"); }

    Zone(const Zone&) = delete;
    Zone& operator=(const Zone&) = delete;

  private:
    static void set(const char* name) {
        setenv("TZ", name, 1);
        tzset();
    }
};

TEST(Display, TimesAreLocalWithTheirOffset) {
    const Time time = *parse_time("2026-11-25T18:30:05.123Z");
    {
        const Zone moscow("MSK-3");
        EXPECT_EQ(local_time(time), "2026-11-25 21:30:05 +03:00");
        EXPECT_EQ(
            said("nobody said 2026-11-25T18:30:05Z", Language::kEnglish),
            "nobody said 2026-11-25 21:30:05 +03:00"
        );
        EXPECT_EQ(
            said("The cloud names 2026-11-25T18:30:05.123Z.", Language::kEnglish),
            "The cloud names 2026-11-25 21:30:05 +03:00."
        );
        // what a person is to copy into a command stays what the command reads
        EXPECT_EQ(
            said("see events --since 2026-11-25T18:30:05.123Z", Language::kEnglish),
            "see events --since 2026-11-25T18:30:05.123Z"
        );
    }
    {
        const Zone nepal("NPT-5:45");
        EXPECT_EQ(local_time(time), "2026-11-26 00:15:05 +05:45");
    }
    {
        const Zone newfoundland("NST3:30");
        EXPECT_EQ(local_time(time), "2026-11-25 15:00:05 -03:30");
    }
    EXPECT_EQ(local_time(time), "2026-11-25 18:30:05 +00:00");
}

TEST(Display, ATooLongLineIsFoldedAtItsBlanks) {
    EXPECT_EQ(folded("fits\n", 20), "fits\n");
    EXPECT_EQ(folded("  a  table  of  words\n", 40), "  a  table  of  words\n");
    EXPECT_EQ(folded("  one    two    three\nfour", 12), "  one two\n    three\nfour");
    const std::string cells = "  one" + std::string(40, ' ') + "two";
    EXPECT_EQ(
        folded(cells + " " + std::string(60, 'x'), 80), cells + "\n    " + std::string(60, 'x')
    );
    EXPECT_EQ(folded("aaaaaaaaaaaaaaaaaaaaaaaaa b", 20), "aaaaaaaaaaaaaaaaaaaaaaaaa\n  b");
    const std::string red = coloured("abc", Colour::kRed, true);
    EXPECT_EQ(columns(red), 3U);
    EXPECT_EQ(folded(red + " abc", 7), red + " abc") << "a colour takes no columns";
}

TEST(Display, OtherCharsetsGetWhatTheyHave) {
    EXPECT_EQ(in_charset("Да", "KOI8-R"), "\xe4\xc1");
    EXPECT_EQ(in_charset("a → b… «Да» 王", "CP1251"), "a -> b\x85 \xab\xc4\xe0\xbb ?");
    EXPECT_EQ(in_charset("a → b…", "US-ASCII"), "a -> b...");
    EXPECT_EQ(in_charset("Да \xff\xd0", "KOI8-R"), "\xe4\xc1 ??");
    EXPECT_EQ(in_charset("Да →", "UTF-8"), "Да →");
    EXPECT_EQ(in_charset("Да →", "nonsense"), "Да →");
    EXPECT_EQ(in_charset(std::string(10000, 'x') + "→", "US-ASCII").size(), 10002U);
}

// The value of a variable for a while; null: it is not set.
class Variable {
  public:
    Variable(const char* name, const char* value) : name_(name) {
        const char* const former = std::getenv(name);
        former_ = former == nullptr ? std::nullopt : std::optional<std::string>(former);
        set(value);
    }

    ~Variable() { set(former_ ? former_->c_str() : nullptr); }

    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;

  private:
    void set(const char* value) { value == nullptr ? unsetenv(name_) : setenv(name_, value, 1); }

    const char* name_;
    std::optional<std::string> former_;
};

TEST(Display, TheCharsetIsTheLocales) {
    const auto charset = [](const char* all, const char* ctype, const char* lang) {
        const Variable a("LC_ALL", all);
        const Variable b("LC_CTYPE", ctype);
        const Variable c("LANG", lang);
        return charset_of_environment();
    };
    EXPECT_EQ(charset("ru_RU.KOI8-R", "C", "C"), "KOI8-R");
    EXPECT_EQ(charset(nullptr, "ru_RU.CP1251@x", "ru_RU.UTF-8"), "CP1251");
    EXPECT_EQ(charset("", nullptr, "ru_RU.UTF-8"), "UTF-8");
    EXPECT_EQ(charset("C", nullptr, "ru_RU.KOI8-R"), "UTF-8");
    EXPECT_EQ(charset("POSIX", nullptr, nullptr), "UTF-8");
    EXPECT_EQ(charset(nullptr, nullptr, nullptr), "UTF-8");
    EXPECT_EQ(charset("xx_XX", nullptr, nullptr), "UTF-8") << "not installed";
}

TEST(Display, WhatIsSaidIsTranslatedAndEscaped) {
    const Error error(
        NextMove::kHuman,
        "x.y",
        "server 3 is not known; nothing was changed",
        "`bill-nextcloud check` lists the panel's servers with their numbers"
    );
    EXPECT_EQ(error_text(error, Language::kEnglish), error.text());
    EXPECT_EQ(
        error_text(error, Language::kRussian),
        "сервер 3 неизвестен; ничего не изменено (серверы панели с номерами показывает "
        "`bill-nextcloud check`) [x.y]"
    );
    EXPECT_EQ(
        said("The tariff's group a\x1b[2Jb means the group admin.", Language::kRussian),
        "Группа тарифа «a\\x1b[2Jb» означает группу admin."
    );
}

}  // namespace
}  // namespace bn::cli::display_test
