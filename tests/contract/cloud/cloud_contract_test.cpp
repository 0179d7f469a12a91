// What every bn::Cloud promises, against the sample cloud or any real server (server.hpp).
//
// Slow servers are expected: a create may take a third of a second, and 27+ allows 50 edits in 10
// minutes. The whole suite makes fewer than 20 edits. Every test removes what it made.
#include <algorithm>
#include <array>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/contract/cloud/server.hpp"

namespace bn::cloud_contract_test {

void PrintTo(OutcomeKind kind, std::ostream* out) {
    *out << to_string(kind);
}

}  // namespace bn::cloud_contract_test

namespace bn::testing {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Eq;
using ::testing::Not;

constexpr std::int64_t kGiB = std::int64_t{1} << 30;
constexpr const char* kPassword = "Contract-Suite-Pass-7341";

// A suite that cannot tidy up after itself fails, and says what is left where.
class CleanUp : public ::testing::Environment {
    void TearDown() override { EXPECT_EQ(ContractServer::get().clean_up(), ""); }
};

const ::testing::Environment* const kCleanUp =
    ::testing::AddGlobalTestEnvironment(new CleanUp());  // which it owns

class CloudContract : public ::testing::Test {
  protected:
    void TearDown() override {
        for (const auto& login : made_) {
            server.admin().delete_user(login);
        }
        for (const auto& group : made_groups_) {
            server.admin().delete_group(group);
        }
    }

    [[nodiscard]] std::string login(const std::string& name) const {
        return server.prefix() + name;
    }

    Action action(ActionKind kind, const std::string& id) {
        return Action(kind, ServerId(1), ItemId(1), id);
    }

    Action create_action(const std::string& id, Quota quota = Quota::bytes(kGiB)) {
        Action create = action(ActionKind::kCreate, id);
        CreateFields fields;
        fields.email = "contract@mail.example.test";
        fields.display_name = "Contract Suite";
        fields.group = server.group();
        fields.quota = quota;
        create.create = fields;
        return create;
    }

    // Removed at the end of the test, whether it was made or not.
    void made_by_hand(const std::string& id) { made_.push_back(id); }

    Outcome create(const Action& wanted) {
        made_by_hand(wanted.login);
        return driver.apply(wanted, kPassword);
    }

    // An account to work on; the test stops when the server does not make it.
    std::string make(const std::string& name) {
        const std::string id = login(name);
        const Outcome outcome = create(create_action(id));
        EXPECT_EQ(outcome.kind, OutcomeKind::kDone) << outcome.error.text();
        return id;
    }

    void group_made_by_us(const std::string& id) { made_groups_.push_back(id); }

    bool make_group(const std::string& id) {
        group_made_by_us(id);
        return server.admin().create_group(id).ok();
    }

    OwnedActualAccount look(const std::string& id) {
        const auto found = driver.look(id);
        EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().text());
        if (!found || !found->has_value()) {
            ADD_FAILURE() << "the cloud has no account '" << id << "'";
            return {};
        }
        return **found;
    }

    bool absent(const std::string& id) {
        const auto found = driver.look(id);
        EXPECT_TRUE(found.has_value()) << (found ? "" : found.error().text());
        return found && !found->has_value();
    }

    void expect_effective(const Outcome& outcome, const char* what) {
        EXPECT_THAT(outcome.kind, AnyOf(Eq(OutcomeKind::kDone), Eq(OutcomeKind::kAlreadySo)))
            << what << ": " << outcome.error.text();
    }

    ContractServer& server = ContractServer::get();
    CloudDriver driver{server.settings()};

  private:
    std::vector<std::string> made_;
    std::vector<std::string> made_groups_;
};

// For tests that have to write.
class CloudWriteContract : public CloudContract {
  protected:
    void SetUp() override {
        if (!server.no_writes().empty()) {
            GTEST_SKIP() << server.no_writes();
        }
    }
};

