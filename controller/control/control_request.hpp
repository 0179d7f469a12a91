// The requests and answers of the control socket as values (docs/control.md). Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/error.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/secret.hpp"

namespace bn::controller {

struct ControlRequest {
    std::string verb;
    ItemId item;
    std::vector<ItemId> items;
    std::string command;
    ServerId module;
    std::optional<std::string> base_url;  // none: as the panel has it stored; also the login
    std::optional<std::string> login;
    Secret password;
    std::string itemtype;
    std::string search;
    std::string actor;
    std::string reason;
    std::optional<Duration> wait;

    ControlRequest() = default;
};

// A refusal: `type` is the key of the panel's message msg_error_<type>.
struct ControlError {
    std::string type;
    std::string what;
    std::string remedy;
    std::map<std::string, std::string> params;

    ControlError() = default;

    ControlError(std::string t, std::string w, std::string r)
        : type(std::move(t)), what(std::move(w)), remedy(std::move(r)) {}
};

tl::expected<ControlRequest, ControlError> parse_control_request(std::string_view line);

std::string refusal(const ControlError& error);
std::string refusal(const Error& error);  // its type by error_type

}  // namespace bn::controller
