#include "reconciler/model/ledger.hpp"

#include <algorithm>

namespace bn {

std::string_view to_string(Ownership ownership) {
    switch (ownership) {
        case Ownership::kNone:
            return "none";
        case Ownership::kCreated:
            return "created";
        case Ownership::kAdopted:
            return "adopted";
    }
    return "none";
}

std::string_view to_string(DriftField field) {
    switch (field) {
        case DriftField::kMissing:
            return "missing";
        case DriftField::kOrphan:
            return "orphan";
        case DriftField::kQuota:
            return "quota";
        case DriftField::kEnabled:
            return "enabled";
        case DriftField::kGroup:
            return "group";
        case DriftField::kEmail:
            return "email";
    }
    return "unknown";
}

DriftMask mask_of(const std::vector<DriftValue>& drift) {
    DriftMask mask = 0;
    for (const DriftValue& value : drift) {
        mask = static_cast<DriftMask>(mask | static_cast<DriftMask>(value.field));
    }
    return mask;
}

std::string_view to_string(UsageLevel level) {
    switch (level) {
        case UsageLevel::kUnknown:
            return "unknown";
        case UsageLevel::kFine:
            return "fine";
        case UsageLevel::kClose:
            return "close";
        case UsageLevel::kOver:
            return "over";
    }
    return "unknown";
}

std::optional<Correction> correction_of(const Action& action) {
    Correction correction;
    correction.count = 1;
    switch (action.kind) {
        case ActionKind::kDisable:
            correction.field = DriftField::kEnabled;
            correction.value = "disabled";
            return correction;
        case ActionKind::kEnable:
            correction.field = DriftField::kEnabled;
            correction.value = "enabled";
            return correction;
        case ActionKind::kSetQuota:
            correction.field = DriftField::kQuota;
            correction.value = wire_text(action.quota);
            return correction;
        case ActionKind::kSetEmail:
            correction.field = DriftField::kEmail;
            correction.value = action.value;
            return correction;
        case ActionKind::kAddGroup:
            correction.field = DriftField::kGroup;
            correction.value = "+" + action.value;
            return correction;
        case ActionKind::kRemoveGroup:
            correction.field = DriftField::kGroup;
            correction.value = "-" + action.value;
            return correction;
        case ActionKind::kAdopt:
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
    const auto [first, last] = by_login_.equal_range(LoginView{server, login_key});
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
    const auto [first, last] = by_login_.equal_range(LoginView{server, login_key});
    for (auto at = first; at != last; ++at) {
        const LedgerItem* candidate = item(at->second);
        if (candidate != nullptr && candidate->item != but && owns(*candidate) &&
            candidate->server == server && bn::login_key(candidate->login) == login_key) {
            return candidate;
        }
    }
    return nullptr;
}

std::uint64_t Ledger::owned_count(ServerId server) const {
    const auto found = owned_.find(server);
    return found == owned_.end() ? 0 : found->second;
}

const std::vector<bool>* Ledger::settled(ServerId server) const {
    const auto found = settled_.find(server);
    return found == settled_.end() ? nullptr : &found->second;
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
        marks.logins.push_back({item.server, login_key(item.login)});
    }
    for (const PendingAction& pending : item.in_doubt) {
        LoginOf login{pending.action.server, login_key(pending.action.login)};
        if (std::find(marks.logins.begin(), marks.logins.end(), login) == marks.logins.end()) {
            marks.logins.push_back(std::move(login));
        }
    }
    marks.noted = item.drift != 0 || !item.holds.empty() || item.retained_until.has_value() ||
                  item.vanished_at_pass.has_value();
    marks.owing = !item.owed.empty();
    marks.settled = owns(item) && item.in_doubt.empty() && !marks.noted && !item.paused &&
                    item.item.value < kMaxSettled;
    return marks;
}

void Ledger::apply_marks(ItemId id, const Marks& before, const Marks& after) {
    if (before.logins != after.logins) {
        for (const LoginOf& login : before.logins) {
            const auto [first, last] = by_login_.equal_range(login);
            const auto old =
                std::find_if(first, last, [&](const auto& entry) { return entry.second == id; });
            if (old != last) {
                by_login_.erase(old);
            }
        }
        for (const LoginOf& login : after.logins) {
            by_login_.emplace(login, id);
        }
    }
    if (before.owing && !after.owing) {
        owing_.erase(id);
    } else if (!before.owing && after.owing) {
        owing_.insert(id);
    }
    if (before.owned_on != after.owned_on) {
        if (before.owned_on.value != 0) {
            --owned_[before.owned_on];
        }
        if (after.owned_on.value != 0) {
            ++owned_[after.owned_on];
        }
    }
    if (before.settled && (!after.settled || before.owned_on != after.owned_on)) {
        settled_[before.owned_on][id.value] = false;
    }
    if (after.settled) {
        std::vector<bool>& bits = settled_[after.owned_on];
        if (bits.size() <= id.value) {
            bits.resize(id.value + 1);
        }
        bits[id.value] = true;
    }
    if (after.noted) {
        noted_.insert(id);
    } else if (before.noted) {
        noted_.erase(id);
    }
}

std::size_t Ledger::LoginHash::operator()(const LoginOf& login) const noexcept {
    return (*this)(LoginView{login.server, login.key});
}

std::size_t Ledger::LoginHash::operator()(const LoginView& login) const noexcept {
    return std::hash<std::string_view>{}(login.key) ^
           (std::size_t{login.server.value} * 0x9e3779b97f4a7c15ULL);
}

}  // namespace bn
