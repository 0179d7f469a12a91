#include "bm_reader/panel_source.hpp"

#include <algorithm>
#include <functional>
#include <optional>

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
        return in_one_view<DesiredSnapshot>([&] { return read_snapshot(*rows_, settings_, now); });
    }

    Result<std::vector<PendingOperation>> pending_operations() override {
        using Operations = std::vector<PendingOperation>;
        return with_columns<Operations>([&](const OptionalColumns& has) {
            return read_pending(*rows_, settings_.module, has);
        });
    }

    Result<SavedParams> saved_params(ItemId item) override {
        return with_columns<SavedParams>([&](const OptionalColumns& has) {
            return in_one_view<SavedParams>([&] {
                return read_saved_params(*rows_, settings_, has, item);
            });
        });
    }

    Result<std::vector<UsageMeasure>> usage_measures() override {
        return in_one_view<std::vector<UsageMeasure>>([&] {
            return read_usage_measures(*rows_, settings_);
        });
    }

  private:
    template <class T>
    Result<T> in_one_view(const std::function<Result<T>()>& reading) {
        if (auto fine = check_module(settings_); !fine) {
            return tl::unexpected(std::move(fine.error()));
        }
        if (auto begun = rows_->begin(); !begun) {
            return tl::unexpected(std::move(begun.error()));
        }
        auto value = reading();
        rows_->end();
        return value;
    }

    // With the columns that this panel has: asked for once, and once more when the panel's schema
    // seems to have changed under us (an update of the panel).
    template <class T>
    Result<T> with_columns(const std::function<Result<T>(const OptionalColumns&)>& reading) {
        if (auto fine = check_module(settings_); !fine) {
            return tl::unexpected(std::move(fine.error()));
        }
        const bool known = columns_.has_value();
        if (auto learnt = learn_columns(); !learnt) {
            return tl::unexpected(std::move(learnt.error()));
        }
        Result<T> value = reading(*columns_);
        if (value || !known || rows_->trouble() != base::DbTrouble::kSchema) {
            return value;
        }
        columns_.reset();
        if (auto learnt = learn_columns(); !learnt) {
            return tl::unexpected(std::move(learnt.error()));
        }
        return reading(*columns_);
    }

    Result<void> learn_columns() {
        if (columns_) {
            return {};
        }
        auto found = read_optional_columns(*rows_, settings_.kind);
        if (!found) {
            return tl::unexpected(std::move(found.error()));
        }
        columns_ = *found;
        return {};
    }

    PanelSettings settings_;
    std::unique_ptr<RowSource> rows_;
    std::optional<OptionalColumns> columns_;
};

}  // namespace

std::unique_ptr<RowSource> make_row_source(const PanelSettings& settings) {
    return settings.kind == DatabaseKind::kSqlite ? make_sqlite_rows(settings)
                                                  : make_mariadb_rows(settings);
}

Result<void> RowSource::each(
    const queries::Query& query, std::string_view module, const std::function<void(Row)>& on_row
) {
    return scan(query.name, with_module(query.sql, module), [&](Row row) {
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

std::string with_module(std::string_view sql, std::string_view module) {
    constexpr std::string_view kPlace = "{module}";
    std::string out(sql);
    if (const std::size_t at = out.find(kPlace); at != std::string::npos) {
        out.replace(at, kPlace.size(), module);
    }
    return out;
}

std::unique_ptr<DesiredSource> make_panel_source(PanelSettings settings) {
    return std::make_unique<PanelSource>(std::move(settings));
}

}  // namespace bn::bm_reader
