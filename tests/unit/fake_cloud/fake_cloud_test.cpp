// What the recorded exchanges do not show: limits, sessions, the throttle, faults, TLS, profiles.
#include "tests/fakes/cloud/fake_cloud.hpp"

#include <chrono>
#include <map>

#include <curl/curl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/cloud/control.hpp"
#include "tests/fakes/cloud/quota_text.hpp"
#include "tests/unit/fake_cloud/raw_client.hpp"

namespace bn::testing::fake_cloud_test {
namespace {

using cloud::Fault;
using cloud::FaultKind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

FakeCloudOptions plain(const char* profile = "25") {
    FakeCloudOptions options;
    options.tls = false;
    options.profile = cloud::Profile::named(profile);
    options.groups = {"basic", "pro"};
    return options;
}

class Client {
  public:
    explicit Client(const FakeCloud& sample) : sample_(sample) {}

    RawReply call(
        const std::string& method, const std::string& path, const std::string& body = {}
    ) {
        std::vector<std::string> headers{
            "Host: localhost", "OCS-APIRequest: true", "Accept: application/json"};
        if (!password.empty()) {
            headers.push_back("Authorization: Basic " + base64(login + ":" + password));
        }
        if (!body.empty()) {
            headers.emplace_back("Content-Type: application/x-www-form-urlencoded");
        }
        std::string jar;
        for (const auto& [name, value] : cookies) {
            jar += (jar.empty() ? "" : "; ") + name + "=" + value;
        }
        if (keep_cookies && !jar.empty()) {
            headers.push_back("Cookie: " + jar);
        }
        RawReply reply =
            raw_call(sample_.port(), method, "/ocs/" + version + "/" + path, headers, body);
        const auto [begin, end] = reply.headers.equal_range("set-cookie");
        for (auto it = begin; it != end; ++it) {
            const auto equal = it->second.find('=');
            cookies[it->second.substr(0, equal)] =
                it->second.substr(equal + 1, it->second.find(';') - equal - 1);
        }
        return reply;
    }

    RawReply get(const std::string& path) { return call("GET", path); }

    RawReply patch(const std::string& user, const std::string& fields) {
        return call("PATCH", "cloud/users/" + user, fields);
    }

    RawReply edit(const std::string& user, const std::string& key, const std::string& value) {
        return call("PUT", "cloud/users/" + user, "key=" + key + "&value=" + value);
    }

    static int code(const RawReply& reply) {
        const auto json = nlohmann::json::parse(reply.body, nullptr, false);
        return json.is_object() && json.contains("ocs") ? json["ocs"]["meta"].value("statuscode", 0)
                                                        : 0;
    }

    std::string login = "admin";
    std::string password = "dummy-admin-pass";
    std::string version = "v2.php";
    bool keep_cookies = false;
    std::map<std::string, std::string> cookies;

