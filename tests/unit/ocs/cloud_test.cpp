#include "ocs/ocs_codec.hpp"
#include "tests/unit/ocs/cloud_stage.hpp"

namespace bn::ocs::cloud_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// An answer of the instance `id`; empty: it shows none.
HttpResult of_cloud(const std::string& id, HttpResult result) {
    if (!id.empty()) {
        result->set_cookies = {"oc_sessionPassphrase=p", id + "=s1; path=/; HttpOnly"};
    }
    return result;
}

constexpr const char* kMe = "GET /ocs/v2.php/cloud/user";
constexpr const char* kOurs = "ocours000000";
constexpr const char* kOther = "ocother00000";

HttpResult root() {
    return ocs_reply(200, 200, "OK", R"({"id":"admin","enabled":true,"groups":["admin"]})");
}

TEST_F(CloudTest, AProbeTellsWhichCloudItIs) {
    on(kMe, of_cloud(kOurs, root()));
    on(kMe, root());
    on("GET /ocs/v2.php/cloud/groups", ocs_reply(200, 200, "OK", R"({"groups":["admin"]})"));
    EXPECT_EQ(run(cloud_->probe())->identity, kOurs);
    EXPECT_EQ(run(cloud_->probe())->identity, "") << "not shown now is not known now";
}

std::string home_xml(const std::string& properties) {
    return R"(<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:oc="http://owncloud.org/ns">)"
           "<d:response><d:href>/remote.php/dav/files/admin/</d:href><d:propstat><d:prop>" +
           properties + "</d:prop></d:propstat></d:response></d:multistatus>";
}

TEST_F(CloudTest, OurOwnFilesAreASecondWitnessOfAProbe) {
    CloudSettings s = settings();
    s.read_only = true;
    start(s);
    on(kMe, of_cloud(kOurs, root()));
    on(kMe, root());
    on("GET /ocs/v2.php/cloud/groups", ocs_reply(200, 200, "OK", R"({"groups":["admin"]})"));
    EXPECT_EQ(run(cloud_->probe())->data_fingerprint, "") << "a refusal of WebDAV decides nothing";
    EXPECT_THAT(heard_, ::testing::Contains("PROPFIND /remote.php/dav/files/admin/"));
    home_ = json_response(
        207,
        home_xml("<oc:id>00012572ocours000000</oc:id><oc:data-fingerprint></oc:data-fingerprint>")
    );
    const Result<CloudInfo> info = run(cloud_->probe());
    EXPECT_EQ(info->identity, kOurs) << "where no cookie shows it";
    EXPECT_EQ(info->data_fingerprint, "none");
    home_ = json_response(
        207,
        home_xml("<oc:id>00012572ocours000000</oc:id>"
                 "<oc:data-fingerprint>2f50b0a6222d</oc:data-fingerprint>")
    );
    EXPECT_EQ(run(cloud_->probe())->data_fingerprint, "2f50b0a6222d");
}

TEST_F(CloudTest, WhoAnswersNowIsToldByOneCall) {
    CloudSettings s = settings();
    s.identity = kOurs;
    start(s);
    on(kMe, of_cloud(kOurs, root()));
    on(kMe, root());
    on("GET /ocs/v2.php/cloud/groups", ocs_reply(200, 200, "OK", R"({"groups":["admin"]})"));
    EXPECT_EQ(run(cloud_->recognise()).identity, kOurs) << "a port that was not probed asks more";
    ASSERT_TRUE(run(cloud_->probe()));
    const std::size_t asked = heard_.size();
    EXPECT_EQ(run(cloud_->recognise()).identity, "") << "a refusal of WebDAV shows nothing";
    EXPECT_EQ(heard_.size(), asked + 1);
    home_ = json_response(
        207,
        home_xml("<oc:id>00012572ocother00000</oc:id>"
                 "<oc:data-fingerprint>2f50b0a6222d</oc:data-fingerprint>")
    );
    CloudSign sign = run(cloud_->recognise());
    EXPECT_EQ(sign.identity, kOther) << "where no cookie shows it";
    EXPECT_EQ(sign.data_fingerprint, "2f50b0a6222d");
    home_ = of_cloud(kOurs, home_);
    EXPECT_EQ(run(cloud_->recognise()).identity, kOurs) << "the cookie is the first witness";
    home_ = of_cloud(kOther, json_response(401, ""));
    EXPECT_EQ(run(cloud_->recognise()).identity, kOther);
    EXPECT_EQ(run(cloud_->recognise()).identity, kOther) << "the port is closed, and says why";
    EXPECT_EQ(heard_.size(), asked + 4);
    EXPECT_EQ(run(cloud_->look("ivan")).error().code, "ocs.other_cloud");
}

