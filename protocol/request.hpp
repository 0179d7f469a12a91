// A question to the running controller over its socket, as both ends know it (docs/control.md).
// Pure; usable from any thread.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"

namespace bn::protocol {

inline constexpr int kVersion = 1;
inline constexpr std::size_t kLongestRequest = std::size_t{1} << 20;  // bytes
inline constexpr std::size_t kLongestAnswer = std::size_t{8} << 20;

// What the service can be asked (docs/control.md).
inline constexpr std::array kVerbs = std::to_array<std::string_view>({
    "ping",           "converge",      "probe",
    "server_config",  "statistics",    "import",
    "drift.list",     "drift.refresh", "drift.plan",
    "drift.apply",    "pause",         "resume",
    "undelete",       "replay",        "accept_readings",
    "plan.apply",     "plan.progress", "accept_panel",
    "accept_address", "accept_cloud",  "approve",
    "maintenance",    "status",        "store_checked",
    "adopt",          "payment.probe", "payment.transaction",
    "link",
});

// What a panel on another host may ask, by its module and its page. All else is for people on the
// controller's own host.
inline constexpr std::array kPanelVerbs = std::to_array<std::string_view>({
    "ping",
    "converge",
    "probe",
    "server_config",
    "statistics",
    "import",
    "drift.list",
    "drift.refresh",
    "drift.plan",
    "drift.apply",
    "pause",
    "resume",
    "maintenance",
    "payment.probe",
    "payment.transaction",
    "link",
});

// As `command` of a word.
inline constexpr std::string_view kEverything = "everything";
inline constexpr std::string_view kEnd = "end";            // of what was said before
inline constexpr std::string_view kOnlyRecord = "record";  // do not begin to act on it
inline constexpr std::string_view kUnproved = "unproved";  // adopt: AdoptChoice::unproved

struct Request {
    std::string verb;
    ItemId item;
    std::vector<ItemId> items;
    std::string command;
    ServerId module;
    std::optional<std::string> base_url;  // none: as the panel has it stored; also the login
    std::optional<std::string> login;
    std::optional<std::string> verify_ssl;  // as entered in the form; none: as stored, as are these
    std::optional<std::string> timeout;
    Secret password;
    std::string itemtype;
    std::string search;
    std::string actor;
    std::string reason;
    std::string checksum;
    std::string code;           // class of what failed
    std::optional<Time> until;  // of a word; none: until another one
    std::optional<Duration> wait;
    // Of the panel's module: whether etc/billmgr.DoNothing exists on the panel's host.
    std::optional<bool> maintenance;

    // Of the panel's payment module.
    std::optional<bool> test;  // WebPay's test environment
    std::string transaction;
    Secret secret;  // that it signs with

    Request() = default;

    explicit Request(std::string v) : verb(std::move(v)) {}
};

// Why a question is not answered: `type` is the key of the panel's message msg_error_<type>.
struct Refusal {
    std::string type;    // "missing_group", "controller_down", ...
    std::string what;    // one English sentence: what is wrong
    std::string remedy;  // one English sentence: what to do; may be empty
    std::map<std::string, std::string> params;

    Refusal() = default;

    Refusal(std::string t, std::string w, std::string r, std::map<std::string, std::string> p = {})
        : type(std::move(t)), what(std::move(w)), remedy(std::move(r)), params(std::move(p)) {}

    friend bool operator==(const Refusal&, const Refusal&) = default;
};

// One line without its end. Fields that say nothing are left out; bytes that are no UTF-8 are
// replaced.
std::string encode(const Request& request);

// Whether a panel on another host may ask this: one of kPanelVerbs; a word only about items.
[[nodiscard]] bool panel_may_ask(const Request& request);

// Fields in any order; others are passed over. "bad_request" for everything else.
tl::expected<Request, Refusal> decode_request(std::string_view line);

// The answer that says no, in one line.
std::string encode(const Refusal& refusal);

}  // namespace bn::protocol
