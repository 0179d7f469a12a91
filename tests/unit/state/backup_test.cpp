// A copy of a store that is in use: whole, of one moment, proved, and never in the place of a good
// one unless it is good.
#include "state/backup.hpp"

#include <sys/stat.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include <gtest/gtest.h>

#include "state/db.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::backup_test {

namespace {

namespace fs = std::filesystem;
using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

class Backup : public ::testing::Test {
  protected:
    Backup() : settings_(settings_in(directory_)), file_(directory_.file("copy.db")) {
        store_ = *open_store(settings_);
        auto request = request_of({ItemPaused{ItemId(7), "why"}, ItemResumed{ItemId(7)}});
        request.secrets.emplace_back("r", Secret("pw"));
        EXPECT_TRUE(store_->append_now(std::move(request)));
    }

    // The copy as a store of its own.
    std::unique_ptr<Store> copy(bool read_only) {
        StoreSettings settings = settings_;
        settings.path = file_;
        settings.read_only = read_only;
        auto store = open_store(settings);
        EXPECT_TRUE(store) << store.error().text();
        return *std::move(store);
    }

    [[nodiscard]] std::size_t files() const {
        return static_cast<std::size_t>(
            std::distance(fs::directory_iterator(directory_.path()), fs::directory_iterator())
        );
    }

    TempDirectory directory_;
    StoreSettings settings_;
    std::string file_;
    std::unique_ptr<Store> store_;
};

TEST_F(Backup, IsOneWholeFileThatGoesOnAsTheStoreWould) {
    const auto proof = store_->backup(file_, false);
    ASSERT_TRUE(proof) << proof.error().text();
    EXPECT_EQ(proof->events, 2U);
    EXPECT_EQ(proof->secrets, 1U);
    EXPECT_EQ(proof->head, store_->head());
    struct stat info = {};
    ASSERT_EQ(::stat(file_.c_str(), &info), 0);
    EXPECT_EQ(info.st_mode & 07777U, 0600U);
    {
        const auto read = copy(true);
        EXPECT_EQ(read->head(), store_->head());
        EXPECT_EQ(read->secret("r")->reveal(), "pw");
        EXPECT_FALSE(fs::exists(file_ + "-wal")) << "nothing beside it that could be forgotten";
    }
    const auto later = copy(false);
    EXPECT_EQ(later->append_now(request_of({ItemResumed{ItemId(7)}}))->front().position, 3U);
    EXPECT_TRUE(later->verify(VerifyOptions())->good());
    EXPECT_EQ(store_->head().position, 2U) << "they are two stores now";
}

TEST_F(Backup, IsOfOneMomentWhileOthersWrite) {
    std::atomic<bool> writing = true;
    std::thread writer([&] {
        while (writing) {
            EXPECT_TRUE(store_->append_now(
                request_of({ItemPaused{ItemId(8), "why"}, ItemResumed{ItemId(9)}})
            ));
        }
    });
    for (int i = 0; i < 10; ++i) {
        const auto proof = store_->backup(file_, true);
        EXPECT_TRUE(proof) << proof.error().text();
        EXPECT_EQ(proof->events % 2, 0U) << "half of a request";
    }
    writing = false;
    writer.join();
}

TEST_F(Backup, ReplacesAFileOnlyWhenToldTo) {
    std::ofstream(file_) << "something";
    EXPECT_EQ(store_->backup(file_, false).error().code, "store.file_exists");
    EXPECT_EQ(fs::file_size(file_), 9U);
    EXPECT_TRUE(store_->backup(file_, true));
    EXPECT_EQ(copy(true)->head(), store_->head());
}

TEST_F(Backup, ReplacesNothingButARegularFile) {
    const std::string target = directory_.file("target");
    std::ofstream(target) << "something";
    fs::create_symlink(target, file_);
    const std::size_t before = files();
    for (const bool replace : {false, true}) {
        const auto refused = store_->backup(file_, replace);
        ASSERT_FALSE(refused);
        EXPECT_EQ(refused.error().code, "store.file_kind");
        EXPECT_NE(refused.error().what.find(file_ + " is a symbolic link"), std::string::npos);
    }
    EXPECT_TRUE(fs::is_symlink(file_));
    EXPECT_EQ(fs::file_size(target), 9U);
    EXPECT_EQ(files(), before);
    EXPECT_EQ(store_->backup("/dev/null", true).error().code, "store.file_kind");
}

// The last good copy must not be lost to a bad one.
TEST_F(Backup, OfADamagedStoreTakesNoPlace) {
    ASSERT_TRUE(store_->backup(file_, false));
    const std::size_t before = files();
    {
        Connection db(settings_.path, Connection::Mode::kReadWrite);
        db.run("UPDATE events SET at_ms = at_ms + 1 WHERE position = 1");
    }
    const auto proof = store_->backup(file_, true);
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code, "store.bad");
    EXPECT_NE(proof.error().what.find("event 1"), std::string::npos) << proof.error().what;
    EXPECT_TRUE(copy(true)->verify(VerifyOptions())->good()) << "the former copy";
    EXPECT_EQ(files(), before) << "nothing is left lying about";
}

TEST_F(Backup, OfAStoreInDoubtTakesNoPlace) {
    store_.reset();
    settings_.anchor = directory_.file("anchor");
    fs::copy_file(settings_.path, directory_.file("old"));
    store_ = *open_store(settings_);
    ASSERT_TRUE(store_->append_now(request_of({ItemResumed{ItemId(7)}})));
    store_.reset();
    fs::copy_file(directory_.file("old"), settings_.path, fs::copy_options::overwrite_existing);
    settings_.read_only = true;
    store_ = *open_store(settings_);
    EXPECT_EQ(store_->backup(file_, false).error().code, "store.older");
    EXPECT_FALSE(fs::exists(file_));
}

TEST_F(Backup, SaysWhereItCannotWrite) {
    const auto proof = store_->backup("/proc/no/such/copy.db", false);
    ASSERT_FALSE(proof);
    EXPECT_EQ(proof.error().code, "store.file");
    EXPECT_FALSE(proof.error().remedy.empty());
}

}  // namespace

}  // namespace bn::state::backup_test