TEST_F(CloudTest, WhatTheOpenerShowedCountsWhereTheAnswerItselfShowsNothing) {
    const auto opened_by = [](const std::string& opener, const std::string& own) {
        HttpResult result = of_cloud(own, ocs_reply(200, 200, "OK", user_json("ivan")));
        result->opener_cookies = {opener + "=s0; path=/"};
        return result;
    };
    CloudSettings s = settings();
    s.password = Secret(std::string(72, 'a'));  // no session of the port's own is between
    s.identity = kOurs;
    for (const auto& [opener, own, sound] :
         {std::tuple(kOurs, "", true),
          std::tuple(kOther, "", false),
          std::tuple(kOurs, kOther, false),
          std::tuple(kOther, kOurs, true)}) {
        start(s);
        script_.clear();
        on(kUser, opened_by(opener, own));
        EXPECT_EQ(run(cloud_->look("ivan")).has_value(), sound) << opener << ' ' << own;
    }
}

TEST_F(CloudTest, AnotherCloudsAnswerClosesThePortBeforeAnythingElseIsAsked) {
    CloudSettings s = settings();
    s.identity = kOurs;
    start(s);
    on(kUser, of_cloud(kOurs, ocs_reply(200, 200, "OK", user_json("ivan"))));
    on(kUser, of_cloud(kOther, ocs_reply(404, 404, "User does not exist")));
    EXPECT_TRUE(run(cloud_->look("ivan"))->has_value());
    const auto gone = run(cloud_->look("ivan"));
    ASSERT_FALSE(gone) << "absent there says nothing of here";
    EXPECT_EQ(gone.error().code, "ocs.other_cloud");
    EXPECT_EQ(gone.error().move, NextMove::kHuman);
    EXPECT_EQ(gone.error().concern, Concern::kServer);
    EXPECT_THAT(gone.error().what, HasSubstr(kOther));
    EXPECT_THAT(gone.error().what, HasSubstr(kOurs));
    const std::size_t asked = heard_.size();
    const Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    EXPECT_EQ(outcome.error.code, "ocs.other_cloud");
    EXPECT_EQ(heard_.size(), asked);
}

TEST_F(CloudTest, AWriteThatAnotherCloudAnsweredMayHaveTakenEffectThere) {
    CloudSettings s = settings();
    s.identity = kOurs;
    start(s);
    on(kCreate, of_cloud(kOther, ocs_reply(200, 200, "OK", R"({"id":"ivan"})")));
    const Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kUnknown);
    EXPECT_EQ(outcome.error.code, "ocs.other_cloud");
}

TEST_F(CloudTest, OfAnotherCloudAProbeTellsWhoItIsEvenWhereOurLoginIsRefused) {
    CloudSettings s = settings();
    s.identity = kOurs;
    start(s);
    on(kMe, of_cloud(kOther, ocs_reply(401, 997, "Current user is not logged in")));
    const Result<CloudInfo> info = run(cloud_->probe());
    ASSERT_TRUE(info);
    EXPECT_EQ(info->identity, kOther);
    EXPECT_FALSE(info->admin);
    EXPECT_TRUE(info->version.empty());
}

TEST_F(CloudTest, WithoutAnExpectedCloudTheFirstThatAnswersIsBelieved) {
    on(kUser, of_cloud(kOurs, ocs_reply(200, 200, "OK", user_json("ivan"))));
    on(kUser, of_cloud("", ocs_reply(200, 200, "OK", user_json("ivan"))));
    on(kUser, of_cloud(kOther, ocs_reply(200, 200, "OK", user_json("ivan"))));
    EXPECT_TRUE(run(cloud_->look("ivan")));
    EXPECT_TRUE(run(cloud_->look("ivan"))) << "a warm session, or a proxy, shows none";
    EXPECT_EQ(run(cloud_->look("ivan")).error().code, "ocs.other_cloud");
}

