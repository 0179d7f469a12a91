#include <unistd.h>

#include <algorithm>
#include <filesystem>

#include <gtest/gtest.h>

#include "bm_reader/counted_rows.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"
#include "bm_reader/snapshot_reader.hpp"
#include "tests/fakes/panel/sample.hpp"

namespace bn::bm_reader::snapshot_test {
namespace {

namespace fs = std::filesystem;
using testing::ChildSpec;
using testing::FakePanel;
using testing::Id;
using testing::InProgress;
using testing::ItemSpec;

constexpr std::int64_t kGib = 1LL << 30;

// A panel with one server and one tariff of 10 GiB.
class Snapshot : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern = (fs::temp_directory_path() / "bn-panel-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        folder_ = pattern;
        file_ = (folder_ / "panel.db").string();
        panel_.emplace(FakePanel::create_sqlite(file_));
        server_ = panel_->add_server({});
        tariff_ = panel_->add_tariff({});
        settings_.kind = DatabaseKind::kSqlite;
        settings_.sqlite_file = file_;
    }

    void TearDown() override {
        panel_.reset();
        fs::remove_all(folder_);
    }

    Id item(std::int64_t status = 2) {
        ItemSpec spec;
        spec.tariff = tariff_;
        spec.server = server_;
        spec.status = status;
        return panel_->add_item(spec);
    }

    const DesiredSnapshot& read() {
        auto snapshot = make_panel_source(settings_)->read(Time(Duration(1000)));
        EXPECT_TRUE(snapshot) << (snapshot ? "" : snapshot.error().text());
        snapshot_ = snapshot ? std::move(*snapshot) : DesiredSnapshot();
        EXPECT_EQ(snapshot_.taken_at, Time(Duration(1000)));
        return snapshot_;
    }

    // After read(): the item's account; its item is 0 when there is none.
    DesiredAccount account(Id id) {
        for (const DesiredServer& server : snapshot_.servers) {
            const std::size_t at = server.accounts.find(ItemId(id));
            if (at != DesiredTable::npos) {
                return server.accounts[at];
            }
        }
        return {};
    }

    std::vector<HoldCode> holds(Id id) {
        std::vector<HoldCode> codes;
        for (const Hold& hold : snapshot_.holds) {
            if (hold.item == ItemId(id)) {
                EXPECT_FALSE(hold.where.empty() || hold.detail.empty() || hold.remedy.empty());
                codes.push_back(hold.code);
            }
        }
        return codes;
    }

    void expect_held(Id id, HoldCode code) {
        read();
        EXPECT_EQ(holds(id), std::vector{code}) << to_string(code);
        EXPECT_TRUE(account(id).item.value == 0 || account(id).held);
        EXPECT_TRUE(snapshot_.has_row(ItemId(id)));
    }

