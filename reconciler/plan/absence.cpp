#include "reconciler/plan/absence.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "reconciler/model/plural.hpp"

namespace bn {

bool is_doubtful(const Absence& absence, const GuardOptions& options) {
    const auto share = static_cast<std::uint64_t>(
        std::floor(options.max_absent_share * static_cast<double>(absence.owned))
    );
    const bool all = absence.gone == absence.owned && absence.owned > 1;
    const bool many = absence.absent > std::max<std::uint64_t>(options.max_absent, share);
    return many || (all && absence.absent > 0);
}

std::string to_text(const Absence& absence, bool shown) {
    return fmt::format(
        "Of {:# account that is|# accounts that are} ours, {:# is|# are} gone from the cloud "
        "at once{}",
        Plural(absence.owned),
        Plural(absence.absent),
        shown ? ": it may be another cloud, or one that came back from a backup. None of these "
                "is made anew."
              : ", and it does not show which cloud it is: it may be another one. Nothing is "
                "done there."
    );
}

Absence absence_on_record(const Ledger& ledger, ServerId server) {
    Absence absence;
    absence.owned = ledger.owned_count(server);
    for (const ItemId id : missing_accounts(ledger, server)) {
        ++absence.gone;
        absence.absent += ledger.item(id)->absence_accepted ? 0U : 1U;
    }
    return absence;
}

Absence absence_in(const ActualSnapshot& actual, ServerId server, const Ledger& ledger) {
    Absence absence;
    absence.owned = ledger.owned_count(server);
    for (const auto& [id, item] : ledger.items()) {
        if (!owns(item) || item.server != server ||
            actual.accounts.find(login_key(item.login)) != ActualTable::npos) {
            continue;
        }
        ++absence.gone;
        absence.absent += item.absence_accepted || item.closed_at ? 0U : 1U;
    }
    return absence;
}

}  // namespace bn
