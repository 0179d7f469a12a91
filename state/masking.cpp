#include "state/masking.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "state/chain.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"
#include "state/text_mask.hpp"

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
        auto checkpoint = load_checkpoint(db_);
        const bool item_there = checkpoint && checkpoint->ledger.item(mask_.event.item) != nullptr;
        if (item_there) {
            mask_.item_known = true;
            checkpoint->ledger.change(mask_.event.item, [this](LedgerItem& entry) {
                mask_texts(entry, [this](std::string_view field, const std::string& text) {
                    if (tells_who(field, text)) {
                        who_.insert(text);
                    }
                    return true;
                });
            });
        }
        const MaskText names_him = [this](std::string_view, const std::string& text) {
            return std::ranges::any_of(who_, [&](const auto& who) { return names(text, who); });
        };
        if (!who_.empty()) {
            each(EventFilter(), names_him);
        }
        if (checkpoint) {
            for (const auto& [id, entry] : std::map(checkpoint->ledger.servers())) {
                mask_texts(checkpoint->ledger.edit(id), names_him);
            }
            replace_checkpoint(*checkpoint);
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

    template <class T>
    static void mask_texts(T& entry, const MaskText& replace) {
        TextMask mask(replace);
        T::each_field(mask, entry);
    }

    // The record names its new digest at the position of the cut, where there is no event.
    void replace_checkpoint(const Checkpoint& checkpoint) {
        std::vector<CheckpointRow> rows = checkpoint_rows(checkpoint);
        const Hash digest = digest_of(rows);
        if (digest != checkpoint_digest(db_)) {
            mask_.event.rows.push_back({checkpoint.head.position, to_hex(view(digest))});
            mask_.checkpoint = std::move(rows);
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
