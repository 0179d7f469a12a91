// A backup in the place of a store: what it lacks is told before, the former store is kept, and at
// no moment of it does an older state pass for the newest.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "state/db.hpp"
#include "state/files.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::restore_test {

namespace {

namespace fs = std::filesystem;
using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

const Time kNow = Time(Duration(1763893230123));

class Restored : public ::testing::Test {
  protected:
    Restored() : settings_(settings_in(directory_)), backup_(directory_.file("backup.db")) {
        settings_.anchor = directory_.file("elsewhere/anchor");
        const auto store = open();
        auto request = request_of({PanelIdentified{"ours"}, ItemPaused{ItemId(7), "why"}});
        request.secrets.emplace_back("r", Secret("pw"));
        EXPECT_TRUE(store->append_now(std::move(request)));
        EXPECT_TRUE(store->backup(backup_, false));
    }

    std::unique_ptr<Store> open() {
        auto store = open_store(settings_);
        EXPECT_TRUE(store) << store.error().text();
        return *std::move(store);
    }

    void write(int events) {
        const auto store = open();
        for (int i = 0; i < events; ++i) {
            EXPECT_TRUE(store->append_now(request_of({ItemResumed{ItemId(7)}})));
        }
    }

    std::unique_ptr<Restore> begin() {
        auto restore = begin_restore(settings_, backup_);
        EXPECT_TRUE(restore) << restore.error().text();
        return restore ? *std::move(restore) : nullptr;
    }

    static std::string carry_out(std::unique_ptr<Restore> owned) {
        Restore& restore = *owned;
        if (!restore.facts().whole()) {
            Store& copy = **restore.copy();
            AcceptedStore accepted =
                accept_store(*copy.ledger(), restored_store("backup", 2, restore.facts().present));
            EXPECT_TRUE(copy.accept(request_of(std::move(accepted.events))));
        }
        const auto kept = restore.put_in_place(kNow);
        EXPECT_TRUE(kept) << kept.error().text();
        return kept.value_or("");
    }

    // It goes on as the newest, and as a good one.
    void expect_goes_on() {
        const auto store = open();
        EXPECT_FALSE(store->trouble()) << store->trouble()->text();
        EXPECT_TRUE(store->append_now(request_of({ItemResumed{ItemId(7)}})));
        const auto report = store->verify(VerifyOptions());
        EXPECT_TRUE(report->good()) << report->faults.front().what;
    }

    // What begin_restore says, as a code; nothing may have happened to the store.
    std::string refused() {
        const auto restore = begin_restore(settings_, backup_);
        return restore ? "begun" : restore.error().code;
    }

    [[nodiscard]] std::vector<std::string> names() const {
        std::vector<std::string> found;
        for (const auto& entry : fs::directory_iterator(directory_.path())) {
            found.push_back(entry.path().filename());
        }
        std::ranges::sort(found);
        return found;
    }

