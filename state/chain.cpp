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

}  // namespace

Hash chain_hash(const Hash& previous, const RowView& row, std::string& scratch) {
    scratch.clear();
    scratch.append(previous.data(), previous.size());
    add(scratch, row.position);
    add(scratch, row.stream);
    add(scratch, row.version);
    add(scratch, static_cast<std::uint64_t>(row.at_ms));
    add(scratch, row.item);
    add(scratch, row.server);
    add(scratch, row.kind);
    add(scratch, row.kind_version);
    add(scratch, row.id);
    add(scratch, row.correlation);
    add(scratch, row.causation);
    add(scratch, row.actor_kind);
    add(scratch, row.actor_name);
    add(scratch, row.payload);
    Hash hash{};
    crypto_generichash(
        reinterpret_cast<unsigned char*>(hash.data()),
        hash.size(),
        reinterpret_cast<const unsigned char*>(scratch.data()),
        scratch.size(),
        nullptr,
        0
    );
    return hash;
}

Hash hash_from(std::string_view bytes) {
    Hash hash{};
    std::copy_n(bytes.begin(), std::min(bytes.size(), hash.size()), hash.begin());
    return hash;
}

}  // namespace bn::state
