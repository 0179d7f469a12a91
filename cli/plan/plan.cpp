// `plan`: the dry run. Its cloud ports refuse every write at their lowest layer.
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "cli/pager.hpp"
#include "cli/plan/plan_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/json/json.hpp"
#include "controller/pass/planning.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"

namespace bn {

namespace {

// One list for both ways.
template <class Visitor, class Value>
void unknown_fields(Visitor& json, Value& unknown) {
    json("server", unknown.server);
    json("name", unknown.name);
    json("items", unknown.items);
    json("partly", unknown.partly);
    json("off", unknown.off);
    json("code", unknown.why.code);
    json("what", unknown.why.what);
    json("remedy", unknown.why.remedy);
}

}  // namespace

void fields(controller::ToJson& json, const Unknown& unknown) {
    unknown_fields(json, unknown);
}

void fields(controller::FromJson& json, Unknown& unknown) {
    unknown_fields(json, unknown);
}

}  // namespace bn

namespace bn::cli {

namespace {

using controller::FromJson;
using controller::Json;
using controller::JsonFault;
using controller::ToJson;

constexpr const char* kPlanFormat = "bill-nextcloud-plan";
constexpr const char* kFileFormat = "bill-nextcloud-saved-plan";
constexpr std::uint64_t kVersion = 1;
constexpr std::uint64_t kScopedVersion =
    2;  // of a file with a scope: who reads 1 must not apply it

constexpr Phrase kSavedBy{"Saved by {}, {}.\n", "Сохранил {}, {}.\n"};
constexpr Phrase kSavedScope{"Only of {}.\n", "Только {}.\n"};
constexpr Phrase kPlanJsonPolicy{
    "~ server {}: policy was {}, is {}", "~ сервер {}: политика была {}, стала {}"};
constexpr Phrase kPlanJsonStopped{
    R"(~ server {}: stopped was "{}", is "{}")", "~ сервер {}: остановка была «{}», стала «{}»"};

// ---- as JSON

std::uint64_t count_of(const Plan& plan, ActionKind kind) {
    return sum_of(plan.servers, [kind](const ServerPlan& server) { return server.count(kind); });
}

Json counts_json(const Plan& plan) {
    Json counts;
    counts["actions"] = plan.action_count();
    counts["held"] = plan.unplaced.size() + sum_of(plan.servers, [](const ServerPlan& server) {
                         return server.held.size();
                     });
    counts["destructive"] = sum_of(plan.servers, [](const ServerPlan& server) {
        return server.destructive_count() + server.staged().actions.size();
    });
    for (const ActionKind kind : kAllActionKinds) {
        counts[std::string(to_string(kind))] = count_of(plan, kind);
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
        // A file that an earlier version saved has nothing staged: its stop was of the whole.
        const ServerPlan staged = server.staged();
        const bool waits = !server.stopped.empty() && !staged.actions.empty();
        json["servers"][i]["checksum"] = plan_checksum(waits ? staged : server);
        json["servers"][i]["at_least_seconds"] = wait.count() / 1000;
    }
    return json;
}

// And what a file does not say: it is of the reading.
Json shown_json(const Plan& plan, const Budgets& budgets, const std::vector<Unknown>& unknown) {
    Json json = plan_json(plan, budgets);
    for (std::size_t i = 0; i < plan.servers.size(); ++i) {
        json["servers"][i]["would_be_done"] = would_be_done(plan.servers[i]).size();
    }
    json["unknown"] = unknown_json(unknown);
    return json;
}

// The seal is over everything that the file says, not only over what would be done.
Json saved_json(const SavedPlan& saved) {
    Json json;
    json["format"] = kFileFormat;
    json["version"] = saved.scope.whole() ? kVersion : kScopedVersion;
    json["made_by"] = saved.made_by;
    json["config_digest"] = saved.config_digest;
    std::string sealed = fmt::format("{}\n{}\n", saved.config_digest, saved.made_by);
    if (!saved.scope.whole()) {
        json["scope"] = controller::json_of(saved.scope);
        sealed += json["scope"].dump() + "\n";
    }
    if (!saved.unknown.empty()) {
        json["unknown"] = unknown_json(saved.unknown);
        sealed += json["unknown"].dump() + "\n";
    }
    Json plan = plan_json(saved.plan, {});
    json["seal"] = checksum(sealed + controller::dump(plan, 2));
    json["plan"] = std::move(plan);
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

// ---- the verb

void print_stopped(const Plan& plan, Language language) {
    for (const ServerPlan& server : plan.servers) {
        if (server.stopped.empty()) {
            continue;
        }
        const std::uint32_t id = server.server.value;
        tell_aside(
            language, fmt::format("stopped: server {} ({}): {}", id, server.name, server.stopped)
        );
        tell_aside(language, server.stopped_remedy, 2);
        const std::string sum = plan_checksum(server.staged()).substr(0, 16);
        tell_aside(
            language,
            fmt::format("to let exactly what waits pass: bill-nextcloud approve {}", sum),
            2
        );
    }
}

// What is not known, and what is off, which is no news to a program.
std::vector<Unknown> not_planned(const Observation& seen) {
    std::vector<Unknown> all = seen.unknown();
    for (const Unknown& off : seen.off) {
        if (std::ranges::find(all, off.server, &Unknown::server) == all.end()) {
            all.push_back(off);
        }
    }
    return all;
}

// Where a file was asked for.
Result<void> save_plan(
    const CommandContext& context, const Observation& seen, const PlanScope& scope
) {
    const std::string& file = context.args.file;
    if (file.empty()) {
        return {};
    }
    const SavedPlan saved{
        seen.plan(), digest(context.config), operator_name(), scope, not_planned(seen)};
    return write_plan_file(file, saved).map([&] {
        constexpr auto kSaved = "saved to {0}; `bill-nextcloud apply {0}` does exactly this";
        tell_aside(
            context.language,
            file == "-" ? "this is the saved plan: `bill-nextcloud apply FILE` does exactly this, "
                          "once it is in a file"
                        : fmt::format(kSaved, file)
        );
    });
}

Result<void> check_format(const Arguments& args) {
    if (args.format.empty() || args.format == "md") {
        return {};
    }
    return tl::unexpected(human_error(
        "command.format",
        fmt::format("there is no format {}", args.format),
        "give --format md, or --json, or neither"
    ));
}

}  // namespace

bool drifts(const Plan& plan) {
    return std::ranges::any_of(plan.servers, [](const ServerPlan& server) {
        return !server.drift.empty() || !would_be_done(server).empty();
    });
}

std::string scope_text(const PlanScope& scope, Language language) {
    std::string text;
    if (!scope.items.empty()) {
        const Phrase items{"{:service|services} {}", "{:услуга|услуги} {}"};
        text = say(language, items, scope.items.size(), enumerated(scope.items, [](ItemId id) {
                       return std::to_string(id.value);
                   }));
    }
    if (scope.server) {
        text += text.empty() ? "" : ", ";
        text += say(language, {"server {}", "сервер {}"}, scope.server->value);
    }
    return text;
}

Json unknown_json(const std::vector<Unknown>& unknown) {
    return controller::json_of(unknown);
}

std::string plan_to_json(
    const Plan& plan, const Budgets& budgets, const std::vector<Unknown>& unknown, int indent
) {
    return controller::dump(shown_json(plan, budgets, unknown), indent);
}

std::string saved_plan_to_json(const SavedPlan& saved) {
    return controller::dump(saved_json(saved), 2);
}

Result<SavedPlan> saved_plan_from_json(std::string_view text) {
    const auto refused = [](const char* code, std::string what) {
        return tl::unexpected(human_error(code, std::move(what), "make a new plan"));
    };
    const Json document = Json::parse(text, nullptr, false);
    if (!document.is_object() || document.value("format", Json()) != kFileFormat) {
        return tl::unexpected(human_error(
            "plan.format",
            document.is_discarded()
                ? "the file is not a saved plan: it is not JSON, or it was cut off"
                : "the file is not a saved plan",
            "make one by plan --out FILE"
        ));
    }
    const Json version = document.value("version", Json());
    if (version != kVersion && version != kScopedVersion) {
        constexpr auto kOther =
            "the saved plan has version {}; this program reads versions {} and {}";
        return refused(
            "plan.format", fmt::format(kOther, version.dump(), kVersion, kScopedVersion)
        );
    }
    SavedPlan saved;
    try {
        FromJson file(document);
        file("made_by", saved.made_by);
        file("config_digest", saved.config_digest);
        file("plan", saved.plan);
        if (version == kScopedVersion) {
            file("scope", saved.scope);
        }
        if (document.contains("unknown")) {
            file("unknown", saved.unknown);
        }
    } catch (const JsonFault& e) {
        return refused("plan.json", "the saved plan cannot be read: " + e.text());
    }
    // Whatever does not come out again as it stands there was not written by this program.
    if (saved_json(saved) != document) {
        return refused("plan.checksum", "the saved plan was changed after it was made");
    }
    return saved;
}

Result<void> write_plan_file(const std::string& path, const SavedPlan& saved) {
    return write_output(path, saved_plan_to_json(saved));
}

Result<SavedPlan> read_plan_file(const std::string& path) {
    return read_file(path).and_then([&path](const std::string& text) {
        return saved_plan_from_json(text).map_error([&path](Error error) {
            error.what = path + ": " + error.what;
            return error;
        });
    });
}

PlanDifference plan_difference(const Plan& saved, const Plan& now, Language language) {
    PlanDifference difference;
    std::vector<std::string>& lines = difference.lines;
    const auto was = actions_by_text(saved, language);
    const auto is = actions_by_text(now, language);
    const auto only_in = [&](const auto& one, const auto& other, const Phrase& phrase) {
        std::uint64_t count = 0;
        for (const auto& [key, line] : one) {
            if (!other.contains(key)) {
                lines.push_back(say(language, phrase, line));
                ++count;
            }
        }
        return count;
    };
    difference.fresh = only_in(is, was, {"+ now: {}", "+ теперь: {}"});
    difference.gone = only_in(was, is, {"- no longer: {}", "- уже нет: {}"});
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
            lines.push_back(
                say(language,
                    kPlanJsonStopped,
                    id,
                    said(before.stopped, language),
                    said(after->stopped, language))
            );
        }
    }
    return difference;
}

