// How the flat account tables are ordered by login key. For desired.cpp and actual.cpp only.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace bn {

inline bool has_upper(std::string_view text) {
    return std::any_of(text.begin(), text.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
}

inline void append_key(std::string& arena, std::string_view login) {
    for (const char c : login) {
        arena.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
    }
}

// The first eight bytes of a key as a number that orders as the bytes do.
inline std::uint64_t key_prefix(std::string_view key) {
    std::uint64_t prefix = 0;
    if (key.size() >= sizeof prefix) {
        std::memcpy(&prefix, key.data(), sizeof prefix);
        return __builtin_bswap64(prefix);  // x86-64 and arm64 are little-endian
    }
    for (std::size_t i = 0; i < sizeof prefix; ++i) {
        prefix = (prefix << 8) | (i < key.size() ? static_cast<unsigned char>(key[i]) : 0U);
    }
    return prefix;
}

// The order in which a table's records must stand; empty when they stand so already. `before`
// decides between two records of one key.
template <class Table, class Before>
std::vector<std::uint32_t> key_order(const Table& table, Before before) {
    struct Entry {
        std::uint64_t prefix;
        std::uint32_t index;
    };

    const auto less = [&](const Entry& a, const Entry& b) {
        if (a.prefix != b.prefix) {
            return a.prefix < b.prefix;
        }
        const int keys = table.key(a.index).compare(table.key(b.index));
        if (keys != 0) {
            return keys < 0;
        }
        return before(table.record(a.index), table.record(b.index));
    };
    const auto entry = [&](std::size_t i) {
        return Entry{key_prefix(table.key(i)), static_cast<std::uint32_t>(i)};
    };
    std::size_t sorted = 1;
    while (sorted < table.size() && !less(entry(sorted), entry(sorted - 1))) {
        ++sorted;
    }
    if (sorted >= table.size()) {
        return {};
    }
    std::vector<Entry> entries(table.size());
    for (std::size_t i = 0; i < entries.size(); ++i) {
        entries[i] = entry(i);
    }
    std::stable_sort(entries.begin(), entries.end(), less);
    std::vector<std::uint32_t> order(entries.size());
    std::transform(entries.begin(), entries.end(), order.begin(), [](const Entry& e) {
        return e.index;
    });
    return order;
}

template <class Table>
std::size_t find_key(const Table& table, std::string_view wanted) {
    std::size_t first = 0;
    std::size_t last = table.size();
    while (first < last) {
        const std::size_t middle = first + (last - first) / 2;
        if (table.key(middle) < wanted) {
            first = middle + 1;
        } else {
            last = middle;
        }
    }
    return first < table.size() && table.key(first) == wanted ? first : Table::npos;
}

}  // namespace bn
