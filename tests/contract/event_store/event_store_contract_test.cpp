// What every event store must do; run unchanged against SQLite and against the fake in memory.
#include <atomic>
#include <functional>
#include <memory>
#include <set>
#include <thread>

#include <gtest/gtest.h>

#include "state/event_codec.hpp"
#include "tests/fakes/memory_event_store.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::event_store_contract_test {

namespace {

using bn::testing::MemoryEventStore;
using bn::testing::request_of;
using bn::testing::settings_in;
using bn::testing::TempDirectory;

class Subject {
  public:
    virtual ~Subject() = default;
    virtual EventStore& store() = 0;
};

class SqliteSubject final : public Subject {
  public:
    SqliteSubject() : store_(std::move(*open_store(settings_in(directory_)))) {}

    EventStore& store() override { return *store_; }

  private:
    TempDirectory directory_;
    std::unique_ptr<Store> store_;
};

class MemorySubject final : public Subject {
  public:
    EventStore& store() override { return store_; }

  private:
    MemoryEventStore store_{[](const Event& e) { return std::string(kind_of(e).name); }};
};

struct Candidate {
    const char* name;
    std::function<std::unique_ptr<Subject>()> make;
};

class EventStoreContract : public ::testing::TestWithParam<Candidate> {
  protected:
    EventStoreContract() : subject_(GetParam().make()), store_(subject_->store()) {}

    std::vector<std::uint64_t> positions(const EventFilter& filter) {
        std::vector<std::uint64_t> out;
        const auto done = store_.read(filter, [&out](const Envelope& e) {
            out.push_back(e.position);
            return true;
        });
        EXPECT_TRUE(done) << done.error().text();
        return out;
    }

    std::unique_ptr<Subject> subject_;
    EventStore& store_;
};

using Positions = std::vector<std::uint64_t>;

TEST_P(EventStoreContract, AnEventNamesItsCauseByAnIdOrByItsPlace) {
    const std::string intent = "01JCXG00000000000000000A0B";
    ASSERT_TRUE(store_.append_now(request_of({ActionIntended{intent, Action(), ""}})));
    auto request = request_of({ActionSucceeded(), AccountCreated()});
    std::get<ActionSucceeded>(request.events[0].event).action_id = intent;
    request.events[0].causation = intent;
    request.events[1].cause = 0;
    const auto done = store_.append_now(std::move(request));
    ASSERT_TRUE(done) << done.error().text();
    EXPECT_EQ((*done)[0].causation, intent);
    EXPECT_EQ((*done)[1].causation, (*done)[0].id);
    EventFilter filter;
    filter.id = intent;
    EXPECT_EQ(positions(filter), Positions{1});
}

TEST_P(EventStoreContract, NumbersEventsWithoutGapsAndGivesBackWhatItWasGiven) {
    auto request = request_of(bn::testing::sample_events());
    request.actor = {"operator", "root"};
    request.events[3].causation = "cause";
    const auto result = store_.append_now(request);
    ASSERT_TRUE(result) << result.error().text();
    std::set<std::string> ids;
    std::size_t i = 0;
    const auto done = store_.read(EventFilter(), [&](const Envelope& e) {
        const auto& given = (*result)[i];
        EXPECT_EQ(e.position, i + 1);
        EXPECT_EQ(e.position, given.position);
        EXPECT_EQ(e.version, given.version);
        EXPECT_EQ(e.id, given.id);
        EXPECT_EQ(e.stream, stream_of(request.events[i].event));
        EXPECT_EQ(e.at, request.at);
        EXPECT_EQ(e.correlation, "pass-1");
        EXPECT_EQ(e.causation, request.events[i].causation);
        EXPECT_EQ(e.actor, request.actor);
        EXPECT_TRUE(e.event == request.events[i].event && e.event == given.event);
        EXPECT_TRUE(ids.insert(e.id).second);
        ++i;
        return true;
    });
    EXPECT_TRUE(done);
    EXPECT_EQ(i, request.events.size());
    EXPECT_GT(store_.size_bytes(), 0U);
}

TEST_P(EventStoreContract, RefusesAnotherVersionThanExpectedAndKeepsNothingOfThatRequest) {
    AppendRequest first;
    first.events.emplace_back(ItemResumed{ItemId(7)}, 0);
    first.events.emplace_back(ItemPaused{ItemId(7), "a"}, 1);  // its own first event counts
    ASSERT_TRUE(store_.append_now(first));
    AppendRequest stale;
    stale.events.emplace_back(ItemResumed{ItemId(8)}, 0);
    stale.events.emplace_back(ItemResumed{ItemId(7)}, 1);
    stale.secrets.emplace_back("r", Secret("pw"));
    const auto refused = store_.append_now(stale);
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "store.conflict");
    EXPECT_EQ(refused.error().concern, Concern::kStore);
    EXPECT_EQ(refused.error().move, NextMove::kRedoPass);
    EXPECT_EQ(store_.secret("r").error().code, "store.no_secret");
    EXPECT_EQ(positions({}), (Positions{1, 2}));
    AppendRequest next;  // nothing of the refused request counts
    next.events.emplace_back(ItemResumed{ItemId(8)}, 0);
    next.events.emplace_back(ItemResumed{ItemId(7)}, 2);
    next.events.emplace_back(ItemResumed{ItemId(7)});
    const auto good = store_.append_now(next);
    ASSERT_TRUE(good) << good.error().text();
    EXPECT_EQ(good->back().position, 5U);
    EXPECT_EQ(good->back().version, 4U);
}

