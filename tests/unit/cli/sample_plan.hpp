// A plan that holds one of everything.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reconciler/plan/plan.hpp"

namespace bn::testing {

inline Action sample_action(ActionKind kind, std::uint32_t item, const char* login) {
    return {kind, ServerId(3), ItemId(item), login};
}

inline std::vector<HeldAction> sample_held() {
    HeldAction held;
    held.hold = Hold(
        ItemId(11),
        ServerId(3),
        HoldCode::kNoDisk,
        "pricelist 12",
        "the tariff has neither disk nor disc",
        "add the resource disk to tariff 12"
    );
    HeldAction waiting;
    waiting.action = sample_action(ActionKind::kDisable, 12, "user_12");
    waiting.action->before = "enabled";
    waiting.action->after = "disabled";
    waiting.hold = Hold(
        ItemId(12), ServerId(3), HoldCode::kPolicy, "", "upsert-only does not close accounts", ""
    );
    return {held, waiting};
}

inline ServerPlan sample_server_plan() {
    ServerPlan plan;
    plan.server = ServerId(3);
    plan.name = "cloud.example.com";
    plan.policy = Policy::kSync;
    plan.desired_accounts = 120;
    plan.actual_accounts = 118;
    plan.unmanaged_accounts = 4;
    plan.desired_complete = true;
    plan.actual_complete = true;

    Action create = sample_action(ActionKind::kCreate, 7, "user_7");
    CreateFields fields;
    fields.email = "anna@example.com";
    fields.display_name = "Анна 王";
    fields.group = "Basic";
    fields.quota = Quota::bytes(5368709120);
    create.create = std::move(fields);
    create.reason = "ordered, no account yet";
    create.urgent = true;

    Action quota = sample_action(ActionKind::kSetQuota, 8, "user_8");
    quota.before = "1 GiB";
    quota.after = "5 GiB";
    quota.quota = Quota::bytes(5368709120);
    quota.reason = "sold 5 GiB";

    Action group = sample_action(ActionKind::kAddGroup, 8, "user_8");
    group.after = "Pro";
    group.value = "Pro";

    Action remove = sample_action(ActionKind::kDelete, 9, "evil\x1b[2J\xe2\x80\xae");
    remove.closing = true;
    remove.reason = "closed, retention ended";

    Action adopt = sample_action(ActionKind::kAdopt, 10, "user_10");
    adopt.reason = "saved username of item 10";
    plan.actions = {create, quota, group, remove, adopt};

    plan.held = sample_held();
    Drift drift;
    drift.item = ItemId(8);
    drift.login = "user_8";
    drift.fields = {{DriftField::kQuota, "", ""}, {DriftField::kGroup, "", ""}};
    plan.drift = {drift};
    return plan;
}

inline Plan sample_plan() {
    Plan plan;
    plan.made_at = Time(Duration(1'795'000'000'000));
    plan.servers.push_back(sample_server_plan());
    ServerPlan stopped;
    stopped.server = ServerId(4);
    stopped.name = "second";
    stopped.policy = Policy::kObserve;
    stopped.stopped = "12 of 30 accounts would be disabled";
    stopped.stopped_remedy = "look at the panel, then approve the plan";
    plan.servers.push_back(std::move(stopped));
    return plan;
}

}  // namespace bn::testing
