#include "controller/json/json.hpp"

#include <algorithm>

namespace bn::controller {

std::vector<DriftValue> values_of(DriftMask mask) {
    std::vector<DriftValue> values;
    for (const DriftField field : kAllDriftFields) {
        if (has(mask, field)) {
            values.push_back({field, "", ""});
        }
    }
    return values;
}

Json json_of(const Quota& quota) {
    if (quota.is_bytes()) {
        return static_cast<std::uint64_t>(quota.count());
    }
    return quota.is_unknown() ? Json(nullptr) : Json(to_string(quota));
}

Json json_of(const Time& time) {
    return format_time(time);
}

Json json_of(const DriftMask& mask) {
    Json list = Json::array();
    for (const DriftField field : kAllDriftFields) {
        if (has(mask, field)) {
            list.push_back(to_string(field));
        }
    }
    return list;
}

void read_json(const Json& json, Quota& quota) {
    if (json.is_null()) {
        quota = Quota::unknown();
    } else if (json.is_string() && json == "unlimited") {
        quota = Quota::unlimited();
    } else if (json.is_string()) {
        throw JsonFault{"", "must be a number of bytes, \"unlimited\" or null"};
    } else {
        constexpr auto kMost = std::numeric_limits<std::int64_t>::max();
        quota = Quota::bytes(static_cast<std::int64_t>(read_count(json, kMost)));
    }
}

void read_json(const Json& json, Time& time) {
    std::string text;
    read_json(json, text);
    const auto parsed = parse_time(text);
    if (!parsed) {
        throw JsonFault{"", parsed.error()};
    }
    time = *parsed;
}

void read_json(const Json& json, DriftMask& mask) {
    mask = 0;
    for (const Json& name : read_list(json)) {
        const auto* const field = std::ranges::find_if(kAllDriftFields, [&name](DriftField known) {
            return name.is_string() && name.get<std::string_view>() == to_string(known);
        });
        if (field == std::end(kAllDriftFields)) {
            throw JsonFault{"", "names what is no field of an account"};
        }
        mask = static_cast<DriftMask>(mask | static_cast<DriftMask>(*field));
    }
}

void read_json(const Json& json, std::string& text) {
    if (!json.is_string()) {
        throw JsonFault{"", "must be a text"};
    }
    text = json.get<std::string>();
}

void read_json(const Json& json, bool& flag) {
    if (!json.is_boolean()) {
        throw JsonFault{"", "must be true or false"};
    }
    flag = json.get<bool>();
}

void read_json(const Json& json, std::map<std::string, std::uint64_t>& counts) {
    if (!json.is_object()) {
        throw JsonFault{"", "must be an object"};
    }
    for (const auto& [name, count] : json.items()) {
        read_json(count, counts[name]);
    }
}

std::uint64_t read_count(const Json& json, std::uint64_t most) {
    if (!json.is_number_unsigned()) {
        throw JsonFault{"", "must be a whole number, not negative"};
    }
    const auto count = json.get<std::uint64_t>();
    if (count > most) {
        throw JsonFault{"", "is too large"};
    }
    return count;
}

const Json& read_list(const Json& json) {
    if (!json.is_array()) {
        throw JsonFault{"", "must be a list"};
    }
    return json;
}

std::string dump(const Json& json, int indent) {
    return json.dump(indent, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace bn::controller
