// Opening, locks, permissions, keys: what can be wrong before the first event.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "state/db.hpp"
#include "state/files.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::open_test {

namespace {

using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

mode_t mode_of(const std::string& path) {
    struct stat info = {};
    return ::stat(path.c_str(), &info) == 0 ? info.st_mode & 07777U : 0;
}

std::string code_of_open(StoreSettings settings) {
    const auto store = open_store(std::move(settings));
    return store ? "opened" : store.error().code;
}

AppendRequest with_secret(const std::string& ref, const std::string& text) {
    auto request = request_of({ItemResumed{ItemId(7)}});
    request.secrets.emplace_back(ref, Secret(text));
    return request;
}

void run_sql(const std::string& path, const std::string& sql) {
    Connection db(path, Connection::Mode::kReadWrite);
    db.run(sql.c_str());
}

TEST(OpenStore, MakesItsFilesForItsUserOnlyWhateverTheUmask) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    const auto before = ::umask(0);
    {
        auto store = open_store(settings);
        ASSERT_TRUE(store) << store.error().text();
        ASSERT_TRUE((*store)->append_now(with_secret("r", "pw")));
        for (const auto* suffix : {"", "-wal", "-shm", ".lock"}) {
            EXPECT_EQ(mode_of(settings.path + suffix), 0600U) << suffix;
        }
        EXPECT_EQ(mode_of(settings.key_file), 0600U);
    }
    ::umask(before);
}

TEST(OpenStore, LeavesForeignFilesAloneAndSaysWhatTheyAre) {
    const TempDirectory directory;
    auto settings = settings_in(directory);
    std::ofstream(settings.path) << std::string(4096, 'x');
    EXPECT_EQ(code_of_open(settings), "store.not_a_database");

    settings.path = directory.file("other.db");
    std::fclose(std::fopen(settings.path.c_str(), "w"));
    run_sql(settings.path, "CREATE TABLE theirs (a)");
    EXPECT_EQ(code_of_open(settings), "store.not_ours");
    Connection db(settings.path, Connection::Mode::kReadOnly);
    EXPECT_EQ(db.text("PRAGMA journal_mode"), "delete");
}

TEST(OpenStore, NamesMissingThings) {
    const TempDirectory directory;
    auto settings = settings_in(directory);
    settings.read_only = true;
    EXPECT_EQ(code_of_open(settings), "store.missing");
    settings.path = directory.path();
    EXPECT_EQ(code_of_open(settings), "store.not_a_file");
    settings.path = directory.path() + "/no/events.db";
    EXPECT_EQ(code_of_open(settings), "store.no_directory");
}

TEST(OpenStore, RefusesASchemaOfTheFuture) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    EXPECT_EQ(code_of_open(settings), "opened");
    run_sql(settings.path, "PRAGMA user_version=99");
    EXPECT_EQ(code_of_open(settings), "store.newer");
}

TEST(OpenStore, MigratesAStoreOfTheFirstSchema) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    prepare_store_file(settings.path, true);
    {
        Connection db(settings.path, Connection::Mode::kReadWrite);
        db.prepare_for_writing();
        migrate(db, 1);
        EXPECT_EQ(db.number("PRAGMA user_version"), 1);
    }
    auto store = open_store(settings);
    ASSERT_TRUE(store) << store.error().text();
    EXPECT_TRUE((*store)->append_now(request_of({ItemResumed{ItemId(7)}})));
    EXPECT_TRUE((*store)->rebuild_projections());
    Connection db(settings.path, Connection::Mode::kReadOnly);
    EXPECT_EQ(db.number("PRAGMA user_version"), newest_schema());
}

TEST(OpenStore, RefusesNetworkFileSystems) {
    EXPECT_EQ(network_file_system(0x6969), "NFS");
    EXPECT_EQ(network_file_system(0xff534d42), "SMB/CIFS");
    EXPECT_FALSE(network_file_system(0xef53));  // ext4
}

TEST(OpenStore, ASecondWriterIsToldWhoTheFirstIs) {
    const TempDirectory directory;
    auto settings = settings_in(directory);
    const auto first = open_store(settings);
    ASSERT_TRUE(first);
    const auto second = open_store(settings);
    ASSERT_FALSE(second);
    EXPECT_EQ(second.error().code, "store.locked");
    EXPECT_EQ(second.error().concern, Concern::kStore);
    EXPECT_NE(second.error().what.find(fmt::format("process {} ", ::getpid())), std::string::npos)
        << second.error().text();
    settings.read_only = true;
    EXPECT_EQ(code_of_open(settings), "opened");
}