    fs::path folder_;
    std::string file_;
    std::optional<FakePanel> panel_;
    Id server_ = 0;
    Id tariff_ = 0;
    PanelSettings settings_;
    DesiredSnapshot snapshot_;
};

TEST_F(Snapshot, OneServiceWhole) {
    panel_->set_group(tariff_, " pro ");
    const Id account_id = panel_->add_account("x");
    panel_->add_user(account_id, "off@x.by", "Off", false);
    panel_->add_user(account_id, "Anna@X.by", "Anna K", true);
    panel_->add_user(account_id, "second@x.by", "Second", true);
    const Id id = item();
    panel_->set_item(id, "account", std::to_string(account_id));
    panel_->set_param(id, "username", "Anna");
    panel_->set_param(id, "url", "https://x");
    ChildSpec more;
    more.intvalue = 5;
    panel_->add_child(id, panel_->disk_of(tariff_), more);
    read();
    EXPECT_TRUE(snapshot_.complete);
    EXPECT_TRUE(snapshot_.holds.empty());
    ASSERT_EQ(snapshot_.servers.size(), 1U);
    const DesiredServer& server = snapshot_.servers[0];
    EXPECT_EQ(server.base_url, "https://cloud.example.com");
    EXPECT_EQ(server.login, "admin");
    EXPECT_EQ(server.password.reveal(), "secret");
    EXPECT_EQ(server.problem, "");
    EXPECT_EQ(server.managed_groups, std::vector<std::string>{"pro"});
    const DesiredAccount a = account(id);
    EXPECT_EQ(a.login, "Anna");
    EXPECT_TRUE(a.login_saved);
    EXPECT_EQ(a.client, account_id);
    EXPECT_EQ(a.email, "anna@x.by");
    EXPECT_EQ(a.display_name, "Anna K");
    EXPECT_EQ(a.group, "pro");
    EXPECT_EQ(a.quota, Quota::bytes(15 * kGib));
    EXPECT_EQ(a.wanted, Wanted::kEnabled);
    EXPECT_FALSE(a.in_progress);
}

TEST_F(Snapshot, LifeInBothVariants) {
    for (const InProgress variant : {InProgress::kStatus5, InProgress::kOperationOnly}) {
        panel_->in_progress = variant;
        const Id client = panel_->add_client("a@x.by", "A");
        const Id other = panel_->add_tariff({.name = "Big", .disk_gib = 50});
        panel_->skip_ids(7);
        const Id id = panel_->order(client, tariff_);
        const auto expect = [&](Wanted wanted, bool in_progress) {
            read();
            EXPECT_EQ(account(id).wanted, wanted);
            EXPECT_EQ(account(id).in_progress, in_progress);
            EXPECT_TRUE(holds(id).empty());
        };
        read();
        EXPECT_EQ(account(id).item.value, 0U);  // no server yet
        EXPECT_TRUE(snapshot_.has_row(ItemId(id)));
        panel_->pay(id, server_);
        expect(Wanted::kEnabled, true);
        EXPECT_EQ(account(id).login, "user_" + std::to_string(id));
        EXPECT_FALSE(account(id).login_saved);
        panel_->finish(id);
        expect(Wanted::kEnabled, false);
        EXPECT_TRUE(account(id).login_saved);
        panel_->change_tariff(id, other);
        expect(Wanted::kEnabled, true);
        EXPECT_EQ(account(id).quota, Quota::bytes(50 * kGib));
        panel_->finish(id);
        panel_->order_more(id, 3);
        expect(Wanted::kEnabled, true);
        EXPECT_EQ(account(id).quota, Quota::bytes(53 * kGib));
        panel_->finish(id);
        panel_->suspend(id);
        expect(Wanted::kDisabled, true);
        panel_->fail(id);
        expect(Wanted::kDisabled, true);
        panel_->finish(id);
        expect(Wanted::kDisabled, false);
        panel_->resume(id);
        expect(Wanted::kEnabled, true);
        panel_->finish(id);
        panel_->close(id);
        expect(Wanted::kAbsent, true);
        panel_->finish(id);
        expect(Wanted::kAbsent, false);
        panel_->remove(id);
        EXPECT_FALSE(read().has_row(ItemId(id)));
    }
}

// An order form can set the param: it proves an account only once the opening has ended.
TEST_F(Snapshot, ASavedUsernameCountsOnlyAfterTheOpening) {
    for (const InProgress variant : {InProgress::kStatus5, InProgress::kOperationOnly}) {
        panel_->in_progress = variant;
        const Id id = panel_->order(panel_->add_client("a@x.by", "A"), tariff_);
        panel_->set_param(id, "username", "director");
        panel_->pay(id, server_);
        const auto expect = [&](bool saved) {
            read();
            EXPECT_EQ(account(id).login_saved, saved);
        };
        expect(false);
        EXPECT_EQ(account(id).login, "director");
        panel_->close(id);  // given up before it was opened: the open is still pending
        expect(false);
        panel_->delete_rows("runningoperation", "intname = 'close'");
        panel_->set_item(id, "status", variant == InProgress::kStatus5 ? "5" : "1");
        panel_->finish(id);
        expect(true);
        panel_->suspend(id);
        expect(true);
        panel_->finish(id);
        panel_->begin_operation(id, "reopen");
        panel_->set_item(id, "status", "5");
        expect(false);
    }
}

// Its account may still stand in the cloud, and comes back if it is ours; the saved username proves
// nothing of it.
TEST_F(Snapshot, AClosedServiceThatIsBoughtBackWantsItsAccount) {
    panel_->in_progress = InProgress::kOperationOnly;
    const Id id = item(4);
    panel_->set_param(id, "username", "anna");
    panel_->begin_operation(id, "reopen");
    read();
    EXPECT_TRUE(holds(id).empty());
    EXPECT_EQ(account(id).wanted, Wanted::kEnabled);
    EXPECT_TRUE(account(id).in_progress);
    EXPECT_FALSE(account(id).login_saved);
    EXPECT_EQ(account(id).quota, Quota::bytes(10 * kGib));
}

TEST_F(Snapshot, BrokenRowsHoldOnlyTheirItem) {
    const Id good = item();

    struct Case {
        const char* column;
        const char* value;
        HoldCode code;
    };

    const Case cases[] = {
        {"pricelist", "NULL", HoldCode::kNoTariff},
        {"pricelist", "777", HoldCode::kDanglingReference},
        {"pricelist", "-4", HoldCode::kDanglingReference},
        {"pricelist", "'x'", HoldCode::kDanglingReference},
        {"processingmodule", "777", HoldCode::kDanglingReference},
        {"processingmodule", "NULL", HoldCode::kNoServer},
        {"status", "9", HoldCode::kUnknownStatus},
        {"status", "5", HoldCode::kUnknownStatus},
        {"status", "'on'", HoldCode::kUnknownStatus},
        {"period", "'soon'", HoldCode::kBadNumber},
    };
    for (const Case& c : cases) {
        const Id id = item();
        panel_->set_item(id, c.column, c.value);
        SCOPED_TRACE(std::string(c.column) + " = " + c.value);
        expect_held(id, c.code);
        EXPECT_TRUE(holds(good).empty());
        EXPECT_EQ(account(good).quota, Quota::bytes(10 * kGib));
        EXPECT_TRUE(snapshot_.complete);
        panel_->remove(id);
    }
}

TEST_F(Snapshot, BadLoginsHold) {
    const Id id = item();
    for (const std::string& login :
         {std::string("a/b"), std::string(300, 'x'), std::string("Анна")}) {
        panel_->set_param(id, "username", login);
        expect_held(id, HoldCode::kBadLogin);
    }
    panel_->exec("UPDATE itemparam SET value = X'61FF62'");
    expect_held(id, HoldCode::kBadLogin);
    panel_->exec("UPDATE itemparam SET value = NULL");
    read();
    EXPECT_EQ(account(id).login, "user_" + std::to_string(id));
    settings_.login_template = "{account}/{item}";
    expect_held(id, HoldCode::kBadLogin);
}

// A pending close of such a service can never end by itself: somebody has to be told.
TEST_F(Snapshot, ABadLoginHoldsAnItemThatWantsNoAccountWhileAnOperationIsPending) {
    panel_->in_progress = InProgress::kOperationOnly;
    const Id id = item();
    panel_->set_param(id, "username", "a/b");
    panel_->begin_operation(id, "close");
    expect_held(id, HoldCode::kBadLogin);
    panel_->delete_rows("runningoperation", "intname = 'close'");
    panel_->set_item(id, "status", "4");
    read();
    EXPECT_TRUE(holds(id).empty());
    EXPECT_EQ(account(id).item.value, 0U);
    panel_->begin_operation(id, "reboot");
    read();
    EXPECT_TRUE(holds(id).empty());
}

TEST_F(Snapshot, RowsOfOneLoginStandSideBySide) {
    const Id a = item();
    const Id b = item();
    const Id closed = item(4);
    panel_->set_param(a, "username", "Bob");
    panel_->set_param(b, "username", "bob");
    panel_->set_param(closed, "username", "bob");
    read();
    EXPECT_TRUE(snapshot_.holds.empty()) << "who has the login is for the plan to say";
    const DesiredTable& rows = snapshot_.servers.at(0).accounts;
    ASSERT_EQ(rows.size(), 3U);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(rows.key(i), "bob");
    }
    EXPECT_EQ(rows.record(0).item, ItemId(a));
    EXPECT_EQ(rows.record(2).item, ItemId(closed));
}

