// Old events cut off: what stands for them is proved, and everything goes on as if they were there.
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "state/compaction.hpp"
#include "state/db.hpp"
#include "state/files.hpp"
#include "state/named.hpp"
#include "tests/support/places/places.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::compact_test {

namespace {

namespace fs = std::filesystem;
using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

const ServerId kServer(3);

Time day(int n) {
    return Time(Duration(1763893230123)) + std::chrono::hours(24) * n;
}

std::string faults(Store& store, std::optional<StoreHead> anchor = std::nullopt) {
    VerifyOptions options;
    options.anchor = std::move(anchor);
    const auto report = store.verify(options);
    if (!report) {
        return report.error().text();
    }
    std::string out;
    for (const VerifyFault& fault : report->faults) {
        out += std::to_string(fault.position) + " " + fault.code + ": " + fault.what + "\n";
    }
    return out;
}

class Compacted : public ::testing::Test {
  protected:
    Compacted() : settings_(settings_in(directory_)), archive_(directory_.file("archive.db")) {
        settings_.anchor = directory_.file("elsewhere/anchor");
    }

    std::unique_ptr<Store> open(bool read_only = false) {
        StoreSettings how = settings_;
        how.read_only = read_only;
        auto store = open_store(how);
        EXPECT_TRUE(store) << store.error().text();
        return store ? *std::move(store) : nullptr;
    }

    // Every kind of event, on days of their own; some of them of another item.
    void live(int from, int days) {
        const auto store = open();
        for (int n = from; n < from + days; ++n) {
            auto request = request_of(bn::testing::sample_events());
            request.events.emplace_back(ItemPaused{ItemId(100 + static_cast<std::uint32_t>(n)), "x"}
            );
            request.events.emplace_back(AccountAdopted{
                ItemId(8), kServer, "user_8", "itemparam username of item 8"});
            request.at = day(n);
            for (NewEvent& event : request.events) {
                event.id.clear();
            }
            EXPECT_TRUE(store->append_now(std::move(request)));
        }
    }

    StoreCompacted compact(int before, const std::string& archive = {}) {
        auto request = request_of({});
        request.at = day(1000);
        const auto done = open()->compact(day(before), archive, std::move(request));
        EXPECT_TRUE(done) << done.error().text();
        return done && *done ? **done : StoreCompacted();
    }

    // But for when something was last recorded.
    static void expect_same(const Ledger& now, const Ledger& before) {
        EXPECT_TRUE(now.items() == before.items());
        EXPECT_TRUE(now.servers() == before.servers());
        EXPECT_EQ(now.panel().fingerprint, before.panel().fingerprint);
    }

    void sql(const std::string& text) const {
        Connection db(settings_.path, Connection::Mode::kReadWrite);
        db.run(text);
        db.checkpoint(true);
    }

