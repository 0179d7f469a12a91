// The plan as a table for people, in Markdown for a ticket, as JSON (docs/json.md), and as a saved
// file that `apply FILE` takes. Pure but for the file.
//
// Deterministic: equal plans give equal bytes but for `made_at`. Holds no secrets: a plan has none.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/screen/screen.hpp"
#include "controller/json/json.hpp"
#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::cli {

// Of the servers as probed; one that is missing is not limited.
using Budgets = std::map<ServerId, PutBudget>;

// Of a server whose policy is `observe`: held by nothing but that.
bool only_by_policy(const HeldAction& held);
// What is done, and under `observe` what would be.
std::vector<Action> would_be_done(const ServerPlan& plan);

// Why, and that the panel waits for it.
std::string reason_of(const Action& action, Language language);

// What would happen for one reason to many: what takes away first, then by kind. None is empty.
using ActionGroup = std::vector<Action>;

std::vector<ActionGroup> grouped(const std::vector<Action>& actions);

// Held for the same reason with the same remedy, in the order of their first ones. `common` names
// no place.
struct HeldGroup {
    Hold common;
    std::vector<const HeldAction*> held;
};

// Of a list that outlives it; under `observe` without what only that holds.
std::vector<HeldGroup> held_by_reason(const std::vector<HeldAction>& all, Policy policy);

// Always ends with a totals line. Names from outside are shown with control characters escaped.
// Long lists are counted by what would happen and why, unless all is asked for. Nothing is said of
// what there is not to do where a part is not known.
std::string render_plan(
    const Plan& plan,
    const Budgets& budgets,
    const ScreenOptions& options,
    const std::vector<Unknown>& unknown = {}
);

// The same as tables in Markdown, with local times.
std::string plan_to_markdown(
    const Plan& plan, const std::vector<Unknown>& unknown, Language language
);

// One JSON document, ends with a line end. `indent`: blanks; -1: all on one line.
std::string plan_to_json(
    const Plan& plan,
    const Budgets& budgets = {},
    const std::vector<Unknown>& unknown = {},
    int indent = 2
);
// The member `unknown` of such documents.
controller::Json unknown_json(const std::vector<Unknown>& unknown);

// What a plan was asked to be about; empty: everything.
struct PlanScope {
    std::optional<ServerId> server;
    std::vector<ItemId> items;  // sorted

    [[nodiscard]] bool whole() const { return !server && items.empty(); }

    BN_FIELDS(PlanScope, server, items);
};

struct SavedPlan {
    Plan plan;
    std::string config_digest;  // of the configuration it was made with
    std::string made_by;        // operator
    PlanScope scope = {};
    std::vector<Unknown> unknown = {};  // what was not read, or is switched off
};

// "services 7, 8 of server 3"; empty: everything.
std::string scope_text(const PlanScope& scope, Language language);

// Mode 0600, atomically. Errors: "file.write".
Result<void> write_plan_file(const std::string& path, const SavedPlan& saved);
// Errors (kHuman): "file.*", "plan.format" (not ours or another version), "plan.json" (the place
// that cannot be read), "plan.checksum" (edited or damaged).
Result<SavedPlan> read_plan_file(const std::string& path);
std::string saved_plan_to_json(const SavedPlan& saved);
Result<SavedPlan> saved_plan_from_json(std::string_view text);

// What the plan of now would do and the saved one would not ("+ now: ...") and the reverse ("- no
// longer: ..."), one readable line each; empty when they would do exactly the same.
struct PlanDifference {
    std::vector<std::string> lines;
    std::uint64_t fresh = 0;  // to do now, and not in the saved one
    std::uint64_t gone = 0;   // in the saved one, and not to do any more

    [[nodiscard]] bool none() const { return lines.empty(); }
};

PlanDifference plan_difference(const Plan& saved, const Plan& now, Language language);

}  // namespace bn::cli
