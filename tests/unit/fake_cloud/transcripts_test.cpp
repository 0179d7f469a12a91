// The sample cloud against real servers, exchange by exchange: a Nextcloud 25.0.2 to the byte;
// later ones and ownCloud by status, code and data, as far as it goes.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/places/places.hpp"
#include "tests/unit/fake_cloud/raw_client.hpp"
#include "tests/unit/fake_cloud/recorded_worlds.hpp"
#include "tests/unit/fake_cloud/transcript.hpp"

namespace bn::testing::transcripts_test {
namespace {

// Exchanges that are not replayed at all, and why. Empty: every one is.
const std::map<std::string, std::string> kNotReplayed{};

// Exchanges of which status and headers are compared, but not the body, and why.
const std::map<std::string, std::string> kBodyNotCompared{
    {"121-first-login-webdav", "holds a time and an etag of the recorded files"},
    {"240-untrusted-host.v2-json", "is a branded page of HTML; only its kind matters"},
    {"220-get-apppassword.v2-json", "holds a password that is made anew"},
};

const std::vector<Transcript>& transcripts() {
    static const auto all = read_transcripts(testing::source_dir("/tests/golden/ocs"));
    return all;
}

class Replayed : public ::testing::TestWithParam<Transcript> {};

void expect_same_body(const Transcript& recorded, const RawReply& reply) {
    if (kBodyNotCompared.count(recorded.name) > 0) {
        EXPECT_FALSE(reply.body.empty());
        return;
    }
    if (recorded.reply_body.rfind('{', 0) == 0) {
        // As JSON first, because its difference can be read; then to the byte.
        EXPECT_EQ(nlohmann::json::parse(recorded.reply_body), nlohmann::json::parse(reply.body));
    }
    std::string body = reply.body;
    while (!body.empty() && body.back() == '\n') {
        body.pop_back();
    }
    EXPECT_EQ(recorded.reply_body, body);
}

TEST_P(Replayed, AnswersAsRecorded) {
    const Transcript& recorded = GetParam();
    if (const auto it = kNotReplayed.find(recorded.name); it != kNotReplayed.end()) {
        GTEST_SKIP() << it->second;
    }
    FakeCloudOptions options;
    options.tls = false;
    options.profile = recorded_profile(recorded);
    options.groups = {"basic", "pro"};
    FakeCloud sample(options);
    ASSERT_TRUE(prepare_recorded_world(recorded, sample)) << "no rule prepares this transcript";

    const RawReply reply =
        raw_call(sample.port(), recorded.method, recorded.target, recorded.headers, recorded.body);

    EXPECT_EQ(recorded.status, reply.status);
    EXPECT_TRUE(reply.complete);
    for (const char* name : {"content-type", "www-authenticate", "x-nextcloud-maintenance-mode"}) {
        const auto it = recorded.reply_headers.find(name);
        EXPECT_EQ(it == recorded.reply_headers.end() ? "" : it->second, reply.header(name)) << name;
    }
    expect_same_body(recorded, reply);
}

std::string test_name(const ::testing::TestParamInfo<Transcript>& info) {
    std::string name = info.param.name;
    for (char& c : name) {
        c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(Transcripts, Replayed, ::testing::ValuesIn(transcripts()), test_name);

TEST(Transcripts, AreAllThere) {
    EXPECT_EQ(transcripts().size(), 462u);
}

TEST(Transcripts, ExceptionsNameExistingTranscripts) {
    std::set<std::string> names;
    for (const auto& transcript : transcripts()) {
        names.insert(transcript.name);
    }
    for (const auto* table : {&kNotReplayed, &kBodyNotCompared}) {
        for (const auto& [name, reason] : *table) {
            EXPECT_EQ(names.count(name), 1u) << name;
            EXPECT_FALSE(reason.empty());
        }
    }
}

// ---- other servers

struct Server {
    const char* folder;   // below tests/golden/ocs
    const char* profile;  // of the sample cloud
    std::size_t exchanges;
    std::size_t same;  // at least so many are answered as recorded
};

constexpr Server kServers[] = {
    {"nextcloud-27", "27", 394, 337},
    {"nextcloud-32", "32", 411, 346},
    {"nextcloud-34", "34", 470, 405},
    {"owncloud", "owncloud", 508, 410},
};

// What is compared of a body: of JSON the code and the data's members, of others their beginning.
std::string gist(const std::string& body) {
    const auto json = nlohmann::json::parse(body, nullptr, false);
    if (json.is_discarded() || !json.is_object() || !json.contains("ocs")) {
        return body.substr(0, 5);
    }
    const auto& ocs = json["ocs"];
    const auto& data = ocs["data"];
    std::string members;
    if (data.is_object()) {
        for (const auto& [key, value] : data.items()) {
            members += key + " ";
        }
    } else {
        members = data.type_name();
    }
    return ocs["meta"]["statuscode"].dump() + " " + members;
}

int code_of(const std::string& body) {
    for (const std::string mark : {"\"statuscode\":", "<statuscode>"}) {
        if (const auto at = body.find(mark); at != std::string::npos) {
            return std::atoi(body.c_str() + at + mark.size());
        }
    }
    return 0;
}

// The accounts and groups that a recorded answer speaks of as there, or as not there: what else was
// recorded before it, and by whom, is not known.
void prepare_as_answered(FakeCloud& sample, const Transcript& recorded) {
    cloud::Request request;
    request.method = recorded.method;
    request.target = recorded.target;
    request.body = recorded.body;
    request.headers["content-type"] = "application/x-www-form-urlencoded";
    const cloud::Params params = cloud::read_params(request);
    const std::vector<std::string> path = cloud::decode_segments(request.path());
    const int code = code_of(recorded.reply_body);
    const bool done = code == 100 || code == 200;
    const auto is = [&](std::size_t i, const char* name) {
        return path.size() > i && path[i] == name;
    };
    const std::string target = path.size() > 4 ? path[4] : "";
    sample.with([&](cloud::World& world) {
        const auto account = [&world](const std::string& id, bool there) {
            if (id.empty() || id == "admin" || id == "details" || id == "disabled" ||
                id == "recent") {
                return;
            }
            if (there && world.find(id) == nullptr) {
                cloud::NewAccount values;
                values.id = id;
                world.add(values);
            } else if (!there) {
                world.remove(id);
            }
        };
        if (is(3, "users") && path.size() == 4 && recorded.method == "POST") {
            account(params.text("userid"), code == 102);
            for (const std::string& group : params.lists.contains("groups")
                                                ? params.lists.at("groups")
                                                : std::vector<std::string>()) {
                done ? static_cast<void>(world.add_group(group)) : void();
            }
        } else if (is(3, "users") && (done || code == 998 || code == 404)) {
            account(target, done || recorded.name.find("nonadmin") != std::string::npos);
        }
        const std::string group = is(3, "groups") ? target : params.text("groupid");
        if (done && !group.empty() && !(is(3, "groups") && recorded.method == "POST")) {
            world.add_group(cloud::url_decode(group, false));
        }
    });
}

// What differs between what the server and the sample answered; empty: nothing.
std::string difference(FakeCloud& sample, const Transcript& recorded) {
    const RawReply reply =
        raw_call(sample.port(), recorded.method, recorded.target, recorded.headers, recorded.body);
    if (recorded.status != reply.status) {
        return "status " + std::to_string(recorded.status) + ", not " +
               std::to_string(reply.status);
    }
    const std::string wanted = gist(recorded.reply_body);
    const std::string got = gist(reply.body);
    return wanted == got ? "" : "body '" + wanted + "', not '" + got + "'";
}

// What is not answered as recorded, and why.
struct Differs {
    std::string_view folder;  // empty: of all
    std::string_view name;    // its beginning
    std::string_view why;
};

constexpr std::string_view kRule = "a check of this version that the sample does not make";
constexpr std::string_view kNotCalled = "nothing that we call";
constexpr std::string_view kCut = "the recorder cut the body";
constexpr std::string_view kOwnView = "an account's own view, which we do not ask for";
constexpr std::string_view kThrottle = "the throttle begins anew with each exchange here";
constexpr std::string_view kVersion2 = "version 2 of ownCloud's API, which we do not use";
constexpr std::string_view kRoute = "another code for a route that is not there";
constexpr std::string_view kInside = "an exception inside that is not played";

constexpr Differs kDiffers[] = {
    {"nextcloud-27", "012-", "that server had no app for password rules"},
    {"nextcloud-27", "321-", "that server had no app for password rules"},
    {"nextcloud-27", "223-bearer-put", kRule},
    {"nextcloud-34", "601-login-with-new-password", kOwnView},
    {"", "013-", kRule},
    {"", "034-put-password", kRule},
    {"", "054-user-groups-details", kNotCalled},
    {"", "060-delete-user-0", "an account named 0 is deleted well here"},
    {"", "073-groups-create-65", "names of more than 64 characters are refused here"},
    {"", "095-", kThrottle},
    {"", "098-", kThrottle},
    {"", "121-login", kOwnView},
    {"", "122b-login", kOwnView},
    {"", "130-put-quota-minus1", kRule},
    {"", "133-create-quota-minus1", kRule},
    {"", "142-four-creates", "a deadlock of the database, by chance"},
    {"", "144-create-invalid-email", kRule},
    {"", "156-disabled-users-negative", kNotCalled},
    {"", "202-nonadmin", kOwnView},
    {"", "225-", kNotCalled},
    {"", "226-session", "needs the cookies of the exchange before"},
    {"", "227-session", "needs a session that is 31 minutes old"},
    {"", "231-capabilities", kCut},
    {"", "324-trailing-slash", kNotCalled},
    {"", "326-", "no home is left over here"},
    {"", "400-rate-limit", "the limit of changes counts what was done before"},
    {"", "700-ident", kNotCalled},
    {"", "704-", kNotCalled},
    {"", "710-", kNotCalled},
    {"", "711-", kNotCalled},
    {"owncloud", "011-", kVersion2},
    {"owncloud", "015-", kVersion2},
    {"owncloud", "036-", kVersion2},
    {"owncloud", "037-", kVersion2},
    {"owncloud", "074", "a name that is no valid encoding, or has a slash"},
    {"owncloud", "080-", kRoute},
    {"owncloud", "081-", kRoute},
    {"owncloud", "090-", kVersion2},
    {"owncloud", "100-", kInside},
    {"owncloud", "146-", kRule},
    {"owncloud", "160-", kInside},
    {"owncloud", "200-", kRule},
    {"owncloud", "201-", kRule},
    {"owncloud", "203-", "another text for a login that is disabled"},
    {"owncloud", "240-", "is a branded page of HTML; only its kind matters"},
    {"owncloud", "300-", kInside},
};

bool is_known(const Server& server, const Transcript& recorded) {
    return std::ranges::any_of(kDiffers, [&](const Differs& one) {
        return (one.folder.empty() || one.folder == server.folder) &&
               recorded.name.starts_with(one.name);
    });
}

class OtherServers : public ::testing::TestWithParam<Server> {};

TEST_P(OtherServers, AnswerAsRecordedOrItIsSaidWhyNot) {
    const Server& server = GetParam();
    const auto all =
        read_transcripts(testing::source_dir(std::string("/tests/golden/ocs/") + server.folder));
    EXPECT_EQ(all.size(), server.exchanges);
    FakeCloudOptions options;
    options.tls = false;
    options.profile = cloud::Profile::named(server.profile);
    options.profile.put_limit = 0;
    options.groups = {"basic", "pro"};
    FakeCloud sample(options);
    sample.with([](cloud::World& world) {
        world.tokens.push_back({"admin", "dummy-app-password"});
    });
    std::size_t same = 0;
    for (const Transcript& recorded : all) {
        sample.set_maintenance(recorded.name.starts_with("250-"));
        sample.with_gate([](cloud::Gate& gate) { gate.forget_failed_logins(); });
        sample.with([](cloud::World& world) { world.profile.put_limit = 0; });
        if (is_about_patch(recorded)) {
            prepare_recorded_patch(recorded, sample);
        } else {
            prepare_as_answered(sample, recorded);
        }
        const std::string what = difference(sample, recorded);
        same += what.empty() ? 1U : 0U;
        EXPECT_TRUE(what.empty() || is_known(server, recorded)) << recorded.name << ": " << what;
    }
    EXPECT_GE(same, server.same) << "fewer than before";
}

INSTANTIATE_TEST_SUITE_P(
    Transcripts,
    OtherServers,
    ::testing::ValuesIn(kServers),
    [](const auto& of) {
        std::string name = of.param.folder;
        std::ranges::replace(name, '-', '_');
        return name;
    }
);

// ---- PATCH of an account: every value of the answer, not only its kind

std::vector<Transcript> patches() {
    auto all = read_transcripts(testing::source_dir("/tests/golden/ocs/nextcloud-34"));
    std::erase_if(all, [](const Transcript& one) {
        return !is_about_patch(one) || one.name.starts_with("601-login");
    });
    return all;
}

// The members in their order, too. The sample knows only the last login.
std::string without_first_login(const std::string& body) {
    auto json = nlohmann::ordered_json::parse(body, nullptr, false);
    if (json.is_discarded()) {
        return body;
    }
    if (json["ocs"]["data"].is_object()) {
        json["ocs"]["data"].erase("firstLoginTimestamp");
    }
    return json.dump(1);
}

class Patches : public ::testing::TestWithParam<Transcript> {};

TEST_P(Patches, AreAnsweredAsRecorded) {
    const Transcript& recorded = GetParam();
    FakeCloudOptions options;
    options.tls = false;
    options.profile = cloud::Profile::named("34");
    options.groups = {"basic"};
    FakeCloud sample(options);
    sample.with([](cloud::World& world) {
        world.tokens.push_back({"admin", "dummy-app-password"});
    });
    prepare_recorded_patch(recorded, sample);
    const RawReply reply =
        raw_call(sample.port(), recorded.method, recorded.target, recorded.headers, recorded.body);
    EXPECT_EQ(recorded.status, reply.status);
    EXPECT_EQ(recorded.reply_headers.find("content-type")->second, reply.header("content-type"));
    EXPECT_EQ(without_first_login(recorded.reply_body), without_first_login(reply.body));
}

INSTANTIATE_TEST_SUITE_P(Transcripts, Patches, ::testing::ValuesIn(patches()), test_name);

}  // namespace
}  // namespace bn::testing::transcripts_test
