#include "reconciler/model/ledger.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bn {

namespace {

constexpr Duration kLongestStep = std::chrono::hours(25);
constexpr Duration kShortestBound = std::chrono::hours(1);

// Its row is not at rest on that account, however much that looks as it was sold.
bool row_names_another(const LedgerItem& item) {
    return item.sold && !item.sold->login.empty() &&
           login_key(item.sold->login) != login_key(item.login);
}

}  // namespace

Duration longest_step(Duration retention) {
    return std::min(kLongestStep, std::max<Duration>(retention / 4, kShortestBound));
}

Duration step_to(const LedgerServer* server, Time now, Duration longest) {
    if (server == nullptr || !server->seen_at || server->clock_doubted) {
        return Duration{0};
    }
    return std::clamp(now - *server->seen_at, Duration{0}, longest);
}

Duration observed_by(const LedgerServer* server, Time now, Duration longest) {
    return server == nullptr ? Duration{0} : server->observed + step_to(server, now, longest);
}

// A pass under way may have begun right after the last one or a whole step later, and will count
// that step, which lies before `at`; so twice a step is taken where the pause was long, and one
// where no pass has ended yet.
Duration observed_mark(const LedgerServer* server, Time at) {
    if (server == nullptr || !server->seen_at) {
        return kLongestStep;
    }
    return server->observed + std::clamp(at - *server->seen_at, Duration{0}, 2 * kLongestStep);
}

bool clock_went_back(const Ledger& ledger, Time now) {
    return now < ledger.panel().recorded_at - kClockTolerance;
}

bool clock_in_doubt(const Ledger& ledger, ServerId server, Time now) {
    const LedgerServer* known = ledger.server(server);
    return (known != nullptr && known->clock_doubted) || clock_went_back(ledger, now);
}

bool waits_for(ActionKind later, ActionKind failed) {
    return later == failed || failed == ActionKind::kCreate || failed == ActionKind::kAdopt ||
           (later == ActionKind::kRemoveGroup && failed == ActionKind::kAddGroup) ||
           (failed == ActionKind::kMakeGroup &&
            (later == ActionKind::kCreate || later == ActionKind::kAddGroup ||
             later == ActionKind::kRemoveGroup));
}

const Setback* LedgerItem::setback(ActionKind kind) const {
    const auto found = std::ranges::find(setbacks, kind, &Setback::kind);
    return found == setbacks.end() ? nullptr : &*found;
}

std::string asked_of(const Action& action) {
    if (const std::optional<CreateFields>& create = action.create) {
        return fmt::format(
            "{}|{}|{}|{}|{}",
            action.login,
            create->email,
            create->display_name,
            create->group,
            wire_text(create->quota)
        );
    }
    return action.kind == ActionKind::kSetQuota ? wire_text(action.quota) : action.value;
}

std::optional<Time> LedgerItem::next_attempt_at() const {
    std::optional<Time> next;
    for (const Setback& setback : setbacks) {
        if (!setback.parked && setback.next_attempt_at &&
            (!next || *setback.next_attempt_at < *next)) {
            next = setback.next_attempt_at;
        }
    }
    return next;
}

const Pause* pause_over(const Ledger& ledger, ServerId server, Time now) {
    if (in_force(ledger.panel().paused, now)) {
        return &*ledger.panel().paused;
    }
    const LedgerServer* known = ledger.server(server);
    return known != nullptr && in_force(known->paused, now) ? &*known->paused : nullptr;
}

bool left_alone(const Ledger& ledger, ServerId server, Time now) {
    return ledger.panel().maintenance || pause_over(ledger, server, now) != nullptr;
}

bool is_stopped(const LedgerServer* server, Harm harm) {
    if (server == nullptr || server->stopped_plan.empty() || harm == Harm::kNone) {
        return false;
    }
    return server->stopped_harms.empty() ||
           std::ranges::any_of(server->stopped_harms, [harm](Harm stopped) {
               return counts_as(harm, stopped);
           });
}