TEST(ProcessLock, EndsWithItsProcessHoweverItEnds) {
    const TempDirectory directory;
    const auto path = directory.file("lock");
    const auto child = ::fork();
    if (child == 0) {
        const auto lock = lock_process(path);
        ::kill(::getpid(), SIGKILL);
        ::_exit(lock.is_open() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_TRUE(lock_process(path).is_open());
}

TEST(Secrets, ComeBackAndAreForgottenInTheSameTransaction) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    {
        auto store = open_store(settings);
        ASSERT_TRUE((*store)->append_now(with_secret("create-7", "s3cret-pass")));
    }
    auto store = open_store(settings);
    EXPECT_EQ((*store)->secret("create-7")->reveal(), "s3cret-pass");
    EXPECT_EQ((*store)->secret("create-8").error().code, "store.no_secret");
    EXPECT_EQ(
        (*store)->append_now(with_secret("create-7", "other")).error().code, "store.secret_exists"
    );
    auto forget = request_of({ItemResumed{ItemId(7)}});
    forget.forget_secrets = {"create-7"};
    ASSERT_TRUE((*store)->append_now(std::move(forget)));
    EXPECT_EQ((*store)->secret("create-7").error().code, "store.no_secret");
}

TEST(Secrets, AreNowhereInTheFiles) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    auto store = open_store(settings);
    ASSERT_TRUE((*store)->append_now(with_secret("r", "very-s3cret-text")));
    for (const auto* suffix : {"", "-wal", "-shm"}) {
        std::ifstream file(settings.path + suffix, std::ios::binary);
        const std::string bytes((std::istreambuf_iterator<char>(file)), {});
        EXPECT_EQ(bytes.find("very-s3cret-text"), std::string::npos) << suffix;
    }
}

TEST(Secrets, AnUnsafeMissingOrWrongKeyIsRefused) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    ASSERT_TRUE((*open_store(settings))->append_now(with_secret("r", "pw")));
    const auto code_of_secret = [&settings] {
        return (*open_store(settings))->secret("r").error().code;
    };
    const auto code_of_append = [&settings] {
        return (*open_store(settings))->append_now(with_secret("r2", "pw")).error().code;
    };
    ::chmod(settings.key_file.c_str(), 0640);
    EXPECT_EQ(code_of_secret(), "store.key_mode");  // by its bits, so for root as well
    EXPECT_EQ(code_of_append(), "store.key_mode");
    ::unlink(settings.key_file.c_str());
    EXPECT_EQ(code_of_secret(), "store.key");
    EXPECT_EQ(code_of_append(), "store.key");  // and no new key is made over lost passwords
    auto other = settings;
    other.path = directory.file("other.db");
    ASSERT_TRUE((*open_store(other))->append_now(with_secret("r", "pw")));  // makes another key
    EXPECT_EQ(code_of_secret(), "store.sealed");
    EXPECT_EQ(code_of_append(), "store.key_other");
    std::ofstream(settings.key_file) << "nonsense";
    EXPECT_EQ(code_of_append(), "store.key");
}

TEST(FullDisk, PoisonsTheStoreLoudlyAndLosesNothingAcked) {
    const TempDirectory directory;
    auto settings = settings_in(directory);
    settings.max_pages = 40;
    std::uint64_t acked = 0;
    {
        auto store = open_store(settings);
        ASSERT_TRUE(store);
        Error error;
        for (int i = 0; i < 5000 && error.code.empty(); ++i) {
            const auto result = (*store)->append_now(request_of({ItemPaused{ItemId(7), "why"}}));
            if (result) {
                acked = result->front().position;
            } else {
                error = result.error();
            }
        }
        EXPECT_EQ(error.code, "store.full") << error.text();
        EXPECT_GT(acked, 10U);
        const auto later = (*store)->append_now(request_of({ItemResumed{ItemId(7)}}));
        EXPECT_EQ(later.error().code, "store.poisoned");
        EXPECT_NE(later.error().what.find("no space"), std::string::npos) << later.error().text();
        EXPECT_EQ((*store)->head().position, acked);
    }
    settings.max_pages = 0;
    auto store = open_store(settings);
    ASSERT_TRUE(store) << store.error().text();
    EXPECT_EQ((*store)->head().position, acked);
    EXPECT_TRUE((*store)->append_now(request_of({ItemResumed{ItemId(7)}})));
    EXPECT_TRUE((*store)->verify(VerifyOptions())->good());
}

}  // namespace

}  // namespace bn::state::open_test
