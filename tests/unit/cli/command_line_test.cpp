#include "cli/command_line.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace bn::cli::command_line_test {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

using Variables = std::map<std::string, std::string>;

tl::expected<CommandLine, std::string> typed(
    const std::vector<std::string_view>& words,
    const Variables& variables = {},
    Language language = Language::kEnglish
) {
    const auto variable = [&variables](const char* name) {
        const auto found = variables.find(name);
        return found == variables.end() ? std::string() : found->second;
    };
    return read_command_line(words, variable, language);
}

std::string refusal(
    const std::vector<std::string_view>& words, Language language = Language::kEnglish
) {
    const auto line = typed(words, {}, language);
    return line ? "it was taken" : line.error();
}

// The verb with all that it needs.
std::vector<std::string_view> complete(const Verb& verb) {
    std::vector<std::string_view> words{verb.name};
    for (const OptionRow& row : verb.options) {
        if (row.required) {
            if (!row.placed()) {
                words.push_back(row.names().back());
            }
            words.emplace_back("4711");
        }
    }
    return words;
}

TEST(CommandLine, WinsOverTheEnvironmentForEveryVerb) {
    std::set<std::string_view> asked;
    for (const Verb& verb : verbs()) {
        for (const OptionRow& row : verb.options) {
            if (row.variable == nullptr) {
                continue;
            }
            SCOPED_TRACE(verb.name);
            auto* const text = std::get_if<std::string Arguments::*>(&row.target);
            ASSERT_NE(text, nullptr);
            const auto value = [&](const std::vector<std::string_view>& more,
                                   const Variables& variables) {
                std::vector<std::string_view> words = complete(verb);
                words.insert(words.end(), more.begin(), more.end());
                const auto line = typed(words, variables);
                return line ? line->args.*(*text) : "error: " + line.error();
            };
            const std::string usual = Arguments().*(*text);
            EXPECT_EQ(value({}, {}), usual);
            EXPECT_EQ(value({}, {{row.variable, "environment"}}), "environment");
            EXPECT_EQ(value({}, {{row.variable, ""}}), usual) << "empty is not set";
            for (const std::string_view name : row.names()) {
                EXPECT_EQ(value({name, "typed"}, {{row.variable, "environment"}}), "typed");
                EXPECT_THAT(value({name, "typed", name, "again"}, {}), HasSubstr("more than once"));
            }
            asked.insert(verb.name);
        }
    }
    EXPECT_TRUE(asked.contains("plan") && asked.contains("serve") && asked.contains("status"));
    for (const Verb& verb : verbs()) {
        EXPECT_EQ(asked.contains(verb.name), verb.needs != Needs::kNothing) << verb.name;
    }
}

TEST(CommandLine, TakesTheConfigurationBeforeTheVerbToo) {
    for (const auto& words : std::vector<std::vector<std::string_view>>{
             {"-c", "x", "plan"}, {"--config", "x", "plan"}, {"--config=x", "plan"}}) {
        const auto line = typed(words, {{"BILL_NEXTCLOUD_CONFIG", "y"}});
        ASSERT_TRUE(line) << line.error();
        EXPECT_EQ(line->verb->name, "plan");
        EXPECT_EQ(line->args.config, "x");
    }
    EXPECT_THAT(refusal({"-c", "x", "plan", "--config", "y"}), HasSubstr("more than once"));
}

TEST(CommandLine, TakesOptionsInAnyOrderAndSpelling) {
    for (const auto& words : std::vector<std::vector<std::string_view>>{
             {"apply", "--item", "300", "tonight.plan", "-y", "-c", "x"},
             {"apply", "tonight.plan", "-ycx", "--item=300"},
             {"apply", "-y", "--config=x", "--item", "300", "--", "tonight.plan"}}) {
        const auto line = typed(words);
        ASSERT_TRUE(line) << line.error();
        EXPECT_EQ(line->args.file, "tonight.plan");
        EXPECT_THAT(line->args.items, ElementsAre(300));
        EXPECT_TRUE(line->args.yes);
        EXPECT_EQ(line->args.config, "x");
    }
    EXPECT_THAT(typed({"plan", "--item", "7,8", "--item", "9"})->args.items, ElementsAre(7, 8, 9));
    EXPECT_EQ(typed({"plan", "--out", "-"})->args.file, "-");
}

