// The panel's command line: any order, any form, options of other versions in between.
#include "pmnextcloud/args.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace bn::pmnextcloud::args_test {
namespace {

Args parse(const std::vector<std::string>& words) {
    const std::vector<std::string_view> views(words.begin(), words.end());
    return Args::parse(views);
}

TEST(Args, TakesAllForms) {
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"--item", "7"}, {"--item=7"}, {"-i", "7"}, {"-i7"}, {"-i=7"}}) {
        EXPECT_EQ(parse(words).id("item"), 7U) << words.front();
    }
    EXPECT_EQ(parse({"--searchstring", "-anna"}).text("searchstring"), "-anna");
    EXPECT_EQ(parse({"--searchstring=a=b"}).text("searchstring"), "a=b");
    EXPECT_EQ(parse({"--lang="}).text("lang"), "");
    EXPECT_NE(parse({"--lang="}).find("lang"), nullptr);
}

TEST(Args, KnowsTheShortForms) {
    const Args args = parse({"-c", "open", "-i", "7", "-l", "ru", "-m", "2", "-t", "t", "-a", "3"});
    EXPECT_EQ(args.text("command"), "open");
    EXPECT_EQ(args.id("item"), 7U);
    EXPECT_EQ(args.text("lang"), "ru");
    EXPECT_EQ(args.id("module"), 2U);
    EXPECT_EQ(args.text("itemtype"), "t");
    EXPECT_EQ(args.id("addon"), 3U);
}

TEST(Args, TheLastOfSeveralWinsAndAMissingValueIsNone) {
    EXPECT_EQ(parse({"--item", "1", "--item", "2"}).id("item"), 2U);
    EXPECT_EQ(parse({"--item", "--lang", "ru"}).find("item"), nullptr);
    EXPECT_EQ(parse({"--item", "--lang", "ru"}).text("lang"), "ru");
    EXPECT_EQ(parse({"--item"}).find("item"), nullptr);
    EXPECT_EQ(parse({"--item", "5", "--item"}).find("item"), nullptr);
}

TEST(Args, AnIdIsAPositiveNumber) {
    for (const char* bad : {"", "0", "-1", "+1", "1.5", "x", "7x", "0x7", "4294967296", "1 2"}) {
        EXPECT_EQ(parse({std::string("--item=") + bad}).id("item"), std::nullopt) << bad;
    }
    EXPECT_EQ(parse({"--item", " 7 "}).id("item"), 7U);
    EXPECT_EQ(parse({"--item", "4294967295"}).id("item"), 4294967295U);
}

TEST(Args, KnowsWhatPeopleAsk) {
    EXPECT_TRUE(parse({"--help"}).help);
    EXPECT_TRUE(parse({"-h"}).help);
    EXPECT_TRUE(parse({"--version"}).version);
    EXPECT_TRUE(parse({"-T"}).copyright);
    EXPECT_FALSE(parse({"--command", "open"}).help);
}

// One option of the panel in one of its forms.
std::vector<std::string> written(const std::string& name, const std::string& value, int form) {
    static const std::map<std::string, char> kLetters = {
        {"command", 'c'}, {"item", 'i'}, {"lang", 'l'}, {"module", 'm'}};
    const auto letter = kLetters.find(name);
    if (form == 0 || (form > 1 && letter == kLetters.end())) {
        return {"--" + name, value};
    }
    if (form == 1) {
        return {"--" + name + "=" + value};
    }
    const std::string dash = std::string("-") + letter->second;
    return form == 2 ? std::vector<std::string>{dash, value}
                     : std::vector<std::string>{dash + value};
}

TEST(Args, AnyOrderFormAndUnknownOptionsGiveTheSame) {
    const std::map<std::string, std::string> wanted = {
        {"command", "setparam"},
        {"item", "7"},
        {"runningoperation", "3"},
        {"lang", "ru"},
        {"module", "2"},
        {"level", "30"}};
    const std::vector<std::vector<std::string>> foreign = {
        {"--unknown"},
        {"--unknown", "value"},
        {"--unknown=--item"},
        {"-x"},
        {"--sok", "ok"},
        {"stray"},
        {""},
        {"-"},
        {"--"},
        {"--itemx", "99"},
        {"--item-x=99"},
        {"-x99"},
        {"--=", "99"}};
    EXPECT_TRUE(rc::check("same options", [&] {
        std::vector<std::vector<std::string>> groups;
        for (const auto& [name, value] : wanted) {
            groups.push_back(written(name, value, *rc::gen::inRange(0, 4)));
        }
        const auto extra = *rc::gen::container<std::vector<std::size_t>>(
            rc::gen::inRange(std::size_t{0}, foreign.size())
        );
        for (const std::size_t i : extra) {
            groups.push_back(foreign[i]);
        }
        std::mt19937 order(*rc::gen::arbitrary<std::uint32_t>());
        std::ranges::shuffle(groups, order);
        std::vector<std::string> words;
        for (const auto& group : groups) {
            words.insert(words.end(), group.begin(), group.end());
        }
        const Args args = parse(words);
        for (const auto& [name, value] : wanted) {
            RC_ASSERT(args.text(name) == value);
        }
    }));
}

TEST(Args, AnyWordsAreTaken) {
    EXPECT_TRUE(rc::check("no crash", [](const std::vector<std::string>& words) {
        const Args args = parse(words);
        RC_ASSERT(args.id("item").value_or(1) > 0);
    }));
}

}  // namespace
}  // namespace bn::pmnextcloud::args_test
