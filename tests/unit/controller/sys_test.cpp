#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/sys/files.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/notify.hpp"
#include "controller/sys/random.hpp"
#include "tests/unit/controller/temp_folder.hpp"

namespace bn::controller::sys_test {
namespace {

TEST(Random, PasswordMeetsTheUsualPolicies) {
    std::set<std::string> seen;
    std::map<char, int> letters;
    for (int i = 0; i < 500; ++i) {
        const Secret secret = random_password(16);
        const std::string text(secret.reveal());
        ASSERT_EQ(text.size(), 16U);
        EXPECT_NE(text.find_first_of("ABCDEFGHJKLMNPQRSTUVWXYZ"), std::string::npos);
        EXPECT_NE(text.find_first_of("abcdefghijkmnpqrstuvwxyz"), std::string::npos);
        EXPECT_NE(text.find_first_of("23456789"), std::string::npos);
        EXPECT_NE(text.find_first_of("-_.+="), std::string::npos);
        EXPECT_EQ(text.find_first_of("0O1lIo"), std::string::npos);
        seen.insert(text);
        for (const char c : text) {
            ++letters[c];
        }
    }
    EXPECT_EQ(seen.size(), 500U);
    // 61 characters, 8000 draws, about 131 each: none is missing or far too frequent.
    EXPECT_EQ(letters.size(), 61U);
    for (const auto& [c, count] : letters) {
        EXPECT_GT(count, 40) << c;
        EXPECT_LT(count, 330) << c;
    }
    EXPECT_EQ(random_password(1).reveal().size(), 12U);
}

TEST(Random, IdsSortByTime) {
    const Time now(Duration(1'795'000'000'000));
    std::string before = random_id(now);
    EXPECT_EQ(before.size(), 26U);
    for (int i = 0; i < 1000; ++i) {
        const std::string id = random_id(now + Duration(i / 100));
        EXPECT_LT(before, id);
        before = id;
    }
    EXPECT_LT(before, random_id(now - Duration(5000))) << "a clock that went back";
}

TEST(Random, ChecksumIsBlake2b256) {
    EXPECT_EQ(checksum("abc"), "bddd813c634239723171ef3fee98579b94964e3bb1cb3e427262c8c068d52319");
}

TEST(Random, ShareIsBelowOne) {
    for (int i = 0; i < 1000; ++i) {
        const double share = random_share();
        EXPECT_GE(share, 0);
        EXPECT_LT(share, 1);
    }
}

TEST(Files, SecretFile) {
    const bn::testing::TempFolder folder;
    const std::string path = folder.file("secret");
    EXPECT_EQ(read_secret_file(path).error().code, "file.open");
    ASSERT_TRUE(write_file_atomically(path, "geheim\r\nsecond line\n", 0640));
    EXPECT_EQ(read_secret_file(path)->reveal(), "geheim");
    ASSERT_TRUE(write_file_atomically(path, "geheim", 0604));
    EXPECT_EQ(read_secret_file(path).error().code, "file.mode");
    ASSERT_TRUE(write_file_atomically(path, "\n", 0600));
    EXPECT_EQ(read_secret_file(path).error().code, "file.empty");
}

TEST(Files, AtomicWriteSetsTheModeAndLeavesNoParts) {
    const bn::testing::TempFolder folder;
    ASSERT_TRUE(write_file_atomically(folder.file("a"), "one"));
    ASSERT_TRUE(write_file_atomically(folder.file("a"), "two"));
    EXPECT_EQ(read_file(folder.file("a")).value(), "two");

    struct stat info {};

    ASSERT_EQ(::stat(folder.file("a").c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 0777U, 0600U);
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(folder.file(""))) {
        files += entry.is_regular_file() ? 1U : 0U;
    }
    EXPECT_EQ(files, 1U);
    EXPECT_EQ(write_file_atomically("/nonexistent/a", "x").error().code, "file.write");
    EXPECT_EQ(read_file(folder.file("a"), 2).error().code, "file.size");
}

TEST(Files, ASecretIsMadeOnceAndReplacedByAWordOnly) {
    const bn::testing::TempFolder folder;
    const std::string path = folder.file("key");
    const Secret key = random_key(32);
    EXPECT_EQ(key.reveal().size(), 64U);
    EXPECT_NE(key.reveal(), random_key(32).reveal());
    ASSERT_TRUE(write_secret_file(path, key, false));
    EXPECT_EQ(read_secret_file(path).value().reveal(), key.reveal());
    EXPECT_EQ(write_secret_file(path, Secret("other"), false).error().code, "file.exists");
    EXPECT_EQ(read_file(path).value(), std::string(key.reveal()) + "\n");
    ASSERT_TRUE(write_secret_file(path, Secret("other"), true));
    EXPECT_EQ(read_file(path).value(), "other\n");
    std::filesystem::create_symlink(path, folder.file("link"));
    EXPECT_EQ(write_secret_file(folder.file("link"), key, true).error().code, "file.kind");
    EXPECT_EQ(write_secret_file("/nonexistent/key", key, false).error().code, "file.write");
}

// A socket such as systemd's.
class NotifySocket {
  public:
    explicit NotifySocket(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_DGRAM, 0)) {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        std::memcpy(address.sun_path, path.data(), path.size());
        if (path[0] == '@') {
            address.sun_path[0] = '\0';
        }
        const auto length = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + path.size());
        bound_ = ::bind(fd_, reinterpret_cast<const sockaddr*>(&address), length) == 0;
    }