// What a client can type proves nothing: the panel's status or its opening date does.
// They name an account all the same: what closes or deletes asks them.
TEST_F(Snapshot, RowsOnNoServerAndWithABadLoginClaimWhatTheyName) {
    item(1);  // a tariff of ours
    bool held = false;
    const auto claimed = [&](const char* status, const char* module, const char* username) {
        const Id id = item(1);
        panel_->set_item(id, "status", status);
        if (module != nullptr) {
            panel_->set_item(id, "processingmodule", module);
        }
        panel_->set_param(id, "username", username);
        read();
        const std::size_t at = snapshot_.claims.find("user_101");
        const bool found =
            at != DesiredTable::npos && snapshot_.claims.record(at).item == ItemId(id);
        held = found && (snapshot_.claims.record(at).flags & DesiredTable::kHeld) != 0;
        panel_->delete_rows("item", "id = " + std::to_string(id));
        return found;
    };
    for (const bool understood : {true, false}) {
        const char* const status = understood ? "2" : "9";
        for (const char* module : {"NULL", "777"}) {
            EXPECT_TRUE(claimed(status, module, "USER_101")) << module;
            EXPECT_EQ(held, !understood);
        }
        for (const char* login :
             {"user_101 ", " user_101", "user_101\t", "user_101;", "\u00a0user_101\u200b"}) {
            EXPECT_TRUE(claimed(status, nullptr, login)) << "'" << login << "'";
            EXPECT_EQ(held, !understood);
        }
    }
    EXPECT_FALSE(claimed("2", nullptr, "user_101")) << "it stands in its server's table";
}

