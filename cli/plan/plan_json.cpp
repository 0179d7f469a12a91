#include <algorithm>
#include <functional>
#include <utility>

#include <fmt/format.h>

#include "cli/plan/plan_view.hpp"
#include "controller/json/json.hpp"
#include "controller/pass/planning.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/random.hpp"

namespace bn::cli {
namespace {

using controller::FromJson;
using controller::Json;
using controller::JsonFault;

constexpr const char* kPlanFormat = "bill-nextcloud-plan";
constexpr const char* kFileFormat = "bill-nextcloud-saved-plan";
constexpr std::uint64_t kVersion = 1;

constexpr Phrase kNow{"+ now: {}", "+ теперь: {}"};
constexpr Phrase kGone{"- no longer: {}", "- уже нет: {}"};
constexpr Phrase kPlanJsonPolicy{
    "~ server {}: policy was {}, is {}", "~ сервер {}: политика была {}, стала {}"};
constexpr Phrase kPlanJsonStopped{
    R"(~ server {}: stopped was "{}", is "{}")", "~ сервер {}: остановка была «{}», стала «{}»"};

Error fault(const char* code, std::string what, const char* remedy = "make a new plan") {
    return Error(NextMove::kHuman, code, std::move(what), remedy);
}

Json counts_json(const Plan& plan) {
    const auto sum = [&plan](auto count) {
        std::uint64_t all = 0;
        for (const ServerPlan& server : plan.servers) {
            all += count(server);
        }
        return all;
    };
    Json counts;
    counts["actions"] = plan.action_count();
    counts["held"] = sum([](const ServerPlan& server) { return server.held.size(); });
    counts["destructive"] = sum(std::mem_fn(&ServerPlan::destructive_count));
    for (const ActionKind kind : kAllActionKinds) {
        counts[std::string(to_string(kind))] =
            sum([kind](const ServerPlan& server) { return server.count(kind); });
    }
    return counts;
}

Json plan_json(const Plan& plan, const Budgets& budgets) {
    Json json = controller::json_of(plan);
    json["format"] = kPlanFormat;
    json["version"] = kVersion;
    json["checksum"] = plan_checksum(plan);
    json["counts"] = counts_json(plan);
    for (std::size_t i = 0; i < plan.servers.size(); ++i) {
        const ServerPlan& server = plan.servers[i];
        const auto budget = budgets.find(server.server);
        const Duration wait = budget == budgets.end()
                                  ? Duration(0)
                                  : time_for_puts(server.put_count(), budget->second);
        json["servers"][i]["checksum"] = plan_checksum(server);
        json["servers"][i]["at_least_seconds"] = wait.count() / 1000;
    }
    return json;
}

// The seal is over everything that the file says, not only over what would be done.
Json saved_json(const SavedPlan& saved) {
    Json json;
    json["format"] = kFileFormat;
    json["version"] = kVersion;
    json["made_by"] = saved.made_by;
    json["config_digest"] = saved.config_digest;
    json["seal"] = checksum(
        fmt::format("{}\n{}\n{}", saved.config_digest, saved.made_by, plan_to_json(saved.plan))
    );
    json["plan"] = plan_json(saved.plan, {});
    return json;
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

std::map<std::string, std::string> actions_by_text(const Plan& plan, Language language) {
    std::map<std::string, std::string> all;
    for (const auto& server : plan.servers) {
        for (const auto& action : server.actions) {
            const std::string what = describe(action, language);
            all[canonical(server, action)] = fmt::format(
                "{} {}/{} {}", sign_of(action.kind), server.server.value, action.item.value, what
            );
        }
    }
    return all;
}

}  // namespace

std::string plan_to_json(const Plan& plan, const Budgets& budgets) {
    return controller::dump(plan_json(plan, budgets), 2);
}

std::string saved_plan_to_json(const SavedPlan& saved) {
    return controller::dump(saved_json(saved), 2);
}

Result<SavedPlan> saved_plan_from_json(std::string_view text) {
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("format", Json()) != kFileFormat) {
        return tl::unexpected(fault(
            "plan.format",
            document.is_discarded()
                ? "the file is not a saved plan: it is not JSON, or it was cut off"
                : "the file is not a saved plan",
            "make one by plan --out FILE"
        ));
    }
    if (document.value("version", Json()) != kVersion) {
        return tl::unexpected(fault(
            "plan.format",
            fmt::format(
                "the saved plan has version {}; this program reads version {}",
                document.value("version", Json()).dump(),
                kVersion
            )
        ));
    }
    SavedPlan saved;
    try {
        FromJson file(document);
        file("made_by", saved.made_by);
        file("config_digest", saved.config_digest);
        file("plan", saved.plan);
    } catch (const JsonFault& e) {
        return tl::unexpected(fault("plan.json", "the saved plan cannot be read: " + e.text()));
    }
    // Whatever does not come out again as it stands there was not written by this program.
    if (saved_json(saved) != document) {
        return tl::unexpected(fault("plan.checksum", "the saved plan was changed after it was made")
        );
    }
    return saved;
}

Result<void> write_plan_file(const std::string& path, const SavedPlan& saved) {
    return write_file_atomically(path, saved_plan_to_json(saved), 0600);
}

Result<SavedPlan> read_plan_file(const std::string& path) {
    const Result<std::string> text = read_file(path);
    if (!text) {
        return tl::unexpected(text.error());
    }
    return saved_plan_from_json(*text).map_error([&path](Error error) {
        error.what = path + ": " + error.what;
        return error;
    });
}

std::vector<std::string> plan_difference(const Plan& saved, const Plan& now, Language language) {
    std::vector<std::string> lines;
    const auto was = actions_by_text(saved, language);
    const auto is = actions_by_text(now, language);
    const auto only_in = [&](const auto& one, const auto& other, const Phrase& phrase) {
        for (const auto& [key, line] : one) {
            if (!other.contains(key)) {
                lines.push_back(say(language, phrase, line));
            }
        }
    };
    only_in(is, was, kNow);
    only_in(was, is, kGone);
    for (const ServerPlan& before : saved.servers) {
        const auto after = std::ranges::find(now.servers, before.server, &ServerPlan::server);
        if (after == now.servers.end()) {
            continue;
        }
        const std::uint32_t id = before.server.value;
        if (after->policy != before.policy) {
            lines.push_back(say(
                language, kPlanJsonPolicy, id, to_string(before.policy), to_string(after->policy)
            ));
        }
        if (after->stopped != before.stopped) {
            lines.push_back(say(
                language, kPlanJsonStopped, id, escaped(before.stopped), escaped(after->stopped)
            ));
        }
    }
    return lines;
}

}  // namespace bn::cli