TEST_F(CloudTest, CreateCarriesEveryFieldInOneCall) {
    on(kCreate, ocs_reply(200, 200, "OK", R"({"id":"Ivan"})"));
    Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kDone);
    EXPECT_EQ(outcome.login, "Ivan");
    ASSERT_EQ(heard_.size(), 1U);
    EXPECT_EQ(
        forms_[0],
        "userid=ivan&password=Secret-pass-1&groups[]=basic&displayName=Ivan%20P&email=i%40x.test"
        "&quota=5368709120"
    );
}

TEST_F(CloudTest, AnExistingAccountIsNeverTakenForCreated) {
    on(kCreate, ocs_reply(400, 102, "User already exists"));
    on(kUser, ocs_reply(200, 200, "OK", user_json("IVAN")));
    Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    EXPECT_EQ(outcome.error.code, "ocs.exists");
    EXPECT_EQ(outcome.error.move, NextMove::kRedoPass);
    EXPECT_FALSE(outcome.error.effect_unknown);
    EXPECT_EQ(outcome.login, "IVAN");
}

HttpResult page(int status, std::string body = "<html>Forbidden</html>") {
    return json_response(status, std::move(body));
}

TEST_F(CloudTest, ACreateIsInDoubtWhereTheAnswerIsNotTheCloudsOwnWord) {
    const std::string cut = R"({"ocs":{"meta":{"status":"ok","statuscode":200},"data":{"id":"iv)";
    for (HttpResult odd :
         {page(200),
          page(200, ""),
          page(200, cut),
          page(201),
          page(302),
          page(400, ""),
          page(401),
          page(403),
          page(404),
          page(405),
          page(412),
          page(413),
          page(429, ""),
          page(500, ""),
          page(502),
          page(503),
          page(504),
          page(520)}) {
        const int status = odd->status;
        SCOPED_TRACE(status);
        start(settings());
        script_.clear();
        heard_.clear();
        on(kCreate, std::move(odd));
        const Outcome outcome = apply(action(ActionKind::kCreate));
        EXPECT_EQ(outcome.kind, OutcomeKind::kUnknown);
        EXPECT_TRUE(outcome.error.effect_unknown);
        EXPECT_EQ(heard_.size(), 1U) << "a look at once may come before the account";
    }
}

TEST_F(CloudTest, WhatTheCloudItselfSaysOfACreateIsCertain) {
    HttpResult maintained = page(503);
    maintained->maintenance = true;
    for (HttpResult own :
         {ocs_reply(403, 403, "Password confirmation is required"),
          ocs_reply(401, 997),
          ocs_reply(400, 107, "too weak"),
          ocs_reply(400, 104, "no such group"),
          ocs_reply(429, 429, "Reached maximum delay"),
          ocs_reply(503, 503),
          maintained,
          ocs_reply(500, 996, "Internal Server Error")}) {
        SCOPED_TRACE(own->body);
        start(settings());
        script_.clear();
        on(kCreate, std::move(own));
        EXPECT_EQ(apply(action(ActionKind::kCreate)).kind, OutcomeKind::kRefused);
    }
    start(settings());
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan")));
    script_[kCreate] = {ocs_reply(400, 101, "Bad request")};  // four at a time: a deadlock inside
    const Outcome begun = apply(action(ActionKind::kCreate));
    EXPECT_EQ(begun.kind, OutcomeKind::kUnknown);
    EXPECT_TRUE(begun.begun) << "it had found the name free";
    script_[kCreate] = {ocs_reply(500, 996, "Internal Server Error")};
    EXPECT_FALSE(apply(action(ActionKind::kCreate)).begun) << "before that, or after";
}

