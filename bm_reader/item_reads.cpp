#include "bm_reader/item_reads.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "bm_reader/catalogue.hpp"
#include "bm_reader/crypted_param.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

namespace {

const char* const kMariaOptional =
    "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = "
    "DATABASE() AND table_name IN ('runningoperation', 'item', 'task')";
const char* const kSqliteOptional =
    "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p "
    "WHERE m.type = 'table' AND m.name IN ('runningoperation', 'item', 'task')";

// A count that fits, whatever the column holds.
std::uint32_t count_of(Cell cell) {
    constexpr std::int64_t kMost = std::numeric_limits<std::uint32_t>::max();
    const std::int64_t count = to_number(cell).value_or(0);
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(count, 0, kMost));
}

void replace(std::string& text, std::string_view place, std::string_view with) {
    if (const std::size_t at = text.find(place); at != std::string::npos) {
        text.replace(at, place.size(), with);
    }
}

std::string_view last_tariff_column(const OptionalColumns& has) {
    return has.last_tariff ? "i.lastpricelist" : "NULL";
}

std::string pending_sql(const std::string& module, const OptionalColumns& has) {
    std::string sql = with_module(queries::kPending.sql, module);
    replace(sql, "{trycount}", has.trycount ? "r.trycount" : "NULL");
    replace(sql, "{manual}", has.manual ? "r.manual" : "NULL");
    replace(sql, "{last}", last_tariff_column(has));
    // Status 2 is a closed task: nobody looks at it any more.
    const std::string_view open = has.task_status ? " AND (k.status IS NULL OR k.status <> 2)" : "";
    const std::string task =
        fmt::format("(SELECT COUNT(*) FROM task k WHERE k.runningoperation = r.id{})", open);
    replace(sql, "{task}", has.task ? task : "NULL");
    return sql;
}

struct InUse {
    UsageMeasure measure;
    std::uint32_t tariff = 0;
    std::vector<std::uint32_t> ordered = {};  // pricelist ids of its children
};

Result<std::vector<InUse>> read_in_use(RowSource& rows, const std::string& module) {
    std::vector<InUse> services;
    auto done = rows.each(queries::kServicesInUse, module, [&](Row row) {
        const std::uint32_t item = id_or_none(row[0]);
        if (item != 0 && (services.empty() || services.back().measure.item.value < item)) {
            InUse& service = services.emplace_back();
            service.measure.item = ItemId(item);
            service.measure.server = ServerId(id_or_none(row[2]));
            service.tariff = id_or_none(row[1]);
        }
    });
    if (!done) {
        return tl::unexpected(std::move(done.error()));
    }
    auto children = rows.scan(
        queries::kOrderedResources.name,
        with_module(queries::kOrderedResources.sql, module),
        [&](Row row) {
            const ItemId parent(id_or_none(row[0]));
            const auto at = std::ranges::lower_bound(services, parent, {}, [](const InUse& s) {
                return s.measure.item;
            });
            if (at != services.end() && at->measure.item == parent) {
                at->ordered.push_back(id_or_none(row[1]));
            }
            return true;
        }
    );
    return children.map([&] { return std::move(services); });
}

}  // namespace

Result<OptionalColumns> read_optional_columns(RowSource& rows, DatabaseKind kind) {
    OptionalColumns has;

    const struct {
        std::string_view table;
        std::string_view column;
        bool OptionalColumns::*found;
    } kColumns[] = {
        {"runningoperation", "trycount", &OptionalColumns::trycount},
        {"runningoperation", "manual", &OptionalColumns::manual},
        {"item", "lastpricelist", &OptionalColumns::last_tariff},
        {"task", "runningoperation", &OptionalColumns::task},
        {"task", "status", &OptionalColumns::task_status},
    };

    auto done = rows.scan(
        "columns that a panel may lack",
        kind == DatabaseKind::kSqlite ? kSqliteOptional : kMariaOptional,
        [&](Row row) {
            for (const auto& known : kColumns) {
                if (row[0].text() == known.table && row[1].text() == known.column) {
                    has.*known.found = true;
                }
            }
            return true;
        }
    );
    return done.map([&] { return has; });
}

Result<std::vector<PendingOperation>> read_pending(
    RowSource& rows, const std::string& module, const OptionalColumns& has
) {
    std::vector<PendingOperation> found;
    auto done = rows.scan(queries::kPending.name, pending_sql(module, has), [&](Row row) {
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
        return true;
    });
    return done.map([&] { return std::move(found); });
}

Result<SavedParams> read_saved_params(
    RowSource& rows, const PanelSettings& settings, const OptionalColumns& has, ItemId item
) {
    SavedParams saved;
    LazyKey key(settings.crypt_key_file);
    const auto on_item = [&](Row row) {
        saved.exists = true;
        const Number status = to_number(row[0]);
        if (status.has_value()) {
            saved.status = status.value();
        }
        saved.last_tariff = id_or_none(row[1]);
        return true;
    };
    const auto on_operation = [&](Row row) {
        if (const std::uint32_t id = id_or_none(row[0]); id != 0) {
            saved.operations.push_back(id);
        }
        return true;
    };
    const auto on_param = [&](Row row) {
        saved.plain.insert_or_assign(
            std::string(row[0].text()), Secret(std::string(row[1].text()))
        );
        return true;
    };
    const auto on_crypted = [&](Row row) {
        const ParamKey* opens = key.get();
        auto text =
            opens != nullptr ? opens->decrypt(row[1].text()) : tl::unexpected(key.why_not());
        saved.crypted.insert_or_assign(
            std::string(row[0].text()), text ? std::optional(*std::move(text)) : std::nullopt
        );
        return true;
    };

    const struct {
        const queries::Query& query;
        RowHandler each;
    } kScans[] = {
        {queries::kSavedItem, on_item},
        {queries::kSavedOperations, on_operation},
        {queries::kSavedParams, on_param},
        {queries::kSavedCryptedParams, on_crypted},
    };

    for (const auto& [query, each] : kScans) {
        std::string sql(query.sql);
        replace(sql, "{item}", fmt::to_string(item.value));
        replace(sql, "{last}", last_tariff_column(has));
        if (auto done = rows.scan(query.name, sql, each); !done) {
            return tl::unexpected(std::move(done.error()));
        }
    }
    return saved;
}

Result<std::vector<UsageMeasure>> read_usage_measures(
    RowSource& rows, const PanelSettings& settings
) {
    const auto catalogue = Catalogue::read(rows, settings.module, settings.disk_names);
    if (!catalogue) {
        return tl::unexpected(catalogue.error());
    }
    auto services = read_in_use(rows, settings.module);
    if (!services) {
        return tl::unexpected(std::move(services.error()));
    }
    std::vector<UsageMeasure> out;
    out.reserve(services->size());
    for (const InUse& service : *services) {
        UsageMeasure& measure = out.emplace_back(catalogue->usage(service.tariff, service.ordered));
        measure.item = service.measure.item;
        measure.server = service.measure.server;
    }
    return out;
}

}  // namespace bn::bm_reader