TEST_F(Snapshot, ClosedRowsThatCanStandInNoTableAreNamed) {
    item(1);  // a tariff of ours
    const auto closed = [&](const char* status, const char* module, const char* username) {
        const Id id = item(1);
        panel_->set_item(id, "status", status);
        panel_->set_item(id, "account", "17");
        if (module != nullptr) {
            panel_->set_item(id, "processingmodule", module);
        }
        panel_->set_param(id, "username", username);
        read();
        const ClosedRow* row = snapshot_.closed_row(ItemId(id));
        EXPECT_EQ(row != nullptr, snapshot_.closed.size() == 1);
        EXPECT_TRUE(row == nullptr || (row->client == 17 && !row->opened)) << "it has no date";
        panel_->delete_rows("item", "id = " + std::to_string(id));
        return row != nullptr;
    };
    for (const char* status : {"2", "9", "4"}) {
        const bool is = *status == '4';
        EXPECT_EQ(closed(status, "NULL", "user_101"), is) << status;
        EXPECT_EQ(closed(status, "777", "user_101"), is) << status;
        EXPECT_EQ(closed(status, nullptr, "user_101 "), is) << status;
        EXPECT_EQ(closed(status, nullptr, "user:101"), is) << status;
        EXPECT_FALSE(closed(status, nullptr, "user_101")) << "it stands in its server's table";
    }
}

