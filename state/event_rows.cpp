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

constexpr std::uint64_t kMaxInteger = 0x7fffffffffffffffULL;

std::int64_t clamp(std::uint64_t value) {
    return static_cast<std::int64_t>(std::min(value, kMaxInteger));
}

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
        "SELECT {}{} FROM events WHERE position > ?1", kColumns, chains ? kChainColumns : ""
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

void RowInserter::insert(std::int64_t stream, const RowView& row, const Hash& hash) {
    statement_.bind(1, clamp(row.position));
    statement_.bind(2, stream);
    statement_.bind(3, clamp(row.version));
    statement_.bind(4, row.at_ms);
    statement_.bind(5, row.item);
    statement_.bind(6, row.server);
    statement_.bind_text(7, row.kind);
    statement_.bind(8, row.kind_version);
    statement_.bind_blob(9, row.id);
    statement_.bind_text(10, row.correlation);
    statement_.bind_text(11, row.causation);
    statement_.bind_text(12, row.actor_kind);
    statement_.bind_text(13, row.actor_name);
    statement_.bind_blob(14, row.payload);
    statement_.bind_blob(15, view(hash));
    statement_.bind(16, clamp(row.sequence));
    statement_.bind_blob(17, row.salt);
    statement_.bind_blob(18, row.digest);
    statement_.run();
}

RowCursor::RowCursor(Connection& db, const EventFilter& filter)
    : RowCursor(db, filter, stored_kinds(filter)) {}

RowCursor::RowCursor(
    Connection& db, const EventFilter& filter, const std::vector<std::string>& kinds
)
    : names_(db, "SELECT name FROM streams WHERE id = ?1"),
      chains_(db.number("PRAGMA user_version") >= 3),
      rows_(db, select(filter, kinds.size(), chains_)) {
    rows_.bind(1, clamp(filter.after));
    if (!filter.id.empty()) {
        id_ = id_from(filter.id);
        rows_.bind_blob(2, id_);
        rows_.bind(7, clamp(filter.limit));
        return;
    }
    if (!filter.stream.empty()) {
        rows_.bind_copy(2, filter.stream);
    }
    if (filter.item) {
        rows_.bind_copy(3, item_stream(*filter.item));
    }
    if (filter.server) {
        rows_.bind(4, filter.server->value);
    }
    if (filter.since) {
        rows_.bind(5, filter.since->time_since_epoch().count());
    }
    if (filter.until) {
        rows_.bind(6, filter.until->time_since_epoch().count());
    }
    // Of a kind the reader counts itself: a stored name may read as several.
    rows_.bind(7, clamp(kinds.empty() ? filter.limit : kMaxInteger));
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        rows_.bind_copy(static_cast<int>(8 + i), kinds[i]);
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
    names_.bind(1, id);
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
    row_.position = static_cast<std::uint64_t>(rows_.integer(0));
    stream_id_ = rows_.integer(1);
    row_.stream = stream_name(stream_id_);
    row_.version = static_cast<std::uint64_t>(rows_.integer(2));
    row_.at_ms = rows_.integer(3);
    row_.item = static_cast<std::uint32_t>(rows_.integer(4));
    row_.server = static_cast<std::uint32_t>(rows_.integer(5));
    row_.kind = rows_.text(6);
    row_.kind_version = static_cast<std::uint16_t>(rows_.integer(7));
    row_.id = rows_.blob(8);
    row_.correlation = rows_.text(9);
    row_.causation = rows_.text(10);
    row_.actor_kind = rows_.text(11);
    row_.actor_name = rows_.text(12);
    row_.payload = rows_.blob(13);
    hash_ = rows_.blob(14);
    if (chains_) {
        row_.sequence = static_cast<std::uint64_t>(rows_.integer(15));
        row_.salt = rows_.blob(16);
        row_.digest = rows_.blob(17);
    }
    return true;
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