TEST(CommandLine, SaysWhatIsWrongWithIt) {
    EXPECT_THAT(refusal({"plann"}), AllOf(HasSubstr("'plann'"), HasSubstr("did you mean `plan`?")));
    EXPECT_THAT(refusal({"xyzzyxyzzy"}), Not(HasSubstr("did you mean")));
    EXPECT_THAT(refusal({"plan", "--sever", "3"}), HasSubstr("did you mean `--server`?"));
    EXPECT_THAT(refusal({"--verson"}), HasSubstr("did you mean `--version`?"));
    EXPECT_THAT(refusal({"plan", "-z"}), HasSubstr("no option '-z'"));
    EXPECT_THAT(refusal({"plan", "x"}), HasSubstr("does not expect 'x'"));
    EXPECT_THAT(refusal({"item"}), HasSubstr("ITEM is missing"));
    EXPECT_THAT(refusal({"item", "abc"}), HasSubstr("'abc' is not a number"));
    EXPECT_THAT(refusal({"item", "4294967296"}), HasSubstr("is not a number"));
    EXPECT_THAT(refusal({"plan", "--item", "7,"}), HasSubstr("is not a number"));
    EXPECT_THAT(refusal({"plan", "--server"}), HasSubstr("--server has no value; give SERVER"));
    EXPECT_THAT(refusal({"plan", "--out", ""}), HasSubstr("--out has no value"));
    EXPECT_THAT(refusal({"plan", "--out", "--json"}), HasSubstr("--out has no value"));
    EXPECT_THAT(refusal({"plan", "--json=1"}), HasSubstr("takes no value"));
    EXPECT_THAT(refusal({"plan", "--server", "1", "--server", "2"}), HasSubstr("more than once"));
    for (const auto& words : std::vector<std::vector<std::string_view>>{
             {"plann"},
             {"plan", "--sever"},
             {"plan", "x"},
             {"item"},
             {"item", "abc"},
             {"plan", "--out"},
             {"plan", "--json=1"},
             {"-x"}}) {
        EXPECT_THAT(refusal(words, Language::kRussian), ::testing::ContainsRegex("[а-я]"));
    }
}

TEST(CommandLine, HelpNeedsNothingElse) {
    for (const Verb& verb : verbs()) {
        const auto line = typed({verb.name, "--help"});
        ASSERT_TRUE(line) << line.error();
        EXPECT_TRUE(line->help);
        EXPECT_EQ(line->verb->name, verb.name);
    }
    EXPECT_TRUE(typed({"--help"})->help);
    EXPECT_EQ(typed({"--version"})->verb->name, "version");
    EXPECT_EQ(typed({})->verb, nullptr);
}

TEST(Verbs, AreToldInBothLanguages) {
    std::set<std::string_view> names;
    for (const Verb& verb : verbs()) {
        SCOPED_TRACE(verb.name);
        EXPECT_TRUE(names.insert(verb.name).second);
        EXPECT_THAT(std::string(verb.about.russian), ::testing::ContainsRegex("[а-я]"));
        for (const OptionRow& row : verb.options) {
            EXPECT_FALSE(row.about.english.empty()) << row.spelled;
            EXPECT_FALSE(row.about.russian.empty()) << row.spelled;
            EXPECT_EQ(row.flag(), row.value().empty()) << row.spelled;
        }
        for (const Example& example : verb.examples) {
            EXPECT_EQ(example.note.english.empty(), example.note.russian.empty());
        }
    }
}

}  // namespace
}  // namespace bn::cli::command_line_test
