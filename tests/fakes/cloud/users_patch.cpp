// Several fields of an account in one call: all are checked before the first is stored, but what
// fails while they are stored leaves the account half changed.
#include <algorithm>
#include <array>
#include <iterator>

#include <fmt/format.h>

#include "tests/fakes/cloud/api.hpp"
#include "tests/fakes/cloud/quota_text.hpp"

namespace bn::testing::cloud {
namespace {

using Names = std::vector<std::string>;
using Complaint = std::optional<std::string>;

bool have_their_types(const Params& params) {
    constexpr std::array<std::string_view, 6> texts{
        "displayName", "password", "email", "quota", "language", "manager"};
    constexpr std::array<std::string_view, 2> lists{"groups", "subadminGroups"};
    return std::ranges::none_of(
               texts,
               [&](std::string_view name) {
                   return params.lists.contains(name) || params.not_texts.contains(name);
               }
           ) &&
           std::ranges::none_of(lists, [&](std::string_view name) {
               return params.single.contains(name);
           });
}

const Names* list_of(const Params& params, std::string_view name) {
    const auto it = params.lists.find(name);
    return it == params.lists.end() ? nullptr : &it->second;
}

Complaint password_complaint(const Call& call, std::string_view value) {
    if (value.size() > kLongestPassword) {
        return "Invalid password value";
    }
    auto error = call.world.bad_password(value);
    return error ? Complaint(translated(call, *std::move(error))) : std::nullopt;
}

Complaint email_complaint(std::string_view value) {
    return value.empty() || valid_email(value) ? std::nullopt : Complaint("Invalid email address");
}

Complaint quota_complaint(const Call& call, std::string_view value) {
    if (!stored_quota(value)) {
        return fmt::format("Invalid quota value: {}", value);
    }
    return call.world.check_quota(value).error;
}

Complaint groups_complaint(const Call& call, const Names& groups) {
    const auto missing = std::ranges::find_if(groups, [&](const std::string& group) {
        return !call.world.has_group(group);
    });
    return missing == groups.end() ? std::nullopt
                                   : Complaint(fmt::format("Group {} does not exist", *missing));
}

Value::Map complaints(const Call& call) {
    Value::Map out;
    const auto add = [&](const char* field, Complaint complaint) {
        if (complaint) {
            out.emplace_back(field, *std::move(complaint));
        }
    };
    if (const auto password = call.params.get("password")) {
        add("password", password_complaint(call, *password));
    }
    if (const auto email = call.params.get("email")) {
        add("email", email_complaint(*email));
    }
    if (const auto quota = call.params.get("quota")) {
        add("quota", quota_complaint(call, *quota));
    }
    if (const auto language = call.params.get("language"); language && !known_language(*language)) {
        add("language", "Invalid language");
    }
    for (const char* field : {"groups", "subadminGroups"}) {
        if (const Names* groups = list_of(call.params, field)) {
            add(field, groups_complaint(call, *groups));
        }
    }
    return out;
}

// False: too long, which nobody has checked before.
bool store_name(Call& call, Account& account, std::string_view value) {
    if (value.find_first_not_of(' ') == std::string_view::npos) {
        account.display_name.reset();
        return true;
    }
    return edit_name(call, account, value).code == 100;
}

// False: below zero, of which zero is stored before the server fails at it.
bool store_quota(const Call& call, Account& account, std::string_view value) {
    account.quota_text = call.world.check_quota(value).stored;
    return computer_size(value).value_or(0) >= 0;
}

// The list is the whole of the memberships; a subadmin speaks for the own groups only.
void store_groups(const Call& call, Account& account, const Names& wanted) {
    const auto may_change = [&](const std::string& group) {
        return call.is_admin() || call.me().subadmin_of.contains(group);
    };
    std::erase_if(account.groups, may_change);
    std::ranges::copy_if(wanted, std::inserter(account.groups, account.groups.end()), may_change);
}

void store_subadmin_groups(const Call& call, Account& account, const Names& wanted) {
    if (call.is_admin()) {
        account.subadmin_of = {wanted.begin(), wanted.end()};
        account.subadmin_of.erase("admin");
    }
}

// False: the server fails at a field, and those before it are stored.
bool store_fields(Call& call, Account& account) {
    const Params& params = call.params;
    account.password = params.get("password").value_or(account.password);
    if (const auto name = params.get("displayName"); name && !store_name(call, account, *name)) {
        return false;
    }
    account.email = lower(params.get("email").value_or(account.email));
    if (const auto quota = params.get("quota"); quota && !store_quota(call, account, *quota)) {
        return false;
    }
    account.language = params.get("language").value_or(account.language);
    if (const auto manager = params.get("manager")) {
        account.profile["manager"] = *manager;
    }
    if (const Names* groups = list_of(params, "groups")) {
        store_groups(call, account, *groups);
    }
    if (const Names* groups = list_of(params, "subadminGroups")) {
        store_subadmin_groups(call, account, *groups);
    }
    return true;
}

}  // namespace

Answer edit_several_fields(Call& call) {
    if (!call.is_admin() && !call.is_subadmin()) {
        return Answer::fail(403, "Logged in account must be at least a sub admin");
    }
    if (!have_their_types(call.params)) {
        return bad_parameter(call);
    }
    Account* account = call.world.find(call.route.user);
    if (account == nullptr || (account != &call.me() && !call.manages(*account))) {
        return Answer::fail(998);
    }
    if (Value::Map errors = complaints(call); !errors.empty()) {
        Answer answer = Answer::fail(422);
        answer.data = Value{};
        answer.data["errors"] = Value(std::move(errors));
        return answer;
    }
    if (call.halfway == Halfway::kDeadlock) {
        return Answer::exception();
    }
    const bool all = store_fields(call, *account);
    call.world.rename_key(*account);
    if (!all || call.halfway == Halfway::kListenerThrows) {
        return Answer::exception();
    }
    return Answer::ok(details(call, *account, false));
}

}  // namespace bn::testing::cloud
