// Damage of every kind, made by hand: verify must name it, and its position.
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "state/chain.hpp"
#include "state/db.hpp"
#include "state/event_codec.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::verify_test {

namespace {

using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

class Verify : public ::testing::Test {
  protected:
    Verify() : settings_(settings_in(directory_)) {
        auto store = open_store(settings_);
        for (std::uint32_t i = 0; i < 20; ++i) {
            auto request =
                request_of({ItemPaused{ItemId(1 + i % 4), "reason " + std::to_string(i)}});
            if (i == 0) {
                request.secrets.emplace_back("r", Secret("pw"));
            }
            EXPECT_TRUE((*store)->append_now(std::move(request)));
        }
        head_ = (*store)->head();
    }

    void sql(const std::string& text) {
        Connection db(settings_.path, Connection::Mode::kReadWrite);
        db.run(text.c_str());
        db.checkpoint(true);
    }

    VerifyReport verify(VerifyOptions options = {}) {
        auto settings = settings_;
        settings.read_only = true;
        auto store = open_store(settings);
        if (!store) {
            ADD_FAILURE() << store.error().text();
            return {};
        }
        auto report = (*store)->verify(options);
        if (!report) {
            ADD_FAILURE() << report.error().text();
            return {};
        }
        return *report;
    }

    static bool has(const VerifyReport& report, std::uint64_t position, std::string_view code) {
        for (const auto& fault : report.faults) {
            if (fault.position == position && fault.code == code) {
                return true;
            }
        }
        return false;
    }

    static std::string list(const VerifyReport& report) {
        std::string out;
        for (const auto& fault : report.faults) {
            out += fmt::format("[{} {} {}] ", fault.position, fault.code, fault.what);
        }
        return out;
    }

