// What is pending, what was saved, in which unit usage is billed: on an SQLite panel.
#include <unistd.h>

#include <filesystem>
#include <set>

#include <gtest/gtest.h>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/quota_rule.hpp"
#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::bm_reader::item_reads_test {
namespace {

namespace fs = std::filesystem;
using testing::ChildSpec;
using testing::FakePanel;
using testing::Id;
using testing::ItemSpec;
using testing::ResourceSpec;

constexpr std::int64_t kMib = 1LL << 20;
constexpr std::int64_t kGib = 1LL << 30;

class ItemReads : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "bn-reads-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        panel_.emplace(FakePanel::create_sqlite((folder_ / "panel.db").string()));
        server_ = panel_->add_server({});
        tariff_ = panel_->add_tariff({});
        settings_.kind = DatabaseKind::kSqlite;
        settings_.sqlite_file = (folder_ / "panel.db").string();
    }

    void TearDown() override {
        panel_.reset();
        fs::remove_all(folder_);
    }

    Id item(std::int64_t status = 2, std::optional<Id> tariff = {}) {
        ItemSpec spec;
        spec.tariff = tariff.value_or(tariff_);
        spec.server = server_;
        spec.status = status;
        return panel_->add_item(spec);
    }

    Id tariff_with(const ResourceSpec& resource) {
        const Id tariff = panel_->add_bare_tariff("T");
        panel_->add_resource(tariff, resource);
        return tariff;
    }

    std::map<std::uint32_t, UsageMeasure> usage() {
        auto found = make_panel_source(settings_)->usage_measures();
        EXPECT_TRUE(found) << (found ? "" : found.error().text());
        std::map<std::uint32_t, UsageMeasure> by_item;
        for (UsageMeasure& measure : *found) {
            by_item.emplace(measure.item.value, std::move(measure));
        }
        EXPECT_EQ(by_item.size(), found->size());
        return by_item;
    }

    UsageMeasure usage_of(Id id) { return usage()[id]; }

    std::uint32_t measure_id(const std::string& intname) {
        const auto id = panel_->value("SELECT id FROM measure WHERE intname = '" + intname + "'");
        return static_cast<std::uint32_t>(std::stoul(id.value_or("0")));
    }

    fs::path folder_;
    std::optional<FakePanel> panel_;
    Id server_ = 0;
    Id tariff_ = 0;
    PanelSettings settings_;
};

TEST(PendingOperations, AreTheSameWhenTriedOnceMore) {
    PendingOperation first;
    first.id = 3;
    first.item = ItemId(7);
    first.command = "open";
    PendingOperation again = first;
    again.trycount = 9;
    again.manual = true;
    again.has_task = true;
    again.last_tariff = 4;
    again.itemtype = "backupservice";
    EXPECT_EQ(first, again);
    std::set<PendingOperation> known{first};
    EXPECT_TRUE(known.contains(again));
    for (const int which : {0, 1, 2}) {
        PendingOperation other = first;
        which == 0 ? ++other.id : which == 1 ? ++other.item.value : (other.command = "close", 0U);
        EXPECT_NE(first, other);
        EXPECT_TRUE((first < other) != (other < first));
        EXPECT_FALSE(known.contains(other));
    }
}

TEST_F(ItemReads, AnOperationWithAllThatThePanelKnows) {
    const Id bigger = panel_->add_tariff({});
    const Id id = item();
    panel_->change_tariff(id, bigger);
    panel_->exec("UPDATE runningoperation SET trycount = 3, manual = 'on'");
    auto source = make_panel_source(settings_);
    auto pending = source->pending_operations();
    ASSERT_TRUE(pending) << pending.error().text();
    ASSERT_EQ(pending->size(), 1U);
    const PendingOperation& operation = pending->front();
    EXPECT_EQ(operation.item.value, id);
    EXPECT_EQ(operation.command, "setparam");
    EXPECT_EQ(operation.trycount, 3U);
    EXPECT_TRUE(operation.manual);
    EXPECT_EQ(operation.last_tariff, tariff_);
    EXPECT_EQ(
        operation.itemtype,
        panel_->value(
            "SELECT t.intname FROM itemtype t JOIN pricelist p ON p.itemtype = t.id "
            "WHERE p.id = " +
            std::to_string(bigger)
        )
    );
    EXPECT_FALSE(operation.itemtype.empty());
    EXPECT_FALSE(operation.has_task);

    const std::string ro = std::to_string(operation.id);
    panel_->exec(
        "INSERT INTO task (id, item, status, runningoperation) VALUES (1, 1, 2, " + ro + ")"
    );
    EXPECT_FALSE(source->pending_operations()->front().has_task) << "a closed task";
    panel_->exec(
        "INSERT INTO task (id, item, status, runningoperation) VALUES (2, 1, 1, " + ro + ")"
    );
    EXPECT_TRUE(source->pending_operations()->front().has_task);
}

