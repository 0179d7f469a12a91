// Runs lifecycle.yaml: one test a scenario.
#include <gtest/gtest.h>
#include <yaml-cpp/yaml.h>

#include "tests/property/model_world.hpp"
#include "tests/support/places/places.hpp"

namespace bn::testing::lifecycle_test {
namespace {

const ItemId kItem{7};

Wanted wanted_of(const std::string& text) {
    for (const Wanted wanted :
         {Wanted::kNothing, Wanted::kEnabled, Wanted::kDisabled, Wanted::kAbsent}) {
        if (to_string(wanted) == text) {
            return wanted;
        }
    }
    throw std::invalid_argument("no such state: " + text);
}

// Texts that a step must name; an absent list is an empty one.
std::vector<std::string> list_of(const YAML::Node& node) {
    return node ? node.as<std::vector<std::string>>() : std::vector<std::string>{};
}

void change_item(ModelController& world, const YAML::Node& changes) {
    ModelItem& item = world.panel.items[kItem];
    item.id = kItem;
    for (const auto& change : changes) {
        const auto key = change.first.as<std::string>();
        const auto value = change.second.as<std::string>();
        if (key == "login") {
            item.login = value;
        } else if (key == "wanted") {
            item.wanted = wanted_of(value);
        } else if (key == "quota") {
            item.quota = parse_cloud_text(value).value();
        } else if (key == "group") {
            item.group = value;
        } else if (key == "email") {
            item.email = value;
        } else if (key == "saved") {
            item.login_saved = value == "true";
        } else if (key == "in_progress") {
            item.in_progress = value == "true";
        } else if (key == "understood") {
            item.understood = value == "true";
        } else {
            throw std::invalid_argument("no such key of an item: " + key);
        }
    }
}

void change_cloud(ModelController& world, const YAML::Node& changes) {
    const std::string login = changes["login"] ? changes["login"].as<std::string>() : "user_7";
    if (changes["removed"]) {
        world.cloud.accounts.erase(login_key(login));
        return;
    }
    if (!world.cloud.accounts.contains(login_key(login))) {
        ModelAccount fresh;
        fresh.login = login;
        fresh.quota = Quota::unlimited();
        world.cloud.add(fresh);
    }
    ModelAccount& account = world.cloud.accounts.at(login_key(login));
    if (changes["enabled"]) {
        account.enabled = changes["enabled"].as<bool>();
    }
    if (changes["quota"]) {
        account.quota = parse_cloud_text(changes["quota"].as<std::string>()).value();
    }
    for (const std::string& group : list_of(changes["groups"])) {
        account.groups.insert(group);
    }
}

void expect_account(const ModelController& world, const YAML::Node& step) {
    if (!step["then"]) {
        return;
    }
    const auto found = world.cloud.accounts.find("user_7");
    const bool there = found != world.cloud.accounts.end();
    const std::string state = !there ? "missing" : found->second.enabled ? "enabled" : "disabled";
    EXPECT_EQ(state, step["then"].as<std::string>());
    if (there && step["quota"]) {
        EXPECT_EQ(found->second.quota, parse_cloud_text(step["quota"].as<std::string>()));
    }
    if (there && step["groups"]) {
        const std::vector<std::string> groups(
            found->second.groups.begin(), found->second.groups.end()
        );
        EXPECT_EQ(groups, list_of(step["groups"]));
    }
}

void run_step(ModelController& world, const YAML::Node& step) {
    if (step["item"]) {
        change_item(world, step["item"]);
    }
    if (step["other_item"]) {
        // Keeps the panel from looking empty.
        ModelItem other;
        other.id = ItemId(1);
        other.login = "other";
        other.wanted = Wanted::kNothing;
        world.panel.items[other.id] = other;
    }
    if (step["gone"]) {
        world.panel.items.erase(kItem);
    }
    if (step["cloud"]) {
        change_cloud(world, step["cloud"]);
    }
    if (step["days"]) {
        world.watch(step["days"].as<int>());
    }
    if (step["unwatched_days"]) {
        world.now += std::chrono::hours(24 * step["unwatched_days"].as<int>());
    }
    const int passes = step["passes"] ? step["passes"].as<int>() : 1;
    for (int i = 0; i < passes; ++i) {
        const ServerPlan plan = world.pass();
        std::vector<std::string> actions;
        std::vector<std::string> holds;
        for (const Action& action : plan.actions) {
            actions.emplace_back(to_string(action.kind));
            EXPECT_FALSE(action.reason.empty());
        }
        for (const HeldAction& held : plan.held) {
            holds.emplace_back(to_string(held.hold.code));
            EXPECT_FALSE(held.hold.remedy.empty());
        }
        EXPECT_EQ(actions, list_of(step["actions"]));
        EXPECT_EQ(holds, list_of(step["holds"]));
    }
    expect_account(world, step);
    EXPECT_TRUE(step["passes"] || world.plan().actions.empty()) << "a second pass has work to do";
    EXPECT_EQ(world.replayed(), world.ledger);
}

std::vector<YAML::Node> scenarios() {
    std::vector<YAML::Node> all;
    for (const YAML::Node& node : YAML::LoadFile(source_dir("/tests/scenario/lifecycle.yaml"))) {
        all.push_back(node);
    }
    return all;
}

TEST(LifeCycle, Scenarios) {
    const std::vector<YAML::Node> all = scenarios();
    ASSERT_GE(all.size(), 12U);
    for (const YAML::Node& scenario : all) {
        SCOPED_TRACE(scenario["name"].as<std::string>());
        ModelController world;
        world.cloud.groups = {"admin", "basic", "pro"};
        world.panel.managed_groups = {"0", "basic", "pro"};
        int number = 0;
        for (const YAML::Node& step : scenario["steps"]) {
            SCOPED_TRACE("step " + std::to_string(++number));
            run_step(world, step);
        }
    }
}

}  // namespace
}  // namespace bn::testing::lifecycle_test