// Who took the module out of a service may have taken its tariff as well.
TEST_F(Snapshot, RowsOnNoServerNeedNoTariffOfOurs) {
    for (const char* tariff : {"NULL", "9999"}) {
        const Id closed = item(4);
        const Id living = item(2);
        for (const Id id : {closed, living}) {
            panel_->set_item(id, "processingmodule", "NULL");
            panel_->set_item(id, "pricelist", tariff);
            panel_->set_param(id, "username", "user_101");
        }
        read();
        EXPECT_NE(snapshot_.closed_row(ItemId(closed)), nullptr) << tariff;
        EXPECT_EQ(snapshot_.closed_row(ItemId(living)), nullptr) << tariff;
        const DesiredTable& claims = snapshot_.foreign_claims;
        const std::size_t at = claims.find("user_101");
        ASSERT_NE(at, DesiredTable::npos) << tariff;
        EXPECT_EQ(claims.record(at).item, ItemId(living)) << tariff;
        EXPECT_EQ(claims.size(), 1U) << "a closed service names nothing";
        EXPECT_EQ(snapshot_.claims.size(), 0U) << "it keeps nobody from a login";
        EXPECT_TRUE(holds(living).empty()) << "nothing says that it is to have an account of ours";
        panel_->delete_rows(
            "item", "id IN (" + std::to_string(closed) + "," + std::to_string(living) + ")"
        );
    }
}

TEST_F(Snapshot, OnlyThePanelsOwnWordProvesAnOpening) {
    const Id id = item(2);
    panel_->set_param(id, "username", "ceo");
    const auto saved = [&](const char* status, bool dated, const char* pending) {
        panel_->set_item(id, "status", status);
        panel_->exec(
            dated ? "UPDATE item SET opendate = '2026-01-31'" : "UPDATE item SET opendate = NULL"
        );
        panel_->delete_rows("runningoperation", "1 = 1");
        if (*pending != '\0') {
            panel_->begin_operation(id, pending);
        }
        read();
        return account(id).login_saved;
    };
    for (const char* status : {"2", "3"}) {
        EXPECT_TRUE(saved(status, false, "")) << status;
        EXPECT_TRUE(saved(status, true, "setparam")) << status;
    }
    EXPECT_FALSE(saved("2", true, "open"));
    EXPECT_FALSE(saved("1", true, ""));
    EXPECT_FALSE(saved("4", false, "")) << "cancelled before it was paid";
    EXPECT_TRUE(saved("4", true, ""));
    for (const char* pending : {"setparam", "prolong", "suspend", "close", "resume"}) {
        EXPECT_FALSE(saved("5", false, pending)) << pending;
        EXPECT_TRUE(saved("5", true, pending)) << pending;
    }
    for (const char* pending : {"setparam", "prolong"}) {
        EXPECT_FALSE(saved("5", false, pending));
        EXPECT_TRUE(account(id).maybe_unpaid) << pending;
        EXPECT_TRUE(saved("5", true, pending));
        EXPECT_FALSE(account(id).maybe_unpaid) << pending;
    }
    for (const char* pending : {"open", "resume", "suspend"}) {
        EXPECT_FALSE(saved("5", false, pending));
        EXPECT_FALSE(account(id).maybe_unpaid) << pending;
    }
    EXPECT_FALSE(saved("5", true, "open"));
    EXPECT_FALSE(saved("5", true, "reopen")) << "its former account may be gone for long";
    panel_->exec("UPDATE item SET opendate = '0000-00-00'");
    panel_->delete_rows("runningoperation", "1 = 1");
    panel_->set_item(id, "status", "4");
    read();
    EXPECT_FALSE(account(id).login_saved);
}