  private:
    const FakeCloud& sample_;
};

cloud::NewAccount named(const std::string& id) {
    cloud::NewAccount account;
    account.id = id;
    return account;
}

TEST(QuotaText, IsStoredAndReadAsMeasured) {
    const std::map<std::string, std::string> stored{
        {"1 GB", "1 GB"},
        {"1GB", "1 GB"},
        {"1g", "1 GB"},
        {"1073741823", "1 GB"},
        {"1500000000", "1.4 GB"},
        {"1.05 GB", "1.1 GB"},
        {"1000000", "977 KB"},
        {"100000000000000", "90.9 TB"},
        {"107374182400", "100 GB"},
        {"none", "none"},
        {"default", "default"},
        {"0", "0 B"},
        {"0 B", "0 B"},
        {"-1", "0 B"},
        {"-5", "0 B"},
        {"Default", "0 B"},
        {"1 GiB", "1 B"},
        {"2 EB", "2 B"},
        {"1,5 GB", "1 GB"}};
    for (const auto& [value, text] : stored) {
        EXPECT_EQ(cloud::stored_quota(value).value_or("refused"), text) << value;
    }
    for (const char* value : {"", "abc", "NONE", "unlimited", " 2 GB "}) {
        EXPECT_FALSE(cloud::stored_quota(value).has_value()) << value;
    }
    EXPECT_EQ(cloud::computer_size("1.4 GB"), 1'503'238'554.0);
    EXPECT_EQ(cloud::computer_size("90.9 TB"), 99'945'606'964'838.0);
}

TEST(FakeCloud, TheFiftyFirstEditIsRefusedUntilTheWindowMoves) {
    FakeCloud sample(plain("32"));
    sample.add_account(named("anna"));
    Client client(sample);
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(client.edit("anna", "quota", fmt::format("{}%20GB", i + 1)).status, 200) << i;
    }
    const RawReply refused = client.edit("anna", "quota", "1%20GB");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.body, "");
    EXPECT_EQ(refused.header("retry-after"), "");
    EXPECT_EQ(client.call("PUT", "cloud/users/anna/disable").status, 200);
    sample.advance(std::chrono::seconds(601));
    EXPECT_EQ(client.edit("anna", "quota", "1%20GB").status, 200);
}

TEST(FakeCloud, NewerServersHaveOtherCodes) {
    for (const auto& [profile, bad_quota, weak, unknown] :
         {std::tuple{"25", 102, 103, 103}, std::tuple{"32", 101, 107, 113}}) {
        FakeCloud sample(plain(profile));
        sample.add_account(named("anna"));
        Client client(sample);
        EXPECT_EQ(Client::code(client.edit("anna", "quota", "abc")), bad_quota) << profile;
        EXPECT_EQ(Client::code(client.edit("anna", "password", "short")), weak) << profile;
        EXPECT_EQ(Client::code(client.edit("anna", "nosuch", "1")), unknown) << profile;
    }
}

TEST(FakeCloud, VersionThirtyFourRefusesAppPasswordsOnWritesOnly) {
    FakeCloud sample(plain("34"));
    sample.add_account(named("anna"));
    Client client(sample);
    EXPECT_EQ(client.edit("anna", "quota", "1%20GB").status, 200);
    client.password = sample.app_password_of("admin");
    EXPECT_EQ(client.get("cloud/users/anna").status, 200);
    EXPECT_EQ(client.edit("anna", "quota", "1%20GB").status, 403);
    EXPECT_EQ(client.call("DELETE", "cloud/users/anna").status, 403);
    EXPECT_TRUE(sample.has_account("anna"));
}

class Patch : public ::testing::Test {
  protected:
    Patch() : sample(plain("34")), client(sample) {
        auto anna = named("anna");
        anna.quota = "1 GB";
        anna.groups = {"basic"};
        sample.add_account(anna);
    }

