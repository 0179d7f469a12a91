// How much may be taken from clients without a person's word. A limit remembers: it counts what was
// done, or is under way, in the last hour and in the last day, whichever pass or request did it.
// What a person approved does not count. Pure values; any thread.
#pragma once

#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn {

// So many, or such a share of the accounts that are ours if that is more. A small cloud is judged
// by the count: a share of few accounts says nothing.
struct Allowance {
    static constexpr std::uint32_t kNoEnd = std::numeric_limits<std::uint32_t>::max();

    std::uint32_t count = 0;
    double share = 0;
    std::uint32_t share_up_to = kNoEnd;  // the share never gives more than this

    [[nodiscard]] std::uint64_t of(std::uint64_t accounts) const;
    friend bool operator==(const Allowance&, const Allowance&) = default;
};

struct Limit {
    Allowance hour;
    Allowance day;
    friend bool operator==(const Limit&, const Limit&) = default;
};

// "5 or 1.5% an hour, 10 or 2% a day"; a share may end: "5 or 1.5% up to 100 an hour, ...".
[[nodiscard]] std::optional<Limit> parse_limit(std::string_view text);
[[nodiscard]] std::string to_string(const Limit& limit);

// One a kind of harm, in the order of kAllHarms.
struct HarmLimits {
    std::array<Limit, kAllHarms.size()> of{};

    [[nodiscard]] const Limit& operator[](Harm harm) const {
        return of[static_cast<std::size_t>(harm) - 1];
    }

    Limit& operator[](Harm harm) { return of[static_cast<std::size_t>(harm) - 1]; }

    friend bool operator==(const HarmLimits&, const HarmLimits&) = default;
};

// ADR 28 says why these.
[[nodiscard]] HarmLimits default_limits();

struct LimitRules {
    HarmLimits server = default_limits();
    // All servers together are judged as one that has all accounts, with `over_all` times these.
    HarmLimits all = default_limits();
    double over_all = 2;
};

// What is being recorded at this moment, and is not in the ledger yet.
struct HarmToCome {
    ServerId server;
    Harm harm = Harm::kNone;
};

// Why `more` of this cannot be done now; nothing: it can. REQUIRES: harm is not kNone.
[[nodiscard]] std::optional<std::string> over_limit(
    const Ledger& ledger,
    ServerId server,
    Harm harm,
    std::uint64_t more,
    Time now,
    const LimitRules& rules,
    std::span<const HarmToCome> to_come = {}
);

// How much more of this can be done now, by the window that it is counted in.
struct LimitLeft {
    std::uint64_t hour = 0;
    std::uint64_t day = 0;
};

[[nodiscard]] LimitLeft left_of_limit(
    const Ledger& ledger, ServerId server, Harm harm, Time now, const LimitRules& rules
);

}  // namespace bn