// Nothing is stopped by a column that only proves something.
TEST_F(Snapshot, APanelWithoutDaysOfOpeningIsRead) {
    const Id active = item(2);
    const Id closed = item(4);
    const Id changing = item(5);
    for (const Id id : {active, closed, changing}) {
        panel_->set_param(id, "username", "user_" + std::to_string(id));
    }
    panel_->begin_operation(changing, "setparam");
    panel_->exec("UPDATE item SET opendate = '2026-01-31'");
    panel_->exec("ALTER TABLE item DROP COLUMN opendate");
    read();
    EXPECT_TRUE(snapshot_.complete);
    EXPECT_TRUE(account(active).login_saved);
    EXPECT_FALSE(account(closed).login_saved);
    EXPECT_TRUE(account(changing).maybe_unpaid);
    const auto checked =
        check_panel(settings_, std::chrono::floor<Duration>(std::chrono::system_clock::now()));
    ASSERT_TRUE(checked);
    EXPECT_TRUE(checked->missing_columns.empty());
    ASSERT_EQ(checked->problems.size(), 1U);
    EXPECT_FALSE(checked->problems[0].stops);
    EXPECT_NE(checked->problems[0].what.find("item.opendate"), std::string::npos);
}

TEST_F(Snapshot, ClosedAndOrderedItemsNeedNoTariff) {
    const Id closed = item(4);
    const Id ordered = item(1);
    panel_->exec("UPDATE item SET pricelist = NULL");
    read();
    EXPECT_TRUE(snapshot_.holds.empty());
    EXPECT_EQ(account(closed).wanted, Wanted::kAbsent);
    EXPECT_EQ(account(ordered).wanted, Wanted::kNothing);
}

TEST_F(Snapshot, OtherModulesAreNotOurs) {
    const Id vps = panel_->add_server({.name = "vps", .module = "pmvmmgr"});
    const Id moved = item();
    panel_->set_item(moved, "processingmodule", std::to_string(vps));
    panel_->set_item(moved, "pricelist", "NULL");
    const Id foreign_tariff = panel_->add_bare_tariff("other");
    panel_->set_group(foreign_tariff, "not-ours");
    read();
    EXPECT_TRUE(snapshot_.holds.empty());
    EXPECT_EQ(snapshot_.servers.size(), 1U);
    EXPECT_EQ(account(moved).item.value, 0U);
    EXPECT_TRUE(snapshot_.has_row(ItemId(moved)));  // moved is not gone
    EXPECT_TRUE(snapshot_.servers[0].managed_groups.empty());
}

TEST_F(Snapshot, BadGroupsHoldAndAreNotManaged) {
    const Id id = item();
    panel_->set_group(tariff_, "admin");
    expect_held(id, HoldCode::kBadGroup);
    EXPECT_TRUE(snapshot_.servers[0].managed_groups.empty());
    panel_->set_group(tariff_, "3");  // an index: for the core to resolve
    read();
    EXPECT_EQ(account(id).group, "3");
}

TEST_F(Snapshot, ServersThatCannotBeUsedSayWhy) {
    const Id id = item();
    panel_->set_server_param(server_, "base_url", "http://plain");
    EXPECT_NE(read().servers[0].problem, "");
    EXPECT_NE(snapshot_.servers[0].remedy, "");
    settings_.allow_http = true;
    EXPECT_EQ(read().servers[0].problem, "");
    panel_->set_server_param(server_, "nc_password", "");
    EXPECT_EQ(read().servers[0].problem, "nc_password is empty");
    panel_->exec("UPDATE processingmodule SET active = 'off'");
    expect_held(id, HoldCode::kServerDisabled);
    EXPECT_FALSE(snapshot_.servers[0].active);
}

