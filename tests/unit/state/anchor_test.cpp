// The end of a store kept elsewhere, and what is proved of a store at its opening.
#include "state/anchor.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <thread>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "reconciler/decide/operator.hpp"
#include "state/db.hpp"
#include "state/event_rows.hpp"
#include "state/proof.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::anchor_test {

namespace {

namespace fs = std::filesystem;
using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

class Anchored : public ::testing::Test {
  protected:
    Anchored() : settings_(settings_in(directory_)) {
        settings_.anchor = directory_.file("elsewhere/end");
        write(20);
    }

    std::string open_and(const std::function<void(Store&)>& work = {}) {
        auto store = open_store(settings_);
        if (!store) {
            return store.error().code;
        }
        const auto trouble = (*store)->trouble();
        if (work) {
            work(**store);
        }
        return trouble ? trouble->code : "good";
    }

    void write(std::uint32_t events, std::uint32_t first = 0) {
        EXPECT_EQ("good", open_and([&](Store& store) {
                      for (std::uint32_t i = first; i < first + events; ++i) {
                          EXPECT_TRUE(store.append_now(request_of({ItemPaused{
                              ItemId(1 + i % 4), "reason " + std::to_string(i)}})));
                      }
                  }));
    }

    [[nodiscard]] std::string copy(const char* name) const {
        fs::copy_file(settings_.path, directory_.file(name), fs::copy_options::overwrite_existing);
        return directory_.file(name);
    }

    void put_back(const std::string& copy) {
        fs::copy_file(copy, settings_.path, fs::copy_options::overwrite_existing);
    }

    void sql(const std::string& text) {
        Connection db(settings_.path, Connection::Mode::kReadWrite);
        db.run(text);
        db.checkpoint(true);
    }

    // Refuses to append, and changes neither the anchor nor the store.
    void expect_doubt(const std::string& code) {
        const auto anchor = read_anchor(settings_.anchor);
        EXPECT_EQ(code, open_and([&](Store& store) {
                      const auto refused = store.append_now(request_of({ItemResumed{ItemId(1)}}));
                      ASSERT_FALSE(refused);
                      EXPECT_EQ(refused.error().code, code);
                      EXPECT_EQ(refused.error().concern, Concern::kStore);
                      EXPECT_FALSE(refused.error().remedy.empty());
                      EXPECT_TRUE(store.ledger());
                  }));
        EXPECT_EQ(read_anchor(settings_.anchor), anchor);
        settings_.read_only = true;
        EXPECT_EQ(code, open_and());
        settings_.read_only = false;
    }

