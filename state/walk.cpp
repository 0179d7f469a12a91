#include "state/walk.hpp"

#include <sstream>
#include <utility>

#include <fmt/format.h>

#include "state/event_codec.hpp"
#include "state/event_rows.hpp"

namespace bn::state {

std::string to_text(const Proved& proved) {
    std::string text = fmt::format(
        "{} {} {}",
        proved.position,
        proved.chains.former_position,
        to_hex(view(proved.chains.former_end))
    );
    for (const auto& [server, end] : proved.chains.ends) {
        text += fmt::format(" {} {} {}", server, end.sequence, to_hex(view(end.hash)));
    }
    return text;
}

std::optional<Proved> proved_from(std::string_view text) {
    std::istringstream in{std::string(text)};
    Proved proved;
    std::string hash;
    const auto take_hash = [&](Hash& into) {
        const std::string bytes = from_hex(hash);
        into = hash_from(bytes);
        return bytes.size() == into.size();
    };
    if (!(in >> proved.position >> proved.chains.former_position >> hash) ||
        !take_hash(proved.chains.former_end)) {
        return std::nullopt;
    }
    std::uint32_t server = 0;
    while (in >> server) {
        ChainEnd& end = proved.chains.ends[server];
        if (!(in >> end.sequence >> hash) || !take_hash(end.hash)) {
            return std::nullopt;
        }
    }
    return proved;
}

void EventWalk::begin(const Chains& recorded) {
    at_.chains.former_position = recorded.former_position;
    at_.chains.former_end = recorded.former_end;
}

void EventWalk::begin_at(
    Proved cut, const std::map<std::int64_t, std::uint64_t>& streams, std::string digest
) {
    at_ = std::move(cut);
    former_ = at_.chains.former_end;
    versions_.insert(streams.begin(), streams.end());
    cut_ = at_.position;
    checkpoint_digest_ = std::move(digest);
}

void EventWalk::go_on(Proved from) {
    at_ = std::move(from);
    former_ = at_.chains.former_end;
    from_the_middle_ = true;
}

void EventWalk::begin_after(std::uint64_t position, const Chains& recorded) {
    begin(recorded);
    at_.position = position;
    former_ = recorded.former_end;
    from_the_middle_ = true;
    believing_ = true;
}

void EventWalk::check(const RowView& row) {
    if (row.position != at_.position + 1) {
        on_fault_(
            at_.position + 1,
            "gap",
            fmt::format("event {} follows event {}", row.position, at_.position)
        );
    }
    at_.position = row.position;
    check_version(row);
    check_hash(row);
    check_content(row);
}

// After a fault a chain goes on from what is stored, so that each fault is named once.
void EventWalk::check_hash(const RowView& row) {
    if (row.former()) {
        const Hash whole = row_hash(former_, row, scratch_);
        const bool believed = believing_ && versions_.size() == 1;
        if (row.position > at_.chains.former_position) {
            on_fault_(row.position, "chain", "the row is in no chain");
        } else if (view(whole) != row.hash && !believed) {
            unproved_[row.position] = whole;  // unless it was masked
        }
        former_ = hash_from(row.hash);
        return;
    }
    const bool first = !at_.chains.ends.contains(row.server);
    const Hash payload = payload_digest(row.salt, row.payload);
    ChainEnd& end = at_.chains.of(row.server);
    const bool next = row.sequence == end.sequence + 1;
    const bool believed = believing_ && first;
    if (!believed && (!next || view(row_hash(end.hash, row, scratch_)) != row.hash)) {
        on_fault_(row.position, "chain", "the row is not what was written (hash chain)");
    } else if (row.salt.empty()) {
        unproved_[row.position] = payload;
    } else if (view(payload) != row.digest) {
        on_fault_(row.position, "chain", "the payload is not what was written (digest)");
    }
    end = {row.sequence, hash_from(row.hash)};
}

void EventWalk::check_version(const RowView& row) {
    const auto [known, first] = versions_.try_emplace(row.stream_id, 0);
    std::uint64_t& version = known->second;
    if (!(first && from_the_middle_) && row.version != version + 1) {
        on_fault_(
            row.position,
            "version",
            fmt::format(
                "version {} of stream '{}' follows version {}", row.version, row.stream, version
            )
        );
    }
    version = row.version;
}

void EventWalk::check_content(const RowView& row) {
    const auto envelope = to_envelope(row);
    if (!envelope) {
        const bool known = knows(row.kind, row.kind_version);
        on_fault_(row.position, known ? "payload" : "unknown_kind", envelope.error().what);
        all_readable_ = false;
        return;
    }
    const auto server = server_of(envelope->event).value;
    if (stream_of(envelope->event) != row.stream || item_of(envelope->event).value != row.item ||
        (server != 0 && server != row.server)) {
        on_fault_(row.position, "columns", "the row's columns do not fit its payload");
    }
    if (const auto* mask = std::get_if<ItemMasked>(&envelope->event)) {
        for (const MaskedRow& masked : mask->rows) {
            masks_[masked.position] = masked.digest;
            if (masked.position == cut_ && cut_ != 0) {
                checkpoint_on_record_ = masked.digest;  // what it says of an item was masked
            }
        }
    }
    if (const auto* cut = std::get_if<StoreCompacted>(&envelope->event);
        cut != nullptr && cut->position == cut_) {
        checkpoint_on_record_ = cut->digest;
    }
    if (on_event_) {
        on_event_(*envelope);
    }
}

void EventWalk::check_checkpoint() {
    if (!checkpoint_digest_.empty() && checkpoint_digest_ != checkpoint_on_record_) {
        on_fault_(
            cut_,
            "checkpoint",
            "what stands for the events that were cut off is not what was recorded of it"
        );
    }
}

void EventWalk::finish(const Chains& recorded) {
    check_checkpoint();
    // What its hash does not prove must be what the record of a mask names.
    for (const auto& [position, digest] : unproved_) {
        const auto named = masks_.find(position);
        if (named == masks_.end() || named->second != to_hex(view(digest))) {
            on_fault_(position, "chain", "the row is not what was written, nor masked on record");
        }
    }
    bool whole = former_ == recorded.former_end;
    for (const auto& [server, end] : recorded.ends) {
        const auto found = at_.chains.ends.find(server);
        // A walk from the middle may have met no row of a chain.
        const bool unseen = believing_ && found == at_.chains.ends.end();
        whole = whole && (unseen || (found != at_.chains.ends.end() && found->second == end));
    }
    if (!whole || at_.chains.ends.size() > recorded.ends.size()) {
        on_fault_(
            at_.position + 1,
            "head",
            fmt::format(
                "the store ends at event {}, but its record of the chains' ends says otherwise",
                at_.position
            )
        );
    }
}

}  // namespace bn::state