bool is_approved(const LedgerServer* server, const std::string& checksum, Time now) {
    return server != nullptr && !checksum.empty() && server->approved_plan == checksum &&
           now - server->approved_at < kApprovalLasts;
}

bool used_since_closed(const LedgerItem& item, Time last_login) {
    return item.last_used && *item.last_used != last_login;
}

Duration Retention::of(const LedgerItem& item) const {
    const auto own = by_tariff.find(item.sold ? item.sold->tariff : 0);
    return own == by_tariff.end() ? usual : own->second;
}

Duration Retention::shortest() const {
    Duration least = usual;
    for (const auto& [tariff, own] : by_tariff) {
        if (own > Duration{0}) {
            least = least > Duration{0} ? std::min(least, own) : own;
        }
    }
    return least;
}

std::optional<Duration> retention_left(
    const LedgerItem& item, const LedgerServer* server, Time now, const Retention& retention
) {
    if (!item.closed_at) {
        return std::nullopt;
    }
    return *item.closed_at + retention.of(item) -
           observed_by(server, now, longest_step(retention.shortest()));
}

DriftMask mask_of(const std::vector<DriftValue>& drift) {
    DriftMask mask = 0;
    for (const DriftValue& value : drift) {
        mask = static_cast<DriftMask>(mask | static_cast<DriftMask>(value.field));
    }
    return mask;
}

std::optional<Correction> correction_of(const Action& action) {
    switch (action.kind) {
        case ActionKind::kDisable:
            return Correction{DriftField::kEnabled, "disabled", 1, {}, {}};
        case ActionKind::kEnable:
            return Correction{DriftField::kEnabled, "enabled", 1, {}, {}};
        case ActionKind::kSetQuota:
            return Correction{DriftField::kQuota, wire_text(action.quota), 1, {}, {}};
        case ActionKind::kSetEmail:
            return Correction{DriftField::kEmail, action.value, 1, {}, {}};
        case ActionKind::kSetName:
            return Correction{DriftField::kName, action.value, 1, {}, {}};
        case ActionKind::kAddGroup:
            return Correction{DriftField::kGroup, "+" + action.value, 1, {}, {}};
        case ActionKind::kRemoveGroup:
            return Correction{DriftField::kGroup, "-" + action.value, 1, {}, {}};
        case ActionKind::kAdopt:
        case ActionKind::kMakeGroup:
        case ActionKind::kCreate:
        case ActionKind::kSetPassword:
        case ActionKind::kDelete:
            return std::nullopt;
    }
    return std::nullopt;
}

const LedgerItem* Ledger::item(ItemId id) const {
    const auto found = items_.find(id);
    return found == items_.end() ? nullptr : &found->second;
}

const LedgerServer* Ledger::server(ServerId id) const {
    const auto found = servers_.find(id);
    return found == servers_.end() ? nullptr : &found->second;
}

const LedgerItem* Ledger::owner_of(ServerId server, std::string_view login_key) const {
    const auto [first, last] = index_of(server).by_login.equal_range(login_key);
    const LedgerItem* best = nullptr;
    for (auto at = first; at != last; ++at) {
        const LedgerItem* candidate = item(at->second);
        if (candidate == nullptr) {
            continue;
        }
        // Several only when a call is in doubt; the smallest id keeps the answer independent of
        // the order of events.
        const bool owner = owns(*candidate) && candidate->server == server;
        const bool best_owner = best != nullptr && owns(*best) && best->server == server;
        if (best == nullptr || (owner && !best_owner) ||
            (owner == best_owner && candidate->item < best->item)) {
            best = candidate;
        }
    }
    return best;
}

const LedgerItem* Ledger::owner_of(ServerId server, std::string_view login_key, ItemId but) const {
    const auto [first, last] = index_of(server).by_login.equal_range(login_key);
    for (auto at = first; at != last; ++at) {
        const LedgerItem* candidate = item(at->second);
        if (candidate != nullptr && candidate->item != but && owns(*candidate) &&
            candidate->server == server && bn::login_key(candidate->login) == login_key) {
            return candidate;
        }
    }
    return nullptr;
}

