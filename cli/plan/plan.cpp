// `plan`: the dry run. Its cloud ports refuse every write at their lowest layer.
#include <algorithm>

#include "cli/plan/plan_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kPlanLimit = 40;  // rows of actions, and of holds, per server
constexpr std::size_t kPlanLongestLogin = 28;
constexpr std::size_t kIndent = 6;

constexpr Phrase kPlanNothing{"Nothing to do.", "Делать нечего."};
constexpr Phrase kPlanServer{"Server {} {}, policy {}", "Сервер {} {}, политика {}"};
constexpr Phrase kSides{
    "{} sold, {} in the cloud, {} not ours", "продано {}, в облаке {}, не наших {}"};
constexpr Phrase kIncompleteDesired{
    "! the panel was not read completely: nothing destructive is done",
    "! панель прочитана не полностью: ничего разрушающего не делается"};
constexpr Phrase kIncompleteActual{
    "! the cloud was not read completely: nothing destructive is done",
    "! облако прочитано не полностью: ничего разрушающего не делается"};
constexpr Phrase kPlanStopped{
    "! STOPPED, nothing of this is done: {}", "! ОСТАНОВЛЕНО, ничего из этого не делается: {}"};
constexpr Phrase kPlanMore{
    "… and {} more actions (--full shows all)", "… и ещё действий: {} (--full покажет все)"};
constexpr Phrase kServerNothing{"nothing to do", "делать нечего"};
constexpr Phrase kTotals{
    "Plan: {} to create, {} to change, {} to delete", "План: создать {}, изменить {}, удалить {}"};
constexpr Phrase kAdopted{", {} to adopt", ", принять {}"};
constexpr Phrase kHeld{", {} held", ", удержано {}"};
constexpr Phrase kPuts{
    "Takes at least {}: {} quota and e-mail changes at {} per {}.",
    "Займёт не меньше {}: изменений квоты и почты {}, сервер пускает {} за {}."};
constexpr Phrase kPutsHint{
    "'ratelimit.protection.enabled' => false in the server's config.php lifts this.",
    "Снимает ограничение 'ratelimit.protection.enabled' => false в config.php сервера."};
constexpr Phrase kUrgent{"the panel waits", "панель ждёт"};

Colour colour_of(const Action& action) {
    if (destructive(action.kind)) {
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
            screen_.tell(2, kServerNothing);
        }
    }

    void budget(const PutBudget& budget) {
        const std::uint64_t puts = plan_.put_count();
        const Duration wait = time_for_puts(puts, budget);
        if (plan_.stopped.empty() && wait > Duration(0)) {
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
        if (!plan_.desired_complete) {
            screen_.tell(2, kIncompleteDesired);
        }
        if (!plan_.actual_complete) {
            screen_.tell(2, kIncompleteActual);
        }
        if (!plan_.stopped.empty()) {
            screen_.tell(2, kPlanStopped, escaped(plan_.stopped));
            if (!plan_.stopped_remedy.empty()) {
                screen_.line("  → " + escaped(plan_.stopped_remedy), 2);
            }
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
        first.erase(first.find_last_not_of(' ') + 1);
        screen_.raw(first + "\n");
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
            reason += screen_.say(kUrgent);
        }
        row(sign_of(action.kind), colour_of(action), action.item, &action, reason);
    }

    void held_row(const HeldAction& held) {
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

std::string totals(const Plan& plan, const Screen& screen) {
    std::uint64_t held = 0;
    const auto count = [&plan](ActionKind kind) {
        std::uint64_t n = 0;
        for (const auto& server : plan.servers) {
            n += server.count(kind);
        }
        return n;
    };
    for (const auto& server : plan.servers) {
        held += server.held.size();
    }
    const std::uint64_t created = count(ActionKind::kCreate);
    const std::uint64_t deleted = count(ActionKind::kDelete);
    const std::uint64_t adopted = count(ActionKind::kAdopt);
    const std::uint64_t changed = plan.action_count() - created - deleted - adopted;
    return screen.say(kTotals, created, changed, deleted) +
           (adopted > 0 ? screen.say(kAdopted, adopted) : "") +
           (held > 0 ? screen.say(kHeld, held) : "") + ".";
}

}  // namespace

std::string render_plan(const Plan& plan, const Budgets& budgets, const ScreenOptions& options) {
    Screen screen(options);
    for (const auto& server : plan.servers) {
        ServerTable table(screen, server);
        table.draw();
        if (const auto found = budgets.find(server.server); found != budgets.end()) {
            table.budget(found->second);
        }
        screen.raw("\n");
    }
    if (plan.empty()) {
        screen.raw(screen.say(kPlanNothing) + "\n");
    }
    screen.line(totals(plan, screen));
    return screen.take();
}

int run_plan(const CommandContext& context) {
    const Result<Looking> looking = open_to_look(context);
    if (!looking) {
        return fail(looking.error());
    }
    const Result<Observation> observation =
        looking->session->dry_run(command_request(context.args), looking->ledger);
    if (!observation) {
        return fail(observation.error());
    }
    const Plan plan = observation->plan();
    print(
        context.args.json ? plan_to_json(plan, observation->budgets())
                          : render_plan(plan, observation->budgets(), context.screen())
    );
    print_server_errors(*observation);
    print_stopped(*observation);
    if (const std::string& file = context.args.file; !file.empty()) {
        const SavedPlan saved{plan, digest(context.config), operator_name()};
        Result<void> written = write_plan_file(file, saved);
        if (!written) {
            return fail(written.error());
        }
        fmt::print(stderr, "saved to {0}; `bill-nextcloud apply {0}` does exactly this\n", file);
    }
    if (observation->error_count() > 0) {
        return kExitError;
    }
    const bool drifts = std::ranges::any_of(plan.servers, [](const ServerPlan& server) {
        return !server.drift.empty() || !server.actions.empty();
    });
    return drifts ? kExitDrift : kExitOk;
}

}  // namespace bn::cli
