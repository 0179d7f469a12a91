#include "cli/plan/plan_json.hpp"

#include <map>
#include <utility>

#include <fmt/format.h>

#include "cli/screen/action_text.hpp"
#include "cli/screen/display.hpp"
#include "cli/screen/texts.hpp"
#include "controller/json/plan_values_json.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/random.hpp"

namespace bn::cli {
namespace {

constexpr std::string_view kPlanFormat = "bill-nextcloud-plan";
constexpr std::string_view kFileFormat = "bill-nextcloud-saved-plan";
constexpr std::uint64_t kVersion = 1;

Error fault(std::string code, std::string what, std::string remedy = "make a new plan") {
    return Error(NextMove::kHuman, std::move(code), std::move(what), std::move(remedy));
}

Json server_json(const ServerPlan& plan, const std::map<ServerId, PutBudget>& budgets) {
    Json json;
    json["server"] = plan.server.value;
    json["name"] = plan.name;
    json["policy"] = to_string(plan.policy);
    json["checksum"] = plan_checksum(plan);
    json["desired_accounts"] = plan.desired_accounts;
    json["actual_accounts"] = plan.actual_accounts;
    json["unmanaged_accounts"] = plan.unmanaged_accounts;
    json["desired_complete"] = plan.desired_complete;
    json["actual_complete"] = plan.actual_complete;
    json["stopped"] = plan.stopped;
    json["stopped_remedy"] = plan.stopped_remedy;
    const auto budget = budgets.find(plan.server);
    json["at_least_seconds"] = budget == budgets.end()
                                   ? 0
                                   : time_for_puts(plan.put_count(), budget->second).count() / 1000;
    json["actions"] = Json::array();
    for (const auto& action : plan.actions) {
        json["actions"].push_back(action_json(action));
    }
    json["held"] = Json::array();
    for (const auto& held : plan.held) {
        json["held"].push_back(held_json(held));
    }
    json["drift"] = Json::array();
    for (const auto& drift : plan.drift) {
        Json one;
        one["item"] = drift.item.value;
        one["login"] = drift.login;
        one["fields"] = drift_fields_json(drift.mask());
        json["drift"].push_back(std::move(one));
    }
    return json;
}

Json counts_json(const Plan& plan) {
    Json counts;
    std::uint64_t held = 0;
    std::uint64_t destructive = 0;
    for (const auto& server : plan.servers) {
        held += server.held.size();
        destructive += server.destructive_count();
    }
    counts["actions"] = plan.action_count();
    counts["held"] = held;
    counts["destructive"] = destructive;
    for (const ActionKind kind : kAllActionKinds) {
        std::uint64_t count = 0;
        for (const auto& server : plan.servers) {
            count += server.count(kind);
        }
        counts[std::string(to_string(kind))] = count;
    }
    return counts;
}

Json plan_json(const Plan& plan, const std::map<ServerId, PutBudget>& budgets) {
    Json json;
    json["format"] = kPlanFormat;
    json["version"] = kVersion;
    json["made_at"] = format_time(plan.made_at);
    json["checksum"] = plan_checksum(plan);
    json["counts"] = counts_json(plan);
    json["servers"] = Json::array();
    for (const auto& server : plan.servers) {
        json["servers"].push_back(server_json(server, budgets));
    }
    return json;
}

Drift read_drift(const JsonPlace& place) {
    place.only({"item", "login", "fields"});
    Drift drift;
    drift.item = ItemId(place["item"].id());
    drift.login = place["login"].text();
    drift.fields = read_drift_fields(place["fields"]);
    return drift;
}

ServerPlan read_server(const JsonPlace& place) {
    place.only(
        {"server",
         "name",
         "policy",
         "checksum",
         "desired_accounts",
         "actual_accounts",
         "unmanaged_accounts",
         "desired_complete",
         "actual_complete",
         "stopped",
         "stopped_remedy",
         "at_least_seconds",
         "actions",
         "held",
         "drift"}
    );
    const auto policy = parse_policy(place["policy"].text());
    if (!policy) {
        place["policy"].fault("is not a policy");
    }
    ServerPlan plan;
    plan.server = ServerId(place["server"].id());
    plan.name = place["name"].text();
    plan.policy = *policy;
    plan.desired_accounts = place["desired_accounts"].count();
    plan.actual_accounts = place["actual_accounts"].count();
    plan.unmanaged_accounts = place["unmanaged_accounts"].count();
    plan.desired_complete = place["desired_complete"].flag();
    plan.actual_complete = place["actual_complete"].flag();
    plan.stopped = place["stopped"].text();
    plan.stopped_remedy = place["stopped_remedy"].text();
    place["actions"].each([&](const JsonPlace& one) { plan.actions.push_back(read_action(one)); });
    place["held"].each([&](const JsonPlace& one) { plan.held.push_back(read_held(one)); });
    place["drift"].each([&](const JsonPlace& one) { plan.drift.push_back(read_drift(one)); });
    for (const auto& action : plan.actions) {
        if (action.server != plan.server) {
            place["actions"].fault(
                fmt::format("an action of server {} does not belong here", action.server.value)
            );
        }
    }
    if (place["checksum"].text() != plan_checksum(plan)) {
        place["checksum"].fault("does not fit the actions");
    }
    return plan;
}

Plan read_plan(const JsonPlace& place) {
    place.only({"format", "version", "made_at", "checksum", "counts", "servers"});
    if (place["format"].text() != kPlanFormat) {
        place["format"].fault(fmt::format("must be \"{}\"", kPlanFormat));
    }
    if (place["version"].count() != kVersion) {
        place["version"].fault(fmt::format("this version of the program reads {}", kVersion));
    }
    Plan plan;
    plan.made_at = place["made_at"].time();
    place["servers"].each([&](const JsonPlace& one) { plan.servers.push_back(read_server(one)); });
    if (place["counts"].value() != counts_json(plan)) {
        place["counts"].fault("do not fit the actions");
    }
    if (place["checksum"].text() != plan_checksum(plan)) {
        place["checksum"].fault("does not fit the actions");
    }
    return plan;
}

// Over everything that the file says, not only over what would be done.
std::string seal_of(const SavedPlan& saved) {
    return checksum(
        fmt::format("{}\n{}\n{}", saved.config_digest, saved.made_by, plan_to_json(saved.plan))
    );
}

SavedPlan read_saved(const JsonPlace& place) {
    place.only({"format", "version", "made_by", "config_digest", "seal", "plan"});
    SavedPlan saved(
        read_plan(place["plan"]), place["config_digest"].text(), place["made_by"].text()
    );
    return saved;
}

// An action's part of the canonical text, alone: equal texts do the same.
std::string canonical(const ServerPlan& server, const Action& action) {
    Plan one;
    one.servers.emplace_back();
    one.servers.back().server = server.server;
    one.servers.back().policy = Policy::kSync;
    one.servers.back().actions.push_back(action);
    return one.canonical_text();
}

using ActionsByText = std::map<std::string, std::string>;

ActionsByText actions_by_text(const Plan& plan, Language language) {
    ActionsByText all;
    for (const auto& server : plan.servers) {
        for (const auto& action : server.actions) {
            all.emplace(
                canonical(server, action),
                fmt::format(
                    "{} {}/{} {}",
                    sign_of(action.kind),
                    server.server.value,
                    action.item.value,
                    describe(action, language)
                )
            );
        }
    }
    return all;
}

const ServerPlan* find(const Plan& plan, ServerId server) {
    for (const auto& candidate : plan.servers) {
        if (candidate.server == server) {
            return &candidate;
        }
    }
    return nullptr;
}

}  // namespace

std::string plan_to_json(const Plan& plan, const std::map<ServerId, PutBudget>& budgets) {
    return dump(plan_json(plan, budgets), 2);
}

Result<Plan> plan_from_json(std::string_view text) {
    const Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) {
        return tl::unexpected(fault("plan.json", "the plan is not JSON, or it was cut off"));
    }
    try {
        return read_plan(JsonPlace(document, ""));
    } catch (const JsonFault& e) {
        return tl::unexpected(fault("plan.json", "the plan cannot be read: " + e.what));
    }
}

