// Numbers in sentences, with the words that agree with them:
//
//   fmt::format("{:# account is|# accounts are} gone", Plural(n))
//
// The form is chosen by the number, which stands where its # is: of two forms as in English (1,
// else), of three as in Russian (1 and 21, 2 to 4 and 22, else). Without a | the number is
// formatted as any other. Pure; usable from any thread.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "reconciler/model/agreement.hpp"

namespace bn {

template <std::integral Number>
struct Plural {
    Number number;

    explicit constexpr Plural(Number counted) : number(counted) {}
};

}  // namespace bn

template <std::integral Number>
struct fmt::formatter<bn::Plural<Number>> : fmt::formatter<Number> {
    constexpr auto parse(fmt::format_parse_context& context) {
        const auto* end = context.begin();
        bool forms = false;
        for (; end != context.end() && *end != '}'; ++end) {
            forms = forms || *end == '|';
        }
        if (!forms) {
            return fmt::formatter<Number>::parse(context);
        }
        forms_ = std::string_view(context.begin(), static_cast<std::size_t>(end - context.begin()));
        return end;
    }

    template <class Context>
    auto format(const bn::Plural<Number>& counted, Context& context) const {
        if (forms_.empty()) {
            return fmt::formatter<Number>::format(counted.number, context);
        }
        const std::string text = bn::agreed(static_cast<std::uint64_t>(counted.number), forms_);
        return fmt::format_to(context.out(), "{}", text);
    }

  private:
    std::string_view forms_;
};
