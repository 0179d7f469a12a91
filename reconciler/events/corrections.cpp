#include "reconciler/events/corrections.hpp"

#include <optional>
#include <utility>

namespace bn {

void remember(LedgerItem& item, const Action& action, Time at) {
    std::optional<Correction> now = correction_of(action);
    if (!now || action.closing) {
        return;
    }
    now->at = at;
    now->since = at;
    for (const Correction& past : item.corrections) {
        if (past.field == now->field && past.value == now->value &&
            at - past.at < kCorrectionMemory) {
            now->count = past.count + 1;
            now->since = past.since;
        }
    }
    std::erase_if(item.corrections, [&](const Correction& past) {
        const bool same_name = now->field == DriftField::kGroup && !past.value.empty() &&
                               past.value.substr(1) == now->value.substr(1);
        const bool replaced =
            past.field == now->field && (now->field != DriftField::kGroup || same_name);
        return replaced || at - past.at >= kCorrectionMemory;
    });
    item.corrections.push_back(*std::move(now));
}

}  // namespace bn
