// Quotas, compared by meaning.
//
// A cloud stores a quota as a text with one decimal of a binary unit and reads the rounded value
// back (1,500,000,000 becomes "1.4 GB", read as 1,503,238,554); "none" reads as "none" before the
// first login and as -3 after it. So what was sold, what can be stored and what was read are kept
// apart, and only `canonical(sold)` is ever compared with what was read.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "reconciler/model/require.hpp"

namespace bn {

// Either a number of bytes >= 0, or unlimited, or not set (the account has no size of its own: it
// follows the cloud's default, whatever that is), or not known. What is not set differs from
// everything that can be sold; what is not known differs from nothing. 8 bytes: two states of a
// million accounts are held in flat arrays.
class Quota {
  public:
    constexpr Quota() = default;  // unknown

    static constexpr Quota bytes(std::int64_t n) {
        BN_REQUIRE(n >= 0, "a quota of bytes is not negative");
        return Quota(n);
    }

    static constexpr Quota unlimited() { return Quota(kUnlimited); }

    static constexpr Quota not_set() { return Quota(kNotSet); }

    static constexpr Quota unknown() { return Quota(kUnknown); }

    [[nodiscard]] constexpr bool is_bytes() const { return raw_ >= 0; }

    [[nodiscard]] constexpr bool is_unlimited() const { return raw_ == kUnlimited; }

    // What can be sold, and sent.
    [[nodiscard]] constexpr bool is_size() const { return is_bytes() || is_unlimited(); }

    [[nodiscard]] constexpr bool is_not_set() const { return raw_ == kNotSet; }

    [[nodiscard]] constexpr bool is_unknown() const { return raw_ == kUnknown; }

    [[nodiscard]] constexpr std::int64_t count() const {
        BN_REQUIRE(is_bytes(), "only a quota of bytes has a count");
        return raw_;
    }

    friend constexpr bool operator==(const Quota&, const Quota&) = default;

  private:
    static constexpr std::int64_t kUnlimited = -3;  // the cloud's own number for it
    static constexpr std::int64_t kNotSet = -999;
    static constexpr std::int64_t kUnknown = -1000;

    constexpr explicit Quota(std::int64_t raw) : raw_(raw) {}

    std::int64_t raw_ = kUnknown;
};

// The cloud's text for a number of bytes ("1.4 GB"), as Nextcloud and ownCloud compute it.
std::string cloud_text(std::int64_t bytes);

// The cloud's reading of a quota text; nothing when the cloud refuses the text. Knows the cloud's
// traps: "1 GiB" is one byte, "-1" is zero bytes.
std::optional<Quota> parse_cloud_text(std::string_view text);

// What the cloud will hold after it was told `q`: parse(text(q)). A fixed point of itself.
Quota canonical(Quota q);

// True when the cloud already has what was sold, as exactly as the cloud can have it.
bool same_meaning(Quota sold, Quota observed);

// For people: "5 GiB", "1.4 GiB (1503238554 B)", "unlimited", "not set", "unknown".
std::string to_string(Quota q);

// The text to send for `q`, if it is a size: whole bytes of the canonical value, or "none".
std::string wire_text(Quota q);

}  // namespace bn
