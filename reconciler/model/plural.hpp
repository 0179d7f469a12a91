// Numbers in sentences, with the words that agree with them:
//
//   fmt::format("{:# account is|# accounts are} gone", Plural(n))
//
// The form is chosen by the number, which stands where its # is: of two forms as in English (1,
// else), of three as in Russian (1 and 21, 2 to 4 and 22, else). Without a | the number is
// formatted as any other. Pure; usable from any thread.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

#include <fmt/format.h>

#include "reconciler/model/agreement.hpp"

namespace bn {

template <std::integral Number>
struct Plural {
    Number number;

    explicit constexpr Plural(Number counted) : number(counted) {}
};

// A text where a sentence may have words that agree: with the number that it is ("7"), or as with
// many. What a phrase wants of an argument is not known before it is filled.
struct PluralText {
    std::string text;
};

// The forms of a field, or what is formatted as ever.
template <class Plain>
struct AgreeingFormatter : fmt::formatter<Plain> {
    constexpr auto parse(fmt::format_parse_context& context) {
        const auto* end = context.begin();
        bool forms = false;
        for (; end != context.end() && *end != '}'; ++end) {
            forms = forms || *end == '|';
        }
        if (!forms) {
            return fmt::formatter<Plain>::parse(context);
        }
        forms_ = std::string_view(context.begin(), static_cast<std::size_t>(end - context.begin()));
        return end;
    }

  protected:
    std::string_view forms_;
};

}  // namespace bn

template <std::integral Number>
struct fmt::formatter<bn::Plural<Number>> : bn::AgreeingFormatter<Number> {
    template <class Context>
    auto format(const bn::Plural<Number>& counted, Context& context) const {
        if (this->forms_.empty()) {
            return fmt::formatter<Number>::format(counted.number, context);
        }
        const auto number = static_cast<std::uint64_t>(counted.number);
        return fmt::format_to(
            context.out(), "{}", bn::agreed(number, std::to_string(number), this->forms_)
        );
    }
};

template <>
struct fmt::formatter<bn::PluralText> : bn::AgreeingFormatter<std::string_view> {
    template <class Context>
    auto format(const bn::PluralText& counted, Context& context) const {
        if (forms_.empty()) {
            return fmt::formatter<std::string_view>::format(counted.text, context);
        }
        std::uint64_t number = 0;
        const char* const end = counted.text.data() + counted.text.size();
        const auto [rest, failed] = std::from_chars(counted.text.data(), end, number);
        constexpr std::uint64_t kMany = 5;
        const bool whole = failed == std::errc() && rest == end;
        return fmt::format_to(
            context.out(), "{}", bn::agreed(whole ? number : kMany, counted.text, forms_)
        );
    }
};
