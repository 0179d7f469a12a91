// The panel's tables: "=services" and such in a line begins the rows of that statement, a line
// each, cells by tabs, \N for NULL. The rows of each statement come as they stand.
#include <map>

#include "base/text.hpp"
#include "bm_reader/counted_rows.hpp"
#include "bm_reader/quota_rule.hpp"
#include "bm_reader/row_mapper.hpp"
#include "bm_reader/server_mapper.hpp"
#include "bm_reader/snapshot_reader.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::panel_rows_fuzz {
namespace {

using namespace bn::bm_reader;

class Tables : public RowSource {
  public:
    explicit Tables(Input input) {
        std::vector<std::string_view>* table = nullptr;
        while (!input.empty()) {
            const std::string_view line = input.line();
            if (line.starts_with('=')) {
                table = &tables_[line.substr(1)];
            } else if (table != nullptr) {
                table->push_back(line);
            }
        }
    }

    Result<void> begin() override { return {}; }

    void end() noexcept override {}

    Result<void> scan(std::string_view name, const std::string&, const RowHandler& each) override {
        if (name == "counts") {
            each(Row(counts_));
            return {};
        }
        for (const std::string_view line : tables_[name]) {
            const std::vector<Cell> cells = cells_of(line);
            if (!each(Row(cells))) {
                break;
            }
        }
        return {};
    }

    // What the database answers when it is asked how many rows there are.
    void count(std::vector<Cell> counts) { counts_ = std::move(counts); }

    [[nodiscard]] std::size_t rows(std::string_view name) { return tables_[name].size(); }

  private:
    static std::vector<Cell> cells_of(std::string_view line) {
        std::vector<Cell> cells(base::kMostColumns);
        for (Cell& cell : cells) {
            const std::size_t end = std::min(line.find('\t'), line.size());
            const std::string_view text = line.substr(0, end);
            cell = text == "\\N" || (text.empty() && line.empty()) ? Cell() : Cell(text);
            line.remove_prefix(std::min(end + 1, line.size()));
        }
        return cells;
    }

    std::map<std::string_view, std::vector<std::string_view>> tables_;
    std::vector<Cell> counts_;
};

void demand_sound(const DesiredAccount& account, const DesiredServer& server) {
    if (account.held) {
        return;
    }
    demand(login_fault(account.login).empty(), "a cloud would take the login", account.login);
    demand(
        account.email.empty() || usable_email(account.email) == account.email,
        "an address is one",
        account.email
    );
    demand(group_fault(account.group).empty(), "a cloud would take the group", account.group);
    demand(
        account.group.empty() || std::ranges::binary_search(server.managed_groups, account.group),
        "a group is a tariff's",
        account.group
    );
    demand(base::valid_utf8(account.display_name), "a name is UTF-8", account.display_name);
    if (wants_account(account.wanted)) {
        demand(account.quota.is_bytes(), "what was sold has a size", account.login);
    }
}

void demand_sound(const DesiredSnapshot& seen) {
    for (const DesiredServer& server : seen.servers) {
        demand(
            server.problem.empty() == server.remedy.empty(),
            "a problem has a remedy",
            server.problem
        );
        demand(
            !server.problem.empty() || usable_base_url(server.base_url, false) == server.base_url,
            "an address",
            server.base_url
        );
        for (std::size_t i = 0; i < server.accounts.size(); ++i) {
            const DesiredAccount account = server.accounts[i];
            demand(seen.has_row(account.item), "what is sold has a row", account.login);
            demand(
                i == 0 || server.accounts.key(i - 1) <= server.accounts.key(i),
                "keys are in order",
                account.login
            );
            demand_sound(account, server);
        }
    }
    for (const Hold& hold : seen.holds) {
        demand(
            !hold.detail.empty() && !hold.remedy.empty(),
            "a hold says why, and what to do",
            hold.where
        );
        demand(
            base::valid_utf8(hold.where + hold.detail + hold.remedy), "a hold is UTF-8", hold.detail
        );
    }
    demand(std::ranges::is_sorted(seen.items), "rows are sorted");
    demand(seen.complete == seen.incomplete_reason.empty(), "what is not whole says why");
}

// The database says that there is one row more, or less, than came.
void demand_counted(Tables& tables, bool right) {
    CountedRows counted(tables);
    demand(counted.begin().has_value(), "a view begins");
    demand(
        counted.scan(
                   "services", "SELECT id FROM item ORDER BY id", [](Row) { return true; }
        ).has_value(),
        "rows come"
    );
    const std::string count = std::to_string(tables.rows("services") + (right ? 0 : 1));
    tables.count({Cell(count)});
    const Result<void> whole = counted.prove_whole();
    demand(whole.has_value() == right, "a reading that lost a row is not whole", count);
    if (!whole) {
        bn::fuzz::demand_told(whole.error());
    }
}

}  // namespace

BN_FUZZ_TARGET(panel_rows) {
    Tables tables(input);
    PanelSettings settings;
    const Result<DesiredSnapshot> seen =
        read_snapshot(tables, settings, Time(Duration(1'700'000'000'000)));
    if (seen) {
        demand_sound(*seen);
    } else {
        bn::fuzz::demand_told(seen.error());
    }
    demand_counted(tables, true);
    demand_counted(tables, false);
}

}  // namespace bn::fuzz::panel_rows_fuzz