TEST_F(CloudTest, OfAnyOtherChangeALookTellsWhereAFrontAnswered) {
    const std::string disable = std::string(kPut) + "/disable";
    for (const int status : {302, 400, 403, 404, 412}) {
        SCOPED_TRACE(status);
        start(settings());
        script_.clear();
        on(disable, page(status));
        on(kUser, ocs_reply(200, 200, "OK", user_json("ivan", false)));
        on(kUser, ocs_reply(200, 200, "OK", user_json("ivan", true)));
        on(kUser, page(status));
        EXPECT_EQ(apply(action(ActionKind::kDisable)).kind, OutcomeKind::kDone);
        EXPECT_EQ(apply(action(ActionKind::kDisable)).kind, OutcomeKind::kRefused);
        EXPECT_EQ(apply(action(ActionKind::kDisable)).kind, OutcomeKind::kUnknown);
    }
    script_.clear();
    on("DELETE /ocs/v2.php/cloud/users/ivan", page(403));
    EXPECT_EQ(apply(action(ActionKind::kDelete)).kind, OutcomeKind::kDone) << "a look says: gone";
    on(kPut, page(429, ""));  // the cloud's limit of changes has no document
    EXPECT_EQ(apply(action(ActionKind::kSetQuota)).kind, OutcomeKind::kRefused);
    EXPECT_EQ(heard_.back(), kPut);
    start(settings());
    script_.clear();
    on(kPut, page(403));
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan")));
    EXPECT_EQ(apply(action(ActionKind::kSetPassword)).kind, OutcomeKind::kUnknown)
        << "no look shows a password";
}

constexpr const char* kMakeGroup = "POST /ocs/v2.php/cloud/groups";
constexpr const char* kGroups = "GET /ocs/v2.php/cloud/groups";

TEST_F(CloudTest, AGroupIsMadeAndOneThatIsThereIsNoFault) {
    on(kMakeGroup, ocs_reply(200, 200, "OK"));
    on(kMakeGroup, ocs_reply(400, 102, "group exists"));
    on(kMakeGroup, ocs_reply(400, 101, "Invalid group name"));
    Action make = action(ActionKind::kMakeGroup);
    make.value = "R+D";
    EXPECT_EQ(apply(make).kind, OutcomeKind::kDone);
    EXPECT_EQ(forms_.back(), "groupid=R%2BD");
    EXPECT_EQ(apply(make).kind, OutcomeKind::kAlreadySo);
    const Outcome refused = apply(make);
    EXPECT_EQ(refused.kind, OutcomeKind::kRefused);
    EXPECT_EQ(refused.error.code, "ocs.bad_group");
    make.value = "";
    EXPECT_EQ(apply(make).error.code, "ocs.bad_action");
    EXPECT_EQ(std::ranges::count(heard_, kMakeGroup), 3) << "no look at the account either";
}

TEST_F(CloudTest, WhetherAFailedCallMadeTheGroupIsSeenInTheListOfThem) {
    on(kMakeGroup, ocs_reply(500, 500, ""));
    on(kGroups, ocs_reply(200, 200, "OK", R"({"groups":["admin","basic"]})"));
    on(kGroups, ocs_reply(200, 200, "OK", R"({"groups":["admin"]})"));
    on(kGroups, ocs_reply(503, 503, ""));
    EXPECT_EQ(apply(action(ActionKind::kMakeGroup)).kind, OutcomeKind::kDone);
    EXPECT_EQ(apply(action(ActionKind::kMakeGroup)).kind, OutcomeKind::kRefused);
    EXPECT_EQ(apply(action(ActionKind::kMakeGroup)).kind, OutcomeKind::kUnknown);
    EXPECT_EQ(std::ranges::count(heard_, kUser), 0);
}

TEST_F(CloudTest, ANameIsSetByOneOfTheLimitedChanges) {
    on(kPut, ocs_reply(200, 200, "OK"));
    Action name = action(ActionKind::kSetName);
    name.value = "Ivan P";
    EXPECT_EQ(apply(name).kind, OutcomeKind::kDone);
    EXPECT_EQ(forms_.back(), "key=displayname&value=Ivan%20P");
    EXPECT_TRUE(spends_put_budget(ActionKind::kSetName));
}

TEST_F(CloudTest, AFailedCreateIsUnknownWhenTheAccountIsThere) {
    on(kCreate, ocs_reply(500, 500, "Internal Server Error\\n"));
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan")));
    Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kUnknown);
    EXPECT_TRUE(outcome.error.effect_unknown);
}

TEST_F(CloudTest, AFailedCreateIsRefusedWhenTheAccountIsNotThere) {
    on(kCreate, ocs_reply(500, 500, ""));
    Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    EXPECT_EQ(outcome.error.move, NextMove::kRetryCall);
    EXPECT_FALSE(outcome.error.effect_unknown);
}

