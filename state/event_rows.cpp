#include "state/event_rows.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "state/event_codec.hpp"

namespace bn::state {

namespace {

constexpr std::string_view kColumns =
    "position, stream, version, at_ms, item, server, kind, kind_version, id, correlation, "
    "causation, actor_kind, actor_name, payload, hash";
constexpr std::string_view kChainColumns = ", sequence, salt, digest";
constexpr std::string_view kNoChainColumns = ", 0, x'', x''";
constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

bool one_stream(const EventFilter& filter) {
    return !filter.stream.empty() || filter.item;
}

std::vector<std::string> stored_kinds(const EventFilter& filter) {
    std::vector<std::string> names;
    for (const std::string& kind : filter.kinds) {
        for (std::string& name : stored_names(kind)) {
            names.push_back(std::move(name));
        }
    }
    return names;
}

std::string select(const EventFilter& filter, std::size_t kinds, bool chains) {
    std::string sql = fmt::format(
        "SELECT {}{} FROM events WHERE position > ?1",
        kColumns,
        chains ? kChainColumns : kNoChainColumns
    );
    if (!filter.id.empty()) {
        sql += " AND id = ?2";
        return sql + " LIMIT ?7";
    }
    if (!filter.stream.empty()) {
        sql += " AND stream = (SELECT id FROM streams WHERE name = ?2)";
    }
    if (filter.item) {
        sql += " AND stream = (SELECT id FROM streams WHERE name = ?3)";
    }
    if (filter.server) {
        sql += " AND server = ?4";
    }
    if (filter.since) {
        sql += " AND at_ms >= ?5";
    }
    if (filter.until) {
        sql += " AND at_ms <= ?6";
    }
    if (kinds != 0) {
        sql += " AND kind IN (?8";
        for (std::size_t i = 1; i < kinds; ++i) {
            sql += fmt::format(",?{}", 8 + i);
        }
        sql += ")";
    }
    // Within a stream, versions and positions have one order, and the index is in that of versions.
    sql += one_stream(filter) ? " ORDER BY version" : " ORDER BY position";
    sql += filter.newest_first ? " DESC" : "";
    return sql + " LIMIT ?7";
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
    : RowCursor(db, filter, stored_kinds(filter)) {}

RowCursor::RowCursor(
    Connection& db, const EventFilter& filter, const std::vector<std::string>& kinds
)
    : names_(db, "SELECT name FROM streams WHERE id = ?1"),
      chains_(db.number("PRAGMA user_version") >= 3),
      rows_(db, select(filter, kinds.size(), chains_)) {
    rows_.put(1, filter.after);
    if (!filter.id.empty()) {
        id_ = id_from(filter.id);
        rows_.put(2, Blob(id_));
        rows_.put(7, filter.limit);
        return;
    }
    if (!filter.stream.empty()) {
        rows_.put_copy(2, filter.stream);
    }
    if (filter.item) {
        rows_.put_copy(3, item_stream(*filter.item));
    }
    if (filter.server) {
        rows_.put(4, filter.server->value);
    }
    if (filter.since) {
        rows_.put(5, filter.since->time_since_epoch().count());
    }
    if (filter.until) {
        rows_.put(6, filter.until->time_since_epoch().count());
    }
    // Of a kind the reader counts itself: a stored name may read as several.
    rows_.put(7, kinds.empty() ? filter.limit : kNoLimit);
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        rows_.put_copy(static_cast<int>(8 + i), kinds[i]);
    }
}

std::string_view RowCursor::stream_name(std::int64_t id) {
    // Ids are given out from 1 without gaps; a number far out of range is damage, not a reason to
    // take that much memory.
    constexpr std::size_t kMostNames = 1U << 28U;
    const auto index = static_cast<std::size_t>(id);
    if (id < 1 || index >= kMostNames) {
        return {};
    }
    if (index < known_names_.size() && !known_names_[index].empty()) {
        return known_names_[index];
    }
    names_.bind(id);
    std::string name = names_.step() ? std::string(names_.text(0)) : std::string();
    names_.reset();
    if (name.empty()) {
        return {};
    }
    if (index >= known_names_.size()) {
        known_names_.resize(index + 1);
    }
    known_names_[index] = std::move(name);
    return known_names_[index];
}

bool RowCursor::next() {
    if (!rows_.step()) {
        return false;
    }
    int at = 0;
    auto get = [&](const char*, auto& value) { rows_.get(at++, value); };
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
    out.event = std::move(*event);
    return out;
}

}  // namespace bn::state