SavedPlan::SavedPlan(Plan p, std::string digest, std::string by)
    : plan(std::move(p)),
      checksum(plan_checksum(plan)),
      config_digest(std::move(digest)),
      made_by(std::move(by)) {}

std::string saved_plan_to_json(const SavedPlan& saved) {
    Json json;
    json["format"] = kFileFormat;
    json["version"] = kVersion;
    json["made_by"] = saved.made_by;
    json["config_digest"] = saved.config_digest;
    json["seal"] = seal_of(saved);
    json["plan"] = plan_json(saved.plan, {});
    return dump(json, 2);
}

Result<SavedPlan> saved_plan_from_json(std::string_view text) {
    const Json document = Json::parse(text, nullptr, false);
    if (document.is_discarded()) {
        return tl::unexpected(
            fault("plan.format", "the file is not a saved plan: it is not JSON, or it was cut off")
        );
    }
    try {
        const JsonPlace place(document, "");
        if (!place.has("format") || place["format"].text() != kFileFormat) {
            return tl::unexpected(
                fault("plan.format", "the file is not a saved plan", "make one by plan --out FILE")
            );
        }
        if (place["version"].count() != kVersion) {
            return tl::unexpected(fault(
                "plan.format",
                fmt::format(
                    "the saved plan has version {}; this program reads version {}",
                    place["version"].count(),
                    kVersion
                )
            ));
        }
        SavedPlan saved = read_saved(place);
        if (place["seal"].text() != seal_of(saved)) {
            return tl::unexpected(
                fault("plan.checksum", "the saved plan was changed after it was made")
            );
        }
        return saved;
    } catch (const JsonFault& e) {
        return tl::unexpected(fault("plan.json", "the saved plan cannot be read: " + e.what));
    }
}

