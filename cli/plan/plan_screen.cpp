// The plan as a person reads it: by server what would be done, what is held and why, what is not
// known; long lists counted by what would happen and why.
#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "cli/plan/plan_view.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kPlanLimit = 40;  // rows of actions, and of holds, per server
constexpr std::size_t kExamples = 3;    // of what is counted
constexpr std::size_t kSameReason = 3;  // from so many on, a reason is said once for all
constexpr std::size_t kPlanLongestLogin = 28;
constexpr std::size_t kIndent = 6;

constexpr Phrase kPlanServer{"Server {} {}, policy {}", "Сервер {} {}, политика {}"};
constexpr Phrase kPlanServerUnknown{"Server {} {}: not known", "Сервер {} {}: неизвестно"};
constexpr Phrase kPlanServerOff{"Server {} {}: switched off", "Сервер {} {}: выключен"};
constexpr Phrase kPanelUnknown{"The panel's servers: not known", "Серверы панели: неизвестны"};
constexpr Phrase kObserved{
    "observe: nothing will be done here; this is what would be",
    "observe: здесь ничего не будет сделано; так было бы"};
constexpr Phrase kSides{
    "{} sold, {} in the cloud, {} not ours", "продано {}, в облаке {}, не наших {}"};
constexpr Phrase kItemsUnknown{
    "! how {1:# account is|# accounts are} now is not known: {0}",
    "! как сейчас обстоит дело, неизвестно (учётных записей: {1}): {0}"};
constexpr Phrase kPartlyUnknown{
    "! not all is known, and nothing destructive is done: {}",
    "! известно не всё, и ничего разрушающего не делается: {}"};
constexpr Phrase kIncompleteDesired{
    "! the panel was not read completely: nothing destructive is done",
    "! панель прочитана не полностью: ничего разрушающего не делается"};
constexpr Phrase kIncompleteActual{
    "! the cloud was not read completely: nothing destructive is done",
    "! облако прочитано не полностью: ничего разрушающего не делается"};
constexpr Phrase kPlanStopped{"! WAITS for an approval: {}", "! ЖДЁТ одобрения: {}"};
constexpr Phrase kPlanUnsaidGroup{
    "! tariff {}: its stored group {} names no group of the cloud, and the groups of its {} "
    "services are left as they are: choose the group in the tariff again",
    "! тариф {}: хранимая группа {} не называет группы облака, и группы его услуг ({}) остаются "
    "как есть: выберите группу в тарифе заново"};
constexpr Phrase kPlanMore{
    "… and {:# more action|# more actions} (--full shows all)",
    "… и ещё действий: {} (--full покажет все)"};
constexpr Phrase kPlanUnplaced{
    "Held, and no cloud was asked: {}", "Удержано, облака не опрошены: {}"};
constexpr Phrase kCounted{
    "--full shows each of them, `bill-nextcloud item ID` all about one",
    "--full покажет каждое, `bill-nextcloud item ID` всё об одной услуге"};
constexpr Phrase kItemList{"{:item|items} {}", "{:услуга|услуги} {}"};
constexpr Phrase kTotals{
    "Plan: {} to create, {} to change, {} to delete", "План: создать {}, изменить {}, удалить {}"};
constexpr Phrase kWould{
    "Observe: would create {}, change {}, delete {}",
    "Observe: было бы создано {}, изменено {}, удалено {}"};
constexpr Phrase kNotWhole{
    "Not everything is known: this is not all that there is to do.",
    "Известно не всё: здесь не всё, что нужно сделать."};
constexpr Phrase kNoServerRead{"No server was looked at.", "Ни один сервер не просмотрен."};
constexpr Phrase kNothingElsewhere{
    "Nothing to do on the servers that are switched on.", "На включённых серверах делать нечего."};
constexpr Phrase kPuts{
    "Takes at least {}: {} quota and e-mail changes at {} per {}.",
    "Займёт не меньше {}: изменений квоты и почты {}, сервер пускает {} за {}."};
constexpr Phrase kPutsHint{
    "'ratelimit.protection.enabled' => false in the server's config.php lifts this.",
    "Снимает ограничение 'ratelimit.protection.enabled' => false в config.php сервера."};

