#include "controller/logging/logging.hpp"

#include <filesystem>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "controller/sys/files.hpp"
#include "tests/unit/controller/temp_folder.hpp"

namespace bn::controller::logging_test {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::Not;

TEST(Secrets, MaskedInEverySpelling) {
    SecretRegistry secrets;
    secrets.add(Secret("p@ss \"word/1"), "admin");
    const std::string masked = secrets.mask(
        "plain p@ss \"word/1 json p@ss \\\"word/1 url p%40ss%20%22word%2F1 form p%40ss+%22word%2F1 "
        "lower p%40ss%20%22word%2f1 basic YWRtaW46cEBzcyAid29yZC8x end"
    );
    EXPECT_EQ(
        masked,
        "plain ******** json ******** url ******** form ******** lower ******** basic ******** end"
    );
}

TEST(Secrets, TheLongerOneFirst) {
    SecretRegistry secrets;
    secrets.add(Secret("geheim"));
    secrets.add(Secret("geheimnis"));
    EXPECT_EQ(secrets.mask("geheimnis geheim"), "******** ********");
}

LogConfig to_file(const std::string& file, const char* format) {
    LogConfig config;
    config.file = file;
    config.format = format;
    return config;
}

TEST(Logging, TextLineWithFieldsMaskedAndOnOneLine) {
    const bn::testing::TempFolder folder;
    SecretRegistry secrets;
    secrets.add(Secret("geheim1"));
    auto sink = make_log_sink(to_file(folder.file("log"), "text"), secrets);
    ASSERT_TRUE(sink);
    const Log log = Log(*sink).with("pass", "01J").with("server", "3").with("pass", "01K");
    log.debug("not written at info");
    log.warning("login {} with {}", "a\nb", "geheim1");
    const auto text = read_file(folder.file("log"));
    ASSERT_TRUE(text);
    EXPECT_THAT(
        *text,
        MatchesRegex("20[-0-9]+T[0-9:.]+Z warning \\[pass=01K server=3\\] login a\\\\x0ab with "
                     "\\*+\n")
    );
}

TEST(Logging, JsonLineIsJsonAndMasked) {
    const bn::testing::TempFolder folder;
    SecretRegistry secrets;
    secrets.add(Secret("ge\"heim"));
    auto sink = make_log_sink(to_file(folder.file("log"), "json"), secrets);
    ASSERT_TRUE(sink);
    Log(*sink).with("pass", "01J").with("level", "forged").error("said ge\"heim\n{}", "x");
    const auto text = read_file(folder.file("log"));
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, Not(HasSubstr("heim")));
    const auto line = nlohmann::json::parse(*text);
    EXPECT_EQ(line["level"], "error");
    EXPECT_EQ(line["message"], "said ********\nx");
    EXPECT_EQ(line["pass"], "01J");
}

TEST(Logging, OthersMayNotReadItsFile) {
    namespace fs = std::filesystem;
    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    const LogConfig config = to_file(folder.file("log"), "text");
    const auto mode = [&] { return fs::status(folder.file("log")).permissions(); };
    ASSERT_TRUE(make_log_sink(config, secrets));
    EXPECT_EQ(mode() & fs::perms::others_all, fs::perms::none);
    fs::permissions(folder.file("log"), fs::perms(0664));
    ASSERT_TRUE(make_log_sink(config, secrets));
    EXPECT_EQ(mode(), fs::perms(0660)) << "an earlier version left it open";
}

TEST(Logging, ReopenedAfterItsFileWasMovedAway) {
    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    LogConfig config = to_file(folder.file("log"), "text");
    auto sink = make_log_sink(config, secrets);
    ASSERT_TRUE(sink);
    const Log log = Log(*sink).with("pass", "01J");
    log.info("before");
    std::filesystem::rename(folder.file("log"), folder.file("log.1"));
    log.info("still there");
    ASSERT_TRUE(log.reopen(config));
    log.info("after");
    EXPECT_THAT(*read_file(folder.file("log.1")), AllOf(HasSubstr("before"), HasSubstr("still")));
    EXPECT_THAT(*read_file(folder.file("log.1")), Not(HasSubstr("after")));
    EXPECT_THAT(*read_file(folder.file("log")), MatchesRegex(".*info +\\[pass=01J\\] after\n"));
}

TEST(Logging, ReopenTakesLevelAndFormOrNothing) {
    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    LogConfig config = to_file(folder.file("log"), "text");
    auto sink = make_log_sink(config, secrets);
    ASSERT_TRUE(sink);
    const Log log(*sink);
    LogConfig refused = to_file("/proc/nonexistent/log", "json");
    refused.level = "debug";
    ASSERT_FALSE(log.reopen(refused));
    log.debug("too fine");
    log.info("as before");
    config.level = "debug";
    config.format = "json";
    ASSERT_TRUE(log.reopen(config));
    log.debug("fine");
    EXPECT_THAT(
        *read_file(folder.file("log")),
        MatchesRegex("20[-0-9]+T[0-9:.]+Z info +as before\n\\{.*\"message\":\"fine\"\\}\n")
    );
}

TEST(Logging, FileThatCannotBeOpened) {
    const SecretRegistry secrets;
    const auto sink = make_log_sink(to_file("/proc/nonexistent/log", "text"), secrets);
    ASSERT_FALSE(sink);
    EXPECT_EQ(sink.error().code, "log.file");
}

TEST(Logging, SilentLog) {
    Log().error("goes {}", "nowhere");
}

}  // namespace
}  // namespace bn::controller::logging_test
