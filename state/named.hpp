// Values by the names of their members, for what later versions must read although their structs
// have changed since: bencode (whole numbers, texts of any bytes, lists, members sorted as the
// struct lists them). Private to state.
//
// A member that equals its default is left out, and one that is missing takes its default: so a
// member may be added, and a default never changes. A member that this program does not know is
// refused (PayloadFault): a struct that loses one is read through a former layout, as events are.
#pragma once

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "state/payload.hpp"

namespace bn::state {

template <class T>
std::string to_named(const T& value);

// Calls `each(name, bytes)` for each member as it is written, empty where there is nothing to say.
template <HasFields T>
void each_named(const T& value, const auto& each) {
    auto visitor = [&each](const char* name, const auto& member) { each(name, to_named(member)); };
    T::each_field(visitor, value);
}

template <class T>
std::string to_named(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
        return "i" + std::to_string(value) + "e";
    } else if constexpr (std::is_same_v<T, std::string>) {
        return std::to_string(value.size()) + ":" + value;
    } else if constexpr (HasFields<T>) {
        static const auto kDefaults = [] {
            std::map<std::string, std::string, std::less<>> defaults;
            each_named(T{}, [&](const char* name, std::string bytes) {
                defaults.emplace(name, std::move(bytes));
            });
            return defaults;
        }();
        std::string out = "d";
        each_named(value, [&out](std::string_view name, const std::string& bytes) {
            if (bytes != kDefaults.find(name)->second) {
                out += to_named(std::string(name)) + bytes;
            }
        });
        return out + "e";
    } else if constexpr (requires { value.has_value(); }) {
        return value ? to_named(*value) : std::string();
    } else if constexpr (requires { value.begin(); }) {
        std::string out = "l";
        for (const auto& one : value) {
            out += to_named(one);
        }
        return out + "e";
    } else {
        return to_named(to_stored(value));
    }
}

// Reads from the front of `bytes` and moves it on; throws PayloadFault on what does not fit.
class NamedReader {
  public:
    explicit NamedReader(std::string_view bytes) : left_(bytes) {}

    template <class T>
    void get(T& value) {
        if constexpr (std::is_same_v<T, bool>) {
            value = number<std::uint8_t>() != 0;
        } else if constexpr (std::is_arithmetic_v<T>) {
            value = number<T>();
        } else if constexpr (std::is_same_v<T, std::string>) {
            value = text();
        } else if constexpr (HasFields<T>) {
            get_members(value);
        } else if constexpr (requires { value.has_value(); }) {
            get(value.emplace());
        } else if constexpr (requires { value.begin(); }) {
            expect('l');
            value.clear();
            while (!at_end()) {
                get(value.emplace_back());
            }
        } else {
            decltype(to_stored(value)) stored{};
            get(stored);
            from_stored(stored, value);
        }
    }

    void finish() const {
        if (!left_.empty()) {
            throw PayloadFault("bytes left over");
        }
    }

  private:
    template <class T>
    void get_members(T& value) {
        value = T{};
        expect('d');
        while (!at_end()) {
            const std::string name = text();
            bool known = false;
            auto visitor = [&](const char* member, auto& field) {
                if (name == member) {
                    known = true;
                    get(field);
                }
            };
            T::each_field(visitor, value);
            if (!known) {
                throw PayloadFault("unknown member '" + name.substr(0, 40) + "'");
            }
        }
    }

    bool at_end() {
        if (left_.starts_with('e')) {
            left_.remove_prefix(1);
            return true;
        }
        return false;
    }

    void expect(char what) {
        if (!left_.starts_with(what)) {
            throw PayloadFault("another kind of value is there");
        }
        left_.remove_prefix(1);
    }

    template <class T>
    T number() {
        expect('i');
        return digits<T>('e');
    }

    template <class T>
    T digits(char end) {
        T value{};
        const auto done = std::from_chars(left_.data(), left_.data() + left_.size(), value);
        if (done.ec != std::errc{}) {
            throw PayloadFault("no number, or one that is too great");
        }
        left_.remove_prefix(static_cast<std::size_t>(done.ptr - left_.data()));
        expect(end);
        return value;
    }

    std::string text() {
        const auto size = digits<std::uint64_t>(':');
        if (size > left_.size()) {
            throw PayloadFault("a length goes beyond the end");
        }
        std::string out(left_.substr(0, size));
        left_.remove_prefix(size);
        return out;
    }

    std::string_view left_;
};

template <class T>
T from_named(std::string_view bytes) {
    NamedReader reader(bytes);
    T value{};
    reader.get(value);
    reader.finish();
    return value;
}

}  // namespace bn::state