Colour colour_of(const Action& action) {
    if (takes_away(action)) {
        return Colour::kRed;
    }
    return action.kind == ActionKind::kCreate  ? Colour::kGreen
           : action.kind == ActionKind::kAdopt ? Colour::kCyan
                                               : Colour::kYellow;
}

// "item 7", "items 7, 8, 9 …"
template <class List, class IdOf>
std::string examples(const List& list, IdOf id_of, const Screen& screen) {
    std::set<std::uint32_t> ids;
    for (const auto& one : list) {
        ids.insert(std::invoke(id_of, one).value);
    }
    std::vector<std::string> shown;
    for (const std::uint32_t id : ids) {
        if (shown.size() == kExamples) {
            shown.emplace_back("…");
            break;
        }
        shown.push_back(std::to_string(id));
    }
    return screen.say(kItemList, ids.size(), enumerated(shown, [](const std::string& text) {
                          return text;
                      }));
}

// Draws one server's part.
class ServerTable {
  public:
    ServerTable(Screen& screen, const ServerPlan& plan, const Unknown* partly)
        : screen_(screen),
          plan_(plan),
          partly_(partly),
          would_(would_be_done(plan)),
          held_(held_by_reason(plan.held, plan.policy)) {
        for (const Action& action : would_) {
            measure(action.item, &action);
        }
        for (const HeldGroup& group : held_) {
            for (const HeldAction* held : group.held) {
                measure(held->hold.item, held->action ? &*held->action : nullptr);
            }
        }
    }

