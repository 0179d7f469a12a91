// Rows of random garbage: nothing crashes, and no account gets a quota that nobody sold.
#include <map>
#include <random>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/snapshot_reader.hpp"

namespace bn::bm_reader::garbage_test {
namespace {

using Text = std::optional<std::string>;
using Table = std::vector<std::vector<Text>>;

// Tables in memory, answering the reader's queries by name.
class StubRows : public RowSource {
  public:
    Result<void> begin() override { return {}; }

    void end() noexcept override {}

    Result<void> scan(std::string_view name, const std::string&, const RowHandler& each) override {
        for (const auto& row : tables[std::string(name)]) {
            std::vector<Cell> cells;
            for (const Text& text : row) {
                cells.push_back(text ? Cell(text->data(), text->size()) : Cell());
            }
            if (!each(Row(cells))) {
                break;
            }
        }
        return {};
    }

    std::map<std::string, Table> tables;
};

class Garbage {
  public:
    explicit Garbage(unsigned seed) : random_(seed) {}

    int below(int n) { return std::uniform_int_distribution<int>(0, n - 1)(random_); }

    bool rarely() { return below(12) == 0; }

    Text junk() {
        static const Text kJunk[] = {
            std::nullopt,
            "",
            "0",
            "-1",
            "4294967296",
            "99999999999999999999",
            "1.5",
            "abc",
            "\xff\xfe",
            std::string("a\0b", 3),
            std::string(400, 'z'),
            "on",
            " 7 ",
            "9223372036854775807",
            "1"};
        return kJunk[static_cast<std::size_t>(below(std::size(kJunk)))];
    }

    Text number(int from, int to) {
        return rarely() ? junk() : Text(std::to_string(from + below(to - from + 1)));
    }

    Text word(std::initializer_list<const char*> words) {
        return rarely() ? junk() : Text(*(words.begin() + below(static_cast<int>(words.size()))));
    }

    Text maybe(Text text) { return below(3) == 0 ? std::nullopt : std::move(text); }

  private:
    std::mt19937 random_;
};

// The tables of one made-up panel.
struct RandomTables {
    using Cells = std::vector<Text>;

    explicit RandomTables(Garbage& garbage) : g(garbage) {
        fill_settings();
        fill_services();
    }

    template <typename Make>
    void fill(const queries::Query& query, int rows, Make make) {
        for (int i = 1; i <= rows; ++i) {
            t[std::string(query.name)].push_back(make(std::to_string(i)));
        }
    }

    void fill_settings();
    void fill_services();

