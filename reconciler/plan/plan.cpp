#include "reconciler/plan/plan.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "reconciler/model/require.hpp"

namespace bn {
namespace {

// Texts come from the panel and the cloud: a line break in one must not look like another action.
std::string in_quotes(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out.push_back('\\');
            out.push_back(c);
        } else if (static_cast<unsigned char>(c) < 0x20) {
            out += fmt::format("\\x{:02x}", static_cast<unsigned>(static_cast<unsigned char>(c)));
        } else {
            out.push_back(c);
        }
    }
    out.push_back('"');
    return out;
}

std::string line(const Action& action) {
    std::string text = fmt::format(
        "{} item={} login={} before={} after={}",
        to_string(action.kind),
        action.item.value,
        in_quotes(action.login),
        in_quotes(action.before),
        in_quotes(action.after)
    );
    if (action.kind == ActionKind::kSetQuota) {
        text += fmt::format(" quota={}", wire_text(action.quota));
    }
    if (!action.value.empty()) {
        text += fmt::format(" value={}", in_quotes(action.value));
    }
    if (action.create) {
        text += fmt::format(
            " quota={} group={} email={} name={}",
            wire_text(action.create->quota),
            in_quotes(action.create->group),
            in_quotes(action.create->email),
            in_quotes(action.create->display_name)
        );
    }
    if (action.closing) {
        text += " closing";
    }
    if (action.harm == Harm::kCutBelowUse) {
        text += " below-use";
    }
    return text;
}

}  // namespace

std::uint64_t ServerPlan::count(ActionKind kind) const {
    return static_cast<std::uint64_t>(std::ranges::count(actions, kind, &Action::kind));
}

std::uint64_t ServerPlan::destructive_count() const {
    return static_cast<std::uint64_t>(std::ranges::count_if(
        actions, [](Harm harm) { return harm != Harm::kNone; }, &Action::harm
    ));
}

std::uint64_t ServerPlan::put_count() const {
    return static_cast<std::uint64_t>(
        std::ranges::count_if(actions, spends_put_budget, &Action::kind)
    );
}

std::string ServerPlan::canonical_text() const {
    // By item, not by urgency: what the panel is waiting for changes without the plan changing.
    std::vector<const Action*> sorted;
    sorted.reserve(actions.size());
    for (const Action& action : actions) {
        sorted.push_back(&action);
    }
    std::ranges::stable_sort(sorted, {}, &Action::item);
    std::string text = fmt::format("server={} policy={}\n", server.value, to_string(policy));
    for (const Action* action : sorted) {
        text += line(*action);
        text.push_back('\n');
    }
    return text;
}

ServerPlan ServerPlan::staged() const {
    ServerPlan part;
    part.server = server;
    part.policy = policy;
    for (const HeldAction& one : held) {
        if (one.hold.code == HoldCode::kBlastRadius && one.action) {
            part.actions.push_back(*one.action);
        }
    }
    return part;
}

bool Plan::empty() const {
    return action_count() == 0;
}

std::uint64_t Plan::action_count() const {
    std::uint64_t actions = 0;
    for (const ServerPlan& server : servers) {
        actions += server.actions.size();
    }
    return actions;
}

std::string Plan::canonical_text() const {
    std::string text = "plan 1\n";
    for (const ServerPlan& server : servers) {
        text += server.canonical_text();
    }
    return text;
}

void sort_plan(ServerPlan& plan) {
    std::ranges::stable_sort(plan.actions, {}, [](const Action& action) {
        return std::pair(!action.urgent, action.item);
    });
    std::ranges::stable_sort(plan.held, {}, [](const HeldAction& held) { return held.hold.item; });
    std::ranges::stable_sort(plan.drift, {}, &Drift::item);
}

Duration time_for_puts(std::uint64_t puts, const PutBudget& budget) {
    if (!budget.limited || puts <= budget.calls) {
        return Duration{0};
    }
    BN_REQUIRE(budget.calls > 0, "a limit of changes lets some through");
    // The first window's calls go at once; each further window's wait for one more window.
    return budget.window * static_cast<Duration::rep>((puts - 1) / budget.calls);
}

}  // namespace bn
