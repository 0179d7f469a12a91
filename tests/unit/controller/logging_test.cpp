#include "controller/logging/logging.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <utility>

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/descriptor.hpp"
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
        MatchesRegex("20[-0-9]+T[0-9:.]+Z warning \\[pass=01K server=3\\] login a b with "
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

// /var/log may be another disk, and so may one file of it.
TEST(Logging, FollowsALinkToARegularFile) {
    namespace fs = std::filesystem;
    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    fs::create_directories(folder.file("disk/logs"));
    fs::create_directory_symlink("disk/logs", folder.file("logs"));
    fs::create_symlink("logs/real", folder.file("log"));
    const LogConfig config = to_file(folder.file("log"), "text");
    const std::string real = folder.file("disk/logs/real");
    for (const char* text : {"makes it", "adds to it"}) {
        const auto sink = make_log_sink(config, secrets);
        ASSERT_TRUE(sink) << sink.error().text();
        Log(*sink).info("{}", text);
        EXPECT_THAT(*read_file(real), HasSubstr(text));
        EXPECT_EQ(fs::status(real).permissions() & fs::perms::others_all, fs::perms::none);
        fs::permissions(real, fs::perms(0644));
    }
    EXPECT_THAT(*read_file(real), HasSubstr("makes it"));
    EXPECT_TRUE(fs::is_symlink(folder.file("log")));
}

TEST(Logging, FollowsNoLinkToAnythingElse) {
    namespace fs = std::filesystem;
    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
    fs::create_symlink("round", folder.file("round"));
    const std::pair<const char*, const char*> cases[] = {
        {"/dev/null", "a device"},
        {"pipe", "a pipe"},
        {".", "a folder"},
        {"round", "cannot write"}};
    for (const auto& [target, kind] : cases) {
        const std::string link =
            target == std::string_view("round") ? folder.file("round") : folder.file("log");
        fs::remove(folder.file("log"));
        fs::create_symlink(target, folder.file("log"));
        const auto sink = make_log_sink(to_file(link, "text"), secrets);
        ASSERT_FALSE(sink) << target;
        EXPECT_EQ(sink.error().code, "log.file");
        EXPECT_THAT(sink.error().what, HasSubstr(kind));
    }
}

// Who owns the folder of the log would have root write wherever he likes.
TEST(Logging, FollowsNoLinkOfAnotherUser) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can make a link of another user";
    }
    namespace fs = std::filesystem;
    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    const std::string link = folder.file("log");
    fs::create_symlink(folder.file("real"), link);
    ASSERT_EQ(::lchown(link.c_str(), 4711, 4711), 0);
    const auto sink = make_log_sink(to_file(link, "text"), secrets);
    ASSERT_FALSE(sink);
    EXPECT_THAT(sink.error().what, HasSubstr("a symbolic link of another user"));
    EXPECT_FALSE(fs::exists(folder.file("real")));
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

TEST(Logging, GoesToARegularFileOnly) {
    const SecretRegistry secrets;
    const auto sink = make_log_sink(to_file("/dev/null", "text"), secrets);
    ASSERT_FALSE(sink);
    EXPECT_EQ(sink.error().code, "log.file");
    EXPECT_THAT(sink.error().what, HasSubstr("a device"));
}

// Stands for the journal, and says that standard error is it.
class FakeJournal {
  public:
    explicit FakeJournal(std::string path)
        : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        path_.copy(static_cast<char*>(address.sun_path), sizeof(address.sun_path) - 1);
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        const auto* const name = reinterpret_cast<const sockaddr*>(&address);
        EXPECT_EQ(::bind(socket_.get(), name, sizeof(address)), 0);

        struct stat seen {};

        EXPECT_EQ(::fstat(STDERR_FILENO, &seen), 0);
        ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", seen.st_dev, seen.st_ino).c_str(), 1);
    }

    FakeJournal(const FakeJournal&) = delete;
    FakeJournal& operator=(const FakeJournal&) = delete;

    ~FakeJournal() { ::unsetenv("JOURNAL_STREAM"); }

    // The next entry; empty: there is none.
    std::string entry() {
        std::string text(1u << 20, '\0');
        const ssize_t size = ::recv(socket_.get(), text.data(), text.size(), MSG_DONTWAIT);
        text.resize(static_cast<std::size_t>(std::max<ssize_t>(size, 0)));
        return text;
    }

  private:
    std::string path_;
    base::Descriptor socket_;
};

TEST(Logging, SpeaksToTheJournalWithPriorityAndFields) {
    const bn::testing::TempFolder folder;
    FakeJournal journal(folder.file("journal"));
    SecretRegistry secrets;
    secrets.add(Secret("geheim1"));
    auto sink = make_log_sink(to_file("", "text"), secrets, folder.file("journal"));
    ASSERT_TRUE(sink);
    const Log log = Log(*sink).with("pass", "01J").with("server", "3");
    log.warning("not {} read", "geheim1");
    EXPECT_EQ(
        journal.entry(),
        "PRIORITY=4\nSYSLOG_IDENTIFIER=bill-nextcloud\nMESSAGE=[server=3] not ******** read\n"
        "BILL_NEXTCLOUD_PASS=01J\nBILL_NEXTCLOUD_SERVER=3\n"
    );
    Log(*sink).error("two\nlines \x1b");
    EXPECT_EQ(
        journal.entry(),
        std::string(
            "PRIORITY=3\nSYSLOG_IDENTIFIER=bill-nextcloud\nMESSAGE\n\x0e\0\0\0\0\0\0\0", 60
        ) + "two\nlines \\x1b\n"
    );
    Log(*sink).info("{}", std::string(1u << 20, 'x'));
    EXPECT_LT(journal.entry().size(), 70000U);
}

TEST(Logging, AnotherStandardErrorIsNoJournal) {
    const bn::testing::TempFolder folder;
    FakeJournal journal(folder.file("journal"));
    ::setenv("JOURNAL_STREAM", "1:2", 1);
    const SecretRegistry secrets;
    ::testing::internal::CaptureStderr();
    auto sink = make_log_sink(to_file("", "text"), secrets, folder.file("journal"));
    ASSERT_TRUE(sink);
    Log(*sink).warning("here");
    EXPECT_THAT(
        ::testing::internal::GetCapturedStderr(), MatchesRegex("20[-0-9]+T[0-9:.]+Z warning here\n")
    );
    EXPECT_EQ(journal.entry(), "");
}

TEST(Logging, AJournalThatDoesNotListenGetsThePriorityOnStandardError) {
    const bn::testing::TempFolder folder;
    const SecretRegistry secrets;
    ::testing::internal::CaptureStderr();

    struct stat seen {};

    ASSERT_EQ(::fstat(STDERR_FILENO, &seen), 0);
    ::setenv("JOURNAL_STREAM", fmt::format("{}:{}", seen.st_dev, seen.st_ino).c_str(), 1);
    auto sink = make_log_sink(to_file("", "text"), secrets, folder.file("nobody"));
    ::unsetenv("JOURNAL_STREAM");
    ASSERT_TRUE(sink);
    Log(*sink).with("server", "3").warning("two\nlines");
    EXPECT_EQ(::testing::internal::GetCapturedStderr(), "<4>[server=3] two lines\n");
}

TEST(Logging, SilentLog) {
    Log().error("goes {}", "nowhere");
}

}  // namespace
}  // namespace bn::controller::logging_test
