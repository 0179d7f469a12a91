// Groups of the Nextcloud profiles.
#include <algorithm>

#include "tests/fakes/cloud/api.hpp"

namespace bn::testing::cloud {
namespace {

using Segments = std::vector<std::string>;

// Names that match, cut to the window; nothing: the server answers 500.
std::optional<std::vector<std::string>> matching_groups(const Call& call) {
    std::optional<std::int64_t> limit;
    std::int64_t offset = 0;
    if (!read_window(call, limit, offset)) {
        return std::nullopt;
    }
    const std::string needle = lower(call.params.text("search"));
    std::vector<std::string> out;
    for (const auto& group : call.world.groups()) {
        if (lower(group).find(needle) == std::string::npos) {
            continue;
        }
        if (offset > 0) {
            --offset;
        } else if (!limit || static_cast<std::int64_t>(out.size()) < *limit) {
            out.push_back(group);
        }
    }
    return out;
}

Answer list_group_details(Call& call) {
    const auto names = matching_groups(call);
    if (!names) {
        return Answer::exception();
    }
    Value::List list;
    for (const auto& name : *names) {
        const auto members = call.world.members(name);
        Value entry;
        entry["id"] = name;
        entry["displayname"] = name;
        entry["usercount"] = static_cast<std::int64_t>(members.size());
        entry["disabled"] =
            std::int64_t{std::count_if(members.begin(), members.end(), [](const Account* a) {
                return !a->enabled;
            })};
        entry["canAdd"] = true;
        entry["canRemove"] = true;
        list.push_back(std::move(entry));
    }
    Value data;
    data["groups"] = Value(std::move(list));
    return Answer::ok(std::move(data));
}

Answer list_members(Call& call) {
    const std::string& group = call.route.group;
    if (!call.world.has_group(group)) {
        return Answer::fail(404, "The requested group could not be found");
    }
    if (!call.is_admin() && call.me().subadmin_of.count(group) == 0) {
        return Answer::fail(403, "User does not have access to specified group");
    }
    std::vector<std::string> ids;
    for (const Account* account : call.world.members(group)) {
        ids.push_back(account->id);
    }
    Value data;
    data["users"] = Value::ids(ids);
    return Answer::ok(std::move(data));
}

Answer list_group_subadmins(Call& call) {
    if (!call.world.has_group(call.route.group)) {
        return Answer::fail(101, "Group does not exist");
    }
    std::vector<std::string> ids;
    for (const Account* account : call.world.ordered()) {
        if (account->subadmin_of.count(call.route.group) > 0) {
            ids.push_back(account->id);
        }
    }
    return Answer::ok(Value::ids(ids));
}

}  // namespace

Answer list_groups(Call& call) {
    if (call.world.profile.major >= 27 && !call.is_admin() && !call.is_subadmin()) {
        return not_subadmin();
    }
    const auto names = matching_groups(call);
    if (!names) {
        return Answer::exception();
    }
    Value data;
    data["groups"] = Value::strings(*names);
    return Answer::ok(std::move(data));
}

Answer create_group(Call& call) {
    const auto id = call.params.get("groupid");
    if (!call.is_admin()) {
        return Answer::fail(403, "Logged in user must be an admin");
    }
    if (!id) {
        return Answer::exception();
    }
    if (id->empty()) {
        return Answer::fail(101, "Invalid group name");
    }
    if (call.world.has_group(*id)) {
        return Answer::fail(102, "group exists");
    }
    if (id->size() > 64) {
        return Answer::exception();
    }
    call.world.add_group(*id);
    return Answer::ok();
}

Answer delete_group(Call& call) {
    if (!call.is_admin()) {
        return Answer::fail(403, "Logged in user must be an admin");
    }
    if (!call.world.has_group(call.route.group)) {
        return Answer::fail(101);
    }
    if (call.route.group == "admin") {
        return Answer::fail(102);
    }
    call.world.remove_group(call.route.group);
    return Answer::ok();
}

void route_groups(const std::string& method, const Segments& s, Route& out) {
    if (s.size() < 2 || s[0] != "cloud" || s[1] != "groups") {
        return;
    }
    const auto set = [&](const char* endpoint, Handler handler, bool write = false) {
        out.endpoint = endpoint;
        out.handler = handler;
        out.known = true;
        out.write = write;
    };
    if (s.size() > 2) {
        // The server decodes a group's name in a path once more than it should.
        out.group = url_decode(s[2], true);
    }
    const std::string tail = s.size() >= 4 ? s[3] : "";
    if (s.size() == 2 && method == "GET") {
        set("groups.list", list_groups);
    } else if (s.size() == 2 && method == "POST") {
        set("group.create", create_group, true);
    } else if (s.size() == 3 && s[2] == "details" && method == "GET") {
        set("groups.details", list_group_details);
    } else if (s.size() == 3 && method == "GET") {
        set("group.users", list_members);
    } else if (s.size() == 3 && method == "DELETE") {
        set("group.delete", delete_group, true);
    } else if (s.size() == 4 && tail == "users" && method == "GET") {
        set("group.users", list_members);
    } else if (s.size() == 5 && tail == "users" && s[4] == "details" && method == "GET") {
        set("group.users_details", group_members_details);
    } else if (s.size() == 4 && tail == "subadmins" && method == "GET") {
        set("group.subadmins", list_group_subadmins);
    } else {
        out.wrong_method = s.size() <= 3;
    }
}

}  // namespace bn::testing::cloud
