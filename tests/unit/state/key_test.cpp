// A new key for the sealed passwords: none is lost, wherever the process dies.
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "state/sealer.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::key_test {

namespace {

namespace fs = std::filesystem;
using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

class Key : public ::testing::Test {
  protected:
    Key() : settings_(settings_in(directory_)) { seal("a"); }

    std::unique_ptr<Store> open(bool read_only = false) {
        StoreSettings how = settings_;
        how.read_only = read_only;
        auto store = open_store(how);
        EXPECT_TRUE(store) << store.error().text();
        return *std::move(store);
    }

    void seal(const std::string& ref) {
        auto request = request_of({ItemResumed{ItemId(7)}});
        request.secrets.emplace_back(ref, Secret("password " + ref));
        EXPECT_TRUE(open()->append_now(std::move(request)));
    }

    static void expect_passwords(Store& store, const std::string& when) {
        for (const char* ref : {"a", "b"}) {
            const auto secret = store.secret(ref);
            ASSERT_TRUE(secret) << when << ": " << secret.error().text();
            EXPECT_EQ(secret->reveal(), std::string("password ") + ref) << when;
        }
        const auto report = store.verify(VerifyOptions());
        EXPECT_TRUE(report->good()) << when << ": " << report->faults.front().what;
    }

    [[nodiscard]] std::string key() const {
        std::ifstream file(settings_.key_file);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    TempDirectory directory_;
    StoreSettings settings_;
};

TEST_F(Key, IsReplacedAndOpensWhatTheOldOneSealed) {
    seal("b");
    const std::string before = key();
    {
        const auto store = open();
        const auto done = store->rotate_key(request_of({}));
        ASSERT_TRUE(done) << done.error().text();
        EXPECT_EQ(*done, 2U);
        expect_passwords(*store, "at once");
        EXPECT_NE(key(), before);
        EXPECT_FALSE(fs::exists(next_key(settings_.key_file)));
        struct stat info = {};
        ASSERT_EQ(::stat(settings_.key_file.c_str(), &info), 0);
        EXPECT_EQ(info.st_mode & 07777U, 0600U);
        std::vector<KeyRotated> recorded;
        ASSERT_TRUE(store->read({}, [&](const Envelope& event) {
            if (const auto* rotated = std::get_if<KeyRotated>(&event.event)) {
                recorded.push_back(*rotated);
            }
            return true;
        }));
        ASSERT_EQ(recorded.size(), 1U);
        EXPECT_EQ(recorded[0].passwords, 2U);
        EXPECT_NE(recorded[0].before, recorded[0].after);
    }
    seal("c");
    ASSERT_TRUE(open()->rotate_key(request_of({})));
    expect_passwords(*open(), "after another");
    std::ofstream(settings_.key_file) << before;
    EXPECT_FALSE(open()->secret("a")) << "the old key opens nothing any more";
}

TEST_F(Key, OfAnotherStoreChangesNothing) {
    seal("b");
    const std::string ours = key();
    fs::remove(settings_.key_file);
    {
        StoreSettings other = settings_;
        other.path = directory_.file("other.db");
        auto request = request_of({ItemResumed{ItemId(7)}});
        request.secrets.emplace_back("r", Secret("pw"));
        ASSERT_TRUE((*open_store(other))->append_now(std::move(request)));
    }
    const auto refused = open()->rotate_key(request_of({}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.sealed");
    EXPECT_FALSE(fs::exists(next_key(settings_.key_file)));
    std::ofstream(settings_.key_file) << ours;
    expect_passwords(*open(), "with the right key back");
}

TEST_F(Key, IsOneOfBothWhereverTheProcessDies) {
    seal("b");
    std::vector<std::string> steps = {"made", "before", "after", "recorded", "proved", "in place"};
    for (const std::string& last : steps) {
        const auto child = ::fork();
        if (child == 0) {
            const auto die_at = [&last](std::string_view here) {
                if (here == last) {
                    ::kill(::getpid(), SIGKILL);
                }
            };
            settings_.on_step = die_at;
            settings_.on_commit = [&](CommitPoint point, std::uint64_t) {
                die_at(point == CommitPoint::kBefore ? "before" : "after");
            };
            static_cast<void>(open()->rotate_key(request_of({})));
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << last;
        expect_passwords(*open(true), last + ", only read");
        expect_passwords(*open(), last);
        EXPECT_FALSE(fs::exists(next_key(settings_.key_file))) << last << ": it is settled";
        expect_passwords(*open(true), last + ", settled");
    }
    ASSERT_TRUE(open()->rotate_key(request_of({})));
    expect_passwords(*open(), "at the end");
}

// The kernel ends the process at the first byte of the key that it writes.
TEST(KeyFile, IsWholeOrNotThereWhereverItsMakerDies) {
    const TempDirectory directory;
    const std::string path = directory.file("seal.key");
    const pid_t maker = ::fork();
    ASSERT_GE(maker, 0);
    if (maker == 0) {
        const rlimit nothing{0, 0};
        ::setrlimit(RLIMIT_FSIZE, &nothing);
        ::signal(SIGXFSZ, SIG_DFL);
        const Sealer made(path, true);
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(maker, &status, 0), maker);
    ASSERT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ) << status;
    EXPECT_FALSE(fs::exists(path));
    const std::string made = Sealer(path, true).fingerprint();
    EXPECT_EQ(Sealer(path, true).fingerprint(), made) << "nor is one made anew";
}

}  // namespace

}  // namespace bn::state::key_test
