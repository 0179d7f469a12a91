#include "reconciler/plan/draft.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "reconciler/model/plural.hpp"

namespace bn {

namespace {

// The cloud does not say who changed a field.
std::string_view usual_reverter(DriftField field) {
    switch (field) {
        case DriftField::kEnabled:
            return "often a directory that enables and disables accounts (LDAP, SAML, OIDC)";
        case DriftField::kGroup:
            return "often the group mapping of LDAP, SAML or OIDC, at each login";
        case DriftField::kEmail:
        case DriftField::kName:
            return "often the client himself, or a directory at each login";
        default:
            return "often an app that sets it at each login of the client (LDAP, SAML or OIDC: its "
                   "quota attribute)";
    }
}

std::string product_of(const Ledger& ledger, ServerId id) {
    const LedgerServer* server = ledger.server(id);
    return server != nullptr ? server->product : std::string();
}

}  // namespace

std::string of_item(ItemId item) {
    return fmt::format("item {}", item.value);
}

Draft::Draft(const PlanFacts& facts, const DiffOptions& diff_options)
    : PlanFacts(facts),
      options(diff_options),
      rows(desired.accounts),
      accounts(actual.accounts),
      fields(facts, diff_options),
      product(product_of(facts.ledger, facts.desired.id)),
      cloud_servers(
          servers_of_cloud(facts.snapshot, facts.ledger, facts.desired.id, facts.identities)
      ),
      possible_servers(servers_of_cloud(
          facts.snapshot, facts.ledger, facts.desired.id, facts.identities, SameCloud::kMayBe
      )),
      at_rest_(facts.ledger.settled(facts.desired.id).size(), false) {
    plan.server = desired.id;
    plan.name = desired.name;
    plan.actual_accounts = accounts.size();
    plan.desired_complete = snapshot.complete;
    plan.actual_complete = actual.complete;
}

Action Draft::make(ActionKind kind, const Case& c) const {
    Action action(kind, desired.id, c.item, c.login);
    action.urgent = c.urgent;
    action.harm = harm_of(kind);
    return action;
}

bool Draft::read_only(std::size_t row) const {
    const DesiredRecord& sold = rows.record(row);
    return sold.wanted == Wanted::kDisabled && sold.quota.is_size() &&
           (product == "Nextcloud" || product.empty()) &&
           overdue_of(options, rows.tariff(row)) == Overdue::kReadOnly;
}

std::optional<Hold> Draft::fought_over(const Action& action, const Case& c) const {
    const std::optional<Correction> correction = correction_of(action);
    if (!correction || c.known == nullptr || action.closing) {
        return std::nullopt;
    }
    for (const Correction& past : c.known->corrections) {
        const bool same = past.field == correction->field && past.value == correction->value;
        if (same && past.count >= options.fight_limit &&
            options.now - past.at < options.fight_window) {
            return Hold(
                c.item,
                desired.id,
                HoldCode::kFighting,
                "account " + c.login,
                fmt::format(
                    "The {} of {} was set to {} {:# time|# times} since {} and did not stay{}.",
                    to_string(past.field),
                    c.login,
                    past.field == DriftField::kQuota ? to_string(action.quota) : past.value,
                    Plural(past.count),
                    format_time(past.since == Time{} ? past.at : past.since),
                    action.before.empty() ? "" : ": it was found to be " + action.before
                ),
                fmt::format(
                    "Find who or what changes it back in the cloud, {}; it is tried again after a "
                    "pause.",
                    usual_reverter(past.field)
                )
            );
        }
    }
    return std::nullopt;
}

void Draft::emit(Action action, const Case& c) {
    if (std::optional<Hold> why = fought_over(action, c)) {
        plan.held.push_back({std::move(action), *std::move(why)});
    } else {
        plan.actions.push_back(std::move(action));
    }
}

bool Draft::hold(
    const Case& c, HoldCode code, std::string where, std::string detail, std::string remedy
) {
    Hold why(c.item, desired.id, code, std::move(where), std::move(detail), std::move(remedy));
    plan.held.push_back({std::nullopt, std::move(why)});
    return true;
}

bool Draft::hold_account(const Case& c, HoldCode code, std::string detail, std::string remedy) {
    return hold(c, code, "account " + c.login, std::move(detail), std::move(remedy));
}

void Draft::drifted(const Case& c, std::vector<DriftValue> drift) {
    if (!drift.empty()) {
        plan.drift.push_back({c.item, c.login, std::move(drift)});
    }
}

// Than is on record, by the row of now.
bool Draft::sold_another(const Case& c, DriftField field) const {
    const DesiredRecord& row = rows.record(c.row);
    const Sold& sold = *c.known->sold;
    switch (field) {
        case DriftField::kQuota:
            return sold.quota != row.quota;
        case DriftField::kGroup:
            return sold.group != rows.groups().name(row.group);
        case DriftField::kEnabled:
            return sold.wanted != row.wanted;
        default:
            return false;
    }
}

bool Draft::left_by_hand(const Case& c, const DriftValue& found) {
    const bool once = has(options.create_only, found.field);
    const bool by_hand = has(options.by_hand, found.field) && c.known != nullptr && c.known->sold &&
                         !has(c.known->due, found.field) && !sold_another(c, found.field);
    if (!once && !by_hand) {
        return false;
    }
    const std::string field(to_string(found.field));
    const std::string there = found.found.empty() ? "nothing" : found.found;
    const std::string sold = found.sold.empty() ? "none" : found.sold;
    return hold_account(
        c,
        HoldCode::kByHand,
        once ? fmt::format("The {} is {} and is set once only; {} was sold.", field, there, sold)
             : fmt::format("The {} was changed by hand to {}; {} was sold.", field, there, sold),
        once ? "Nothing to do: an account is made with it (`create_only` in the configuration)."
             : "Nothing to do: it stays so until another one is sold (`by_hand` in the "
               "configuration)."
    );
}

std::vector<Claim> Draft::other_claims(const Case& c) const {
    return claims_on(snapshot, cloud_servers, login_key(c.login), c.item, ClaimsOf::kOurs);
}

std::vector<Claim> Draft::possible_claims(const Case& c) const {
    return claims_on(snapshot, possible_servers, login_key(c.login), c.item, ClaimsOf::kAnybody);
}

const LedgerItem* Draft::other_owner(const Case& c) const {
    return owner_on(ledger, cloud_servers, login_key(c.login), c.item);
}

const DesiredTable& Draft::whole_table() const {
    const DesiredServer* whole = snapshot.server(desired.id);
    return whole != nullptr ? whole->accounts : rows;
}

std::size_t Draft::row_of(ItemId item) {
    const DesiredTable& table = whole_table();
    if (!row_index_) {
        row_index_.emplace();
        row_index_->reserve(table.size());
        for (std::size_t i = 0; i < table.size(); ++i) {
            row_index_->emplace(table.record(i).item, i);
        }
    }
    const auto found = row_index_->find(item);
    return found == row_index_->end() ? Case::npos : found->second;
}

void Draft::reader_holds_of(ItemId item) {
    if (!reader_held_.insert(item).second) {
        return;
    }
    const auto holds = std::ranges::equal_range(snapshot.holds, item, {}, &Hold::item);
    for (const Hold& why : holds) {
        plan.held.push_back({std::nullopt, why});
    }
    if (holds.empty()) {
        Case c;
        c.item = item;
        hold(
            c,
            HoldCode::kUnknownStatus,
            of_item(item),
            "The panel's rows of this item could not be understood.",
            "Look at the item and its tariff in the panel."
        );
    }
}

void Draft::add_reader_holds() {
    for (const Hold& hold : snapshot.holds) {
        if (hold.server == desired.id && !reader_held_.contains(hold.item) && !actual.narrow) {
            plan.held.push_back({std::nullopt, hold});
        }
    }
}

}  // namespace bn
