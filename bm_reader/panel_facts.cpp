#include "bm_reader/panel_facts.hpp"

#include <algorithm>
#include <set>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bm_reader/crypted_param.hpp"
#include "bm_reader/offers.hpp"
#include "bm_reader/panel_files.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

namespace {

// Of a long history only the newest rows are looked at.
constexpr std::int64_t kNewestHistory = 200'000;
constexpr int kSampledParams = 50;

std::uint64_t rows_of(Cell cell) {
    const std::int64_t value = to_number(cell).value_or(0);
    return value > 0 ? static_cast<std::uint64_t>(value) : 0;
}

class FactsReader {
  public:
    FactsReader(const PanelSettings& settings, Time now)
        : settings_(settings), now_(now), rows_(make_row_source(settings)) {}

    Result<PanelFacts> run() {
        return run_steps<FactsReader>(
                   *this,
                   {&FactsReader::server,
                    &FactsReader::tables,
                    &FactsReader::columns,
                    &FactsReader::keys,
                    &FactsReader::usage_rights,
                    &FactsReader::habits}
        )
            .map([&] { return std::move(facts_); });
    }

  private:
    Result<void> server() {
        const char* const sql =
            "SELECT VERSION(), CURRENT_USER(), DATABASE(), @@character_set_database, "
            "UNIX_TIMESTAMP(), @@global.time_zone, @@system_time_zone";
        return scan("server facts", sql, [&](Row row) {
            facts_.version = row[0].text();
            facts_.user = row[1].text();
            facts_.database = row[2].text();
            facts_.database_charset = row[3].text();
            if (const Number seconds = to_number(row[4]); seconds.has_value()) {
                const auto ours = std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch();
                facts_.clock_skew = std::chrono::seconds(seconds.value()) - ours;
            }
            const bool system = row[5].text() == "SYSTEM";
            facts_.time_zone = system ? fmt::format("{} (the system's)", row[6].text())
                                      : std::string(row[5].text());
        });
    }

    Result<void> tables() {
        const std::string sql = fmt::format(
            "SELECT table_name, engine FROM information_schema.tables "
            "WHERE table_schema = DATABASE() AND table_name IN {}",
            queries::kTables
        );
        return scan("tables", sql, [&](Row row) {
            TableFacts& table = facts_.tables[base::lower_ascii(row[0].text())];
            table.engine = row[1].text();
        });
    }

    Result<void> columns() {
        const std::string sql = fmt::format(
            "SELECT table_name, column_name, column_type, character_set_name "
            "FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name IN {}",
            queries::kTables
        );
        auto done = scan("columns", sql, [&](Row row) {
            ColumnFacts column;
            column.type = base::lower_ascii(row[2].text());
            column.charset = row[3].text();
            facts_.tables[base::lower_ascii(row[0].text())].columns.insert_or_assign(
                base::lower_ascii(row[1].text()), std::move(column)
            );
        });
        constexpr std::string_view kNew = "_new";
        if (const TableFacts* history = facts_.table("history_item")) {
            for (const auto& [name, column] : history->columns) {
                if (name.size() > kNew.size() && name.ends_with(kNew)) {
                    facts_.tracked.push_back(name.substr(0, name.size() - kNew.size()));
                }
            }
        }
        return done;
    }

    Result<void> keys() {
        const std::string sql = fmt::format(
            "SELECT table_name, index_name, non_unique, column_name "
            "FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name IN "
            "{} "
            "ORDER BY table_name, index_name, seq_in_index",
            queries::kTables
        );
        return scan("keys", sql, [&](Row row) {
            KeyFacts& key =
                facts_.tables[base::lower_ascii(row[0].text())].keys[std::string(row[1].text())];
            key.unique = row[2].text() == "0";
            key.columns.push_back(base::lower_ascii(row[3].text()));
        });
    }

    Result<void> usage_rights() {
        const struct {
            const char* name;
            const char* sql;
            std::optional<bool> PanelFacts::*answer;
        } kAsked[] = {
            {"right to insert usage",
             "EXPLAIN INSERT INTO itemstat (item, statdate, param, value, measure) "
             "SELECT item, statdate, param, value, measure FROM itemstat WHERE 1 = 0",
             &PanelFacts::may_insert_usage},
            {"right to update usage",
             "EXPLAIN UPDATE itemstat SET value = 0 WHERE 1 = 0",
             &PanelFacts::may_update_usage},
            {"right to delete usage",
             "EXPLAIN DELETE FROM itemstat WHERE 1 = 0",
             &PanelFacts::may_delete_usage},
        };

        if (facts_.table("itemstat") == nullptr) {
            return {};
        }
        for (const auto& asked : kAsked) {
            auto answer = allowed(asked.name, asked.sql);
            if (!answer) {
                return tl::unexpected(std::move(answer.error()));
            }
            facts_.*asked.answer = *answer;
        }
        return {};
    }

