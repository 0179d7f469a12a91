// The options of the way back to the panel, of the control socket and of the statistics.
#include "controller/config/config_options.hpp"

namespace bn::controller {

namespace {

constexpr double kMinute = 60e3;

template <auto Member>
constexpr auto panel = +[](Config& c) -> auto& {
    return c.panel.*Member;
};

using P = PanelConfig;

std::vector<Option> access_options() {
    return {
        {"panel",
         "api",
         panel<&P::api>,
         {},
         {"off", "mgrctl", "https"},
         "How results go back to the panel: `mgrctl` on the panel's own machine (needs root), "
         "`https`, or `off`: the panel is not told, its operations stay open.",
         R"("mgrctl")"},
        {"panel",
         "mgrctl",
         panel<&P::mgrctl>,
         {},
         {},
         "The panel's command-line program.",
         R"("/usr/local/mgr5/sbin/mgrctl")"},
        {"panel",
         "api_url",
         panel<&P::api_url>,
         {},
         {},
         "Address of the panel for `https`.",
         R"("https://panel.example.com:1500/billmgr")"},
        {"panel",
         "api_user",
         panel<&P::api_user>,
         {},
         {},
         "Administrator of the panel for `https`.",
         R"("bill-nextcloud")"},
        {"panel",
         "api_password_file",
         panel<&P::api_password_file>,
         {},
         {},
         "File whose first line is the password of that user. Refused when other users may read "
         "it.",
         R"("/etc/bill-nextcloud/panel-api.password")"},
        {"panel",
         "api_ca_file",
         panel<&P::api_ca_file>,
         {},
         {},
         "PEM file of the certificate (or its authority) that the panel shows; empty: the "
         "system's store.",
         R"("/etc/bill-nextcloud/panel-ca.pem")"},
    };
}

std::vector<Option> limit_options() {
    return {
        {"panel",
         "api_timeout",
         panel<&P::api_timeout>,
         {1e3, 10 * kMinute},
         {},
         "Longest time of one call of the panel.",
         R"("60s")"},
        {"panel",
         "api_parallel",
         panel<&P::api_parallel>,
         {1, 16},
         {},
         "Calls of the panel at a time, for different items.",
         "2"},
    };
}

std::vector<Option> habit_options() {
    return {
        {"panel",
         "open_function",
         panel<&P::open_function>,
         {},
         {},
         "The function that tells the panel that a service is open; `{itemtype}` is replaced by "
         "the internal name of its product type. `bill-nextcloud preflight` says which one this "
         "panel knows.",
         R"("{itemtype}.open")"},
        {"panel",
         "save_param",
         panel<&P::save_param>,
         {},
         {"name-value", "pair"},
         "Form of `service.saveparam`: `name=username value=...`, or `username=...`. What was "
         "saved is read back; the other form is tried when nothing arrived.",
         R"("name-value")"},
        {"panel",
         "clear_problem",
         panel<&P::clear_problem>,
         {},
         {},
         "The function that takes a registered problem away; empty: none is called.",
         R"("problems.autosolve")"},
        {"panel",
         "try_limit",
         panel<&P::try_limit>,
         {1, 1000},
         {},
         "After so many tries an operation that a person must look at becomes a task for the "
         "panel's staff.",
         "10"},
        {"panel",
         "rollback_tariff",
         panel<&P::rollback_tariff>,
         {},
         {},
         "Take a change of tariff back when the cloud cannot follow it.",
         "true"},
    };
}

}  // namespace

std::vector<Option> panel_api_options() {
    std::vector<Option> options = access_options();
    for (const auto& more : {limit_options(), habit_options()}) {
        options.insert(options.end(), more.begin(), more.end());
    }
    return options;
}

std::vector<Option> control_options() {
    return {
        {"control",
         "socket",
         +[](Config& c) -> std::string& { return c.control.socket; },
         {},
         {},
         "Unix socket that the panel's module and pages talk to; empty: none. Only root, the "
         "service's own user and `users` may connect.",
         R"("/run/bill-nextcloud/control.sock")"},
        {"control",
         "users",
         +[](Config& c) -> std::string& { return c.control.users; },
         {},
         {},
         "Further Unix users that may connect, separated by blanks.",
         R"("billing monitor")"},
        {"control",
         "wait",
         +[](Config& c) -> Duration& { return c.control.wait; },
         {0, 10 * kMinute},
         {},
         "Longest time that the module waits for an item to be as it was sold; after that the "
         "panel is told later.",
         R"("15s")"},
        {"statistics",
         "daily",
         +[](Config& c) -> bool& { return c.statistics.daily; },
         {},
         {},
         "Measure the use of space each day without being asked. The panel's own daily task asks "
         "anyway.",
         "true"},
        {"statistics",
         "at",
         +[](Config& c) -> std::string& { return c.statistics.at; },
         {},
         {},
         "Local time of the daily measurement.",
         R"("03:00")"},
        {"statistics",
         "close_share",
         +[](Config& c) -> double& { return c.statistics.close_share; },
         {0.01, 1},
         {},
         "An account that uses more than this share of its quota is close to it.",
         "0.9"},
    };
}

}  // namespace bn::controller
