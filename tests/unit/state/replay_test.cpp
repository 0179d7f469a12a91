// The stored ledger against a replay of the events, for random lives of items.
#include <random>

#include <gtest/gtest.h>

#include "reconciler/events/events.hpp"
#include "state/db.hpp"
#include "state/projections.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::replay_test {

namespace {

using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

// Any kind, for one of a few items and servers: what evolve must take in any order.
Event random_event(std::mt19937& random) {
    static const auto samples = bn::testing::sample_events();
    auto event = samples[random() % samples.size()];
    const ItemId item(1 + static_cast<std::uint32_t>(random() % 5));
    const ServerId server(1 + static_cast<std::uint32_t>(random() % 2));
    const auto login = "user_" + std::to_string(random() % 7);
    const auto id = "a-" + std::to_string(random() % 4);
    std::visit(
        [&](auto& e) {
            if constexpr (requires { e.item = item; }) {
                e.item = item;
            }
            if constexpr (requires { e.server = server; }) {
                e.server = server;
            }
            if constexpr (requires { e.login = login; }) {
                e.login = login;
            }
            if constexpr (requires { e.action_id = id; }) {
                e.action_id = id;
            }
            if constexpr (requires { e.action.item = item; }) {
                e.action.item = item;
                e.action.server = server;
                e.action.login = login;
                e.action.kind = kAllActionKinds[random() % std::size(kAllActionKinds)];
                e.secret_ref.clear();
            }
            if constexpr (requires { e.kind = ActionKind::kCreate; }) {
                e.kind = kAllActionKinds[random() % std::size(kAllActionKinds)];
            }
        },
        event
    );
    return event;
}

Ledger replay(Store& store) {
    Ledger ledger;
    const auto done = store.read(EventFilter(), [&ledger](const Envelope& envelope) {
        evolve(ledger, envelope);
        return true;
    });
    EXPECT_TRUE(done) << done.error().text();
    return ledger;
}

Ledger rows_of(const std::string& path) {
    Connection db(path, Connection::Mode::kReadOnly);
    return load_rows(db);
}

class Replay : public ::testing::TestWithParam<unsigned> {};

TEST_P(Replay, EqualsTheStoredLedgerHoweverItWasCaughtUp) {
    std::mt19937 random(GetParam());
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    Ledger stepwise;
    for (int session = 0; session < 3; ++session) {  // each close catches up
        auto store = open_store(settings);
        ASSERT_TRUE(store) << store.error().text();
        for (int i = 0; i < 40; ++i) {
            std::vector<Event> events;
            for (unsigned n = 1 + static_cast<unsigned>(random() % 3); n > 0; --n) {
                events.push_back(random_event(random));
            }
            const auto result = (*store)->append_now(request_of(std::move(events)));
            ASSERT_TRUE(result) << result.error().text();
            for (const auto& envelope : *result) {
                evolve(stepwise, envelope);
            }
        }
        const auto ledger = (*store)->ledger();
        ASSERT_TRUE(ledger) << ledger.error().text();
        EXPECT_TRUE(*ledger == stepwise);
        EXPECT_TRUE(replay(**store) == stepwise);
    }
    EXPECT_TRUE(rows_of(settings.path) == stepwise);
    EXPECT_EQ(*load_ledger(settings.path), stepwise);
}

TEST_P(Replay, EqualsWhatIsRebuiltAfterADrop) {
    std::mt19937 random(GetParam());
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    auto store = open_store(settings);
    for (int i = 0; i < 60; ++i) {
        ASSERT_TRUE((*store)->append_now(request_of({random_event(random)})));
    }
    ASSERT_TRUE((*store)->rebuild_projections());
    const auto whole = replay(**store);
    EXPECT_TRUE(rows_of(settings.path) == whole);
    {
        Connection db(settings.path, Connection::Mode::kReadWrite);
        forget_ledger_rows(db);
    }
    EXPECT_TRUE(*(*store)->ledger() == whole);
    ASSERT_TRUE((*store)->rebuild_projections());
    EXPECT_TRUE(rows_of(settings.path) == whole);
}

// An event of a server that changes what is stored of items, in a session that knows none of them.
TEST(ReplayOfAWord, ReachesTheItemsThatAreMissing) {
    const TempDirectory directory;
    const auto settings = settings_in(directory);
    const ItemId item(7);
    const ServerId server(3);
    const auto session = [&](std::vector<Event> events) {
        auto store = open_store(settings);
        ASSERT_TRUE(store) << store.error().text();
        ASSERT_TRUE((*store)->append_now(request_of(std::move(events))));
    };
    session(
        {AccountAdopted{item, server, "user_7", ""},
         DriftObserved{item, server, "user_7", {{DriftField::kMissing, "user_7", ""}}}}
    );
    session({ServerResumed{server}});
    const Ledger rows = rows_of(settings.path);
    EXPECT_TRUE(rows.item(item)->absence_accepted);
    EXPECT_EQ(rows, *load_ledger(settings.path));
}

INSTANTIATE_TEST_SUITE_P(Seeds, Replay, ::testing::Range(1U, 7U));

}  // namespace

}  // namespace bn::state::replay_test
