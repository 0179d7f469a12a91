// Reading accounts: lists, details, one account.
#include <algorithm>
#include <array>

#include "tests/fakes/cloud/api.hpp"

namespace bn::testing::cloud {
namespace {

using Segments = std::vector<std::string>;

constexpr std::array<std::string_view, 9> kProfileFields{
    "phone",
    "address",
    "website",
    "twitter",
    "organisation",
    "role",
    "headline",
    "biography",
    "profile_enabled"};

bool local_scope(std::string_view field) {
    return field != "avatar" && field != "pronouns" && field != "email" && field != "displayname";
}

std::string profile_text(const Account& account, std::string_view field) {
    const auto it = account.profile.find(field);
    return it == account.profile.end() ? std::string{} : it->second;
}

void add_with_scope(Value& out, std::string_view field, Value value, bool scopes) {
    out[field] = std::move(value);
    if (scopes) {
        out[std::string(field) + "Scope"] = local_scope(field) ? "v2-local" : "v2-federated";
    }
}

std::vector<std::string> ids_of(const std::vector<Account*>& accounts) {
    std::vector<std::string> out;
    out.reserve(accounts.size());
    for (const Account* account : accounts) {
        out.push_back(account->id);
    }
    return out;
}

// The accounts that a list call shows to this caller; the window is applied already.
bool visible_page(Call& call, std::vector<Account*>& out) {
    std::optional<std::int64_t> limit;
    std::int64_t offset = 0;
    if (!read_window(call, limit, offset)) {
        return false;
    }
    if (limit && *limit == 0) {
        out.clear();
        return true;
    }
    const std::string search = call.params.text("search");
    if (call.is_admin()) {
        out = call.world.page(search, limit, offset);
        return true;
    }
    out.clear();
    for (const auto& group : call.me().subadmin_of) {
        for (Account* account : call.world.members(group)) {
            if (std::find(out.begin(), out.end(), account) == out.end() &&
                lower(account->id).find(lower(search)) != std::string::npos) {
                out.push_back(account);
            }
        }
    }
    const auto begin = std::min(out.size(), static_cast<std::size_t>(offset));
    out.erase(out.begin(), out.begin() + static_cast<std::ptrdiff_t>(begin));
    if (limit && out.size() > static_cast<std::size_t>(*limit)) {
        out.resize(static_cast<std::size_t>(*limit));
    }
    return true;
}

Answer details_answer(Call& call, const std::vector<Account*>& accounts) {
    if (!call.json) {
        Value::Map map;
        for (const Account* account : accounts) {
            map.emplace_back(account->id, details(call, *account, false));
        }
        Value data;
        data["users"] = Value(std::move(map));
        return Answer::ok(std::move(data));
    }
    // Keys 0, 1, ... make a list of it, like any PHP array.
    bool list = true;
    for (std::size_t i = 0; i < accounts.size() && list; ++i) {
        list = accounts[i]->id == std::to_string(i);
    }
    auto text = std::make_shared<std::string>("{\"users\":");
    *text += list ? '[' : '{';
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        Account& account = *accounts[i];
        if (account.cached_json.empty()) {
            render_json(details(call, account, false), account.cached_json);
        }
        if (i > 0) {
            *text += ',';
        }
        if (!list) {
            render_json_string(account.id, *text);
            *text += ':';
        }
        *text += account.cached_json;
    }
    *text += list ? "]}" : "}}";
    Answer answer = Answer::ok();
    answer.json_data = std::move(text);
    return answer;
}

Answer list_users(Call& call) {
    if (!call.is_admin() && !call.is_subadmin()) {
        return not_subadmin();
    }
    std::vector<Account*> accounts;
    if (!visible_page(call, accounts)) {
        return Answer::exception();
    }
    Value data;
    data["users"] = Value::ids(ids_of(accounts));
    return Answer::ok(std::move(data));
}

Answer list_details(Call& call) {
    if (!call.is_admin() && !call.is_subadmin()) {
        return not_subadmin();
    }
    std::vector<Account*> accounts;
    if (!visible_page(call, accounts)) {
        return Answer::exception();
    }
    return details_answer(call, accounts);
}

// GET users/disabled and users/recent: details of some, with limit and offset.
Answer list_some(Call& call, const std::vector<Account*>& chosen) {
    std::optional<std::int64_t> limit;
    std::int64_t offset = 0;
    if (!call.is_admin()) {
        return not_subadmin();
    }
    if (!read_window(call, limit, offset)) {
        return Answer::fail(400, "Invalid offset value");
    }
    std::vector<Account*> page;
    for (std::size_t i = static_cast<std::size_t>(offset); i < chosen.size(); ++i) {
        if (limit && page.size() >= static_cast<std::size_t>(*limit)) {
            break;
        }
        page.push_back(chosen[i]);
    }
    return details_answer(call, page);
}

Answer list_disabled(Call& call) {
    std::vector<Account*> chosen = call.world.page(call.params.text("search"), std::nullopt, 0);
    std::erase_if(chosen, [](const Account* account) { return account->enabled; });
    return list_some(call, chosen);
}

Answer list_recent(Call& call) {
    std::vector<Account*> chosen = call.world.page(call.params.text("search"), std::nullopt, 0);
    std::erase_if(chosen, [](const Account* account) { return account->last_login_ms == 0; });
    std::stable_sort(chosen.begin(), chosen.end(), [](const Account* a, const Account* b) {
        return a->last_login_ms > b->last_login_ms;
    });
    return list_some(call, chosen);
}

Answer get_user(Call& call) {
    const Account* account = call.world.find(call.route.user);
    if (account == nullptr) {
        return Answer::fail(404, "User does not exist");
    }
    const bool own = account == &call.me();
    if (!own && !call.manages(*account)) {
        return Answer::fail(998);
    }
    return Answer::ok(details(call, *account, own));
}

Answer get_self(Call& call) {
    Value data = details(call, call.me(), true);
    if (call.world.profile.major >= 27) {
        return Answer::ok(std::move(data));
    }
    Value name = data["displayname"];
    data.erase("displayname");
    data["display-name"] = std::move(name);
    return Answer::ok(std::move(data));
}

Answer get_user_groups(Call& call) {
    const Account* account = call.world.find(call.route.user);
    if (account == nullptr || (account != &call.me() && !call.manages(*account))) {
        return Answer::fail(998);
    }
    Value data;
    data["groups"] = Value::strings({account->groups.begin(), account->groups.end()});
    return Answer::ok(std::move(data));
}

Answer get_subadmin_groups(Call& call) {
    const Account* account = call.world.find(call.route.user);
    if (account == nullptr) {
        return Answer::fail(404, "User does not exist");
    }
    return Answer::ok(Value::strings({account->subadmin_of.begin(), account->subadmin_of.end()}));
}

}  // namespace

