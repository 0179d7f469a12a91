// A person's word that something is left alone, or kept, and for how long. Times are those of the
// host's clock: who says "until Monday" means Monday, whatever was observed meanwhile.
#pragma once

#include <optional>
#include <string>

#include "reconciler/model/fields.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

struct Pause {
    std::string reason;
    Time since{};
    std::optional<Time> until;  // nothing: until a person ends it
    std::string by = {};        // who said it; empty: not on record
    BN_FIELDS(Pause, reason, since, until, by);
};

[[nodiscard]] bool in_force(const std::optional<Pause>& pause, Time now);
// It has ended by itself, and nothing says so yet.
[[nodiscard]] bool has_ended(const std::optional<Pause>& pause, Time now);

// "since 2026-11-27T10:00:00.000Z until ... by anna: the reason".
[[nodiscard]] std::string to_text(const Pause& pause);

}  // namespace bn
