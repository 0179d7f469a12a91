#include "reconciler/plan/limits.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <regex>

#include <fmt/format.h>

#include "reconciler/model/plural.hpp"

namespace bn {
namespace {

constexpr Duration kHour = std::chrono::hours(1);
constexpr Duration kDay = std::chrono::hours(24);
static_assert(kDay <= kHarmMemory);

std::string_view words_of(Harm harm) {
    switch (harm) {
        case Harm::kDelete:
            return "deletes";
        case Harm::kDisable:
            return "disables";
        case Harm::kCutBelowUse:
            return "quotas below what is used (or not known to be used)";
        case Harm::kCutQuota:
            return "smaller quotas";
        case Harm::kRemoveGroup:
            return "groups taken away";
        case Harm::kChangeEmail:
            return "changed e-mail addresses";
        case Harm::kNone:
            break;
    }
    return "";
}

std::optional<Allowance> allowance_of(const std::smatch& match, std::size_t first) {
    const auto number = [&](std::size_t i, auto& value) {
        const std::string text = match[i].str();
        return text.empty() ||
               std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
    };
    Allowance allowance;
    double percent = 0;
    if (!number(first, allowance.count) || !number(first + 1, percent) || percent > 100 ||
        !number(first + 2, allowance.share_up_to)) {
        return std::nullopt;
    }
    allowance.share = percent / 100;
    return allowance;
}

std::string text_of(const Allowance& allowance) {
    std::string text = std::to_string(allowance.count);
    if (allowance.share > 0) {
        text += fmt::format(" or {:g}%", allowance.share * 100);
    }
    if (allowance.share_up_to != Allowance::kNoEnd) {
        text += fmt::format(" up to {}", allowance.share_up_to);
    }
    return text;
}

struct Span {
    Duration length;
    Allowance Limit::*allowance;
    const char* name;
};

constexpr Span kSpans[] = {{kHour, &Limit::hour, "hour"}, {kDay, &Limit::day, "day"}};

}  // namespace

std::uint64_t Allowance::of(std::uint64_t accounts) const {
    const auto by_share =
        static_cast<std::uint64_t>(std::floor(share * static_cast<double>(accounts) + 1e-9));
    return std::max<std::uint64_t>(count, std::min<std::uint64_t>(by_share, share_up_to));
}

std::optional<Limit> parse_limit(std::string_view text) {
    static const std::string kAmount =
        R"((\d{1,9})(?: or (\d{1,3}(?:\.\d{1,6})?) ?%)?(?: up to (\d{1,9}))?)";
    static const std::regex kLimit(kAmount + " an hour, " + kAmount + " a day");
    const std::string all(text);
    std::smatch match;
    if (!std::regex_match(all, match, kLimit)) {
        return std::nullopt;
    }
    const std::optional<Allowance> hour = allowance_of(match, 1);
    const std::optional<Allowance> day = allowance_of(match, 4);
    return hour && day ? std::optional(Limit{*hour, *day}) : std::nullopt;
}

std::string to_string(const Limit& limit) {
    return fmt::format("{} an hour, {} a day", text_of(limit.hour), text_of(limit.day));
}

HarmLimits default_limits() {
    constexpr Limit kForGood{{3, 0.003}, {3, 0.003}};     // cannot be taken back
    constexpr Limit kSuspension{{5, 0.015}, {10, 0.02}};  // a client cannot work
    constexpr Limit kCorrection{{10, 0.02}, {20, 0.05}};  // he works, and has less
    return {{kForGood, kSuspension, kForGood, kCorrection, kCorrection, kCorrection}};
}

std::optional<std::string> over_limit(
    const Ledger& ledger,
    ServerId server,
    Harm harm,
    std::uint64_t more,
    Time now,
    const LimitRules& rules,
    std::span<const HarmToCome> to_come
) {
    std::uint64_t all_owned = 0;
    for (const auto& [id, one] : ledger.servers()) {
        all_owned += ledger.owned_count(id);
    }
    const std::uint64_t owned = ledger.owned_count(server);
    for (const Span& window : kSpans) {
        std::uint64_t here = 0;
        std::uint64_t everywhere = 0;
        for (const auto& [id, one] : ledger.servers()) {
            const std::uint64_t done = harm_within(one.harm_done, harm, now, window.length);
            here += id == server ? done : 0;
            everywhere += done;
        }
        for (const HarmToCome& one : to_come) {
            const bool counts = counts_as(one.harm, harm);
            here += counts && one.server == server ? 1U : 0U;
            everywhere += counts ? 1U : 0U;
        }
        const std::uint64_t allowed = (rules.server[harm].*window.allowance).of(owned);
        const auto allowed_in_all = std::max(
            allowed,
            static_cast<std::uint64_t>(
                rules.over_all *
                static_cast<double>((rules.all[harm].*window.allowance).of(all_owned))
            )
        );
        const bool of_all = here + more <= allowed;
        if (of_all && everywhere + more <= allowed_in_all) {
            continue;
        }
        return fmt::format(
            "{} {}, after {} in the last {}; {:# is|# are} allowed ({:# account is|# accounts are} "
            "ours{})",
            more,
            words_of(harm),
            of_all ? everywhere : here,
            window.name,
            Plural(of_all ? allowed_in_all : allowed),
            Plural(of_all ? all_owned : owned),
            of_all ? " on all servers" : ""
        );
    }
    return std::nullopt;
}

}  // namespace bn
