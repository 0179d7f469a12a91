// A walk over the rows of the events table, in order of position, that proves each: no gap, the
// stream's version, the hash chain, and that it can be read. It can be put down and taken up later.
// Private to state.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

#include "reconciler/events/events.hpp"
#include "state/chain.hpp"

namespace bn::state {

// What a walk has proved: where it would go on.
struct Proved {
    std::uint64_t position = 0;
    Chains chains;  // their ends there
};

std::string to_text(const Proved& proved);
std::optional<Proved> proved_from(std::string_view text);  // nothing: it is not one

class EventWalk {
  public:
    using OnFault = std::function<void(std::uint64_t position, const char* code, std::string what)>;
    using OnEvent = std::function<void(const Envelope&)>;

    explicit EventWalk(OnFault on_fault, OnEvent on_event = {})
        : on_fault_(std::move(on_fault)), on_event_(std::move(on_event)) {}

    // From the first event. `recorded` says where the former chain ended.
    void begin(const Chains& recorded);
    // From what stands for events that were cut off; `streams` are where each stream was, `digest`
    // is the checkpoint's, which the newest record of a compaction must name.
    void begin_at(
        Proved cut, const std::map<std::int64_t, std::uint64_t>& streams, std::string digest
    );
    // From what was proved before.
    void go_on(Proved from);
    // From the event after `position`, which nobody has proved: the first row of each chain is
    // believed, and what follows it is proved.
    void begin_after(std::uint64_t position, const Chains& recorded);

    void check(const RowView& row);
    // At the end: masks, and the ends that the store has on record.
    void finish(const Chains& recorded);

    // An archive may begin with a checkpoint whose record lies behind its end.
    void believe_checkpoint() { checkpoint_digest_.clear(); }

    [[nodiscard]] std::uint64_t position() const { return at_.position; }

    [[nodiscard]] const Proved& proved() const { return at_; }

    // As `Chains::head`, or the former chain's end while a walk is in it.
    [[nodiscard]] Hash head(const RowView& row) const {
        return row.former() ? hash_from(row.hash) : at_.chains.head();
    }

    // Every row so far could be read.
    [[nodiscard]] bool all_readable() const { return all_readable_; }

  private:
    void check_version(const RowView& row);
    void check_hash(const RowView& row);
    void check_content(const RowView& row);
    void check_checkpoint();

    OnFault on_fault_;
    OnEvent on_event_;
    Proved at_;
    bool from_the_middle_ = false;  // streams and chains have rows that this walk did not see
    bool believing_ = false;        // the first row of each chain
    bool all_readable_ = true;
    Hash former_{};
    std::map<std::uint64_t, Hash> unproved_;      // payloads that only a mask can explain
    std::map<std::uint64_t, std::string> masks_;  // what the records of masks name
    std::unordered_map<std::int64_t, std::uint64_t> versions_;
    std::uint64_t cut_ = 0;             // where the walk began
    std::string checkpoint_digest_;     // as it is; empty: there is none, or it is believed
    std::string checkpoint_on_record_;  // as events say
    std::string scratch_;
};

}  // namespace bn::state