const Ledger::ServerIndex& Ledger::index_of(ServerId server) const {
    static const ServerIndex kNone;
    const auto found = indexes_.find(server);
    return found == indexes_.end() ? kNone : found->second;
}

LedgerServer& Ledger::edit(ServerId id) {
    LedgerServer& server = servers_[id];
    server.server = id;
    return server;
}

void Ledger::change(ItemId id, const std::function<void(LedgerItem&)>& how) {
    LedgerItem& item = items_[id];
    item.item = id;
    const Marks before = marks_of(item);
    how(item);
    item.item = id;
    apply_marks(id, before, marks_of(item));
}

Ledger::Marks Ledger::marks_of(const LedgerItem& item) {
    Marks marks;
    if (owns(item)) {
        marks.owned_on = item.server;
        marks.logins.emplace_back(item.server, login_key(item.login));
    }
    for (const PendingAction& pending : item.in_doubt) {
        std::pair login{pending.action.server, login_key(pending.action.login)};
        if (std::find(marks.logins.begin(), marks.logins.end(), login) == marks.logins.end()) {
            marks.logins.push_back(std::move(login));
        }
    }
    marks.noted = item.drift != 0 || !item.holds.empty() || item.closed_at.has_value() ||
                  item.vanished_at_pass.has_value() || item.unproved || item.paused || item.kept ||
                  (owns(item) && (item.missed || item.last_used || row_of_another_client(item) ||
                                  row_names_another(item) || item.item.value >= kMaxSettled));
    marks.owing = !item.owed.empty();
    marks.noticing = item.notice.has_value();
    if (owns(item) && item.in_doubt.empty() && !marks.noted) {
        marks.settled = item.client == 0 ? kAnyClient : item.client;
    }
    return marks;
}

void Ledger::apply_marks(ItemId id, const Marks& before, const Marks& after) {
    if (before.logins != after.logins) {
        for (const auto& [server, key] : before.logins) {
            auto& by_login = indexes_[server].by_login;
            const auto [first, last] = by_login.equal_range(key);
            const auto old =
                std::find_if(first, last, [&](const auto& entry) { return entry.second == id; });
            if (old != last) {
                by_login.erase(old);
            }
        }
        for (const auto& [server, key] : after.logins) {
            indexes_[server].by_login.emplace(key, id);
        }
    }
    if (before.owned_on.value != 0) {
        ServerIndex& index = indexes_[before.owned_on];
        --index.owned;
        if (before.settled != 0) {
            index.settled[id.value] = 0;
        }
    }
    if (after.owned_on.value != 0) {
        ServerIndex& index = indexes_[after.owned_on];
        ++index.owned;
        if (after.settled != 0) {
            index.settled.resize(std::max<std::size_t>(index.settled.size(), id.value + 1U));
            index.settled[id.value] = after.settled;
        }
    }
    const auto mark = [id](std::set<ItemId>& items, bool was, bool is) {
        if (is && !was) {
            items.insert(id);
        } else if (was && !is) {
            items.erase(id);
        }
    };
    mark(owing_, before.owing, after.owing);
    mark(noticing_, before.noticing, after.noticing);
    mark(noted_, before.noted, after.noted);
}

bool was_read_whole(const Ledger& ledger, ServerId server) {
    const LedgerServer* known = ledger.server(server);
    return known != nullptr && known->complete_passes > 0;
}

std::set<ItemId> missing_accounts(const Ledger& ledger, ServerId server) {
    std::set<ItemId> missing;
    for (const ItemId id : ledger.noted()) {
        const LedgerItem& item = *ledger.item(id);
        // Of one that was just made the drift is not looked at yet.
        const bool missing_still = item.missed && has(item.drift, DriftField::kMissing);
        if (owns(item) && item.server == server && missing_still) {
            missing.insert(id);
        }
    }
    return missing;
}

}  // namespace bn
