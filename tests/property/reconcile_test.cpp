// What must hold for every world: one pass heals everything that may be healed, a second one has
// nothing to do, order plays no part, replay equals state, and strangers are never touched.
#include <set>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "tests/property/model_world.hpp"

namespace bn::testing::reconcile_test {
namespace {

const std::vector<std::string> kGroups = {"admin", "basic", "pro", "family"};
const std::vector<std::string> kStoredGroups = {
    "", "basic", "pro", "2", "0", "99", "gone", "admin"};

Quota any_quota() {
    static const std::vector<std::int64_t> kSizes = {
        0, 1'000'000'000, 5'000'000'000, 5'368'709'120, 107'374'182'400, 1'500'000'000};
    return *rc::gen::element(0, 0, 0, 0, 1) == 1 ? Quota::unlimited()
                                                 : Quota::bytes(*rc::gen::elementOf(kSizes));
}

std::string any_login() {
    // Few, so that clashes, strangers and other letter cases meet.
    return *rc::gen::element<std::string>(
        "user_1", "User_1", "user_2", "user_3", "user_4", "anna", "Anna", "root", "boss", "ldap"
    );
}

ModelItem any_item(std::uint32_t id) {
    ModelItem item;
    item.id = ItemId(id);
    item.login = any_login();
    item.email = *rc::gen::element<std::string>("", "a@example.org", "b@example.org");
    item.display_name = "Client";
    item.group = *rc::gen::elementOf(kStoredGroups);
    item.quota = any_quota();
    item.wanted = *rc::gen::element(
        Wanted::kNothing, Wanted::kEnabled, Wanted::kEnabled, Wanted::kDisabled, Wanted::kAbsent
    );
    item.login_saved = *rc::gen::arbitrary<bool>();
    item.in_progress = *rc::gen::arbitrary<bool>();
    return item;
}

ModelAccount any_account() {
    ModelAccount account;
    account.login = any_login();
    account.email = *rc::gen::element<std::string>("", "A@example.org", "c@example.org");
    account.quota = canonical(any_quota());
    if (*rc::gen::arbitrary<bool>()) {
        account.groups.insert(*rc::gen::elementOf(kGroups));
    }
    if (*rc::gen::arbitrary<bool>()) {
        account.groups.insert("friends");
    }
    account.display_name = *rc::gen::element<std::string>("", "Client", "Somebody");
    account.enabled = *rc::gen::arbitrary<bool>();
    account.has_files = *rc::gen::arbitrary<bool>();
    return account;
}

// What the configuration may ask for beside what was sold.
void any_policies(ModelController& world) {
    DiffOptions& options = world.options.diff;
    options.make_groups = *rc::gen::arbitrary<bool>();
    options.keep_names = *rc::gen::arbitrary<bool>();
    world.cloud.names = options.keep_names;
    options.overdue = *rc::gen::element(Overdue::kDisable, Overdue::kReadOnly);
    if (*rc::gen::arbitrary<bool>()) {
        ServerObserved seen;
        seen.server = ModelController::kServer;
        seen.product = *rc::gen::element<std::string>("Nextcloud", "ownCloud");
        world.record(Event(std::move(seen)));
    }
}

void any_world(ModelController& world) {
    world.cloud.groups = kGroups;
    any_policies(world);
    world.panel.managed_groups = {"2", "99", "admin", "basic", "gone", "pro"};
    const int accounts = *rc::gen::inRange(0, 6);
    for (int i = 0; i < accounts; ++i) {
        const ModelAccount account = any_account();
        if (login_key(account.login) != "root") {
            world.cloud.add(account);
        }
    }
    if (*rc::gen::arbitrary<bool>()) {
        ModelAccount boss;
        boss.login = "boss";
        boss.groups = {"admin", "pro"};
        world.cloud.add(boss);
    }
    if (*rc::gen::arbitrary<bool>()) {
        ModelAccount foreign;
        foreign.login = "ldap";
        foreign.local = false;
        world.cloud.add(foreign);
    }
    const auto items = static_cast<std::uint32_t>(*rc::gen::inRange(0, 7));
    for (std::uint32_t i = 1; i <= items; ++i) {
        world.panel.items[ItemId(i)] = any_item(i);
    }
    world.seed = *rc::gen::inRange(1U, 1000U);
}

// Somebody changes something on either side.
void any_trouble(ModelController& world) {
    const int kind = *rc::gen::inRange(0, 5);
    if (kind == 0 && !world.panel.items.empty()) {
        const auto id = static_cast<std::uint32_t>(*rc::gen::inRange(1, 8));
        const auto found = world.panel.items.find(ItemId(id));
        if (found != world.panel.items.end()) {
            const ModelItem fresh = any_item(id);
            found->second.wanted = fresh.wanted;
            found->second.quota = fresh.quota;
            found->second.group = fresh.group;
            found->second.email = fresh.email;
        }
    } else if (kind == 1) {
        const auto id = static_cast<std::uint32_t>(*rc::gen::inRange(1, 8));
        world.panel.items.erase(ItemId(id));
    } else if (kind == 2) {
        const auto id = static_cast<std::uint32_t>(*rc::gen::inRange(1, 8));
        world.panel.items.try_emplace(ItemId(id), any_item(id));
    } else if (kind == 3) {
        // By hand in the cloud.
        const auto found = world.cloud.accounts.find(login_key(any_login()));
        if (found != world.cloud.accounts.end() && !found->second.groups.contains("admin")) {
            const ModelAccount fresh = any_account();
            found->second.enabled = fresh.enabled;
            found->second.quota = fresh.quota;
            found->second.email = fresh.email;
            found->second.display_name = fresh.display_name;
        }
    } else {
        world.now += std::chrono::hours(24 * *rc::gen::inRange(1, 30));
    }
}

TEST(Reconcile, OnePassReachesAFixpoint) {
    EXPECT_TRUE(rc::check("the second plan is empty and records nothing", [] {
        ModelController world;
        any_world(world);
        const int rounds = *rc::gen::inRange(1, 6);
        for (int round = 0; round < rounds; ++round) {
            any_trouble(world);
            // A gone row becomes a closed one by passes alone; let it.
            for (int i = 0; i < 5; ++i) {
                world.pass();
            }
            const ServerPlan again = world.plan();
            RC_ASSERT(again.stopped.empty());
            RC_ASSERT(again.actions.empty());
            RC_ASSERT(world.observed(again).empty());
            // Whatever still differs is held for a reason that names the item.
            for (const Drift& drift : again.drift) {
                RC_ASSERT(std::any_of(
                    again.held.begin(),
                    again.held.end(),
                    [&](const HeldAction& held) { return held.hold.item == drift.item; }
                ));
            }
        }
    }));
}

TEST(Reconcile, ASinglePassIsEnoughUnlessARowVanished) {
    EXPECT_TRUE(rc::check("plan, apply, plan again: nothing to do", [] {
        ModelController world;
        any_world(world);
        // What is to become readable first takes no files, and works after that; what had no space
        // is disabled first, and has it back after that.
        world.options.diff.overdue = Overdue::kDisable;
        for (auto& [login, account] : world.cloud.accounts) {
            account.quota = account.quota == Quota::bytes(0) ? Quota::bytes(1) : account.quota;
        }
        world.pass();
        RC_ASSERT(world.plan().actions.empty());
    }));
}

TEST(Reconcile, OrderOfInputPlaysNoPart) {
    EXPECT_TRUE(rc::check("shuffled rows and accounts give the same plan", [] {
        ModelController world;
        any_world(world);
        world.pass();
        any_trouble(world);
        const ServerPlan one = world.plan();
        world.seed += 1000;
        const ServerPlan two = world.plan();
        RC_ASSERT(one == two);
        RC_ASSERT(one.canonical_text() == two.canonical_text());
    }));
}

TEST(Reconcile, TheOrderOfGroupsInTheCloudIsNoDrift) {
    ModelController world;
    world.cloud.groups = kGroups;
    world.panel.managed_groups = {"basic", "pro"};
    for (const auto& [login, groups] : std::map<std::string, std::set<std::string>>{
             {"anna", {"family", "pro"}}, {"boris", {"pro"}}, {"clara", {"family"}}}) {
        ModelAccount account;
        account.login = login;
        account.groups = groups;
        world.cloud.add(account);
    }
    ModelItem item;
    item.id = ItemId(1);
    item.login = "anna";
    item.login_saved = true;
    item.group = "basic";
    world.panel.items[item.id] = item;
    const ServerPlan first = world.plan();
    ASSERT_FALSE(first.drift.empty());
    for (world.seed = 2; world.seed < 40; ++world.seed) {
        EXPECT_EQ(world.plan(), first) << world.seed;
    }
}

TEST(Reconcile, ReplayEqualsState) {
    EXPECT_TRUE(rc::check("a fresh ledger fed with the log is the ledger", [] {
        ModelController world;
        any_world(world);
        const int rounds = *rc::gen::inRange(1, 6);
        for (int round = 0; round < rounds; ++round) {
            any_trouble(world);
            world.pass();
        }
        const Ledger replayed = world.replayed();
        RC_ASSERT(replayed == world.ledger);
        RC_ASSERT(replayed.noted() == world.ledger.noted());
        RC_ASSERT(
            replayed.owned_count(ModelController::kServer) ==
            world.ledger.owned_count(ModelController::kServer)
        );
        for (const auto& [id, item] : world.ledger.items()) {
            if (owns(item)) {
                RC_ASSERT(replayed.owner_of(item.server, login_key(item.login)) != nullptr);
            }
        }
    }));
}

TEST(Reconcile, ARestartAtAnyPointChangesNoDecision) {
    EXPECT_TRUE(rc::check("a world that restarts after each event tells the same story", [] {
        ModelController steady;
        any_world(steady);
        ModelController restarted = steady;
        restarted.restarts = true;
        const int rounds = *rc::gen::inRange(1, 5);
        for (int round = 0; round < rounds; ++round) {
            any_trouble(steady);
            restarted.panel = steady.panel;
            restarted.now = steady.now;
            for (const auto& [key, account] : steady.cloud.accounts) {
                restarted.cloud.accounts[key] = account;  // what was changed by hand
            }
            steady.pass();
            restarted.pass();
            RC_ASSERT(steady.log.size() == restarted.log.size());
            for (std::size_t i = 0; i < steady.log.size(); ++i) {
                RC_ASSERT(steady.log[i].event == restarted.log[i].event);
            }
            RC_ASSERT(steady.ledger == restarted.ledger);
        }
    }));
}

TEST(Reconcile, DecidingAgainRecordsNothing) {
    EXPECT_TRUE(rc::check("the events of an observation silence it", [] {
        ModelController world;
        any_world(world);
        world.pass();
        any_trouble(world);
        const ServerPlan plan = world.plan();
        for (Event& event : world.observed(plan)) {
            world.record(std::move(event));
        }
        RC_ASSERT(world.observed(plan).empty());
    }));
}

TEST(Reconcile, StrangersAndAdminsAreNeverTouched) {
    EXPECT_TRUE(rc::check("accounts without an owner keep every field", [] {
        ModelController world;
        any_world(world);
        for (int round = 0; round < 6; ++round) {
            const std::map<std::string, ModelAccount> before = world.cloud.accounts;
            const ServerPlan plan = world.plan();
            std::set<std::string> claimed;
            for (const Action& action : plan.actions) {
                if (action.kind == ActionKind::kAdopt) {
                    RC_ASSERT(world.panel.items.at(action.item).login_saved);
                    claimed.insert(login_key(action.login));
                }
            }
            const Ledger ledger = world.ledger;
            world.pass();
            for (const auto& [key, account] : before) {
                const bool ours = ledger.owner_of(ModelController::kServer, key) != nullptr;
                const bool admin = account.groups.contains("admin") || !account.local;
                if (admin || (!ours && !claimed.contains(key))) {
                    RC_ASSERT(world.cloud.accounts.contains(key));
                    RC_ASSERT(world.cloud.accounts.at(key) == account);
                }
            }
            any_trouble(world);
        }
    }));
}

TEST(Reconcile, NothingIsDeletedBeforeItsRetention) {
    EXPECT_TRUE(rc::check("a delete follows a recorded disable by the whole retention", [] {
        ModelController world;
        any_world(world);
        for (int round = 0; round < 8; ++round) {
            any_trouble(world);
            for (const Action& action : world.plan().actions) {
                if (action.kind == ActionKind::kDelete) {
                    const LedgerItem* item = world.ledger.item(action.item);
                    RC_ASSERT(item != nullptr);
                    RC_ASSERT(item->retained_until.has_value());
                    RC_ASSERT(*item->retained_until <= world.now);
                    RC_ASSERT(!world.cloud.accounts.at(login_key(action.login)).enabled);
                }
            }
            world.pass();
        }
    }));
}

TEST(Reconcile, HalfAReadingDestroysAndCreatesNothing) {
    EXPECT_TRUE(rc::check("an incomplete side allows nothing destructive", [] {
        ModelController world;
        any_world(world);
        for (int i = 0; i < 3; ++i) {
            world.pass();
            any_trouble(world);
        }
        const bool panel = *rc::gen::arbitrary<bool>();
        world.panel.complete = !panel;
        world.cloud.complete = panel;
        const ServerPlan plan = world.plan();
        RC_ASSERT(plan.destructive_count() == 0U);
        RC_ASSERT(panel || plan.count(ActionKind::kCreate) == 0U);
        RC_ASSERT(world.observed(plan).empty());
    }));
}

TEST(Reconcile, PoliciesOnlyTakeAway) {
    EXPECT_TRUE(rc::check("a stricter policy's actions are a part of a laxer one's", [] {
        ModelController world;
        any_world(world);
        world.pass();
        any_trouble(world);
        std::vector<std::size_t> sizes;
        for (const Policy policy :
             {Policy::kObserve, Policy::kCreateOnly, Policy::kUpsertOnly, Policy::kSync}) {
            world.options.policy = policy;
            const ServerPlan plan = world.plan();
            sizes.push_back(plan.actions.size());
            for (const Action& action : plan.actions) {
                RC_ASSERT(policy == Policy::kSync || !action.closing);
            }
        }
        RC_ASSERT(sizes.front() == 0U);
        RC_ASSERT(std::is_sorted(sizes.begin(), sizes.end()));
    }));
}

}  // namespace
}  // namespace bn::testing::reconcile_test