TEST_F(Snapshot, TheFormSaysHowItsCloudIsCalled) {
    EXPECT_EQ(read().servers[0].wishes, CallWishes()) << "as it was saved before";
    panel_->set_server_param(server_, "verify_ssl", "off");
    panel_->set_server_param(server_, "timeout", "7");
    EXPECT_EQ(read().servers[0].wishes, (CallWishes{false, std::chrono::seconds(7)}));
    EXPECT_EQ(snapshot_.servers[0].problem, "");
    panel_->set_server_param(server_, "timeout", "soon");
    EXPECT_EQ(read().servers[0].problem, "timeout is no number of seconds from 1 to 3600: 'soon'");
    panel_->set_server_param(server_, "timeout", "");
    panel_->set_server_param(server_, "verify_ssl", "maybe");
    EXPECT_NE(read().servers[0].problem.find("verify_ssl"), std::string::npos);
    EXPECT_TRUE(snapshot_.servers[0].wishes.verify_tls.value_or(true));
}

TEST_F(Snapshot, CryptedCredentials) {
    const std::string pem = (folder_ / "billmgr.pem").string();
    testing::write_panel_key(pem);
    panel_->set_server_param(server_, "nc_password", "hunter2", pem);  // the plain one stays
    EXPECT_NE(read().servers[0].problem.find("no key file"), std::string::npos);
    settings_.crypt_key_file = pem;
    EXPECT_EQ(read().servers[0].password.reveal(), "hunter2");
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    EXPECT_TRUE(check_panel(settings_, now)->problems.empty());
    const std::string other = (folder_ / "other.pem").string();
    testing::write_panel_key(other);
    settings_.crypt_key_file = other;
    EXPECT_EQ(check_panel(settings_, now)->problems.size(), 1U) << "a server speaks for itself";
    const DesiredServer& server = read().servers[0];
    EXPECT_NE(server.problem, "");
    EXPECT_EQ(server.problem.find("hunter2"), std::string::npos);
    EXPECT_TRUE(server.password.empty());
}

TEST_F(Snapshot, PendingOperationsOfOurItems) {
    const Id id = item();
    const Id child = panel_->add_child(id, panel_->disk_of(tariff_), {});
    panel_->add_operation(child, "open");
    const Id operation = panel_->add_operation(id, "suspend");
    const auto pending = make_panel_source(settings_)->pending_operations();
    ASSERT_TRUE(pending);
    ASSERT_EQ(pending->size(), 1U);
    EXPECT_EQ(pending->front().id, operation);
    EXPECT_EQ(pending->front().item, ItemId(id));
    EXPECT_EQ(pending->front().command, "suspend");
}

TEST_F(Snapshot, MissingColumnIsNamed) {
    panel_->exec("ALTER TABLE itemparam RENAME COLUMN value TO content");
    const auto snapshot = make_panel_source(settings_)->read({});
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().move, NextMove::kHuman);
    EXPECT_EQ(snapshot.error().code, "panel.schema");
    EXPECT_EQ(snapshot.error().concern, Concern::kPanel);
    EXPECT_NE(snapshot.error().what.find("value"), std::string::npos);
    const auto report = check_panel(settings_, {});
    ASSERT_TRUE(report);
    EXPECT_EQ(report->missing_columns, std::vector<std::string>{"itemparam.value"});
    EXPECT_TRUE(report->problems.front().stops);
}

TEST_F(Snapshot, MissingFileIsAPersonsWork) {
    settings_.sqlite_file = (folder_ / "none.db").string();
    const auto snapshot = make_panel_source(settings_)->read({});
    ASSERT_FALSE(snapshot);
    EXPECT_EQ(snapshot.error().move, NextMove::kHuman);
    settings_.module = "x' OR '1";
    EXPECT_EQ(make_panel_source(settings_)->read({}).error().code, "panel.settings");
}

