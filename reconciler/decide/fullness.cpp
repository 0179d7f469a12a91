#include "reconciler/decide/fullness.hpp"

#include <algorithm>

#include "reconciler/decide/panel.hpp"

namespace bn {

namespace {

// A share of a quota does not fit 64 bits.
__extension__ using WideBytes = unsigned __int128;

bool uses_share(std::uint64_t used, std::uint64_t limit, std::uint32_t percent) {
    return WideBytes{used} * 100 >= WideBytes{limit} * percent;
}

}  // namespace

std::uint32_t threshold_at(
    std::uint32_t before, std::uint64_t used, Quota quota, const FullnessRules& rules
) {
    if (quota.is_unlimited()) {
        return 0;
    }
    // Of nothing at all there is no share: who owes has it, and hears of no threshold by that.
    if (!quota.is_bytes() || quota.count() == 0) {
        return before;
    }
    const auto limit = static_cast<std::uint64_t>(quota.count());
    std::uint32_t at = 0;
    for (const std::uint32_t percent : rules.thresholds) {
        // One that was reached is kept until it is clearly left.
        const std::uint32_t kept = percent > rules.margin ? percent - rules.margin : 0;
        const bool stays = percent <= before && WideBytes{used} * 100 > WideBytes{limit} * kept;
        at = stays || uses_share(used, limit, percent) ? percent : at;
    }
    return at;
}

std::vector<Event> decide_thresholds(
    const std::vector<UsageMeasure>& measures,
    ServerId server,
    const Ledger& ledger,
    const UsageReading& reading,
    const FullnessRules& rules
) {
    std::vector<Event> events;
    if (rules.thresholds.empty()) {
        return events;  // nothing is told of them: neither that one is reached nor that it is left
    }
    for (const UsageMeasure& measure : measures) {
        const LedgerItem* item = ledger.item(measure.item);
        if (measure.server != server || item == nullptr || !owns(*item) || item->server != server) {
            continue;
        }
        const auto found = reading.find(login_key(item->login));
        if (found == reading.end()) {
            continue;
        }
        const auto& [used, quota] = found->second;
        const std::uint32_t now = threshold_at(item->threshold, used, quota, rules);
        if (now > item->threshold) {
            events.emplace_back(UsageThresholdReached{
                item->item, server, now, used, quota, rules.tell});
        } else if (now < item->threshold) {
            events.emplace_back(UsageThresholdLeft{item->item, server, now, used, quota});
        }
    }
    return events;
}

std::vector<ItemId> notices_due(const Moment& at, std::size_t room) {
    const std::set<ItemId>& owed = at.ledger.noticing();
    if (owed.empty() || !results_due(at).empty()) {
        return {};
    }
    if (at.ledger.panel().away_since) {
        room = problems_due(at).empty() ? std::min<std::size_t>(room, 1) : 0;
    }
    std::vector<ItemId> due(owed.begin(), owed.end());
    due.resize(std::min(room, due.size()));
    return due;
}

std::string why_no_notice(const LedgerItem& item) {
    return !owns(item)           ? "its account is not ours any more"
           : item.retained_until ? "the service is closed"
                                 : "";
}

std::vector<Event> decide_noticed(
    const LedgerItem& item, const OwedNotice& notice, const Result<PanelAnswer>& answer
) {
    std::vector<Event> events;
    if (answer || answer.error().effect_unknown) {
        events.emplace_back(UsageThresholdTold{
            item.item,
            item.server,
            notice.share,
            answer ? answer->short_text() : answer.error().text()});
    }
    return events;
}

}  // namespace bn