    Garbage& g;
    std::map<std::string, Table> t;
};

void RandomTables::fill_settings() {
    fill(queries::kModules, 3, [this](const std::string& id) {
        return Cells{
            id,
            "name",
            g.word({"pmnextcloud", "pmnextcloud", "pmother"}),
            g.word({"on", "on", "off"})};
    });
    fill(queries::kModuleParams, 3, [this](const std::string& id) {
        return Cells{id, g.word({"base_url", "nc_password"}), g.word({"https://a", "x"})};
    });
    fill(queries::kModuleCryptedParams, 1, [this](const std::string& id) {
        return Cells{id, g.word({"nc_password"}), g.junk()};
    });
    fill(queries::kModuleTariffs, 6, [this](const std::string& id) { return Cells{id, "1"}; });
    fill(queries::kMeasures, 5, [this](const std::string& id) {
        return Cells{
            id, g.word({"byte", "kib", "gib"}), g.maybe(g.number(1, 5)), g.number(0, 1024)};
    });
    fill(queries::kItemTypes, 3, [this](const std::string& id) {
        return Cells{id, g.word({"disk", "disc", "cpu"})};
    });
    fill(queries::kPricelists, 14, [this](const std::string& id) {
        const bool tariff = std::stoi(id) <= 6;
        return Cells{
            id,
            tariff ? Text() : g.number(1, 6),
            g.below(6) == 0 ? g.number(7, 14) : Text(),
            g.number(1, 3),
            g.maybe(g.word({"disk", "disc", "", "cpu"})),
            g.word({"on", "on", "off"}),
            g.number(1, 3),
            g.number(0, 5),
            g.number(1, 5),
            g.maybe(g.number(0, 100)),
            g.maybe(g.number(0, 100)),
            g.maybe(g.number(0, 5))};
    });
    fill(queries::kTariffGroups, 6, [this](const std::string& id) {
        return Cells{id, g.word({"pro", "3", "admin", ""})};
    });
}

void RandomTables::fill_services() {
    fill(queries::kOperations, 12, [this](const std::string& id) {
        return Cells{id, id, g.word({"open", "close", "suspend", "resume", "setparam", "x"})};
    });
    fill(queries::kServices, 30, [this](const std::string& id) {
        return Cells{
            id,
            g.number(1, 9),
            g.number(1, 6),
            g.number(1, 4),
            g.word({"1", "-100"}),
            g.number(0, 6),
            g.maybe(g.word({"on", "off"})),
            Text(),
            Text(),
            g.maybe(g.word({"2026-01-31", "0000-00-00", "soon"}))};
    });
    fill(queries::kChildren, 30, [this](const std::string& id) {
        return Cells{
            id,
            std::to_string(100 + std::stoi(id)),
            g.number(1, 14),
            g.maybe(g.number(0, 50)),
            g.maybe(g.number(0, 50)),
            g.maybe(g.number(0, 50)),
            g.maybe(g.number(0, 50))};
    });
    fill(queries::kOwners, 9, [this](const std::string& id) {
        return Cells{id, id, g.word({"a@x.by", "no mail"}), g.word({"Anna"})};
    });
    fill(queries::kLogins, 30, [this](const std::string& id) {
        return Cells{id, g.maybe(g.word({"bob", "anna", "x/y"}))};
    });
}

void expect_sane(const DesiredSnapshot& snapshot) {
    std::map<std::uint32_t, int> holds;
    for (const Hold& hold : snapshot.holds) {
        ++holds[hold.item.value];
        ASSERT_FALSE(hold.where.empty() || hold.detail.empty() || hold.remedy.empty());
        ASSERT_TRUE(base::valid_utf8(hold.where + hold.detail + hold.remedy));
    }
    for (const DesiredServer& server : snapshot.servers) {
        ASSERT_TRUE(server.problem.empty() || !server.remedy.empty());
        for (std::size_t i = 0; i < server.accounts.size(); ++i) {
            const DesiredAccount a = server.accounts[i];
            const bool wants = a.wanted == Wanted::kEnabled || a.wanted == Wanted::kDisabled;
            ASSERT_EQ(a.held, holds.contains(a.item.value)) << a.item.value;
            // An account to be made or changed has a quota in bytes, or is held.
            ASSERT_TRUE(!wants || a.held || a.quota.is_bytes());
            ASSERT_TRUE(wants || a.quota.is_unknown());
        }
    }
}

TEST(GarbageRows, NeverCrashNeverGuess) {
    std::size_t accounts = 0;
    std::size_t held = 0;
    for (unsigned seed = 0; seed < 2000; ++seed) {
        SCOPED_TRACE(fmt::format("seed {}", seed));
        Garbage garbage(seed);
        StubRows rows;
        rows.tables = RandomTables(garbage).t;
        const auto snapshot = read_snapshot(rows, PanelSettings(), {});
        ASSERT_TRUE(snapshot) << snapshot.error().text();
        ASSERT_NO_FATAL_FAILURE(expect_sane(*snapshot));
        held += snapshot->holds.size();
        for (const DesiredServer& server : snapshot->servers) {
            accounts += server.accounts.size();
        }
    }
    EXPECT_GT(accounts, 10'000U);  // the garbage is not all garbage
    EXPECT_GT(held, 5'000U);
}

TEST(GarbageRows, OutOfOrderKeysAreAnError) {
    Garbage garbage(1);
    for (const queries::Query& query :
         {queries::kServices, queries::kChildren, queries::kOwners, queries::kLogins}) {
        StubRows rows;
        rows.tables = RandomTables(garbage).t;
        Table& table = rows.tables[std::string(query.name)];
        std::swap(table[2], table[5]);
        const auto snapshot = read_snapshot(rows, PanelSettings(), {});
        ASSERT_FALSE(snapshot) << query.name;
        EXPECT_EQ(snapshot.error().code, "panel.order");
    }
}

}  // namespace
}  // namespace bn::bm_reader::garbage_test
