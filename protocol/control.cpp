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
    each("password", request.password);
    each("itemtype", request.itemtype);
    each("search", request.search);
    each("actor", request.actor);
    each("reason", request.reason);
    each("wait_ms", request.wait);
}

struct Writer {
    Json out = {{"v", kVersion}};

    void operator()(const char* name, const std::string& text) {
        if (!text.empty()) {
            out[name] = text;
        }
    }

    void operator()(const char* name, const Secret& secret) {
        (*this)(name, std::string(secret.reveal()));
    }

    void operator()(const char* name, const std::optional<std::string>& text) {
        if (text) {
            out[name] = *text;
        }
    }

    template <class Tag>
    void operator()(const char* name, StrongId<Tag> id) {
        if (id.value != 0) {
            out[name] = id.value;
        }
    }

    void operator()(const char* name, const std::vector<ItemId>& items) {
        for (const ItemId item : items) {
            out[name].push_back(item.value);
        }
    }

    void operator()(const char* name, const std::optional<Duration>& time) {
        if (time) {
            out[name] = time->count();
        }
    }
};

struct BadField {
    std::string what;
};

struct Reader {
    const Json& in;

    // Null: not there.
    [[nodiscard]] const Json* find(const char* name) const {
        const auto it = in.find(name);
        return it == in.end() || it->is_null() ? nullptr : &*it;
    }

    static std::string text(const char* name, const Json& value) {
        if (!value.is_string()) {
            throw BadField{std::string(name) + " must be a text"};
        }
        return value.get<std::string>();
    }

    static std::uint32_t number(const char* name, const Json& value) {
        if (!value.is_number_unsigned() ||
            value.get<std::uint64_t>() > std::numeric_limits<std::uint32_t>::max()) {
            throw BadField{std::string(name) + " must be a whole number"};
        }
        return value.get<std::uint32_t>();
    }

    void operator()(const char* name, std::string& into) const {
        if (const Json* value = find(name)) {
            into = text(name, *value);
        }
    }

    void operator()(const char* name, Secret& into) const {
        if (const Json* value = find(name)) {
            into = Secret(text(name, *value));
        }
    }

    void operator()(const char* name, std::optional<std::string>& into) const {
        if (in.contains(name)) {
            into = "";
            (*this)(name, *into);
        }
    }

    template <class Tag>
    void operator()(const char* name, StrongId<Tag>& into) const {
        if (const Json* value = find(name)) {
            into = StrongId<Tag>(number(name, *value));
        }
    }

    void operator()(const char* name, std::vector<ItemId>& into) const {
        const Json* value = find(name);
        if (value != nullptr && !value->is_array()) {
            throw BadField{std::string(name) + " must be a list of numbers"};
        }
        for (const Json& item : value == nullptr ? Json::array() : *value) {
            into.emplace_back(number(name, item));
        }
    }

    void operator()(const char* name, std::optional<Duration>& into) const {
        if (const Json* value = find(name)) {
            into = Duration(number(name, *value));
        }
    }
};

Request read_request(const Json& json) {
    if (!json.is_object()) {
        throw BadField{"the request must be an object"};
    }
    const Reader reader{json};
    const Json* version = reader.find("v");
    if (version == nullptr || Reader::number("v", *version) != kVersion) {
        throw BadField{"the request must have \"v\": 1"};
    }
    Request request;
    each_field(request, reader);
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
    Writer writer;
    each_field(request, writer);
    return one_line(writer.out);
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
