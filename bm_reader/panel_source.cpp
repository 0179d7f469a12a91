#include "bm_reader/panel_source.hpp"

#include <algorithm>
#include <functional>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bm_reader/item_reads.hpp"
#include "bm_reader/row_source.hpp"
#include "bm_reader/snapshot_reader.hpp"

namespace bn::bm_reader {

namespace {

class PanelSource : public DesiredSource {
  public:
    explicit PanelSource(PanelSettings settings)
        : settings_(std::move(settings)), rows_(make_row_source(settings_)) {}

    Result<DesiredSnapshot> read(Time now) override {
        return in_one_view([&] { return read_snapshot(*rows_, settings_, now); });
    }

    Result<std::vector<PendingOperation>> pending_operations() override {
        return with_columns([&](const Columns& has) {
            return read_pending(*rows_, settings_.module, has);
        });
    }

    Result<SavedParams> saved_params(ItemId item) override {
        return with_columns([&](const Columns& has) {
            return in_one_view([&] { return read_saved_params(*rows_, settings_, has, item); });
        });
    }

    Result<std::vector<UsageMeasure>> usage_measures() override {
        return in_one_view([&] { return read_usage_measures(*rows_, settings_); });
    }

  private:
    template <class Reading>
    std::invoke_result_t<Reading> in_one_view(const Reading& reading) {
        return check_module(settings_).and_then([&] { return rows_->begin(); }).and_then([&] {
            auto value = reading();
            rows_->end();
            return value;
        });
    }

    // With the columns that this panel has: asked for once, and once more when the panel's schema
    // seems to have changed under us (an update of the panel).
    template <class Reading>
    std::invoke_result_t<Reading, const Columns&> with_columns(const Reading& reading) {
        const bool known = columns_.has_value();
        const auto read = [&] {
            return learn_columns().and_then([&] { return reading(*columns_); });
        };
        auto value = read();
        if (value || !known || rows_->trouble() != base::DbTrouble::kSchema) {
            return value;
        }
        columns_.reset();
        return read();
    }

    Result<void> learn_columns() {
        if (columns_) {
            return {};
        }
        return check_module(settings_).and_then([&] { return read_columns(*rows_, settings_); }
        ).map([&](Columns found) { columns_ = std::move(found); });
    }

    PanelSettings settings_;
    std::unique_ptr<RowSource> rows_;
    std::optional<Columns> columns_;
};

}  // namespace

std::unique_ptr<RowSource> make_row_source(const PanelSettings& settings) {
    return settings.kind == DatabaseKind::kSqlite ? make_sqlite_rows(settings)
                                                  : make_mariadb_rows(settings);
}

Result<void> RowSource::each(
    const queries::Query& query, std::string_view module, const std::function<void(Row)>& on_row
) {
    constexpr std::string_view kPlace = "{module}";
    std::string sql(query.sql);
    if (const std::size_t at = sql.find(kPlace); at != std::string::npos) {
        sql.replace(at, kPlace.size(), module);
    }
    return scan(query.name, sql, [&](Row row) {
        on_row(row);
        return true;
    });
}

Result<void> check_module(const PanelSettings& settings) {
    const std::string& module = settings.module;
    const bool fine =
        !module.empty() && module.size() <= 64 && std::ranges::all_of(module, [](char c) {
            return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                   c == '-' || c == '_' || c == '.';
        });
    if (!fine) {
        return tl::unexpected(Error(
            Concern::kPanel,
            NextMove::kHuman,
            "panel.settings",
            "the module's name " + in_quotes(module) + " is not one of letters, digits and -_.",
            "correct the module's name in the configuration"
        ));
    }
    return {};
}

Result<Columns> read_columns(RowSource& rows, const PanelSettings& settings) {
    const std::string sql = fmt::format(
        "{} IN {}",
        settings.kind == DatabaseKind::kSqlite
            ? "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE "
              "m.type = 'table' AND m.name"
            : "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "
              "DATABASE() AND table_name",
        queries::kTables
    );
    Columns there;
    const auto on_column = [&](Row row) {
        const std::string table = base::lower_ascii(row[0].text());
        there.insert(table);
        there.insert(table + "." + base::lower_ascii(row[1].text()));
    };
    return rows.each({"columns", sql}, "", on_column).map([&] { return std::move(there); });
}

std::unique_ptr<DesiredSource> make_panel_source(PanelSettings settings) {
    return std::make_unique<PanelSource>(std::move(settings));
}

}  // namespace bn::bm_reader
