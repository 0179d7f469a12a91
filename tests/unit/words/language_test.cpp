// Which language is spoken, and numbers with their words.
#include "words/language.hpp"

#include <gtest/gtest.h>

#include "reconciler/model/plural.hpp"
#include "words/count.hpp"

namespace bn::words::language_test {
namespace {

TEST(Language, IsChosenAsGettextDoes) {
    struct Row {
        std::string_view list;
        std::string_view locale;
        Language chosen;
    };

    constexpr Row kRows[] = {
        {"", "ru_RU.UTF-8", Language::kRussian},
        {"", "ru_RU.KOI8-R", Language::kRussian},
        {"", "en_US.UTF-8", Language::kEnglish},
        {"ru", "en_US.UTF-8", Language::kRussian},
        {"ru_RU:en", "de_DE.UTF-8", Language::kRussian},
        {"de:ru:en", "en_US.UTF-8", Language::kRussian},  // the first that we have
        {"en:ru", "ru_RU.UTF-8", Language::kEnglish},
        {"en_GB", "ru_RU.UTF-8", Language::kEnglish},
        {"de", "ru_RU.UTF-8", Language::kEnglish},
        {"::ru", "en_US.UTF-8", Language::kRussian},
        // a locale that is none has no translation
        {"ru", "C", Language::kEnglish},
        {"ru", "C.UTF-8", Language::kEnglish},
        {"ru", "POSIX", Language::kEnglish},
        {"ru", "", Language::kEnglish},
    };
    for (const Row& row : kRows) {
        EXPECT_EQ(chosen_language(row.list, row.locale), row.chosen)
            << row.list << " in " << row.locale;
    }
}

TEST(Count, TheWordAgreesWithTheNumber) {
    const auto ru = [](std::uint64_t n) { return counted(n, kServices, Language::kRussian); };
    EXPECT_EQ(counted(1, kServices, Language::kEnglish), "1 service");
    EXPECT_EQ(counted(0, kServices, Language::kEnglish), "0 services");
    EXPECT_EQ(counted(21, kServices, Language::kEnglish), "21 services");
    EXPECT_EQ(ru(0), "0 услуг");
    EXPECT_EQ(ru(1), "1 услуга");
    EXPECT_EQ(ru(4), "4 услуги");
    EXPECT_EQ(ru(5), "5 услуг");
    EXPECT_EQ(ru(11), "11 услуг");
    EXPECT_EQ(ru(12), "12 услуг");
    EXPECT_EQ(ru(21), "21 услуга");
    EXPECT_EQ(ru(102), "102 услуги");
    EXPECT_EQ(ru(111), "111 услуг");
    EXPECT_EQ(plural(2, kServices, Language::kRussian), "услуги");
}

TEST(Plural, WordsAgreeWithTheNumber) {
    const auto gone = [](int n) {
        return fmt::format("{:# account is|# accounts are} gone", Plural(n));
    };
    EXPECT_EQ(gone(0), "0 accounts are gone");
    EXPECT_EQ(gone(1), "1 account is gone");
    EXPECT_EQ(gone(2), "2 accounts are gone");
    EXPECT_EQ(fmt::format("{:# услуга|# услуги|# услуг}", Plural(21U)), "21 услуга");
    EXPECT_EQ(fmt::format("{:# услуга|# услуги|# услуг}", Plural(3U)), "3 услуги");
    EXPECT_EQ(fmt::format("{:# услуга|# услуги|# услуг}", Plural(11U)), "11 услуг");
    EXPECT_EQ(fmt::format("{} {:>3} {:02}", Plural(7), Plural(7), Plural(7)), "7   7 07");
}

// A phrase takes what it is given: a number that came as a text, or no number at all.
TEST(Plural, WordsAgreeWithATextAsWell) {
    const auto gone = [](const char* text) {
        return fmt::format("{:# account is|# accounts are} gone", PluralText{text});
    };
    EXPECT_EQ(gone("1"), "1 account is gone");
    EXPECT_EQ(gone("12"), "12 accounts are gone");
    EXPECT_EQ(gone("some"), "some accounts are gone");
    EXPECT_EQ(gone(""), " accounts are gone");
    EXPECT_EQ(gone("99999999999999999999"), "99999999999999999999 accounts are gone");
    EXPECT_EQ(fmt::format("{} {:>3}", PluralText{"a"}, PluralText{"b"}), "a   b");
}

}  // namespace
}  // namespace bn::words::language_test
