// `plan`: the dry run. Its cloud ports refuse every write at their lowest layer.
#include <algorithm>
#include <utility>

#include "cli/plan/plan_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/json/json.hpp"
#include "controller/pass/planning.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"

namespace bn::cli {

namespace {

using controller::FromJson;
using controller::Json;
using controller::JsonFault;

constexpr std::size_t kPlanLimit = 40;  // rows of actions, and of holds, per server
constexpr std::size_t kPlanLongestLogin = 28;
constexpr std::size_t kIndent = 6;

constexpr Phrase kPlanServer{"Server {} {}, policy {}", "Сервер {} {}, политика {}"};
constexpr Phrase kSides{
    "{} sold, {} in the cloud, {} not ours", "продано {}, в облаке {}, не наших {}"};
constexpr Phrase kIncompleteDesired{
    "! the panel was not read completely: nothing destructive is done",
    "! панель прочитана не полностью: ничего разрушающего не делается"};
constexpr Phrase kIncompleteActual{
    "! the cloud was not read completely: nothing destructive is done",
    "! облако прочитано не полностью: ничего разрушающего не делается"};
constexpr Phrase kPlanStopped{"! WAITS for an approval {}", "! ЖДЁТ одобрения {}"};
constexpr Phrase kPlanUnsaidGroup{
    "! tariff {}: its stored group {} names no group of the cloud, and the groups of its {} "
    "services are left as they are: choose the group in the tariff again",
    "! тариф {}: хранимая группа {} не называет группы облака, и группы его услуг ({}) остаются "
    "как есть: выберите группу в тарифе заново"};
constexpr Phrase kPlanMore{
    "… and {} more actions (--full shows all)", "… и ещё действий: {} (--full покажет все)"};
constexpr Phrase kPlanUnplaced{"Held, without a server: {}", "Удержано, без сервера: {}"};
constexpr Phrase kTotals{
    "Plan: {} to create, {} to change, {} to delete", "План: создать {}, изменить {}, удалить {}"};
constexpr Phrase kNotWhole{
    "Not everything could be read: this is not all that there is to do.",
    "Прочитано не всё: здесь не всё, что нужно сделать."};
constexpr Phrase kPuts{
    "Takes at least {}: {} quota and e-mail changes at {} per {}.",
    "Займёт не меньше {}: изменений квоты и почты {}, сервер пускает {} за {}."};
constexpr Phrase kPutsHint{
    "'ratelimit.protection.enabled' => false in the server's config.php lifts this.",
    "Снимает ограничение 'ratelimit.protection.enabled' => false в config.php сервера."};

constexpr const char* kPlanFormat = "bill-nextcloud-plan";
constexpr const char* kFileFormat = "bill-nextcloud-saved-plan";
constexpr std::uint64_t kVersion = 1;

constexpr Phrase kPlanJsonPolicy{
    "~ server {}: policy was {}, is {}", "~ сервер {}: политика была {}, стала {}"};
constexpr Phrase kPlanJsonStopped{
    R"(~ server {}: stopped was "{}", is "{}")", "~ сервер {}: остановка была «{}», стала «{}»"};

Colour colour_of(const Action& action) {
    if (takes_away(action)) {
        return Colour::kRed;
    }
    return action.kind == ActionKind::kCreate  ? Colour::kGreen
           : action.kind == ActionKind::kAdopt ? Colour::kCyan
                                               : Colour::kYellow;
}

// Draws one server's part.
class ServerTable {
  public:
    ServerTable(Screen& screen, const ServerPlan& plan) : screen_(screen), plan_(plan) {
        for (const auto& action : plan.actions) {
            measure(action.item, &action);
        }
        for (const auto& held : plan.held) {
            measure(held.hold.item, held.action ? &*held.action : nullptr);
        }
    }

    void draw() {
        header();
        screen_.rows(plan_.actions, kPlanLimit, kPlanMore, 2, [this](const auto& one) {
            action_row(one);
        });
        screen_.rows(plan_.held, kPlanLimit, kMoreHeld, 2, [this](const auto& one) {
            held_row(one);
        });
        if (plan_.actions.empty() && plan_.held.empty()) {
            screen_.tell(2, {"nothing to do", "делать нечего"});
        }
    }

    void budget(const PutBudget& budget) {
        const std::uint64_t puts = plan_.put_count();
        const Duration wait = time_for_puts(puts, budget);
        if (wait > Duration(0)) {
            const std::string takes = human_duration(wait, screen_.language());
            const std::string window = human_duration(budget.window, screen_.language());
            screen_.tell(2, kPuts, takes, puts, budget.calls, window);
            screen_.tell(2, kPutsHint);
        }
    }

