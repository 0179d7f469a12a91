// Values to and from JSON by their lists of fields: one list serves both directions.
//
// A list is BN_FIELDS where the document has the same names in the same order. Else it is a
// function fields(json, value) that calls json(key, member) for each member, in the order of the
// document, and json.unless_empty(key, member) for one that is left out while it has its default
// value; json.computed(key) is the place of a member that the writer fills in. Reading throws a
// JsonFault that names the place when a member is missing or of a wrong type; members that are not
// in the list are left alone. Pure; usable from any thread.
#pragma once

#include <concepts>
#include <cstdint>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "reconciler/model/fields.hpp"
#include "reconciler/model/time.hpp"
#include "reconciler/plan/plan.hpp"

namespace bn::controller {

using Json = nlohmann::ordered_json;

// What cannot be read, and where: "servers[0].actions[3].kind".
struct JsonFault {
    std::string place;
    std::string what;

    [[nodiscard]] std::string text() const {
        return fmt::format("{}: {}", place.empty() ? "document" : place, what);
    }
};

template <class T, class U>
concept Like = std::same_as<std::remove_const_t<T>, U>;

template <class Visitor, class T>
concept Listed = requires(Visitor& visitor, T& value) {
    fields(visitor, value);
};

template <class T>
concept Named = std::is_enum_v<T> && requires(T value) {
    { to_string(value) } -> std::convertible_to<std::string_view>;
};

template <class T>
concept Optional = std::same_as<T, std::optional<typename T::value_type>>;

template <class T>
concept List = std::same_as<T, std::vector<typename T::value_type>>;

template <class T>
concept Id = requires(T& value) {
    value.value = std::uint32_t{0};
};

// Fields without what was sold and found.
std::vector<DriftValue> values_of(DriftMask mask);

Json json_of(const Quota& quota);  // bytes, "unlimited" or null
Json json_of(const Time& time);
Json json_of(const DriftMask& mask);  // names of fields
template <class T>
Json json_of(const T& value);

void read_json(const Json& json, Quota& quota);
void read_json(const Json& json, Time& time);
void read_json(const Json& json, DriftMask& mask);
void read_json(const Json& json, std::string& text);
void read_json(const Json& json, bool& flag);
void read_json(const Json& json, std::map<std::string, std::uint64_t>& counts);
template <class T>
void read_json(const Json& json, T& value);

// What a text is that names no value of the enumeration.
template <class E>
inline constexpr const char* kOtherwise = "is no name that this version knows";
template <>
inline constexpr const char* kOtherwise<HoldCode> = "is not a reason that this version knows";
template <>
inline constexpr const char* kOtherwise<ActionKind> =
    "is not a kind of action that this version knows";
template <>
inline constexpr const char* kOtherwise<Policy> = "is not a policy";

// A whole number, not negative, of at most `most`.
std::uint64_t read_count(const Json& json, std::uint64_t most);
const Json& read_list(const Json& json);

class ToJson {
  public:
    template <class T>
    void operator()(const char* key, const T& value) {
        json_[key] = json_of(value);
    }

    template <class T>
    void unless_empty(const char* key, const T& value) {
        if (!(value == T())) {
            (*this)(key, value);
        }
    }

    void computed(const char* key) { json_[key] = nullptr; }

    [[nodiscard]] Json take() { return std::move(json_); }

  private:
    Json json_ = Json::object();
};

template <class T>
Json json_of(const T& value) {
    if constexpr (Optional<T>) {
        return value ? json_of(*value) : Json(nullptr);
    } else if constexpr (List<T>) {
        Json list = Json::array();
        for (const auto& element : value) {
            list.push_back(json_of(element));
        }
        return list;
    } else if constexpr (Listed<ToJson, const T>) {
        ToJson json;
        fields(json, value);
        return json.take();
    } else if constexpr (HasFields<T>) {
        ToJson json;
        T::each_field(json, value);
        return json.take();
    } else if constexpr (Id<T>) {
        return value.value;
    } else if constexpr (std::is_same_v<T, Duration>) {
        return value.count();
    } else if constexpr (Named<T>) {
        return to_string(value);
    } else {
        return value;
    }
}

// Reads the members of one object.
class FromJson {
  public:
    explicit FromJson(const Json& json) : json_(json) {
        if (!json.is_object()) {
            throw JsonFault{"", "must be an object"};
        }
    }