TEST_F(CloudContract, ProbeSaysWhatTheServerIs) {
    const auto info = driver.probe();
    ASSERT_TRUE(info.has_value()) << info.error().text();
    EXPECT_THAT(info->product, AnyOf(Eq("Nextcloud"), Eq("ownCloud")));
    EXPECT_GE(info->major, 10);
    EXPECT_FALSE(info->version.empty());
    EXPECT_TRUE(info->admin);
    EXPECT_FALSE(info->own_login.empty());
    EXPECT_FALSE(info->maintenance);
    EXPECT_GE(info->password_min_length, 1u);
    EXPECT_FALSE(info->tls.empty());
    if (server.no_writes().empty()) {
        EXPECT_THAT(info->groups, Contains(server.group()));
    }
    const auto read = driver.observe();
    ASSERT_TRUE(read.has_value()) << read.error().text();
    EXPECT_EQ(info->groups, read->groups) << "positions in the list must mean the same";
}

TEST_F(CloudContract, SaysWhichCloudItIsAndNothingIsReadWhereAnotherIsExpected) {
    const auto info = driver.probe();
    ASSERT_TRUE(info.has_value()) << info.error().text();
    ASSERT_FALSE(info->identity.empty()) << "its answers set no cookie named by its instance id";
    CloudSettings settings = server.settings();
    settings.identity = info->identity;
    EXPECT_TRUE(CloudDriver(settings).observe().has_value()) << "the same one at each login";
    settings.identity = "ocanother0000";
    CloudDriver mistaken(settings);
    const auto read = mistaken.observe();
    ASSERT_FALSE(read.has_value());
    EXPECT_EQ(read.error().code, "ocs.other_cloud") << read.error().text();
    EXPECT_FALSE(mistaken.look(login("nobody")).has_value());
}

TEST_F(CloudWriteContract, CreateCarriesEveryField) {
    Action wanted = create_action(login("full"));
    wanted.create->display_name = "Иван Żółty 李";
    wanted.create->email = "Full@Mail.Example.Test";
    const Outcome outcome = create(wanted);
    ASSERT_EQ(outcome.kind, OutcomeKind::kDone) << outcome.error.text();

    const auto account = look(wanted.login);
    EXPECT_EQ(account.login, wanted.login);
    EXPECT_EQ(account.email, "full@mail.example.test");
    EXPECT_EQ(account.display_name, "Иван Żółty 李");
    EXPECT_EQ(account.quota, Quota::bytes(kGiB));
    EXPECT_THAT(account.groups, ::testing::ElementsAre(server.group()));
    EXPECT_TRUE(account.enabled);
    EXPECT_FALSE(account.admin);
    EXPECT_FALSE(account.has_files);
    EXPECT_TRUE(account.local_backend);
    EXPECT_TRUE(account.details_known);
}

TEST_F(CloudWriteContract, CreateAgainMakesNoSecondAccountAndChangesNothing) {
    const std::string id = make("twice");
    Action again = create_action(id, Quota::bytes(7 * kGiB));
    again.create->email = "other@mail.example.test";
    const Outcome outcome = driver.apply(again, kPassword);
    EXPECT_THAT(outcome.kind, AnyOf(Eq(OutcomeKind::kAlreadySo), Eq(OutcomeKind::kRefused)))
        << outcome.error.text();
    EXPECT_EQ(look(id).quota, Quota::bytes(kGiB));
    EXPECT_EQ(look(id).email, "contract@mail.example.test");
}

TEST_F(CloudWriteContract, WeakPasswordIsRefusedAndMakesNoAccount) {
    Action wanted = create_action(login("weak"));
    made_by_hand(wanted.login);
    const Outcome outcome = driver.apply(wanted, "a1");
    if (outcome.kind == OutcomeKind::kDone) {
        GTEST_SKIP() << "this server has no password policy";
    }
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused);
    EXPECT_FALSE(outcome.error.text().empty());
    EXPECT_TRUE(absent(wanted.login));
}

TEST_F(CloudWriteContract, UnknownGroupIsRefusedAndMakesNoAccount) {
    Action wanted = create_action(login("nogroup"));
    wanted.create->group = login("no-such-group");
    const Outcome outcome = create(wanted);
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused) << outcome.error.text();
    EXPECT_TRUE(absent(wanted.login));
}