  private:
    void measure(ItemId item, const Action* action) {
        item_width_ = std::max(item_width_, std::to_string(item.value).size());
        if (action != nullptr) {
            const std::size_t login = columns(escaped(action->login));
            login_width_ = std::max(login_width_, std::min(login, kPlanLongestLogin));
            kind_width_ = std::max(kind_width_, columns(word(action->kind, screen_.language())));
        }
    }

    void header() {
        const auto policy = to_string(plan_.policy);
        const std::string title =
            screen_.say(kPlanServer, plan_.server.value, escaped(plan_.name), policy);
        const std::string sides = screen_.say(
            kSides, plan_.desired_accounts, plan_.actual_accounts, plan_.unmanaged_accounts
        );
        const bool beside = columns(title) + columns(sides) + 4 <= screen_.width();
        screen_.raw(screen_.paint(title, Colour::kBold));
        screen_.raw(beside ? "  (" + sides + ")\n" : "\n  " + sides + "\n");
        screen_.tell_if(!plan_.desired_complete, 2, Colour::kNone, kIncompleteDesired);
        screen_.tell_if(!plan_.actual_complete, 2, Colour::kNone, kIncompleteActual);
        for (const UnsaidGroup& one : plan_.unsaid_groups) {
            screen_.tell(2, kPlanUnsaidGroup, one.tariff, escaped(one.stored), one.services);
        }
        if (!plan_.stopped.empty()) {
            screen_.tell(2, kPlanStopped, plan_.stopped);
            screen_.remedy(plan_.stopped_remedy, 4);
        }
    }

    // Sign, item, login and kind in columns; the details beside them where they fit, else below.
    void row(
        char sign, Colour colour, ItemId item, const Action* action, const std::string& reason
    ) {
        const std::string change = action == nullptr ? "" : change_of(*action, screen_.language());
        const std::string_view kind =
            action == nullptr ? "" : word(action->kind, screen_.language());
        const std::string login = action == nullptr ? "" : escaped(action->login);
        std::string first = fmt::format(
            "  {} {}  {}  {}",
            screen_.paint(std::string(1, sign), colour),
            padded_left(std::to_string(item.value), item_width_),
            padded(clipped(login, login_width_), login_width_),
            padded(kind, kind_width_)
        );
        const std::size_t used = 4 + item_width_ + 2 + login_width_ + 2 + kind_width_;
        const std::size_t room = screen_.width() - std::min(screen_.width(), used);
        const bool change_beside = !change.empty() && columns(change) + 2 <= room;
        const std::size_t both = columns(change) + columns(reason) + 4 + (change.empty() ? 0 : 2);
        const bool reason_beside = !reason.empty() && both <= room;
        first += change_beside ? "  " + change : "";
        first += reason_beside ? "  " + screen_.paint("(" + reason + ")", Colour::kDim) : "";
        screen_.trimmed(first);
        if (!change.empty() && !change_beside) {
            screen_.line(change, kIndent);
        }
        if (!reason.empty() && !reason_beside) {
            screen_.line("(" + reason + ")", kIndent);
        }
    }

    void action_row(const Action& action) {
        std::string reason = escaped(action.reason);
        if (action.urgent) {
            reason += reason.empty() ? "" : "; ";
            reason += screen_.say({"the panel waits", "панель ждёт"});
        }
        row(sign_of(action.kind), colour_of(action), action.item, &action, reason);
    }

    void held_row(const HeldAction& held) {
        if (held.action && held.hold.code == HoldCode::kBlastRadius && !plan_.stopped.empty()) {
            // Why, and what to do, stands once above.
            const std::string why = held.action->reason.empty() ? "" : held.action->reason + "; ";
            const std::string waits = screen_.say({"{}waits", "{}ждёт"}, why);
            row('!', Colour::kYellow, held.hold.item, &*held.action, waits);
            return;
        }
        row('!', Colour::kYellow, held.hold.item, held.action ? &*held.action : nullptr, "");
        screen_.line(hold_text(held.hold, screen_.language()), kIndent);
        screen_.remedy(held.hold.remedy, kIndent);
    }

