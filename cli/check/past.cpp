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

std::string events_of(ItemId item) {
    return fmt::format("bill-nextcloud events --item {}", item.value);
}

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

void adoptions(
    Section& section, const PastFaults& faults, const Ledger& ledger, std::size_t named
) {
    if (faults.adoptions.empty()) {
        return;
    }
    section.warn(
        fmt::format(
            "accounts that an earlier version adopted without proof that they are the service's: "
            "{}",
            faults.adoptions.size()
        ),
        "compare each with the panel and the cloud; pause the service of one that is somebody "
        "else's (the panel's page \"Nextcloud: drift\"): nothing happens to the account then"
    );
    each(section, faults.adoptions, named, [&](const UnprovenAdoption& one) {
        section.warn(
            fmt::format(
                "item {}: adopted {} on server {} at {}; {}{}",
                one.item.value,
                one.login,
                one.server.value,
                format_time(one.at),
                kUnprovenBecause[static_cast<std::size_t>(one.because)],
                today(ledger, one.item)
            ),
            events_of(one.item)
        );
    });
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

void passwords(
    Section& section, const PastFaults& faults, const Ledger& ledger, std::size_t named
) {
    if (faults.passwords.empty()) {
        return;
    }
    section.warn(
        fmt::format(
            "accounts of ours that an earlier version made again, replacing the password in the "
            "panel, without proof that the former account was gone: {}",
            faults.passwords.size()
        ),
        "see whether the password that the panel shows opens the account; where it does not, set "
        "one in the cloud and save it in the panel"
    );
    each(section, faults.passwords, named, [&](const ReplacedPassword& one) {
        section.warn(
            fmt::format(
                "item {}: {} on server {} has a new password since {}{}",
                one.item.value,
                one.login,
                one.server.value,
                format_time(one.at),
                today(ledger, one.item)
            ),
            events_of(one.item)
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
    adoptions(section, faults, ledger, named);
    measures(section, faults, named);
    passwords(section, faults, ledger, named);
    section.note(fmt::format(
        "once looked at: `bill-nextcloud check --since {}` leaves these out",
        format_time(last + Duration(1))
    ));
}

}  // namespace bn::cli
