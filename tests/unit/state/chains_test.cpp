// Chains, masks, causes, and a store that version 0.1.0 wrote.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "state/chain.hpp"
#include "state/db.hpp"
#include "state/event_rows.hpp"
#include "state/files.hpp"
#include "tests/support/places/places.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::chains_test {

namespace {

using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

const ServerId kServer(3);
const ServerId kOther(4);
constexpr const char* kIntent = "01JCXG00000000000000000A0B";

std::unique_ptr<Store> open(const StoreSettings& settings, bool read_only = false) {
    StoreSettings how = settings;
    how.read_only = read_only;
    auto store = open_store(how);
    EXPECT_TRUE(store) << store.error().text();
    return store ? std::move(*store) : nullptr;
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

std::vector<Envelope> read(Store& store, const EventFilter& filter = {}) {
    std::vector<Envelope> events;
    const auto done = store.read(filter, [&events](const Envelope& event) {
        events.push_back(event);
        return true;
    });
    EXPECT_TRUE(done) << done.error().text();
    return events;
}

std::vector<Envelope> of_kind(Store& store, const std::string& kind) {
    EventFilter filter;
    filter.kinds = {kind};
    return read(store, filter);
}

class Chained : public ::testing::Test {
  protected:
    Chained() : settings_(settings_in(directory_)) {}

    void sql(const std::string& text) const {
        Connection db(settings_.path, Connection::Mode::kReadWrite);
        db.run(text.c_str());
        db.checkpoint(true);
    }

    [[nodiscard]] std::int64_t number(const char* text) const {
        Connection db(settings_.path, Connection::Mode::kReadOnly);
        return db.number(text);
    }

    // A store that 0.1.0 wrote, as its file was.
    void restore_old() const {
        const std::string golden = testing::source_dir("/tests/golden/stores/store-0.1.0");
        std::stringstream text;
        text << std::ifstream(golden + ".sql").rdbuf();
        prepare_store_file(settings_.path, true);
        sql(text.str());
        std::filesystem::copy_file(golden + ".key", settings_.key_file);
        ::chmod(settings_.key_file.c_str(), 0600);
    }

    static void live(Store& store) {
        Action create(ActionKind::kCreate, kServer, ItemId(7), "user_7");
        create.create = CreateFields{"anna@example.org", "Анна", "pro", Quota::unlimited()};
        EXPECT_TRUE(store.append_now(request_of({ActionIntended{kIntent, create, ""}})));
        EXPECT_TRUE(store.append_now(request_of({ActionSucceeded{
            kIntent, ItemId(7), kServer, ActionKind::kCreate, "user_7", "made", {}}})));
        EXPECT_TRUE(store.append_now(request_of({ServerRecovered{kOther}, ServiceStopped{"x"}})));
        EXPECT_TRUE(store.append_now(request_of({ItemPaused{ItemId(7), "for Anna"}})));
    }

    TempDirectory directory_;
    StoreSettings settings_;
};

TEST_F(Chained, EachServerHasAChainOfItsOwn) {
    const auto store = open(settings_);
    live(*store);
    EXPECT_EQ(number("SELECT count(*) FROM chains"), 3);
    EXPECT_EQ(number("SELECT sequence FROM chains WHERE server = 3"), 3)
        << "an item's event that names no server belongs to the one of the event before it";
    EXPECT_EQ(number("SELECT sequence FROM chains WHERE server = 4"), 1);
    EXPECT_EQ(number("SELECT sequence FROM chains WHERE server = 0"), 1);
    EXPECT_EQ(faults(*store, store->head()), "");
    const StoreHead before = store->head();
    EXPECT_TRUE(store->append_now(request_of({ServerRecovered{kOther}})));
    EXPECT_NE(store->head().hash, before.hash);
    EXPECT_EQ(faults(*store, before), "") << "an earlier head proves what was before it";
}

// Order between chains is no promise: rows of two chains may lie in another order.
TEST_F(Chained, ARowMayMoveBetweenRowsOfOtherChains) {
    live(*open(settings_));
    sql("UPDATE events SET position = 1000 WHERE position = 3;"
        "UPDATE events SET position = 3 WHERE position = 4;"
        "UPDATE events SET position = 4 WHERE position = 1000");
    EXPECT_EQ(faults(*open(settings_, true)), "");
    sql("UPDATE events SET position = 1000 WHERE position = 1;"
        "UPDATE events SET position = 1 WHERE position = 2;"
        "UPDATE events SET position = 2 WHERE position = 1000");
    EXPECT_NE(faults(*open(settings_, true)).find("1 chain"), std::string::npos);
}

TEST_F(Chained, NoticesAChainThatWasCutAlone) {
    live(*open(settings_));
    sql("DELETE FROM chains WHERE server = 4");
    EXPECT_NE(faults(*open(settings_, true)).find("head"), std::string::npos);
    EXPECT_EQ(open(settings_)->trouble()->code, "store.bad");
}

TEST_F(Chained, CausesAreNamedByIdsThatAreThereBefore) {
    const auto store = open(settings_);
    live(*store);
    auto request = request_of(
        {DoubtResolved{kIntent, ItemId(7), kServer, ActionKind::kCreate, true, "user_7", ""},
         AccountCreated{ItemId(7), kServer, "user_7", ""}}
    );
    request.events[0].causation = kIntent;
    request.events[1].cause = 0;
    const auto done = store->append_now(std::move(request));
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ((*done)[0].causation, kIntent);
    EXPECT_EQ((*done)[1].causation, (*done)[0].id);
    EventFilter filter;
    filter.id = (*done)[0].causation;
    const auto found = read(*store, filter);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<ActionIntended>(found[0].event));
    EXPECT_EQ(found[0].id, kIntent) << "an action and its intent have one id";
    filter.id = to_hex(id_from(kIntent));
    EXPECT_EQ(read(*store, filter).size(), 1U) << "as 0.1.0 printed it";
    filter.id = "no id";
    EXPECT_TRUE(read(*store, filter).empty());
}

TEST_F(Chained, IdsHaveOneSpelling) {
    const std::string bytes = from_hex("0193b3f0a1c27f0123456789abcdefff");
    const std::string text = id_text(bytes);
    EXPECT_EQ(text.size(), 26U);
    EXPECT_EQ(id_from(text), bytes);
    EXPECT_EQ(id_text(std::string(16, '\xff')), "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
    EXPECT_EQ(id_from("8ZZZZZZZZZZZZZZZZZZZZZZZZZ"), "");
    EXPECT_EQ(id_from("7ZZZZZZZZZZZZZZZZZZZZZZZZU"), "");
}

TEST_F(Chained, MaskingLeavesNothingOfTheClientAndTheProofOfTheRest) {
    const auto store = open(settings_);
    live(*store);
    const auto refused = store->mask(ItemId(7), "asked", request_of({}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.mask_owned");
    EXPECT_TRUE(store->append_now(request_of({AccountFoundGone{
        ItemId(7), kServer, "user_7", "anna@example.org left"}})));
    const auto before = read(*store);
    const StoreHead anchor = store->head();
    const auto done = store->mask(ItemId(7), "asked", request_of({}));
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ(*done, 4U);
    EXPECT_EQ(faults(*store, anchor), "");
    const auto after = read(*store);
    ASSERT_EQ(after.size(), before.size() + 1);
    const auto& intended = std::get<ActionIntended>(after[0].event);
    EXPECT_EQ(intended.action_id, kIntent);
    EXPECT_EQ(intended.action.create->email, "***");
    EXPECT_EQ(intended.action.create->quota, Quota::unlimited());
    EXPECT_EQ(std::get<AccountFoundGone>(after[5].event).detail, "***");
    EXPECT_TRUE(after[3].event == before[3].event) << "other streams are as they were";
    const auto& mask = std::get<ItemMasked>(after.back().event);
    ASSERT_EQ(mask.rows.size(), 4U);
    EXPECT_EQ(number("SELECT count(*) FROM events WHERE instr(payload, 'anna') > 0"), 0);
    EXPECT_EQ(number("SELECT count(*) FROM events WHERE salt IS NULL"), 4);
    EXPECT_EQ(*store->mask(ItemId(7), "asked", request_of({})), 0U) << "nothing is left to mask";
    EXPECT_EQ(faults(*store), "");
}

TEST_F(Chained, MaskingReachesTheServersEventsAndThePasswords) {
    const auto store = open(settings_);
    Action create(ActionKind::kCreate, kServer, ItemId(7), "anna");
    create.create = CreateFields{"anna@example.org", "Анна К", "pro", Quota::unlimited()};
    auto request = request_of({ActionIntended{kIntent, create, "sealed"}});
    request.secrets.emplace_back("sealed", Secret("pw"));
    ASSERT_TRUE(store->append_now(std::move(request)));
    const auto refused = store->mask(ItemId(7), "asked", request_of({}));
    ASSERT_FALSE(refused) << "in doubt";
    EXPECT_EQ(refused.error().code, "store.mask_owned");
    ASSERT_TRUE(store->append_now(request_of(
        {ActionSucceeded{kIntent, ItemId(7), kServer, ActionKind::kCreate, "anna", "", {}},
         AccountImported{kServer, "anna", "7", true},
         AccountImported{kServer, "annabell", "8", true},
         ServerQuarantined{kServer, "ocs.500", "of anna@example.org", NextMove::kWait, {}, 1},
         AccountFoundGone{ItemId(7), kServer, "anna", "gone"}}
    )));
    ASSERT_TRUE(store->mask(ItemId(7), "asked", request_of({})));
    const auto events = read(*store);
    EXPECT_EQ(std::get<AccountImported>(events[2].event).login, "***");
    EXPECT_EQ(std::get<AccountImported>(events[2].event).service, "7");
    EXPECT_EQ(std::get<AccountImported>(events[3].event).login, "annabell") << "somebody else";
    EXPECT_EQ(std::get<ServerQuarantined>(events[4].event).what, "***");
    EXPECT_EQ(std::get<ServerQuarantined>(events[4].event).code, "ocs.500");
    EXPECT_EQ(std::get<ItemMasked>(events.back().event).reason, "asked");
    EXPECT_EQ(store->secret("sealed").error().code, "store.no_secret");
    EXPECT_EQ(faults(*store), "");
    EXPECT_EQ(*store->mask(ItemId(7), "again", request_of({})), 0U) << "its record stays";
}

// Rows move, pages become free, and the log has copies: none of it may stay.
TEST_F(Chained, MaskingLeavesNothingInTheBytesOfTheFiles) {
    settings_.anchor = directory_.file("anchor");
    const auto store = open(settings_);
    live(*store);
    for (std::uint32_t i = 0; i < 300; ++i) {
        ASSERT_TRUE(store->append_now(request_of(
            {AccountFoundGone{ItemId(7), kServer, "user_7", "anna@example.org left"},
             ItemPaused{ItemId(20 + i % 7), std::string(i * 7, 'x')}}
        )));
        if (i % 50 == 0) {
            ASSERT_TRUE(store->rebuild_projections());
        }
    }
    ASSERT_TRUE(store->mask(ItemId(7), "asked", request_of({})));
    std::size_t files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(directory_.path())) {
        std::stringstream bytes;
        bytes << std::ifstream(entry.path(), std::ios::binary).rdbuf();
        for (const char* who : {"user_7", "anna@example", "Анна"}) {
            EXPECT_EQ(bytes.str().find(who), std::string::npos) << entry.path() << " " << who;
        }
        ++files;
    }
    EXPECT_GE(files, 4U) << "the log among them";
    EXPECT_EQ(faults(*store), "");
    live(*store);
    EXPECT_EQ(faults(*store), "");
}

TEST_F(Chained, AMaskThatNobodyRecordedIsDamage) {
    {
        const auto store = open(settings_);
        live(*store);
        EXPECT_TRUE(
            store->append_now(request_of({AccountFoundGone{ItemId(7), kServer, "user_7", "gone"}}))
        );
    }
    sql("UPDATE events SET salt = NULL WHERE position = 1");
    EXPECT_NE(faults(*open(settings_, true)).find("1 chain"), std::string::npos);
    EXPECT_EQ(open(settings_)->mask(ItemId(7), "asked", request_of({})).error().code, "store.bad");
    settings_.accept = true;
    ASSERT_TRUE(open(settings_)->mask(ItemId(7), "asked", request_of({})));
    EXPECT_EQ(faults(*open(settings_, true)), "");
    sql("UPDATE events SET payload = (SELECT payload FROM events WHERE position = 2)"
        " WHERE position = 1");
    EXPECT_NE(faults(*open(settings_, true)).find("1 chain"), std::string::npos);
}

// Without a key every later hash could be computed anew: here all of the rows before a masked one.
TEST_F(Chained, AMaskedRowOfVersion010StillProvesTheRowsBeforeIt) {
    restore_old();
    std::uint64_t masked_at = 0;
    {
        const auto store = open(settings_);
        ASSERT_TRUE(store->mask(ItemId(9), "asked", request_of({})));
        masked_at = std::get<ItemMasked>(read(*store).back().event).rows.front().position;
        EXPECT_EQ(faults(*store), "");
    }
    ASSERT_GT(masked_at, 1U);
    {
        Connection db(settings_.path, Connection::Mode::kReadWrite);
        db.run(("UPDATE events SET at_ms = at_ms + 1 WHERE position = " +
                std::to_string(masked_at - 1))
                   .c_str());
        Hash previous{};
        std::string scratch;
        std::vector<std::pair<std::uint64_t, Hash>> forged;
        EventFilter all;
        RowCursor cursor(db, all);
        while (cursor.next() && cursor.row().position < masked_at) {
            previous = row_hash(previous, cursor.row(), scratch);
            forged.emplace_back(cursor.row().position, previous);
        }
        for (const auto& [position, hash] : forged) {
            Statement put(db, "UPDATE events SET hash = ?2 WHERE position = ?1");
            put.run(position, view(hash));
        }
    }
    EXPECT_NE(
        faults(*open(settings_, true)).find(std::to_string(masked_at) + " chain"), std::string::npos
    );
}

TEST_F(Chained, ReadsAStoreOfVersion010WithoutChangingIt) {
    restore_old();
    const auto store = open(settings_, true);
    EXPECT_EQ(read(*store).size(), 47U);
    EXPECT_EQ(faults(*store), "");
    EXPECT_EQ(store->head().position, 47U);
    EXPECT_EQ(number("PRAGMA user_version"), 2);
}

TEST_F(Chained, GoesOnWithAStoreOfVersion010) {
    restore_old();
    const StoreHead anchor{47, "7f6005cd4b4afbce89b5e7b5a547227efae858af44101662714dcb4cd10691fc"};
    auto store = open(settings_);
    EXPECT_EQ(store->head(), anchor) << "nothing is appended yet";
    EXPECT_EQ(faults(*store, anchor), "");
    const auto ledger = store->ledger();
    ASSERT_TRUE(ledger) << ledger.error().text();
    const LedgerItem& eight = *ledger->item(ItemId(8));
    EXPECT_TRUE(owns(eight));
    EXPECT_EQ(eight.rolled_back, 22U);
    EXPECT_EQ(eight.task_made, 22U);
    EXPECT_EQ(eight.usage, UsageLevel::kOver);
    ASSERT_EQ(eight.owed.size(), 1U);
    EXPECT_EQ(eight.owed[0].command, "changepricelist");
    EXPECT_TRUE(ledger->item(ItemId(9))->deleted);
    EXPECT_EQ(ledger->item(ItemId(10))->in_doubt.size(), 1U);
    ASSERT_EQ(ledger->server(kOther)->stat_owed.size(), 1U);
    EXPECT_EQ(ledger->server(kOther)->stat_owed[0].day, "2026-11-23");
    EXPECT_EQ(
        store->secret("01JCXG0000000000000000000B")->reveal(), "pw-01JCXG0000000000000000000B"
    );

    EXPECT_EQ(of_kind(*store, "operation.rolled_back").size(), 1U);
    EXPECT_EQ(of_kind(*store, "operation.task_made").size(), 1U);
    EXPECT_EQ(of_kind(*store, "account.found_gone").size(), 1U);
    EXPECT_EQ(of_kind(*store, "panel.called").size(), 2U);
    EXPECT_EQ(of_kind(*store, "item.bought_back").size(), 1U);
    EXPECT_EQ(of_kind(*store, "item.retention_ended").size(), 1U);

    live(*store);
    EXPECT_EQ(faults(*store, anchor), "");
    EXPECT_EQ(number("SELECT count(*) FROM events WHERE sequence IS NULL"), 47);
    ASSERT_TRUE(store->mask(ItemId(9), "asked", request_of({})));
    EXPECT_EQ(faults(*store, anchor), "") << "rows of the former chain may be masked too";
    store.reset();
    sql("UPDATE events SET at_ms = at_ms + 1 WHERE position = 12");
    EXPECT_NE(faults(*open(settings_, true)).find("12 chain"), std::string::npos);
}

}  // namespace

}  // namespace bn::state::chains_test
