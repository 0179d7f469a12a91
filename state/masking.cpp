#include "state/masking.hpp"

#include <algorithm>
#include <cctype>
#include <set>
#include <string_view>
#include <utility>

#include "state/chain.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"

namespace bn::state {

namespace {

// What the record of a mask says of a row: the digest of the payload that is there now. A former
// row's own hash covers the payload, so that it proves nothing any more, the rows before it
// included: its digest is over the whole row and the hash before it.
Hash proof_of_mask(Connection& db, const RowView& row, const std::string& payload) {
    if (!row.former()) {
        return payload_digest({}, payload);
    }
    Hash previous{};
    Statement before(db, "SELECT hash FROM events WHERE position = ?1 - 1");
    before.bind(row.position);
    if (before.step()) {
        previous = hash_from(before.blob(0));
    }
    RowView masked_row = row;
    masked_row.payload = Blob(payload);
    std::string scratch;
    return row_hash(previous, masked_row, scratch);
}

bool tells_who(std::string_view field, std::string_view text) {
    return field == "login" || field == "email" || field == "display_name" ||
           text.find('@') != std::string_view::npos;
}

// Of a name: a login that is a part of another one is not that one.
bool goes_on(char c) {
    const auto byte = static_cast<unsigned char>(c);
    return std::isalnum(byte) != 0 || byte >= 0x80 || c == '_' || c == '-' || c == '@';
}

bool names(std::string_view text, std::string_view who) {
    for (auto at = text.find(who); at != std::string_view::npos; at = text.find(who, at + 1)) {
        const auto end = at + who.size();
        if ((at == 0 || !goes_on(text[at - 1])) && (end == text.size() || !goes_on(text[end]))) {
            return true;
        }
    }
    return false;
}

class MaskPlanner {
  public:
    MaskPlanner(Connection& db, ItemId item) : db_(db) { mask_.event.item = item; }

    Mask run() {
        EventFilter own;
        own.item = mask_.event.item;
        // Before the rows of servers: what they are searched for is found here.
        each(own, [this](std::string_view field, const std::string& text) {
            if (tells_who(field, text)) {
                who_.insert(text);
            }
            return true;
        });
        if (!who_.empty()) {
            EventFilter all;
            each(all, [this](std::string_view, const std::string& text) {
                return std::ranges::any_of(who_, [&](const auto& who) { return names(text, who); });
            });
        }
        std::ranges::sort(mask_.event.rows, {}, &MaskedRow::position);
        return std::move(mask_);
    }

  private:
    void each(const EventFilter& filter, const MaskText& replace) {
        RowCursor cursor(db_, filter);
        while (cursor.next()) {
            const RowView& row = cursor.row();
            if (filter.item) {
                mask_.item_known = true;
                note_secret(row);
            }
            // A record of a mask says nothing of anybody, and others' events are theirs.
            if (row.kind == ItemMasked::kKind.name || (!filter.item && row.item != 0)) {
                continue;
            }
            auto payload = masked(row.kind, row.kind_version, row.payload, replace);
            if (!payload) {
                throw StoreFault(std::move(payload.error()));
            }
            if (*payload != row.payload) {
                const Hash proof = proof_of_mask(db_, row, *payload);
                mask_.event.rows.push_back({row.position, to_hex(view(proof))});
                mask_.payloads.emplace_back(row.position, *std::move(payload));
            }
        }
    }

    void note_secret(const RowView& row) {
        const auto envelope = to_envelope(row);
        if (!envelope) {
            throw StoreFault(envelope.error());
        }
        const auto* intent = std::get_if<ActionIntended>(&envelope->event);
        if (intent != nullptr && !intent->secret_ref.empty()) {
            mask_.secrets.push_back(intent->secret_ref);
        }
    }

    Connection& db_;
    Mask mask_;
    std::set<std::string> who_;
};

}  // namespace

Mask plan_mask(Connection& db, ItemId item) {
    return MaskPlanner(db, item).run();
}

}  // namespace bn::state