int code_of(bool drift, const std::vector<Unknown>& unknown) {
    return !unknown.empty() ? kExitUnknown : drift ? kExitDrift : kExitOk;
}

Result<void> check_scope(const PlanScope& scope, const Observation& seen, const Ledger& ledger) {
    if (scope.server && seen.desired->server(*scope.server) == nullptr) {
        return tl::unexpected(unknown_server(scope.server->value));
    }
    std::vector<ItemId> strange;
    std::ranges::copy_if(scope.items, std::back_inserter(strange), [&](ItemId id) {
        return !seen.desired->has_row(id) && ledger.item(id) == nullptr;
    });
    if (!strange.empty()) {
        return tl::unexpected(human_error(
            "command.item",
            fmt::format(
                "no service of ours: {}",
                enumerated(strange, [](ItemId id) { return std::to_string(id.value); })
            ),
            "the number is the service's id in the panel"
        ));
    }
    if (scope.server && !scope.items.empty() && seen.servers.empty() && seen.off.empty()) {
        return tl::unexpected(human_error(
            "command.item",
            fmt::format("none of these services is on server {}", scope.server->value),
            "`bill-nextcloud item NUMBER` says where one is"
        ));
    }
    return {};
}

void show_plan(const CommandContext& context, const Observation& seen, InDoubt doubts) {
    doubts.other_config = other_config(context);
    const Plan plan = seen.plan();
    const std::vector<Unknown> unknown = seen.unknown();
    const std::vector<Unknown> shown = not_planned(seen);
    if (context.args.json) {
        Json json = shown_json(plan, seen.budgets(), unknown);
        json["doubts"] = controller::json_of(doubts.in(Language::kEnglish));
        print(controller::dump(json, 2));
        print_unknown(unknown, context.language);
    } else if (context.args.format == "md") {
        print(plan_to_markdown(plan, shown, context.language));
    } else {
        paged(
            render_doubts(doubts.in(context.language), context.screen()) +
            render_plan(plan, seen.budgets(), context.screen(), shown)
        );
    }
    print_stopped(plan, context.language);
}