    TempDirectory directory_;
    StoreSettings settings_;
};

TEST_F(Anchored, EndIsKeptAtTheEnd) {
    const auto anchor = read_anchor(settings_.anchor);
    ASSERT_TRUE(anchor);
    EXPECT_EQ(anchor->position, 20U);
    EXPECT_EQ(anchor->store.size(), 32U);
    open_and([&](Store& store) { EXPECT_EQ(store.head(), (StoreHead{20, anchor->head})); });
    write(1);
    EXPECT_EQ(read_anchor(settings_.anchor)->position, 21U);
    EXPECT_EQ(read_anchor(settings_.anchor)->store, anchor->store);
    EXPECT_FALSE(fs::exists(settings_.anchor + ".new"));
}

TEST_F(Anchored, OlderCopyIsOnlyRead) {
    const std::string old = copy("old");
    write(5);
    const std::string newest = copy("newest");
    put_back(old);
    expect_doubt("store.older");
    put_back(newest);
    EXPECT_EQ(open_and(), "good");
}

TEST_F(Anchored, CopyThatWentAnotherWayIsOnlyRead) {
    const std::string old = copy("old");
    write(5);
    const auto anchor = read_anchor(settings_.anchor);
    put_back(old);
    fs::remove(settings_.anchor);
    write(9, 100);
    write_anchor(settings_.anchor, *anchor);
    expect_doubt("store.other");
}

TEST_F(Anchored, AnotherStoreIsOnlyRead) {
    const TempDirectory elsewhere;
    StoreSettings other = settings_in(elsewhere);
    {
        auto store = open_store(other);
        ASSERT_TRUE(store);
        for (int i = 0; i < 30; ++i) {
            ASSERT_TRUE((*store)->append_now(request_of({ItemResumed{ItemId(1)}})));
        }
    }
    put_back(other.path);
    expect_doubt("store.other");
}

TEST_F(Anchored, LostStoreIsNotMadeAnew) {
    fs::remove(settings_.path);
    expect_doubt("store.lost");
    EXPECT_FALSE(fs::exists(settings_.path));
    std::ofstream(settings_.path).flush();
    expect_doubt("store.lost");
    EXPECT_EQ(fs::file_size(settings_.path), 0U);
    std::ofstream(settings_.path + "-wal") << "something";
    EXPECT_EQ(open_and(), "store.emptied");
}

TEST_F(Anchored, FirstStartMakesBoth) {
    fs::remove(settings_.path);
    fs::remove(settings_.anchor);
    write(1);
    EXPECT_EQ(read_anchor(settings_.anchor)->position, 1U);
}

// A person who looks after it as root does not take it from the service.
TEST_F(Anchored, WhatRootMakesBelongsToTheOwnerOfItsFolder) {
    if (::geteuid() != 0) {
        GTEST_SKIP() << "only root can make files that are not its own";
    }
    constexpr uid_t kService = 4711;
    const TempDirectory folder;
    ASSERT_EQ(::chown(folder.path().c_str(), kService, kService), 0);
    StoreSettings settings = settings_in(folder);
    settings.anchor = folder.file("end");
    {
        auto store = open_store(settings);
        ASSERT_TRUE(store) << store.error().text();
        auto request = request_of({ItemResumed{ItemId(7)}});
        request.secrets.emplace_back("a", Secret("a password"));
        ASSERT_TRUE((*store)->append_now(std::move(request)));
    }
    std::size_t files = 0;
    for (const fs::directory_entry& file : fs::directory_iterator(folder.path())) {
        struct stat info = {};
        ASSERT_EQ(::stat(file.path().c_str(), &info), 0);
        EXPECT_EQ(info.st_uid, kService) << file.path();
        ++files;
    }
    EXPECT_GE(files, 4U) << "the store, its lock, its key and its end";
}

// The folder's owner names no file of root's that root writes to, and gives to him.
TEST_F(Anchored, WhatIsALinkIsNeitherWrittenNorGivenAway) {
    const TempDirectory elsewhere;
    const std::string other = elsewhere.file("shadow");
    std::ofstream(other) << "root's own";
    const auto untouched = [&other] {
        struct stat info = {};
        std::ifstream file(other);
        const std::string text(std::istreambuf_iterator<char>(file), {});
        return ::stat(other.c_str(), &info) == 0 && info.st_uid == ::geteuid() &&
               text == "root's own";
    };
    for (const bool hard : {false, true}) {
        const TempDirectory folder;
        StoreSettings linked = settings_in(folder);
        const std::string lock = linked.path + ".lock";
        if (hard) {
            if (::geteuid() != 0) {
                continue;  // it is given to nobody then
            }
            ASSERT_EQ(::chown(folder.path().c_str(), 4711, 4711), 0);
            fs::create_hard_link(other, lock);
        } else {
            fs::create_symlink(other, lock);
        }
        const auto store = open_store(linked);
        ASSERT_FALSE(store);
        EXPECT_EQ(store.error().code, "store.lock") << store.error().text();
        EXPECT_TRUE(untouched());
    }
    fs::create_symlink(other, settings_.anchor + ".new");
    open_and([](Store& store) {
        static_cast<void>(store.append_now(request_of({ItemResumed{ItemId(1)}})));
    });
    EXPECT_TRUE(untouched());
}

TEST_F(Anchored, StoreWithoutEventsHasNoEndToKeep) {
    fs::remove(settings_.path);
    fs::remove(settings_.anchor);
    EXPECT_EQ(open_and(), "good");
    EXPECT_FALSE(fs::exists(settings_.anchor));
    EXPECT_EQ(open_and(), "good");
}

TEST_F(Anchored, UnreadableAnchorIsNoMissingOne) {
    std::ofstream(settings_.anchor) << "something else";
    EXPECT_EQ(open_and(), "store.anchor");
}

TEST_F(Anchored, AnchorThatCannotBeWrittenStopsNothing) {
    settings_.anchor = "/proc/no/such/folder/end";
    write(1);
}

TEST_F(Anchored, APersonGoesOn) {
    const std::string old = copy("old");
    write(5);
    put_back(old);
    settings_.accept = true;
    EXPECT_EQ("store.older", open_and([](Store& store) {
                  AcceptedStore accepted = accept_store(*store.ledger(), *store.trouble());
                  EXPECT_TRUE(store.accept(request_of(std::move(accepted.events))));
                  EXPECT_FALSE(store.trouble());
              }));
    settings_.accept = false;
    EXPECT_EQ(open_and(), "good");
    EXPECT_EQ(read_anchor(settings_.anchor)->position, 21U) << "the acceptance itself";
}

TEST_F(Anchored, OpeningToAcceptAloneChangesNoAnchor) {
    const std::string old = copy("old");
    write(5);
    put_back(old);
    settings_.accept = true;
    EXPECT_EQ(open_and(), "store.older");
    settings_.accept = false;
    EXPECT_EQ(open_and(), "store.older");
}

TEST_F(Anchored, DamageAfterTheLastProofIsSeenAtTheOpening) {
    sql("DELETE FROM meta WHERE key = 'proved'");
    sql("UPDATE events SET at_ms = at_ms + 1 WHERE position = 15");
    expect_doubt("store.bad");
}

TEST_F(Anchored, DamageBeforeTheLastProofIsFoundBesideTheWorkAndKept) {
    EXPECT_EQ(open_and(), "good") << "and all is proved";
    sql("UPDATE events SET at_ms = at_ms + 1 WHERE position = 15");
    EXPECT_EQ(open_and(), "good");
    settings_.prove_all = true;
    open_and([](Store& store) {
        for (int i = 0; i < 3000 && !store.trouble(); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(10));
        }
        ASSERT_TRUE(store.trouble());
        EXPECT_EQ(store.trouble()->code, "store.bad");
        EXPECT_NE(store.trouble()->what.find("event 15"), std::string::npos);
        EXPECT_FALSE(store.append_now(request_of({ItemResumed{ItemId(1)}})));
    });
    settings_.prove_all = false;
    expect_doubt("store.bad");
}

TEST_F(Anchored, ProofIsTakenUpWhereItEnded) {
    Connection db(settings_.path, Connection::Mode::kReadWrite);
    EXPECT_FALSE(prove_new_events(db));
    const auto proved = proved_from(db.text("SELECT value FROM meta WHERE key = 'proved'"));
    ASSERT_TRUE(proved);
    EXPECT_EQ(proved->position, 20U);
    EXPECT_EQ(proved->chains.head(), load_chains(db).head());
    EXPECT_EQ(to_text(*proved_from(to_text(*proved))), to_text(*proved));
    EXPECT_FALSE(proved_from("something else"));
    EXPECT_FALSE(proved_from(""));
    // From the middle, when nothing is known of what is before.
    std::string fault;
    EventWalk walk([&](std::uint64_t, const char* code, const std::string&) { fault += code; });
    walk.begin_after(7, load_chains(db));
    RowCursor cursor(db, [] {
        EventFilter filter;
        filter.after = 7;
        return filter;
    }());
    while (cursor.next()) {
        walk.check(cursor.row());
    }
    walk.finish(load_chains(db));
    EXPECT_EQ(fault, "");
    EXPECT_EQ(walk.position(), 20U);
}

}  // namespace

}  // namespace bn::state::anchor_test