    template <class T>
    void operator()(const char* key, T& value) {
        const auto found = json_.find(key);
        try {
            if (found == json_.end()) {
                throw JsonFault{"", "is missing"};
            }
            read_json(*found, value);
        } catch (JsonFault& fault) {
            const bool inner = !fault.place.empty() && fault.place.front() != '[';
            fault.place = key + (inner ? "." + fault.place : fault.place);
            throw;
        }
    }

    template <class T>
    void unless_empty(const char* key, T& value) {
        if (json_.contains(key)) {
            (*this)(key, value);
        }
    }

    void computed(const char* /*key*/) {}

  private:
    const Json& json_;
};

template <class T>
void read_json(const Json& json, T& value) {
    if constexpr (Optional<T>) {
        value.reset();
        if (!json.is_null()) {
            read_json(json, value.emplace());
        }
    } else if constexpr (List<T>) {
        value.clear();
        for (const Json& element : read_list(json)) {
            try {
                read_json(element, value.emplace_back());
            } catch (JsonFault& fault) {
                const char* dot = fault.place.empty() ? "" : ".";
                fault.place = fmt::format("[{}]{}{}", value.size() - 1, dot, fault.place);
                throw;
            }
        }
    } else if constexpr (Id<T>) {
        read_json(json, value.value);
    } else if constexpr (bn::Named<T>) {
        std::string name;
        read_json(json, name);
        const std::optional<T> known = from_name<T>(name);
        if (!known) {
            throw JsonFault{"", kOtherwise<T>};
        }
        value = *known;
    } else if constexpr (std::unsigned_integral<T>) {
        value = static_cast<T>(read_count(json, std::numeric_limits<T>::max()));
    } else if constexpr (Listed<FromJson, T>) {
        FromJson object(json);
        fields(object, value);
    } else {
        FromJson object(json);
        T::each_field(object, value);
    }
}

// ---- what the core's plans are made of

void fields(auto& json, Like<Action> auto& action) {
    json("kind", action.kind);
    json("server", action.server);
    json("item", action.item);
    json("login", action.login);
    json("before", action.before);
    json("after", action.after);
    json("reason", action.reason);
    json("urgent", action.urgent);
    json("closing", action.closing);
    json.unless_empty("quota", action.quota);
    json.unless_empty("value", action.value);
    json.unless_empty("create", action.create);
    json.unless_empty("harm", action.harm);
    json.unless_empty("approved", action.approved);
}

void fields(auto& json, Like<HeldAction> auto& held) {
    json("hold", held.hold);
    json("action", held.action);
}

void fields(auto& json, Like<Drift> auto& drift) {
    json("item", drift.item);
    json("login", drift.login);
    DriftMask mask = drift.mask();
    json("fields", mask);
    if constexpr (std::is_same_v<decltype(drift), Drift&>) {
        drift.fields = values_of(mask);
    }
}

void fields(auto& json, Like<ServerPlan> auto& plan) {
    json("server", plan.server);
    json("name", plan.name);
    json("policy", plan.policy);
    json.computed("checksum");
    json("desired_accounts", plan.desired_accounts);
    json("actual_accounts", plan.actual_accounts);
    json("unmanaged_accounts", plan.unmanaged_accounts);
    json("desired_complete", plan.desired_complete);
    json("actual_complete", plan.actual_complete);
    json("stopped", plan.stopped);
    json("stopped_remedy", plan.stopped_remedy);
    json.computed("at_least_seconds");
    json("actions", plan.actions);
    json("held", plan.held);
    json("drift", plan.drift);
    json.unless_empty("unsaid_groups", plan.unsaid_groups);
}

void fields(auto& json, Like<Plan> auto& plan) {
    json.computed("format");
    json.computed("version");
    json("made_at", plan.made_at);
    json.computed("checksum");
    json.computed("counts");
    json("servers", plan.servers);
    json.unless_empty("unplaced", plan.unplaced);
}

// The document as text, ending with a line end. Names from a cloud may be broken UTF-8: replaced.
std::string dump(const Json& json, int indent);

}  // namespace bn::controller
