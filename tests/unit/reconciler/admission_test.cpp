// Whether a server may be worked with, and for how long it is left alone when not.
#include <gtest/gtest.h>

#include "reconciler/decide/server.hpp"
#include "reconciler/events/events.hpp"

namespace bn::admission_test {
namespace {

const ServerId kServer(3);
const Time kNow{std::chrono::hours(24 * 365 * 50)};

class AdmittedServer : public ::testing::Test {
  protected:
    AdmittedServer() {
        server.id = kServer;
        server.name = "cloud";
        server.base_url = "https://cloud.example";
        server.login = "root";
    }

    void record(Event event) {
        Envelope envelope;
        envelope.at = kNow;
        envelope.event = std::move(event);
        evolve(ledger, envelope);
    }

    void fail(std::uint32_t failures, Duration until) {
        ServerQuarantined out;
        out.server = kServer;
        out.failures = failures;
        out.until = kNow + until;
        out.what = "connection refused";
        record(out);
    }

    [[nodiscard]] Admission admission(bool ignore_quarantine = false) const {
        return admit_server({ledger, kNow}, server, std::nullopt, ignore_quarantine).admission;
    }

    [[nodiscard]] Duration pause(const Error& error, Duration longest = std::chrono::hours(9)) {
        return decide_quarantine({ledger, kNow}, kServer, error, longest).until - kNow;
    }

    static Error outage() {
        return {Concern::kServer, NextMove::kRetryCall, "ocs.connect", "away"};
    }

    static Error refused_login() { return {Concern::kServer, NextMove::kHuman, "ocs.401", "no"}; }

    DesiredServer server;
    Ledger ledger;
};

TEST_F(AdmittedServer, AnUnknownServerIsOpenUnlessItsRowOrConfigurationSaysOtherwise) {
    EXPECT_EQ(admission(), Admission::kOpen);
    const Error none(NextMove::kHuman, "config.policy", "no policy");
    EXPECT_EQ(
        admit_server({ledger, kNow}, server, none, false).admission, Admission::kUnconfigured
    );
    server.problem = "The password cannot be decrypted.";
    EXPECT_EQ(admission(), Admission::kRefused);
}

TEST_F(AdmittedServer, AQuarantineEndsAtItsTimeOrWhenAPersonAsks) {
    fail(1, Duration(1));
    EXPECT_EQ(admission(), Admission::kLeftAlone);
    EXPECT_EQ(admission(true), Admission::kOpen);
    fail(2, Duration(0));
    EXPECT_EQ(admission(), Admission::kOpen);
}

TEST_F(AdmittedServer, ACloudMustBeInOrderBeforeItIsChanged) {
    CloudInfo info;
    info.admin = true;
    EXPECT_FALSE(unfit_cloud(info, server, ledger));
    CloudInfo maintained = info;
    maintained.maintenance = true;
    EXPECT_EQ(unfit_cloud(maintained, server, ledger)->move, NextMove::kWait);
    CloudInfo old = info;
    old.needs_upgrade = true;
    EXPECT_EQ(unfit_cloud(old, server, ledger)->move, NextMove::kWait);
    info.admin = false;
    EXPECT_EQ(unfit_cloud(info, server, ledger)->move, NextMove::kHuman);
}

TEST_F(AdmittedServer, AnotherCloudAtTheSameAddressIsLeftAloneWhileOursHoldsAnAccount) {
    const ItemId item(7);
    CloudInfo info;
    info.admin = true;
    info.identity = "ocother00000";
    info.data_fingerprint = "none";
    const auto code = [&] {
        const std::optional<Error> unfit = unfit_cloud(info, server, ledger);
        return unfit ? unfit->code : "";
    };
    record(ServerObserved{
        kServer, "cloud", "Nextcloud", "25", server.base_url, "ocours000000", "none"});
    EXPECT_EQ(expected_identity(ledger, kServer), "") << "nothing of ours is there";
    EXPECT_EQ(code(), "ocs.other_cloud") << "the port told nothing but its name";
    EXPECT_EQ(unfit_cloud(info, server, ledger)->move, NextMove::kRedoPass);
    info.version = "25";
    EXPECT_EQ(code(), "");
    Action create(ActionKind::kCreate, kServer, item, "anna");
    record(ActionIntended{"a-1", create, "a-1"});
    EXPECT_EQ(code(), "server.identity") << "a create in doubt is looked for there";
    record(DoubtResolved{"a-1", item, kServer, ActionKind::kCreate, true, "anna", ""});
    record(AccountCreated{item, kServer, "anna", ""});
    EXPECT_EQ(expected_identity(ledger, kServer), "ocours000000");
    ASSERT_EQ(code(), "server.identity");
    const Error error = *unfit_cloud(info, server, ledger);
    EXPECT_EQ(error.move, NextMove::kHuman);
    EXPECT_EQ(error.concern, Concern::kServer);
    EXPECT_NE(error.what.find("ocother00000"), std::string::npos);
    EXPECT_NE(error.what.find("ocours000000"), std::string::npos);
    EXPECT_NE(error.remedy.find("accept-cloud 3"), std::string::npos);
    info.identity = "";
    EXPECT_EQ(code(), "") << "not shown is not the same as changed";
    info.identity = "ocours000000";
    EXPECT_EQ(code(), "");
    info.data_fingerprint = "2f50";
    EXPECT_EQ(code(), "server.restored");
    info.data_fingerprint = "";
    EXPECT_EQ(code(), "");
}

TEST_F(AdmittedServer, PausesGrowFromSecondsForAnOutageAndFromMinutesForAPerson) {
    EXPECT_LE(pause(outage()), std::chrono::seconds(18));
    EXPECT_GE(pause(refused_login()), std::chrono::minutes(4)) << "clouds punish repeated logins";
    fail(3, Duration(0));
    EXPECT_GE(pause(outage()), std::chrono::seconds(96)) << "the fourth: two minutes and jitter";
    EXPECT_EQ(decide_quarantine({ledger, kNow}, kServer, outage(), Duration::max()).failures, 4U);
    fail(50, Duration(0));
    EXPECT_LE(pause(outage()), std::chrono::minutes(5));
    EXPECT_LE(pause(refused_login()), std::chrono::hours(1));
    EXPECT_LE(pause(refused_login(), std::chrono::minutes(1)), std::chrono::minutes(1));
}

}  // namespace
}  // namespace bn::admission_test