    NotifySocket(const NotifySocket&) = delete;
    NotifySocket& operator=(const NotifySocket&) = delete;

    ~NotifySocket() { ::close(fd_); }

    [[nodiscard]] bool bound() const { return bound_; }

    [[nodiscard]] std::string receive() const {
        std::array<char, 512> buffer{};
        const ssize_t n = ::recv(fd_, buffer.data(), buffer.size(), MSG_DONTWAIT);
        return n < 0 ? std::string("nothing")
                     : std::string(buffer.data(), static_cast<std::size_t>(n));
    }

  private:
    int fd_;
    bool bound_ = false;
};

TEST(Files, OnlyANewOrARegularFileIsWritten) {
    namespace fs = std::filesystem;
    const bn::testing::TempFolder folder;
    const std::string target = folder.file("target");
    ASSERT_TRUE(write_file_atomically(target, "before"));
    const auto refused = [](const std::string& path, const char* kind) {
        const auto written = write_file_atomically(path, "after");
        ASSERT_FALSE(written) << path;
        EXPECT_EQ(written.error().code, "file.kind");
        EXPECT_THAT(written.error().what, ::testing::HasSubstr(path));
        EXPECT_THAT(written.error().what, ::testing::HasSubstr(kind));
    };
    fs::create_symlink(target, folder.file("link"));
    fs::create_symlink(folder.file("nothing"), folder.file("dangling"));
    fs::create_directory(folder.file("folder"));
    ASSERT_EQ(::mkfifo(folder.file("pipe").c_str(), 0600), 0);
    refused(folder.file("link"), "a symbolic link");
    refused(folder.file("dangling"), "a symbolic link");
    refused(folder.file("folder"), "a folder");
    refused(folder.file("pipe"), "a pipe");
    refused("/dev/null", "a device");
    EXPECT_EQ(*read_file(target), "before");
    EXPECT_TRUE(fs::is_symlink(folder.file("link")));
    EXPECT_FALSE(fs::exists(folder.file("nothing")));
    EXPECT_TRUE(fs::is_fifo(folder.file("pipe")));
    EXPECT_EQ(std::distance(fs::directory_iterator(folder.file("")), {}), 5) << "nothing is left";
}