// By creates, which no server limits.
TEST_F(CloudWriteContract, QuotasComeBackAsTheirCanonicalValue) {
    constexpr std::array<std::int64_t, 6> sold{
        512ll << 20, 3 * kGiB / 2, 1'500'000'000, 5'000'000'000, 100 * kGiB, 1024 * kGiB};
    for (const std::int64_t bytes : sold) {
        const Quota quota = Quota::bytes(bytes);
        const Action wanted = create_action(login("quota" + std::to_string(bytes)), quota);
        ASSERT_EQ(create(wanted).kind, OutcomeKind::kDone) << bytes;
        const Quota read = look(wanted.login).quota;
        EXPECT_EQ(read, canonical(quota)) << bytes;
        EXPECT_TRUE(same_meaning(quota, read)) << bytes;
    }
}

TEST_F(CloudWriteContract, QuotaIsSetAndSettingItAgainIsHarmless) {
    const std::string id = make("setquota");
    Action set = action(ActionKind::kSetQuota, id);
    set.quota = Quota::bytes(2 * kGiB);
    expect_effective(driver.apply(set), "first");
    EXPECT_EQ(look(id).quota, Quota::bytes(2 * kGiB));
    expect_effective(driver.apply(set), "again");
    EXPECT_EQ(look(id).quota, Quota::bytes(2 * kGiB));

    set.quota = Quota::unlimited();
    const Outcome outcome = driver.apply(set);
    if (outcome.kind == OutcomeKind::kRefused) {
        GTEST_SKIP() << "this server refuses unlimited quotas: " << outcome.error.text();
    }
    EXPECT_TRUE(look(id).quota.is_unlimited());
}

TEST_F(CloudWriteContract, QuotaOfAMissingAccountIsNotDone) {
    Action set = action(ActionKind::kSetQuota, login("nobody"));
    set.quota = Quota::bytes(kGiB);
    EXPECT_NE(driver.apply(set).kind, OutcomeKind::kDone);
    EXPECT_TRUE(absent(login("nobody")));
}

TEST_F(CloudWriteContract, EmailIsSetInLowerCase) {
    const std::string id = make("mail");
    Action set = action(ActionKind::kSetEmail, id);
    set.value = "New.Address@Mail.Example.Test";
    expect_effective(driver.apply(set), "set");
    EXPECT_EQ(look(id).email, "new.address@mail.example.test");
}

TEST_F(CloudWriteContract, PasswordIsSet) {
    const std::string id = make("password");
    const std::string changed = "Changed-Contract-Pass-9182";
    expect_effective(driver.apply(action(ActionKind::kSetPassword, id), changed), "set");
    EXPECT_TRUE(server.admin().call_as(id, changed, "cloud/user").ok());
}

TEST_F(CloudWriteContract, DisableAndEnableAreIdempotent) {
    const std::string id = make("enabled");
    for (const ActionKind kind : {ActionKind::kDisable, ActionKind::kEnable}) {
        expect_effective(driver.apply(action(kind, id)), "first");
        EXPECT_EQ(look(id).enabled, kind == ActionKind::kEnable);
        expect_effective(driver.apply(action(kind, id)), "again");
        EXPECT_EQ(look(id).enabled, kind == ActionKind::kEnable);
    }
}

TEST_F(CloudWriteContract, GroupsAreAddedAndRemovedIdempotently) {
    const std::string id = make("groups");
    const std::string group = login("pro");
    ASSERT_TRUE(make_group(group));
    Action add = action(ActionKind::kAddGroup, id);
    add.value = group;
    expect_effective(driver.apply(add), "add");
    expect_effective(driver.apply(add), "add again");
    EXPECT_THAT(look(id).groups, ::testing::UnorderedElementsAre(group, server.group()));

    Action remove = action(ActionKind::kRemoveGroup, id);
    remove.value = group;
    expect_effective(driver.apply(remove), "remove");
    expect_effective(driver.apply(remove), "remove again");
    EXPECT_THAT(look(id).groups, ::testing::ElementsAre(server.group()));
}

TEST_F(CloudWriteContract, AGroupIsMadeIdempotently) {
    const std::string id = make("makegroup");
    Action group = action(ActionKind::kMakeGroup, id);
    group.value = login("made by us");
    group_made_by_us(group.value);
    const Outcome made = driver.apply(group);
    EXPECT_EQ(made.kind, OutcomeKind::kDone) << made.error.text();
    const Outcome again = driver.apply(group);
    EXPECT_EQ(again.kind, OutcomeKind::kAlreadySo) << again.error.text();
    EXPECT_THAT(driver.probe()->groups, Contains(group.value));
    Action add = action(ActionKind::kAddGroup, id);
    add.value = group.value;
    expect_effective(driver.apply(add), "add");
    EXPECT_THAT(look(id).groups, Contains(group.value));
}

