#include "tests/fakes/cloud/world.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

#include "tests/fakes/cloud/quota_text.hpp"

namespace bn::testing::cloud {
namespace {

bool contains_ignoring_case(std::string_view text, std::string_view lower_needle) {
    return lower(text).find(lower_needle) != std::string::npos;
}

bool matches(const Account& account, std::string_view needle, bool only_id) {
    if (needle.empty() || contains_ignoring_case(account.id, needle)) {
        return true;
    }
    return !only_id && (contains_ignoring_case(account.email, needle) ||
                        contains_ignoring_case(account.display_name.value_or(""), needle));
}

}  // namespace

std::string lower(std::string_view text) {
    std::string out(text);
    for (char& c : out) {
        if (c >= 'A' && c <= 'Z') {
            c = static_cast<char>(c - 'A' + 'a');
        }
    }
    return out;
}

bool valid_email(std::string_view email) {
    const auto at = email.rfind('@');
    if (at == std::string_view::npos || at == 0 || at + 1 == email.size()) {
        return false;
    }
    return email.find_first_of(" \t\r\n<>,;") == std::string_view::npos && email.find('@') == at &&
           email[at + 1] != '.' && email.back() != '.';
}

World::World(Profile p) : profile(std::move(p)) {}

Account* World::find(std::string_view id) {
    const auto it = accounts_.find(lower(id));
    return it == accounts_.end() ? nullptr : it->second.get();
}

const Account* World::find(std::string_view id) const {
    const auto it = accounts_.find(lower(id));
    return it == accounts_.end() ? nullptr : it->second.get();
}

Account& World::add(const NewAccount& values) {
    auto& slot = accounts_[lower(values.id)];
    if (slot) {
        return *slot;
    }
    slot = std::make_unique<Account>();
    slot->id = values.id;
    slot->password = values.password;
    slot->email = lower(values.email);
    if (!values.display_name.empty()) {
        slot->display_name = values.display_name;
    }
    if (!values.quota.empty()) {
        slot->quota_text = stored_quota(values.quota).value_or("default");
    }
    for (const auto& group : values.groups) {
        groups_.insert(group);
        slot->groups.insert(group);
    }
    ordered_is_fresh_ = false;
    changed();
    return *slot;
}

void World::become(const std::string& other) {
    Away next;
    if (const auto known = away_.find(other); known != away_.end()) {
        next = std::move(known->second);
    } else {
        next.groups = groups_;
        for (const auto& [key, account] : accounts_) {
            if (account->groups.contains("admin")) {
                next.accounts.emplace(key, std::make_unique<Account>(*account));
            }
        }
    }
    std::swap(next.accounts, accounts_);
    std::swap(next.groups, groups_);
    std::swap(next.tokens, tokens);
    std::swap(next.data_fingerprint, data_fingerprint);
    away_[instance] = std::move(next);
    instance = other;
    ordered_is_fresh_ = false;
    changed();
}

bool World::remove(std::string_view id) {
    const std::string key = lower(id);
    const auto it = accounts_.find(key);
    if (it == accounts_.end()) {
        return false;
    }
    std::erase_if(tokens, [&](const Token& token) { return token.user_key == key; });
    if (ordered_is_fresh_) {
        std::erase(ordered_, it->second.get());
    }
    accounts_.erase(it);
    changed();
    return true;
}

void World::rename_key(Account& account) {
    ordered_is_fresh_ = false;
    changed(account);
}

const std::vector<Account*>& World::ordered() {
    if (ordered_is_fresh_) {
        return ordered_;
    }

    struct Key {
        std::string name;
        std::string id;
        Account* account;
    };

    std::vector<Key> keys;
    keys.reserve(accounts_.size());
    for (const auto& [key, account] : accounts_) {
        std::string name = profile.owncloud ? "" : lower(account->display_name.value_or(""));
        keys.push_back({std::move(name), key, account.get()});
    }
    std::sort(keys.begin(), keys.end(), [](const Key& a, const Key& b) {
        return a.name != b.name ? a.name < b.name : a.id < b.id;
    });
    ordered_.clear();
    for (const auto& key : keys) {
        ordered_.push_back(key.account);
    }
    ordered_is_fresh_ = true;
    return ordered_;
}

std::vector<Account*> World::page(
    std::string_view search, std::optional<std::int64_t> limit, std::int64_t offset
) {
    const std::string needle = lower(search);
    std::vector<Account*> out;
    if (profile.owncloud && !needle.empty() && needle.size() < 2) {
        return out;  // user.search_min_length
    }
    const std::int64_t wanted = limit.value_or(INT64_MAX);
    std::int64_t skip = offset;
    const auto& all = ordered();
    std::size_t i = 0;
    if (needle.empty()) {
        i = std::min(all.size(), static_cast<std::size_t>(std::max<std::int64_t>(0, skip)));
        skip = 0;
    }
    for (; i < all.size() && static_cast<std::int64_t>(out.size()) < wanted; ++i) {
        if (!needle.empty() && !matches(*all[i], needle, profile.owncloud)) {
            continue;
        }
        if (skip > 0) {
            --skip;
            continue;
        }
        out.push_back(all[i]);
    }
    std::sort(out.begin(), out.end(), [](const Account* a, const Account* b) {
        return lower(a->id) < lower(b->id);
    });
    return out;
}

std::vector<Account*> World::members(std::string_view group) {
    std::vector<Account*> out;
    for (const auto& [key, account] : accounts_) {
        if (account->groups.count(std::string(group)) > 0) {
            out.push_back(account.get());
        }
    }
    std::sort(out.begin(), out.end(), [](const Account* a, const Account* b) {
        return a->id < b->id;
    });
    return out;
}

bool World::has_group(std::string_view id) const {
    return groups_.find(id) != groups_.end();
}

bool World::add_group(std::string_view id) {
    changed();
    return groups_.insert(std::string(id)).second;
}

bool World::remove_group(std::string_view id) {
    const auto it = groups_.find(id);
    if (it == groups_.end()) {
        return false;
    }
    const std::string name = *it;
    groups_.erase(it);
    for (auto& [key, account] : accounts_) {
        if (account->groups.erase(name) + account->subadmin_of.erase(name) > 0) {
            changed(*account);
        }
    }
    changed();
    return true;
}

bool World::rename_group(std::string_view from, std::string_view to) {
    if (!has_group(from) || has_group(to)) {
        return false;
    }
    const std::string target(to);
    add_group(target);
    for (Account* account : members(from)) {
        account->groups.insert(target);
    }
    return remove_group(from);
}

std::optional<std::string> World::bad_user_id(std::string_view id) const {
    const auto allowed = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               std::string_view(" _.@-'").find(c) != std::string_view::npos;
    };
    if (!std::all_of(id.begin(), id.end(), allowed)) {
        return "Only the following characters are allowed in a username: \"a-z\", \"A-Z\", "
               "\"0-9\", and \"_.@-'\"";
    }
    if (id.find_first_not_of(' ') == std::string_view::npos) {
        return "A valid username must be provided";
    }
    if (id.front() == ' ' || id.back() == ' ') {
        return "Username contains whitespace at the beginning or at the end";
    }
    if (id == "." || id == "..") {
        return "Username must not consist of dots only";
    }
    // What lies in a data directory beside the homes.
    constexpr std::array<std::string_view, 4> taken{
        "files_external", ".htaccess", "nextcloud.log", "index.html"};
    if (std::find(taken.begin(), taken.end(), id) != taken.end()) {
        return "Username is invalid because files already exist for this user";
    }
    if (id.size() > 64) {
        return "Bad request";
    }
    return std::nullopt;
}

