#include <algorithm>
#include <limits>
#include <type_traits>

#include "protocol/answer.hpp"

namespace bn::protocol {

namespace {

using Json = nlohmann::json;

std::string one_line(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// All fields of a request, in one place for both directions.
template <class R, class Each>
void each_field(R& request, Each&& each) {
    each("verb", request.verb);
    each("item", request.item);
    each("items", request.items);
    each("command", request.command);
    each("module", request.module);
    each("base_url", request.base_url);
    each("login", request.login);
    each("verify_ssl", request.verify_ssl);
    each("timeout", request.timeout);
    each("password", request.password);
    each("itemtype", request.itemtype);
    each("search", request.search);
    each("actor", request.actor);
    each("reason", request.reason);
    each("checksum", request.checksum);
    each("code", request.code);
    each("until_ms", request.until);
    each("wait_ms", request.wait);
    each("maintenance", request.maintenance);
    each("test", request.test);
    each("transaction", request.transaction);
    each("secret", request.secret);
}

// What a field becomes; null: it says nothing and is left out.
Json json_of(const std::string& text) {
    return text.empty() ? Json() : Json(text);
}

Json json_of(const std::optional<std::string>& text) {
    return text ? Json(*text) : Json();
}

Json json_of(const std::optional<bool>& flag) {
    return flag ? Json(*flag) : Json();
}

Json json_of(const Secret& secret) {
    return json_of(std::string(secret.reveal()));
}

Json json_of(const std::optional<Duration>& time) {
    return time ? Json(time->count()) : Json();
}

Json json_of(const std::optional<Time>& time) {
    return time ? Json(time->time_since_epoch().count()) : Json();
}

template <class Tag>
Json json_of(StrongId<Tag> id) {
    return id.value == 0 ? Json() : Json(id.value);
}

Json json_of(const std::vector<ItemId>& items) {
    Json list;
    for (const ItemId item : items) {
        list.push_back(item.value);
    }
    return list;
}

struct BadField {
    std::string what;
};

// A field's value out of what stands there. Null comes only where it says something.
struct Reader {
    std::string name;
    const Json& value;

    [[nodiscard]] BadField must_be(const char* what) const { return {name + " must be " + what}; }

    [[nodiscard]] std::string text() const {
        return value.is_string() ? value.get<std::string>() : throw must_be("a text");
    }

    [[nodiscard]] std::uint32_t number() const {
        const bool fits = value.is_number_unsigned() &&
                          value.get<std::uint64_t>() <= std::numeric_limits<std::uint32_t>::max();
        return fits ? value.get<std::uint32_t>() : throw must_be("a whole number");
    }

    void into(std::string& field) const { field = text(); }

    void into(Secret& field) const { field = Secret(text()); }

    void into(std::optional<std::string>& field) const { field = value.is_null() ? "" : text(); }

    void into(std::optional<bool>& field) const {
        field = value.is_boolean() ? value.get<bool>() : throw must_be("true or false");
    }

    void into(std::optional<Duration>& field) const { field = Duration(number()); }

    void into(std::optional<Time>& field) const {
        constexpr std::int64_t kLast = 253402300799999;  // of the year 9999
        const bool fits = value.is_number_integer() && value.get<std::int64_t>() >= 0 &&
                          value.get<std::int64_t>() <= kLast;
        field = Time(Duration(fits ? value.get<std::int64_t>() : throw must_be("a time")));
    }

    template <class Tag>
    void into(StrongId<Tag>& field) const {
        field = StrongId<Tag>(number());
    }

    void into(std::vector<ItemId>& field) const {
        if (!value.is_array()) {
            throw must_be("a list of numbers");
        }
        for (const Json& item : value) {
            field.emplace_back(Reader{name, item}.number());
        }
        // Named twice, a service is still one: an answer counts services.
        std::ranges::sort(field);
        const auto rest = std::ranges::unique(field);
        field.erase(rest.begin(), rest.end());
    }
};

Request read_request(const Json& json) {
    if (!json.is_object()) {
        throw BadField{"the request must be an object"};
    }
    const auto version = json.find("v");
    if (version == json.end() || version->is_null() || Reader{"v", *version}.number() != kVersion) {
        throw BadField{"the request must have \"v\": 1"};
    }
    Request request;
    each_field(request, [&](const char* name, auto& field) {
        // An empty one of these is not the one that the panel has stored.
        constexpr bool kNullSays = std::is_same_v<decltype(field), std::optional<std::string>&>;
        const auto found = json.find(name);
        if (found != json.end() && (kNullSays || !found->is_null())) {
            Reader{name, *found}.into(field);
        }
    });
    return request;
}

// Null when there is none. `object` may be anything.
const Json& member(const Json& object, const char* key) {
    static const Json kNull;
    const auto it = object.find(key);
    return it == object.end() ? kNull : *it;
}

std::string string_of(const Json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_string() ? value.get<std::string>() : std::string();
}

}  // namespace

Refusal bad_answer(const std::string& why) {
    return Refusal(
        "bad_answer",
        "the controller's answer cannot be understood: " + why,
        "install the module and the controller of one release and restart the controller"
    );
}

std::string encode(const Request& request) {
    Json out = {{"v", kVersion}};
    each_field(request, [&](const char* name, const auto& field) {
        if (Json value = json_of(field); !value.is_null()) {
            out[name] = std::move(value);
        }
    });
    return one_line(out);
}

bool panel_may_ask(const Request& request) {
    const bool word = request.verb == "pause" || request.verb == "resume";
    const bool of_items =
        !request.items.empty() && request.command.empty() && request.module.value == 0;
    return std::ranges::find(kPanelVerbs, request.verb) != kPanelVerbs.end() && (!word || of_items);
}

tl::expected<Request, Refusal> decode_request(std::string_view line) {
    std::string what;
    try {
        return read_request(Json::parse(line));
    } catch (const BadField& bad) {
        what = bad.what;
    } catch (const Json::exception&) {
        what = "the request is not JSON";
    }
    return tl::unexpected(
        Refusal("bad_request", what, "the module and the service must be of one version")
    );
}

std::string encode(const Refusal& refusal) {
    return one_line(
        {{"v", kVersion},
         {"ok", false},
         {"error",
          {{"type", refusal.type},
           {"what", refusal.what},
           {"remedy", refusal.remedy},
           {"params", refusal.params}}}}
    );
}

std::string encode_success(nlohmann::json body) {
    body["v"] = kVersion;
    body["ok"] = true;
    return one_line(body);
}

Answer decode_answer(std::string_view line) {
    Json answer = Json::parse(line, nullptr, false);
    if (!answer.is_object()) {
        return tl::unexpected(bad_answer("it is not a JSON object, or not a whole one"));
    }
    const auto version = answer.find("v");
    if (version == answer.end() || !version->is_number_integer() || *version != kVersion) {
        return tl::unexpected(bad_answer("it is not of version 1 of the protocol"));
    }
    const auto ok = answer.find("ok");
    if (ok == answer.end() || !ok->is_boolean()) {
        return tl::unexpected(bad_answer("it does not say whether it is an error"));
    }
    if (ok->get<bool>()) {
        return answer;
    }
    const Json& error = member(answer, "error");
    Refusal refusal(string_of(error, "type"), string_of(error, "what"), string_of(error, "remedy"));
    if (refusal.type.empty()) {
        return tl::unexpected(bad_answer("its error has no type"));
    }
    const Json& params = member(error, "params");
    for (const auto& [name, value] : params.items()) {
        if (params.is_object() && value.is_string()) {
            refusal.params[name] = value.get<std::string>();
        }
    }
    return tl::unexpected(std::move(refusal));
}

std::string text_of(const nlohmann::json& object, const char* key) {
    const Json& value = member(object, key);
    return value.is_number() ? value.dump() : string_of(object, key);
}

const nlohmann::json& list_of(const nlohmann::json& object, const char* key) {
    static const Json kEmpty = Json::array();
    const Json& value = member(object, key);
    return value.is_array() ? value : kEmpty;
}

}  // namespace bn::protocol
