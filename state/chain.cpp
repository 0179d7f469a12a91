#include "state/chain.hpp"

#include <algorithm>
#include <concepts>
#include <cstdint>

#include <sodium.h>

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

Hash hash_of(std::string_view bytes, std::string_view key = {}) {
    Hash hash{};
    crypto_generichash(
        reinterpret_cast<unsigned char*>(hash.data()),
        hash.size(),
        reinterpret_cast<const unsigned char*>(bytes.data()),
        bytes.size(),
        reinterpret_cast<const unsigned char*>(key.data()),
        key.size()
    );
    return hash;
}

// Crockford's alphabet: no I, L, O, U.
constexpr std::string_view kIdDigits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::size_t kIdLength = 26;

}  // namespace

Hash row_hash(const Hash& previous, const RowView& row, std::string& scratch) {
    scratch.clear();
    scratch.append(previous.data(), previous.size());
    if (row.former()) {
        add(scratch, row.position);
    } else {
        const std::string chain =
            row.server == 0 ? "service" : "server-" + std::to_string(row.server);
        add(scratch, std::string_view(chain));
        add(scratch, row.sequence);
    }
    add(scratch, row.stream);
    add(scratch, row.version);
    add(scratch, static_cast<std::uint64_t>(row.at_ms));
    add(scratch, row.item);
    add(scratch, row.server);
    add(scratch, row.kind);
    add(scratch, row.kind_version);
    add(scratch, std::string_view(row.id));
    add(scratch, row.correlation);
    add(scratch, row.causation);
    add(scratch, row.actor_kind);
    add(scratch, row.actor_name);
    add(scratch, std::string_view(row.former() ? row.payload : row.digest));
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
        add(all, server);
        add(all, end.sequence);
        add(all, std::string_view(view(end.hash)));
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
    std::string text(kIdLength, '0');
    // 16 bytes are read as 130 bits with two leading zeros, five a digit.
    unsigned bits = 0;
    unsigned have = 2;
    std::size_t next = 0;
    for (char& digit : text) {
        if (have < 5) {
            bits =
                bits << 8U | (next < bytes.size() ? static_cast<unsigned char>(bytes[next]) : 0U);
            ++next;
            have += 8;
        }
        have -= 5;
        digit = kIdDigits[(bits >> have) & 31U];
    }
    return text;
}

std::string id_from(std::string_view text) {
    if (text.size() != kIdLength) {
        return text.size() == 32 ? from_hex(text) : std::string();
    }
    std::string bytes;
    unsigned bits = 0;
    unsigned have = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto digit = kIdDigits.find(text[i]);
        if (digit == std::string_view::npos || (i == 0 && digit > 7)) {
            return {};
        }
        bits = bits << 5U | static_cast<unsigned>(digit);
        have += i == 0 ? 3U : 5U;
        if (have >= 8) {
            have -= 8;
            bytes.push_back(static_cast<char>((bits >> have) & 0xffU));
        }
    }
    return bytes;
}

Hash hash_from(std::string_view bytes) {
    Hash hash{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

}  // namespace bn::state
