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

// What of one kind of harm was done in a span, and may be: on the server, and on all.
struct Account {
    std::uint64_t here = 0;
    std::uint64_t allowed = 0;
    std::uint64_t everywhere = 0;
    std::uint64_t allowed_in_all = 0;

    [[nodiscard]] std::uint64_t left() const {
        const auto rest = [](std::uint64_t may, std::uint64_t done) {
            return may - std::min(may, done);
        };
        return std::min(rest(allowed, here), rest(allowed_in_all, everywhere));
    }
};

std::uint64_t all_owned(const Ledger& ledger) {
    std::uint64_t all = 0;
    for (const auto& [id, one] : ledger.servers()) {
        all += ledger.owned_count(id);
    }
    return all;
}

Account account_of(
    const Ledger& ledger,
    ServerId server,
    Harm harm,
    Time now,
    const LimitRules& rules,
    const Span& span
) {
    Account account;
    for (const auto& [id, one] : ledger.servers()) {
        const std::uint64_t done = harm_within(one.harm_done, harm, now, span.length);
        account.here += id == server ? done : 0;
        account.everywhere += done;
    }
    account.allowed = (rules.server[harm].*span.allowance).of(ledger.owned_count(server));
    account.allowed_in_all = std::max(
        account.allowed,
        static_cast<std::uint64_t>(
            rules.over_all *
            static_cast<double>((rules.all[harm].*span.allowance).of(all_owned(ledger)))
        )
    );
    return account;
}

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
    for (const Span& window : kSpans) {
        Account account = account_of(ledger, server, harm, now, rules, window);
        for (const HarmToCome& one : to_come) {
            const bool counts = counts_as(one.harm, harm);
            account.here += counts && one.server == server ? 1U : 0U;
            account.everywhere += counts ? 1U : 0U;
        }
        if (more <= account.left()) {
            continue;
        }
        const bool of_all = account.here + more <= account.allowed;
        return fmt::format(
            "{} {}, after {} in the last {}; {:# is|# are} allowed ({:# account is|# accounts are} "
            "ours{})",
            more,
            words_of(harm),
            of_all ? account.everywhere : account.here,
            window.name,
            Plural(of_all ? account.allowed_in_all : account.allowed),
            Plural(of_all ? all_owned(ledger) : ledger.owned_count(server)),
            of_all ? " on all servers" : ""
        );
    }
    return std::nullopt;
}

LimitLeft left_of_limit(
    const Ledger& ledger, ServerId server, Harm harm, Time now, const LimitRules& rules
) {
    return {
        account_of(ledger, server, harm, now, rules, kSpans[0]).left(),
        account_of(ledger, server, harm, now, rules, kSpans[1]).left()};
}

}  // namespace bn
