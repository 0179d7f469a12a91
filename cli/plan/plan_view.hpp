// The plan as a table for people, as JSON (docs/json.md), and as a saved file that `apply FILE`
// takes. Pure but for the file.
//
// Deterministic: equal plans give equal bytes but for `made_at`. Holds no secrets: a plan has none.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "cli/screen/screen.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::cli {

// Of the servers as probed; one that is missing is not limited.
using Budgets = std::map<ServerId, PutBudget>;

// Always ends with a totals line. Names from outside are shown with control characters escaped.
// `whole`: every server was read; else nothing is said of what there is not to do.
std::string render_plan(
    const Plan& plan, const Budgets& budgets, const ScreenOptions& options, bool whole = true
);

// One JSON document, two spaces of indentation, ends with a line end.
std::string plan_to_json(const Plan& plan, const Budgets& budgets = {});

struct SavedPlan {
    Plan plan;
    std::string config_digest;  // of the configuration it was made with
    std::string made_by;        // operator
};

// Mode 0600, atomically. Errors: "file.write".
Result<void> write_plan_file(const std::string& path, const SavedPlan& saved);
// Errors (kHuman): "file.*", "plan.format" (not ours or another version), "plan.json" (the place
// that cannot be read), "plan.checksum" (edited or damaged).
Result<SavedPlan> read_plan_file(const std::string& path);
std::string saved_plan_to_json(const SavedPlan& saved);
Result<SavedPlan> saved_plan_from_json(std::string_view text);

// What the plan of now would do and the saved one would not ("+ now: ...") and the reverse ("- no
// longer: ..."), one readable line each; empty when they would do exactly the same.
std::vector<std::string> plan_difference(const Plan& saved, const Plan& now, Language language);

}  // namespace bn::cli