    Screen& screen_;
    const ServerPlan& plan_;
    std::size_t item_width_ = 1;
    std::size_t login_width_ = 1;
    std::size_t kind_width_ = 1;
};

std::uint64_t held_count(const Plan& plan) {
    return plan.unplaced.size() +
           sum_of(plan.servers, [](const ServerPlan& server) { return server.held.size(); });
}

std::uint64_t count_of(const Plan& plan, ActionKind kind) {
    return sum_of(plan.servers, [kind](const ServerPlan& server) { return server.count(kind); });
}

std::string totals(const Plan& plan, const Screen& screen) {
    const std::uint64_t held = held_count(plan);
    const std::uint64_t created = count_of(plan, ActionKind::kCreate);
    const std::uint64_t deleted = count_of(plan, ActionKind::kDelete);
    const std::uint64_t adopted = count_of(plan, ActionKind::kAdopt);
    const std::uint64_t changed = plan.action_count() - created - deleted - adopted;
    return screen.say(kTotals, created, changed, deleted) +
           (adopted > 0 ? screen.say({", {} to adopt", ", принять {}"}, adopted) : "") +
           (held > 0 ? screen.say({", {} held", ", удержано {}"}, held) : "") + ".";
}

// ---- as JSON

Json counts_json(const Plan& plan) {
    Json counts;
    counts["actions"] = plan.action_count();
    counts["held"] = held_count(plan);
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

// ---- the verb

void print_stopped(const Plan& plan) {
    for (const ServerPlan& server : plan.servers) {
        if (!server.stopped.empty()) {
            fmt::print(
                stderr,
                "stopped: server {} ({}): {}\n  {}\n  to let exactly what waits pass: "
                "bill-nextcloud approve {}\n",
                server.server.value,
                server.name,
                server.stopped,
                server.stopped_remedy,
                plan_checksum(server.staged()).substr(0, 16)
            );
        }
    }
}

// Where a file was asked for.
Result<void> save_plan(const CommandContext& context, const Plan& plan) {
    const std::string& file = context.args.file;
    if (file.empty()) {
        return {};
    }
    return write_plan_file(file, {plan, digest(context.config), operator_name()}).map([&file] {
        fmt::print(stderr, "saved to {0}; `bill-nextcloud apply {0}` does exactly this\n", file);
    });
}

bool drifts(const Plan& plan) {
    return std::ranges::any_of(plan.servers, [](const ServerPlan& server) {
        return !server.drift.empty() || !server.actions.empty();
    });
}

}  // namespace

std::string render_plan(
    const Plan& plan, const Budgets& budgets, const ScreenOptions& options, bool whole
) {
    Screen screen(options);
    for (const auto& server : plan.servers) {
        ServerTable table(screen, server);
        table.draw();
        if (const auto found = budgets.find(server.server); found != budgets.end()) {
            table.budget(found->second);
        }
        screen.raw("\n");
    }
    if (!plan.unplaced.empty()) {
        screen.line(screen.say(kPlanUnplaced, plan.unplaced.size()));
        constexpr std::size_t kShown = 20;
        screen.rows(plan.unplaced, kShown, kMoreHeld, 2, [&screen](const Hold& hold) {
            screen.hold(hold, 2, true);
        });
        screen.raw("\n");
    }
    if (!whole) {
        screen.line(screen.say(kNotWhole));
    } else if (plan.empty() && std::ranges::all_of(plan.servers, &std::string::empty, &ServerPlan::stopped)) {
        screen.raw(screen.say({"Nothing to do.", "Делать нечего."}) + "\n");
    }
    screen.line(totals(plan, screen));
    return screen.take();
}

std::string plan_to_json(const Plan& plan, const Budgets& budgets) {
    return controller::dump(plan_json(plan, budgets), 2);
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
    if (document.value("version", Json()) != kVersion) {
        const std::string version = document.value("version", Json()).dump();
        constexpr auto kOther = "the saved plan has version {}; this program reads version {}";
        return refused("plan.format", fmt::format(kOther, version, kVersion));
    }
    SavedPlan saved;
    try {
        FromJson file(document);
        file("made_by", saved.made_by);
        file("config_digest", saved.config_digest);
        file("plan", saved.plan);
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
    only_in(is, was, {"+ now: {}", "+ теперь: {}"});
    only_in(was, is, {"- no longer: {}", "- уже нет: {}"});
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

void show_plan(const CommandContext& context, const Observation& seen, const InDoubt& doubts) {
    const Plan plan = seen.plan();
    const Budgets budgets = seen.budgets();
    if (context.args.json) {
        Json json = plan_json(plan, budgets);
        json["doubts"] = controller::json_of(doubts.in(Language::kEnglish));
        print(controller::dump(json, 2));
    } else {
        print(
            render_doubts(doubts.in(context.language), context.screen()) +
            render_plan(plan, budgets, context.screen(), seen.error_count() == 0)
        );
    }
    print_server_errors(seen);
    print_stopped(plan);
}

Result<int> run_plan(const CommandContext& context) {
    return known_so_far(context).and_then([&context](const KnownSoFar& known) {
        const auto shown = [&](const Observation& seen) {
            const Plan plan = seen.plan();
            if (context.args.file == "-") {
                print_server_errors(seen);  // standard output is the saved plan's alone
            } else {
                show_plan(
                    context,
                    seen,
                    InDoubt::by(known.ledger, known.store_trouble, seen.desired.get(), system_now())
                );
            }
            return save_plan(context, plan).map([&] {
                return seen.error_count() > 0 ? kExitError : drifts(plan) ? kExitDrift : kExitOk;
            });
        };
        return dry_run(context, command_request(context.args), known.ledger).and_then(shown);
    });
}

}  // namespace bn::cli