TEST_F(CloudTest, A102OfABadQuotaMayHaveMadeTheAccount) {
    on(kCreate, ocs_reply(400, 102, "Invalid quota value abc"));
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan")));
    EXPECT_EQ(apply(action(ActionKind::kCreate)).kind, OutcomeKind::kUnknown);
}

TEST_F(CloudTest, TimeoutsAreUnknownAndNotRepeated) {
    on(kCreate, fault(TransportFault::kTimeout, true));
    Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kUnknown);
    EXPECT_EQ(heard_.size(), 1U);
}

TEST_F(CloudTest, ARefusedConnectionCertainlyHadNoEffect) {
    on(kCreate, fault(TransportFault::kConnect, false));
    Outcome outcome = apply(action(ActionKind::kCreate));
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    EXPECT_EQ(outcome.error.move, NextMove::kRetryCall);
}

TEST_F(CloudTest, AStoredQuotaBehindA500IsDone) {
    on(kPut, ocs_reply(500, 500, ""));
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan", true, "5368709120")));
    EXPECT_EQ(apply(action(ActionKind::kSetQuota)).kind, OutcomeKind::kDone);
}

TEST_F(CloudTest, AnEnableThatStoredNothingIsRefused) {
    on("PUT /ocs/v2.php/cloud/users/ivan/enable", ocs_reply(500, 500, ""));
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan", false)));
    Outcome outcome = apply(action(ActionKind::kEnable));
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    EXPECT_EQ(outcome.error.move, NextMove::kRetryCall);
}

TEST_F(CloudTest, DeletingWhatIsGoneIsAlreadySo) {
    on("DELETE /ocs/v2.php/cloud/users/ivan", ocs_reply(404, 998, ""));
    EXPECT_EQ(apply(action(ActionKind::kDelete)).kind, OutcomeKind::kAlreadySo);
    EXPECT_THAT(heard_, ElementsAre("DELETE /ocs/v2.php/cloud/users/ivan", kUser));
}

TEST_F(CloudTest, DisablingAMissingAccountRedoesThePass) {
    on("PUT /ocs/v2.php/cloud/users/ivan/disable", ocs_reply(400, 101, ""));
    Outcome outcome = apply(action(ActionKind::kDisable));
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    EXPECT_EQ(outcome.error.code, "ocs.gone");
    EXPECT_EQ(outcome.error.move, NextMove::kRedoPass);
}

TEST_F(CloudTest, AReadThatALostConnectionEndedIsRepeatedOnANewOne) {
    const TransportError lost(TransportFault::kBroken, true, "connection died");
    on(kUser, tl::unexpected(lost));
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan")));
    on("PUT /ocs/v2.php/cloud/users/ivan/disable", tl::unexpected(lost));
    const auto seen = run(cloud_->look("ivan"));
    ASSERT_TRUE(seen) << seen.error().text();
    EXPECT_TRUE(seen->has_value());
    EXPECT_THAT(heard_, ElementsAre(kUser, kUser));
    heard_.clear();
    EXPECT_EQ(apply(action(ActionKind::kDisable)).kind, OutcomeKind::kUnknown);
    EXPECT_EQ(std::ranges::count(heard_, "PUT /ocs/v2.php/cloud/users/ivan/disable"), 1)
        << "a write is never sent twice";
}

TEST_F(CloudTest, LeavingAGroupThatIsGoneIsAlreadySo) {
    on("DELETE /ocs/v2.php/cloud/users/ivan/groups", ocs_reply(400, 102, ""));

    EXPECT_EQ(apply(action(ActionKind::kRemoveGroup)).kind, OutcomeKind::kAlreadySo);
    EXPECT_THAT(targets_.back(), HasSubstr("&" + forms_.back())) << "fronts drop a DELETE's body";
}

TEST_F(CloudTest, OneRefusedLoginStopsAllCalls) {
    on(kUser, ocs_reply(401, 997, "Unauthorised"));
    auto seen = run(cloud_->look("ivan"));
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code, "ocs.401");
    EXPECT_EQ(seen.error().move, NextMove::kHuman);
    auto before = heard_.size();
    EXPECT_EQ(apply(action(ActionKind::kDelete)).error.code, "ocs.401");
    EXPECT_FALSE(run(cloud_->look("ivan")));
    EXPECT_EQ(heard_.size(), before);
}