TEST_F(ItemReads, AChangedSchemaIsLearntAnew) {
    const Id id = item();
    panel_->suspend(id);
    panel_->exec("UPDATE runningoperation SET trycount = 5");
    auto source = make_panel_source(settings_);
    EXPECT_EQ(source->pending_operations()->front().trycount, 5U);
    panel_->exec("ALTER TABLE runningoperation DROP COLUMN trycount");
    panel_->exec("DROP TABLE task");
    const auto pending = source->pending_operations();
    ASSERT_TRUE(pending) << pending.error().text();
    EXPECT_EQ(pending->front().trycount, 0U);
    EXPECT_EQ(pending->front().command, "suspend");
    // What is really needed and is not there is still an error, and no endless loop.
    panel_->exec("ALTER TABLE runningoperation DROP COLUMN intname");
    const auto broken = source->pending_operations();
    ASSERT_FALSE(broken);
    EXPECT_EQ(broken.error().code, "panel.schema");
}

TEST_F(ItemReads, StrangeCountsAreBounded) {
    const Id id = item();
    panel_->suspend(id);
    for (const auto& [stored, expected] : std::map<std::string, std::uint32_t>{
             {"-4", 0}, {"NULL", 0}, {"'many'", 0}, {"99999999999", 4294967295U}}) {
        panel_->exec("DROP TABLE IF EXISTS odd");
        panel_->exec("ALTER TABLE runningoperation RENAME TO old_operations");
        panel_->exec(
            "CREATE TABLE runningoperation AS SELECT id, item, intname, " + stored +
            " AS trycount, manual FROM old_operations"
        );
        const auto pending = make_panel_source(settings_)->pending_operations();
        ASSERT_TRUE(pending) << pending.error().text();
        EXPECT_EQ(pending->front().trycount, expected) << stored;
        panel_->exec("DROP TABLE runningoperation");
        panel_->exec("ALTER TABLE old_operations RENAME TO runningoperation");
    }
}

TEST_F(ItemReads, WhatWasSavedForAnItem) {
    const std::string pem = (folder_ / "key.pem").string();
    const std::string other_pem = (folder_ / "other.pem").string();
    testing::write_panel_key(pem);
    testing::write_panel_key(other_pem);
    const Id id = item(3);
    panel_->resume(id);
    panel_->set_item(id, "lastpricelist", std::to_string(tariff_));
    panel_->set_param(id, "username", "user_1");
    panel_->set_param(id, "url", "");
    const auto crypted = [&](const std::string& name, const std::string& value) {
        panel_->exec(
            "INSERT INTO itemcryptedparam (item, intname, value) VALUES (" + std::to_string(id) +
            ", '" + name + "', '" + value + "')"
        );
    };
    crypted("userpassword", testing::crypt_param(pem, "Pa'ss\xC3\xA9"));
    crypted("foreign", testing::crypt_param(other_pem, "x"));
    crypted("broken", "***");
    const Id other = item();
    panel_->set_param(other, "username", "user_2");

    settings_.crypt_key_file = pem;
    auto saved = make_panel_source(settings_)->saved_params(ItemId(id));
    ASSERT_TRUE(saved) << saved.error().text();
    EXPECT_TRUE(saved->exists);
    EXPECT_EQ(saved->status, 5);
    EXPECT_EQ(saved->last_tariff, tariff_);
    EXPECT_EQ(saved->operations.size(), 1U);
    ASSERT_EQ(saved->plain.size(), 2U);
    EXPECT_EQ(saved->plain.at("username").reveal(), "user_1");
    EXPECT_EQ(saved->plain.at("url").reveal(), "");
    ASSERT_EQ(saved->crypted.size(), 3U);
    ASSERT_TRUE(saved->crypted.at("userpassword").has_value());
    EXPECT_EQ(saved->crypted.at("userpassword")->reveal(), "Pa'ss\xC3\xA9");
    EXPECT_FALSE(saved->crypted.at("foreign").has_value());
    EXPECT_FALSE(saved->crypted.at("broken").has_value());

    for (const std::string& key : {std::string(), (folder_ / "missing.pem").string()}) {
        settings_.crypt_key_file = key;
        saved = make_panel_source(settings_)->saved_params(ItemId(id));
        ASSERT_TRUE(saved) << saved.error().text();
        EXPECT_FALSE(saved->crypted.at("userpassword").has_value());
    }
    saved = make_panel_source(settings_)->saved_params(ItemId(4711));
    ASSERT_TRUE(saved);
    EXPECT_FALSE(saved->exists || saved->status || !saved->plain.empty());
}

