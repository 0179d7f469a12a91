#include "controller/control/answers.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "reconciler/model/hold.hpp"

namespace bn::controller {

namespace {

struct ErrorType {
    std::string_view type;
    std::string_view codes[7];
};

// Exact codes; what is not here is judged by its first part.
constexpr ErrorType kErrorTypes[] = {
    {"unknown_item", {"unknown-item"}},
    {"unknown_server", {"unknown-server"}},
    {"stopped_plan", {"stopped-plan"}},
    {"policy", {"config.policy"}},
    {"controller_busy", {"controller.busy"}},
    {"bad_server", {"panel.server"}},
    {"auth", {"ocs.401", "ocs.997", "ocs.429_login"}},
    {"app_password", {"ocs.confirm"}},
    {"maintenance", {"ocs.maintenance", "ocs.upgrade"}},
    {"not_admin", {"ocs.not_admin", "ocs.403"}},
    {"not_a_cloud",
     {"ocs.not_ocs",
      "ocs.product",
      "ocs.404",
      "ocs.404_front",
      "ocs.redirect",
      "ocs.not_http",
      "ocs.redirect_away"}},
    {"url_bad", {"ocs.address"}},
    {"dns", {"ocs.dns"}},
    {"connect", {"ocs.connect", "ocs.no_route", "ocs.proxy"}},
    {"tls", {"ocs.tls", "ocs.ca_file"}},
    {"timeout", {"ocs.timeout"}},
    {"missing_group", {"ocs.no_group"}},
    {"not_completed", {"panel.not_completed"}},
    {"bad_login", {"ocs.bad_login"}},
    {"refused",
     {"ocs.bad_email", "ocs.bad_name", "ocs.bad_input", "ocs.bad_quota", "ocs.password_policy"}},
};

// By the beginning of a code.
constexpr std::pair<std::string_view, std::string_view> kFamilies[] = {
    {"ocs.", "cloud_error"},
    {"command.", "bad_request"},
    {"pause.", "word_refused"},
    {"plan.", "word_refused"},
    {"replay.", "word_refused"},
    {"resume.", "word_refused"},
    {"undelete.", "word_refused"},
    {"server.", "cloud_error"},
    {"panel.", "panel_error"},
    {"store.", "store_error"},
};

}  // namespace

std::string error_type(std::string_view code) {
    for (const auto& [type, codes] : kErrorTypes) {
        if (!code.empty() && std::ranges::find(codes, code) != std::end(codes)) {
            return std::string(type);
        }
    }
    if (from_name<HoldCode>(code)) {
        std::string type(code);
        std::ranges::replace(type, '-', '_');
        return type;
    }
    for (const auto& [beginning, type] : kFamilies) {
        if (code.starts_with(beginning)) {
            return std::string(type);
        }
    }
    return "internal";
}

std::string state_answer(bool done, std::string detail) {
    return encode_success({{"state", done ? "done" : "working"}, {"detail", std::move(detail)}});
}

std::string refusal(const Refusal& why) {
    return protocol::encode(why);
}

std::string refusal(const Error& error) {
    return refusal(Refusal(error_type(error.code), error.what, error.remedy));
}

}  // namespace bn::controller