TEST_F(CloudTest, RefusedConfirmationStopsWritesOnly) {
    on(kCreate, ocs_reply(403, 403, "Password confirmation is required"));
    on(kUser, ocs_reply(200, 200, "OK", user_json("ivan")));
    EXPECT_EQ(apply(action(ActionKind::kCreate)).error.code, "ocs.confirm");
    auto before = heard_.size();
    Outcome second = apply(action(ActionKind::kCreate));
    EXPECT_EQ(second.error.code, "ocs.confirm");
    EXPECT_THAT(second.error.remedy, HasSubstr("app passwords"));
    EXPECT_EQ(heard_.size(), before);
    EXPECT_TRUE(run(cloud_->look("ivan")));
}

TEST_F(CloudTest, TheBudgetOfPutsHoldsCallsBackButNotTheOthers) {
    start(settings(), "28.0.1");
    on(kPut, ocs_reply(200, 200));
    on("PUT /ocs/v2.php/cloud/users/ivan/disable", ocs_reply(200, 200));
    for (int i = 0; i < 50; ++i) {
        ASSERT_EQ(apply(action(ActionKind::kSetQuota)).kind, OutcomeKind::kDone);
    }
    auto before = heard_.size();
    Outcome held = apply(action(ActionKind::kSetQuota));
    EXPECT_EQ(held.kind, OutcomeKind::kRefused);
    EXPECT_EQ(held.error.move, NextMove::kWait);
    EXPECT_EQ(held.error.wait, Duration(600000));
    EXPECT_EQ(heard_.size(), before);
    EXPECT_EQ(apply(action(ActionKind::kDisable)).kind, OutcomeKind::kDone);
    now_ += std::chrono::minutes(10);
    EXPECT_EQ(apply(action(ActionKind::kSetQuota)).kind, OutcomeKind::kDone);
}

TEST_F(CloudTest, NoBudgetBeforeVersion27) {
    on(kPut, ocs_reply(200, 200));
    for (int i = 0; i < 60; ++i) {
        ASSERT_EQ(apply(action(ActionKind::kSetQuota)).kind, OutcomeKind::kDone);
    }
}

class PatchTest : public CloudTest {
  protected:
    void SetUp() override { begin("34.0.1"); }

    void begin(const std::string& version) {
        start(settings(), version);
        script_.clear();
        run(cloud_->probe());
        heard_.clear();
        forms_.clear();
    }

    std::vector<Outcome> apply_both() {
        Action email = action(ActionKind::kSetEmail);
        email.value = "i@x.test";
        std::vector<Action> both;
        both.push_back(action(ActionKind::kSetQuota));
        both.push_back(std::move(email));
        return run(cloud_->joined_calls()->apply_joined(std::move(both)));
    }

    // The account after a change, as PATCH tells it.
    static HttpResult told(const std::string& quota, const std::string& email) {
        return ocs_reply(
            200,
            200,
            "OK",
            R"({"id":"ivan","enabled":true,"backend":"Database","quota":{"quota":)" + quota +
                R"(,"used":0},"email":")" + email + R"(","groups":[]})"
        );
    }

    [[nodiscard]] bool joins() const {
        return cloud_->joined_calls()->joins(ActionKind::kSetQuota);
    }
};

TEST_F(PatchTest, SeveralFieldsAreOneCallFromThirtyFourOn) {
    EXPECT_FALSE(cloud_->joined_calls()->joins(ActionKind::kSetPassword));
    EXPECT_FALSE(cloud_->joined_calls()->joins(ActionKind::kAddGroup)) << "it replaces all of them";
    on(kPatch, told("5368709120", "i@x.test"));
    for (const Outcome& outcome : apply_both()) {
        EXPECT_EQ(outcome.kind, OutcomeKind::kDone) << outcome.error.text();
    }
    EXPECT_EQ(heard_, std::vector<std::string>{kPatch});
    EXPECT_EQ(forms_.front(), "quota=5368709120&email=i%40x.test");
    for (const char* older : {"32.0.1", "25.0.2"}) {
        begin(older);
        EXPECT_FALSE(joins()) << older;
    }
}

