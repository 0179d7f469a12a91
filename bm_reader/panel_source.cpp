#include "bm_reader/panel_source.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <optional>
#include <type_traits>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bm_reader/catalogue.hpp"
#include "bm_reader/counted_rows.hpp"
#include "bm_reader/crypted_param.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/row_source.hpp"
#include "bm_reader/snapshot_reader.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

namespace {

// A count that fits, whatever the column holds.
std::uint32_t count_of(Cell cell) {
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    const std::int64_t count = to_number(cell).value_or(0);
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, kMost));
}

std::string_view last_tariff_column(const Columns& has) {
    return has.contains("item.lastpricelist") ? "i.lastpricelist" : "NULL";
}

std::string pending_sql(const Columns& has) {
    std::string sql(queries::kPending.sql);
    base::replace_all(
        sql, "{trycount}", has.contains("runningoperation.trycount") ? "r.trycount" : "NULL"
    );
    base::replace_all(
        sql, "{manual}", has.contains("runningoperation.manual") ? "r.manual" : "NULL"
    );
    base::replace_all(sql, "{last}", last_tariff_column(has));
    // Status 2 is a closed task: nobody looks at it any more.
    const std::string task = fmt::format(
        "(SELECT COUNT(*) FROM task k WHERE k.runningoperation = r.id{})",
        has.contains("task.status") ? " AND (k.status IS NULL OR k.status <> 2)" : ""
    );
    base::replace_all(sql, "{task}", has.contains("task.runningoperation") ? task : "NULL");
    return sql;
}

struct InUse {
    ItemId item;
    ServerId server;
    std::uint32_t tariff = 0;
    std::vector<std::uint32_t> ordered = {};  // pricelist ids of its children
};

Result<std::vector<InUse>> read_in_use(RowSource& rows, const std::string& module) {
    std::vector<InUse> services;
    const auto on_service = [&](Row row) {
        const std::uint32_t item = id_or_none(row[0]);
        if (item != 0 && (services.empty() || services.back().item.value < item)) {
            services.push_back({ItemId(item), ServerId(id_or_none(row[2])), id_or_none(row[1]), {}}
            );
        }
    };
    const auto on_resource = [&](Row row) {
        const ItemId parent(id_or_none(row[0]));
        const auto at = std::ranges::lower_bound(services, parent, {}, &InUse::item);
        if (at != services.end() && at->item == parent) {
            at->ordered.push_back(id_or_none(row[1]));
        }
    };
    return rows.each(queries::kServicesInUse, module, on_service)
        .and_then([&] { return rows.each(queries::kOrderedResources, module, on_resource); })
        .map([&] { return std::move(services); });
}

// What of `has` a panel lacks is not asked for: less is known then, and nothing breaks.
Result<std::vector<PendingOperation>> read_pending(
    RowSource& rows, const std::string& module, const Columns& has
) {
    std::vector<PendingOperation> found;
    const std::string sql = pending_sql(has);
    auto done = rows.each({queries::kPending.name, sql}, module, [&](Row row) {
        PendingOperation operation;
        operation.id = id_or_none(row[0]);
        operation.item = ItemId(id_or_none(row[1]));
        operation.command = clean(row[2].text(), 64);
        operation.itemtype = clean(row[3].text(), 64);
        operation.trycount = count_of(row[4]);
        operation.manual = row[5].text() == "on";
        operation.last_tariff = id_or_none(row[6]);
        operation.has_task = count_of(row[7]) > 0;
        if (operation.id != 0 && operation.item.value != 0) {
            found.push_back(std::move(operation));
        }
    });
    return done.map([&] { return std::move(found); });
}

