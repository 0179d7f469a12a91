#include "reconciler/decide/retrospect.hpp"

#include <algorithm>
#include <type_traits>

#include <fmt/format.h>

namespace bn {

template <class... Kinds>
std::vector<std::string> Retrospect::wanted_of(const std::variant<Kinds...>* /*all*/) {
    std::vector<std::string> names;
    const auto add = [&names]<class Kind>(std::type_identity<Kind>) {
        if constexpr (requires(Retrospect & self, const Envelope& told, const Kind& e) {
                          self.look(told, e);
                      }) {
            names.emplace_back(Kind::kKind.name);
        }
    };
    (add(std::type_identity<Kinds>{}), ...);
    return names;
}

std::vector<std::string> Retrospect::kinds() {
    return wanted_of(static_cast<const Event*>(nullptr));
}

bool Retrospect::look_at(const Envelope& told) {
    const auto one = [&](const auto& e) {
        if constexpr (requires { look(told, e); }) {
            look(told, e);
        }
    };
    if (!over_) {
        std::visit(one, told.event);
    }
    return !over_;
}

void PastFaults::forget_before(Time since) {
    const auto older = [since](const auto& one) { return one.at < since; };
    std::erase_if(adoptions, older);
    std::erase_if(measures, older);
    std::erase_if(passwords, older);
}

Retrospect::Item& Retrospect::item(ItemId id, ServerId server) {
    const auto [at, first] = items_.try_emplace(id);
    if (first) {
        at->second.newcomer = servers_[server].watched;
    }
    return at->second;
}

void Retrospect::look(const Envelope& told, const PassCompleted& e) {
    if (std::ranges::any_of(e.servers, [](const auto& s) { return s.observed.has_value(); })) {
        over_ = true;  // what this pass did was decided by the rules of today, too
        const auto by_it = [&](const auto& one) { return one.pass == told.correlation; };
        std::erase_if(found_.adoptions, by_it);
        std::erase_if(found_.passwords, by_it);
        return;
    }
    for (const PassServerSummary& seen : e.servers) {
        if (!seen.complete) {
            continue;
        }
        Server& server = servers_[seen.server];
        server.watched = server.watched || server.told_sold || seen.desired == 0;
        measure(server.panel, seen.desired, {seen.server, true, 0, seen.desired, {}, told.at});
        measure(server.cloud, seen.actual, {seen.server, false, 0, seen.actual, {}, told.at});
    }
}

// By the former rule, what readings were judged by sank by a tenth with each complete pass, whether
// it was believed or not.
void Retrospect::measure(Measure& size, std::uint64_t now, SunkMeasure as) {
    const bool doubted = now == 0 || shrank(now, size.judged, options_);
    if (doubted && size.from == 0 && size.judged >= options_.shrink_from) {
        size.from = size.judged;
        size.since = as.at;
    } else if (!doubted && size.from != 0) {
        if (shrank(now, size.from, options_)) {
            as.from = size.from;
            as.since = size.since;
            found_.measures.push_back(as);
        }
        size.from = 0;
    }
    size.judged = std::max(now, size.judged - size.judged / 10);
}

void Retrospect::look(const Envelope& told, const PlanBegun& e) {
    servers_[e.server].plan = told.correlation;
}

void Retrospect::look(const Envelope& /*told*/, const SoldChanged& e) {
    Item& known = item(e.item, e.server);
    servers_[e.server].told_sold = true;
    Sold sold;
    sold.wanted = known.wanted.value_or(sold.wanted);
    for (const SoldChange& change : e.changes) {
        apply_change(sold, change);
    }
    known.wanted = sold.wanted;
    known.unpaid = known.unpaid || sold.wanted == Wanted::kNothing;
}

void Retrospect::look(const Envelope& /*told*/, const DriftObserved& e) {
    item(e.item, e.server).orphan = has(mask_of(e.fields), DriftField::kOrphan);
}

void Retrospect::look(const Envelope& /*told*/, const DriftCleared& e) {
    item(e.item, ServerId()).orphan = false;
}

void Retrospect::look(const Envelope& /*told*/, const ItemHeld& e) {
    Item& known = item(e.item, e.holds.empty() ? ServerId() : e.holds.front().server);
    known.refused = known.refused ||
                    std::ranges::find(e.holds, HoldCode::kNotOurs, &Hold::code) != e.holds.end();
}

std::optional<Unproven> Retrospect::unproven(
    const Envelope& told, const AccountAdopted& e, const Item& known
) {
    // What is proved says more; so does a person.
    const bool formerly =
        e.evidence == fmt::format("itemparam username of item {} names it", e.item.value);
    const bool by_a_pass =
        told.actor.kind != "operator" || servers_[e.server].plan == told.correlation;
    if (!formerly || !by_a_pass || imported_.contains({e.server, login_key(e.login)})) {
        return std::nullopt;
    }
    if (known.orphan || known.wanted == Wanted::kAbsent) {
        return Unproven::kClosed;
    }
    if (known.refused) {
        return Unproven::kRefused;
    }
    if (known.unpaid) {
        return Unproven::kUnpaid;
    }
    return known.newcomer ? std::optional(Unproven::kNewcomer) : std::nullopt;
}

void Retrospect::look(const Envelope& told, const AccountAdopted& e) {
    Item& known = item(e.item, e.server);
    if (const std::optional<Unproven> because = unproven(told, e, known)) {
        found_.adoptions.push_back({e.item, e.server, e.login, *because, told.at, told.correlation}
        );
    }
    known.ours = true;
    known.made_again.reset();
}

void Retrospect::look(const Envelope& /*told*/, const AccountFoundGone& e) {
    Item& known = item(e.item, e.server);
    known.ours = false;
    known.made_again.reset();
}

template <class Effect>
void Retrospect::took_effect(const Envelope& told, const Effect& e) {
    Item& known = item(e.item, e.server);
    if (e.kind == ActionKind::kDelete) {
        known.ours = false;
        known.made_again.reset();
    } else if (e.kind == ActionKind::kCreate) {
        if (known.ours) {
            known.made_again = told.correlation;
        }
        known.ours = true;
        known.server = e.server;
        known.login = e.login;
    }
}

void Retrospect::look(const Envelope& told, const ActionSucceeded& e) {
    took_effect(told, e);
}

void Retrospect::look(const Envelope& told, const DoubtResolved& e) {
    if (e.took_effect) {
        took_effect(told, e);
    }
}

void Retrospect::look(const Envelope& told, const PanelResultDelivered& e) {
    Item& known = item(e.item, ServerId());
    if (e.password_saved && known.made_again) {
        found_.passwords.push_back(
            {e.item, known.server, known.login, told.at, *std::move(known.made_again)}
        );
        known.made_again.reset();
    }
}

void Retrospect::look(const Envelope& /*told*/, const AccountImported& e) {
    imported_.emplace(e.server, login_key(e.login));
}

}  // namespace bn