    void draw() {
        header();
        if (counted(would_.size())) {
            count_actions(would_, nullptr);
        } else {
            screen_.rows(would_, kPlanLimit, kPlanMore, 2, [this](const auto& one) {
                action_row(one);
            });
        }
        hold_rows();
        const bool whole = plan_.desired_complete && plan_.actual_complete && partly_ == nullptr;
        if (would_.empty() && held_.empty() && whole) {
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
    [[nodiscard]] bool counted(std::size_t rows) const {
        return !screen_.full() && rows > kPlanLimit + kPlanLimit / 4;
    }

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
        screen_.tell_if(plan_.policy == Policy::kObserve, 2, Colour::kCyan, kObserved);
        if (partly_ != nullptr) {
            screen_.line(
                screen_.say(
                    partly_->items.empty() ? kPartlyUnknown : kItemsUnknown,
                    said(partly_->why.what, screen_.language()),
                    partly_->items.size()
                ),
                2,
                Colour::kYellow
            );
            screen_.remedy(partly_->why.remedy, 4);
        } else {
            screen_.tell_if(!plan_.desired_complete, 2, Colour::kNone, kIncompleteDesired);
            screen_.tell_if(!plan_.actual_complete, 2, Colour::kNone, kIncompleteActual);
        }
        for (const UnsaidGroup& one : plan_.unsaid_groups) {
            screen_.tell(2, kPlanUnsaidGroup, one.tariff, escaped(one.stored), one.services);
        }
        if (!plan_.stopped.empty()) {
            screen_.tell(2, kPlanStopped, said(plan_.stopped, screen_.language()));
            screen_.remedy(plan_.stopped_remedy, 4);
        }
    }

    // By what would happen and why; `held`: one of those that are held for one reason.
    void count_actions(const std::vector<Action>& actions, const HeldAction* held) {
        for (const ActionGroup& group : grouped(actions)) {
            const Action& first = group.front();
            const bool waits = held != nullptr && said_above(*held);
            const std::string reason =
                waits ? waiting(first) : reason_of(first, screen_.language());
            const char sign = held != nullptr ? '!' : sign_of(first.kind);
            const Colour colour = held != nullptr ? Colour::kYellow : colour_of(first);
            screen_.trimmed(fmt::format(
                "  {} {} {}{}",
                screen_.paint(std::string(1, sign), colour),
                padded_left(std::to_string(group.size()), item_width_),
                word(first.kind, screen_.language()),
                reason.empty() ? "" : "  " + screen_.paint("(" + reason + ")", Colour::kDim)
            ));
            common_changes(group);
            screen_.line(examples(group, &Action::item, screen_), kIndent);
        }
        if (!std::exchange(counted_, true)) {
            screen_.tell(2, kCounted);
        }
    }

    // Held for one reason, which was said.
    void count_held(const HeldGroup& group) {
        std::vector<Action> actions;
        std::vector<ItemId> others;
        for (const HeldAction* held : group.held) {
            if (held->action) {
                actions.push_back(*held->action);
            } else {
                others.push_back(held->hold.item);
            }
        }
        if (!actions.empty()) {
            count_actions(actions, group.held.front());
        }
        if (!others.empty()) {
            screen_.line(examples(others, std::identity(), screen_), kIndent);
        }
    }

    // "1 GiB → 5 GiB: 1980; 2 GiB → 5 GiB: 20", where few are different.
    void common_changes(const std::vector<Action>& actions) {
        std::map<std::string, std::uint64_t> changes;
        for (const Action& action : actions) {
            if (!action.create && !(action.before.empty() && action.after.empty())) {
                ++changes[change_of(action, screen_.language())];
            }
        }
        if (!changes.empty() && changes.size() <= kExamples) {
            const std::string all = enumerated(
                changes,
                [](const auto& one) { return fmt::format("{}: {}", one.first, one.second); },
                "; "
            );
            screen_.line(all, kIndent);
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
            padded(login, login_width_),
            padded(kind, kind_width_)
        );
        const std::size_t used = columns(first);
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
        row(sign_of(action.kind),
            colour_of(action),
            action.item,
            &action,
            reason_of(action, screen_.language()));
    }

    // Why, and what to do, stands once above.
    [[nodiscard]] bool said_above(const HeldAction& held) const {
        return held.action && held.hold.code == HoldCode::kBlastRadius && !plan_.stopped.empty();
    }

    [[nodiscard]] std::string waiting(const Action& action) const {
        const std::string why = said(action.reason, screen_.language());
        return screen_.say({"{}waits", "{}ждёт"}, why.empty() ? "" : why + "; ");
    }

    void hold_rows() {
        screen_.rows(held_, kPlanLimit, kMoreHeld, 2, [this](const HeldGroup& group) {
            const bool above = said_above(*group.held.front());
            const bool once = group.held.size() >= kSameReason || above;
            if (once && !above) {
                const std::string why = hold_text(group.common, screen_.language());
                const std::size_t count = group.held.size();
                screen_.line(
                    "! " +
                        screen_.say({"{:# action|# actions}: {}", "действий {}: {}"}, count, why),
                    2
                );
                screen_.remedy(group.common.remedy, 4);
            }
            if (once && counted(group.held.size())) {
                count_held(group);
                return;
            }
            for (const HeldAction* held : group.held) {
                held_row(*held, once);
            }
        });
    }

    void held_row(const HeldAction& held, bool reason_said) {
        const Action* action = held.action ? &*held.action : nullptr;
        std::string why;
        if (said_above(held)) {
            why = waiting(*action);
        }
        row('!', Colour::kYellow, held.hold.item, action, why);
        if (!reason_said) {
            screen_.line(hold_text(held.hold, screen_.language()), kIndent);
            screen_.remedy(held.hold.remedy, kIndent);
        }
    }

    Screen& screen_;
    const ServerPlan& plan_;
    const Unknown* partly_;
    std::vector<Action> would_;  // what is done, and under observe what would be
    std::vector<HeldGroup> held_;
    bool counted_ = false;  // how to see each was said
    std::size_t item_width_ = 1;
    std::size_t login_width_ = 1;
    std::size_t kind_width_ = 1;
};

std::uint64_t held_count(const Plan& plan, bool observed_too) {
    return plan.unplaced.size() + sum_of(plan.servers, [&](const ServerPlan& server) {
               return observed_too || server.policy != Policy::kObserve
                          ? server.held.size()
                          : server.held.size() - would_be_done(server).size();
           });
}

// "1 to create, 2 to change, 3 to delete, 4 to adopt"
struct Counts {
    std::map<ActionKind, std::uint64_t> by_kind;

    void add(const std::vector<Action>& actions) {
        for (const Action& action : actions) {
            ++by_kind[action.kind];
        }
    }

    [[nodiscard]] std::uint64_t of(ActionKind kind) const {
        const auto found = by_kind.find(kind);
        return found == by_kind.end() ? 0 : found->second;
    }

