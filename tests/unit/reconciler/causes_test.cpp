#include "reconciler/events/causes.hpp"

#include <map>

#include <gtest/gtest.h>

#include "reconciler/events/events.hpp"

namespace bn::causes_test {
namespace {

const ServerId kServer(3);
const ItemId kItem(7);

class Causes : public ::testing::Test {
  protected:
    // Records as the journal does; each event's id is its name here.
    void record(std::vector<Event> events) {
        const std::vector<Cause> causes = causes_of(ledger_, events);
        const std::size_t first = log_.size();
        for (std::size_t i = 0; i < events.size(); ++i) {
            Envelope envelope;
            envelope.position = log_.size() + 1;
            const auto* intent = std::get_if<ActionIntended>(&events[i]);
            envelope.id =
                intent != nullptr ? intent->action_id : std::string(kind_of(events[i]).name);
            envelope.causation =
                causes[i].earlier ? log_[first + *causes[i].earlier].id : causes[i].id;
            envelope.event = std::move(events[i]);
            evolve(ledger_, envelope);
            log_.push_back(std::move(envelope));
        }
    }

    // The chain of the newest event, the first cause first.
    std::vector<std::string> why() const {
        std::vector<std::string> chain;
        std::string wanted = log_.back().id;
        for (auto at = log_.rbegin(); at != log_.rend(); ++at) {
            if (at->id == wanted) {
                chain.insert(chain.begin(), at->id);
                wanted = at->causation;
            }
        }
        return chain;
    }

    static Action create() {
        Action action(ActionKind::kCreate, kServer, kItem, "user_7");
        action.create.emplace();
        return action;
    }

    Ledger ledger_;
    std::vector<Envelope> log_;
};

TEST_F(Causes, WalkFromWhatThePanelWasToldToWhatWasSold) {
    record(
        {SoldChanged{kItem, kServer, {{"status", "nothing", "enabled"}}},
         DriftObserved{kItem, kServer, "user_7", {}}}
    );
    record({ActionIntended{"action", create(), "action"}});
    ActionSucceeded done;
    done.action_id = "action";
    done.item = kItem;
    done.server = kServer;
    done.login = "user_7";
    record({done, AccountCreated{kItem, kServer, "user_7", ""}});
    PanelResultOwed owed;
    owed.item = kItem;
    owed.operation = 5;
    owed.command = "open";
    owed.completed = true;
    record({owed});
    PanelResultDelivered delivered;
    delivered.item = kItem;
    delivered.operation = 5;
    delivered.command = "open";
    record({delivered});
    const std::vector<std::string> expected = {
        "item.sold_changed",
        "item.drift_observed",
        "action",
        "action.succeeded",
        "account.created",
        "panel.result_owed",
        "panel.result_delivered"};
    EXPECT_EQ(why(), expected);
}

TEST_F(Causes, ANewReasonEndsWhatCameOfAnOlderOne) {
    record({AccountCreated{kItem, kServer, "user_7", ""}});
    record({SoldChanged{kItem, kServer, {{"tariff", "5", "6"}}}});
    PanelResultOwed owed;
    owed.item = kItem;
    owed.operation = 6;
    record({owed});
    EXPECT_EQ(log_.back().causation, "item.sold_changed");
}

TEST_F(Causes, AnEndOfHoldsFollowsFromTheLatestReasonWhereNothingElseIsKnown) {
    record({ItemHeld{kItem, {Hold()}}});
    record({DriftObserved{kItem, kServer, "user_7", {}}});
    record({ItemHoldsCleared{kItem}});
    EXPECT_EQ(log_.back().causation, "item.drift_observed");
}

TEST_F(Causes, OfOneItemAreNotThoseOfAnother) {
    record({SoldChanged{ItemId(8), kServer, {}}, DriftObserved{kItem, kServer, "user_7", {}}});
    EXPECT_EQ(log_.back().causation, "");
}

TEST_F(Causes, OfServersAndOfTheServiceAreNotInvented) {
    record({ServerRecovered{kServer}});
    EXPECT_EQ(log_.back().causation, "");
}

}  // namespace
}  // namespace bn::causes_test
