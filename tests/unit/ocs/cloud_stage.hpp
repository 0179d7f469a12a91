// A cloud whose answers are scripted, for tests of the port.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocs/cloud_factory.hpp"
#include "tests/unit/ocs/scripted.hpp"

namespace bn::ocs {

inline std::string user_json(
    const std::string& id, bool enabled = true, const std::string& quota = "\"none\""
) {
    return R"({"id":")" + id + R"(","enabled":)" + (enabled ? "true" : "false") +
           R"(,"backend":"Database","quota":{"quota":)" + quota +
           R"(,"used":0},"email":null,"groups":["basic"]})";
}

// Answers by "METHOD path"; a queue of answers per key, the last one stays.
class CloudTest : public ::testing::Test {
  protected:
    void SetUp() override { start(settings()); }

    static CloudSettings settings() {
        CloudSettings s;
        s.server = ServerId(4);
        s.base_url = "https://cloud.test";
        s.login = "admin";
        s.password = Secret("account password");
        s.read_only = false;
        return s;
    }

    void start(
        CloudSettings s,
        const std::string& version = "25.0.2",
        const std::string& product = "Nextcloud"
    ) {
        version_ = version;
        product_ = product;
        auto wire =
            std::make_unique<ScriptedTransport>([this](const HttpRequest& r) { return answer(r); });
        std::function<Time()> now = [this] { return now_; };
        cloud_ = make_cloud(std::move(wire), std::move(s), nullptr, now, Duration(0));
    }

    HttpResult answer(const HttpRequest& request) {
        static constexpr const char* kMethods[] = {
            "GET ", "POST ", "PUT ", "DELETE ", "PROPFIND ", "PATCH "};
        std::string key = kMethods[static_cast<int>(request.method)] +
                          request.target.substr(0, request.target.find("format=json") - 1);
        if (request.method == Method::kPropfind) {
            heard_.push_back("PROPFIND " + request.target);
            return home_;
        }
        if (request.target == "/status.php") {
            return json_response(
                200,
                R"({"installed":true,"maintenance":false,"needsDbUpgrade":false,"versionstring":")" +
                    version_ + R"(","productname":")" + product_ + "\"}"
            );
        }
        heard_.push_back(key);
        forms_.push_back(request.form);
        targets_.push_back(request.target);
        auto found = script_.find(key);
        if (found == script_.end()) {
            return ocs_reply(404, 404, "User does not exist");
        }
        HttpResult result = found->second.front();
        if (found->second.size() > 1) {
            found->second.pop_front();
        }
        return result;
    }

    void on(const std::string& key, HttpResult result) {
        script_[key].push_back(std::move(result));
    }

    Outcome apply(Action action) {
        return run(cloud_->apply(std::move(action), Secret("Secret-pass-1")));
    }

    static Action action(ActionKind kind) {
        Action a(kind, ServerId(4), ItemId(7), "ivan");
        a.quota = Quota::bytes(5368709120);
        a.value = "basic";
        if (kind == ActionKind::kCreate) {
            CreateFields fields;
            fields.email = "i@x.test";
            fields.display_name = "Ivan P";
            fields.group = "basic";
            fields.quota = Quota::bytes(5368709120);
            a.create = fields;
        }
        return a;
    }

    static HttpResult fault(TransportFault f, bool sent) {
        return tl::unexpected(TransportError(f, sent, "x"));
    }

    static constexpr const char* kUser = "GET /ocs/v2.php/cloud/users/ivan";
    static constexpr const char* kPut = "PUT /ocs/v2.php/cloud/users/ivan";
    static constexpr const char* kPatch = "PATCH /ocs/v2.php/cloud/users/ivan";
    static constexpr const char* kCreate = "POST /ocs/v2.php/cloud/users";

    Time now_{std::chrono::hours(1)};
    std::string version_;
    std::string product_;
    HttpResult home_ = json_response(401, "");
    std::map<std::string, std::deque<HttpResult>> script_;
    std::vector<std::string> heard_;
    std::vector<std::string> forms_;
    std::vector<std::string> targets_;
    std::unique_ptr<Cloud> cloud_;
};

}  // namespace bn::ocs