TEST_F(CloudWriteContract, ANameIsSet) {
    const std::string id = make("name");
    Action set = action(ActionKind::kSetName, id);
    set.value = "Анна Contract";
    expect_effective(driver.apply(set), "set");
    EXPECT_EQ(look(id).display_name, "Анна Contract");
}

TEST_F(CloudWriteContract, AMissingGroupIsRefused) {
    const std::string id = make("nogroup");
    Action add = action(ActionKind::kAddGroup, id);
    add.value = login("no-such-group");
    const Outcome outcome = driver.apply(add);
    EXPECT_EQ(outcome.kind, OutcomeKind::kRefused) << outcome.error.text();
    EXPECT_FALSE(outcome.error.what.empty());
    EXPECT_THAT(look(id).groups, ::testing::ElementsAre(server.group()));
}

TEST_F(CloudWriteContract, OddGroupNamesWork) {
    const std::string id = make("oddgroups");
    std::vector<const char*> tails{"a+b", "50%", "two words", "Базовый"};
    if (driver.probe()->product != "ownCloud") {
        tails.emplace_back("a/b");  // of ownCloud's groups such a one cannot be deleted any more
    }
    for (const char* tail : tails) {
        const std::string group = login(tail);
        if (!make_group(group)) {
            ADD_FAILURE() << "the server makes no group '" << group << "'";
            continue;
        }
        Action add = action(ActionKind::kAddGroup, id);
        add.value = group;
        expect_effective(driver.apply(add), tail);
        EXPECT_THAT(look(id).groups, Contains(group));
        Action remove = action(ActionKind::kRemoveGroup, id);
        remove.value = group;
        expect_effective(driver.apply(remove), tail);
        EXPECT_THAT(look(id).groups, Not(Contains(group)));
    }
}

TEST_F(CloudWriteContract, DeleteRemovesAndDeletingAgainIsHarmless) {
    const std::string id = make("delete");
    expect_effective(driver.apply(action(ActionKind::kDelete, id)), "delete");
    EXPECT_TRUE(absent(id));
    EXPECT_EQ(driver.apply(action(ActionKind::kDelete, id)).kind, OutcomeKind::kAlreadySo);
    EXPECT_TRUE(absent(id));
}

TEST_F(CloudContract, LookSaysForCertainThatAnAccountIsNotThere) {
    EXPECT_TRUE(absent(login("nobody")));
}

TEST_F(CloudWriteContract, OddButLegalIdsWork) {
    std::vector<std::string> ids{
        login("MiXed"),
        login("a.b_c-d"),
        login("at@mail.example"),
        login("two words"),
        login("o'brien")};
    if (server.sample() != nullptr) {
        ids.emplace_back("40711");  // has no prefix, so never on somebody's server
    }
    for (const auto& id : ids) {
        const Outcome outcome = create(create_action(id));
        ASSERT_EQ(outcome.kind, OutcomeKind::kDone) << id << ": " << outcome.error.text();
        EXPECT_EQ(look(id).login, id);
        expect_effective(driver.apply(action(ActionKind::kDisable, id)), id.c_str());
        EXPECT_FALSE(look(id).enabled) << id;
        expect_effective(driver.apply(action(ActionKind::kDelete, id)), id.c_str());
        EXPECT_TRUE(absent(id)) << id;
    }
}

TEST_F(CloudWriteContract, AnyLetterCaseFindsTheStoredSpelling) {
    const std::string id = make("SpelledLikeThis");
    const auto info = driver.probe();
    ASSERT_TRUE(info.has_value()) << info.error().text();
    const std::string found = look(login("spelledlikethis")).login;
    EXPECT_EQ(login_key(found), login_key(id));
    if (info->product != "ownCloud") {  // which does not say an account's id
        EXPECT_EQ(found, id);
    }
}

