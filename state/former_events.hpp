// What was stored before: former layouts with their upcasters, and former names of kinds. Private
// to state.
//
// Stored rows are never rewritten. A changed event gets a new version (kKind) and its former layout
// a struct here, listed in kFormer; a renamed kind gets a row in kRenamed. A layout that had fewer
// fields derives from the struct of today and lists those: where that is all, it needs no upcaster.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/events/events.hpp"

namespace bn::state {

// Stored rows keep the name that they were written under; it reads as the kind of today.
struct RenamedKind {
    std::string_view former;
    std::string_view today;
};

inline constexpr RenamedKind kRenamed[] = {
    {"item.released", "item.holds_cleared"},
    {"item.retention_ended", "item.bought_back"},
    {"item.usage_level", "item.usage_level_changed"},
    {"plan.accepted", "plan.begun"},
    {"server.released", "server.recovered"},
};

// Kinds of which some former rows read as another kind today.
inline constexpr RenamedKind kSplit[] = {
    {"action.doubt_resolved", "account.found_gone"},
    {"panel.called", "operation.rolled_back"},
    {"panel.called", "operation.task_made"},
};

// Said nothing of observed time, nor of what it judged the readings by.
struct PassServerSummaryV2 : PassServerSummary {
    BN_FIELDS(PassServerSummaryV2, server, complete, desired, actual, drifted, held, done, failed,
              error, stopped);
};

struct PassCompletedV2 : PassCompleted {
    std::vector<PassServerSummaryV2> servers;  // in the place of those of today
    BN_FIELDS(PassCompletedV2, pass, trigger, started_at, took_ms, servers);
};

inline Event upcast(PassCompletedV2 old) {
    old.PassCompleted::servers.assign(old.servers.begin(), old.servers.end());
    return PassCompleted(std::move(old));
}

// Did not say what had triggered the pass. An empty trigger means "not recorded": a guess would be
// read as a fact.
struct PassCompletedV1 : PassCompletedV2 {
    BN_FIELDS(PassCompletedV1, pass, started_at, took_ms, servers);
};

inline Event upcast(PassCompletedV1 old) {
    return upcast(PassCompletedV2(std::move(old)));
}

// Had the names of the fields only.
struct DriftObservedV1 {
    ItemId item;
    ServerId server;
    std::string login;
    DriftMask fields = 0;
    BN_FIELDS(DriftObservedV1, item, server, login, fields);
};

inline Event upcast(DriftObservedV1 old) {
    DriftObserved now{old.item, old.server, std::move(old.login), {}};
    for (const DriftField field : kAllDriftFields) {
        if (has(old.fields, field)) {
            now.fields.push_back({field, "", ""});
        }
    }
    return now;
}

// Did not say what it takes from the client, where its kind does not tell.
struct ActionV1 : Action {
    BN_FIELDS(ActionV1, kind, server, item, login, before, after, reason, quota, value, create,
              urgent, closing);
};

struct ActionIntendedV1 : ActionIntended {
    ActionV1 action;  // in the place of the one of today
    BN_FIELDS(ActionIntendedV1, action_id, action, secret_ref);
};

inline Event upcast(ActionIntendedV1 old) {
    old.action.harm = harm_of(old.action.kind);
    static_cast<ActionIntended&>(old).action = std::move(old.action);
    return ActionIntended(std::move(old));
}

// Without an action it said that an account was found gone.
struct DoubtResolvedV1 : DoubtResolved {};

inline Event upcast(DoubtResolvedV1 old) {
    if (old.action_id.empty() && old.kind == ActionKind::kDelete && old.took_effect) {
        return AccountFoundGone{old.item, old.server, std::move(old.login), std::move(old.detail)};
    }
    return DoubtResolved(std::move(old));
}

// Stood for a rollback and for a task of the staff too, told by the names of the panel's functions.
struct PanelCalledV1 : PanelCalled {};

inline Event upcast(PanelCalledV1 old) {
    if (old.item.value != 0 && old.function == "service.changepricelist.rollback") {
        return OperationRolledBack{old.item, old.server, old.operation, std::move(old.answer)};
    }
    if (old.item.value != 0 && old.function == "task.edit") {
        return OperationTaskMade{old.item, old.server, old.operation, ""};
    }
    return PanelCalled(std::move(old));
}

// Had no reason.
struct ItemMaskedV1 : ItemMasked {
    BN_FIELDS(ItemMaskedV1, item, rows);
};

// Had no reason.
struct ServicePauseEndedV1 : ServicePauseEnded {
    BN_FIELDS(ServicePauseEndedV1);
};

struct ServerPauseEndedV1 : ServerPauseEnded {
    BN_FIELDS(ServerPauseEndedV1, server);
};

struct ItemKeptEndedV1 : ItemKeptEnded {
    BN_FIELDS(ItemKeptEndedV1, item);
};

struct ItemResumedV1 : ItemResumed {
    BN_FIELDS(ItemResumedV1, item);
};

// Did not say of what there was too much.
struct PlanStoppedV1 : PlanStopped {
    BN_FIELDS(PlanStoppedV1, server, checksum, reason, destructive);
};

// Had no reason.
struct PlanApprovedV1 : PlanApproved {
    BN_FIELDS(PlanApprovedV1, server, checksum);
};

struct PanelDataAcceptedV1 : PanelDataAccepted {
    BN_FIELDS(PanelDataAcceptedV1, before, after);
};

struct ServerAddressAcceptedV1 : ServerAddressAccepted {
    BN_FIELDS(ServerAddressAcceptedV1, server, before, after);
};

struct ServerCloudAcceptedV1 : ServerCloudAccepted {
    BN_FIELDS(ServerCloudAcceptedV1, server, before, after, fingerprint_before, fingerprint_after);
};

struct ServerResumedV1 : ServerResumed {
    BN_FIELDS(ServerResumedV1, server);
};

// Lasted until somebody ended it.
struct ItemPausedV1 : ItemPaused {
    BN_FIELDS(ItemPausedV1, item, reason);
};

// Did not know which cloud it was.
struct ServerObservedV1 : ServerObserved {
    BN_FIELDS(ServerObservedV1, server, name, product, version, address);
};

// Was recorded only where the panel is told.
struct UsageMeasuredV1 : UsageMeasured {
    BN_FIELDS(UsageMeasuredV1, server, day, items, bytes);
};

inline Event upcast(UsageMeasuredV1 old) {
    old.owed = true;
    return UsageMeasured(std::move(old));
}

}  // namespace bn::state
