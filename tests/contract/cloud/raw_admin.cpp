#include "tests/contract/cloud/raw_admin.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>
#include <utility>

#include <curl/curl.h>
#include <nlohmann/json.hpp>

namespace bn::testing {
namespace {

std::size_t collect(char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
}

// Ids of a list, whatever JSON made of them ("0" arrives as a number, a map keyed by id too).
std::vector<std::string> with_prefix(
    const RawAdmin::Answer& answer, const char* name, const std::string& prefix
) {
    auto json = nlohmann::json::parse(answer.body, nullptr, false);
    if (!answer.ok() || !json["ocs"]["data"].is_object() || !json["ocs"]["data"].contains(name)) {
        throw std::runtime_error(
            "the list of " + std::string(name) + " cannot be read: HTTP " +
            std::to_string(answer.status) + ", " + answer.body.substr(0, 200)
        );
    }
    std::vector<std::string> out;
    for (const auto& id : json["ocs"]["data"][name]) {
        out.push_back(id.is_string() ? id.get<std::string>() : id.dump());
    }
    std::erase_if(out, [&](const std::string& id) { return !id.starts_with(prefix); });
    return out;
}

}  // namespace

struct RawAdmin::Impl {
    RawAdminSettings settings;
    CURL* curl = curl_easy_init();

    ~Impl() { curl_easy_cleanup(curl); }
};

RawAdmin::RawAdmin(RawAdminSettings settings) : impl_(std::make_unique<Impl>()) {
    impl_->settings = std::move(settings);
}

RawAdmin::~RawAdmin() = default;

std::string RawAdmin::escaped(const std::string& text) const {
    char* raw = curl_easy_escape(impl_->curl, text.c_str(), static_cast<int>(text.size()));
    std::string out(raw);
    curl_free(raw);
    return out;
}

RawAdmin::Answer RawAdmin::call_as(
    const std::string& login, const std::string& password, const std::string& path
) {
    RawAdminSettings other = impl_->settings;
    other.login = login;
    other.password = password;
    return RawAdmin(std::move(other)).call("GET", path);
}

RawAdmin::Answer RawAdmin::call(
    const std::string& method, const std::string& path, const std::string& form
) {
    CURL* curl = impl_->curl;
    Answer answer;
    curl_easy_reset(curl);  // keeps connections
    const std::string url = impl_->settings.url + "/ocs/v1.php/" + path +
                            (path.find('?') == std::string::npos ? "?" : "&") + "format=json";
    curl_slist* headers = curl_slist_append(nullptr, "OCS-APIRequest: true");
    headers = curl_slist_append(headers, "Accept-Language: en");
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
    curl_easy_setopt(curl, CURLOPT_USERNAME, impl_->settings.login.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, impl_->settings.password.c_str());
    curl_easy_setopt(curl, CURLOPT_HTTPAUTH, static_cast<long>(CURLAUTH_BASIC));
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 120L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer.body);
    if (!impl_->settings.ca_file.empty()) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, impl_->settings.ca_file.c_str());
    }
    if (!form.empty()) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form.c_str());
    }
    const CURLcode result = curl_easy_perform(curl);
    curl_slist_free_all(headers);
    if (result != CURLE_OK) {
        answer.body = curl_easy_strerror(result);
        return answer;
    }
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer.status);
    const auto json = nlohmann::json::parse(answer.body, nullptr, false);
    if (json.is_object() && json.contains("ocs")) {
        answer.code = json["ocs"]["meta"].value("statuscode", 0);
    }
    return answer;
}

RawAdmin::Answer RawAdmin::create_group(const std::string& id) {
    return call("POST", "cloud/groups", "groupid=" + escaped(id));
}

void RawAdmin::delete_group(const std::string& id) {
    // Servers decode a group's name in a path twice; where that is mended, once is right.
    if (!call("DELETE", "cloud/groups/" + escaped(escaped(id))).ok()) {
        call("DELETE", "cloud/groups/" + escaped(id));
    }
}

void RawAdmin::delete_user(const std::string& id) {
    call("DELETE", "cloud/users/" + escaped(id));
}

std::vector<std::string> RawAdmin::users_with(const std::string& prefix) {
    return with_prefix(call("GET", "cloud/users?search=" + escaped(prefix)), "users", prefix);
}

std::vector<std::string> RawAdmin::groups_with(const std::string& prefix) {
    return with_prefix(call("GET", "cloud/groups?search=" + escaped(prefix)), "groups", prefix);
}

}  // namespace bn::testing
