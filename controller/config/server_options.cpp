// The options of [defaults] and [server.N].
#include "controller/config/config_options.hpp"

namespace bn::controller {
namespace {

constexpr double kHour = 3600e3;
constexpr Range kAnyCount{0, 4e9};

template <auto Member>
constexpr auto server = +[](ServerConfig& c) -> auto& {
    return c.*Member;
};

std::vector<ServerOption> cloud_options() {
    using S = ServerConfig;
    return {
        {"policy",
         server<&S::policy>,
         {},
         "none: must be said",
         "What may be done to the server: `observe` nothing, `create-only` create and adopt, "
         "`upsert-only` also change, suspend and resume, `sync` also close and delete. Start "
         "with "
         "`observe`.",
         R"("observe")",
         false},
        {"enabled",
         server<&S::enabled>,
         {},
         "true",
         "`false`: the server is left alone and its items are held.",
         "true",
         true},
        {"ca_file",
         server<&S::ca_file>,
         {},
         "empty: the system's",
         "PEM file with the authority that signed the server's certificate.",
         R"("/etc/bill-nextcloud/ca.pem")",
         false},
        {"verify_tls",
         server<&S::verify_tls>,
         {},
         "true",
         "`false` accepts any certificate: whoever sits on the line gets the admin's password. "
         "Logged loudly at each start.",
         "true",
         false},
        {"proxy",
         server<&S::proxy>,
         {},
         "empty: none",
         "Proxy for the calls. Proxies of the environment are never used.",
         R"("http://proxy.example.com:3128")",
         false},
        {"timeout",
         server<&S::timeout>,
         {1e3, kHour},
         "1m",
         "Longest time of one call. The cloud itself slows calls down by up to 25 s after "
         "failed "
         "logins.",
         R"("1m")",
         false},
        {"connect_timeout",
         server<&S::connect_timeout>,
         {100, kHour},
         "10s",
         "Longest time to connect.",
         R"("10s")",
         false},
        {"max_parallel",
         server<&S::max_parallel>,
         {1, 64},
         "4",
         "Most calls at one time. More than 4 rarely help: they queue up in the server.",
         "4",
         false},
        {"page_size",
         server<&S::page_size>,
         {1, 10000},
         "500",
         "Accounts that are asked for at a time.",
         "500",
         false},
        {"put_limited",
         server<&S::put_limited>,
         {},
         "by the server's version",
         "Does the server allow only 50 changes of quota or e-mail in 10 minutes? Nextcloud 27 "
         "and "
         "later do, unless `ratelimit.protection.enabled` is `false` in its config.php.",
         "false",
         false},
    };
}

std::vector<ServerOption> limit_options() {
    using S = ServerConfig;
    return {
        {"max_destructive",
         server<&S::max_destructive>,
         kAnyCount,
         "10",
         "A plan with more deletes and disables than this is stopped before the first of them "
         "and "
         "waits for an approval.",
         "10",
         false},
        {"max_destructive_share",
         server<&S::max_destructive_share>,
         {0, 1},
         "0.05",
         "The same as a share of the accounts that we own on the server; the smaller limit "
         "counts.",
         "0.05",
         false},
        {"always_allowed",
         server<&S::always_allowed>,
         kAnyCount,
         "3",
         "So many deletes and disables never stop a plan.",
         "3",
         false},
    };
}

}  // namespace

const std::vector<ServerOption>& server_options() {
    static const std::vector<ServerOption> options = [] {
        std::vector<ServerOption> all = cloud_options();
        const std::vector<ServerOption> limits = limit_options();
        all.insert(all.end(), limits.begin(), limits.end());
        return all;
    }();
    return options;
}

}  // namespace bn::controller