    Result<void> servers() {
        const char* const sql =
            "SELECT id, name FROM processingmodule WHERE module = '{module}' ORDER BY id";
        return scan("modules", sql, [&](Row row) {
            if (const Number id = to_id(row[0]); id.has_value()) {
                facts_.servers[static_cast<std::uint32_t>(id.value())] = clean(row[1].text(), 120);
            }
        });
    }

    Result<void> itemtypes() {
        // Sold on our servers: by the panel's list of tariffs, or by a service that is there.
        const char* const by_link =
            "SELECT DISTINCT t.intname FROM itemtype t JOIN pricelist p ON p.itemtype = t.id "
            "JOIN processingmodule2pricelist l ON l.pricelist = p.id "
            "JOIN processingmodule m ON m.id = l.processingmodule WHERE m.module = '{module}' "
            "AND p.parent IS NULL";
        const char* const by_service =
            "SELECT DISTINCT t.intname FROM item i JOIN pricelist p ON p.id = i.pricelist "
            "JOIN itemtype t ON t.id = p.itemtype "
            "JOIN processingmodule m ON m.id = i.processingmodule WHERE m.module = '{module}' "
            "AND i.parent IS NULL";
        std::set<std::string> found;
        for (const char* const sql : {by_link, by_service}) {
            auto done = scan("product types", sql, [&](Row row) {
                found.insert(clean(row[0].text(), 64));
            });
            if (!done) {
                return done;
            }
        }
        facts_.itemtypes.assign(found.begin(), found.end());
        return {};
    }

    Result<void> offers() {
        const bool named = facts_.has("pricelist", "name");
        return judge_offers(*rows_, settings_, named).map([&](std::vector<OfferFinding> offers) {
            facts_.offers = std::move(offers);
        });
    }

    Result<void> in_progress() {
        const char* const sql = "SELECT COUNT(*) FROM item WHERE parent IS NULL AND status = 5";
        return scan("services in progress", sql, [&](Row row) {
            facts_.status5_rows = rows_of(row[0]);
        });
    }

    Result<void> operations() {
        const char* const sql =
            "SELECT r.intname, i.status, COUNT(*) FROM runningoperation r "
            "JOIN item i ON i.id = r.item WHERE i.parent IS NULL "
            "GROUP BY r.intname, i.status ORDER BY r.intname, i.status";
        return scan("operations by status", sql, [&](Row row) {
            const std::int64_t status = to_number(row[1]).value_or(0);
            facts_.operations.push_back({clean(row[0].text(), 64), status, rows_of(row[2])});
        });
    }

    Result<void> tries() {
        const std::string sql = fmt::format(
            "SELECT {}, {} FROM runningoperation",
            facts_.has("runningoperation", "trycount") ? "MAX(trycount)" : "0",
            facts_.has("runningoperation", "manual") ? "SUM(`manual` = 'on')" : "0"
        );
        return scan("tries of operations", sql, [&](Row row) {
            facts_.highest_trycount = rows_of(row[0]);
            facts_.manual_operations = rows_of(row[1]);
        });
    }

    Result<void> history() {
        for (const char* const column :
             {"id", "reference", "request_action", "status", "status_new"}) {
            if (!facts_.has("history_item", column)) {
                return {};
            }
        }
        std::int64_t newest = 0;
        auto done = scan("newest history", "SELECT MAX(id) FROM history_item", [&](Row row) {
            newest = to_number(row[0]).value_or(0);
        });
        if (!done) {
            return done;
        }
        const std::int64_t from = std::max<std::int64_t>(0, newest - kNewestHistory);
        const std::string in_progress = fmt::format(
            "SELECT COUNT(*) FROM history_item WHERE id > {} AND (status_new = 5 OR status = 5)",
            from
        );
        done = scan("history of status 5", in_progress, [&](Row row) {
            facts_.status5_history = rows_of(row[0]);
        });
        return done ? openings(from) : done;
    }

    Result<void> params() {
        const struct {
            const char* table;
            std::uint64_t ParamUse::*count;
        } kKinds[] = {{"itemparam", &ParamUse::plain}, {"itemcryptedparam", &ParamUse::crypted}};

        for (const auto& kind : kKinds) {
            if (facts_.table(kind.table) == nullptr) {
                continue;
            }
            const std::string sql = fmt::format(
                "SELECT s.intname, COUNT(*) FROM {} s JOIN item i ON i.id = s.item "
                "JOIN processingmodule m ON m.id = i.processingmodule WHERE m.module = "
                "'{{module}}' "
                "AND s.intname IN ('username', 'userpassword', 'url') AND s.value <> '' "
                "GROUP BY s.intname",
                kind.table
            );
            auto done = scan("saved params", sql, [&](Row row) {
                facts_.params[std::string(row[0].text())].*kind.count = rows_of(row[1]);
            });
            if (!done) {
                return done;
            }
        }
        return {};
    }