TEST_P(EventStoreContract, Filters) {
    auto at = [this](std::int64_t ms, std::vector<Event> events) {
        auto request = request_of(std::move(events));
        request.at = Time(Duration(ms));
        ASSERT_TRUE(store_.append_now(std::move(request)));
    };
    at(10, {ServiceStopped{"x"}, DriftObserved{ItemId(1), ServerId(3), "a", {}}});
    at(20, {DriftCleared{ItemId(1)}, DriftObserved{ItemId(2), ServerId(4), "b", {}}});
    at(30, {ServerRecovered{ServerId(3)}, DriftCleared{ItemId(2)}});
    const auto with = [](auto change) {
        EventFilter filter;
        change(filter);
        return filter;
    };
    EXPECT_EQ(positions(with([](auto& f) { f.item = ItemId(1); })), (Positions{2, 3}));
    EXPECT_EQ(positions(with([](auto& f) { f.item = ItemId(9); })), Positions{});
    EXPECT_EQ(positions(with([](auto& f) { f.server = ServerId(3); })), (Positions{2, 3, 5}));
    EXPECT_EQ(
        positions(with([](auto& f) {
            f.kinds = {"item.drift_cleared", "service.stopped"};
        })),
        (Positions{1, 3, 6})
    );
    EXPECT_EQ(
        positions(with([](auto& f) { f.since = Time(Duration(20)); })), (Positions{3, 4, 5, 6})
    );
    EXPECT_EQ(
        positions(with([](auto& f) { f.until = Time(Duration(20)); })), (Positions{1, 2, 3, 4})
    );
    EXPECT_EQ(positions(with([](auto& f) { f.after = 4; })), (Positions{5, 6}));
    EXPECT_EQ(
        positions(with([](auto& f) {
            f.newest_first = true;
            f.limit = 2;
        })),
        (Positions{6, 5})
    );
    EXPECT_EQ(
        positions(with([](auto& f) {
            f.newest_first = true;
            f.item = ItemId(1);
        })),
        (Positions{3, 2})
    );
    std::size_t calls = 0;
    EXPECT_TRUE(store_.read(EventFilter(), [&calls](const Envelope&) { return ++calls < 2; }));
    EXPECT_EQ(calls, 2U);
}

TEST_P(EventStoreContract, KeepsAndForgetsSecretsWithTheEvents) {
    auto keep = request_of({ItemResumed{ItemId(7)}});
    keep.secrets.emplace_back("a", Secret("one"));
    keep.secrets.emplace_back("b", Secret(""));
    ASSERT_TRUE(store_.append_now(std::move(keep)));
    EXPECT_EQ(store_.secret("a")->reveal(), "one");
    EXPECT_EQ(store_.secret("b")->reveal(), "");
    AppendRequest forget;
    forget.forget_secrets = {"a", "never there"};
    ASSERT_TRUE(store_.append_now(std::move(forget)));
    EXPECT_EQ(store_.secret("a").error().code, "store.no_secret");
    EXPECT_TRUE(store_.secret("b"));
}

TEST_P(EventStoreContract, OfManyWritersWithOneBeliefOneWins) {
    constexpr int kThreads = 8;
    std::atomic<int> won = 0;
    std::atomic<int> lost = 0;
    std::vector<std::thread> threads;
    for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&] {
            for (std::uint64_t version = 0; version < 10; ++version) {
                AppendRequest request;
                request.events.emplace_back(ItemResumed{ItemId(7)}, version);
                const auto result = store_.append_now(std::move(request));
                (result ? won : lost)++;
            }
        });
    }
    for (auto& thread : threads) {
        thread.join();
    }
    // Each version is won once at most, and nobody can win version n + 1 before n was.
    EXPECT_EQ(won + lost, kThreads * 10);
    EXPECT_EQ(positions({}).size(), static_cast<std::size_t>(won));
    EXPECT_LE(won, 10);
    EXPECT_GE(won, 1);
}

INSTANTIATE_TEST_SUITE_P(
    Stores,
    EventStoreContract,
    ::testing::Values(
        Candidate{"Sqlite", [] { return std::make_unique<SqliteSubject>(); }},
        Candidate{"Memory", [] { return std::make_unique<MemorySubject>(); }}
    ),
    [](const auto& candidate) { return candidate.param.name; }
);

}  // namespace

}  // namespace bn::state::event_store_contract_test
