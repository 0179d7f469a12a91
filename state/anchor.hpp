// The end of a store, kept in a file elsewhere: what tells that a store is an older copy, another
// one, or gone. Private to state. Functions throw StoreFault.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "reconciler/model/error.hpp"
#include "state/db.hpp"

namespace bn::state {

struct Anchor {
    std::string store;           // its identity
    std::uint64_t position = 0;  // of the last event
    std::string event;           // that event's hash, hexadecimal digits
    std::string head;            // of all chains there; what `verify` proves
    friend bool operator==(const Anchor&, const Anchor&) = default;
};

// Nothing: there is no such file. One that cannot be read or understood is refused.
std::optional<Anchor> read_anchor(const std::string& path);

// Makes the folder if it is missing. The file is the former one or the new one, whole, at any time.
void write_anchor(const std::string& path, const Anchor& anchor);

// What the store at hand is; its position 0: it has no events. `db` may be of any schema.
Anchor anchor_of(Connection& db);

// Why the store is not the one that the anchor tells of, or an older state of it; nothing: it is.
std::optional<Error> compare_with_anchor(Connection& db, const Anchor& anchor);

// The store that the anchor tells of is not there, or has no events.
Error lost_store(const std::string& path, const Anchor& anchor);

}  // namespace bn::state
