#include "ocs/ocs_errors.hpp"

#include <algorithm>
#include <span>

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <fmt/core.h>

#include "base/text.hpp"
#include "reconciler/ports/cloud.hpp"

namespace bn::ocs {

namespace {

using Calls = std::uint32_t;

template <class... C>
constexpr Calls calls(C... c) {
    return ((Calls{1} << static_cast<unsigned>(c)) | ...);
}

constexpr Calls kAny = (Calls{1} << kCallCount) - 1;
constexpr Calls kWrites = calls(
    Call::kCreate,
    Call::kSetQuota,
    Call::kSetEmail,
    Call::kSetPassword,
    Call::kSetName,
    Call::kEnable,
    Call::kDisable,
    Call::kDelete,
    Call::kAddGroup,
    Call::kRemoveGroup,
    Call::kPatch,
    Call::kCreateGroup
);
constexpr Calls kReads = kAny & ~kWrites;
constexpr Calls kPuts =
    calls(Call::kSetQuota, Call::kSetEmail, Call::kSetPassword, Call::kSetName, Call::kPatch);
constexpr Calls kCreate = calls(Call::kCreate);
constexpr Calls kSwitch = calls(Call::kEnable, Call::kDisable);
constexpr Calls kDelete = calls(Call::kDelete);
constexpr Calls kGroup = calls(Call::kAddGroup, Call::kRemoveGroup);
constexpr Calls kUserReads = calls(Call::kGetUser, Call::kUserGroups);

enum Of : std::uint8_t { kBoth = 3, kNc = 1, kOc = 2 };

struct Range {
    int low;
    int high;
};

constexpr Range kAnyStatus{0, 999};
constexpr int kAnyCode = -1;  // with an meta
constexpr int kNoCode = 0;    // without an meta
constexpr int kEither = -2;
constexpr int kUnused = -3;

constexpr Range is(int status) {
    return {status, status};
}

// One code or several.
struct Codes {
    int any[4];

