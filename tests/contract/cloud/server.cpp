#include "tests/contract/cloud/server.hpp"

#include <chrono>
#include <cstdlib>
#include <random>
#include <stdexcept>

#include <fmt/format.h>
#include <fmt/ranges.h>

namespace bn::testing {
namespace {

constexpr std::string_view kFamily = "bnct-";
constexpr std::int64_t kOldEnough = 3600;  // seconds: no run takes so long

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value == nullptr ? "" : value;
}

std::int64_t unix_now() {
    return std::chrono::duration_cast<std::chrono::seconds>(
               std::chrono::system_clock::now().time_since_epoch()
    )
        .count();
}

// "bnct-<time><random>-": the time tells leftovers from a run that goes on beside this one.
std::string new_prefix() {
    std::random_device random;
    return fmt::format("{}{:08x}{:04x}-", kFamily, unix_now(), random() & 0xFFFFu);
}

bool left_behind(const std::string& name) {
    const std::string digits = name.substr(kFamily.size(), 8);
    if (digits.find_first_not_of("0123456789abcdef") != std::string::npos || digits.size() != 8) {
        return false;
    }
    return std::stoll(digits, nullptr, 16) + kOldEnough < unix_now();
}

std::unique_ptr<FakeCloud> start_sample() {
    FakeCloudOptions options;
    const std::string profile = environment("BN_CONTRACT_PROFILE");
    options.profile = cloud::Profile::named(profile.empty() ? "25" : profile);
    options.groups = {"basic", "pro"};
    auto sample = std::make_unique<FakeCloud>(options);
    sample->add_accounts(7, "others", "3 GB");
    return sample;
}

}  // namespace

ContractServer& ContractServer::get() {
    static ContractServer server;
    return server;
}

ContractServer::ContractServer() : prefix_(new_prefix()) {
    url_ = environment("BN_CONTRACT_URL");
    if (url_.empty()) {
        sample_ = start_sample();
        url_ = sample_->url();
        login_ = "admin";
        password_ = environment("BN_CONTRACT_APP_PASSWORD") == "1"
                        ? sample_->app_password_of("admin")
                        : "dummy-admin-pass";
        ca_file_ = sample_->ca_file();
    } else {
        login_ = environment("BN_CONTRACT_USER");
        password_ = environment("BN_CONTRACT_PASSWORD");
        ca_file_ = environment("BN_CONTRACT_CA");
        if (login_.empty() || password_.empty()) {
            throw std::runtime_error("set BN_CONTRACT_USER and BN_CONTRACT_PASSWORD");
        }
    }
    while (!url_.empty() && url_.back() == '/') {
        url_.pop_back();
    }
    admin_ = std::make_unique<RawAdmin>(RawAdminSettings{url_, login_, password_, ca_file_});
    const auto made = admin_->create_group(group());
    if (!made.ok()) {
        no_writes_ = fmt::format(
            "this login cannot make groups here (HTTP {}, {})",
            made.status,
            made.body.substr(0, 200)
        );
        return;
    }
    try {
        sweep_older();
    } catch (const std::runtime_error&) {
        admin_->delete_group(group());
        throw;
    }
}

void ContractServer::sweep_older() {
    for (const auto& id : admin_->users_with(std::string(kFamily))) {
        if (left_behind(id)) {
            admin_->delete_user(id);
        }
    }
    for (const auto& id : admin_->groups_with(std::string(kFamily))) {
        if (left_behind(id)) {
            admin_->delete_group(id);
        }
    }
}

std::string ContractServer::clean_up() {
    if (!no_writes_.empty()) {
        return "";
    }
    for (const auto& id : admin_->users_with(prefix_)) {
        admin_->delete_user(id);
    }
    for (const auto& id : admin_->groups_with(prefix_)) {
        admin_->delete_group(id);
    }
    const auto users = admin_->users_with(prefix_);
    const auto groups = admin_->groups_with(prefix_);
    return users.empty() && groups.empty()
               ? ""
               : fmt::format(
                     "left on {}, to be removed by hand: users [{}], groups [{}]",
                     url_,
                     fmt::join(users, ", "),
                     fmt::join(groups, ", ")
                 );
}

CloudSettings ContractServer::settings() const {
    CloudSettings settings;
    settings.server = ServerId(1);
    settings.base_url = url_;
    settings.login = login_;
    settings.password = Secret(password_);
    settings.bearer = environment("BN_CONTRACT_BEARER") == "1";
    settings.ca_file = ca_file_;
    settings.timeout = std::chrono::seconds(120);
    settings.max_parallel = 2;
    settings.read_only = false;
    return settings;
}

bool ContractServer::may_try_bad_login() const {
    return sample_ != nullptr || environment("BN_CONTRACT_BAD_LOGIN") == "1";
}

}  // namespace bn::testing