// What an account says of itself: names and the fields of its profile.
static void add_profile(Value& out, const Account& account, bool own, int major) {
    const bool from_27 = major >= 27;
    const bool from_32 = major >= 32;
    const std::string name = account.display_name.value_or(account.id);
    if (from_27) {
        out["displayname"] = name;
        add_with_scope(out, "display-name", name, false);
        if (own) {
            out["displaynameScope"] = "v2-federated";
        }
    } else {
        add_with_scope(out, "displayname", name, own);
    }
    for (const auto field : kProfileFields) {
        const auto it = account.profile.find(field);
        const std::string fallback = field == "profile_enabled" ? "1" : "";
        add_with_scope(out, field, it == account.profile.end() ? fallback : it->second, own);
        if (from_32 && field == "twitter") {
            add_with_scope(out, "bluesky", "", own);
            add_with_scope(out, "fediverse", "", own);
        }
    }
    if (from_32) {
        add_with_scope(out, "pronouns", "", own);
    } else if (from_27) {
        add_with_scope(out, "fediverse", "", own);
        out["manager"] = "";
    }
}

Value details(const Call& call, const Account& account, bool own) {
    Value out;
    if (account.id_only) {
        out["id"] = account.id;
        return out;
    }
    if (call.manages(account)) {
        out["enabled"] = account.enabled;
    }
    const bool from_32 = call.world.profile.major >= 32;
    if (!from_32 || call.manages(account)) {
        out["storageLocation"] = call.world.data_dir + "/" + account.id;
    }
    out["id"] = account.id;
    if (from_32) {
        out["firstLoginTimestamp"] = account.last_login_ms / 1000;
        out["lastLoginTimestamp"] = account.last_login_ms / 1000;
    }
    out["lastLogin"] = account.last_login_ms;
    out["backend"] = account.backend;
    out["subadmin"] = Value::strings({account.subadmin_of.begin(), account.subadmin_of.end()});
    out["quota"] = call.world.quota_object(account);
    if (from_32) {
        out["manager"] = profile_text(account, "manager");
    }
    if (own) {
        out["avatarScope"] = "v2-federated";
    }
    add_with_scope(out, "email", account.email.empty() ? Value{} : Value(account.email), own);
    out["additional_mail"] = Value(Value::List{});
    if (own) {
        out["additional_mailScope"] = Value(Value::List{});
    }
    add_profile(out, account, own, call.world.profile.major);
    out["groups"] = Value::strings({account.groups.begin(), account.groups.end()});
    out["language"] = account.language;
    out["locale"] = profile_text(account, "locale");
    if (from_32) {
        out["timezone"] = "";
    }
    out["notify_email"] = Value{};
    Value backend;
    backend["setDisplayName"] = true;
    backend["setPassword"] = true;
    out["backendCapabilities"] = std::move(backend);
    return out;
}

