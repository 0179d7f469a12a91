#include "cli/help/help.hpp"

#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/complete/complete.hpp"
#include "cli/doctor/doctor.hpp"
#include "cli/help/build_info.hpp"

namespace bn::cli::help_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(Help, OfAllNamesEveryVerbAndTheExitCodes) {
    for (const Language language : {Language::kEnglish, Language::kRussian}) {
        const std::string text = help_of_all(language, 100);
        for (const Verb& verb : verbs()) {
            const std::string row = "\n  " + std::string(verb.name) + " ";
            EXPECT_EQ(text.find(row) != std::string::npos, !verb.hidden()) << verb.name;
        }
        EXPECT_THAT(text, HasSubstr(std::string(kExitCodes.in(language))));
    }
}

TEST(Help, OfAVerbNamesItsOptionsAndExamples) {
    for (const Verb& verb : verbs()) {
        SCOPED_TRACE(verb.name);
        const std::string text = help_of(verb, Language::kEnglish, 100);
        for (const OptionRow& row : verb.options) {
            EXPECT_THAT(text, HasSubstr(std::string(row.names().back())));
        }
        for (const Example& example : verb.examples) {
            EXPECT_THAT(text, HasSubstr("\n  " + std::string(example.command)));
        }
        EXPECT_THAT(
            help_of(verb, Language::kRussian, 200),
            AllOf(HasSubstr("Использование:"), HasSubstr(std::string(verb.about.russian)))
        );
    }
}

TEST(Help, IsWrappedByWordsBetweenItsColumns) {
    std::istringstream text(help_of_all(Language::kRussian, 60));
    int wrapped = 0;
    for (std::string line; std::getline(text, line);) {
        wrapped += line.starts_with("                  ") ? 1 : 0;
        EXPECT_LE(columns(line), 60U) << line;
    }
    EXPECT_GT(wrapped, 10);
}

TEST(Version, SaysWhatTheProgramWasBuiltOf) {
    const BuildInfo build{"1.2.3", "0123456789ab-dirty", "GNU 12.2.0", "Debug", "-O0 -g1"};
    EXPECT_EQ(
        version_text(build, Language::kEnglish),
        "bill-nextcloud 1.2.3\ncommit 0123456789ab-dirty\ncompiler GNU 12.2.0\nbuild Debug, -O0 "
        "-g1\n"
    );
    EXPECT_EQ(
        version_json(build),
        R"({"format":"bill-nextcloud-version","version":1,"program":"1.2.3",)"
        R"("commit":"0123456789ab-dirty","compiler":"GNU 12.2.0","type":"Debug","flags":"-O0 -g1"})"
        "\n"
    );
}

TEST(Version, ACommitThatIsNotKnownIsNotNothing) {
    const BuildInfo build{"1.2.3", "", "GNU 12.2.0", "Debug", ""};
    EXPECT_THAT(version_text(build, Language::kEnglish), HasSubstr("commit unknown\n"));
    EXPECT_THAT(version_text(build, Language::kRussian), HasSubstr("коммит неизвестен\n"));
    EXPECT_THAT(version_json(build), HasSubstr(R"("commit":"unknown")"));
}

TEST(Version, OfThisProgramNamesAllOfIt) {
    for (const char* part : {kBuildInfo.version, kBuildInfo.compiler, kBuildInfo.type}) {
        EXPECT_STRNE(part, "");
    }
    EXPECT_THAT(kBuildInfo.flags, Not(HasSubstr("-prefix-map")));
}

TEST(Man, EscapesWhatRoffWouldTake) {
    for (const Language language : {Language::kEnglish, Language::kRussian}) {
        for (const Verb& verb : verbs()) {
            std::istringstream page(man_of(verb, language));
            for (std::string line; std::getline(page, line);) {
                EXPECT_FALSE(line.starts_with('\'')) << line;
                EXPECT_EQ(line.find("--"), std::string::npos) << line;
            }
        }
    }
    EXPECT_THAT(man_of_all(Language::kEnglish), HasSubstr("bill\\-nextcloud\\-rotate\\-key"));
}

TEST(Completion, KnowsTheVerbsAndTheirOptions) {
    for (const Shell shell : {Shell::kBash, Shell::kZsh}) {
        const std::string script = completion_script(shell);
        EXPECT_THAT(script, HasSubstr(" accept-readings "));
        EXPECT_THAT(script, HasSubstr("plan) echo '-h --help -c --config --json --server --item"));
        EXPECT_THAT(script, HasSubstr("plan:--server) echo servers ;;"));
        EXPECT_THAT(script, HasSubstr("item) echo items ;;"));
        EXPECT_THAT(script, Not(HasSubstr("__complete)")));
    }
}

TEST(Doctor, HidesWhatLooksLikeASecretOrAPerson) {
    const std::string text = without_secrets(
        "proxy http://joe:geheim1@proxy:3128/ and https://cloud/\n"
        "GET /x?token=geheim2&user=7 Authorization: Basic Z2VoZWltMzpnZWhlaW0=\n"
        "\"password\": \"geheim4\", api_key = 'geheim5'\n"
        "-----BEGIN RSA PRIVATE KEY-----\ngeheim6\n-----END RSA PRIVATE KEY-----\n"
        "api_password: geheim7 auth=geheim8 \"next_pass\": null\n"
        "owner ann.smith@example.com, item 4711\n"
    );
    EXPECT_THAT(
        text,
        AllOf(
            Not(HasSubstr("geheim")),
            Not(HasSubstr("Z2Vo")),
            Not(HasSubstr("ann")),
            HasSubstr("https://cloud/"),
            HasSubstr("user=7"),
            HasSubstr("\"next_pass\": null"),
            HasSubstr("item 4711")
        )
    );
}

}  // namespace
}  // namespace bn::cli::help_test
