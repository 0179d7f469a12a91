// Streams of events, and the holds that no server's plan speaks of.
#include "reconciler/events/events.hpp"

#include <set>

#include <gtest/gtest.h>

#include "reconciler/decide/pass.hpp"

namespace bn::testing::events_test {
namespace {

const ServerId kGood{3};
const ServerId kBroken{4};
const ItemId kItem{7};

// An event of the I-th kind with its item and server, and the stream that it must be in.
template <std::size_t I>
std::pair<Event, std::string> sample() {
    using E = std::variant_alternative_t<I, Event>;
    E event{};
    if constexpr (requires { event.item; }) {
        event.item = kItem;
        if constexpr (requires { event.server; }) {
            event.server = kGood;
        }
        return {event, "item-7"};
    } else if constexpr (requires { event.action; }) {
        event.action.item = kItem;
        event.action.server = kGood;
        return {event, "item-7"};
    } else if constexpr (requires { event.server; }) {
        event.server = kGood;
        return {event, "server-3"};
    } else {
        return {event, "service"};
    }
}

TEST(Streams, EachEventIsInTheStreamOfWhatItSpeaksOf) {
    std::set<std::string> streams;
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        const std::pair<Event, std::string> all[] = {sample<I>()...};
        for (const auto& [event, stream] : all) {
            EXPECT_EQ(stream_of(event), stream) << event.index();
            streams.insert(stream);
        }
    }
    (std::make_index_sequence<std::variant_size_v<Event>>());
    EXPECT_EQ(streams, (std::set<std::string>{"item-7", "server-3", "service"}));
}

// Writes what it visits, and changes it: a number goes up, a text gets longer.
struct Bump {
    std::set<std::string> names = {};

    template <class T>
    void operator()(const char* name, T& value) {
        EXPECT_TRUE(names.insert(name).second) << name << " stands twice";
        if constexpr (std::is_same_v<T, std::string>) {
            value += "x";
        } else if constexpr (std::is_same_v<T, bool>) {
            value = !value;
        } else if constexpr (std::is_arithmetic_v<T>) {
            ++value;
        } else if constexpr (requires { ++value.value; }) {
            ++value.value;
        } else if constexpr (requires { value += Duration(1); }) {
            value += Duration(1);
        } else if constexpr (HasFields<T>) {
            Bump within;
            T::each_field(within, value);
        }
    }
};

template <std::size_t I>
void fields_are_what_two_events_differ_by() {
    using E = std::variant_alternative_t<I, Event>;
    const E plain{};
    E bumped{};
    EXPECT_EQ(plain, bumped);
    Bump bump;
    E::each_field(bump, bumped);
    EXPECT_EQ(bump.names.empty(), plain == bumped) << "kind " << I;
}

TEST(Fields, AreListedOnceAndDecideWhetherTwoEventsAreEqual) {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
        (fields_are_what_two_events_differ_by<I>(), ...);
    }
    (std::make_index_sequence<std::variant_size_v<Event>>());
}

class ReaderHolds : public ::testing::Test {
  protected:
    void SetUp() override {
        snapshot.complete = true;
        DesiredServer& good = snapshot.servers.emplace_back();
        good.id = kGood;
        DesiredServer& broken = snapshot.servers.emplace_back();
        broken.id = kBroken;
        broken.problem = "The password cannot be decrypted.";
        broken.remedy = "Save it again.";
    }

    void hold(ItemId item, ServerId server) {
        snapshot.holds.emplace_back(
            item, server, HoldCode::kNoServer, "item", "No server is chosen.", "Choose one."
        );
    }

    // Puts a row of the item on a server of the snapshot.
    void home(ItemId item, std::size_t server) {
        DesiredAccount account;
        account.item = item;
        account.login = "user";
        account.wanted = Wanted::kEnabled;
        DesiredTable::Builder builder;
        builder.add(account);
        snapshot.servers[server].accounts = std::move(builder).finish();
    }

