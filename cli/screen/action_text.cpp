#include "cli/screen/action_text.hpp"

#include <fmt/format.h>

#include "cli/screen/display.hpp"
#include "cli/screen/texts.hpp"

namespace bn::cli {
namespace {

void add(std::string& list, Text name, const std::string& value, Language language) {
    if (!value.empty()) {
        list += fmt::format("{}{} {}", list.empty() ? "" : ", ", text(name, language), value);
    }
}

}  // namespace

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
        std::string list;
        add(list, Text::kQuota, to_string(action.create->quota), language);
        add(list, Text::kGroup, escaped(action.create->group), language);
        add(list, Text::kEmail, escaped(action.create->email), language);
        add(list, Text::kName, escaped(action.create->display_name), language);
        return list;
    }
    const std::string before = escaped(action.before);
    const std::string after = escaped(action.after);
    if (before.empty() && after.empty()) {
        return escaped(action.value);
    }
    const std::string none = fmt::format("({})", text(Text::kNone, language));
    return fmt::format("{} → {}", before.empty() ? none : before, after.empty() ? none : after);
}

std::string describe(const Action& action, Language language) {
    const std::string change = change_of(action, language);
    return fmt::format(
        "{} {}{}{}",
        text(action.kind, language),
        escaped(action.login),
        change.empty() ? "" : ": ",
        change
    );
}

}  // namespace bn::cli
