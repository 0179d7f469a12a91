#include "controller/control/control_request.hpp"

#include <nlohmann/json.hpp>

#include "controller/reporting/error_type.hpp"

namespace bn::controller {

namespace {

using Json = nlohmann::json;

struct BadField {
    std::string what;
};

std::string text(const Json& request, const char* name) {
    const auto it = request.find(name);
    if (it == request.end() || it->is_null()) {
        return {};
    }
    if (!it->is_string()) {
        throw BadField{std::string(name) + " must be a text"};
    }
    return it->get<std::string>();
}

std::uint32_t number(const Json& value, const char* name) {
    if (!value.is_number_unsigned() || value.get<std::uint64_t>() > 0xffffffffULL) {
        throw BadField{std::string(name) + " must be a whole number"};
    }
    return value.get<std::uint32_t>();
}

std::uint32_t number_or_0(const Json& request, const char* name) {
    const auto it = request.find(name);
    return it == request.end() || it->is_null() ? 0 : number(*it, name);
}

std::vector<ItemId> item_list(const Json& request) {
    std::vector<ItemId> items;
    const auto it = request.find("items");
    if (it == request.end() || it->is_null()) {
        return items;
    }
    if (!it->is_array()) {
        throw BadField{"items must be a list of numbers"};
    }
    for (const Json& item : *it) {
        items.emplace_back(number(item, "items"));
    }
    return items;
}

ControlRequest fields_of(const Json& request) {
    if (!request.is_object()) {
        throw BadField{"the request must be an object"};
    }
    if (number_or_0(request, "v") != 1) {
        throw BadField{"the request must have \"v\": 1"};
    }
    ControlRequest fields;
    fields.verb = text(request, "verb");
    fields.item = ItemId(number_or_0(request, "item"));
    fields.items = item_list(request);
    fields.command = text(request, "command");
    fields.module = ServerId(number_or_0(request, "module"));
    if (request.contains("base_url")) {
        fields.base_url = text(request, "base_url");
    }
    if (request.contains("login")) {
        fields.login = text(request, "login");
    }
    fields.password = Secret(text(request, "password"));
    fields.itemtype = text(request, "itemtype");
    fields.search = text(request, "search");
    fields.actor = text(request, "actor");
    fields.reason = text(request, "reason");
    if (request.contains("wait_ms")) {
        fields.wait = Duration(number_or_0(request, "wait_ms"));
    }
    return fields;
}

}  // namespace

tl::expected<ControlRequest, ControlError> parse_control_request(std::string_view line) {
    std::string what;
    try {
        const Json request = Json::parse(line.begin(), line.end());
        return fields_of(request);
    } catch (const BadField& bad) {
        what = bad.what;
    } catch (const Json::exception&) {
        what = "the request is not JSON";
    }
    return tl::unexpected(ControlError(
        "bad_request", std::move(what), "the module and the service must be of one version"
    ));
}

std::string refusal(const ControlError& error) {
    Json params = Json::object();
    for (const auto& [name, value] : error.params) {
        params[name] = value;
    }
    const Json answer = {
        {"v", 1},
        {"ok", false},
        {"error",
         {{"type", error.type},
          {"what", error.what},
          {"remedy", error.remedy},
          {"params", std::move(params)}}}};
    // Bytes of the panel or a cloud that are no UTF-8 must not make the answer unreadable.
    return answer.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string refusal(const Error& error) {
    return refusal(ControlError(error_type(error.code), error.what, error.remedy));
}

}  // namespace bn::controller