TEST_F(ItemReads, UsageIsBilledInTheResourcesOwnNameAndUnit) {
    ResourceSpec mib;
    mib.intname = "disc";
    mib.measure = "mib";
    ResourceSpec named_by_type;
    named_by_type.intname = "";
    named_by_type.itemtype = "disk";
    const Id plain = item();
    const Id suspended = item(3, tariff_with(mib));
    const Id by_type = item(2, tariff_with(named_by_type));
    const Id bare = item(2, panel_->add_bare_tariff("no disk"));
    std::set<std::uint32_t> expected{plain, suspended, by_type, bare};
    for (const std::int64_t status : {1, 4, 5}) {
        item(status);
    }
    const auto found = usage();
    std::set<std::uint32_t> items;
    for (const auto& [id, measure] : found) {
        items.insert(id);
        EXPECT_EQ(measure.server.value, server_);
        EXPECT_EQ(measure.problem, "");
    }
    EXPECT_EQ(items, expected);
    EXPECT_EQ(found.at(plain).param, "disk");
    EXPECT_EQ(found.at(plain).bytes_per_unit, kGib);
    EXPECT_EQ(found.at(plain).measure, measure_id("gib"));
    EXPECT_EQ(found.at(suspended).param, "disc");
    EXPECT_EQ(found.at(suspended).bytes_per_unit, kMib);
    EXPECT_EQ(found.at(by_type).param, "disk");
    EXPECT_TRUE(found.at(by_type).has_addon);
    EXPECT_FALSE(found.at(bare).has_addon);
}

TEST_F(ItemReads, WhichResourceCountsForUsage) {
    // Switched off: only for who ordered it.
    ResourceSpec off;
    off.active = false;
    const Id tariff = tariff_with(off);
    const Id without = item(2, tariff);
    const Id with = item(2, tariff);
    panel_->add_child(with, panel_->disk_of(tariff), ChildSpec{});
    auto found = usage();
    EXPECT_FALSE(found.at(without).has_addon);
    EXPECT_TRUE(found.at(with).has_addon);

    // Two of them: the one that is billed by statistics.
    ResourceSpec ordered;
    ResourceSpec statistics;
    statistics.intname = "disc";
    statistics.measure = "mib";
    statistics.billtype = 3;
    const Id both = panel_->add_bare_tariff("both");
    panel_->add_resource(both, ordered);
    panel_->add_resource(both, statistics);
    const Id id = item(2, both);
    EXPECT_EQ(usage_of(id).param, "disc");
    EXPECT_EQ(usage_of(id).bytes_per_unit, kMib);
}

TEST_F(ItemReads, AUnitThatIsNoBytesIsAProblemOfItsItem) {
    ResourceSpec none;
    none.measure = "";
    ResourceSpec boolean;
    boolean.addontype = 1;
    const Id unit_less = item(2, tariff_with(none));
    const Id yes_no = item(2, tariff_with(boolean));
    panel_->exec(
        "INSERT INTO measure (id, intname, lessmeasure, relation) VALUES (90, 'block', 91, 3), "
        "(91, 'nothing', NULL, NULL)"
    );
    ResourceSpec block;
    block.measure = "block";
    const Id lost = item(2, tariff_with(block));
    const Id fine = item();
    const auto found = usage();
    for (const Id id : {unit_less, yes_no, lost}) {
        EXPECT_TRUE(found.at(id).has_addon);
        EXPECT_NE(found.at(id).problem, "") << id;
        EXPECT_EQ(found.at(id).bytes_per_unit, 0);
        EXPECT_EQ(found.at(id).measure, 0U);
    }
    EXPECT_EQ(found.at(fine).problem, "");
    EXPECT_EQ(found.at(fine).bytes_per_unit, kGib);
}

TEST_F(ItemReads, AModuleNameThatIsNoneIsRefused) {
    settings_.module = "x' OR 'a'='a";
    auto source = make_panel_source(settings_);
    EXPECT_EQ(source->pending_operations().error().code, "panel.settings");
    EXPECT_EQ(source->saved_params(ItemId(1)).error().code, "panel.settings");
    EXPECT_EQ(source->usage_measures().error().code, "panel.settings");
}

}  // namespace
}  // namespace bn::bm_reader::item_reads_test