    FakeCloud sample;
    Client client;
};

TEST_F(Patch, IsThereFromThirtyFourOn) {
    EXPECT_EQ(client.patch("anna", "quota=2%20GB").status, 200);
    for (const char* profile : {"25", "27", "32"}) {
        FakeCloud older(plain(profile));
        older.add_account(named("anna"));
        EXPECT_EQ(Client(older).patch("anna", "quota=2%20GB").status, 405) << profile;
        EXPECT_EQ(older.account("anna").quota_text, "default") << profile;
    }
}

TEST_F(Patch, WantsAPasswordThatWasGivenJustNow) {
    client.keep_cookies = true;
    client.get("cloud/users");
    client.get("cloud/users");
    EXPECT_EQ(client.patch("anna", "quota=2%20GB").status, 200);
    sample.advance(std::chrono::minutes(31));
    EXPECT_EQ(client.patch("anna", "quota=3%20GB").status, 403);
    client.keep_cookies = false;
    client.password = sample.app_password_of("admin");
    EXPECT_EQ(client.patch("anna", "quota=3%20GB").status, 403);
    EXPECT_EQ(sample.account("anna").quota_text, "2 GB");
}

TEST_F(Patch, StoresAllFieldsAndReplacesTheGroups) {
    const RawReply reply = client.patch(
        "ANNA",
        "displayName=Anna&email=Anna@Example.com&quota=5%20GB&password=An0ther-Dummy-Pass&"
        "groups[]=pro&subadminGroups[]=pro&language=ru&manager=boss"
    );
    EXPECT_EQ(reply.status, 200);
    const auto data = nlohmann::json::parse(reply.body)["ocs"]["data"];
    EXPECT_EQ(data, nlohmann::json::parse(client.get("cloud/users/anna").body)["ocs"]["data"]);
    const cloud::Account anna = sample.account("anna");
    EXPECT_EQ(anna.display_name, "Anna");
    EXPECT_EQ(anna.email, "anna@example.com");
    EXPECT_EQ(anna.quota_text, "5 GB");
    EXPECT_EQ(anna.password, "An0ther-Dummy-Pass");
    EXPECT_EQ(anna.language, "ru");
    EXPECT_THAT(anna.groups, ElementsAre("pro"));
    EXPECT_THAT(anna.subadmin_of, ElementsAre("pro"));
    EXPECT_EQ(data["manager"], "boss");
}

TEST_F(Patch, StoresNothingWhenAFieldIsBad) {
    const RawReply reply = client.patch(
        "anna", "displayName=Anna&password=An0ther-Dummy-Pass&quota=abc&email=nonsense"
    );
    EXPECT_EQ(reply.status, 422);
    EXPECT_EQ(Client::code(reply), 422);
    const auto data = nlohmann::json::parse(reply.body)["ocs"]["data"];
    EXPECT_EQ(data["errors"]["quota"], "Invalid quota value: abc");
    EXPECT_EQ(data["errors"]["email"], "Invalid email address");
    const cloud::Account anna = sample.account("anna");
    EXPECT_FALSE(anna.display_name.has_value());
    EXPECT_NE(anna.password, "An0ther-Dummy-Pass");
    EXPECT_EQ(anna.quota_text, "1 GB");
}

TEST_F(Patch, LeavesTheNewPasswordWhenTheNameIsTooLong) {
    const std::string name(65, 'n');
    EXPECT_EQ(
        client.patch("anna", "password=An0ther-Dummy-Pass&quota=5%20GB&displayName=" + name).status,
        500
    );
    const cloud::Account anna = sample.account("anna");
    EXPECT_EQ(anna.password, "An0ther-Dummy-Pass");
    EXPECT_EQ(anna.quota_text, "1 GB");
    EXPECT_FALSE(anna.display_name.has_value());
}

TEST_F(Patch, StoresZeroForAQuotaBelowZeroAndFails) {
    EXPECT_EQ(client.patch("anna", "quota=-1").status, 500);
    EXPECT_EQ(sample.account("anna").quota_text, "0 B");
}

TEST_F(Patch, HasALimitOfItsOwnInWhichRefusedOnesCount) {
    for (int i = 0; i < 49; ++i) {
        ASSERT_EQ(client.patch("anna", "quota=abc").status, 422) << i;
    }
    EXPECT_EQ(client.patch("anna", "quota=2%20GB").status, 200);
    const RawReply refused = client.patch("anna", "quota=3%20GB");
    EXPECT_EQ(refused.status, 429);
    EXPECT_EQ(refused.body, "");
    EXPECT_EQ(sample.account("anna").quota_text, "2 GB");
    EXPECT_EQ(client.edit("anna", "quota", "4%20GB").status, 200);
    sample.advance(std::chrono::seconds(601));
    EXPECT_EQ(client.patch("anna", "quota=3%20GB").status, 200);
}

TEST_F(Patch, OfADeadlockStoresNothingAndOfAListenerEverything) {
    sample.add_fault(Fault(FaultKind::kDeadlock, "user.patch"));
    EXPECT_EQ(client.patch("anna", "quota=2%20GB&groups[]=pro").status, 500);
    EXPECT_EQ(sample.account("anna").quota_text, "1 GB");
    sample.add_fault(Fault(FaultKind::kListenerThrows, "user.patch"));
    EXPECT_EQ(client.patch("anna", "quota=2%20GB&groups[]=pro").status, 500);
    EXPECT_EQ(sample.account("anna").quota_text, "2 GB");
    EXPECT_THAT(sample.account("anna").groups, ElementsAre("pro"));
}

TEST_F(Patch, OfASubadminReachesOnlyTheOwnGroups) {
    sample.with([](cloud::World& world) {
        cloud::NewAccount head;
        head.id = "head";
        world.add(head).subadmin_of = {"basic"};
        world.add_group("other");
        world.find("anna")->groups = {"basic", "other"};
    });
    client.login = "head";
    client.password = "Str0ng-Dummy-Pass-1";
    EXPECT_EQ(client.patch("anna", "groups[]=pro&subadminGroups[]=pro&groups[]=basic").status, 200);
    EXPECT_THAT(sample.account("anna").groups, ElementsAre("basic", "other"));
    EXPECT_TRUE(sample.account("anna").subadmin_of.empty());
    EXPECT_EQ(Client::code(client.patch("admin", "quota=1%20GB")), 998);
}

TEST_F(Patch, IsLoggedWithItsFieldsButNoPassword) {
    client.patch("anna", "quota=2%20GB&password=An0ther-Dummy-Pass&groups[]=pro&groups[]=basic");
    client.patch("anna", "key=quota&value=3%20GB");
    EXPECT_EQ(sample.account("anna").quota_text, "2 GB");
    EXPECT_EQ(sample.calls("user.patch"), 2u);
    EXPECT_THAT(
        sample.writes(),
        ElementsAre(
            CloudWrite{"user.patch", "anna", "password=... quota=2 GB groups=pro,basic", 200, 200},
            CloudWrite{"user.patch", "anna", "", 200, 200}
        )
    );
}

TEST(FakeCloud, ASessionNeedsTwoAnswersIgnoresThePasswordAndLosesItsConfirmation) {
    FakeCloud sample(plain());
    sample.add_account(named("anna"));
    Client client(sample);
    client.keep_cookies = true;
    client.get("cloud/users");
    EXPECT_EQ(client.cookies.count("cookie_test"), 1u);
    client.get("cloud/users");  // shows that cookies are kept: now there is a session
    client.password = "wrong";
    EXPECT_EQ(client.get("cloud/users").status, 200);
    EXPECT_EQ(client.edit("anna", "quota", "1%20GB").status, 200);

    sample.advance(std::chrono::seconds(30 * 60 + 16));
    const RawReply refused = client.edit("anna", "quota", "2%20GB");
    EXPECT_EQ(refused.status, 403);
    EXPECT_THAT(refused.body, HasSubstr("Password confirmation is required"));
    EXPECT_EQ(client.get("cloud/users").status, 200);

    sample.drop_sessions();
    EXPECT_EQ(client.get("cloud/users").status, 401);
}

TEST(FakeCloud, AnAppPasswordGetsNoSession) {
    FakeCloud sample(plain());
    Client client(sample);
    client.keep_cookies = true;
    client.password = sample.app_password_of("admin");
    client.get("cloud/users");
    client.get("cloud/users");
    EXPECT_EQ(client.cookies.count("cookie_test"), 0u);
    client.password = "wrong";
    EXPECT_EQ(client.get("cloud/users").status, 401);
}

TEST(FakeCloud, OldServersCountOnlyFailedLoginsThatLookLikeMail) {
    for (const auto& [profile, counted] : {std::pair{"25", 1u}, std::pair{"32", 2u}}) {
        FakeCloud sample(plain(profile));
        Client client(sample);
        client.password = "wrong";
        client.get("cloud/users");
        client.login = "a@b.example";
        client.get("cloud/users");
        std::size_t failed = 0;
        sample.with_gate([&](cloud::Gate& gate) {
            failed = gate.failed_logins(sample.now().time_since_epoch().count());
        });
        EXPECT_EQ(failed, counted) << profile;
    }
}

TEST(FakeCloud, TenFailedLoginsShutNewerServersForEverybody) {
    FakeCloud sample(plain("32"));
    Client client(sample);
    client.password = "wrong";
    for (int i = 0; i < 11; ++i) {
        EXPECT_EQ(client.get("cloud/users").status, 401);
    }
    client.password = "dummy-admin-pass";
    EXPECT_EQ(client.get("cloud/users").status, 429);
    sample.advance(std::chrono::minutes(31));
    EXPECT_EQ(client.get("cloud/users").status, 200);
}

TEST(FakeCloud, FaultsBeforeTheEffectLeaveNothingAndAfterItEverything) {
    FakeCloud sample(plain());
    Client client(sample);
    const std::string form = "userid=anna&password=Str0ng-Dummy-Pass-1";
    for (const FaultKind kind :
         {FaultKind::kServerError,
          FaultKind::kDrop,
          FaultKind::kBadGateway,
          FaultKind::kMaintenance,
          FaultKind::kUnauthorized}) {
        Fault fault(kind, "user.create");
        sample.add_fault(fault);
        EXPECT_NE(client.call("POST", "cloud/users", form).status, 200);
        EXPECT_FALSE(sample.has_account("anna"));
        fault.after_effect = true;
        sample.add_fault(fault);
        EXPECT_NE(client.call("POST", "cloud/users", form).status, 200);
        EXPECT_TRUE(sample.has_account("anna"));
        EXPECT_EQ(client.call("DELETE", "cloud/users/anna").status, 200);
    }
}

TEST(FakeCloud, FaultsStrikeTheCallsThatTheyName) {
    FakeCloud sample(plain());
    sample.add_account(named("anna"));
    sample.add_account(named("boris"));
    Client client(sample);
    Fault fault(FaultKind::kServerError, "user.edit");
    fault.user = "ANNA";
    fault.skip = 1;
    fault.times = 2;
    sample.add_fault(fault);
    const auto edit = [&](const char* user) { return client.edit(user, "quota", "1%20GB").status; };
    EXPECT_EQ(edit("boris"), 200);
    EXPECT_EQ(edit("anna"), 200);
    EXPECT_EQ(client.get("cloud/users/anna").status, 200);
    EXPECT_EQ(edit("anna"), 500);
    EXPECT_EQ(edit("anna"), 500);
    EXPECT_EQ(edit("anna"), 200);
}

TEST(FakeCloud, SpoiltRepliesAreSpoilt) {
    FakeCloud sample(plain());
    Client client(sample);
    const auto spoilt = [&](FaultKind kind, std::uint64_t bytes = 0) {
        Fault fault(kind, "users");
        fault.bytes = bytes;
        sample.add_fault(fault);
        return client.get("cloud/users");
    };
    EXPECT_FALSE(spoilt(FaultKind::kTruncated).complete);
    EXPECT_TRUE(
        nlohmann::json::parse(spoilt(FaultKind::kGarbage).body, nullptr, false).is_discarded()
    );
    EXPECT_THAT(spoilt(FaultKind::kHtmlPage).body, HasSubstr("<html"));
    EXPECT_GT(spoilt(FaultKind::kHugeBody, 3u << 20).body.size(), 3u << 20);
    EXPECT_FALSE(nlohmann::json::parse(spoilt(FaultKind::kNoOcs).body).contains("ocs"));
    EXPECT_TRUE(nlohmann::json::parse(spoilt(FaultKind::kWrongTypes).body)["ocs"]["meta"].is_string(
    ));
    EXPECT_EQ(spoilt(FaultKind::kTooMany).status, 429);
    EXPECT_EQ(spoilt(FaultKind::kRedirect).header("location"), "https://elsewhere.example.test/");
    EXPECT_EQ(client.get("cloud/users").status, 200);
}

TEST(FakeCloud, DelaysAndLatencyTakeTheirTime) {
    using Clock = std::chrono::steady_clock;
    FakeCloud sample(plain());
    Client client(sample);
    const auto took = [&] {
        const auto begin = Clock::now();
        client.get("cloud/users");
        return Clock::now() - begin;
    };
    Fault fault(FaultKind::kDelay, "users.list");
    fault.delay = Duration(60);
    sample.add_fault(fault);
    EXPECT_GE(took(), Duration(60));
    sample.set_latency("users.list", Duration(40));
    EXPECT_GE(took(), Duration(40));
}

TEST(FakeCloud, ForbiddenWritesAreRecordedAndHaveNoEffect) {
    FakeCloud sample(plain());
    sample.add_account(named("anna"));
    sample.forbid_writes();
    Client client(sample);
    EXPECT_EQ(client.get("cloud/users").status, 200);
    EXPECT_TRUE(sample.violations().empty());
    EXPECT_EQ(client.edit("anna", "quota", "1%20GB").status, 500);
    EXPECT_EQ(client.call("DELETE", "cloud/users/anna").status, 500);
    EXPECT_TRUE(sample.has_account("anna"));
    EXPECT_THAT(
        sample.violations(), ElementsAre("user.edit.quota anna quota=1 GB", "user.delete anna ")
    );
}

TEST(FakeCloud, CountsCallsAndListsWritesWithoutPasswords) {
    FakeCloud sample(plain());
    Client client(sample);
    client.call("POST", "cloud/users", "userid=anna&password=Str0ng-Dummy-Pass-1&quota=1%20GB");
    client.edit("anna", "password", "An0ther-Dummy-Pass");
    client.get("cloud/users");
    EXPECT_EQ(sample.calls("user.edit"), 1u);
    EXPECT_EQ(sample.calls("users.list"), 1u);
    EXPECT_EQ(sample.total_calls(), 3u);
    EXPECT_THAT(
        sample.writes(),
        ElementsAre(
            CloudWrite{"user.create", "anna", "quota=1 GB", 200, 200},
            CloudWrite{"user.edit.password", "anna", "password=...", 200, 200}
        )
    );
}

TEST(FakeCloud, PagesAreCutByDisplayNameAndSortedById) {
    FakeCloud sample(plain());
    for (const char* id : {"zoe", "Mia", "ben"}) {
        auto account = named(id);
        account.display_name = std::string(id) == "zoe" ? "aaa" : "";
        sample.add_account(account);
    }
    Client client(sample);
    const auto page = [&](const std::string& window) {
        const auto json = nlohmann::json::parse(client.get("cloud/users?" + window).body);
        return json["ocs"]["data"]["users"].dump();
    };
    EXPECT_EQ(page("limit=2&offset=0"), R"(["admin","ben"])");
    EXPECT_EQ(page("limit=2&offset=2"), R"(["Mia","zoe"])");
    EXPECT_EQ(page("limit=0"), "[]");
    EXPECT_EQ(page("limit=-1"), R"(["admin","ben","Mia","zoe"])");
    EXPECT_EQ(page("search=AAA"), R"(["zoe"])");
}

TEST(FakeCloud, CachedPagesShowEveryChange) {
    FakeCloud sample(plain());
    sample.add_account(named("anna"));
    Client client(sample);
    const std::string before = client.get("cloud/users/details").body;
    EXPECT_EQ(client.get("cloud/users/details").body, before);
    client.edit("anna", "quota", "3%20GB");
    EXPECT_THAT(client.get("cloud/users/details").body, HasSubstr("\"quota\":3221225472"));
    sample.with([](cloud::World& world) { world.remove("anna"); });
    EXPECT_THAT(client.get("cloud/users/details").body, ::testing::Not(HasSubstr("anna")));
}

TEST(FakeCloud, OwnCloudDiffers) {
    FakeCloud sample(plain("owncloud"));
    sample.add_account(named("anna"));
    Client client(sample);
    client.version = "v1.php";
    client.edit("anna", "quota", "5%20GB");
    const auto user = nlohmann::json::parse(client.get("cloud/users/anna").body)["ocs"]["data"];
    EXPECT_EQ(user["enabled"], "true");
    EXPECT_EQ(user["quota"]["definition"], "5 GB");
    EXPECT_FALSE(user.contains("groups"));
    EXPECT_EQ(client.edit("nobody", "quota", "5%20GB").status, 401);
    EXPECT_EQ(Client::code(client.call("DELETE", "cloud/users/nobody")), 101);
    EXPECT_EQ(Client::code(client.get("cloud/users/details")), 998);
    client.version = "v2.php";
    EXPECT_EQ(Client::code(client.call("DELETE", "cloud/users/nobody")), 400);
}

TEST(FakeCloud, ServesBelowASubPath) {
    FakeCloudOptions options = plain();
    options.path_prefix = "/nextcloud";
    FakeCloud sample(options);
    EXPECT_THAT(sample.url(), HasSubstr("/nextcloud"));
    const std::vector<std::string> headers{"Host: localhost"};
    EXPECT_EQ(raw_call(sample.port(), "GET", "/nextcloud/status.php", headers, "").status, 200);
    EXPECT_EQ(raw_call(sample.port(), "GET", "/status.php", headers, "").status, 404);
}

TEST(FakeCloud, ControlChangesTheWorld) {
    FakeCloud sample(plain());
    sample.add_account(named("anna"));
    const auto send = [&](const std::string& target) {
        cloud::Request request;
        request.method = "GET";
        request.target = target;
        return cloud::control(sample, request);
    };
    EXPECT_EQ(send("/quota?user=anna&value=7%20GB").status, 200);
    EXPECT_EQ(sample.account("anna").quota_text, "7 GB");
    EXPECT_EQ(send("/quota?user=anna&value=abc").status, 400);
    EXPECT_EQ(send("/disable?user=nobody").status, 400);
    EXPECT_EQ(send("/rename-group?from=basic&to=gold").status, 200);
    EXPECT_EQ(send("/delete?user=anna").status, 200);
    EXPECT_FALSE(sample.has_account("anna"));
    EXPECT_EQ(send("/nonsense").status, 404);
}

CURLcode fetch(const FakeCloud& sample, bool trust) {
    CURL* curl = curl_easy_init();
    const std::string url = sample.url() + "/status.php";
    curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
    curl_easy_setopt(curl, CURLOPT_NOBODY, 1L);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    if (trust) {
        curl_easy_setopt(curl, CURLOPT_CAINFO, sample.ca_file().c_str());
    }
    const CURLcode code = curl_easy_perform(curl);
    curl_easy_cleanup(curl);
    return code;
}

TEST(FakeCloud, OnlyTheGoodCertificateIsAccepted) {
    using cloud::Certificate;
    for (const auto kind :
         {Certificate::kGood,
          Certificate::kWrongHost,
          Certificate::kExpired,
          Certificate::kUntrusted}) {
        FakeCloudOptions options;
        options.certificate = kind;
        const FakeCloud sample(options);
        const CURLcode expected =
            kind == Certificate::kGood ? CURLE_OK : CURLE_PEER_FAILED_VERIFICATION;
        EXPECT_EQ(fetch(sample, true), expected) << static_cast<int>(kind);
        EXPECT_EQ(fetch(sample, false), CURLE_PEER_FAILED_VERIFICATION);
    }
}

}  // namespace
}  // namespace bn::testing::fake_cloud_test
