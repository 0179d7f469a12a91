// Which texts of a value may say something about a client. Private to state.
#pragma once

#include <algorithm>
#include <functional>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>

#include "reconciler/model/fields.hpp"
#include "state/event_codec.hpp"

namespace bn::state {

// Asks about every text that is not known to be harmless.
class TextMask {
  public:
    explicit TextMask(const MaskText& replace) : replace_(replace) {}

    template <class T>
    void operator()(const char* name, T& value) {
        if constexpr (std::is_same_v<T, std::string>) {
            const auto same = [name](std::string_view harmless) { return harmless == name; };
            const bool keep = std::any_of(std::begin(kHarmless), std::end(kHarmless), same);
            if (!keep && !value.empty() && value != kMasked && replace_(name, value)) {
                value = kMasked;
            }
        } else if constexpr (HasFields<T>) {
            T::each_field(*this, value);
        } else if constexpr (requires { value.has_value(); }) {
            if (value) {
                (*this)(name, *value);
            }
        } else if constexpr (requires { value.begin(); }) {
            for (auto& one : value) {
                (*this)(name, one);
            }
        }
    }

  private:
    static constexpr std::string_view kMasked = "***";
    static constexpr std::string_view kHarmless[] = {
        "action_id",
        "code",
        "command",
        "digest",
        "field",
        "function",
        "itemtype",
        "secret_ref",
        "task_type"};

    const MaskText& replace_;
};

}  // namespace bn::state
