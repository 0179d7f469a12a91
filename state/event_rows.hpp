// The events table: rows in, envelopes out. Private to state; each object belongs to one connection
// and with it to one thread at a time.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/ports/event_store.hpp"
#include "state/chain.hpp"
#include "state/db.hpp"

namespace bn::state {

class RowInserter {
  public:
    explicit RowInserter(Connection& db);
    void insert(const RowView& row);

  private:
    Statement statement_;
};

// Reads rows in order of position (or as the filter says) together with their streams' names.
class RowCursor {
  public:
    RowCursor(Connection& db, const EventFilter& filter);

    bool next();

    // Valid until `next`.
    [[nodiscard]] const RowView& row() const { return row_; }

  private:
    std::string_view stream_name(std::int64_t id);

    Statement names_;
    std::vector<std::variant<std::uint64_t, std::int64_t, std::string>> values_;  // bound to rows_
    std::optional<Statement> rows_;
    std::unordered_map<std::int64_t, std::string> known_names_;  // by stream id
    RowView row_;
};

// Each event that `filter` lets through, in order. Throws StoreFault at one that cannot be read.
void for_each_event(
    Connection& db, const EventFilter& filter, const std::function<void(Envelope)>& each
);

// The envelope of a stored row, or why it cannot be read (the error names the position).
Result<Envelope> to_envelope(const RowView& row);
// The same without a look at the payload.
Envelope envelope_of(const RowView& row, Event event);

}  // namespace bn::state
