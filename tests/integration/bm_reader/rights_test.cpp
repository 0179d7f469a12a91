// Which rights the panel's database user needs: with just these all that the controller runs goes
// well, without any one of them it does not; `check`, `preflight`, errors and documents name them.
#include <algorithm>
#include <fstream>
#include <optional>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/mariadb_rights.hpp"
#include "bm_reader/panel_facts.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_writer/usage_sink.hpp"
#include "tests/fakes/panel/sample.hpp"
#include "tests/support/mariadb/private_mariadb.hpp"
#include "tests/support/places/places.hpp"

namespace bn::bm_reader::rights_test {
namespace {

using bn::testing::FakePanel;
using bn::testing::MariaDbAddress;
using bn::testing::PrivateMariaDb;

constexpr const char* kDatabase = "needed_rights";
constexpr const char* kUser = "'needs'@'localhost'";

// A configuration and a panel, as far as the rights depend on them.
struct Setting {
    bool writes_usage;
    bool one_row_a_day;
};

std::ostream& operator<<(std::ostream& out, const Setting& setting) {
    return out << (!setting.writes_usage ? "reads" : setting.one_row_a_day ? "updates" : "deletes");
}

struct Right {
    std::string name;
    std::string on;
};

// "INSERT, UPDATE ON `billmgr`.itemstat"
std::vector<Right> rights_of(const std::string& grant) {
    const std::size_t on = grant.find(" ON ");
    std::vector<Right> rights;
    std::istringstream names(grant.substr(0, on));
    for (std::string name; std::getline(names >> std::ws, name, ',');) {
        rights.push_back({name, grant.substr(on + 4)});
    }
    return rights;
}

class NeededRights : public ::testing::TestWithParam<Setting> {
  protected:
    NeededRights() : panel_(FakePanel::create_mariadb(address())) {
        bn::testing::fill_sample(panel_, {bn::testing::ServerSpec{}});
        if (!GetParam().one_row_a_day) {
            panel_.exec("ALTER TABLE itemstat ADD KEY by_item (item)");
            panel_.exec("ALTER TABLE itemstat DROP KEY item_day_param");
        }
        settings_.socket = address().socket;
        settings_.database = kDatabase;
        settings_.user = "needs";
        settings_.password = Secret("needs-it");
        settings_.writes_usage = GetParam().writes_usage;
    }

    static MariaDbAddress address() {
        MariaDbAddress a;
        a.socket = PrivateMariaDb::shared().socket();
        a.database = kDatabase;
        return a;
    }

    static std::vector<Right> needed() {
        std::vector<Right> all = rights_of(base::reading_grant(kDatabase));
        if (GetParam().writes_usage) {
            std::ranges::copy(
                rights_of(base::usage_grant(kDatabase, GetParam().one_row_a_day)),
                std::back_inserter(all)
            );
        }
        return all;
    }

    void grant(const std::vector<Right>& rights) {
        panel_.exec(fmt::format("CREATE OR REPLACE USER {} IDENTIFIED BY 'needs-it'", kUser));
        for (const Right& right : rights) {
            panel_.exec(fmt::format("GRANT {} ON {} TO {}", right.name, right.on, kUser));
        }
    }

    // All that the controller runs on the panel's database; the first error.
    std::optional<Error> everything() {
        std::optional<Error> first;
        const auto note = [&first](const auto& done) {
            if (!done && !first) {
                first = done.error();
            }
        };
        const auto source = make_panel_source(settings_);
        note(source->read(now()));
        note(source->servers());
        note(source->pending_operations());
        note(source->saved_params(ItemId(101)));
        const auto measures = source->usage_measures();
        note(measures);
        note(check_panel(settings_, now()));
        note(read_panel_facts(settings_, now()));
        note(find_plain_credentials(settings_));
        if (settings_.writes_usage && measures) {
            note(write(measures->front()));
        }
        return first;
    }

