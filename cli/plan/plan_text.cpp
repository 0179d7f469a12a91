#include "cli/plan/plan_text.hpp"

#include <algorithm>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "cli/screen/action_text.hpp"
#include "cli/screen/display.hpp"
#include "cli/screen/screens.hpp"
#include "cli/screen/texts.hpp"

namespace bn::cli {
namespace {

constexpr std::size_t kLeastWidth = 60;
constexpr std::size_t kLongestLogin = 28;
constexpr std::size_t kIndent = 6;

Colour colour_of(char sign) {
    switch (sign) {
        case '+':
            return Colour::kGreen;
        case '-':
            return Colour::kRed;
        case '=':
            return Colour::kCyan;
        default:
            return Colour::kYellow;
    }
}

// Draws one server's part.
class ServerTable {
  public:
    ServerTable(const ServerPlan& plan, const PlanTextOptions& options)
        : plan_(plan), options_(options), width_(std::max(options.width, kLeastWidth)) {
        for (const auto& action : plan.actions) {
            measure(action.item, action.login, text(action.kind, options.language));
        }
        for (const auto& held : plan.held) {
            if (held.action) {
                measure(
                    held.hold.item, held.action->login, text(held.action->kind, options.language)
                );
            } else {
                measure(held.hold.item, "", "");
            }
        }
    }

    std::string draw() {
        header();
        const std::size_t rows = shown(plan_.actions.size());
        for (std::size_t i = 0; i < rows; ++i) {
            action_row(plan_.actions[i]);
        }
        if (rows < plan_.actions.size()) {
            line(text(Text::kPlanMore, options_.language, plan_.actions.size() - rows));
        }
        const std::size_t holds = shown(plan_.held.size());
        for (std::size_t i = 0; i < holds; ++i) {
            held_row(plan_.held[i]);
        }
        if (holds < plan_.held.size()) {
            line(text(Text::kPlanMoreHeld, options_.language, plan_.held.size() - holds));
        }
        if (plan_.actions.empty() && plan_.held.empty()) {
            line(std::string(text(Text::kPlanServerNothing, options_.language)));
        }
        budget();
        return std::move(out_);
    }

  private:
    // A few rows over the limit are shown rather than counted.
    [[nodiscard]] std::size_t shown(std::size_t count) const {
        return options_.full || count <= options_.limit + options_.limit / 4 ? count
                                                                             : options_.limit;
    }

    void measure(ItemId item, std::string_view login, std::string_view kind) {
        item_width_ = std::max(item_width_, std::to_string(item.value).size());
        login_width_ = std::max(login_width_, std::min(columns(escaped(login)), kLongestLogin));
        kind_width_ = std::max(kind_width_, columns(kind));
    }

    void line(const std::string& words) { out_ += "  " + wrapped(words, width_ - 2, 4) + "\n"; }

    void header() {
        const Language language = options_.language;
        const std::string title = text(
            Text::kPlanServer,
            language,
            plan_.server.value,
            escaped(plan_.name),
            to_string(plan_.policy)
        );
        const std::string sides = text(
            Text::kPlanSides,
            language,
            plan_.desired_accounts,
            plan_.actual_accounts,
            plan_.unmanaged_accounts
        );
        out_ += coloured(title, Colour::kBold, options_.colour);
        out_ += columns(title) + columns(sides) + 4 <= width_ ? "  (" + sides + ")\n"
                                                              : "\n  " + sides + "\n";
        if (!plan_.desired_complete) {
            line("! " + std::string(text(Text::kPlanIncompleteDesired, language)));
        }
        if (!plan_.actual_complete) {
            line("! " + std::string(text(Text::kPlanIncompleteActual, language)));
        }
        if (!plan_.stopped.empty()) {
            line("! " + text(Text::kPlanStopped, language, escaped(plan_.stopped)));
            if (!plan_.stopped_remedy.empty()) {
                line("  → " + escaped(plan_.stopped_remedy));
            }
        }
    }

    std::string columns_of(
        char sign, ItemId item, std::string_view login, std::string_view kind, Colour colour
    ) const {
        return fmt::format(
            "  {} {}  {}  {}",
            coloured(std::string(1, sign), colour, options_.colour),
            padded_left(std::to_string(item.value), item_width_),
            padded(clipped(escaped(login), login_width_), login_width_),
            padded(kind, kind_width_)
        );
    }

    [[nodiscard]] std::size_t columns_width() const {
        return 4 + item_width_ + 2 + login_width_ + 2 + kind_width_;
    }