    std::vector<Event> decide_and_record(const ServerPlan* plan = nullptr) {
        std::vector<Event> events = plan != nullptr ? decide_observation(ledger, *plan, snapshot)
                                                    : decide_reader_holds(ledger, snapshot);
        for (const Event& event : events) {
            Envelope envelope;
            envelope.position = ledger.last_event() + 1;
            envelope.stream = stream_of(event);
            envelope.event = event;
            evolve(ledger, envelope);
        }
        return events;
    }

    DesiredSnapshot snapshot;
    Ledger ledger;
};

TEST_F(ReaderHolds, AreRecordedOnceAndReleasedWhenTheyAreGone) {
    hold(kItem, ServerId());
    hold(ItemId(8), kBroken);
    const std::vector<Event> first = decide_and_record();
    ASSERT_EQ(first.size(), 2U);
    EXPECT_EQ(std::get<ItemHeld>(first[0]).item, kItem);
    EXPECT_EQ(std::get<ItemHeld>(first[1]).holds.front().server, kBroken);
    EXPECT_TRUE(decide_and_record().empty()) << "nothing changed";
    snapshot.holds.pop_back();
    const std::vector<Event> second = decide_and_record();
    ASSERT_EQ(second.size(), 1U);
    EXPECT_EQ(std::get<ItemHoldsCleared>(second.front()).item, ItemId(8));
}

TEST_F(ReaderHolds, AnIncompleteReadingSaysNothing) {
    hold(kItem, ServerId());
    snapshot.complete = false;
    EXPECT_TRUE(decide_reader_holds(ledger, snapshot).empty());
}

TEST_F(ReaderHolds, APanelThatNamesNoServerOfOursSaysNothing) {
    hold(kItem, ServerId());
    ASSERT_EQ(decide_and_record().size(), 1U);
    snapshot.holds.clear();
    snapshot.servers.clear();
    EXPECT_TRUE(decide_and_record().empty());
}

TEST_F(ReaderHolds, HoldsOnAUsableServerBelongToItsPlan) {
    hold(kItem, kGood);
    EXPECT_TRUE(decide_reader_holds(ledger, snapshot).empty());
}

TEST_F(ReaderHolds, AnItemThatGotAUsableServerIsSpokenOfThere) {
    hold(kItem, ServerId());
    ASSERT_EQ(decide_and_record().size(), 1U);
    snapshot.holds.clear();
    home(kItem, 0);
    EXPECT_TRUE(decide_and_record().empty()) << "its server's plan releases it";
    home(kItem, 1);
    snapshot.servers.front().accounts = {};
    ASSERT_EQ(decide_and_record().size(), 1U) << "its server's plan cannot";
}

// Its account is on a server that is read, its row on none: one of the two speaks of it.
TEST_F(ReaderHolds, OfAServiceOnNoServerAreNotTakenBackWhereItsAccountIs) {
    ledger.change(kItem, [](LedgerItem& item) { item.server = kGood; });
    snapshot.items.push_back(kItem);
    ServerPlan plan;
    plan.server = kGood;
    plan.desired_complete = plan.actual_complete = true;
    hold(kItem, ServerId());
    ASSERT_EQ(decide_and_record().size(), 1U);
    EXPECT_TRUE(decide_and_record(&plan).empty());
    EXPECT_TRUE(decide_and_record().empty());
    snapshot.holds.clear();
    EXPECT_TRUE(decide_and_record().empty()) << "what is seen of the account says it";
    const std::vector<Event> seen = decide_and_record(&plan);
    ASSERT_EQ(seen.size(), 1U);
    EXPECT_TRUE(std::holds_alternative<ItemHoldsCleared>(seen.front()));
}

TEST_F(ReaderHolds, HoldsThatAServersPlanRecordedAreNotReleasedHere) {
    ledger.change(kItem, [](LedgerItem& item) {
        item.holds = {Hold(kItem, kGood, HoldCode::kNotOurs, "account", "Another's.", "Rename.")};
    });
    EXPECT_TRUE(decide_reader_holds(ledger, snapshot).empty());
}

}  // namespace
}  // namespace bn::testing::events_test