    Result<void> crypted() {
        const auto key = ParamKey::load(settings_.crypt_key_file);
        facts_.key_problem = key || settings_.crypt_key_file.empty() ? "" : key.error();
        std::vector<std::string> queries = {
            "SELECT p.value FROM processingcryptedparam p "
            "JOIN processingmodule m ON m.id = p.processingmodule WHERE m.module = '{module}' "
            "AND p.value <> ''"};
        if (facts_.table("itemcryptedparam") != nullptr) {
            queries.push_back(fmt::format(
                "SELECT s.value FROM itemcryptedparam s JOIN item i ON i.id = s.item "
                "JOIN processingmodule m ON m.id = i.processingmodule WHERE m.module = "
                "'{{module}}' "
                "AND s.value <> '' ORDER BY s.item DESC LIMIT {}",
                kSampledParams
            ));
        }
        for (const std::string& sql : queries) {
            auto done = scan("crypted params", sql, [&](Row row) {
                ++facts_.crypted_seen;
                facts_.crypted_open += key && key->decrypt(row[0].text()) ? 1U : 0U;
            });
            if (!done) {
                return done;
            }
        }
        return {};
    }

    Result<void> habits() {
        if (!missing_columns(facts_).empty()) {
            return {};  // the rows cannot be asked for
        }
        return run_steps<FactsReader>(
            *this,
            {&FactsReader::servers,
             &FactsReader::itemtypes,
             &FactsReader::offers,
             &FactsReader::in_progress,
             &FactsReader::operations,
             &FactsReader::tries,
             &FactsReader::history,
             &FactsReader::params,
             &FactsReader::crypted}
        );
    }

    Result<void> scan(
        std::string_view name, std::string_view sql, const std::function<void(Row)>& each
    ) {
        return rows_->each({name, sql}, settings_.module, each);
    }

    Result<void> openings(std::int64_t from) {
        const std::string sql = fmt::format(
            "SELECT t.intname, h.request_action, m.module = '{{module}}', COUNT(*) "
            "FROM history_item h JOIN item i ON i.id = h.reference "
            "JOIN pricelist p ON p.id = i.pricelist JOIN itemtype t ON t.id = p.itemtype "
            "JOIN processingmodule m ON m.id = i.processingmodule "
            "WHERE h.id > {} AND h.status_new = 2 AND (h.status IS NULL OR h.status IN (1, 5)) "
            "AND i.parent IS NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
            from
        );
        return scan("history of openings", sql, [&](Row row) {
            OpeningCall call;
            call.itemtype = clean(row[0].text(), 64);
            call.function = clean(row[1].text(), 128);
            call.ours = row[2].text() == "1";
            call.count = rows_of(row[3]);
            if (!call.function.empty()) {
                facts_.openings.push_back(std::move(call));
            }
        });
    }

    // EXPLAIN asks for the rights of the statement and does not run it; and the statements would
    // find no row.
    Result<std::optional<bool>> allowed(std::string_view name, std::string_view sql) {
        const auto done = scan(name, sql, [](Row) {});
        if (done) {
            return std::optional<bool>(true);
        }
        if (rows_->trouble() == base::DbTrouble::kAccess) {
            return std::optional<bool>(false);
        }
        if (done.error().move == NextMove::kHuman) {  // an old server, or another schema
            return std::optional<bool>();
        }
        return tl::unexpected(done.error());
    }

    const PanelSettings& settings_;
    Time now_;
    std::unique_ptr<RowSource> rows_;
    PanelFacts facts_;
};

}  // namespace

const TableFacts* PanelFacts::table(const std::string& name) const {
    const auto it = tables.find(name);
    return it == tables.end() ? nullptr : &it->second;
}

bool PanelFacts::has(const std::string& table_name, const std::string& column) const {
    const TableFacts* found = table(table_name);
    return found != nullptr && found->has(column);
}

std::vector<std::string> missing_columns(const PanelFacts& facts) {
    Columns there;
    for (const auto& [name, table] : facts.tables) {
        there.insert(name);
        for (const auto& [column, about] : table.columns) {
            there.insert(fmt::format("{}.{}", name, column));
        }
    }
    return missing_columns(there);
}

Result<PanelFacts> read_panel_facts(const PanelSettings& settings, Time now) {
    if (settings.kind != DatabaseKind::kMariaDb) {
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.kind",
            fmt::format("{} is a sample file, not a panel's database", settings.sqlite_file),
            fmt::format("name the panel's own database in [panel] (from = \"{}\")", kUsualSettings)
        ));
    }
    if (auto fine = check_module(settings); !fine) {
        return tl::unexpected(std::move(fine.error()));
    }
    return FactsReader(settings, now).run();
}

}  // namespace bn::bm_reader
