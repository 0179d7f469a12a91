// Strict reading of JSON into values, with the place of each fault. Inner to controller/render;
// the only header here that knows nlohmann.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reconciler/model/time.hpp"

namespace bn::controller {

using Json = nlohmann::ordered_json;

// Thrown by JsonPlace, caught where the document was begun.
struct JsonFault {
    std::string what;
};

// One value of a document and where it stands ("servers[0].actions[3]").
class JsonPlace {
  public:
    JsonPlace(const Json& value, std::string path) : value_(value), path_(std::move(path)) {}

    [[noreturn]] void fault(std::string_view what) const {
        throw JsonFault{fmt::format("{}: {}", path_.empty() ? "document" : path_, what)};
    }

    [[nodiscard]] bool has(const char* key) const {
        return value_.is_object() && value_.contains(key);
    }

    [[nodiscard]] JsonPlace operator[](const char* key) const {
        const std::string path = path_.empty() ? key : path_ + "." + key;
        if (!has(key)) {
            throw JsonFault{fmt::format("{}: is missing", path)};
        }
        return {value_.at(key), path};
    }

    // Refuses keys that are not in the list.
    void only(std::initializer_list<std::string_view> keys) const {
        if (!value_.is_object()) {
            fault("must be an object");
        }
        for (const auto& [key, value] : value_.items()) {
            bool known = false;
            for (const std::string_view candidate : keys) {
                known = known || candidate == key;
            }
            if (!known) {
                fault(fmt::format("unknown key \"{}\"", key));
            }
        }
    }

    [[nodiscard]] std::string text() const {
        if (!value_.is_string()) {
            fault("must be a text");
        }
        return value_.get<std::string>();
    }

    [[nodiscard]] bool flag() const {
        if (!value_.is_boolean()) {
            fault("must be true or false");
        }
        return value_.get<bool>();
    }

    [[nodiscard]] std::uint64_t count() const {
        if (!value_.is_number_unsigned()) {
            fault("must be a whole number, not negative");
        }
        return value_.get<std::uint64_t>();
    }

    [[nodiscard]] std::uint32_t id() const {
        const std::uint64_t number = count();
        if (number > 0xffffffffU) {
            fault("is too large for an id");
        }
        return static_cast<std::uint32_t>(number);
    }

    [[nodiscard]] Time time() const {
        const auto parsed = parse_time(text());
        if (!parsed) {
            fault(parsed.error());
        }
        return *parsed;
    }

    [[nodiscard]] bool is_null() const { return value_.is_null(); }

    [[nodiscard]] const Json& value() const { return value_; }

    template <class Each>
    void each(Each&& read) const {
        if (!value_.is_array()) {
            fault("must be a list");
        }
        std::size_t i = 0;
        for (const auto& element : value_) {
            read(JsonPlace(element, fmt::format("{}[{}]", path_, i++)));
        }
    }

  private:
    const Json& value_;
    std::string path_;
};

// Names from a cloud may be broken UTF-8: replaced, never thrown about.
inline std::string dump(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bn::controller
