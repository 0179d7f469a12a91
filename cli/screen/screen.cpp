#include "cli/screen/screen.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <ctime>

#include "reconciler/model/time.hpp"
#include "words/catalogue.hpp"
#include "words/panel_texts.hpp"

namespace bn::cli {
namespace {

constexpr std::size_t kLeastWidth = 60;

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

// Where a time as `format_time` writes it begins; npos: nowhere. `length` becomes its length.
std::size_t find_time(std::string_view text, std::size_t from, std::size_t& length) {
    constexpr std::string_view kForm = "0000-00-00T00:00:00";
    const auto alike = [](char c, char form) {
        return form == '0' ? c >= '0' && c <= '9' : c == form;
    };
    for (; from + kForm.size() < text.size(); ++from) {
        const std::string_view here = text.substr(from, kForm.size());
        if (!std::ranges::equal(here, kForm, alike)) {
            continue;
        }
        const std::size_t after = from + kForm.size();
        const std::size_t end = text.find('Z', after);
        if (end == after || end == after + 4) {
            length = end + 1 - from;
            return from;
        }
    }
    return std::string_view::npos;
}

// "--since ": a command's option, whose value stays what the command reads.
bool ends_with_option(std::string_view text) {
    if (text.empty() || (text.back() != ' ' && text.back() != '=')) {
        return false;
    }
    text.remove_suffix(1);
    const std::size_t blank = text.rfind(' ');
    return text.substr(blank == std::string_view::npos ? 0 : blank + 1).starts_with("--");
}

std::string with_local_times(std::string_view text) {
    std::string out;
    std::size_t length = 0;
    for (std::size_t at = find_time(text, 0, length); at != std::string_view::npos;
         at = find_time(text, 0, length)) {
        const auto time = parse_time(text.substr(at, length));
        out += text.substr(0, at);
        out += time && !ends_with_option(out) ? local_time(*time)
                                              : std::string(text.substr(at, length));
        text.remove_prefix(at + length);
    }
    return out.append(text);
}

}  // namespace

std::string said(std::string_view text, Language language) {
    return escaped(with_local_times(words::in_language(text, language)));
}

std::string local_time(Time t) {
    // The C library knows TZ in all its forms, cctz those of the tz database.
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(t));
    std::tm local{};
    localtime_r(&seconds, &local);
    const long minutes = local.tm_gmtoff / 60;
    return fmt::format(
        "{:04}-{:02}-{:02} {:02}:{:02}:{:02} {}{:02}:{:02}",
        local.tm_year + 1900,
        local.tm_mon + 1,
        local.tm_mday,
        local.tm_hour,
        local.tm_min,
        local.tm_sec,
        minutes < 0 ? '-' : '+',
        std::abs(minutes) / 60,
        std::abs(minutes) % 60
    );
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
    const std::string lines = wrapped(text, width_ - indent, indent, 2);
    out_ += std::string(indent, ' ') + paint(lines, colour) + "\n";
}

void Screen::title(std::string_view text) {
    out_ += paint(text, Colour::kBold) + "\n";
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
