#include "state/chain.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>

#include <sodium.h>

#include "reconciler/events/events.hpp"
#include "state/sealer.hpp"

namespace bn::state {

namespace {

template <std::unsigned_integral T>
void add(std::string& out, T value) {
    const std::uint64_t wide = value;
    char bytes[sizeof(T)];
    for (std::size_t i = 0; i < sizeof(T); ++i) {
        bytes[i] = static_cast<char>((wide >> (8 * i)) & 0xffU);
    }
    out.append(bytes, sizeof(T));
}

void add(std::string& out, std::string_view text) {
    add(out, static_cast<std::uint32_t>(text.size()));
    out.append(text);
}

void add_all(std::string& out, const auto&... values) {
    (add(out, values), ...);
}

Hash hash_of(std::string_view bytes, std::string_view key = {}) {
    Hash hash{};
    auto* const out = reinterpret_cast<unsigned char*>(hash.data());
    crypto_generichash(
        out, hash.size(), sodium_bytes(bytes), bytes.size(), sodium_bytes(key), key.size()
    );
    return hash;
}

// Crockford's alphabet: no I, L, O, U.
constexpr std::string_view kIdDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kIdLength = 26;

// The 16 bytes of an id as one number, the first of them the greatest: five bits a digit.
__extension__ using Id = unsigned __int128;

}  // namespace

Hash row_hash(const Hash& previous, const RowView& row, std::string& scratch) {
    scratch.clear();
    scratch.append(previous.data(), previous.size());
    if (row.former()) {
        add(scratch, row.position);
    } else {
        add(scratch, row.server == 0 ? "service" : server_stream(ServerId(row.server)));
        add(scratch, row.sequence);
    }
    const auto at_ms = static_cast<std::uint64_t>(row.at_ms);
    add_all(scratch, row.stream, row.version, at_ms, row.item, row.server);
    add_all(scratch, row.kind, row.kind_version, row.id);
    add_all(scratch, row.correlation, row.causation, row.actor_kind, row.actor_name);
    add(scratch, row.former() ? row.payload : row.digest);
    return hash_of(scratch);
}

Hash payload_digest(std::string_view salt, std::string_view payload) {
    return hash_of(payload, salt);
}

Hash Chains::head() const {
    if (ends.empty()) {
        return former_end;
    }
    std::string all(former_end.data(), former_end.size());
    for (const auto& [server, end] : ends) {
        add_all(all, server, end.sequence, view(end.hash));
    }
    return hash_of(all);
}

Chains load_chains(Connection& db) {
    Chains chains;
    Statement former(db, "SELECT position, hash FROM chain WHERE id = 1");
    if (former.step()) {
        chains.former_position = static_cast<std::uint64_t>(former.integer(0));
        chains.former_end = hash_from(former.blob(1));
    }
    if (db.number("PRAGMA user_version") < 3) {
        return chains;
    }
    Statement rows(db, "SELECT server, sequence, hash FROM chains");
    while (rows.step()) {
        chains.ends[static_cast<std::uint32_t>(rows.integer(0))] = {
            static_cast<std::uint64_t>(rows.integer(1)), hash_from(rows.blob(2))};
    }
    return chains;
}

std::string id_text(std::string_view bytes) {
    Id id = 0;
    for (std::size_t i = 0; i < sizeof id; ++i) {
        id = id << 8U | (i < bytes.size() ? static_cast<unsigned char>(bytes[i]) : 0U);
    }
    std::string text(kIdLength, '0');
    for (auto digit = text.rbegin(); digit != text.rend(); ++digit, id >>= 5U) {
        *digit = kIdDigits[static_cast<std::size_t>(id & 31U)];
    }
    return text;
}

std::string id_from(std::string_view text) {
    if (text.size() != kIdLength) {
        return text.size() == 32 ? from_hex(text) : std::string();
    }
    Id id = 0;
    for (const char c : text) {
        const auto digit = kIdDigits.find(c);
        if (digit == std::string_view::npos || id >> (8 * sizeof id - 5) != 0) {
            return {};  // no digit, or a number of more than 128 bits
        }
        id = id << 5U | digit;
    }
    std::string bytes(sizeof id, '\0');
    for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte, id >>= 8U) {
        *byte = static_cast<char>(id & 0xffU);
    }
    return bytes;
}

Hash hash_from(std::string_view bytes) {
    Hash hash{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

}  // namespace bn::state
