// The parts in which ownCloud 10 differs: fewer routes, other codes, other fields.
#include <fmt/format.h>

#include "tests/fakes/cloud/api.hpp"
#include "tests/fakes/cloud/quota_text.hpp"

namespace bn::testing::cloud {
namespace {

using Segments = std::vector<std::string>;

constexpr std::string_view kNoUser = "The requested user could not be found";

Answer owncloud_list_users(Call& call) {
    if (!call.is_admin()) {
        return Answer::fail(997);
    }
    std::optional<std::int64_t> limit;
    std::int64_t offset = 0;
    if (!read_window(call, limit, offset)) {
        return Answer::exception();
    }
    std::vector<std::string> ids;
    for (const Account* account : call.world.page(call.params.text("search"), limit, offset)) {
        ids.push_back(account->id);
    }
    Value data;
    data["users"] = Value::ids(ids);
    return Answer::ok(std::move(data));
}

Answer owncloud_get_user(Call& call) {
    const Account* account = call.world.find(call.route.user);
    if (account == nullptr) {
        return Answer::fail(998, std::string(kNoUser));
    }
    if (!call.is_admin() && account != &call.me()) {
        return Answer::fail(997);
    }
    Value data;
    data["enabled"] = account->enabled ? "true" : "false";
    Value quota;
    if (account->last_login_ms != 0) {
        quota = call.world.quota_object(*account);
        quota.erase("quota");
    }
    quota["definition"] = account->quota_text;
    data["quota"] = std::move(quota);
    data["email"] = account->email;
    data["displayname"] = account->display_name.value_or(account->id);
    data["home"] = call.world.data_dir + "/" + account->id;
    data["two_factor_auth_enabled"] = "false";
    data["last_login"] = account->last_login_ms / 1000;
    data["creation_time"] = std::int64_t{1'795'641'049};
    data["language"] = account->language;
    return Answer::ok(std::move(data));
}

Answer owncloud_get_self(Call& call) {
    Value data;
    data["id"] = call.me().id;
    data["display-name"] = call.me().display_name.value_or(call.me().id);
    data["email"] = call.me().email;
    data["language"] = call.me().language;
    return Answer::ok(std::move(data));
}

Answer owncloud_create_user(Call& call) {
    const std::string id = call.params.text("userid");
    if (!call.is_admin()) {
        return Answer::fail(997);
    }
    if (call.world.find(id) != nullptr) {
        return Answer::fail(102, "User already exists");
    }
    NewAccount values;
    values.id = id;
    values.password = call.params.text("password");
    if (const auto it = call.params.lists.find("groups"); it != call.params.lists.end()) {
        values.groups = it->second;
    }
    for (const auto& group : values.groups) {
        if (!call.world.has_group(group)) {
            return Answer::fail(104, fmt::format("group {} does not exist", group));
        }
    }
    if (id.size() < 3) {
        return Answer::fail(101, "The username must be at least 3 characters long");
    }
    if (const auto error = call.world.bad_user_id(id); error && id.find('+') == std::string::npos) {
        return Answer::fail(101, *error);
    }
    if (const auto error = call.world.bad_password(values.password)) {
        return Answer::fail(101, *error);
    }
    call.world.add(values);
    return Answer::ok();
}

Answer owncloud_edit_user(Call& call) {
    Account* account = call.world.find(call.route.user);
    const std::string key = call.params.text("key");
    const std::string value = call.params.text("value");
    if (account == nullptr || !call.is_admin()) {
        return Answer::fail(997);
    }
    if (key == "quota") {
        const auto stored = stored_quota(value);
        if (!stored) {
            return Answer::fail(103, fmt::format("Invalid quota value {}", value));
        }
        account->quota_text = *stored;
    } else if (key == "email") {
        if (!value.empty() && !valid_email(value)) {
            return Answer::fail(102);
        }
        account->email = lower(value);
    } else if (key == "display" || key == "displayname") {
        account->display_name = value;
    } else if (key == "password") {
        if (const auto error = call.world.bad_password(value)) {
            return Answer::fail(403, *error);
        }
        account->password = value;
    } else {
        return Answer::fail(997);
    }
    call.world.changed(*account);
    return Answer::ok();
}

Answer owncloud_delete_user(Call& call) {
    const Account* account = call.world.find(call.route.user);
    if (!call.is_admin()) {
        return Answer::fail(997);
    }
    if (account == nullptr || account == &call.me()) {
        return Answer::fail(101);
    }
    call.world.remove(call.route.user);
    return Answer::ok();
}

Answer owncloud_get_user_groups(Call& call) {
    const Account* account = call.world.find(call.route.user);
    if (account == nullptr) {
        return Answer::fail(998);
    }
    if (!call.is_admin() && account != &call.me()) {
        return Answer::fail(997);
    }
    Value data;
    data["groups"] = Value::strings({account->groups.begin(), account->groups.end()});
    return Answer::ok(std::move(data));
}

Answer get_members(Call& call) {
    if (!call.world.has_group(call.route.group)) {
        return Answer::fail(998, "The requested group could not be found");
    }
    std::vector<std::string> ids;
    for (const Account* account : call.world.members(call.route.group)) {
        ids.push_back(account->id);
    }
    Value data;
    data["users"] = Value::ids(ids);
    return Answer::ok(std::move(data));
}

struct Known {
    std::string_view method;
    std::size_t segments;
    std::string_view area;
    std::string_view tail;
    const char* endpoint;
    Handler handler;
};

}  // namespace

void route_owncloud(const std::string& method, const Segments& s, Route& out) {
    static const Known kRoutes[] = {
        {"GET", 2, "user", "", "user.self", owncloud_get_self},
        {"GET", 2, "users", "", "users.list", owncloud_list_users},
        {"POST", 2, "users", "", "user.create", owncloud_create_user},
        {"GET", 3, "users", "", "user.get", owncloud_get_user},
        {"PUT", 3, "users", "", "user.edit", owncloud_edit_user},
        {"DELETE", 3, "users", "", "user.delete", owncloud_delete_user},
        {"PUT", 4, "users", "enable", "user.enable", set_enabled},
        {"PUT", 4, "users", "disable", "user.disable", set_enabled},
        {"GET", 4, "users", "groups", "user.groups", owncloud_get_user_groups},
        {"POST", 4, "users", "groups", "user.group_add", add_to_group},
        {"DELETE", 4, "users", "groups", "user.group_remove", remove_from_group},
        {"GET", 2, "groups", "", "groups.list", list_groups},
        {"POST", 2, "groups", "", "group.create", create_group},
        {"GET", 3, "groups", "", "group.users", get_members},
        {"DELETE", 3, "groups", "", "group.delete", delete_group},
    };
    if (s.size() < 2 || s[0] != "cloud") {
        return;
    }
    for (const Known& route : kRoutes) {
        if (route.method == method && route.segments == s.size() && route.area == s[1] &&
            (s.size() < 4 || route.tail == s[3])) {
            out.endpoint = route.endpoint;
            out.handler = route.handler;
            out.known = true;
            out.write = method != "GET";
            if (s.size() > 2 && s[1] == "users") {
                out.user = s[2];
            } else if (s.size() > 2) {
                out.group = s[2];  // decoded once
            }
            return;
        }
    }
}

}  // namespace bn::testing::cloud