std::optional<std::string> World::bad_password(std::string_view password) const {
    constexpr std::array<std::string_view, 7> common{
        "1234567890",
        "password123",
        "qwertyuiop",
        "iloveyou123",
        "0987654321",
        "1q2w3e4r5t",
        "abc"};
    std::string all;
    if (std::find(common.begin(), common.end(), lower(password)) != common.end()) {
        all = "Password is among the 1,000,000 most common ones. Please make it unique.";
    }
    if (password.size() < password_min_length) {
        all += fmt::format(
            "{}Password needs to be at least {} characters long.",
            all.empty() ? "" : " ",
            password_min_length
        );
    }
    return all.empty() ? std::nullopt : std::optional(std::move(all));
}

World::QuotaCheck World::check_quota(std::string_view value) const {
    const auto stored = stored_quota(value);
    if (!stored) {
        return {{}, fmt::format("Invalid quota value {}", value)};
    }
    if (*stored == "none" && !unlimited_quota_allowed) {
        return {{}, "Unlimited quota is forbidden on this instance"};
    }
    if (*stored == "default" && !unlimited_quota_allowed && default_quota == "none") {
        return {"1 GB", std::nullopt};  // the server's first preset
    }
    const double bytes = computer_size(*stored).value_or(0);
    if (max_quota && *stored != "none" && bytes > static_cast<double>(*max_quota)) {
        return {{}, fmt::format("Invalid quota value. {} is exceeding the maximum quota", value)};
    }
    return {*stored, std::nullopt};
}

Value World::quota_object(const Account& account) const {
    const std::string text = account.quota_text == "default" ? default_quota : account.quota_text;
    const bool unlimited = text == "none";
    const auto bytes = static_cast<std::int64_t>(computer_size(text).value_or(0));
    Value out;
    // Without files a quota of zero is shown with the room of none.
    const bool nothing_of_nothing = !unlimited && bytes == 0 && account.used_bytes == 0;
    if (profile.major >= 32 && (account.last_login_ms == 0 || nothing_of_nothing)) {
        const std::int64_t room = unlimited || nothing_of_nothing ? -3 : bytes;
        out["free"] = room;
        out["used"] = account.used_bytes;
        out["total"] = room;
        out["relative"] = std::int64_t{0};
        out["quota"] = unlimited ? std::int64_t{-3} : bytes;
        return out;
    }
    if (account.last_login_ms == 0) {
        out["quota"] = unlimited ? Value("none") : Value(bytes);
        out["used"] = account.used_bytes;
        return out;
    }
    const std::int64_t used = account.used_bytes;
    const std::int64_t free =
        unlimited ? disk_free : std::min(disk_free, std::max<std::int64_t>(0, bytes - used));
    const std::int64_t total = unlimited    ? free + used
                               : bytes == 0 ? used
                                            : std::min(bytes, free + std::max(used, bytes - free));
    const double relative =
        total > 0 ? std::round(static_cast<double>(used) / static_cast<double>(total) * 10000) / 100
                  : 0;
    out["free"] = free;
    out["used"] = used;
    out["total"] = total;
    if (relative == std::floor(relative)) {
        out["relative"] = static_cast<std::int64_t>(relative);
    } else {
        out["relative"] = relative;
    }
    out["quota"] = unlimited ? std::int64_t{-3} : bytes;
    return out;
}

void World::changed(Account& account) {
    account.cached_json.clear();
    ++revision_;
}

void World::changed() {
    ++revision_;
}

}  // namespace bn::testing::cloud