TEST_F(PatchTest, WhatItPassedOverIsSentByItself) {
    on(kPatch, told("5368709120", "old@x.test"));
    on(kPut, ocs_reply(200, 200, "OK"));
    const std::vector<Outcome> outcomes = apply_both();
    EXPECT_EQ(outcomes[0].kind, OutcomeKind::kDone);
    EXPECT_EQ(outcomes[1].kind, OutcomeKind::kDone);
    EXPECT_EQ(heard_, (std::vector<std::string>{kPatch, kPut}));
    EXPECT_EQ(forms_.back(), "key=email&value=i%40x.test");
}

TEST_F(PatchTest, WhatItRefusesIsTriedOneByOneAndEachHasItsOwnWord) {
    on(kPatch, ocs_reply(422, 422, "", R"({"errors":{"quota":"Invalid quota value"}})"));
    on(kPut, ocs_reply(400, 101, "Invalid quota value"));
    on(kPut, ocs_reply(200, 200, "OK"));
    const std::vector<Outcome> outcomes = apply_both();
    EXPECT_EQ(outcomes[0].error.code, "ocs.bad_quota");
    EXPECT_EQ(outcomes[1].kind, OutcomeKind::kDone);
    EXPECT_TRUE(joins());
}

TEST_F(PatchTest, AFrontThatDoesNotKnowItIsAskedOnce) {
    for (const int status : {405, 403, 404, 400, 501, 302, 500}) {
        begin("34.0.1");
        on(kPatch, json_response(status, "<html>no</html>"));
        on(kPut, ocs_reply(200, 200, "OK"));
        const std::vector<Outcome> outcomes = apply_both();
        EXPECT_EQ(outcomes[0].kind, OutcomeKind::kDone) << status;
        EXPECT_EQ(outcomes[1].kind, OutcomeKind::kDone) << status;
        EXPECT_FALSE(joins()) << status;
        apply_both();
        EXPECT_EQ(heard_, (std::vector<std::string>{kPatch, kPut, kPut, kPut, kPut})) << status;
    }
}

TEST_F(PatchTest, ItsOwnLimitServesWhenTheOtherIsSpent) {
    on(kPut, json_response(429, ""));
    EXPECT_EQ(apply(action(ActionKind::kSetQuota)).error.code, "ocs.429");
    EXPECT_EQ(cloud_->budget_wait(ActionKind::kSetQuota), Duration{0});
    EXPECT_GT(cloud_->budget_wait(ActionKind::kSetPassword), Duration{0});
    on(kPatch, told("5368709120", ""));
    on(kPatch, json_response(429, ""));
    EXPECT_EQ(apply(action(ActionKind::kSetQuota)).kind, OutcomeKind::kDone);
    heard_.clear();
    const Outcome refused = apply(action(ActionKind::kSetQuota));
    EXPECT_EQ(refused.error.code, "ocs.put_budget");
    EXPECT_EQ(heard_, std::vector<std::string>{kPatch});
    EXPECT_GT(cloud_->budget_wait(ActionKind::kSetQuota), Duration{0});
}

TEST_F(PatchTest, AnAnswerThatIsLostLeavesEachInDoubt) {
    on(kPatch, fault(TransportFault::kTimeout, true));
    for (const Outcome& outcome : apply_both()) {
        EXPECT_EQ(outcome.kind, OutcomeKind::kUnknown);
    }
    EXPECT_EQ(heard_, std::vector<std::string>{kPatch});
    EXPECT_FALSE(joins()) << "the next time it is PUT";
}

TEST_F(CloudTest, AddressesThatAreSetLaterUseUpTheLimitForItsTimeOnly) {
    CloudSettings s = settings();
    s.welcome_mail = false;
    start(s, "27.1.0");
    on(kCreate, ocs_reply(200, 200, "OK"));
    on(kPut, ocs_reply(200, 200, "OK"));
    for (int i = 0; i < 50; ++i) {
        EXPECT_EQ(apply(action(ActionKind::kCreate)).detail, "");
    }
    EXPECT_GT(cloud_->budget_wait(ActionKind::kSetQuota), Duration{0});
    now_ += std::chrono::minutes(11);
    EXPECT_EQ(cloud_->budget_wait(ActionKind::kSetQuota), Duration{0});
}

