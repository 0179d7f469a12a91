// One row of the events table, and the hash chain over rows. Private to state.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/codec.hpp"

namespace bn::state {

using Hash = std::array<char, 32>;

// A row as it is stored, the stream by its name. Views: the owner keeps what they point to.
struct RowView {
    std::uint64_t position = 0;
    std::string_view stream;
    std::uint64_t version = 0;
    std::int64_t at_ms = 0;
    std::uint32_t item = 0;
    std::uint32_t server = 0;
    std::string_view kind;
    std::uint16_t kind_version = 0;
    std::string_view id;  // 16 bytes
    std::string_view correlation;
    std::string_view causation;
    std::string_view actor_kind;
    std::string_view actor_name;
    std::string_view payload;
};

// BLAKE2b-256 over the previous row's hash and every column of this one, each text after its
// length. `scratch` is reused memory.
Hash chain_hash(const Hash& previous, const RowView& row, std::string& scratch);

inline std::string_view view(const Hash& hash) {
    return {hash.data(), hash.size()};
}

// REQUIRES: 32 bytes.
Hash hash_from(std::string_view bytes);

using base::from_hex;
using base::to_hex;

}  // namespace bn::state