TEST_F(CloudWriteContract, ObserveFindsWhatIsThereWhateverThePages) {
    const std::string id = make("observed");
    const std::string blocked = make("blocked");
    const std::string other = make("observed2");
    expect_effective(driver.apply(action(ActionKind::kDisable, blocked)), "disable");

    const auto whole = driver.observe();
    ASSERT_TRUE(whole.has_value()) << whole.error().text();
    ASSERT_TRUE(whole->complete) << whole->incomplete_reason;
    EXPECT_THAT(whole->groups, Contains(server.group()));
    const auto expect_ours = [&](const ActualSnapshot& snapshot) {
        for (const auto& name : {id, blocked, other}) {
            const auto at = snapshot.accounts.find(login_key(name));
            ASSERT_NE(at, ActualTable::npos) << name;
            const auto account = snapshot.accounts[at];
            EXPECT_EQ(account.login, name);
            EXPECT_EQ(account.quota, Quota::bytes(kGiB));
            EXPECT_EQ(account.email, "contract@mail.example.test");
            EXPECT_EQ(account.enabled, name != blocked);
            EXPECT_THAT(account.groups, Contains(server.group()));
        }
    };
    expect_ours(*whole);

    ObserveOptions options;
    options.page_size = static_cast<std::uint32_t>(whole->accounts.size() / 4 + 2);
    const auto paged = driver.observe(options);
    ASSERT_TRUE(paged.has_value()) << paged.error().text();
    ASSERT_TRUE(paged->complete) << paged->incomplete_reason;
    expect_ours(*paged);
    if (server.sample() != nullptr) {  // nobody else changes it meanwhile
        EXPECT_EQ(paged->accounts.size(), whole->accounts.size());
    }
    EXPECT_NE(paged->accounts.find(paged->own_login), ActualTable::npos);
}

TEST_F(CloudWriteContract, AReadOnlyPortRefusesEveryWrite) {
    const std::string id = make("readonly");
    CloudSettings settings = server.settings();
    settings.read_only = true;
    CloudDriver reader(settings);
    const std::size_t writes = server.sample() == nullptr ? 0 : server.sample()->writes().size();
    for (const ActionKind kind : kAllActionKinds) {
        if (kind == ActionKind::kAdopt) {
            continue;  // makes no call
        }
        Action write =
            kind == ActionKind::kCreate ? create_action(login("readonly2")) : action(kind, id);
        write.quota = Quota::bytes(9 * kGiB);
        write.value = kind == ActionKind::kSetEmail ? "x@mail.example.test" : server.group();
        EXPECT_EQ(reader.apply(write, kPassword).kind, OutcomeKind::kRefused) << to_string(kind);
    }
    if (server.sample() != nullptr) {
        EXPECT_EQ(server.sample()->writes().size(), writes);
    }
    const auto account = look(id);
    EXPECT_TRUE(account.enabled);
    EXPECT_EQ(account.quota, Quota::bytes(kGiB));
    EXPECT_EQ(account.email, "contract@mail.example.test");
    EXPECT_TRUE(absent(login("readonly2")));
}

TEST_F(CloudContract, AWrongPasswordIsTriedOnceOnly) {
    if (!server.may_try_bad_login()) {
        GTEST_SKIP() << "a failed login makes a real server slow for us; BN_CONTRACT_BAD_LOGIN=1 "
                        "allows one";
    }
    CloudSettings settings = server.settings();
    settings.password = Secret("certainly-not-the-password");
    std::size_t before = 0;
    if (server.sample() != nullptr) {
        server.sample()->with([](cloud::World& world) {
            world.profile.counts_every_bad_login = true;
            world.profile.throttle_answers_429 = false;
        });
        server.sample()->with_gate([&](cloud::Gate& gate) {
            before = gate.failed_logins(server.sample()->now().time_since_epoch().count());
        });
    }
    CloudDriver stranger(settings);
    const auto first = stranger.look(login("nobody"));
    ASSERT_FALSE(first.has_value());
    EXPECT_EQ(first.error().move, NextMove::kHuman) << first.error().text();
    const auto second = stranger.look(login("nobody"));
    ASSERT_FALSE(second.has_value());
    EXPECT_FALSE(stranger.observe().has_value());
    if (server.sample() != nullptr) {
        std::size_t after = 0;
        server.sample()->with_gate([&](cloud::Gate& gate) {
            after = gate.failed_logins(server.sample()->now().time_since_epoch().count());
            gate.forget_failed_logins();
        });
        EXPECT_EQ(after - before, 1u);
    }
}

}  // namespace
}  // namespace bn::testing