    // The details beside the columns where they fit, else below them.
    void row(const std::string& left, const std::string& change, const std::string& reason) {
        const std::size_t room = width_ - std::min(width_, columns_width());
        const std::size_t both = columns(change) + columns(reason) + 4;
        std::string first = left;
        if (!change.empty() && columns(change) + 2 <= room) {
            first += "  " + change;
        }
        const bool beside = !reason.empty() && both + (change.empty() ? 0 : 2) <= room;
        if (beside) {
            first += "  " + coloured("(" + reason + ")", Colour::kDim, options_.colour);
        }
        while (!first.empty() && first.back() == ' ') {
            first.pop_back();
        }
        out_ += first + "\n";
        if (!change.empty() && columns(change) + 2 > room) {
            below(change);
        }
        if (!reason.empty() && !beside) {
            below("(" + reason + ")");
        }
    }

    void below(const std::string& words) {
        out_ += std::string(kIndent, ' ') + wrapped(words, width_ - kIndent, kIndent + 2) + "\n";
    }

    void action_row(const Action& action) {
        std::string reason = escaped(action.reason);
        if (action.urgent) {
            reason += reason.empty() ? "" : "; ";
            reason += text(Text::kUrgent, options_.language);
        }
        const char sign = sign_of(action.kind);
        const Colour colour = destructive(action.kind) ? Colour::kRed : colour_of(sign);
        row(columns_of(
                sign, action.item, action.login, text(action.kind, options_.language), colour
            ),
            change_of(action, options_.language),
            reason);
    }

    void held_row(const HeldAction& held) {
        const Hold& hold = held.hold;
        const auto& action = held.action;
        const std::string_view login =
            action ? std::string_view(action->login) : std::string_view();
        const std::string_view kind =
            action ? text(action->kind, options_.language) : std::string_view();
        row(columns_of('!', hold.item, login, kind, Colour::kYellow),
            action ? change_of(*action, options_.language) : std::string(),
            "");
        std::string why(text(hold.code, options_.language));
        if (!hold.where.empty()) {
            why += fmt::format(", {}", escaped(hold.where));
        }
        if (!hold.detail.empty()) {
            why += fmt::format(": {}", escaped(hold.detail));
        }
        below(why);
        if (!hold.remedy.empty()) {
            below("→ " + escaped(hold.remedy));
        }
    }

    void budget() {
        const auto found = options_.budgets.find(plan_.server);
        if (found == options_.budgets.end() || !plan_.stopped.empty()) {
            return;
        }
        const Duration wait = time_for_puts(plan_.put_count(), found->second);
        if (wait > Duration(0)) {
            const Language language = options_.language;
            line(text(
                Text::kPlanPuts,
                language,
                human_duration(wait, language),
                plan_.put_count(),
                found->second.calls,
                human_duration(found->second.window, language)
            ));
            line(std::string(text(Text::kPlanPutsHint, language)));
        }
    }

    const ServerPlan& plan_;
    const PlanTextOptions& options_;
    std::size_t width_;
    std::size_t item_width_ = 1;
    std::size_t login_width_ = 1;
    std::size_t kind_width_ = 1;
    std::string out_;
};

std::string totals(const Plan& plan, Language language) {
    std::uint64_t created = 0;
    std::uint64_t deleted = 0;
    std::uint64_t adopted = 0;
    std::uint64_t held = 0;
    for (const auto& server : plan.servers) {
        created += server.count(ActionKind::kCreate);
        deleted += server.count(ActionKind::kDelete);
        adopted += server.count(ActionKind::kAdopt);
        held += server.held.size();
    }
    const std::uint64_t changed = plan.action_count() - created - deleted - adopted;
    std::string line = text(Text::kPlanTotals, language, created, changed, deleted);
    if (adopted > 0) {
        line += text(Text::kPlanAdopted, language, adopted);
    }
    if (held > 0) {
        line += text(Text::kPlanHeld, language, held);
    }
    return line + ".";
}

}  // namespace

std::string render_plan(const Plan& plan, const PlanTextOptions& options) {
    std::string out;
    for (const auto& server : plan.servers) {
        out += ServerTable(server, options).draw() + "\n";
    }
    if (plan.empty()) {
        out += std::string(text(Text::kPlanNothing, options.language)) + "\n";
    }
    return out + wrapped(totals(plan, options.language), std::max(options.width, kLeastWidth), 2) +
           "\n";
}

}  // namespace bn::cli