Result<int> run_plan(const CommandContext& context) {
    if (Result<void> good = check_format(context.args); !good) {
        return tl::unexpected(std::move(good.error()));
    }
    return known_so_far(context).and_then([&context](const KnownSoFar& known) {
        const PassRequest request = command_request(context.args);
        const PlanScope scope = scope_of(request);
        const auto shown = [&](const Observation& seen) -> Result<int> {
            if (Result<void> good = check_scope(scope, seen, known.ledger); !good) {
                return tl::unexpected(std::move(good.error()));
            }
            const Plan plan = seen.plan();
            if (context.args.file == "-") {
                // Standard output is the saved plan's alone.
                print_unknown(seen.unknown(), context.language);
            } else {
                show_plan(
                    context,
                    seen,
                    InDoubt::by(known.ledger, known.store_trouble, seen.desired.get(), system_now())
                );
            }
            return save_plan(context, seen, scope).map([&] {
                return known.store_trouble ? kExitUnknown : code_of(drifts(plan), seen.unknown());
            });
        };
        return dry_run(context, request, known.ledger).and_then(shown);
    });
}

// What a saved plan says, with nobody asked.
Result<int> run_show(const CommandContext& context) {
    if (Result<void> good = check_format(context.args); !good) {
        return tl::unexpected(std::move(good.error()));
    }
    return read_plan_file(context.args.file).map([&context](const SavedPlan& saved) {
        if (context.args.json) {
            print(saved_plan_to_json(saved));
            return kExitOk;
        }
        const Language language = context.language;
        const std::string scope = scope_text(saved.scope, language);
        std::string text =
            say(language, kSavedBy, escaped(saved.made_by), local_time(saved.plan.made_at));
        text += scope.empty() ? "" : say(language, kSavedScope, scope);
        if (context.args.format == "md") {
            print(text + "\n" + plan_to_markdown(saved.plan, saved.unknown, language));
        } else {
            text = for_terminal(text, STDOUT_FILENO);
            paged(text + "\n" + render_plan(saved.plan, {}, context.screen(), saved.unknown));
        }
        return std::ranges::all_of(saved.unknown, &Unknown::off) ? kExitOk : kExitUnknown;
    });
}

}  // namespace bn::cli