TEST(Notify, SendsOneDatagramEach) {
    const bn::testing::TempFolder folder;
    for (const std::string& path :
         {folder.file("notify"), "@bn-notify-test-" + std::to_string(::getpid())}) {
        const NotifySocket socket(path);
        ASSERT_TRUE(socket.bound());
        const Notifier notifier(path);
        EXPECT_TRUE(notifier.ready("serving\n2 servers"));
        EXPECT_EQ(socket.receive(), "READY=1\nSTATUS=serving 2 servers\n");
        EXPECT_TRUE(notifier.watchdog());
        EXPECT_EQ(socket.receive(), "WATCHDOG=1\n");
        EXPECT_TRUE(notifier.reloading());
        EXPECT_THAT(socket.receive(), ::testing::StartsWith("RELOADING=1\nMONOTONIC_USEC="));
        EXPECT_TRUE(notifier.stopping("SIGTERM"));
        EXPECT_EQ(socket.receive(), "STOPPING=1\nSTATUS=SIGTERM\n");
    }
}

// Nobody reads: the queue fills, and the sender must not wait for it.
TEST(Notify, AFullReceiverIsNotWaitedFor) {
    const bn::testing::TempFolder folder;
    const std::string path = folder.file("notify");
    const NotifySocket socket(path);
    ASSERT_TRUE(socket.bound());
    const Notifier notifier(path);
    int sent = 0;
    while (sent < 100000 && notifier.watchdog()) {
        ++sent;
    }
    EXPECT_GT(sent, 0);
    EXPECT_LT(sent, 100000);
    EXPECT_EQ(socket.receive(), "WATCHDOG=1\n");
    EXPECT_TRUE(notifier.watchdog());
}

TEST(Notify, WithoutSystemdNothingHappens) {
    EXPECT_FALSE(Notifier("").ready("x"));
    EXPECT_FALSE(Notifier("/nonexistent/socket").ready("x"));
    EXPECT_FALSE(Notifier("relative").ready("x"));
}

TEST(Notify, WatchdogFromEnvironment) {
    ::setenv("WATCHDOG_USEC", "30000000", 1);
    ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
    EXPECT_EQ(Notifier::from_environment().watchdog_interval(), std::chrono::seconds(15));
    ::setenv("WATCHDOG_PID", "1", 1);
    EXPECT_FALSE(Notifier::from_environment().watchdog_interval());
    ::unsetenv("WATCHDOG_USEC");
    ::unsetenv("WATCHDOG_PID");
    EXPECT_FALSE(Notifier::from_environment().watchdog_interval());
}

TEST(Host, NamesAreNotEmpty) {
    EXPECT_FALSE(host_name().empty());
    EXPECT_FALSE(operator_name().empty());
    EXPECT_GT(terminal_width(-1), 0U);
    EXPECT_FALSE(wants_colour(-1));
}

TEST(Host, AProcessIsKnownByItsUserAndByWhoLoggedIn) {
    constexpr pid_t kNoProcess = 0x7fffffff;
    EXPECT_EQ(who_is(0, kNoProcess), "root");
    EXPECT_EQ(who_is(4'000'000'000U, kNoProcess), "uid 4000000000");
    const std::string user = who_is(::geteuid(), kNoProcess);
    const std::string here = who_is(::geteuid(), ::getpid());
    EXPECT_TRUE(here == user || here.ends_with(" as " + user)) << here;
    EXPECT_TRUE(operator_name().find(user) != std::string::npos) << operator_name();
    // Where the kernel lets us say who logged in, it is he who counts.
    const pid_t child = ::fork();
    if (child == 0) {
        std::ofstream("/proc/self/loginuid") << 1;
        std::uint32_t said = 0;
        std::ifstream("/proc/self/loginuid") >> said;
        const std::string behind = who_is(1, kNoProcess) + " as " + user;
        ::_exit(said != 1 || ::geteuid() == 1 || who_is(::geteuid(), ::getpid()) == behind ? 0 : 1);
    }
    int status = -1;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace bn::controller::sys_test