    [[nodiscard]] std::string said(const Screen& screen, const Phrase& phrase) const {
        const std::uint64_t created = of(ActionKind::kCreate);
        const std::uint64_t deleted = of(ActionKind::kDelete);
        const std::uint64_t adopted = of(ActionKind::kAdopt);
        const std::uint64_t all = sum_of(by_kind, [](const auto& one) { return one.second; });
        const std::uint64_t changed = all - created - deleted - adopted;
        return screen.say(phrase, created, changed, deleted) +
               (adopted > 0 ? screen.say({", {} to adopt", ", принять {}"}, adopted) : "");
    }
};

std::string totals(const Plan& plan, const std::vector<Unknown>& unknown, const Screen& screen) {
    Counts done;
    Counts would;
    for (const ServerPlan& server : plan.servers) {
        (server.policy == Policy::kObserve ? would : done).add(would_be_done(server));
    }
    const bool observed = !would.by_kind.empty();
    const bool only_observed =
        observed && std::ranges::all_of(plan.servers, [](const ServerPlan& server) {
            return server.policy == Policy::kObserve;
        });
    std::string text;
    if (!only_observed) {
        text = done.said(screen, kTotals);
    } else {
        text = would.said(screen, kWould);
    }
    const std::uint64_t held = held_count(plan, false);
    text += held > 0 ? screen.say({", {} held", ", удержано {}"}, held) : "";
    const auto add = [&](const Phrase& phrase, auto count_of) {
        const std::uint64_t count = sum_of(unknown, count_of);
        text += count > 0 ? screen.say(phrase, count) : "";
    };
    add({", servers not known: {}", ", неизвестно серверов: {}"},
        [](const Unknown& one) { return one.items.empty() && !one.off ? 1U : 0U; });
    add({", items not known: {}", ", неизвестно услуг: {}"},
        [](const Unknown& one) { return one.items.size(); });
    add({", servers switched off: {}", ", выключено серверов: {}"},
        [](const Unknown& one) { return one.off ? 1U : 0U; });
    text += ".";
    return observed && !only_observed ? text + " " + would.said(screen, kWould) + "." : text;
}

void draw_unknown(Screen& screen, const Unknown& unknown) {
    const bool named = unknown.server.value != 0;
    screen.title(
        named ? screen.say(
                    unknown.off ? kPlanServerOff : kPlanServerUnknown,
                    unknown.server.value,
                    unknown.name
                )
              : screen.say(kPanelUnknown)
    );
    screen.line("! " + said(unknown.why.what, screen.language()), 2, Colour::kYellow);
    screen.remedy(unknown.why.remedy, 4);
    screen.raw("\n");
}

}  // namespace

std::string render_plan(
    const Plan& plan,
    const Budgets& budgets,
    const ScreenOptions& options,
    const std::vector<Unknown>& unknown
) {
    Screen screen(options);
    for (const Unknown& one : unknown) {
        if (!one.partly) {
            draw_unknown(screen, one);
        }
    }
    for (const auto& server : plan.servers) {
        const auto partly = std::ranges::find(unknown, server.server, &Unknown::server);
        ServerTable table(screen, server, partly == unknown.end() ? nullptr : &*partly);
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
    const bool nothing = std::ranges::all_of(plan.servers, [](const ServerPlan& server) {
        return would_be_done(server).empty() && server.stopped.empty();
    });
    const bool off = !unknown.empty() && std::ranges::all_of(unknown, &Unknown::off);
    if (!unknown.empty() && !off) {
        screen.line(screen.say(kNotWhole));
    } else if (off && plan.servers.empty()) {
        screen.line(screen.say(kNoServerRead));
    } else if (off && nothing) {
        screen.line(screen.say(kNothingElsewhere));
    } else if (nothing && held_count(plan, false) > 0) {
        screen.raw(screen.say({"Nothing is done now.", "Сейчас ничего не выполняется."}) + "\n");
    } else if (nothing) {
        screen.raw(screen.say({"Nothing to do.", "Делать нечего."}) + "\n");
    }
    screen.line(totals(plan, unknown, screen));
    return screen.take();
}

}  // namespace bn::cli
