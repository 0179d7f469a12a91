#include "bm_reader/panel_source.hpp"

#include <algorithm>

#include "bm_reader/queries.hpp"
#include "bm_reader/row_source.hpp"
#include "bm_reader/snapshot_reader.hpp"

namespace bn::panel {

namespace {

Error bad_module(const std::string& module) {
    return {
        NextMove::kHuman,
        "panel.settings",
        "the module's name " + quoted(module) + " is not one of letters, digits and -_.",
        "correct the module's name in the configuration"};
}

class PanelSource : public DesiredSource {
  public:
    explicit PanelSource(PanelSettings settings)
        : settings_(std::move(settings)), rows_(make_row_source(settings_)) {}

    Result<DesiredSnapshot> read(Time now) override {
        if (!valid_module_name(settings_.module)) {
            return tl::unexpected(bad_module(settings_.module));
        }
        if (auto begun = rows_->begin(); !begun) {
            return tl::unexpected(begun.error());
        }
        auto snapshot = read_snapshot(*rows_, settings_, now);
        rows_->end();
        return snapshot;
    }

    Result<std::vector<PendingOperation>> pending_operations() override {
        if (!valid_module_name(settings_.module)) {
            return tl::unexpected(bad_module(settings_.module));
        }
        std::vector<PendingOperation> found;
        auto done = rows_->scan(
            queries::kPending.name,
            with_module(queries::kPending.sql, settings_.module),
            [&](Row row) {
                const Number id = to_id(row[0]);
                const Number item = to_id(row[1]);
                if (id.has_value() && item.has_value()) {
                    PendingOperation operation;
                    operation.id = static_cast<std::uint32_t>(id.value());
                    operation.item = ItemId(static_cast<std::uint32_t>(item.value()));
                    operation.command = clean(row[2].text(), 64);
                    found.push_back(std::move(operation));
                }
                return true;
            }
        );
        if (!done) {
            return tl::unexpected(done.error());
        }
        return found;
    }

  private:
    PanelSettings settings_;
    std::unique_ptr<RowSource> rows_;
};

}  // namespace

std::unique_ptr<RowSource> make_row_source(const PanelSettings& settings) {
    return settings.kind == DatabaseKind::kSqlite ? make_sqlite_rows(settings)
                                                  : make_mariadb_rows(settings);
}

bool valid_module_name(std::string_view module) {
    return !module.empty() && module.size() <= 64 && std::ranges::all_of(module, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '-' || c == '_' || c == '.';
    });
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

}  // namespace bn::panel
