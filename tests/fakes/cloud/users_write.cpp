// Changing accounts: create, edit, enable, disable, delete, memberships.
#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "tests/fakes/cloud/api.hpp"

namespace bn::testing::cloud {
namespace {

using Segments = std::vector<std::string>;

// The OCS codes that changed with 31.
int code(const Call& call, int old_code, int new_code) {
    return call.world.profile.new_codes ? new_code : old_code;
}

Answer edit_quota(Call& call, Account& account, std::string_view value) {
    const auto check = call.world.check_quota(value);
    if (check.error) {
        return Answer::fail(code(call, 102, 101), *check.error);
    }
    account.quota_text = check.stored;
    call.world.changed(account);
    return Answer::ok();
}

Answer edit_email(Call& call, Account& account, std::string_view value) {
    if (!value.empty() && !valid_email(value)) {
        return Answer::fail(code(call, 102, 101));
    }
    account.email = lower(value);
    call.world.changed(account);
    return Answer::ok();
}

Answer edit_password(Call& call, Account& account, std::string_view value) {
    if (value.size() > kLongestPassword) {
        return Answer::fail(code(call, 102, 101), "Invalid password value");
    }
    if (const auto error = call.world.bad_password(value)) {
        return Answer::fail(code(call, 103, 107), translated(call, *error));
    }
    account.password = std::string(value);
    call.world.changed(account);
    return Answer::ok();
}

Answer edit_language(Call& call, Account& account, std::string_view value) {
    if (!known_language(value)) {
        return Answer::fail(code(call, 102, 101), "Invalid language");
    }
    account.language = std::string(value);
    call.world.changed(account);
    return Answer::ok();
}

Answer edit_field(Call& call, Account& account, std::string_view key, std::string_view value) {
    if (key == "displayname" || key == "display") {
        return edit_name(call, account, value);
    }
    if (key == "email") {
        return edit_email(call, account, value);
    }
    if (key == "password") {
        return edit_password(call, account, value);
    }
    if (key == "language") {
        return edit_language(call, account, value);
    }
    if (key == "quota" && (call.is_admin() || call.manages(account))) {
        return edit_quota(call, account, value);
    }
    constexpr std::array<std::string_view, 10> profile_keys{
        "phone",
        "address",
        "website",
        "twitter",
        "organisation",
        "role",
        "headline",
        "biography",
        "profile_enabled",
        "locale"};
    if (std::find(profile_keys.begin(), profile_keys.end(), key) == profile_keys.end()) {
        return Answer::fail(code(call, 103, 113));
    }
    account.profile[std::string(key)] = std::string(value);
    call.world.changed(account);
    return Answer::ok();
}

Answer edit_user(Call& call) {
    const auto key = call.params.get("key");
    const auto value = call.params.get("value");
    if (!key || !value) {
        return bad_parameter(call);
    }
    Account* account = call.world.find(call.route.user);
    if (account == nullptr || (account != &call.me() && !call.manages(*account))) {
        return Answer::fail(998);
    }
    if (call.halfway == Halfway::kDeadlock) {
        return Answer::exception();
    }
    Answer answer = edit_field(call, *account, *key, *value);
    if (call.halfway == Halfway::kListenerThrows && answer.code == 100) {
        return Answer::exception();  // the value is stored already
    }
    return answer;
}

std::optional<Answer> refuse_groups(Call& call, const std::vector<std::string>& groups) {
    for (const auto& group : groups) {
        if (!call.world.has_group(group)) {
            return Answer::fail(104, fmt::format("group {} does not exist", group));
        }
        if (!call.is_admin() && call.me().subadmin_of.count(group) == 0) {
            return Answer::fail(105, fmt::format("insufficient privileges for group {}", group));
        }
    }
    if (groups.empty() && !call.is_admin()) {
        return Answer::fail(106, "no group specified (required for subadmins)");
    }
    return std::nullopt;
}

// The fields after the account is there. What fails leaves the account, but for a bad name.
Answer fill_new(Call& call, Account& account) {
    const std::string name = call.params.text("displayName");
    if (!name.empty()) {
        const Answer named = edit_name(call, account, name);
        if (named.code != 100) {
            call.world.remove(call.params.text("userid"));
            return named;
        }
    }
    if (const std::string quota = call.params.text("quota"); !quota.empty()) {
        const Answer answer = edit_quota(call, account, quota);
        if (answer.code != 100) {
            return answer;
        }
    }
    if (const std::string language = call.params.text("language"); !language.empty()) {
        const Answer answer = edit_language(call, account, language);
        if (answer.code != 100) {
            return answer;
        }
    }
    if (const std::string email = call.params.text("email"); !email.empty()) {
        account.email = lower(email);
        call.world.changed(account);
        if (!valid_email(email)) {
            return Answer::exception();  // stored, and then the welcome mail fails
        }
    }
    Value data;
    data["id"] = account.id;
    return Answer::ok(std::move(data));
}

Answer create_user(Call& call) {
    const auto id = call.params.get("userid");
    const bool groups_are_text = call.params.get("groups").has_value();
    if (!id || groups_are_text) {
        return bad_parameter(call);
    }
    if (!call.is_admin() && !call.is_subadmin()) {
        return not_subadmin();
    }
    if (call.world.find(*id) != nullptr) {
        return Answer::fail(102, translated(call, "User already exists"));
    }
    std::vector<std::string> groups;
    if (const auto it = call.params.lists.find("groups"); it != call.params.lists.end()) {
        groups = it->second;
    }
    if (auto refusal = refuse_groups(call, groups)) {
        return *std::move(refusal);
    }
    NewAccount values;
    values.id = *id;
    values.password = call.params.text("password");
    const bool invited = values.password.empty();
    if (invited && call.params.text("email").empty()) {
        return Answer::fail(
            108, "To send a password link to the user an email address is required."
        );
    }
    if (invited) {
        values.password = call.gate.new_app_password(call.me());  // any long random text
        call.world.tokens.pop_back();
    }
    if (const auto error = call.world.bad_user_id(*id)) {
        return Answer::fail(101, *error);
    }
    if (values.password.size() > kLongestPassword) {
        return Answer::fail(101, "Bad request");
    }
    if (const auto error = call.world.bad_password(values.password)) {
        return Answer::fail(107, translated(call, *error));
    }
    Account& account = call.world.add(values);
    if (call.halfway != Halfway::kNo) {
        return call.halfway == Halfway::kDeadlock ? Answer::fail(101, "Bad request")
                                                  : Answer::exception();
    }
    account.groups.insert(groups.begin(), groups.end());
    call.world.changed(account);
    return fill_new(call, account);
}

Answer delete_user(Call& call) {
    const Account* account = call.world.find(call.route.user);
    if (account == &call.me()) {
        return Answer::fail(101);
    }
    if (account == nullptr || !call.manages(*account)) {
        return Answer::fail(998);
    }
    const bool falsy = account->id == "0";  // PHP takes this id for nothing, after the delete
    call.world.remove(call.route.user);
    return falsy || call.halfway != Halfway::kNo ? Answer::exception() : Answer::ok();
}

Answer add_subadmin(Call& call) {
    Account* account = call.world.find(call.route.user);
    const std::string group = call.params.text("groupid");
    if (!call.is_admin()) {
        return Answer::fail(403, "Logged in user must be an admin");
    }
    if (account == nullptr) {
        return Answer::fail(101, "User does not exist");
    }
    if (!call.world.has_group(group)) {
        return Answer::fail(102, "Group does not exist");
    }
    if (group == "admin") {
        return Answer::fail(103, "Cannot create sub-admins for admin group");
    }
    account->subadmin_of.insert(group);
    call.world.changed(*account);
    return Answer::ok();
}

Answer remove_subadmin(Call& call) {
    Account* account = call.world.find(call.route.user);
    const std::string group = call.params.text("groupid");
    if (!call.is_admin()) {
        return Answer::fail(403, "Logged in user must be an admin");
    }
    if (account == nullptr) {
        return Answer::fail(101, "User does not exist");
    }
    if (!call.world.has_group(group)) {
        return Answer::fail(101, "Group does not exist");
    }
    if (account->subadmin_of.erase(group) == 0) {
        return Answer::fail(102, "User is not a subadmin of this group");
    }
    call.world.changed(*account);
    return Answer::ok();
}

}  // namespace

bool known_language(std::string_view language) {
    constexpr std::array<std::string_view, 8> known{
        "en", "ru", "de", "fr", "es", "it", "uk", "en_GB"};
    return std::find(known.begin(), known.end(), language) != known.end();
}

Answer edit_name(Call& call, Account& account, std::string_view value) {
    while (!value.empty() && value.front() == ' ') {
        value.remove_prefix(1);
    }
    while (!value.empty() && value.back() == ' ') {
        value.remove_suffix(1);
    }
    if (value.size() > kLongestName) {
        return Answer::fail(101, "Invalid displayname");
    }
    if (!value.empty() && account.display_name != value) {
        account.display_name = std::string(value);
        call.world.rename_key(account);
    }
    return Answer::ok();
}

Answer set_enabled(Call& call) {
    if (!call.is_admin() && !call.is_subadmin()) {
        return not_subadmin();
    }
    Account* account = call.world.find(call.route.user);
    if (account == nullptr || account == &call.me()) {
        return Answer::fail(101);
    }
    if (!call.manages(*account)) {
        return Answer::fail(998);
    }
    const bool wanted = call.route.endpoint == "user.enable";
    if (call.halfway != Halfway::kNo && wanted && !account->enabled) {
        return Answer::exception();  // this event runs before the write
    }
    account->enabled = wanted;
    call.world.changed(*account);
    return Answer::ok();
}

Answer add_to_group(Call& call) {
    const std::string group = call.params.text("groupid");
    if (!call.is_admin() && !call.is_subadmin()) {
        return not_subadmin();
    }
    if (group.empty()) {
        return Answer::fail(101);
    }
    Account* account = call.world.find(call.route.user);
    if (!call.world.has_group(group)) {
        return Answer::fail(102);
    }
    if (account == nullptr) {
        return Answer::fail(103);
    }
    if (!call.is_admin() && call.me().subadmin_of.count(group) == 0) {
        return Answer::fail(104);
    }
    account->groups.insert(group);
    call.world.changed(*account);
    return Answer::ok();
}

Answer remove_from_group(Call& call) {
    const auto group = call.params.get("groupid");
    if (!group) {
        return bad_parameter(call);
    }
    if (!call.is_admin() && !call.is_subadmin()) {
        return not_subadmin();
    }
    if (group->empty()) {
        return Answer::fail(101);
    }
    Account* account = call.world.find(call.route.user);
    if (!call.world.has_group(*group)) {
        return Answer::fail(102);
    }
    if (account == nullptr) {
        return Answer::fail(103);
    }
    if (!call.is_admin() && call.me().subadmin_of.count(*group) == 0) {
        return Answer::fail(104);
    }
    if (account == &call.me() && *group == "admin") {
        return Answer::fail(105, "Cannot remove yourself from the admin group");
    }
    if (!call.is_admin()) {
        std::size_t managed = 0;
        for (const auto& name : account->groups) {
            managed += call.me().subadmin_of.count(name);
        }
        if (managed <= 1) {
            return Answer::fail(
                105, "Not viable to remove user from the last group you are SubAdmin of"
            );
        }
    }
    account->groups.erase(*group);
    call.world.changed(*account);
    return Answer::ok();
}

void route_users(const std::string& method, const Segments& s, const Profile& profile, Route& out) {
    if (s.size() < 2 || s.size() > 4 || s[0] != "cloud" || s[1] != "users") {
        return;
    }
    if (s.size() > 2) {
        out.user = s[2];
    }
    if (method == "GET") {
        route_user_reads(s, profile, out);
        out.wrong_method = !out.known && s.size() == 4 && (s[3] == "enable" || s[3] == "disable");
        return;
    }
    const auto set = [&](const char* endpoint, Handler handler) {
        out.endpoint = endpoint;
        out.handler = handler;
        out.known = out.write = true;
    };
    const std::string tail = s.size() == 4 ? s[3] : "";
    if (s.size() == 2 && method == "POST") {
        set("user.create", create_user);
    } else if (s.size() == 3 && method == "PUT") {
        set("user.edit", edit_user);
    } else if (s.size() == 3 && method == "PATCH" && profile.edits_several_fields) {
        set("user.patch", edit_several_fields);
    } else if (s.size() == 3 && method == "DELETE") {
        set("user.delete", delete_user);
    } else if (tail == "enable" && method == "PUT") {
        set("user.enable", set_enabled);
    } else if (tail == "disable" && method == "PUT") {
        set("user.disable", set_enabled);
    } else if (tail == "groups" && method == "POST") {
        set("user.group_add", add_to_group);
    } else if (tail == "groups" && method == "DELETE") {
        set("user.group_remove", remove_from_group);
    } else if (tail == "subadmins" && method == "POST") {
        set("user.subadmin_add", add_subadmin);
    } else if (tail == "subadmins" && method == "DELETE") {
        set("user.subadmin_remove", remove_subadmin);
    } else {
        out.wrong_method = true;
    }
}

}  // namespace bn::testing::cloud