    TempDirectory directory_;
    StoreSettings settings_;
    StoreHead head_;
};

TEST_F(Verify, FindsNothingInAWholeStore) {
    std::uint64_t last = 0;
    VerifyOptions options;
    options.anchor = head_;
    options.progress = [&last](std::uint64_t done, std::uint64_t) { last = done; };
    const auto report = verify(options);
    EXPECT_TRUE(report.good()) << list(report);
    EXPECT_EQ(report.events, 20U);
    EXPECT_EQ(report.streams, 4U);
    EXPECT_EQ(report.secrets, 1U);
    EXPECT_EQ(report.secrets_unused, 1U);
    EXPECT_EQ(report.projected_position, 20U);
    EXPECT_EQ(report.head, head_);
    EXPECT_EQ(last, 20U);
}

TEST_F(Verify, NamesAnEditOfAnyColumn) {
    for (const auto* edit :
         {"at_ms = at_ms + 1",
          "actor_name = 'somebody'",
          "correlation = 'x'",
          "causation = 'x'",
          "item = item + 1",
          "server = 9",
          "id = zeroblob(16)",
          "payload = zeroblob(20)",
          "salt = NULL",
          "digest = zeroblob(32)",
          "sequence = sequence + 1",
          "sequence = NULL",
          "hash = zeroblob(32)"}) {
        const auto copy = directory_.file("copy.db");
        std::filesystem::copy_file(
            settings_.path, copy, std::filesystem::copy_options::overwrite_existing
        );
        sql(fmt::format("UPDATE events SET {} WHERE position = 7", edit));
        const auto report = verify();
        EXPECT_TRUE(has(report, 7, "chain")) << edit << ": " << list(report);
        std::filesystem::copy_file(
            copy, settings_.path, std::filesystem::copy_options::overwrite_existing
        );
    }
}

TEST_F(Verify, NamesADeletedRow) {
    sql("DELETE FROM events WHERE position = 5");
    const auto report = verify();
    EXPECT_TRUE(has(report, 5, "gap")) << list(report);
    EXPECT_TRUE(has(report, 9, "version")) << list(report);
}

TEST_F(Verify, NamesSwappedRows) {
    sql("UPDATE events SET position = 1000 WHERE position = 5;"
        "UPDATE events SET position = 5 WHERE position = 6;"
        "UPDATE events SET position = 6 WHERE position = 1000");
    const auto report = verify();
    EXPECT_TRUE(has(report, 5, "chain") && has(report, 6, "chain")) << list(report);
}

TEST_F(Verify, NamesARenamedStream) {
    sql("UPDATE streams SET name = 'item-99' WHERE name = 'item-2'");
    const auto report = verify();
    EXPECT_TRUE(has(report, 2, "chain") && has(report, 2, "columns")) << list(report);
}

TEST_F(Verify, NoticesACutTailAndTheWriterRefusesIt) {
    sql("DELETE FROM events WHERE position > 15");
    EXPECT_TRUE(has(verify(), 16, "head"));
    const auto store = open_store(settings_);
    ASSERT_TRUE(store);
    ASSERT_TRUE((*store)->trouble());
    EXPECT_EQ((*store)->trouble()->code, "store.bad");
    const auto refused = (*store)->append_now(request_of({ItemResumed{ItemId(1)}}));
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.bad");
}

TEST_F(Verify, NeedsAnAnchorForACutTailWithAForgedRecord) {
    sql("DELETE FROM events WHERE position > 15; DELETE FROM projections;"
        "UPDATE chains SET sequence = 15, hash = (SELECT hash FROM events WHERE position = 15)");
    EXPECT_TRUE(verify().good());  // as documented: the file alone cannot tell
    VerifyOptions options;
    options.anchor = head_;
    EXPECT_TRUE(has(verify(options), 16, "anchor"));
}

TEST_F(Verify, SaysWhenANewerProgramWroteAnEvent) {
    sql("UPDATE events SET kind = 'item.teleported' WHERE position = 3");
    const auto report = verify();
    EXPECT_TRUE(has(report, 3, "unknown_kind")) << list(report);
    auto settings = settings_;
    settings.read_only = true;
    auto store = open_store(settings);
    std::uint64_t seen = 0;
    const auto read = (*store)->read(EventFilter(), [&seen](const Envelope&) {
        ++seen;
        return true;
    });
    ASSERT_FALSE(read);
    EXPECT_EQ(seen, 2U);
    EXPECT_EQ(read.error().code, "store.unknown_kind");
    EXPECT_EQ(read.error().concern, Concern::kStore);
    EXPECT_NE(read.error().what.find("event 3"), std::string::npos);
}

TEST_F(Verify, ComparesTheStoredLedgerWithAReplay) {
    sql("DELETE FROM ledger_items WHERE item = 2");
    EXPECT_TRUE(has(verify(), 0, "projection"));
    {
        auto store = open_store(settings_);
        ASSERT_TRUE((*store)->rebuild_projections());
    }
    EXPECT_TRUE(verify().good());
}

TEST_F(Verify, NamesOpenPermissionsAndLostSecrets) {
    ::chmod(settings_.path.c_str(), 0644);
    EXPECT_TRUE(has(verify(), 0, "permissions"));
    ::chmod(settings_.path.c_str(), 0600);
    sql("UPDATE secrets SET sealed = zeroblob(60)");
    EXPECT_TRUE(has(verify(), 0, "secret"));
    std::filesystem::remove(settings_.key_file);
    EXPECT_TRUE(has(verify(), 0, "key"));
}

// A byte flipped anywhere: either it is noticed, or it was in unused space and every event reads
// as before.
TEST_F(Verify, NoFlippedByteChangesAnEventUnnoticed) {
    std::ifstream in(settings_.path, std::ios::binary);
    const std::string good((std::istreambuf_iterator<char>(in)), {});
    const auto everything = [this] {
        std::string out;
        auto settings = settings_;
        settings.read_only = true;
        auto store = open_store(settings);
        if (!store) {
            return store.error().code;
        }
        const auto read = (*store)->read(EventFilter(), [&out](const Envelope& envelope) {
            out += fmt::format("{} {} {} ", envelope.position, envelope.stream, envelope.id);
            out += encode(envelope.event);
            return true;
        });
        const auto report = (*store)->verify(VerifyOptions());
        return read && report && report->good() ? out : "noticed";
    };
    const auto whole = everything();
    ASSERT_GT(whole.size(), 1000U);
    std::size_t noticed = 0;
    for (std::size_t i = 0; i < good.size(); i += 131) {
        auto bad = good;
        bad[i] = static_cast<char>(bad[i] ^ 0x41);
        for (const auto* suffix : {"-wal", "-shm"}) {
            std::filesystem::remove(settings_.path + suffix);
        }
        std::ofstream(settings_.path, std::ios::binary) << bad;
        const auto now = everything();
        if (now == whole) {
            continue;
        }
        ++noticed;
        EXPECT_TRUE(now == "noticed" || now.starts_with("store.")) << "byte " << i;
    }
    EXPECT_GT(noticed, 10U);
    for (const auto size : {good.size() / 2, good.size() - 4096, std::size_t{100}}) {
        std::ofstream(settings_.path, std::ios::binary) << good.substr(0, size);
        EXPECT_NE(everything(), whole) << "cut to " << size;
    }
}

TEST_F(Verify, PasswordThatWaitsForThePanelAndIsGone) {
    Action action(ActionKind::kCreate, ServerId(3), ItemId(7), "user_7");
    {
        auto store = open_store(settings_);
        auto request = request_of(
            {ActionIntended{"a", action, "waiting"},
             ActionSucceeded{
                 "a", ItemId(7), ServerId(3), ActionKind::kCreate, "user_7", "", std::nullopt}}
        );
        request.secrets.emplace_back("waiting", Secret("pw"));
        ASSERT_TRUE((*store)->append_now(std::move(request)));
    }
    EXPECT_TRUE(verify().good());
    sql("DELETE FROM secrets WHERE ref = 'waiting'");
    EXPECT_TRUE(has(verify(), 0, "secret"));
}

}  // namespace

}  // namespace bn::state::verify_test
