// Saved plans, and the status that the service answers with. A plan that only lacks its seal is
// sealed and read again.
#include "base/text.hpp"
#include "cli/plan/plan_view.hpp"
#include "controller/json/json.hpp"
#include "controller/service/status_view.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::saved_plan_fuzz {
namespace {

using bn::controller::FromJson;
using bn::controller::Json;

void demand_fit_for_a_screen(const std::string& screen) {
    for (const char c : screen) {
        demand(
            c == '\n' || static_cast<unsigned char>(c) >= 0x20,
            "no control character reaches the screen",
            screen
        );
    }
}

void demand_same_again(const cli::SavedPlan& saved) {
    const std::string text = cli::saved_plan_to_json(saved);
    const Result<cli::SavedPlan> again = cli::saved_plan_from_json(text);
    demand(again.has_value(), "what is saved is read", again ? text : again.error().what);
    demand(
        cli::plan_to_json(again->plan) == cli::plan_to_json(saved.plan),
        "a plan is read as it was",
        text
    );
    demand(
        cli::plan_difference(saved.plan, again->plan, cli::Language::kEnglish).none(),
        "it does the same",
        text
    );
    demand_fit_for_a_screen(
        cli::render_plan(saved.plan, {}, {cli::Language::kEnglish, false, 80, false})
    );
    // One byte of it is another one: never the same plan, silently.
    std::string edited = text;
    char& byte = edited[text.size() / 2];
    byte = byte == '1' ? '2' : '1';
    const Result<cli::SavedPlan> other = cli::saved_plan_from_json(edited);
    demand(!other || edited == text, "an edited plan is refused", edited);
}

void plan(std::string_view text) {
    const Result<cli::SavedPlan> read = cli::saved_plan_from_json(text);
    if (read) {
        demand_same_again(*read);
        return;
    }
    bn::fuzz::demand_told(read.error());
    if (read.error().code != "plan.checksum") {
        return;
    }
    cli::SavedPlan unsealed;
    const Json document = Json::parse(text);
    FromJson file(document);
    file("made_by", unsealed.made_by);
    file("config_digest", unsealed.config_digest);
    file("plan", unsealed.plan);
    demand_same_again(unsealed);
}

void status(std::string_view text) {
    const Result<controller::StatusView> read = controller::status_from_json(text);
    if (!read) {
        bn::fuzz::demand_told(read.error());
        return;
    }
    demand(
        controller::status_from_json(controller::status_to_json(*read)).has_value(),
        "a status is read as it is told",
        text
    );
}

}  // namespace

BN_FUZZ_TARGET(saved_plan) {
    const std::string_view text = input.rest();
    plan(text);
    status(text);
}

}  // namespace bn::fuzz::saved_plan_fuzz
