// What the two flat tables of accounts share: records sorted by login key, their texts in one
// block. For desired.hpp and actual.hpp only. Built once, then read from any thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/text_arena.hpp"

namespace bn {

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

// RecordT has `text` (offset of key | e-mail | spelling in the block; the spelling only where it is
// not the key itself), `key_length`, `email_length`, and the bit `kSpelled` in its `flags`.
template <class RecordT>
class AccountTable {
  public:
    using Record = RecordT;
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    [[nodiscard]] std::size_t size() const { return records_.size(); }

    // The lower-case login, the order of the table.
    [[nodiscard]] std::string_view key(std::size_t i) const {
        return text(records_[i], 0, records_[i].key_length);
    }

    [[nodiscard]] std::string_view email(std::size_t i) const {
        return text(records_[i], records_[i].key_length, records_[i].email_length);
    }

    // By key (lower case); npos when it is not there.
    [[nodiscard]] std::size_t find(std::string_view wanted) const {
        const auto found =
            std::partition_point(records_.begin(), records_.end(), [&](const Record& record) {
                return text(record, 0, record.key_length) < wanted;
            });
        const auto at = static_cast<std::size_t>(found - records_.begin());
        return at < size() && key(at) == wanted ? at : npos;
    }

    // For the diff, which reads records in order and must not pay for views.
    [[nodiscard]] const Record& record(std::size_t i) const { return records_[i]; }

    [[nodiscard]] const Record* records() const { return records_.data(); }

    [[nodiscard]] const char* texts() const { return arena_.data(); }

    [[nodiscard]] const NamePool& groups() const { return groups_; }

    // Memory of records and texts.
    [[nodiscard]] std::size_t bytes() const {
        return records_.capacity() * sizeof(Record) + arena_.capacity();
    }

  protected:
    // The spelling as it was added.
    [[nodiscard]] std::string_view login(std::size_t i) const {
        const Record& one = records_[i];
        const std::size_t at = std::size_t{one.key_length} + one.email_length;
        return (one.flags & Record::kSpelled) != 0 ? text(one, at, one.key_length) : key(i);
    }

    // Adds a record with these texts, each cut at 255 bytes.
    void append(Record record, std::string_view spelling, std::string_view email) {
        const std::string_view cut = spelling.substr(0, 255);
        const std::string key = login_key(cut);
        record.text = static_cast<std::uint32_t>(arena_.size());
        record.key_length = static_cast<std::uint8_t>(key.size());
        record.email_length = static_cast<std::uint8_t>(std::min<std::size_t>(email.size(), 255));
        arena_.append(key).append(email.substr(0, 255));
        if (cut != key) {
            record.flags = static_cast<decltype(record.flags)>(record.flags | Record::kSpelled);
            arena_.append(cut);
        }
        records_.push_back(record);
    }

    // The order in which the records must stand. `before` decides between two of one key.
    template <class Before>
    [[nodiscard]] std::vector<std::uint32_t> key_order(Before before) const {
        struct Entry {
            std::uint64_t prefix;
            std::uint32_t index;
        };

        std::vector<Entry> entries(size());
        for (std::size_t i = 0; i < entries.size(); ++i) {
            entries[i] = {key_prefix(key(i)), static_cast<std::uint32_t>(i)};
        }
        const auto less = [&](const Entry& a, const Entry& b) {
            if (a.prefix != b.prefix) {
                return a.prefix < b.prefix;
            }
            const int keys = key(a.index).compare(key(b.index));
            return keys != 0 ? keys < 0 : before(records_[a.index], records_[b.index]);
        };
        if (!std::is_sorted(entries.begin(), entries.end(), less)) {
            std::stable_sort(entries.begin(), entries.end(), less);
        }
        std::vector<std::uint32_t> order(entries.size());
        std::transform(entries.begin(), entries.end(), order.begin(), [](const Entry& e) {
            return e.index;
        });
        return order;
    }

    // Keeps these records, in this order, with their texts side by side; false: they stand so.
    bool arrange(const std::vector<std::uint32_t>& order) {
        const bool moved = order.size() != size() || !std::is_sorted(order.begin(), order.end());
        if (moved) {
            std::vector<Record> records;
            std::string arena;
            records.reserve(order.size());
            arena.reserve(arena_.size());
            for (const std::uint32_t i : order) {
                Record record = records_[i];
                const bool spelled = (record.flags & Record::kSpelled) != 0;
                const std::string_view all = text(
                    record,
                    0,
                    std::size_t{record.key_length} * (spelled ? 2 : 1) + record.email_length
                );
                record.text = static_cast<std::uint32_t>(arena.size());
                arena.append(all);
                records.push_back(record);
            }
            records_ = std::move(records);
            arena_ = std::move(arena);
        }
        records_.shrink_to_fit();
        arena_.shrink_to_fit();
        return moved;
    }

    std::vector<Record> records_;
    std::string arena_;
    NamePool groups_;

  private:
    [[nodiscard]] std::string_view text(const Record& record, std::size_t from, std::size_t length)
        const {
        return {arena_.data() + record.text + from, length};
    }
};

}  // namespace bn