TEST_F(CloudTest, A429ClosesTheWindow) {
    start(settings(), "28.0.1");
    on(kPut, json_response(429, ""));
    Outcome first = apply(action(ActionKind::kSetEmail));
    EXPECT_EQ(first.error.code, "ocs.429");
    EXPECT_EQ(first.error.move, NextMove::kWait);
    EXPECT_EQ(first.error.wait, Duration(60000));
    auto before = heard_.size();
    EXPECT_EQ(apply(action(ActionKind::kSetEmail)).error.code, "ocs.put_budget");
    EXPECT_EQ(heard_.size(), before);
}

TEST_F(CloudTest, AReadOnlyCloudSendsNoWrite) {
    CloudSettings s = settings();
    s.read_only = true;
    start(s);
    for (ActionKind kind : kAllActionKinds) {
        Outcome outcome = apply(action(kind));
        EXPECT_EQ(outcome.kind, OutcomeKind::kRefused) << to_string(kind);
        EXPECT_EQ(outcome.error.move, NextMove::kBug);
        if (kind != ActionKind::kAdopt) {
            EXPECT_EQ(outcome.error.code, "ocs.read_only");
        }
    }
    EXPECT_TRUE(heard_.empty());
}

TEST_F(CloudTest, LookTellsAbsentFromAWrongAddress) {
    auto absent = run(cloud_->look("ivan"));
    ASSERT_TRUE(absent);
    EXPECT_FALSE(absent->has_value());
    on(kUser, json_response(404, "<html>nginx</html>"));
    EXPECT_FALSE(run(cloud_->look("ivan")));
}

TEST_F(CloudTest, LookBelievesNoAnswerAboutAnotherAccount) {
    on(kUser, ocs_reply(200, 200, "OK", user_json("anna")));
    on(kUser, ocs_reply(200, 200, "OK", user_json("Ivan")));
    on(kUser, ocs_reply(200, 200, "OK", R"({"id":"ivan","enabled":true,"backend":"Database"})"));
    auto seen = run(cloud_->look("ivan"));
    ASSERT_FALSE(seen);
    EXPECT_EQ(seen.error().code, "ocs.other_account");
    EXPECT_TRUE(run(cloud_->look("ivan")));
    seen = run(cloud_->look("ivan"));
    ASSERT_TRUE(seen);
    EXPECT_FALSE((*seen)->details_known) << "without its groups it may be an administrator";
}

TEST_F(CloudTest, ProbeTellsWhatACheckNeeds) {
    start(settings(), "34.0.1");
    HttpResult me =
        ocs_reply(200, 200, "OK", R"({"id":"Admin","enabled":true,"groups":["admin"]})");
    me->date = now_ + std::chrono::seconds(90);
    on("GET /ocs/v2.php/cloud/user", me);
    on("GET /ocs/v2.php/cloud/capabilities",
       ocs_reply(200, 200, "OK", R"({"capabilities":{"password_policy":{"minLength":12}}})"));
    on("GET /ocs/v2.php/cloud/groups", ocs_reply(200, 200, "OK", R"({"groups":["pro","admin"]})"));
    auto info = run(cloud_->probe());
    ASSERT_TRUE(info);
    EXPECT_EQ(info->product, "Nextcloud");
    EXPECT_EQ(info->major, 34);
    EXPECT_EQ(info->own_login, "Admin");
    EXPECT_TRUE(info->admin);
    EXPECT_FALSE(info->app_password_risk);
    EXPECT_TRUE(info->put_budget.limited);
    EXPECT_EQ(info->clock_skew, Duration(90000));
    EXPECT_EQ(info->password_min_length, 12U);
    std::string owncloud =
        R"({"ocs":{"meta":{"statuscode":100},"data":{"capabilities":{"password_policy":)"
        R"({"password_requirements":{"minimum_characters":24}}}}}})";
    std::uint32_t least = 0;
    EXPECT_TRUE(read_password_rule(owncloud, least).code == 100 && least == 24);
    EXPECT_THAT(info->groups, ElementsAre("pro", "admin")) << "in the cloud's own order";
}

TEST_F(CloudTest, InfiniteScaleIsRefused) {
    start(settings(), "10.11.0", "Infinite Scale");
    auto info = run(cloud_->probe());
    ASSERT_FALSE(info);
    EXPECT_EQ(info.error().code, "ocs.product");
}

}  // namespace
}  // namespace bn::ocs::cloud_test
