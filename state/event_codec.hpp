// Events to bytes and back, under names and versions that last for ever. Usable from any thread.
//
// Stored bytes are an 8-byte checksum and then cereal's portable binary of the event's fields. A
// reader checks the checksum before it believes a length. Older versions are read through
// upcasters.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/error.hpp"

namespace bn::state {

// All kinds, in the order of the catalogue (docs/events.md).
std::span<const EventKind> event_kinds();

// A kind's name today, whichever of its names is given; any other text as it is.
std::string_view kind_today(std::string_view name);
// All names under which rows that read as this kind may be stored, the one of today first. Rows of
// these names may read as another kind as well.
std::vector<std::string> stored_names(std::string_view name);

// The payload of `event` in its kind's current version.
std::string encode(const Event& event);

// Whether `decode` knows this version; a newer program may have written another.
bool knows(std::string_view kind, std::uint16_t version);

// Reads any version that was ever written. Errors, all kHuman: "store.unknown_kind" (a newer
// program wrote it), "store.bad_payload" (checksum or contents).
Result<Event> decode(std::string_view kind, std::uint16_t version, std::string_view payload);

// Whether a text that may say something about a client is replaced, by the name of its field.
using MaskText = std::function<bool(std::string_view field, const std::string& text)>;

// The same payload with these texts replaced, in the layout that it has; nobody is asked about what
// is known to be harmless. Errors as of `decode`.
Result<std::string> masked(
    std::string_view kind, std::uint16_t version, std::string_view payload, const MaskText& replace
);

// Checksummed bytes of their own, also used for projection rows.
std::string with_checksum(std::string body);
bool checksum_fits(std::string_view payload);
inline constexpr std::size_t kChecksumSize = 8;

}  // namespace bn::state
