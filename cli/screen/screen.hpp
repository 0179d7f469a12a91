// What every screen is drawn with: words in the reader's language, lines, titles, holds. Pure, but
// for the host's time zone.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>

#include "cli/screen/display.hpp"
#include "reconciler/model/action.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/plural.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/time.hpp"
#include "words/count.hpp"
#include "words/language.hpp"
#include "words/local_time.hpp"

namespace bn::controller {}

namespace bn::cli {

// The verbs speak of the controller's parts by their own names.
using namespace bn::controller;
using words::counted;
using words::Language;
using words::local_time;
using words::Phrase;

// Texts are escaped: they may come from outside. Words may agree with numbers.
template <class T>
auto shown(const T& value) {
    if constexpr (std::is_convertible_v<const T&, std::string_view>) {
        return PluralText{escaped(value)};
    } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool> && !std::is_same_v<T, char>) {
        return Plural(value);
    } else {
        return value;
    }
}

// " cloud-1", and nothing for a name that is not known.
inline std::string beside(std::string_view name) {
    return name.empty() ? std::string() : " " + std::string(name);
}

// The phrase with its {} filled.
template <class... Args>
std::string say(Language language, const Phrase& phrase, const Args&... args) {
    return fmt::vformat(phrase.in(language), fmt::make_format_args(shown(args)...));
}

// "a, b": what `text` says of each; nothing of those of which it says nothing.
template <class List, class Text>
std::string enumerated(const List& list, Text text, std::string_view between = ", ") {
    std::string all;
    for (const auto& one : list) {
        if (const auto said = text(one); !said.empty()) {
            all += all.empty() ? "" : between;
            all += said;
        }
    }
    return all;
}

// What `count` says of each, added up.
template <class List, class Count>
std::uint64_t sum_of(const List& list, Count count) {
    std::uint64_t all = 0;
    for (const auto& one : list) {
        all += static_cast<std::uint64_t>(std::invoke(count, one));
    }
    return all;
}

struct ScreenOptions {
    Language language = Language::kEnglish;
    bool colour = false;
    std::size_t width = 100;  // columns; at least 20 are used
    bool full = false;        // long lists are not cut
};

// A screen that is being drawn. What comes from outside is escaped by whoever adds it; what fills a
// phrase is escaped here.
class Screen {
  public:
    explicit Screen(const ScreenOptions& options);

    template <class... Args>
    [[nodiscard]] std::string say(const Phrase& phrase, const Args&... args) const {
        return cli::say(options_.language, phrase, args...);
    }

    // A line, wrapped; what follows the first is two blanks further in.
    void line(std::string_view text, std::size_t indent = 0, Colour colour = Colour::kNone);
    void title(std::string_view text);  // bold

    // The phrase as a line.
    template <class... Args>
    void tell(std::size_t indent, const Phrase& phrase, const Args&... args) {
        line(say(phrase, args...), indent);
    }

    template <class... Args>
    void tell_if(
        bool holds, std::size_t indent, Colour colour, const Phrase& phrase, const Args&... args
    ) {
        if (holds) {
            line(say(phrase, args...), indent, colour);
        }
    }

    // With its line end; folded like all that is drawn.
    void raw(std::string_view text) { out_ += text; }

    // As it is, to be copied.
    void verbatim(std::string_view text);

    // Without blanks at its end; the line end is added.
    void trimmed(std::string_view text);

    // "! 8  bad group, tariff 3: it is empty" and what to do; without the item when `item` is 0.
    void hold(const Hold& hold, std::size_t indent, bool with_item);
    void remedy(std::string_view remedy, std::size_t indent);  // "→ ..."; nothing when empty

    // Draws rows, cut where they are many (`more` says how many are left): a few over the limit are
    // shown rather than counted.
    template <class Rows, class Draw>
    void rows(
        const Rows& list, std::size_t limit, const Phrase& more, std::size_t indent, Draw draw
    ) {
        const bool all = options_.full || list.size() <= limit + limit / 4;
        std::for_each_n(list.begin(), all ? list.size() : limit, draw);
        if (!all) {
            tell(indent, more, list.size() - limit);
        }
    }

    [[nodiscard]] Language language() const { return options_.language; }

    [[nodiscard]] bool full() const { return options_.full; }

    [[nodiscard]] std::size_t width() const { return width_; }

    [[nodiscard]] bool narrow() const { return width_ < kNarrow; }

    [[nodiscard]] std::string paint(std::string_view text, Colour colour) const {
        return coloured(text, colour, options_.colour);
    }

    [[nodiscard]] std::string take();

  private:
    const ScreenOptions& options_;
    std::size_t width_;
    std::string done_;  // with what is verbatim in it
    std::string out_;
};

// A finished English text of the core, an adapter or an event, in the reader's language, escaped.
// Its times in UTC become local ones, but for those that are an option's value in a command.
std::string said(std::string_view text, Language language);

// "10 GiB", "unlimited", "not set", "unknown".
std::string quota_text(Quota quota, Language language);

// "what (remedy) [code]" on one line.
std::string error_text(const Error& error, Language language);

// "bad group, tariff 3: it is empty", escaped.
std::string hold_text(const Hold& hold, Language language);

// "quota, group"
std::string drift_list(DriftMask mask, Language language);

std::string_view word(DriftField field, Language language);
std::string_view word(ActionKind kind, Language language);

// "+", "~", "-", "="
char sign_of(ActionKind kind);

// What changes: "quota 5 GiB, group Basic, e-mail a@b.c" for a create, "1 GiB → 5 GiB" for a field.
// Escaped.
std::string change_of(const Action& action, Language language);

// "create user_7: quota 5 GiB"
std::string describe(const Action& action, Language language);

// "5 min", "1 h 20 min", "3 d": two units at most.
std::string human_duration(Duration d, Language language);
// "3 min ago", "in 2 min"; "never" for none.
std::string human_moment(Time t, Time now, Language language);
std::string human_moment(const std::optional<Time>& t, Time now, Language language);

// Words that several screens use.
inline constexpr Phrase kNone{"none", "нет"};
inline constexpr Phrase kQuota{"quota", "квота"};
inline constexpr Phrase kGroup{"group", "группа"};
inline constexpr Phrase kEmail{"e-mail", "почта"};
inline constexpr Phrase kName{"name", "имя"};
inline constexpr Phrase kMoreHeld{
    "… and {} more held (--full shows all)", "… и ещё удержано: {} (--full покажет все)"};

}  // namespace bn::cli