    TempDirectory directory_;
    StoreSettings settings_;
    std::string backup_;
};

TEST_F(Restored, SaysWhatIsLostAndKeepsTheFormerStore) {
    write(3);
    std::string kept;
    {
        auto restore = begin();
        EXPECT_EQ(restore->facts().backup.position, 2U);
        EXPECT_EQ(restore->facts().lost(), 3U);
        EXPECT_FALSE(restore->facts().whole());
        EXPECT_FALSE(restore->facts().other_way);
        kept = carry_out(std::move(restore));
    }
    for (const std::string& name : names()) {
        EXPECT_EQ(name.find(".part-"), std::string::npos) << name;
    }
    EXPECT_EQ(open()->head().position, 3U) << "the backup, and the word for it";
    expect_goes_on();
    StoreSettings former = settings_;
    former.path = kept;
    former.anchor.clear();
    former.read_only = true;
    EXPECT_EQ((*open_store(former))->head().position, 5U);
}

TEST_F(Restored, LosesNothingWhereNothingWasRecordedSince) {
    fs::remove(settings_.path);
    {
        auto restore = begin();
        EXPECT_TRUE(restore->facts().whole()) << "the anchor knows";
        EXPECT_EQ(carry_out(std::move(restore)), "");
    }
    EXPECT_EQ(open()->secret("r")->reveal(), "pw");
    EXPECT_EQ(open()->head().position, 2U) << "nobody had to accept anything";
    expect_goes_on();
}

TEST_F(Restored, CountsByTheAnchorWhenTheStoreIsLost) {
    write(4);
    fs::remove(settings_.path);
    EXPECT_EQ(begin()->facts().lost(), 4U);
    fs::remove(settings_.anchor);
    auto restore = begin();
    EXPECT_FALSE(restore->facts().whole()) << "nobody knows what was recorded";
    carry_out(std::move(restore));
    expect_goes_on();
}

TEST_F(Restored, TakesTheUnreadablePlaceOfADamagedStoreWithItsLog) {
    write(1);
    std::ofstream(settings_.path) << std::string(9000, 'x');
    std::ofstream(settings_.path + "-wal") << "a log";
    std::string kept;
    {
        auto restore = begin();
        EXPECT_FALSE(restore->facts().present_trouble.empty());
        kept = carry_out(std::move(restore));
    }
    EXPECT_EQ(fs::file_size(kept), 9000U);
    EXPECT_EQ(fs::file_size(kept + "-wal"), 5U);
    expect_goes_on();
}

TEST_F(Restored, NoticesThatTheStoreWentAnotherWay) {
    write(3);
    carry_out(begin());
    write(2);
    ASSERT_TRUE(open()->backup(directory_.file("second.db"), false));
    carry_out(begin());
    backup_ = directory_.file("second.db");
    auto restore = begin();
    EXPECT_FALSE(restore->facts().whole());
    carry_out(std::move(restore));
    expect_goes_on();
}

TEST_F(Restored, IsRefusedWhileTheServiceRuns) {
    const auto store = open();
    EXPECT_EQ(refused(), "store.locked");
}

TEST_F(Restored, ReplacesNoLink) {
    const std::string elsewhere = directory_.file("elsewhere.db");
    fs::rename(settings_.path, elsewhere);
    fs::create_symlink(elsewhere, settings_.path);
    const auto before = names();
    EXPECT_EQ(refused(), "store.file_kind");
    EXPECT_TRUE(fs::is_symlink(settings_.path));
    EXPECT_EQ(names(), before);
}

TEST_F(Restored, OnlyOfABackupThatIsWholeOursAndOfThisPanel) {
    {
        Connection db(backup_, Connection::Mode::kReadWrite);
        db.run("UPDATE events SET at_ms = at_ms + 1 WHERE position = 2");
    }
    EXPECT_EQ(refused(), "store.bad");
    fs::remove(backup_);
    EXPECT_EQ(refused(), "store.cannot_open");
    std::ofstream(backup_) << std::string(4096, 'x');
    EXPECT_EQ(refused(), "store.not_a_database");
    fs::remove(backup_);
    backup_ = settings_.path;
    EXPECT_EQ(refused(), "store.file");
    backup_ = directory_.file("other.db");
    {
        StoreSettings other = settings_;
        other.path = backup_;
        other.anchor.clear();
        const auto store = open_store(other);
        EXPECT_TRUE((*store)->append_now(request_of({PanelIdentified{"theirs"}})));
    }
    EXPECT_EQ(refused(), "store.other_panel");
    {
        Connection db(backup_, Connection::Mode::kReadWrite);
        db.run("PRAGMA user_version=99");
    }
    EXPECT_EQ(refused(), "store.newer");
    expect_goes_on();
}

TEST_F(Restored, WithAnotherKeyForgetsThePasswordsAndTakesTheKeyAtHand) {
    fs::remove(settings_.key_file);
    {
        StoreSettings other = settings_;
        other.path = directory_.file("other.db");
        other.anchor.clear();
        auto request = request_of({ItemResumed{ItemId(7)}});
        request.secrets.emplace_back("r", Secret("pw"));
        ASSERT_TRUE((*open_store(other))->append_now(std::move(request)));  // makes another key
    }
    auto restore = begin();
    EXPECT_TRUE(restore->facts().passwords_lost);
    carry_out(std::move(restore));
    auto request = request_of({ItemResumed{ItemId(7)}});
    request.secrets.emplace_back("r2", Secret("pw"));
    EXPECT_TRUE(open()->append_now(std::move(request)));
    expect_goes_on();
}

// Killed between any two steps: the former store or the new one, never an older state that passes
// for the newest.
TEST_F(Restored, DiesAtAnyStepWithoutLosingAStore) {
    write(3);
    for (const std::string last : {"proved", "accepted", "log away", "in place"}) {
        const auto child = ::fork();
        if (child == 0) {
            settings_.on_step = [&](std::string_view step) {
                if (step == last) {
                    ::kill(::getpid(), SIGKILL);
                }
            };
            carry_out(begin());
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << last;
        const auto store = open();
        if (last == "in place") {
            ASSERT_TRUE(store->trouble());
            EXPECT_EQ(store->trouble()->concern, Concern::kStore)
                << "the anchor is not of this one";
        } else {
            EXPECT_FALSE(store->trouble()) << last;
            EXPECT_EQ(store->head().position, 5U) << last;
        }
    }
    carry_out(begin());
    expect_goes_on();
    const auto replaced = [](const auto& name) {
        return name.find(".replaced-") != std::string::npos;
    };
    EXPECT_EQ(std::ranges::count_if(names(), replaced), 2) << "no former store is lost";
}

}  // namespace

}  // namespace bn::state::restore_test
