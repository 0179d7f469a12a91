// What each recorded answer means is pinned in classification.golden.txt. After a deliberate
// change of the table: BN_UPDATE_GOLDEN=1 ocs_test, then read the difference.
#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <map>
#include <optional>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "ocs/ocs_errors.hpp"
#include "tests/support/places/places.hpp"
#include "tests/unit/ocs/transcripts.hpp"

namespace bn::ocs::classification_test {
namespace {

using ::bn::testing::Transcript;
using ::testing::HasSubstr;

std::optional<Call> put_call(const std::string& form) {
    auto has = [&](const char* key) { return form.find(key) != std::string::npos; };
    return has("email")         ? Call::kSetEmail
           : has("password")    ? Call::kSetPassword
           : has("displayname") ? Call::kSetName
                                : Call::kSetQuota;
}

std::optional<Call> account_call(const Transcript& t, const std::string& below) {
    bool group = below.find("/groups") != std::string::npos;
    if (below.find("/subadmins") != std::string::npos) {
        return std::nullopt;  // we never touch them
    }
    if (t.method == "GET") {
        return below == "details" ? Call::kDetails : group ? Call::kUserGroups : Call::kGetUser;
    }
    if (t.method == "DELETE") {
        return group ? Call::kRemoveGroup : Call::kDelete;
    }
    if (t.method == "PATCH") {
        return Call::kPatch;
    }
    if (t.method == "PUT") {
        return below.ends_with("/enable")    ? Call::kEnable
               : below.ends_with("/disable") ? Call::kDisable
                                             : put_call(t.form);
    }
    return t.method == "POST" && group ? std::optional(Call::kAddGroup) : std::nullopt;
}

std::optional<Call> call_of(const Transcript& t) {
    std::string path = t.target.substr(0, t.target.find('?'));
    auto at = path.find("/cloud/");
    if (at == std::string::npos) {
        return path == "/status.php" ? std::optional(Call::kStatus) : std::nullopt;
    }
    path = path.substr(at + 7);
    if (path.rfind("users/", 0) == 0) {
        return account_call(t, path.substr(6));
    }
    bool get = t.method == "GET";
    if (path == "users") {
        return t.method == "POST" ? Call::kCreate : Call::kListUsers;
    }
    if (path.rfind("groups/", 0) == 0 && get) {
        return Call::kGroupMembers;
    }
    if (path == "groups" && (get || t.method == "POST")) {
        return get ? Call::kListGroups : Call::kCreateGroup;
    }
    return path == "user" ? std::optional(Call::kWhoAmI)
           : get          ? std::optional(Call::kCapabilities)
                          : std::nullopt;  // deleting groups: not ours
}

// Who was recorded.
struct Recorded {
    const char* folder;  // below tests/golden/ocs
    Product product;
    int major;
};

constexpr Recorded kRecorded[] = {
    {"", Product::kNextcloud, 25},
    {"nextcloud-27", Product::kNextcloud, 27},
    {"nextcloud-32", Product::kNextcloud, 32},
    {"nextcloud-34", Product::kNextcloud, 34},
    {"owncloud", Product::kOwncloud, 10},
};

Judgement judge_transcript(const Recorded& who, const Transcript& t, Call call) {
    Question question;
    question.call = call;
    question.product = who.product;
    question.major = who.major;
    question.subject = "S";
    question.base_url = "https://cloud.example.test";
    HttpResponse response;
    response.status = t.status;
    response.body = t.body;
    response.set_cookies = t.set_cookies;
    std::string body = t.body;
    return judge(question, response, read_meta(body));
}

std::string_view to_string(Effect effect) {
    constexpr std::string_view kNames[] = {
        "done", "already", "none", "unknown", "look", "begun", "vain", "absent", "whoami"};
    return kNames[static_cast<std::size_t>(effect)];
}

std::string classify_all(const Recorded& who) {
    std::ostringstream out;
    for (const Transcript& t : bn::testing::json_transcripts(who.folder)) {
        auto call = call_of(t);
        if (!call || *call == Call::kStatus) {
            continue;
        }
        Judgement v = judge_transcript(who, t, *call);
        out << t.name << " | " << to_string(*call) << " | " << t.status << " | "
            << to_string(v.effect);
        if (!v.ok()) {
            out << " | " << to_string(v.error.move) << " | " << v.error.code;
        }
        out << '\n';
    }
    return out.str();
}

class Classified : public ::testing::TestWithParam<Recorded> {};

TEST_P(Classified, EveryRecordedAnswerMeansWhatIsPinned) {
    const std::string of = GetParam().folder;
    const std::string path = testing::source_dir(
        "/tests/unit/ocs/classification" + (of.empty() ? "" : "." + of) + ".golden.txt"
    );
    const std::string now = classify_all(GetParam());
    if (std::getenv("BN_UPDATE_GOLDEN") != nullptr) {
        std::ofstream(path) << now;
    }
    std::ifstream in(path);
    std::ostringstream pinned;
    pinned << in.rdbuf();
    EXPECT_EQ(pinned.str(), now);
}

TEST_P(Classified, NothingRecordedIsUnclassified) {
    EXPECT_GT(bn::testing::json_transcripts(GetParam().folder).size(), 150U);
    EXPECT_EQ(classify_all(GetParam()).find("unclassified"), std::string::npos);
    EXPECT_EQ(classify_all(GetParam()).find("not_http"), std::string::npos);
}

INSTANTIATE_TEST_SUITE_P(
    Transcripts,
    Classified,
    ::testing::ValuesIn(kRecorded),
    [](const auto& of) {
        std::string name = of.param.folder[0] == '\0' ? "nextcloud_25" : of.param.folder;
        std::ranges::replace(name, '-', '_');
        return name;
    }
);

Judgement verdict(
    Call call,
    int http,
    int code,
    const char* message,
    int major = 25,
    Product product = Product::kNextcloud
) {
    Question question;
    question.call = call;
    question.product = product;
    question.major = major;
    HttpResponse response;
    response.status = http;
    Meta meta;
    meta.shape = code == 0 ? Shape::kOther : Shape::kOcs;
    meta.code = code;
    meta.message = message;
    return judge(question, response, meta);
}

TEST(Classification, BothSetsOfCodesOfABadQuota) {
    EXPECT_EQ(verdict(Call::kSetQuota, 400, 102, "Invalid quota").error.code, "ocs.bad_quota");
    EXPECT_EQ(verdict(Call::kSetQuota, 400, 101, "Invalid quota", 31).error.code, "ocs.bad_quota");
    EXPECT_EQ(verdict(Call::kSetPassword, 400, 107, "weak", 31).error.code, "ocs.password_policy");
    EXPECT_EQ(verdict(Call::kSetEmail, 400, 113, "", 31).error.code, "ocs.not_allowed");
}

Judgement page(int http, const std::string& body, std::vector<std::string> cookies = {}) {
    Question question;
    question.call = Call::kListGroups;
    question.base_url = "https://cloud.example.test/nc";
    HttpResponse response;
    response.status = http;
    response.body = body;
    response.set_cookies = std::move(cookies);
    std::string read = body;
    return judge(question, response, read_meta(read));
}

Judgement led_to(const char* location) {
    Question question;
    question.call = Call::kWhoAmI;
    question.base_url = "http://cloud.example.test/nc";
    HttpResponse response;
    response.status = 302;
    response.location = location;
    return judge(question, response, Meta());
}

TEST(Classification, OnlyTheCloudsOwnMoveIsAnAddressToPutIn) {
    for (const char* location :
         {"https://cloud.example.test/nc/ocs/v2.php/cloud/user?format=json",
          "https://Cloud.Example.test:8443/ocs/v2.php/cloud/user",
          "/nextcloud/status.php"}) {
        EXPECT_EQ(led_to(location).error.code, "ocs.redirect") << location;
    }
    for (const char* location :
         {"https://login.example.test/?rd=https://cloud.example.test/ocs/v2.php/cloud/user",
          "https://login.example.test/ocs/v2.php/cloud/user",
          "https://cloud.example.test/oauth2/start?rd=%2Focs%2Fv2.php",
          "/index.php/login",
          "https://cloud.example.test@evil.example/ocs/v2.php/cloud/user",
          ""}) {
        const Judgement judged = led_to(location);
        EXPECT_EQ(judged.error.code, "ocs.redirect_away") << location;
        EXPECT_THAT(judged.error.remedy, HasSubstr("must never get its password"));
        EXPECT_EQ(judged.error.what.find("rd="), std::string::npos);
    }
}

TEST(Classification, A400IsOfWhoeverSaysIt) {
    EXPECT_EQ(page(400, "").error.code, "ocs.400");
    EXPECT_EQ(page(400, "<html></html>", {"ocabc=", "x=1"}).error.code, "ocs.untrusted_host");
    const Judgement front = page(
        400, "<html><head><title>400 Request Header Or Cookie Too Large</title></head></html>"
    );
    EXPECT_EQ(front.error.code, "ocs.400_front");
    EXPECT_THAT(front.error.what, HasSubstr("Request Header Or Cookie Too Large"));
    EXPECT_EQ(front.error.text().find("trusted_domains"), std::string::npos);
}

TEST(Classification, WhatIsNoDocumentIsShown) {
    const Judgement warned =
        page(200, "<br />\n<b>Warning</b>: Undefined index in <b>/x.php</b>\n{\"ocs\":{}}");
    EXPECT_EQ(warned.error.code, "ocs.not_ocs");
    EXPECT_THAT(warned.error.what, HasSubstr("Warning : Undefined index in"));
    EXPECT_EQ(page(200, "{\"token\":\"secret\"").error.what.find("secret"), std::string::npos);
    EXPECT_THAT(page(522, "error code: 522").error.what, HasSubstr("error code: 522"));
    EXPECT_EQ(page(524, "").error.code, "ocs.504");
    EXPECT_TRUE(page(524, "").too_much);
}

TEST(Classification, AMarkAtTheBeginningIsNoDamage) {
    std::string body =
        "\xef\xbb\xbf{\"ocs\":{\"meta\":{\"statuscode\":200,\"message\":\"OK\"},\"data\":[]}}";
    EXPECT_EQ(read_meta(body).code, 200);
}

TEST(Classification, A107IsOfWhatItSays) {
    constexpr std::pair<const char*, const char*> kSaid[] = {
        {"The user limit has been reached and the user was not created.", "ocs.user_limit"},
        {"This login is already queued for deletion", "ocs.being_deleted"},
        {"Password needs to be at least 10 characters long.", "ocs.password_policy"},
        {"Длина пароля должна быть не менее 10 символов", "ocs.password_policy"},
        {"Das geht nicht", "ocs.hint"},
    };
    for (const auto& [message, code] : kSaid) {
        const Judgement judged = verdict(Call::kCreate, 400, 107, message, 34);
        EXPECT_EQ(judged.error.code, code) << message;
        EXPECT_EQ(judged.effect, Effect::kNone);
        EXPECT_THAT(judged.error.what, HasSubstr(message));
    }
}

TEST(Classification, A101OfACreateIsOfWhatItSays) {
    const auto create = [](const char* message) {
        return verdict(Call::kCreate, 400, 101, message, 32);
    };
    EXPECT_EQ(
        create("Login is invalid because files already exist for this user").error.code,
        "ocs.leftover_home"
    );
    EXPECT_EQ(create("Login must not consist of dots only").error.code, "ocs.bad_login");
    const Judgement inside = create("Bad request");
    EXPECT_EQ(inside.error.code, "ocs.500") << "its database had a deadlock";
    EXPECT_EQ(inside.error.move, NextMove::kRetryCall);
    EXPECT_EQ(inside.effect, Effect::kBegun);
    EXPECT_EQ(create("Invalid quota value: -1").effect, Effect::kBegun) << "it may have been made";
}

TEST(Classification, AnOwncloudThatAnswersNothingFailedInside) {
    const Judgement judged = verdict(Call::kCreate, 200, 0, "", 10, Product::kOwncloud);
    EXPECT_EQ(judged.error.code, "ocs.500");
    EXPECT_EQ(judged.effect, Effect::kUnknown);
    EXPECT_THAT(judged.error.remedy, HasSubstr("owncloud.log"));
    EXPECT_THAT(verdict(Call::kCreate, 500, 996, "").error.remedy, HasSubstr("nextcloud.log"));
}

TEST(Classification, RefusedAppPasswordsAreRecognised) {
    auto confirm = verdict(Call::kCreate, 403, 403, "Password confirmation is required");
    EXPECT_EQ(confirm.error.code, "ocs.confirm");
    EXPECT_EQ(confirm.effect, Effect::kNone);
    EXPECT_EQ(confirm.stops, Stops::kWrites);
    EXPECT_THAT(confirm.error.remedy, HasSubstr("account's own password"));
    EXPECT_EQ(verdict(Call::kSetQuota, 403, 403, "No", 34).error.code, "ocs.403") << "no rights";
    // v1 says it with HTTP 200.
    EXPECT_EQ(
        verdict(Call::kCreate, 200, 403, "Password confirmation is required").error.code,
        "ocs.confirm"
    );
}

// ownCloud answers a failed create with the whole INSERT, cut somewhere.
TEST(Classification, WhatADatabaseSaysOfItsStatementIsNotKept) {
    const char* const statement =
        "Failed to create user: An exception occurred while executing 'INSERT INTO `oc_users` "
        "(`uid`, `password`) VALUES (?, ?)' with params [\"user_7\", \"1|$2y$10$abcdefgh\"]";
    for (const char* message : {statement, "SQLSTATE[23000]: x", "y 3|$argon2id$v=19$m=65536 z"}) {
        const auto refused = verdict(Call::kCreate, 200, 101, message, 10, Product::kOwncloud);
        EXPECT_NE(refused.error.move, NextMove::kBug) << refused.error.code;
        EXPECT_EQ(refused.effect, Effect::kLook);
        EXPECT_THAT(refused.error.what, HasSubstr("its database failed")) << message;
        EXPECT_THAT(refused.error.what, ::testing::Not(HasSubstr("$")));
        EXPECT_THAT(refused.error.what, ::testing::Not(HasSubstr("SQLSTATE")));
    }
    EXPECT_THAT(
        verdict(Call::kCreate, 200, 101, "User already exists", 10, Product::kOwncloud).error.what,
        HasSubstr("User already exists")
    );
}

TEST(Classification, A401OfAnOwncloudPutIsNoProofOfABadLogin) {
    auto put = verdict(Call::kSetQuota, 401, 997, "", 10, Product::kOwncloud);
    EXPECT_EQ(put.effect, Effect::kWhoAmI);
    EXPECT_EQ(put.stops, Stops::kNothing);
    EXPECT_EQ(verdict(Call::kGetUser, 401, 997, "", 10, Product::kOwncloud).stops, Stops::kAll);
    EXPECT_EQ(verdict(Call::kSetQuota, 401, 997, "").stops, Stops::kAll);
}

// Every answer that the table tells apart, and every way to get none: code -> whom it concerns.
std::map<std::string, Concern> all_concerns() {
    constexpr int kStatuses[] = {
        200,
        301,
        400,
        401,
        403,
        404,
        405,
        407,
        412,
        413,
        418,
        429,
        500,
        502,
        503,
        504,
        507,
        520,
        999};
    constexpr int kCodes[] = {0,   100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110,
                              111, 112, 113, 403, 404, 429, 503, 996, 997, 998, 999};
    constexpr const char* kMessages[] = {
        "",
        "already exists",
        "Invalid query",
        "uota",
        "sername",
        "files already exist",
        "Bad request",
        "limit",
        "delet",
        "assword",
        "User does not exist",
        "Password confirmation is required"};
    std::map<std::string, Concern> found;
    for (std::size_t call = 0; call < kCallCount; ++call) {
        for (const auto product : {Product::kNextcloud, Product::kOwncloud}) {
            for (const int status : kStatuses) {
                for (const int code : kCodes) {
                    for (const char* message : kMessages) {
                        const auto v =
                            verdict(static_cast<Call>(call), status, code, message, 34, product);
                        const auto [at, fresh] = found.emplace(v.error.code, v.error.concern);
                        EXPECT_EQ(at->second, v.error.concern) << v.error.code;
                    }
                }
            }
        }
    }
    for (std::uint8_t i = 0; i < kTransportFaults; ++i) {
        const auto fault = static_cast<TransportFault>(i);
        const auto v = judge(Question(), TransportError(fault, false, ""));
        found.emplace(v.error.code, v.error.concern);
    }
    found.erase("");  // success
    return found;
}

const std::map<std::string, Concern> kConcerns = {
    {"ocs.400", Concern::kCall},
    {"ocs.400_front", Concern::kServer},
    {"ocs.401", Concern::kServer},
    {"ocs.403", Concern::kServer},
    {"ocs.403_front", Concern::kServer},
    {"ocs.404", Concern::kCall},
    {"ocs.404_front", Concern::kServer},
    {"ocs.404_page", Concern::kCall},
    {"ocs.405", Concern::kCall},
    {"ocs.407", Concern::kServer},
    {"ocs.412", Concern::kServer},
    {"ocs.413", Concern::kCall},
    {"ocs.429", Concern::kActionKind},
    {"ocs.429_front", Concern::kServer},
    {"ocs.429_login", Concern::kServer},
    {"ocs.4xx", Concern::kCall},
    {"ocs.500", Concern::kCall},
    {"ocs.502", Concern::kCall},
    {"ocs.503", Concern::kServer},
    {"ocs.504", Concern::kCall},
    {"ocs.507", Concern::kCall},
    {"ocs.52x", Concern::kCall},
    {"ocs.5xx", Concern::kCall},
    {"ocs.997", Concern::kCall},
    {"ocs.address", Concern::kCall},
    {"ocs.bad_email", Concern::kCall},
    {"ocs.bad_group", Concern::kCall},
    {"ocs.bad_http", Concern::kCall},
    {"ocs.bad_input", Concern::kCall},
    {"ocs.bad_login", Concern::kCall},
    {"ocs.bad_name", Concern::kCall},
    {"ocs.bad_quota", Concern::kCall},
    {"ocs.being_deleted", Concern::kCall},
    {"ocs.broken", Concern::kCall},
    {"ocs.ca_file", Concern::kCall},
    {"ocs.code", Concern::kCall},
    {"ocs.confirm", Concern::kServer},
    {"ocs.connect", Concern::kServer},
    {"ocs.create_102", Concern::kCall},
    {"ocs.delete_refused", Concern::kCall},
    {"ocs.dns", Concern::kServer},
    {"ocs.empty_group", Concern::kCall},
    {"ocs.exists", Concern::kCall},
    {"ocs.gone", Concern::kCall},
    {"ocs.hint", Concern::kCall},
    {"ocs.leftover_home", Concern::kCall},
    {"ocs.maintenance", Concern::kServer},
    {"ocs.no_email", Concern::kCall},
    {"ocs.no_group", Concern::kCall},
    {"ocs.no_home", Concern::kCall},
    {"ocs.no_password", Concern::kCall},
    {"ocs.no_route", Concern::kServer},
    {"ocs.not_allowed", Concern::kCall},
    {"ocs.not_http", Concern::kCall},
    {"ocs.not_ocs", Concern::kCall},
    {"ocs.own_login", Concern::kCall},
    {"ocs.password_policy", Concern::kCall},
    {"ocs.protected_group", Concern::kCall},
    {"ocs.proxy", Concern::kCall},
    {"ocs.read_only", Concern::kServer},
    {"ocs.redirect", Concern::kServer},
    {"ocs.redirect_away", Concern::kServer},
    {"ocs.shutdown", Concern::kCall},
    {"ocs.timeout", Concern::kCall},
    {"ocs.tls", Concern::kServer},
    {"ocs.too_large", Concern::kCall},
    {"ocs.untrusted_host", Concern::kServer},
    {"ocs.user_limit", Concern::kCall},
};

TEST(Classification, EveryErrorSaysWhomItConcerns) {
    std::map<std::string, Concern> found = all_concerns();
    for (const Judgement& judged :
         {page(400, "<html>", {"oc=1"}), page(400, "<html>"), led_to("/ocs/v2.php/cloud/user")}) {
        found.emplace(judged.error.code, judged.error.concern);
    }
    EXPECT_EQ(found, kConcerns);
}

TEST(Classification, OnlyTheEndOfAMaintenanceIsOurOwnGuess) {
    EXPECT_TRUE(verdict(Call::kGetUser, 503, 503, "").error.wait_is_ours);
    EXPECT_FALSE(verdict(Call::kGetUser, 503, 0, "").error.wait_is_ours);
    EXPECT_FALSE(verdict(Call::kSetQuota, 429, 0, "").error.wait_is_ours);
}

TEST(Classification, AWriteThatCameTooLateDidNothing) {
    EXPECT_EQ(verdict(Call::kCreate, 400, 102, "User already exists").effect, Effect::kVain);
    EXPECT_EQ(verdict(Call::kDelete, 404, 998, "").effect, Effect::kVain);
    EXPECT_EQ(verdict(Call::kDelete, 400, 101, "").effect, Effect::kVain);
    EXPECT_EQ(verdict(Call::kDelete, 500, 996, "").effect, Effect::kLook);
}

TEST(Classification, FailuresInsideAWriteHaveAnUnknownEffect) {
    for (int status : {500, 502, 503, 504, 520}) {
        auto v = verdict(Call::kCreate, status, 0, "");
        EXPECT_TRUE(v.error.effect_unknown) << status;
        EXPECT_FALSE(verdict(Call::kGetUser, status, 0, "").error.effect_unknown) << status;
    }
    EXPECT_TRUE(verdict(Call::kDelete, 200, 996, "").error.effect_unknown);
    EXPECT_FALSE(verdict(Call::kDelete, 503, 503, "").error.effect_unknown);
}

TEST(Classification, AWrongAddressIsNotAMissingAccount) {
    EXPECT_EQ(verdict(Call::kGetUser, 404, 0, "").effect, Effect::kNone);
    EXPECT_EQ(verdict(Call::kGetUser, 404, 404, "Invalid query, ...").effect, Effect::kNone);
    EXPECT_EQ(verdict(Call::kGetUser, 404, 998, "").effect, Effect::kNone);
    EXPECT_EQ(verdict(Call::kGetUser, 404, 404, "User does not exist").effect, Effect::kAbsent);
}

TEST(Classification, A429WaitsTenMinutesAtMost) {
    Question question;
    question.call = Call::kSetQuota;
    HttpResponse response;
    response.status = 429;
    EXPECT_EQ(judge(question, response, {}).error.wait, Duration(600000));
    response.retry_after = Duration(5000);
    EXPECT_EQ(judge(question, response, {}).error.wait, Duration(5000));
    response.retry_after = Duration(3600000);
    EXPECT_EQ(judge(question, response, {}).error.wait, Duration(600000));
}

TEST(Classification, NoAnswerIsUnknownOnlyWhenTheRequestWasSent) {
    Question question;
    question.call = Call::kCreate;
    question.base_url = "https://c";
    for (std::uint8_t i = 0; i < kTransportFaults; ++i) {
        const auto fault = static_cast<TransportFault>(i);
        auto unsent = judge(question, TransportError(fault, false, "x"));
        EXPECT_FALSE(unsent.error.effect_unknown) << int{i};
        EXPECT_FALSE(unsent.error.code.empty());
    }
    auto sent = judge(question, TransportError(TransportFault::kTimeout, true, "x"));
    EXPECT_TRUE(sent.error.effect_unknown);
    question.call = Call::kGetUser;
    EXPECT_FALSE(
        judge(question, TransportError(TransportFault::kTimeout, true, "x")).error.effect_unknown
    );
}

TEST(Classification, EveryCallAndCodeHasASentence) {
    for (std::size_t call = 0; call < kCallCount; ++call) {
        for (int http : {100, 200, 204, 301, 400, 401, 403, 404, 405, 407,
                         412, 413, 418, 429, 500, 502, 503, 504, 507, 599}) {
            for (int code : {0,   100, 101, 102, 103, 104, 105, 106, 107, 108, 109, 110, 111,
                             112, 113, 200, 403, 404, 429, 500, 503, 996, 997, 998, 1234}) {
                auto v = verdict(static_cast<Call>(call), http, code, "");
                EXPECT_NE(v.error.code, "ocs.unclassified") << call << ' ' << http << ' ' << code;
                if (!v.ok()) {
                    EXPECT_FALSE(v.error.what.empty());
                }
            }
        }
    }
}

}  // namespace
}  // namespace bn::ocs::classification_test