TEST_F(Snapshot, CheckTellsWhatIsThere) {
    item();
    item(3);
    item(4);
    const auto now = std::chrono::floor<Duration>(std::chrono::system_clock::now());
    const auto report = check_panel(settings_, now);
    ASSERT_TRUE(report) << report.error().text();
    EXPECT_TRUE(report->server_version.starts_with("SQLite 3."));
    EXPECT_TRUE(report->missing_columns.empty());
    EXPECT_LE(std::chrono::abs(*report->clock_skew), std::chrono::seconds(5));
    const std::map<std::int64_t, std::uint64_t> by_status = {{2, 1}, {3, 1}, {4, 1}};
    EXPECT_EQ(report->items_by_status, by_status);
    EXPECT_TRUE(report->problems.empty());
    const auto later = check_panel(settings_, now + std::chrono::hours(2));
    EXPECT_EQ(later->problems.size(), 1U);
    const Id owner = panel_->add_account("x");
    panel_->add_user(owner, "Анна@x.by", "Anna", true);
    panel_->set_item(item(), "account", std::to_string(owner));
    panel_->set_item(item(4), "account", std::to_string(owner));
    const auto odd = check_panel(settings_, now);
    ASSERT_EQ(odd->problems.size(), 1U) << "who wants no account needs no address";
    EXPECT_TRUE(odd->problems[0].what.starts_with("1 service has an owner"))
        << odd->problems[0].what;
    EXPECT_FALSE(odd->problems[0].stops);
}

// Shows everything but the last row of one statement, without an error: a limit, or a proxy.
class CuttingRows : public RowSource {
  public:
    CuttingRows(RowSource& inner, std::string name) : inner_(inner), name_(std::move(name)) {}

    Result<void> begin() override { return inner_.begin(); }

    void end() noexcept override { inner_.end(); }

    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override {
        std::vector<std::vector<std::string>> kept;
        auto done = inner_.scan(name, sql, [&](Row row) {
            auto& texts = kept.emplace_back();
            for (const base::Cell& cell : row) {
                texts.emplace_back(cell.text());
            }
            return true;
        });
        if (name == name_ && !kept.empty()) {
            kept.pop_back();
        }
        for (const auto& texts : kept) {
            const std::vector<base::Cell> cells(texts.begin(), texts.end());
            each(Row(cells));
        }
        return done;
    }

  private:
    RowSource& inner_;
    std::string name_;
};

TEST_F(Snapshot, CutReadingIsNoReading) {
    item();
    item();
    const auto rows = make_row_source(settings_);
    for (const std::string name : {"", "services", "measures", "counts"}) {
        CuttingRows cutting(*rows, name);
        CountedRows counted(cutting);
        ASSERT_TRUE(counted.begin());
        ASSERT_TRUE(read_snapshot(counted, settings_, {}));
        const Result<void> whole = counted.prove_whole();
        counted.end();
        EXPECT_EQ(whole.has_value(), name.empty()) << name;
        if (!name.empty()) {
            EXPECT_EQ(whole.error().code, "panel.count");
            EXPECT_EQ(whole.error().move, NextMove::kHuman);
        }
    }
}

TEST(CountOfRows, LeavesSelectListAndOrderAway) {
    EXPECT_EQ(
        count_of_rows("SELECT a, (SELECT COUNT(*) FROM y WHERE y.a = x.a) FROM x WHERE b ORDER BY a"
        ),
        "SELECT COUNT(*) FROM x WHERE b"
    );
    EXPECT_EQ(count_of_rows("SELECT a FROM x"), "SELECT COUNT(*) FROM x");
}

TEST_F(Snapshot, SaysHowNewItsDataIs) {
    const Id id = item();
    panel_->suspend(id, "autosuspend");
    const PanelMark before = read().mark;
    EXPECT_GT(before.history, 0U);
    panel_->suspend(id, "employeesuspend");
    EXPECT_GT(read().mark.history, before.history);
    EXPECT_TRUE(is_older(before, snapshot_.mark));
    EXPECT_FALSE(is_older(snapshot_.mark, before));
    EXPECT_FALSE(is_older({}, snapshot_.mark)) << "not known is not older";
    panel_->exec("DROP TABLE history_item");
    EXPECT_EQ(read().mark.history, 0U) << "a panel without a history is read as well";
}

}  // namespace
}  // namespace bn::bm_reader::snapshot_test
