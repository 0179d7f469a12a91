// A finished English sentence is said in Russian, with what was put into it unharmed.
#include "words/catalogue.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "words/count.hpp"

namespace bn::words::catalogue_test {
namespace {

using testing::HasSubstr;

std::string ru(std::string_view text) {
    return in_language(text, Language::kRussian);
}

// The key with its places filled in turn.
std::string made(std::string_view key, const std::vector<std::string>& params) {
    std::string text;
    std::size_t next = 0;
    for (std::size_t at = key.find("{}"); at != std::string_view::npos; at = key.find("{}")) {
        text += key.substr(0, at);
        text += params.at(next++);
        key.remove_prefix(at + 2);
    }
    return text.append(key);
}

std::size_t place_count(std::string_view key) {
    std::size_t count = 0;
    for (std::size_t at = key.find("{}"); at != std::string_view::npos;
         at = key.find("{}", at + 2)) {
        ++count;
    }
    return count;
}

// The places that the Russian text shows, not those that only choose a word's form.
std::multiset<std::size_t> places_shown(std::string_view text) {
    std::multiset<std::size_t> shown;
    std::size_t next = 0;
    for (std::size_t at = text.find('{'); at != std::string_view::npos;
         at = text.find('{', at + 1)) {
        const std::string_view inside = text.substr(at + 1, text.find('}', at) - at - 1);
        const bool given = !inside.empty() && inside.front() >= '0' && inside.front() <= '9';
        const std::size_t which = given ? static_cast<std::size_t>(inside.front() - '0') : next++;
        if (inside.find('|') == std::string_view::npos) {
            shown.insert(which);
        }
    }
    return shown;
}

// Is it a number that stands there, with a word that agrees with it in English?
bool agrees(std::string_view key, std::size_t place) {
    for (std::size_t at = key.find('{'); at != std::string_view::npos; at = key.find('{', at + 1)) {
        if (place-- == 0) {
            return key.substr(at).starts_with("{:");
        }
    }
    return false;
}

// What is put in at that place, to be found again.
std::string mark_of(const Phrase& row, std::size_t place) {
    const std::string_view russian = row.russian;
    const std::string number = std::to_string(7770 + place);
    if (agrees(row.english, place)) {
        return number;
    }
    std::size_t next = 0;
    for (std::size_t at = russian.find('{'); at != std::string_view::npos;
         at = russian.find('{', at + 1)) {
        const std::string_view inside = russian.substr(at + 1, russian.find('}', at) - at - 1);
        const bool given = !inside.empty() && inside.front() >= '0' && inside.front() <= '9';
        const std::size_t which = given ? static_cast<std::size_t>(inside.front() - '0') : next++;
        if (which == place && inside.ends_with('@')) {
            return "2026-11-2" + std::to_string(place) + "T10:00:00Z";
        }
        if (which == place && (inside.ends_with('#') || inside.find('|') != inside.npos)) {
            return number;
        }
    }
    return "<" + std::to_string(place) + ">";
}

TEST(Catalogue, BothTextsOfARowHaveTheSamePlaces) {
    std::set<std::string_view> keys;
    for (const Phrase& row : catalogue()) {
        EXPECT_TRUE(keys.insert(row.english).second) << row.english << " stands there twice";
        std::multiset<std::size_t> all;
        for (std::size_t i = 0; i < place_count(sentences_of(row.english).front()); ++i) {
            all.insert(i);
        }
        EXPECT_EQ(places_shown(row.russian), all) << row.english;
        EXPECT_EQ(row.english.find("{}{}"), std::string_view::npos)
            << row.english << ": nobody can tell where the first ends";
        EXPECT_TRUE(std::ranges::any_of(row.russian, [](char c) {
            return c == '\xD0' || c == '\xD1';
        })) << row.english;
        const auto letters = std::ranges::count_if(row.english, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        });
        EXPECT_GE(letters, 2) << row.english << " would be found in any text";
    }
}

// Params that begin and end no other row.
TEST(Catalogue, EveryRowIsFoundAgain) {
    const auto found_again = [](const Phrase& row, const std::string& sentence) {
        std::vector<std::string> params;
        for (std::size_t i = 0; i < place_count(sentence); ++i) {
            params.push_back(mark_of(row, i));
        }
        const std::string text = ru(made(sentence, params));
        for (const std::string& param : params) {
            EXPECT_THAT(text, HasSubstr(param)) << row.english;
        }
        const std::string begin(row.russian.substr(0, row.russian.find('{')));
        const std::string end(row.russian.substr(row.russian.rfind('}') + 1));
        EXPECT_TRUE(text.starts_with(begin)) << row.english << " became " << text;
        EXPECT_TRUE(text.ends_with(end)) << row.english << " became " << text;
    };
    for (const Phrase& row : catalogue()) {
        for (const std::string& sentence : sentences_of(row.english)) {
            found_again(row, sentence);
        }
    }
}

// Whatever a name is made of, and be it our own texts: what it says stays to be read.
TEST(Catalogue, NothingThatWasPutInIsLost) {
    EXPECT_TRUE(rc::check("marks survive", [] {
        const auto pick = []() -> const Phrase& {
            return catalogue()[*rc::gen::inRange<std::size_t>(0, catalogue().size())];
        };
        const Phrase& row = pick();
        const std::vector<std::string> sentences = sentences_of(row.english);
        const std::string& key = sentences.at(*rc::gen::inRange<std::size_t>(0, sentences.size()));
        std::vector<std::string> params;
        std::vector<std::string> marks;
        for (std::size_t i = 0; i < place_count(key); ++i) {
            const std::string mark = mark_of(row, i);
            marks.push_back(mark);
            const std::string_view piece = pick().english;
            const std::size_t from = *rc::gen::inRange<std::size_t>(0, piece.size());
            const std::string hostile(piece.substr(from, *rc::gen::inRange<std::size_t>(0, 30)));
            params.push_back(
                mark.front() != '<' ? mark
                                    : *rc::gen::element(
                                          mark,
                                          mark + hostile,
                                          hostile + mark,
                                          hostile + mark + hostile,
                                          mark + "; " + mark
                                      )
            );
        }
        const std::string text = ru(made(key, params));
        for (const std::string& mark : marks) {
            RC_ASSERT(text.find(mark) != std::string::npos);
        }
    }));
}

TEST(Catalogue, ATextWithoutARowStaysAsItIs) {
    EXPECT_EQ(ru("nobody ever said this"), "nobody ever said this");
    EXPECT_EQ(ru(""), "");
    EXPECT_EQ(ru("\xff; \xfe"), "\xff; \xfe");
    // A list of strangers is no remedy: it would hide where the real one begins.
    EXPECT_EQ(
        ru("error: server 1 (cloud-1): server cloud-1 is in maintenance mode (switch it off with "
           "`occ maintenance:mode --off`; it is looked at again by itself) [ocs.maintenance]"),
        "ошибка: сервер 1 (cloud-1): сервер cloud-1 в режиме обслуживания (выключите его: "
        "`occ maintenance:mode --off`; проверка повторится сама) [ocs.maintenance]"
    );
    EXPECT_EQ(in_language("the item is active", Language::kEnglish), "the item is active");
}

TEST(Catalogue, SaysWhatTheCoreSays) {
    EXPECT_EQ(ru("the item is active"), "услуга активна");
    EXPECT_EQ(
        ru("The tariff's group Basic does not exist in the cloud."),
        "Группы «Basic», указанной в тарифе, нет в облаке."
    );
    EXPECT_EQ(
        ru("another quota was sold, and 1.5 GiB are used"), "продана другая квота, а занято 1,5 ГиБ"
    );
    EXPECT_EQ(
        ru("the panel has no processing module of ours"), "в панели нет нашего модуля обработки"
    );
    EXPECT_EQ(
        ru("the panel has no processing module 9 of ours"), "в панели нет нашего модуля обработки 9"
    );
    EXPECT_EQ(ru("the panel has no service 9 of ours"), "в панели нет нашей услуги 9");
    EXPECT_EQ(ru("the item is active; the item is closed"), "услуга активна; услуга закрыта");
}

// Where a number stands, nothing else does: a sentence within another one is told from its
// beginning.
TEST(Catalogue, ASentenceWithinAnotherIsSaidWhole) {
    const std::string deletes =
        "9 deletes, after 0 in the last day; 3 are allowed (100 accounts are ours)";
    const std::string groups =
        "150 groups taken away, after 0 in the last hour; 40 are allowed (2000 accounts are ours)";
    const std::string deletes_ru =
        "удаления: 9, а за последние сутки было 0; разрешено 3 (наших учётных записей: 100)";
    const std::string groups_ru =
        "исключения из группы: 150, а за последние час было 0; разрешено 40 (наших учётных "
        "записей: 2000)";
    EXPECT_EQ(ru(groups), groups_ru);
    EXPECT_EQ(ru(deletes + "; " + groups), deletes_ru + "; " + groups_ru);
    EXPECT_EQ(
        ru("It waits for an approval: " + groups + "."), "Ждёт одобрения: " + groups_ru + "."
    );
    EXPECT_EQ(
        ru("stopped: server 1 (cloud-1): " + deletes + "; " + groups),
        "остановлено: сервер 1 (cloud-1): " + deletes_ru + "; " + groups_ru
    );
    // As events have it that are stored.
    EXPECT_EQ(
        ru("on server 1 (cloud-1): " + deletes + "; " + groups),
        "сервер 1 (cloud-1): " + deletes_ru + "; " + groups_ru
    );
    EXPECT_EQ(
        ru("What is to be taken away waits for an approval on server 1 (cloud-1): " + deletes +
           ". Look at it with `bill-nextcloud plan`; `bill-nextcloud approve abc` lets exactly "
           "that "
           "through"),
        "То, что нужно отнять, ждёт одобрения, сервер 1 (cloud-1): " + deletes_ru +
            ". Посмотрите `bill-nextcloud plan`; `bill-nextcloud approve abc` пропустит именно это"
    );
}

// An English word that agrees with its number is one sentence with it.
TEST(Catalogue, KnowsASentenceByEachFormOfItsWords) {
    EXPECT_EQ(ru("1 minute"), "1 минуту");
    EXPECT_EQ(ru("21 minutes"), "21 минуту");
    EXPECT_EQ(
        ru("the event store /e.db is gone or empty, but 1 event was recorded"),
        "хранилища событий /e.db нет, или оно пусто, а записано было 1 событие"
    );
    EXPECT_THAT(
        sentences_of("of {:# row|# rows} {:# is|# are} {}"),
        testing::UnorderedElementsAre(
            "of {} row {} is {}",
            "of {} rows {} is {}",
            "of {} row {} are {}",
            "of {} rows {} are {}"
        )
    );
    EXPECT_THAT(sentences_of("as it is"), testing::ElementsAre("as it is"));
}

TEST(Catalogue, ReadsAnErrorOnOneLine) {
    EXPECT_EQ(
        ru("server 3 is not known; nothing was changed (a pass must have seen it first, of `apply` "
           "or the service; `bill-nextcloud check` lists the panel's servers with their numbers) "
           "[command.server]"),
        "сервер 3 неизвестен; ничего не изменено (сначала его должен увидеть проход: `apply` или "
        "служба; серверы панели с номерами показывает `bill-nextcloud check`) [command.server]"
    );
    EXPECT_EQ(ru("the cloud is away [ocs.connect]"), "облако недоступно [ocs.connect]");
    EXPECT_EQ(ru("who (knows) [x]"), "who (knows) [x]");
}

TEST(Catalogue, TranslatesWhatIsPutTogetherOfTextsOfOurs) {
    EXPECT_EQ(
        ru("account user_7 on https://a.b: there is no such account"),
        "учётная запись user_7 на https://a.b: такой учётной записи нет"
    );
    EXPECT_EQ(
        ru("Closed in the panel; an operator keeps the account since "
           "2026-11-25T18:30:05.000Z until 2026-12-01T00:00:00.000Z: wait until Monday."),
        "Закрыта в панели; оператор сохраняет учётную запись с 2026-11-25T18:30:05.000Z до "
        "2026-12-01T00:00:00.000Z: wait until Monday."
    );
    EXPECT_EQ(
        ru("An operator paused this item since 2026-11-25T18:30:05.000Z: wait until Monday."),
        "Оператор приостановил эту услугу с 2026-11-25T18:30:05.000Z: wait until Monday."
    );
}

TEST(Catalogue, ALongHostileTextIsOnlyShown) {
    for (const std::string_view piece : {"item 1: ", "; ", " [a]", " (x", ", ", "{}"}) {
        std::string text;
        while (text.size() < 4000) {
            text += piece;
        }
        EXPECT_FALSE(ru(text).empty());
        EXPECT_FALSE(ru(text + "]").empty());
        const std::string longer = text + text;
        EXPECT_EQ(ru(longer), longer);
    }
}

TEST(Catalogue, TranslatesListsPartByPart) {
    EXPECT_EQ(ru("8 with status 2, 1 with status 3"), "8 со статусом 2, 1 со статусом 3");
    EXPECT_EQ(ru("8 with status 2, and more"), "8 with status 2, and more");
}

// A row that would swallow another sentence's end, or a name in quotes, does not.
TEST(Catalogue, WhatIsPutInEndsWhereItEnds) {
    EXPECT_EQ(
        ru("base_url is not an address: 'ftp://x y'"), "параметр base_url не адрес: 'ftp://x y'"
    );
    EXPECT_EQ(ru("nc_username is empty"), "параметр nc_username пуст");
    EXPECT_EQ(ru("measure (table), pricelist (table)"), "таблицы measure, таблицы pricelist");
    EXPECT_EQ(ru("measure 5"), "единица measure 5");
    EXPECT_EQ(
        ru("The quota of anna was set to 50 GiB 3 times since 2026-11-25T18:30:05.000Z and did not "
           "stay."),
        "Поле «квота» записи anna было задано как 50 ГиБ (3 раза с 2026-11-25T18:30:05.000Z) и не "
        "удержалось."
    );
}

TEST(Catalogue, SaysWhatALibrarySays) {
    EXPECT_EQ(
        ru("https://c.example: Empty reply from server"),
        "https://c.example: сервер закрыл соединение, не ответив"
    );
    EXPECT_EQ(
        ru("Failed to connect to c.example port 443 after 2 ms: Couldn't connect to server"),
        "не удалось соединиться с c.example, порт 443, за 2 мс: сервер не принимает соединений"
    );
    EXPECT_EQ(
        ru("transfer closed with 85 bytes remaining to read"),
        "соединение закрыто посреди ответа, не хватает байтов: 85"
    );
}

// A name that reads like a text of ours is a name all the same.
TEST(Catalogue, ANameIsNoText) {
    EXPECT_EQ(
        ru("The tariff's group the item is active does not exist in the cloud."),
        "Группы «the item is active», указанной в тарифе, нет в облаке."
    );
}

TEST(Catalogue, ValuesAreStatesAndSizes) {
    const auto value = [](std::string_view text) { return value_in(text, Language::kRussian); };
    EXPECT_EQ(value("10 GiB"), "10 ГиБ");
    EXPECT_EQ(value("1.4 GiB (1503238554 B)"), "1,4 ГиБ (1503238554 Б)");
    EXPECT_EQ(value("enabled"), "включена");
    EXPECT_EQ(value("unlimited"), "без ограничений");
    EXPECT_EQ(value("10 green bottles"), "10 green bottles");
    EXPECT_EQ(value("10"), "10");
    EXPECT_EQ(value_in("10 GiB", Language::kEnglish), "10 GiB");
}

}  // namespace
}  // namespace bn::words::catalogue_test