Result<SavedParams> read_saved_params(
    RowSource& rows, const PanelSettings& settings, const Columns& has, ItemId item
) {
    SavedParams saved;
    const auto key = ParamKey::load(settings.crypt_key_file);
    const auto on_item = [&](Row row) {
        saved.exists = true;
        if (const Number status = to_number(row[0]); status.has_value()) {
            saved.status = status.value();
        }
        saved.last_tariff = id_or_none(row[1]);
    };
    const auto on_operation = [&](Row row) {
        if (const std::uint32_t id = id_or_none(row[0]); id != 0) {
            saved.operations.push_back(id);
        }
    };
    const auto on_param = [&](Row row) {
        saved.plain.insert_or_assign(
            std::string(row[0].text()), Secret(std::string(row[1].text()))
        );
    };
    const auto on_crypted = [&](Row row) {
        auto text = key.and_then([&](const ParamKey& k) { return k.decrypt(row[1].text()); });
        saved.crypted.insert_or_assign(
            std::string(row[0].text()), text ? std::optional(*std::move(text)) : std::nullopt
        );
    };

    const struct {
        const queries::Query& query;
        std::function<void(Row)> each;
    } kScans[] = {
        {queries::kSavedItem, on_item},
        {queries::kSavedOperations, on_operation},
        {queries::kSavedParams, on_param},
        {queries::kSavedCryptedParams, on_crypted},
    };

    for (const auto& [query, each] : kScans) {
        std::string sql(query.sql);
        base::replace_all(sql, "{item}", fmt::to_string(item.value));
        base::replace_all(sql, "{last}", last_tariff_column(has));
        if (auto done = rows.each({query.name, sql}, "", each); !done) {
            return tl::unexpected(std::move(done.error()));
        }
    }
    return saved;
}

// Of the moment of the view, or later.
Result<PanelMark> read_mark(RowSource& rows, const Columns& has, DatabaseKind kind) {
    PanelMark mark;
    const auto number = [](std::uint64_t& into) {
        return [&into](Row row) {
            const std::int64_t value = to_number(row[0]).value_or(0);
            into = static_cast<std::uint64_t>(std::max<std::int64_t>(value, 0));
        };
    };
    Result<void> done;
    if (has.contains("history_item.id")) {
        done = rows.each(queries::kNewestHistory, "", number(mark.history));
    }
    if (kind == DatabaseKind::kMariaDb) {  // a file of samples does not count so
        done = done.and_then([&] {
            return rows.each(queries::kNextItem, "", number(mark.next_item));
        });
    }
    return done.map([&] { return mark; });
}

Result<std::vector<UsageMeasure>> read_usage_measures(
    RowSource& rows, const PanelSettings& settings
) {
    const auto catalogue = Catalogue::read(rows, settings.module, settings.disk_names);
    if (!catalogue) {
        return tl::unexpected(catalogue.error());
    }
    return read_in_use(rows, settings.module).map([&](const std::vector<InUse>& services) {
        std::vector<UsageMeasure> out;
        out.reserve(services.size());
        for (const auto& [item, server, tariff, ordered] : services) {
            UsageMeasure& measure = out.emplace_back(catalogue->usage(tariff, ordered));
            measure.item = item;
            measure.server = server;
        }
        return out;
    });
}

class PanelSource : public DesiredSource {
  public:
    explicit PanelSource(PanelSettings settings)
        : settings_(std::move(settings)), rows_(make_row_source(settings_)) {}

    Result<DesiredSnapshot> read(Time now) override {
        return with_columns([&](const Columns& has) {
            return in_one_view([&](RowSource& rows) {
                Result<DesiredSnapshot> snapshot =
                    read_snapshot(rows, settings_, now, has.contains("item.opendate"));
                return snapshot.and_then([&](DesiredSnapshot& read) {
                    return read_mark(*rows_, has, settings_.kind).map([&](const PanelMark& mark) {
                        read.mark = mark;
                        return std::move(read);
                    });
                });
            });
        });
    }

    Result<std::vector<DesiredServer>> servers() override {
        return in_one_view([&](RowSource& rows) {
            return read_servers(rows, settings_).map([](ServerRows read) {
                return std::move(read.servers);
            });
        });
    }

    Result<std::vector<PendingOperation>> pending_operations() override {
        return with_columns([&](const Columns& has) {
            return read_pending(*rows_, settings_.module, has);
        });
    }

    Result<SavedParams> saved_params(ItemId item) override {
        return with_columns([&](const Columns& has) {
            return in_one_view([&](RowSource& rows) {
                return read_saved_params(rows, settings_, has, item);
            });
        });
    }

    Result<std::vector<UsageMeasure>> usage_measures() override {
        return in_one_view([&](RowSource& rows) { return read_usage_measures(rows, settings_); });
    }

  private:
    // What it reads is proved to be whole before the view ends.
    template <class Reading>
    std::invoke_result_t<Reading, RowSource&> in_one_view(const Reading& reading) {
        CountedRows rows(*rows_);
        return check_module(settings_).and_then([&] { return rows.begin(); }).and_then([&] {
            auto value = reading(rows);
            const Result<void> whole = value ? rows.prove_whole() : Result<void>();
            rows.end();
            if (!whole) {
                value = tl::unexpected(whole.error());
            }
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
