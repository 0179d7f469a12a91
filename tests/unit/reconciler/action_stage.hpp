// An item, a ledger and the rules, for tests of what is decided about one action.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include <gtest/gtest.h>

#include "reconciler/events/events.hpp"
#include "reconciler/plan/claims.hpp"

namespace bn {

class ActionDecision : public ::testing::Test {
  protected:
    inline static const ServerId kServer{3};
    inline static const ItemId kItem{7};

    void record(std::vector<Event> events) {
        for (Event& event : events) {
            Envelope envelope;
            envelope.position = ++position_;
            envelope.at = now_;
            envelope.event = std::move(event);
            evolve(ledger_, envelope);
        }
    }

    static Action action(ActionKind kind) {
        Action made(kind, kServer, kItem, "user_7");
        made.quota = Quota::bytes(5LL << 30);
        if (kind == ActionKind::kCreate) {
            made.create.emplace();
            made.create->email = "anna@example.org";
            made.create->display_name = "Anna";
            made.create->group = "basic";
            made.create->quota = Quota::bytes(5LL << 30);
        }
        return made;
    }

    // A complete pass that adds this to the observed time.
    void seen(Duration step) {
        PassCompleted pass;
        pass.started_at = now_;
        pass.servers.resize(1);
        pass.servers.front().server = kServer;
        pass.servers.front().complete = true;
        pass.servers.front().observed = step;
        record({pass});
    }

    void own() { record({AccountAdopted{kItem, kServer, "user_7", "a test"}}); }

    static Look account() {
        OwnedActualAccount found;
        found.login = "user_7";
        found.enabled = false;
        return found;
    }

    // What our create asks for.
    static OwnedActualAccount as_asked() {
        OwnedActualAccount found = *account();
        found.enabled = true;
        found.email = "Anna@example.org";
        found.display_name = "Anna";
        found.groups = {"basic"};
        found.quota = canonical(Quota::bytes(5LL << 30));
        return found;
    }

    // A panel in which the item's row says this; nothing: it has no row.
    static DesiredSnapshot panel(std::optional<Wanted> wanted) {
        DesiredSnapshot snapshot;
        snapshot.complete = true;
        DesiredServer& server = snapshot.servers.emplace_back();
        server.id = kServer;
        DesiredTable::Builder rows;
        if (wanted) {
            DesiredAccount row;
            row.item = kItem;
            row.login = "user_7";
            row.wanted = *wanted;
            rows.add(row);
            snapshot.items.push_back(kItem);
        }
        server.accounts = std::move(rows).finish();
        return snapshot;
    }

    static Outcome refused(Concern concern, NextMove move, std::optional<Duration> wait = {}) {
        Error error(concern, move, "ocs.any", "refused");
        error.wait = wait;
        return {OutcomeKind::kRefused, error};
    }

    ActionStart start(const Action& of, const Look* found = nullptr) {
        const DesiredSnapshot closed = panel(Wanted::kAbsent);
        return start_action(ledger_, {"id", of, "", now_}, {&closed, found}, options_);
    }

    ActionEnd finish(const Action& of, const Outcome& outcome) {
        return finish_action({ledger_, now_}, {"id", of, "", now_}, outcome, options_);
    }

    template <class E>
    static const E* only(const std::vector<Event>& events) {
        return events.empty() ? nullptr : std::get_if<E>(&events.front());
    }

    Time now_{std::chrono::hours(1000)};
    Ledger ledger_;
    ActionRules options_;
    std::uint64_t position_ = 0;
};

}  // namespace bn
