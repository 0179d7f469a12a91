#include "bm_reader/panel_source.hpp"

#include <functional>
#include <optional>
#include <type_traits>

#include "bm_reader/readings.hpp"
#include "bm_reader/row_source.hpp"

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

std::unique_ptr<DesiredSource> make_panel_source(PanelSettings settings) {
    return std::make_unique<PanelSource>(std::move(settings));
}

}  // namespace bn::bm_reader