Result<void> write_plan_file(const std::string& path, const SavedPlan& saved) {
    return write_file_atomically(path, saved_plan_to_json(saved), 0600);
}

Result<SavedPlan> read_plan_file(const std::string& path) {
    const auto text = read_file(path);
    if (!text) {
        return tl::unexpected(text.error());
    }
    auto saved = saved_plan_from_json(*text);
    if (!saved) {
        saved.error().what = fmt::format("{}: {}", path, saved.error().what);
    }
    return saved;
}

std::vector<std::string> plan_difference(const Plan& saved, const Plan& now, Language language) {
    std::vector<std::string> lines;
    const ActionsByText was = actions_by_text(saved, language);
    const ActionsByText is = actions_by_text(now, language);
    for (const auto& [key, line] : is) {
        if (!was.contains(key)) {
            lines.push_back(text(Text::kDiffNow, language, line));
        }
    }
    for (const auto& [key, line] : was) {
        if (!is.contains(key)) {
            lines.push_back(text(Text::kDiffGone, language, line));
        }
    }
    for (const auto& server : saved.servers) {
        const ServerPlan* other = find(now, server.server);
        if (other != nullptr && other->policy != server.policy) {
            lines.push_back(text(
                Text::kDiffPolicy,
                language,
                server.server.value,
                to_string(server.policy),
                to_string(other->policy)
            ));
        }
        if (other != nullptr && other->stopped != server.stopped) {
            lines.push_back(text(
                Text::kDiffStopped,
                language,
                server.server.value,
                escaped(server.stopped),
                escaped(other->stopped)
            ));
        }
    }
    return lines;
}

}  // namespace bn::cli
