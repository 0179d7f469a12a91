#include "controller/reporting/error_type.hpp"

#include <algorithm>
#include <array>

#include "reconciler/model/hold.hpp"

namespace bn::controller {

namespace {

struct Known {
    std::string_view code;
    std::string_view type;
};

// Exact codes; what is not here is judged by its first part.
constexpr auto kKnown = std::to_array<Known>({
    {"unknown-item", "unknown_item"},
    {"unknown-server", "unknown_server"},
    {"stopped-plan", "stopped_plan"},
    {"server.quarantined", "cloud_error"},
    {"config.policy", "policy"},
    {"controller.busy", "controller_busy"},
    {"panel.server", "bad_server"},
    {"ocs.401", "auth"},
    {"ocs.997", "auth"},
    {"ocs.429_login", "auth"},
    {"ocs.confirm", "app_password"},
    {"ocs.maintenance", "maintenance"},
    {"ocs.upgrade", "maintenance"},
    {"ocs.not_admin", "not_admin"},
    {"ocs.403", "not_admin"},
    {"ocs.not_ocs", "not_a_cloud"},
    {"ocs.product", "not_a_cloud"},
    {"ocs.404", "not_a_cloud"},
    {"ocs.404_front", "not_a_cloud"},
    {"ocs.redirect", "not_a_cloud"},
    {"ocs.not_http", "not_a_cloud"},
    {"ocs.address", "url_bad"},
    {"ocs.dns", "dns"},
    {"ocs.connect", "connect"},
    {"ocs.no_route", "connect"},
    {"ocs.proxy", "connect"},
    {"ocs.tls", "tls"},
    {"ocs.ca_file", "tls"},
    {"ocs.timeout", "timeout"},
    {"ocs.no_group", "missing_group"},
    {"ocs.bad_login", "bad_login"},
    {"ocs.bad_email", "refused"},
    {"ocs.bad_name", "refused"},
    {"ocs.bad_input", "refused"},
    {"ocs.bad_quota", "refused"},
    {"ocs.password_policy", "refused"},
});

constexpr auto kFamilies = std::to_array<Known>({
    {"ocs.", "cloud_error"},
    {"server.", "cloud_error"},
    {"panel.", "panel_error"},
    {"store.", "store_error"},
});

}  // namespace

std::string error_type(std::string_view code) {
    for (const Known& known : kKnown) {
        if (known.code == code) {
            return std::string(known.type);
        }
    }
    if (from_name<HoldCode>(code)) {
        std::string type(code);
        std::replace(type.begin(), type.end(), '-', '_');
        return type;
    }
    for (const Known& family : kFamilies) {
        if (code.substr(0, family.code.size()) == family.code) {
            return std::string(family.type);
        }
    }
    return "internal";
}

}  // namespace bn::controller
