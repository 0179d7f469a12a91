#include "cli/screen/screen.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "words/catalogue.hpp"
#include "words/panel_texts.hpp"

namespace bn::cli {
namespace {

constexpr std::size_t kLeastWidth = 20;

constexpr Phrase kAgo{"{} ago", "{} назад"};
constexpr Phrase kIn{"in {}", "через {}"};

struct Unit {
    Phrase name;
    std::int64_t milliseconds;
};

constexpr std::array<Unit, 4> kUnits{
    {{{"{} d", "{} д"}, 86'400'000},
     {{"{} h", "{} ч"}, 3'600'000},
     {{"{} min", "{} мин"}, 60'000},
     {{"{} s", "{} с"}, 1'000}}};

}  // namespace

std::string said(std::string_view text, Language language) {
    return escaped(words::told(text, language));
}

std::string quota_text(Quota quota, Language language) {
    return quota.is_bytes() ? human_bytes(static_cast<std::uint64_t>(quota.count()), language)
                            : words::value_in(to_string(quota), language);
}

std::string error_text(const Error& error, Language language) {
    const std::string remedy =
        error.remedy.empty() ? "" : fmt::format(" ({})", said(error.remedy, language));
    return fmt::format("{}{} [{}]", said(error.what, language), remedy, error.code);
}

Screen::Screen(const ScreenOptions& options)
    : options_(options), width_(std::max(options.width, kLeastWidth)) {}

void Screen::line(std::string_view text, std::size_t indent, Colour colour) {
    indent = std::min(indent, width_ / 4);
    const std::string lines = wrapped(text, width_ - indent, indent, 2);
    out_ += std::string(indent, ' ') + paint(lines, colour) + "\n";
}

void Screen::title(std::string_view text) {
    out_ += paint(text, Colour::kBold) + "\n";
}

void Screen::verbatim(std::string_view text) {
    done_ += folded(std::exchange(out_, {}), width_);
    done_ += text;
}

std::string Screen::take() {
    verbatim("");
    return std::exchange(done_, {});
}

void Screen::trimmed(std::string_view text) {
    out_ += std::string(text.substr(0, text.find_last_not_of(' ') + 1)) + "\n";
}

void Screen::hold(const Hold& hold, std::size_t indent, bool with_item) {
    const std::string item = with_item ? fmt::format("{}  ", hold.item.value) : "";
    line("! " + item + hold_text(hold, options_.language), indent);
    remedy(hold.remedy, indent + 2);
}

void Screen::remedy(std::string_view remedy, std::size_t indent) {
    if (!remedy.empty()) {
        line("→ " + said(remedy, options_.language), indent);
    }
}

std::string hold_text(const Hold& hold, Language language) {
    std::string text(words::reason(hold.code, language));
    text += hold.where.empty() ? "" : ", " + said(hold.where, language);
    return text + (hold.detail.empty() ? "" : ": " + said(hold.detail, language));
}

std::string_view word(DriftField field, Language language) {
    return words::on_screen(to_string(field), language);
}

std::string_view word(ActionKind kind, Language language) {
    return words::on_screen(to_string(kind), language);
}

std::string drift_list(DriftMask mask, Language language) {
    return enumerated(kAllDriftFields, [&](DriftField field) {
        return has(mask, field) ? word(field, language) : "";
    });
}

char sign_of(ActionKind kind) {
    switch (kind) {
        case ActionKind::kCreate:
            return '+';
        case ActionKind::kDelete:
            return '-';
        case ActionKind::kAdopt:
            return '=';
        default:
            return '~';
    }
}

std::string change_of(const Action& action, Language language) {
    if (action.create) {
        const std::pair<Phrase, std::string> fields[] = {
            {kQuota, quota_text(action.create->quota, language)},
            {kGroup, escaped(action.create->group)},
            {kEmail, escaped(action.create->email)},
            {kName, escaped(action.create->display_name)}};
        return enumerated(fields, [language](const auto& field) {
            const auto& [name, value] = field;
            return value.empty() ? "" : fmt::format("{} {}", name.in(language), value);
        });
    }
    if (action.before.empty() && action.after.empty()) {
        return escaped(action.value);
    }
    const std::string none = fmt::format("({})", kNone.in(language));
    const auto value = [&](const std::string& text) {
        return text.empty() ? none
                            : escaped(words::side_of(to_string(action.kind), text, language));
    };
    return fmt::format("{} → {}", value(action.before), value(action.after));
}

std::string describe(const Action& action, Language language) {
    const std::string change = change_of(action, language);
    return fmt::format(
        "{} {}{}{}",
        word(action.kind, language),
        escaped(action.login),
        change.empty() ? "" : ": ",
        change
    );
}

std::string human_duration(Duration d, Language language) {
    std::int64_t rest = d.count() < 0 ? -d.count() : d.count();
    if (rest < 1000) {
        return say(language, {"{} ms", "{} мс"}, rest);
    }
    const auto* unit =
        std::ranges::find_if(kUnits, [rest](const Unit& u) { return rest >= u.milliseconds; });
    std::string text = say(language, unit->name, rest / unit->milliseconds);
    rest %= unit->milliseconds;
    if (++unit != kUnits.end() && rest >= unit->milliseconds) {
        text += " " + say(language, unit->name, rest / unit->milliseconds);
    }
    return text;
}

std::string human_moment(Time t, Time now, Language language) {
    const Duration d = t - now;
    if (d > Duration(-1000) && d < Duration(1000)) {
        return say(language, {"just now", "только что"});
    }
    return say(language, d.count() < 0 ? kAgo : kIn, human_duration(d, language));
}

std::string human_moment(const std::optional<Time>& t, Time now, Language language) {
    return t ? human_moment(*t, now, language) : say(language, {"never", "никогда"});
}

}  // namespace bn::cli
