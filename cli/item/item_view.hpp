// One item on one screen: desired, actual, ledger, drift, events, what is next. Values and their
// rendering; pure.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/screen/doubts.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::cli {

struct ItemView {
    Time now{};
    InDoubt doubts;
    ItemId item;
    ServerId server;
    std::string server_name;
    std::optional<Policy> policy;
    bool row_exists = true;                           // the panel has a row of this item
    std::shared_ptr<const DesiredSnapshot> snapshot;  // keeps the texts of `desired`
    std::optional<DesiredAccount> desired;
    std::optional<OwnedActualAccount> actual;
    std::string actual_error;  // why the cloud could not be asked; empty: it was
    std::string unknown;       // why it is not known whether all is as it was sold; empty: it is
    std::optional<LedgerItem> ledger;
    std::optional<Time> deletion;  // of a closed one: not before, by the retention in force
    DriftMask drift = 0;
    std::vector<Hold> holds;       // of the reader
    std::vector<Action> actions;   // of the plan: what the next pass will do
    std::vector<HeldAction> held;  // of the plan: what it will not do, and why
    std::string stopped;           // why what would be taken away here waits; empty: nothing does
    std::optional<Time> approved_until;  // a person let it pass: with a pass that begins before
    std::vector<Envelope> events;        // oldest first

    ItemView() = default;
};

std::string render_item(const ItemView& item, const ScreenOptions& options);
std::string item_to_json(const ItemView& item);

}  // namespace bn::cli
