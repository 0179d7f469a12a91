// One row of the events table, and the hash chains over rows. Private to state.
//
// One chain a server and one for the service (server 0): order is only promised within a chain, so
// that several writers may one day share a database, each with a lease on its servers. Rows of
// schemas before 3 form one chain of their own; the new chains go on from its end.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/codec.hpp"
#include "reconciler/model/fields.hpp"
#include "state/db.hpp"

namespace bn::state {

using Hash = std::array<char, 32>;

// A row as it is stored, the stream by its name. Views: the owner keeps what they point to.
struct RowView {
    std::string_view stream;
    std::uint64_t position = 0;
    std::int64_t stream_id = 0;
    std::uint64_t version = 0;
    std::int64_t at_ms = 0;
    std::uint32_t item = 0;
    std::uint32_t server = 0;  // also: its chain
    std::string_view kind;
    std::uint16_t kind_version = 0;
    Blob id;  // 16 bytes
    std::string_view correlation;
    std::string_view causation;
    std::string_view actor_kind;
    std::string_view actor_name;
    Blob payload;
    Blob hash;                   // 32 bytes
    std::uint64_t sequence = 0;  // in its chain, from 1; 0: a row of the former chain
    Blob salt;                   // 16 bytes; empty: the payload was masked
    Blob digest;                 // of the payload as it was written

    // In the order of the table's columns.
    BN_FIELDS(RowView, position, stream_id, version, at_ms, item, server, kind, kind_version, id,
              correlation, causation, actor_kind, actor_name, payload, hash, sequence, salt, digest);

    [[nodiscard]] bool former() const { return sequence == 0; }
};

// BLAKE2b-256 over the hash before it in the chain and every column of this row but the payload,
// for which its digest stands; each text after its length. For a former row: over its position and
// the payload itself. `scratch` is reused memory.
Hash row_hash(const Hash& previous, const RowView& row, std::string& scratch);

// What stands for the payload in the row's hash: keyed with a random salt, so that nothing can be
// guessed from it once the payload is masked and the salt is gone. Without a salt: for a mask.
Hash payload_digest(std::string_view salt, std::string_view payload);
inline constexpr std::size_t kSaltSize = 16;

struct ChainEnd {
    std::uint64_t sequence = 0;
    Hash hash{};
    friend bool operator==(const ChainEnd&, const ChainEnd&) = default;
};

struct Chains {
    std::uint64_t former_position = 0;  // where the former chain ended
    Hash former_end{};
    std::map<std::uint32_t, ChainEnd> ends;  // by server

    ChainEnd& of(std::uint32_t server) {
        return ends.try_emplace(server, ChainEnd{0, former_end}).first->second;
    }

    // One hash that stands for all ends: what an anchor keeps.
    [[nodiscard]] Hash head() const;
};

// As recorded. A store of a former schema, opened for reading only, has the former chain alone.
Chains load_chains(Connection& db);

inline Blob view(const Hash& hash) {
    return std::string_view(hash.data(), hash.size());
}

// REQUIRES: 32 bytes.
Hash hash_from(std::string_view bytes);

using base::from_hex;
using base::to_hex;

// An event's id as it is printed: a ULID, 26 characters. Reads also the former spelling, 32
// hexadecimal digits; empty when `text` is neither.
std::string id_text(std::string_view bytes);
std::string id_from(std::string_view text);

}  // namespace bn::state
