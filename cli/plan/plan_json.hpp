// The plan as JSON (docs/json.md), and as a saved file that `apply FILE` takes.
//
// Deterministic: equal plans give equal bytes but for `made_at`. Holds no secrets: a plan has none.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "controller/pass/plan_checksum.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/plan/plan.hpp"

#include "cli/names.hpp"
#include "cli/screen/language.hpp"

namespace bn::cli {

// One JSON document, two spaces of indentation, ends with a line end.
std::string plan_to_json(const Plan& plan, const std::map<ServerId, PutBudget>& budgets = {});

// Strict: unknown or missing fields, wrong types and counts that do not fit are errors (kHuman,
// "plan.json") that name the place.
Result<Plan> plan_from_json(std::string_view text);

struct SavedPlan {
    Plan plan;
    std::string checksum;       // of the plan
    std::string config_digest;  // of the configuration it was made with
    std::string made_by;        // operator

    SavedPlan() = default;

    SavedPlan(Plan p, std::string digest, std::string by);
};

// Mode 0600, atomically. Errors: "file.write".
Result<void> write_plan_file(const std::string& path, const SavedPlan& saved);
// Errors (kHuman): "file.*", "plan.format" (not ours or another version), "plan.json",
// "plan.checksum" (edited or damaged).
Result<SavedPlan> read_plan_file(const std::string& path);
std::string saved_plan_to_json(const SavedPlan& saved);
Result<SavedPlan> saved_plan_from_json(std::string_view text);

// What the plan of now would do and the saved one would not ("+ now: ...") and the reverse ("- no
// longer: ..."), one readable line each; empty when they would do exactly the same.
std::vector<std::string> plan_difference(const Plan& saved, const Plan& now, Language language);

}  // namespace bn::cli