    TempDirectory directory_;
    StoreSettings settings_;
    std::string archive_;
};

TEST_F(Compacted, KnowsWhatItKnewAndGoesOn) {
    live(0, 6);
    const Ledger before = *open()->ledger();
    const StoreHead head = open()->head();
    const StoreCompacted cut = compact(4, archive_);
    EXPECT_EQ(cut.events, cut.position);
    EXPECT_GT(cut.events, 100U);
    {
        const auto store = open();
        EXPECT_FALSE(store->trouble()) << store->trouble()->text();
        expect_same(*store->ledger(), before);
        EXPECT_EQ(faults(*store, head), "") << "an earlier head proves what is left";
        EXPECT_EQ(faults(*store, StoreHead{cut.position, cut.head}), "");
        EXPECT_NE(
            faults(*store, StoreHead{cut.position - 1, cut.head}).find("archive"), std::string::npos
        );
        ASSERT_TRUE(store->cut());
        EXPECT_EQ(store->cut()->position, cut.position);
        EXPECT_EQ(store->cut()->at, day(1000));
        EXPECT_TRUE(store->rebuild_projections());
        expect_same(*store->ledger(), before);  // built anew from the checkpoint
        EXPECT_EQ(faults(*store), "");
        // A stream whose events were all cut goes on with its versions.
        const auto next = store->append_now(request_of({ItemResumed{ItemId(100)}}));
        EXPECT_EQ(next->front().version, 2U);
    }
    live(1001, 1);
    EXPECT_EQ(faults(*open()), "");
    settings_.read_only = true;
    EXPECT_EQ(faults(*open()), "");
}

TEST_F(Compacted, KeepsWhatItCutInAnArchiveThatEndsWhereTheCheckpointBegins) {
    live(0, 6);
    const StoreHead early = open()->head();
    const StoreCompacted first = compact(3, archive_);
    live(1001, 2);
    const std::string second_archive = directory_.file("second.db");
    const StoreCompacted second = compact(5, second_archive);
    EXPECT_EQ(second.events, second.position - first.position);
    EXPECT_EQ(faults(*open()), "");
    for (const auto& [file, cut] :
         {std::pair(archive_, first), std::pair(second_archive, second)}) {
        StoreSettings settings = settings_;
        settings.path = file;
        settings.anchor.clear();
        settings.read_only = true;
        const auto store = *open_store(settings);
        EXPECT_EQ(faults(*store), "");
        EXPECT_EQ(store->head(), (StoreHead{cut.position, cut.head}));
        std::uint64_t events = 0;
        EXPECT_TRUE(store->read({}, [&events](const Envelope&) { return ++events > 0; }));
        EXPECT_EQ(events, cut.events);
        settings.read_only = false;
        const auto written = open_store(settings);
        ASSERT_FALSE(written);
        EXPECT_EQ(written.error().code, "store.archive");
        EXPECT_EQ(begin_restore(settings_, file).error().code, "store.archive");
    }
    EXPECT_EQ(faults(*open(), early), "");
}

TEST_F(Compacted, CutsNothingOfADamagedStoreAndNothingTwice) {
    live(0, 3);
    EXPECT_EQ(compact(0).events, 0U) << "nothing is so old";
    EXPECT_FALSE(open()->cut());
    EXPECT_GT(compact(2).events, 0U);
    EXPECT_EQ(compact(2).events, 0U);
    const auto store = open();
    sql("UPDATE events SET at_ms = at_ms + 1 WHERE position = (SELECT min(position) FROM events)");
    const auto refused = store->compact(day(3), "", request_of({}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.bad");
}

TEST_F(Compacted, NeverCutsTheNewest) {
    live(0, 2);
    const std::uint64_t newest = open()->head().position;
    EXPECT_EQ(compact(500).position, newest - 1);
    EXPECT_EQ(faults(*open()), "");
}

TEST_F(Compacted, AnEditOfTheCheckpointIsFound) {
    live(0, 4);
    compact(3);
    sql("UPDATE checkpoint SET data = CAST(replace(CAST(data AS TEXT), 'user_8', 'user_9') AS BLOB)"
        " WHERE kind = 'item'");
    EXPECT_NE(faults(*open(true)).find("checkpoint"), std::string::npos);
}

TEST_F(Compacted, ARemovedCheckpointIsFound) {
    live(0, 4);
    compact(3);
    sql("DELETE FROM checkpoint");
    EXPECT_NE(faults(*open(true)).find("gap"), std::string::npos);
    StoreSettings unproved = settings_;
    sql("DELETE FROM meta WHERE key = 'proved'");
    EXPECT_EQ(open()->trouble()->code, "store.bad");
}

TEST_F(Compacted, MaskingReachesTheCheckpoint) {
    live(0, 4);
    const auto request = [] {
        return request_of({AccountFoundGone{ItemId(8), kServer, "user_8", "gone"}});
    };
    ASSERT_TRUE(open()->append_now(request()));
    compact(500);
    {
        Connection db(settings_.path, Connection::Mode::kReadOnly);
        ASSERT_GT(db.number("SELECT count(*) FROM checkpoint WHERE instr(data, 'user_8') > 0"), 0);
    }
    ASSERT_TRUE(open()->mask(ItemId(8), "asked", request_of({})));
    EXPECT_EQ(faults(*open()), "");
    for (const auto& entry : fs::directory_iterator(directory_.path())) {
        std::stringstream bytes;
        bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        EXPECT_EQ(bytes.str().find("user_8"), std::string::npos) << entry.path();
    }
    EXPECT_TRUE(open()->rebuild_projections());
    EXPECT_EQ(open()->ledger()->item(ItemId(8))->login, "***");
}

TEST_F(Compacted, IsDoneWholeOrNotAtAllWhereverTheProcessDies) {
    live(0, 4);
    const Ledger before = *open()->ledger();
    for (const std::string last : {"planned", "before", "after", "cut", "written anew"}) {
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
            static_cast<void>(open()->compact(day(500), "", request_of({})));
            ::_exit(0);
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        ASSERT_TRUE(WIFSIGNALED(status)) << last;
        const auto store = open();
        EXPECT_FALSE(store->trouble()) << last << ": " << store->trouble()->text();
        EXPECT_EQ(faults(*store), "") << last;
        EXPECT_TRUE(*store->ledger() == before) << last;
        EXPECT_EQ(store->cut().has_value(), last != "planned" && last != "before") << last;
        ASSERT_TRUE(store->append_now(request_of({ServiceStopped{"x"}})));
    }
}

TEST_F(Compacted, TakesTheFormerChainAsAWhole) {
    const std::string golden = testing::source_dir("/tests/golden/stores/store-0.1.0");
    std::stringstream text;
    text << std::ifstream(golden + ".sql").rdbuf();
    prepare_store_file(settings_.path, true);
    sql(text.str());
    fs::copy_file(golden + ".key", settings_.key_file);
    ::chmod(settings_.key_file.c_str(), 0600);
    const Ledger before = *open()->ledger();
    ASSERT_TRUE(open()->append_now(request_of({ServiceStopped{"x"}, ServiceStopped{"y"}})));
    const StoreCompacted cut = compact(900, archive_);
    EXPECT_GE(cut.position, 47U);
    EXPECT_EQ(faults(*open()), "");
    EXPECT_TRUE(open()->ledger()->items() == before.items());
    StoreSettings settings = settings_;
    settings.path = archive_;
    settings.anchor.clear();
    settings.read_only = true;
    EXPECT_EQ(faults(**open_store(settings)), "");
}

// Every later version opens this store, whatever became of the ledger's layout. Never regenerated.
TEST_F(Compacted, OpensTheStoreThatTheFirstVersionWithCheckpointsWrote) {
    const std::string golden = testing::source_dir("/tests/golden/stores/compacted.sql");
    std::stringstream text;
    text << std::ifstream(golden).rdbuf();
    prepare_store_file(settings_.path, true);
    sql(text.str());
    const auto store = open();
    ASSERT_TRUE(store);
    EXPECT_FALSE(store->trouble());
    EXPECT_EQ(faults(*store), "");
    const auto ledger = store->ledger();
    ASSERT_TRUE(ledger) << ledger.error().text();
    EXPECT_EQ(ledger->item(ItemId(8))->login, "user_8");
    EXPECT_TRUE(owns(*ledger->item(ItemId(8))));
    EXPECT_TRUE(ledger->item(ItemId(100))->paused);
    EXPECT_EQ(ledger->panel().fingerprint, "c0ffee");
    EXPECT_TRUE(store->append_now(request_of({ItemResumed{ItemId(100)}})));
    EXPECT_TRUE(store->rebuild_projections());
    EXPECT_EQ(faults(*store), "");
}

TEST(Named, MissingMembersTakeTheirDefaultsAndUnknownOnesAreRefused) {
    LedgerItem item;
    item.item = ItemId(7);
    item.login = std::string("a\0\xff:e", 5);
    item.retained_until = Time(Duration(-5));
    item.holds = {Hold(ItemId(7), kServer, HoldCode::kNoDisk, "a", "b", "c")};
    const std::string bytes = to_named(item);
    EXPECT_TRUE(from_named<LedgerItem>(bytes) == item);
    EXPECT_EQ(to_named(LedgerItem()), "de");
    EXPECT_TRUE(from_named<LedgerItem>("de") == LedgerItem());
    EXPECT_EQ(from_named<LedgerItem>("d4:itemi7ee").item, ItemId(7));
    EXPECT_THROW(from_named<LedgerItem>("d7:unknowni7ee"), PayloadFault);
    for (std::size_t size = 0; size < bytes.size(); ++size) {
        EXPECT_THROW(from_named<LedgerItem>(bytes.substr(0, size)), PayloadFault) << size;
    }
    EXPECT_THROW(from_named<LedgerItem>(bytes + "e"), PayloadFault);
    EXPECT_THROW(from_named<LedgerItem>("d4:itemi99999999999eee"), PayloadFault);
}

}  // namespace

}  // namespace bn::state::compact_test