Answer group_members_details(Call& call) {
    if (!call.world.has_group(call.route.group)) {
        return Answer::fail(
            call.world.profile.major >= 27 ? 998 : 404, "The requested group could not be found"
        );
    }
    std::optional<std::int64_t> limit;
    std::int64_t offset = 0;
    if (!read_window(call, limit, offset)) {
        return Answer::exception();
    }
    auto accounts = call.world.members(call.route.group);
    const auto begin = std::min(accounts.size(), static_cast<std::size_t>(offset));
    accounts.erase(accounts.begin(), accounts.begin() + static_cast<std::ptrdiff_t>(begin));
    if (limit && accounts.size() > static_cast<std::size_t>(*limit)) {
        accounts.resize(static_cast<std::size_t>(*limit));
    }
    return details_answer(call, accounts);
}

void route_user_reads(const Segments& s, const Profile& profile, Route& out) {
    const auto set = [&](const char* endpoint, Handler handler) {
        out.endpoint = endpoint;
        out.handler = handler;
        out.known = true;
    };
    if (s.size() == 2) {
        set("users.list", list_users);
    } else if (s.size() == 3 && s[2] == "details") {
        set("users.details", list_details);
    } else if (s.size() == 3 && s[2] == "disabled" && profile.lists_disabled) {
        set("users.disabled", list_disabled);
    } else if (s.size() == 3 && s[2] == "recent" && profile.lists_recent) {
        set("users.recent", list_recent);
    } else if (s.size() == 3) {
        set("user.get", get_user);
    } else if (s.size() == 4 && s[3] == "groups") {
        set("user.groups", get_user_groups);
    } else if (s.size() == 4 && s[3] == "subadmins") {
        set("user.subadmins", get_subadmin_groups);
    }
}

void route_self(Route& out) {
    out.endpoint = "user.self";
    out.handler = get_self;
    out.known = true;
}

}  // namespace bn::testing::cloud