    // Twice: the second takes the place of the first.
    Result<void> write(const UsageMeasure& measure) {
        const base::MariaDbSettings database = settings_;
        const auto sink =
            bm_writer::make_mariadb_usage_sink(bm_writer::UsageSinkSettings{database});
        ItemUsageRow row;
        row.item = measure.item;
        row.param = measure.param;
        row.measure = measure.measure;
        row.value = "1";
        return sink->replace("2026-11-22", {row}).and_then([&] {
            row.value = "2";
            return sink->replace("2026-11-22", {row});
        });
    }

    static Time now() { return std::chrono::floor<Duration>(std::chrono::system_clock::now()); }

    FakePanel panel_;
    PanelSettings settings_;
};

TEST_P(NeededRights, AreEnough) {
    grant(needed());
    const auto failed = everything();
    EXPECT_FALSE(failed) << failed->text();
    EXPECT_EQ(
        panel_.value("SELECT COUNT(*) FROM itemstat WHERE statdate = '2026-11-22'"),
        GetParam().writes_usage ? "1" : "0"
    );
    const auto report = check_panel(settings_, now());
    ASSERT_TRUE(report) << report.error().text();
    for (const PanelProblem& problem : report->problems) {
        EXPECT_EQ(problem.what.find("may do more"), std::string::npos) << problem.what;
    }
}

TEST_P(NeededRights, AreNeededOneByOne) {
    const std::vector<Right> all = needed();
    for (const Right& without : all) {
        std::vector<Right> rest = all;
        std::erase_if(rest, [&](const Right& right) { return right.name == without.name; });
        grant(rest);
        const auto failed = everything();
        ASSERT_TRUE(failed) << without.name << " is not needed";
        EXPECT_EQ(failed->code, "panel.access") << failed->text();
        // What the error says to run mends it.
        const std::string& remedy = failed->remedy;
        const std::size_t begin = remedy.find("GRANT ");
        ASSERT_NE(begin, std::string::npos) << remedy;
        panel_.exec(remedy.substr(begin));
        const auto still = everything();
        EXPECT_FALSE(still) << still->text();
    }
}

TEST_P(NeededRights, MoreThanTheseIsSaid) {
    std::vector<Right> more = needed();
    more.push_back({GetParam().one_row_a_day ? "UPDATE" : "DELETE", "needed_rights.item"});
    grant(more);
    const auto report = check_panel(settings_, now());
    ASSERT_TRUE(report) << report.error().text();
    const auto said = std::ranges::find_if(report->problems, [](const PanelProblem& problem) {
        return problem.what.find("may do more") != std::string::npos;
    });
    ASSERT_NE(said, report->problems.end());
    EXPECT_TRUE(said->what.ends_with(more.back().name)) << said->what;
    // What is told to run makes a user that may do what is needed, and no more.
    std::string granted;
    for (std::size_t at = said->remedy.find("GRANT "); at != std::string::npos;
         at = said->remedy.find("GRANT ", at + 1)) {
        granted += said->remedy.substr(at + 6, said->remedy.find(" TO ", at) - at - 6) + "; ";
    }
    std::string computed = base::reading_grant(kDatabase) + "; ";
    if (GetParam().writes_usage) {
        computed += base::usage_grant(kDatabase, GetParam().one_row_a_day) + "; ";
    }
    EXPECT_EQ(granted, computed);
}

INSTANTIATE_TEST_SUITE_P(
    Settings,
    NeededRights,
    ::testing::Values(Setting{false, true}, Setting{true, true}, Setting{true, false}),
    ::testing::PrintToStringParamName()
);

TEST(DocumentedRights, AreTheNeededOnes) {
    std::ifstream file(testing::source_dir("/docs/panel-api.md"));
    std::ostringstream text;
    text << file.rdbuf();
    for (const std::string& grant :
         {base::reading_grant("billmgr"),
          base::usage_grant("billmgr", true),
          base::usage_grant("billmgr", false)}) {
        EXPECT_NE(text.str().find("GRANT " + grant + " TO"), std::string::npos) << grant;
    }
}

}  // namespace
}  // namespace bn::bm_reader::rights_test
