#include "state/event_rows.hpp"

#include <algorithm>
#include <iterator>
#include <variant>

#include <fmt/format.h>

#include "state/event_codec.hpp"

namespace bn::state {

namespace {

constexpr std::string_view kColumns =
    "position, stream, version, at_ms, item, server, kind, kind_version, id, correlation, "
    "causation, actor_kind, actor_name, payload, hash";
constexpr std::string_view kChainColumns = ", sequence, salt, digest";
constexpr std::string_view kNoChainColumns = ", 0, x'', x''";

// Conditions with their values, in order.
struct Query {
    std::string sql;
    std::vector<std::variant<std::uint64_t, std::int64_t, std::string>> values;

    template <class Value>
    void add(std::string_view text, Value value) {
        sql += text;
        values.emplace_back(std::move(value));
    }
};

std::vector<std::string> stored_kinds(const EventFilter& filter) {
    std::vector<std::string> names;
    for (const std::string& kind : filter.kinds) {
        std::ranges::move(stored_names(kind), std::back_inserter(names));
    }
    return names;
}

Query query_of(const EventFilter& filter, bool chains) {
    Query query;
    query.sql =
        fmt::format("SELECT {}{} FROM events", kColumns, chains ? kChainColumns : kNoChainColumns);
    query.add(" WHERE position > ?", filter.after);
    if (!filter.id.empty()) {
        query.add(" AND id = CAST(? AS BLOB)", id_from(filter.id));
        query.add(" LIMIT ?", filter.limit);
        return query;
    }
    const std::string stream = filter.item ? item_stream(*filter.item) : filter.stream;
    if (!stream.empty()) {
        query.add(" AND stream = (SELECT id FROM streams WHERE name = ?)", stream);
    }
    if (filter.server) {
        query.add(" AND server = ?", std::uint64_t{filter.server->value});
    }
    if (filter.since) {
        query.add(" AND at_ms >= ?", std::int64_t{filter.since->time_since_epoch().count()});
    }
    if (filter.until) {
        query.add(" AND at_ms <= ?", std::int64_t{filter.until->time_since_epoch().count()});
    }
    const std::vector<std::string> kinds = stored_kinds(filter);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        query.add(i == 0 ? " AND kind IN (?" : ",?", kinds[i]);
    }
    query.sql += kinds.empty() ? "" : ")";
    // Within a stream, versions and positions have one order, and the index is in that of versions.
    query.sql += !stream.empty() ? " ORDER BY version" : " ORDER BY position";
    query.sql += filter.newest_first ? " DESC" : "";
    // Of a kind the reader counts itself: a stored name may read as several.
    query.add(" LIMIT ?", kinds.empty() ? filter.limit : ~std::uint64_t{0});
    return query;
}

}  // namespace

RowInserter::RowInserter(Connection& db)
    : statement_(
          db,
          fmt::format(
              "INSERT INTO events ({}{}) VALUES "
              "(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)",
              kColumns,
              kChainColumns
          )
      ) {}

void RowInserter::insert(const RowView& row) {
    int at = 0;
    auto put = [&](const char*, const auto& value) { statement_.put(++at, value); };
    RowView::each_field(put, row);
    statement_.step();
    statement_.reset();
}

RowCursor::RowCursor(Connection& db, const EventFilter& filter)
    : names_(db, "SELECT name FROM streams WHERE id = ?1") {
    Query query = query_of(filter, db.number("PRAGMA user_version") >= 3);
    rows_.emplace(db, query.sql);
    values_ = std::move(query.values);
    int at = 0;
    for (const auto& value : values_) {
        std::visit([&](const auto& one) { rows_->put(++at, one); }, value);
    }
}

std::string_view RowCursor::stream_name(std::int64_t id) {
    if (id < 1) {
        return {};  // no stream is so; 0 means "none" to the writer
    }
    const auto [known, added] = known_names_.try_emplace(id);
    if (added) {
        names_.bind(id);
        known->second = names_.step() ? names_.text(0) : std::string_view();
        names_.reset();
    }
    return known->second;
}

bool RowCursor::next() {
    if (!rows_->step()) {
        return false;
    }
    int at = 0;
    auto get = [&](const char*, auto& value) { rows_->get(at++, value); };
    RowView::each_field(get, row_);
    row_.stream = stream_name(row_.stream_id);
    return true;
}

void for_each_event(
    Connection& db, const EventFilter& filter, const std::function<void(Envelope)>& each
) {
    RowCursor cursor(db, filter);
    while (cursor.next()) {
        auto envelope = to_envelope(cursor.row());
        if (!envelope) {
            throw StoreFault(std::move(envelope.error()));
        }
        each(*std::move(envelope));
    }
}

Result<Envelope> to_envelope(const RowView& row) {
    auto event = decode(row.kind, row.kind_version, row.payload);
    if (!event) {
        auto error = std::move(event.error());
        error.what = fmt::format("event {}: {}", row.position, error.what);
        return tl::unexpected(std::move(error));
    }
    return envelope_of(row, *std::move(event));
}

Envelope envelope_of(const RowView& row, Event event) {
    Envelope out;
    out.position = row.position;
    out.stream = row.stream;
    out.version = row.version;
    out.id = id_text(row.id);
    out.at = Time(Duration(row.at_ms));
    out.correlation = row.correlation;
    out.causation = row.causation;
    out.actor.kind = row.actor_kind;
    out.actor.name = row.actor_name;
    out.event = std::move(event);
    return out;
}

}  // namespace bn::state
