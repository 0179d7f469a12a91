// Texts of option values: durations, numbers, near misses of names. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/config.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/time.hpp"

namespace bn::controller {

// "250ms", "2s", "5m", "1h", "14d", or a sum of them without blanks ("1h30m"). "0" is zero.
std::optional<Duration> parse_duration(std::string_view text);
// What parse_duration reads; the largest units that need no fraction.
std::string print_duration(Duration d);

// Names of fields, separated by commas or blanks; nothing: one is not among those that are taken.
std::optional<FieldSet> parse_fields(
    std::string_view text, std::span<const std::string_view> taken
);

// "90, 100": percents from 1 to 100, ascending, each once; nothing: it is no such list. Empty:
// none.
std::optional<std::vector<std::uint32_t>> parse_percents(std::string_view text);

// "hold" is an unknown quota, "none" unlimited, "100 GiB" (B, KiB, MiB, GiB, TiB; whole, above 0) a
// size; nothing: something else.
std::optional<Quota> parse_uncapped(std::string_view text);

// The candidate that was probably meant; nothing when none is near.
std::optional<std::string_view> nearest(
    std::string_view name, const std::vector<std::string_view>& candidates
);

// `text` as a TOML basic string, with quotes.
std::string toml_quoted(std::string_view text);

// "http://user:password@host" -> "http://user:********@host".
std::string mask_url(std::string_view url);

}  // namespace bn::controller
