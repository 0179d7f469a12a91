#include "cli/check/past.hpp"

#include <algorithm>

namespace bn::cli {

namespace {

// In the order of Unproven.
constexpr const char* kUnprovenBecause[] = {
    "the service was closed then",
    "the service had been held before that, because the account is not its own",
    "the service had been seen before it was paid for, with no account of ours",
    "the service was first seen as sold when its server was looked at already"};

// What the ledger says of an item's account today.
std::string today(const Ledger& ledger, ItemId item) {
    const LedgerItem* known = ledger.item(item);
    if (known == nullptr) {
        return "";
    }
    return std::string(known->deleted ? "; the account is deleted since" : "") +
           (known->paused ? "; the service is paused" : "");
}

// The newest are the last; they come first here.
template <class Fault, class Say>
void each(Section& section, const std::vector<Fault>& faults, std::size_t named, Say say) {
    const std::size_t count = std::min(named, faults.size());
    std::for_each(faults.rbegin(), faults.rbegin() + static_cast<std::ptrdiff_t>(count), say);
    if (count < faults.size()) {
        section.warn(
            fmt::format("and {} more", faults.size() - count),
            "`bill-nextcloud check --json` names all of them"
        );
    }
}

// What happened to accounts: what it is, then each with what became of it.
template <class Fault, class Say>
void accounts(
    Section& section,
    const std::vector<Fault>& faults,
    const Ledger& ledger,
    std::size_t named,
    const char* what,
    const char* remedy,
    Say say
) {
    if (!faults.empty()) {
        section.warn(fmt::format("{}: {}", what, faults.size()), remedy);
    }
    each(section, faults, named, [&](const Fault& one) {
        section.warn(
            fmt::format("item {}: {}{}", one.item.value, say(one), today(ledger, one.item)),
            fmt::format("bill-nextcloud events --item {}", one.item.value)
        );
    });
}

std::string adoption(const UnprovenAdoption& one) {
    return fmt::format(
        "adopted {} on server {} at {}; {}",
        one.login,
        one.server.value,
        format_time(one.at),
        kUnprovenBecause[static_cast<std::size_t>(one.because)]
    );
}

std::string new_password(const ReplacedPassword& one) {
    return fmt::format(
        "{} on server {} has a new password since {}",
        one.login,
        one.server.value,
        format_time(one.at)
    );
}

void measures(Section& section, const PastFaults& faults, std::size_t named) {
    each(section, faults.measures, named, [&section](const SunkMeasure& one) {
        section.warn(
            fmt::format(
                "server {}: {} shrank from {} to {} at {}, which was not believed until {}: what "
                "readings are judged by had sunk with each pass",
                one.server.value,
                one.panel ? "the panel's items" : "the cloud's accounts",
                one.from,
                one.to,
                format_time(one.since),
                format_time(one.at)
            ),
            fmt::format(
                "find out what happened to that side, and what was done after it: bill-nextcloud "
                "events --server {} --since {} --limit 1000",
                one.server.value,
                format_time(one.since)
            )
        );
    });
}

template <class Fault>
Time newest(const std::vector<Fault>& faults, Time before) {
    for (const Fault& one : faults) {
        before = std::max(before, one.at);
    }
    return before;
}

}  // namespace

void past_lines(
    Section& section, const PastFaults& faults, const Ledger& ledger, std::size_t named
) {
    const Time last =
        newest(faults.adoptions, newest(faults.measures, newest(faults.passwords, Time{})));
    if (last == Time{}) {
        section.ok("nothing that earlier versions did is known to need a look");
        return;
    }
    accounts(
        section,
        faults.adoptions,
        ledger,
        named,
        "accounts that an earlier version adopted without proof that they are the service's",
        "compare each with the panel and the cloud; pause the service of one that is somebody "
        "else's (the panel's page \"Nextcloud: drift\"): nothing happens to the account then",
        adoption
    );
    measures(section, faults, named);
    accounts(
        section,
        faults.passwords,
        ledger,
        named,
        "accounts of ours that an earlier version made again, replacing the password in the "
        "panel, without proof that the former account was gone",
        "see whether the password that the panel shows opens the account; where it does not, set "
        "one in the cloud and save it in the panel",
        new_password
    );
    section.note(fmt::format(
        "once looked at: `bill-nextcloud check --since {}` leaves these out",
        format_time(last + Duration(1))
    ));
}

}  // namespace bn::cli