    constexpr Codes(int a, int b = kUnused, int c = kUnused, int d = kUnused)  // NOLINT
        : any{a, b, c, d} {}
};

// What else an answer must be for a row.
using When = bool (*)(const Question&, const HttpResponse&);

bool has_no_body(const Question&, const HttpResponse& response) {
    return base::trim(response.body).empty();
}

// An address that the cloud does not accept is refused by its own PHP, which begins a session and
// shows its own page; a web server in front does neither.
bool speaks_of_its_address(const Question&, const HttpResponse& response) {
    return !response.set_cookies.empty() ||
           response.body.find("class=\"ng-csp\"") != std::string::npos;
}

// The same host leads to the same calls elsewhere: to TLS, another port or sub-path. All other
// redirects, a login page's above all, must never get our password.
bool moved_within_its_host(const Question& question, const HttpResponse& response) {
    const auto ours = boost::urls::parse_uri(question.base_url);
    const auto theirs = boost::urls::parse_uri_reference(response.location);
    if (!ours || !theirs) {
        return false;
    }
    const std::string_view path = theirs->encoded_path();
    const bool there =
        theirs->encoded_host().empty() ||
        base::lower_ascii(theirs->encoded_host()) == base::lower_ascii(ours->encoded_host());
    return there &&
           (path.find("/ocs/v") != std::string_view::npos || path.ends_with("/status.php"));
}

// One row: which answers, and what they mean.
struct Rule {
    Calls calls;
    Of of;
    Range http;
    Codes code;           // ocs.meta.statuscode, or one of the constants above
    const char* message;  // one of these, parted by |, occurs in the message; nullptr: any
    Effect effect;        // on writes (see without_its_word); reads keep kNone except for kAbsent
    NextMove move;
    Concern concern;
    const char* name;    // Error::code
    const char* what;    // {0} subject, {1} message or status
    const char* remedy;  // {0} base_url
    int wait_s = 0;
    Stops stops = Stops::kNothing;
    int from_major = 0;
    bool wait_is_ours = false;
    When when = nullptr;
};

constexpr const char* kLoginRemedy =
    "put the right user name and password into the processing module; until then no call is made, "
    "because each failed login makes the server answer us slower";
constexpr const char* kAdminRemedy =
    "make the login of the processing module a member of the cloud's group admin";
constexpr const char* kConfirmRemedy =
    "Nextcloud 34 and patched older versions refuse app passwords on writes: put the account's own "
    "password (of an administrator without two-factor login) into the processing module";
constexpr const char* kUrlRemedy =
    "check the address {0} of the processing module: it must be the cloud's own, with its "
    "sub-path, and no proxy may change it";
constexpr const char* kFrontRemedy =
    "look at the web server or firewall in front of {0}; this answer is not the cloud's";
constexpr const char* kPolicyRemedy =
    "compare the password policy of the cloud with the length configured for new passwords";
constexpr const char* kLogRemedy = "look into the cloud's log ({1}) at this minute";
constexpr const char* kPortalRemedy =
    "let what stands in front of {0} pass requests to /ocs, /status.php and /remote.php without a "
    "page of its own; the address that it leads to is not the cloud's and must never get its "
    "password";
constexpr const char* kThrottleRemedy =
    "find who fails to log in from this address, then run occ security:bruteforce:reset with it";
constexpr const char* kRateRemedy =
    "to lift the limit, set ratelimit_overwrite (Nextcloud 34) or put this host on the bruteforce "
    "allow list with apply_allowlist_to_ratelimit (docs/ocs.md)";

// clang-format off
constexpr Rule kRules[] = {
    // --- WebDAV: a second witness, no more; its refusals decide nothing ---
    {calls(Call::kHome), kBoth, {200, 299}, {100, 200}, nullptr, Effect::kDone, NextMove::kBug, Concern::kCall, "", "", ""},
    {calls(Call::kHome), kBoth, kAnyStatus, kEither, nullptr, Effect::kNone, NextMove::kRedoPass, Concern::kCall, "ocs.no_home", "{0}: not to be read over WebDAV: {1}", ""},

    // --- the way to the cloud ---
    {kAny, kBoth, {300, 399}, kEither, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.redirect", "{0}: the server redirects to {1}, and we do not send our password there", "put the address that the redirect names, without /ocs and what follows, into the processing module", 0, Stops::kNothing, 0, false, moved_within_its_host},
    {kAny, kBoth, {300, 399}, kEither, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.redirect_away", "{0}: something in front of the cloud leads to {1} instead of an answer; our password is not sent there", kPortalRemedy},
    {kPuts, kOc, is(401), 997, nullptr, Effect::kWhoAmI, NextMove::kHuman, Concern::kCall, "ocs.997", "{0}: refused with 401, which ownCloud also says of a missing account or a field that must not be changed", "look at the account in the cloud"},
    {kAny, kBoth, is(401), kEither, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.401", "{0}: the cloud refuses our login", kLoginRemedy, 0, Stops::kAll},
    {kAny, kBoth, kAnyStatus, 997, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.401", "{0}: the cloud refuses our login", kLoginRemedy, 0, Stops::kAll},
    {kAny, kBoth, is(412), kEither, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.412", "{0}: the cloud did not get our header OCS-APIRequest", "let the proxy in front of {0} pass the header OCS-APIRequest: true"},
    {kAny, kBoth, is(407), kEither, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.407", "{0}: a proxy on the way wants a login", "put the proxy's login into the address `proxy` of the server in the configuration (special characters as %XX), or take the proxy out of the way"},
    {kAny, kBoth, kAnyStatus, 429, nullptr, Effect::kNone, NextMove::kWait, Concern::kServer, "ocs.429_login", "{0}: the cloud shuts our address out after failed logins", kThrottleRemedy, 600},
    {kAny & ~kPuts, kBoth, is(429), kEither, nullptr, Effect::kNone, NextMove::kWait, Concern::kServer, "ocs.429_front", "{0}: the server takes no more requests for now", "look at the request limits of the web server in front of {0}", 60},
    {kAny, kBoth, is(429), kEither, nullptr, Effect::kNone, NextMove::kWait, Concern::kActionKind, "ocs.429", "{0}: the cloud's limit of changes per ten minutes is spent", kRateRemedy, 600},
    {kAny, kOc, is(503), 503, nullptr, Effect::kNone, NextMove::kWait, Concern::kServer, "ocs.maintenance", "{0}: the cloud is in maintenance, or serves a single user", "when it is not meant to be: occ maintenance:mode --off, and occ maintenance:singleuser --off", 60, Stops::kNothing, 0, true},
    {kAny, kBoth, is(503), 503, nullptr, Effect::kNone, NextMove::kWait, Concern::kServer, "ocs.maintenance", "{0}: the cloud is in maintenance", "when it is not meant to be: occ maintenance:mode --off", 60, Stops::kNothing, 0, true},
    {kAny, kBoth, is(503), kEither, nullptr, Effect::kLook, NextMove::kWait, Concern::kServer, "ocs.503", "{0}: the server is not available", "", 60},
    {kAny, kBoth, is(502), kEither, nullptr, Effect::kLook, NextMove::kRetryCall, Concern::kCall, "ocs.502", "{0}: the web server got no answer from the cloud", "look at PHP on the cloud's host"},
    {kAny, kBoth, is(504), kEither, nullptr, Effect::kUnknown, NextMove::kRetryCall, Concern::kCall, "ocs.504", "{0}: the web server waited too long for the cloud", "look at the load of the cloud's host"},
    {kAny, kBoth, is(524), kNoCode, nullptr, Effect::kUnknown, NextMove::kRetryCall, Concern::kCall, "ocs.504", "{0}: the service in front waited too long for the cloud", "look at the load of the cloud's host"},
    {kAny, kBoth, {520, 530}, kNoCode, nullptr, Effect::kLook, NextMove::kRetryCall, Concern::kCall, "ocs.52x", "{0}: the service in front did not reach the cloud: {1}", "look whether the cloud's host runs and lets the service in front of {0} through (its addresses, its certificate)"},
    {kAny, kBoth, is(507), kEither, nullptr, Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.507", "{0}: the cloud has no room left", "make room on the cloud's disk"},
    {kAny, kBoth, is(500), kEither, nullptr, Effect::kLook, NextMove::kRetryCall, Concern::kCall, "ocs.500", "{0}: the cloud failed inside", kLogRemedy},
    {kAny, kBoth, kAnyStatus, 996, nullptr, Effect::kLook, NextMove::kRetryCall, Concern::kCall, "ocs.500", "{0}: the cloud failed inside", kLogRemedy},
    {kAny, kBoth, {500, 599}, kEither, nullptr, Effect::kLook, NextMove::kRetryCall, Concern::kCall, "ocs.5xx", "{0}: the server failed with status {1}", kLogRemedy},
    {kAny, kBoth, is(405), kEither, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.405", "{0}: the server does not accept this kind of request", kUrlRemedy},
    {kAny, kBoth, is(413), kEither, nullptr, Effect::kNone, NextMove::kBug, Concern::kCall, "ocs.413", "{0}: the request is too large", ""},
    {calls(Call::kDetails), kBoth, is(404), kEither, nullptr, Effect::kNone, NextMove::kRetryCall, Concern::kCall, "ocs.404_page", "{0}: the web server knows no such page", kLogRemedy},
    {kAny, kBoth, is(404), kNoCode, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.404_front", "{0}: the web server knows no such address; no cloud answered", kUrlRemedy},
    {kAny, kNc, is(400), kNoCode, nullptr, Effect::kNone, NextMove::kBug, Concern::kCall, "ocs.400", "{0}: the cloud takes a parameter of the request for wrong, and does not say which", "", 0, Stops::kNothing, 0, false, has_no_body},
    {kAny, kBoth, is(400), kNoCode, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.untrusted_host", "{0}: the cloud does not accept its own address", "add the host of {0} to trusted_domains in the cloud's config.php", 0, Stops::kNothing, 0, false, speaks_of_its_address},
    {kAny, kBoth, is(400), kNoCode, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.400_front", "{0}: what stands in front of the cloud does not take the request: {1}", kFrontRemedy},
    {kAny, kBoth, is(403), kNoCode, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.403_front", "{0}: something in front of the cloud forbids the request", kFrontRemedy},

    // --- rights ---
    {kWrites, kBoth, kAnyStatus, 403, "Password confirmation is required", Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.confirm", "{0}: the cloud wants a confirmed password", kConfirmRemedy, 0, Stops::kWrites},
    {calls(Call::kSetPassword), kOc, kAnyStatus, 403, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.password_policy", "{0}: the cloud refuses the password: {1}", kPolicyRemedy},
    {kAny, kBoth, kAnyStatus, 403, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.403", "{0}: our login has no right to do this: {1}", kAdminRemedy},

    // --- no answer of the OCS API ---
    {kAny, kBoth, {400, 499}, kNoCode, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.4xx", "{0}: refused with status {1}, and not by the cloud", kFrontRemedy},
    {kAny, kOc, {200, 299}, kNoCode, nullptr, Effect::kLook, NextMove::kRetryCall, Concern::kCall, "ocs.500", "{0}: the cloud failed inside, and answered nothing", kLogRemedy, 0, Stops::kNothing, 0, false, has_no_body},
    {kAny, kBoth, {200, 299}, kNoCode, nullptr, Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.not_ocs", "{0}: the answer is not one of the OCS API: {1}", kUrlRemedy},
    {kAny, kBoth, kAnyStatus, kNoCode, nullptr, Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.not_http", "{0}: status {1} makes no sense here", kUrlRemedy},

    // --- success ---
    {kAny, kBoth, {200, 299}, {100, 200}, nullptr, Effect::kDone, NextMove::kBug, Concern::kCall, "", "", ""},

    // --- not there ---
    {kAny, kBoth, kAnyStatus, kAnyCode, "Invalid query", Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.no_route", "{0}: the cloud does not know this call", "switch the app provisioning_api on: occ app:enable provisioning_api"},
    {calls(Call::kGetUser), kNc, kAnyStatus, 404, "User does not exist", Effect::kAbsent, NextMove::kRedoPass, Concern::kCall, "ocs.gone", "{0}: there is no such account", ""},
    {kUserReads, kOc, kAnyStatus, 998, nullptr, Effect::kAbsent, NextMove::kRedoPass, Concern::kCall, "ocs.gone", "{0}: there is no such account", ""},
    {calls(Call::kUserGroups), kNc, kAnyStatus, 998, nullptr, Effect::kNone, NextMove::kRedoPass, Concern::kCall, "ocs.gone", "{0}: there is no such account", ""},
    {calls(Call::kGetUser), kNc, kAnyStatus, 998, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.403", "{0}: our login may not see this account", kAdminRemedy},
    {calls(Call::kGroupMembers), kBoth, kAnyStatus, {404, 998}, nullptr, Effect::kNone, NextMove::kRedoPass, Concern::kCall, "ocs.no_group", "{0}: there is no such group", ""},
    {kReads, kBoth, is(404), kAnyCode, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.404", "{0}: not found: {1}", kUrlRemedy},

    // --- create ---
    {kCreate, kBoth, kAnyStatus, 102, "already exists", Effect::kVain, NextMove::kRedoPass, Concern::kCall, "ocs.exists", "{0}: an account of this name exists already", ""},
    {kCreate, kNc, kAnyStatus, 102, "uota", Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.bad_quota", "{0}: the cloud refuses the quota, but may have made the account: {1}", "compare the tariff with the cloud's largest allowed quota"},
    {kCreate, kBoth, kAnyStatus, 102, nullptr, Effect::kLook, NextMove::kRedoPass, Concern::kCall, "ocs.create_102", "{0}: not created, or only in part: {1}", "look at the account in the cloud"},
    {kCreate, kNc, kAnyStatus, 101, "files already exist", Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.leftover_home", "{0}: not created: files of this name are on the cloud's disk already, a former account's or the cloud's own", "look whose the folder of this name in the cloud's data directory is; move a former account's away once nobody needs it: the account is made then"},
    {kCreate, kNc, kAnyStatus, 101, "Bad request", Effect::kBegun, NextMove::kRetryCall, Concern::kCall, "ocs.500", "{0}: the cloud failed inside, half-way perhaps", kLogRemedy},
    {kCreate, kNc, kAnyStatus, 101, "uota", Effect::kBegun, NextMove::kHuman, Concern::kCall, "ocs.bad_quota", "{0}: the cloud refuses the quota, but may have made the account: {1}", "compare the tariff with the cloud's largest allowed quota"},
    {kCreate, kNc, kAnyStatus, 101, "sername|ogin", Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_login", "{0}: the cloud refuses this login: {1}", "change the login of the item"},
    {kCreate, kOc, kAnyStatus, 101, "exception occurred|SQLSTATE", Effect::kLook, NextMove::kRetryCall, Concern::kCall, "ocs.500", "{0}: the cloud failed inside: {1}", kLogRemedy},
    {kCreate, kOc, kAnyStatus, 101, "assword|арол", Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.password_policy", "{0}: the cloud refuses the password: {1}", kPolicyRemedy},
    {kCreate, kOc, kAnyStatus, 101, "sername", Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.bad_login", "{0}: the cloud refuses this login: {1}", "change the login of the item"},
    {kCreate, kBoth, kAnyStatus, 101, nullptr, Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.bad_input", "{0}: the cloud refuses the account: {1}", "change what the message names"},
    {kCreate, kBoth, kAnyStatus, 104, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.no_group", "{0}: the group of the tariff does not exist: {1}", "create the group in the cloud, or change the tariff's usergroup"},
    {kCreate, kBoth, kAnyStatus, 105, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.403", "{0}: our login has no right to use this group: {1}", kAdminRemedy},
    {kCreate, kBoth, kAnyStatus, 106, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.403", "{0}: our login manages some groups only: {1}", kAdminRemedy},
    {kCreate, kBoth, kAnyStatus, 107, "limit", Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.user_limit", "{0}: the cloud takes no more accounts: {1}", "raise the number of accounts that the cloud's subscription or its apps allow, or remove accounts that nobody needs"},
    {kCreate, kBoth, kAnyStatus, 107, "delet", Effect::kNone, NextMove::kRetryCall, Concern::kCall, "ocs.being_deleted", "{0}: a former account of this name is still being deleted: {1}", "wait until the cloud's background jobs (cron.php) have done it"},
    {kCreate, kBoth, kAnyStatus, 107, "assword|арол", Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.password_policy", "{0}: the cloud refuses the password: {1}", kPolicyRemedy},
    {kCreate, kBoth, kAnyStatus, 107, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.hint", "{0}: the cloud refuses the account: {1}", "do what the message says; where it is about the password, compare the cloud's password policy with the length configured for new passwords"},
    {kCreate, kBoth, kAnyStatus, 108, nullptr, Effect::kNone, NextMove::kBug, Concern::kCall, "ocs.no_password", "{0}: a create without a password", ""},
    {kCreate, kNc, kAnyStatus, 109, nullptr, Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.bad_input", "{0}: the cloud refuses a group: {1}", "change what the message names"},
    {kCreate, kNc, kAnyStatus, 110, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.no_email", "{0}: the cloud wants an e-mail address for each account", "give the owner of the item an e-mail address"},
    {kCreate, kNc, kAnyStatus, 111, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_login", "{0}: the cloud cannot make a login: {1}", "change the login of the item"},

    // --- change a field ---
    {kPuts, kBoth, kAnyStatus, 998, nullptr, Effect::kNone, NextMove::kRedoPass, Concern::kCall, "ocs.gone", "{0}: there is no such account", ""},
    {calls(Call::kSetQuota), kNc, kAnyStatus, {101, 102}, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_quota", "{0}: the cloud refuses the quota: {1}", "compare the tariff with the cloud's largest allowed quota"},
    {calls(Call::kSetQuota), kOc, kAnyStatus, 103, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_quota", "{0}: the cloud refuses the quota: {1}", "compare the tariff with the cloud's largest allowed quota"},
    {calls(Call::kSetEmail), kBoth, kAnyStatus, {101, 102}, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_email", "{0}: the cloud refuses the e-mail address", "correct the e-mail address of the item's owner"},
    {calls(Call::kSetPassword), kBoth, kAnyStatus, {101, 102, 103, 107}, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.password_policy", "{0}: the cloud refuses the password: {1}", kPolicyRemedy},
    {calls(Call::kSetName), kBoth, kAnyStatus, 101, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_name", "{0}: the cloud refuses the display name: {1}", "shorten the name of the item's owner"},
    {calls(Call::kPatch), kNc, kAnyStatus, 422, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_input", "{0}: the cloud refuses one of several fields: {1}", "change what the message names"},
    {kPuts, kBoth, kAnyStatus, {103, 112, 113}, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.not_allowed", "{0}: this field of the account must not be changed", "the account may live in LDAP, or our login may lack the right"},

    // --- enable, disable, delete ---
    {kSwitch, kBoth, kAnyStatus, 101, nullptr, Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.own_login", "{0}: the cloud refuses; the account is gone, or it is the one that we log in with", "never sell the account of the processing module"},
    {kSwitch, kBoth, kAnyStatus, 998, nullptr, Effect::kLook, NextMove::kRedoPass, Concern::kCall, "ocs.gone", "{0}: there is no such account", ""},
    {kDelete, kBoth, kAnyStatus, {998, 404}, nullptr, Effect::kVain, NextMove::kRedoPass, Concern::kCall, "ocs.gone", "{0}: there is no such account", ""},
    {kDelete, kBoth, kAnyStatus, 101, nullptr, Effect::kVain, NextMove::kHuman, Concern::kCall, "ocs.delete_refused", "{0}: the cloud refuses to delete the account", "it may be the one that we log in with; else look into the cloud's log"},

    // --- groups ---
    {calls(Call::kRemoveGroup), kBoth, kAnyStatus, 102, nullptr, Effect::kAlready, NextMove::kRedoPass, Concern::kCall, "", "", ""},
    {calls(Call::kAddGroup), kBoth, kAnyStatus, 102, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.no_group", "{0}: the group of the tariff does not exist", "create the group in the cloud, or change the tariff's usergroup"},
    {kGroup, kBoth, kAnyStatus, {103, 998}, nullptr, Effect::kNone, NextMove::kRedoPass, Concern::kCall, "ocs.gone", "{0}: there is no such account", ""},
    {kGroup, kBoth, kAnyStatus, 101, nullptr, Effect::kNone, NextMove::kBug, Concern::kCall, "ocs.empty_group", "{0}: a group without a name", ""},
    {kGroup, kBoth, kAnyStatus, 104, nullptr, Effect::kNone, NextMove::kHuman, Concern::kServer, "ocs.403", "{0}: our login has no right to use this group", kAdminRemedy},
    {kGroup, kBoth, kAnyStatus, 105, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.protected_group", "{0}: the cloud protects this membership: {1}", "never sell the account of the processing module"},

    {calls(Call::kCreateGroup), kBoth, kAnyStatus, 102, nullptr, Effect::kAlready, NextMove::kRedoPass, Concern::kCall, "", "", ""},
    {calls(Call::kCreateGroup), kBoth, kAnyStatus, {101, 103}, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.bad_group", "{0}: the cloud refuses the group: {1}", "choose another group in the tariff, or create this one in the cloud"},

    // --- whatever is left ---
    {kReads, kBoth, kAnyStatus, kAnyCode, nullptr, Effect::kNone, NextMove::kHuman, Concern::kCall, "ocs.code", "{0}: refused: {1}", kLogRemedy},
    {kWrites, kBoth, kAnyStatus, kAnyCode, nullptr, Effect::kLook, NextMove::kHuman, Concern::kCall, "ocs.code", "{0}: refused with a code that we do not know: {1}", kLogRemedy},
};

struct FaultRule {
    TransportFault fault;
    const char* label;  // see outcome_label
    NextMove move;
    Concern concern;
    const char* name;
    const char* what;
    const char* remedy;
};

constexpr FaultRule kFaultRules[] = {
    {TransportFault::kAddress, "local", NextMove::kHuman, Concern::kCall, "ocs.address", "{0}: {1}", "correct the address {0} of the processing module: https://host[:port][/sub-path]"},
    {TransportFault::kDns, "network", NextMove::kRetryCall, Concern::kServer, "ocs.dns", "{0}: {1}", "check the host name in {0} and this machine's name resolution"},
    {TransportFault::kConnect, "network", NextMove::kRetryCall, Concern::kServer, "ocs.connect", "{0}: {1}", "check that the web server of {0} runs and that no firewall is between"},
    {TransportFault::kTls, "network", NextMove::kHuman, Concern::kServer, "ocs.tls", "{0}: {1}", "renew the certificate of {0}, or name its CA file in the configuration"},
    {TransportFault::kCaFile, "local", NextMove::kHuman, Concern::kCall, "ocs.ca_file", "{0}: {1}", "check the CA file named in the configuration"},
    {TransportFault::kProxy, "network", NextMove::kRetryCall, Concern::kCall, "ocs.proxy", "{0}: {1}", "check the proxy named in the configuration, and the login in its address (special characters as %XX)"},
    {TransportFault::kTimeout, "timeout", NextMove::kRetryCall, Concern::kCall, "ocs.timeout", "{0}: {1}", "look at the load of the cloud's host; after failed logins it delays each answer by up to 25 s"},
    {TransportFault::kBroken, "network", NextMove::kRetryCall, Concern::kCall, "ocs.broken", "{0}: {1}", "look at the log of the web server of {0}, and of what stands before it: the connection was closed before the answer was whole"},
    {TransportFault::kTooLarge, "network", NextMove::kHuman, Concern::kCall, "ocs.too_large", "{0}: the answer is larger than allowed", "raise the limit of the answer's size in the configuration, or make pages smaller"},
    {TransportFault::kBadEncoding, "network", NextMove::kRetryCall, Concern::kCall, "ocs.bad_http", "{0}: {1}", "check what stands between us and {0}"},
    {TransportFault::kShutdown, "local", NextMove::kRetryCall, Concern::kCall, "ocs.shutdown", "{0}: {1}", ""},
    {TransportFault::kReadOnly, "local", NextMove::kBug, Concern::kServer, "ocs.read_only", "{0}: a write was refused because this run may only read", ""},
};

// clang-format on

const FaultRule& rule_of(TransportFault fault) {
    return *std::ranges::find(kFaultRules, fault, &FaultRule::fault);
}

// Texts come from this file, so a bad one is found by the test that formats each.
std::string fill(const char* text, std::string_view zero, std::string_view one) {
    return fmt::format(fmt::runtime(text), zero, one);
}

bool says(std::string_view message, std::string_view any) {
    while (true) {
        const std::size_t end = std::min(any.find('|'), any.size());
        if (message.find(any.substr(0, end)) != std::string_view::npos) {
            return true;
        }
        if (end == any.size()) {
            return false;
        }
        any.remove_prefix(end + 1);
    }
}

bool matches(const Rule& rule, const Question& q, const HttpResponse& response, const Meta& meta) {
    const int http = response.status;
    bool with_envelope = meta.shape == Shape::kOcs;
    Of of = q.product == Product::kNextcloud ? kNc : kOc;
    if ((rule.calls & calls(q.call)) == 0 || (rule.of & of) == 0 || http < rule.http.low ||
        http > rule.http.high || q.major < rule.from_major) {
        return false;
    }
    const int first = rule.code.any[0];
    const bool code =
        first == kEither ||
        (with_envelope ? first == kAnyCode ||
                             (meta.code > 0 && std::ranges::count(rule.code.any, meta.code) > 0)
                       : first == kNoCode);
    return code && (rule.message == nullptr || says(meta.message, rule.message)) &&
           (rule.when == nullptr || rule.when(q, response));
}

// What a database says of a statement that failed holds the statement's values: of a create, the
// password's hash.
bool tells_a_statement(std::string_view message) {
    constexpr std::string_view kSigns[] = {
        "An exception occurred while executing",
        "SQLSTATE",
        "INSERT INTO",
        "with params",
        "$2y$",
        "$argon2"};
    return std::ranges::any_of(kSigns, [message](std::string_view sign) {
        return message.find(sign) != std::string_view::npos;
    });
}

// The first words of a page that is no document of ours, without its tags.
std::string beginning_of(std::string_view body) {
    constexpr std::size_t kLookedAt = 2000;
    constexpr std::size_t kShown = 120;
    std::string text;
    bool in_tag = false;
    for (const char c : body.substr(0, kLookedAt)) {
        if ((c == '{' || c == '[') && text.empty()) {
            return "";  // a document, damaged: its values are nobody's business
        }
        const bool blank = c == '<' || c == '>' || static_cast<unsigned char>(c) <= ' ';
        in_tag = c == '<' || (in_tag && c != '>');
        if (!in_tag && !blank) {
            text += c;
        } else if (!text.empty() && text.back() != ' ') {
            text += ' ';
        }
    }
    return base::shortened(base::clean_utf8(base::trim(text)), kShown);
}

std::string detail_of(const HttpResponse& response, const Meta& meta) {
    if (response.status >= 300 && response.status < 400) {
        // What follows the path may be a secret of whoever wrote it.
        const std::string path = response.location.substr(0, response.location.find_first_of("?#"));
        return path.empty() ? "an address that it does not name" : path;
    }
    if (meta.shape == Shape::kOcs && !meta.message.empty()) {
        std::string text = tells_a_statement(meta.message)
                               ? "its database failed; what it says of that may hold a password's "
                                 "hash and is not kept, the cloud's log has it"
                               : meta.message;
        std::replace_if(
            text.begin(), text.end(), [](char c) { return c == '\n' || c == '\r'; }, ' '
        );
        return fmt::format("{} (code {})", text, meta.code);
    }
    if (meta.shape == Shape::kOcs) {
        return fmt::format("code {}", meta.code);
    }
    const std::string text = beginning_of(response.body);
    return text.empty() ? std::to_string(response.status)
                        : fmt::format("{} ({})", response.status, text);
}

// Of a write whose answer is not the cloud's own word (no OCS document): who stands in front may
// have looked at the cloud's answer first, or given up while the cloud is still at work. A create
// is left in doubt, because a look may come too early; all else is told by a look. Limits (429) are
// kept before anything is done.
Effect without_its_word(Call call, int http, Effect effect) {
    if (call == Call::kCreate) {
        return Effect::kUnknown;
    }
    return effect == Effect::kNone && http != 429 ? Effect::kLook : effect;
}

Judgement make_judgement(
    const Rule& rule, const Question& q, int http, bool own_word, const std::string& detail
) {
    Judgement judged;
    judged.effect =
        own_word || !writes(q.call) ? rule.effect : without_its_word(q.call, http, rule.effect);
    if (!writes(q.call) && rule.effect != Effect::kAbsent && rule.effect != Effect::kDone) {
        judged.effect = Effect::kNone;
    }
    if (rule.name[0] == '\0') {
        return judged;
    }
    judged.error = Error(
        rule.move,
        rule.name,
        fill(rule.what, q.subject, detail),
        fill(
            rule.remedy,
            q.base_url,
            q.product == Product::kNextcloud ? "nextcloud.log" : "owncloud.log"
        )
    );
    judged.error.concern = rule.concern;
    judged.error.wait_is_ours = rule.wait_is_ours;
    judged.error.effect_unknown = judged.effect == Effect::kUnknown ||
                                  judged.effect == Effect::kLook ||
                                  judged.effect == Effect::kBegun || judged.effect == Effect::kVain;
    judged.stops = rule.stops;
    return judged;
}

static_assert(std::size(kCloudEndpoints) == kCallCount, "an endpoint has no name");

}  // namespace

std::string_view to_string(Product product) {
    return product == Product::kNextcloud ? "Nextcloud" : "ownCloud";
}

std::string_view to_string(Call call) {
    return kCloudEndpoints[static_cast<std::size_t>(call)];
}

bool writes(Call call) {
    return (kWrites & calls(call)) != 0;
}

Judgement judge(const Question& question, const HttpResponse& response, const Meta& meta) {
    std::string detail = detail_of(response, meta);
    for (const Rule& rule : kRules) {
        if (!matches(rule, question, response, meta)) {
            continue;
        }
        const bool own_word = meta.shape == Shape::kOcs;
        Judgement judged = make_judgement(rule, question, response.status, own_word, detail);
        judged.too_much = response.status == 504 || response.status == 524;
        if (rule.wait_s > 0) {
            Duration longest = std::chrono::seconds(rule.wait_s);
            judged.error.wait = std::min(response.retry_after.value_or(longest), longest);
        }
        return judged;
    }
    // The last two rules take every meta, and three before them everything without one.
    Judgement judged;
    judged.error = Error(NextMove::kBug, "ocs.unclassified", question.subject + ": " + detail);
    judged.error.effect_unknown = writes(question.call);
    return judged;
}

Judgement judge(const Question& question, const TransportError& error) {
    Judgement judged;
    const FaultRule& rule = rule_of(error.fault);
    bool unknown = writes(question.call) && error.sent && error.fault != TransportFault::kReadOnly;
    judged.effect = unknown ? Effect::kUnknown : Effect::kNone;
    judged.error = Error(
        rule.move,
        rule.name,
        fill(rule.what, question.subject, error.text),
        fill(rule.remedy, question.base_url, "")
    );
    judged.error.concern = rule.concern;
    judged.error.effect_unknown = unknown;
    judged.sent = error.sent;
    judged.too_much =
        error.fault == TransportFault::kTimeout || error.fault == TransportFault::kTooLarge;
    return judged;
}

std::string_view outcome_label(const HttpResult& result, const Judgement& judged) {
    if (!result) {
        return rule_of(result.error().fault).label;
    }
    int status = result->status;
    if (status >= 500) {
        return "5xx";
    }
    if (status >= 400) {
        return "4xx";
    }
    if (status >= 300) {
        return "3xx";
    }
    return judged.ok() ? "ok" : "2xx_error";
}

}  // namespace bn::ocs
