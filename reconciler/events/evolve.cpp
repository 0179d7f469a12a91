#include <algorithm>
#include <utility>

#include "reconciler/events/back_in_time.hpp"
#include "reconciler/events/causes.hpp"
#include "reconciler/events/corrections.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/events/evolve_service.hpp"
#include "reconciler/model/address.hpp"
#include "reconciler/retry/pace.hpp"

namespace bn {
namespace {

std::optional<PendingAction> take_pending(LedgerItem& item, const std::string& action_id) {
    const auto found = std::ranges::find(item.in_doubt, action_id, &PendingAction::action_id);
    if (found == item.in_doubt.end()) {
        return std::nullopt;
    }
    PendingAction pending = std::move(*found);
    item.in_doubt.erase(found);
    return pending;
}

void own(LedgerItem& item, ServerId server, const std::string& login, Ownership how) {
    item.ownership = how;
    item.server = server;
    if (!login.empty()) {
        item.login = login;
    }
    item.deleted = false;
    item.unproved = false;
    item.absence_accepted = false;
    item.missed = false;
    item.last_used.reset();
    item.client = item.sold ? item.sold->client : 0;
}

void end_retention(LedgerItem& item) {
    item.retained_until.reset();
    item.closed_at.reset();
    item.end_announced = false;
}

// The effect of an action that is known to have taken place.
void take_effect(LedgerItem& item, ActionKind kind, ServerId server, const std::string& login) {
    switch (kind) {
        case ActionKind::kAdopt:
            own(item, server, login, Ownership::kAdopted);
            break;
        case ActionKind::kCreate:
            own(item, server, login, Ownership::kCreated);
            end_retention(item);
            break;
        case ActionKind::kEnable:
            end_retention(item);
            break;
        case ActionKind::kDelete:
            item.deleted = true;
            item.kept.reset();
            item.password_ref.clear();
            item.usage = UsageLevel::kUnknown;
            item.threshold = 0;
            item.notice.reset();
            end_retention(item);
            item.corrections.clear();
            break;
        default:
            break;
    }
}

// Whether something is about the same operation of the panel as this event.
auto about_operation_of(const auto& event) {
    return [&event](const auto& other) {
        return other.operation == event.operation && other.command == event.command;
    };
}

// What an event of one server changes about it.
struct ServerEvolver {
    LedgerServer& server;
    const Envelope& told;
    Ledger& ledger;

    void operator()(const ServerObserved& e) const {
        // Shown once, it stays: not shown is not the same as changed. A new address is another
        // cloud.
        const std::string address = canonical_address(e.address);
        const bool moved = server.address != address;
        server.identity = e.identity.empty() && !moved ? server.identity : e.identity;
        server.data_fingerprint =
            e.data_fingerprint.empty() && !moved ? server.data_fingerprint : e.data_fingerprint;
        server.name = e.name;
        server.address = address;
        server.product = e.product;
        server.version = e.version;
        if (server.complete_passes == 0 && of_a_known_cloud()) {
            // A second module for it: what its rows said first proves nothing.
            change_items(
                [](const LedgerItem& item) { return item.sold && item.sold->opened_before_us; },
                [](LedgerItem& item) { item.sold->opened_before_us = false; }
            );
        }
    }

    void operator()(const ServerAddressAccepted& e) const {
        server.address = canonical_address(e.after);
        look_again();
    }

    void operator()(const ServerCloudAccepted& e) const {
        server.identity = e.after;
        server.data_fingerprint = e.fingerprint_after;
        look_again();
        // Who has a name there may have had it before it was our service's.
        change_items(
            [](const LedgerItem& item) { return owns(item); },
            [](LedgerItem& item) { item.missed = true; }
        );
    }

    void operator()(const ServerQuarantined& e) const {
        server.quarantined_until = e.until;
        server.failures = e.failures;
        server.last_error = e.what;
    }

    void operator()(const ServerRecovered&) const { look_again(); }

    // A word for what was last seen, not for what the next reading shows.
    void operator()(const ServerResumed&) const {
        trust_clock();
        server.panel_doubt.clear();
        server.cloud_doubt.clear();
        judge_by(server, server.last_desired, server.last_actual);
        for (const ItemId id : missing_accounts(ledger, server.server)) {
            ledger.change(id, [](LedgerItem& item) { item.absence_accepted = true; });
        }
    }

    void operator()(const ServerPaused& e) const {
        server.paused = Pause{e.reason, told.at, e.until, told.actor.name};
    }

    void operator()(const ServerPauseEnded&) const { server.paused.reset(); }

    void operator()(const ClockTrusted&) const { trust_clock(); }

    void operator()(const OnRecordOnly auto&) const {}

    void operator()(const PlanStopped& e) const {
        server.stopped_plan = e.checksum;
        server.stopped_reason = e.reason;
        server.stopped_harms = e.harms;
        server.stopped_since = server.stopped_since.value_or(told.at);
    }

    void operator()(const PlanApproved& e) const {
        server.approved_plan = e.checksum;
        server.approved_at = told.at;
    }

    void operator()(const PanelProblemRegistered& e) const {
        told_of_problem(e.what.empty() ? "the cloud is away" : e.what);
    }

    void operator()(const PanelProblemCleared&) const { told_of_problem({}); }

    void operator()(const PanelProblemDeferred& e) const {
        ++server.problem_attempts;
        server.problem_next_attempt_at = e.next_attempt_at;
    }

    void operator()(const AccountImported& e) const {
        const std::string key = login_key(e.login);
        std::erase_if(server.imports, [&](const RecentImport& import) {
            return import.login_key == key || told.at - import.at >= kImportMemory;
        });
        server.imports.push_back({key, e.service, e.certain, told.at});
    }

    void operator()(const UsageMeasured& e) const {
        server.measure_attempts = 0;
        server.measure_next_attempt_at.reset();
        server.measured_day = std::max(server.measured_day, e.day);
        if (!e.owed || e.day <= server.stat_day ||
            std::ranges::find(server.stat_recent, e.day) != server.stat_recent.end()) {
            return;  // measured again: that day is owed still, or billed, and billed once only
        }
        server.stat_day = e.day;
        server.stat_recent.push_back(e.day);
        if (server.stat_recent.size() > kStatMemory) {
            server.stat_recent.erase(server.stat_recent.begin());
        }
        server.stat_owed.push_back({e.day, 0, std::nullopt, ""});
    }

    void operator()(const UsageMeasureFailed& e) const {
        ++server.measure_attempts;
        server.measure_next_attempt_at = e.next_attempt_at;
    }

    void operator()(const UsagePosted& e) const {
        std::erase_if(server.stat_owed, [&](const OwedDay& owed) { return owed.day == e.day; });
    }

    void operator()(const UsagePostRefused& e) const {
        for (OwedDay& owed : server.stat_owed) {
            if (owed.day == e.day) {
                ++owed.attempts;
                owed.next_attempt_at = e.next_attempt_at;
                owed.refusal = e.what;
            }
        }
    }

  private:
    // It is left alone no longer.
    void look_again() const {
        server.quarantined_until.reset();
        server.failures = 0;
    }

    // Of this server.
    void change_items(bool (*which)(const LedgerItem&), void (*how)(LedgerItem&)) const {
        std::vector<ItemId> ids;
        for (const auto& [id, item] : ledger.items()) {
            if (item.server == server.server && which(item)) {
                ids.push_back(id);
            }
        }
        for (const ItemId id : ids) {
            ledger.change(id, how);
        }
    }

    // That was read whole by another server of the panel.
    [[nodiscard]] bool of_a_known_cloud() const {
        return std::ranges::any_of(ledger.servers(), [this](const auto& entry) {
            const LedgerServer& one = entry.second;
            const bool same = (!server.identity.empty() && one.identity == server.identity) ||
                              (!server.address.empty() && one.address == server.address);
            return one.server != server.server && one.complete_passes > 0 && same;
        });
    }

    void trust_clock() const {
        server.clock_doubted = false;
        server.clock_trust = Duration{0};
    }

    void told_of_problem(const std::string& what) const {
        server.problem_shown = what;
        server.problem_attempts = 0;
        server.problem_next_attempt_at.reset();
    }
};

// The field of the account that a change of what was sold is about; 0: none.
DriftMask field_of(const SoldChange& change) {
    const auto one = [](DriftField field) { return static_cast<DriftMask>(field); };
    return change.field == "quota"    ? one(DriftField::kQuota)
           : change.field == "group"  ? one(DriftField::kGroup)
           : change.field == "status" ? one(DriftField::kEnabled)
                                      : DriftMask{0};
}

// What an event of one item changes about it.
struct ItemEvolver {
    LedgerItem& item;
    const Envelope& told;
    Ledger& ledger;

    void operator()(const SoldChanged& e) const {
        Sold sold = item.sold.value_or(Sold());
        for (const SoldChange& one : e.changes) {
            apply_change(sold, one);
            if (item.sold) {
                item.due |= field_of(one);
            }
        }
        item.sold = std::move(sold);
        if (wants_account(item.sold->wanted)) {
            bought_back();
            item.kept.reset();
        }
        if (owns(item) && item.client == 0) {
            item.client = item.sold->client;  // owned since before clients were recorded
        }
        seen_on(e.server);
    }

    void operator()(const DriftObserved& e) const {
        if (item.drift == 0) {
            item.drift_since = told.at;
        }
        item.drift = mask_of(e.fields);
        std::vector<DriftField> fields(e.fields.size());
        std::ranges::transform(e.fields, fields.begin(), &DriftValue::field);
        keep_since(item.differs, fields, told.at);
        item.due &= item.drift;  // what is sold and does not differ is there
        item.absence_accepted = item.absence_accepted && has(item.drift, DriftField::kMissing);
        item.missed = item.missed || has(item.drift, DriftField::kMissing);
        if (has(item.drift, DriftField::kOrphan) && has(item.drift, DriftField::kEnabled)) {
            end_retention(item);  // in use again: whoever disables it, it is closed anew
        }
        seen_on(e.server);
    }

    void operator()(const DriftCleared&) const {
        item.drift = 0;
        item.due = 0;
        item.differs.clear();
        item.setbacks.clear();
        item.drift_since = Time{};
        item.absence_accepted = false;
    }

    void operator()(const ItemHeld& e) const {
        item.holds = e.holds;
        std::vector<HoldCode> codes(e.holds.size());
        std::ranges::transform(e.holds, codes.begin(), &Hold::code);
        keep_since(item.held, codes, told.at);
        if (!e.holds.empty()) {
            seen_on(e.holds.front().server);
        }
    }

    void operator()(const ItemHoldsCleared&) const {
        item.holds.clear();
        item.held.clear();
    }

    void operator()(const ItemVanished& e) const {
        item.vanished_at_pass = e.at_pass;
        item.vanished_at = mark();
    }

    void operator()(const ItemReappeared&) const {
        item.vanished_at_pass.reset();
        item.vanished_at.reset();
    }

    void operator()(const ItemHistoryLost&) const {
        item.setbacks.clear();
        item.in_doubt.clear();
        item.owed.clear();
        item.password_ref.clear();
        end_retention(item);
        item.vanished_at_pass.reset();
        item.vanished_at.reset();
        item.unproved = owns(item);
        item.absence_accepted = false;
    }

    void operator()(const AccountFoundAgain&) const {
        item.unproved = false;
        item.absence_accepted = false;
        item.missed = false;
        bought_back();  // nobody knows what was with it meanwhile
    }

    void operator()(const AccountLastUsed& e) const {
        item.missed = item.missed || used_since_closed(item, e.at);
        if (item.closed_at && item.last_used != e.at) {
            end_retention(item);
        }
        item.last_used = e.at;
    }

    void operator()(const AccountAdopted& e) const {
        own(item, e.server, e.login, Ownership::kAdopted);
    }

    void operator()(const AccountCreated& e) const {
        take_effect(item, ActionKind::kCreate, e.server, e.login);
    }

    void operator()(const AccountFoundGone& e) const {
        item.setbacks.clear();
        take_effect(item, ActionKind::kDelete, e.server, e.login);
    }

    void operator()(const AccountHandedOver&) const {
        take_effect(item, ActionKind::kDelete, item.server, {});
        item.ownership = Ownership::kNone;
        item.deleted = false;  // it is not gone: an account of this name is no surprise
        item.login.clear();
        if (item.sold) {
            item.sold->opened_before_us = false;  // that was about what another item has now
        }
    }

    void operator()(const ActionIntended& e) const {
        take_pending(item, e.action_id);  // the same intent twice is one intent
        item.in_doubt.push_back({e.action_id, e.action, e.secret_ref, told.at});
        if (e.action.harm != Harm::kNone && !e.action.approved) {
            add_harm(ledger.edit(e.action.server).harm_done, e.action.harm, told.at);
        }
        note_attempt(ledger.edit(e.action.server).attempts, told.at);
        seen_on(e.action.server);
    }

    void operator()(const ActionSucceeded& e) const {
        const std::optional<PendingAction> pending = take_pending(item, e.action_id);
        ledger.edit(e.server).attempts.clear();
        settle_effect(e, pending);
        if (e.kind == ActionKind::kDisable && e.retained_until) {
            close(*e.retained_until);
        }
    }

    void operator()(const ActionFailed& e) const {
        const std::optional<PendingAction> pending = take_pending(item, e.action_id);
        const std::string asked = pending ? asked_of(pending->action) : std::string();
        std::vector<Time>& attempts = ledger.edit(e.server).attempts;
        if (!pending) {
            note_attempt(attempts, told.at);  // it failed before its call
        } else if (e.move == NextMove::kWait && !attempts.empty()) {
            attempts.pop_back();  // a limit of this kind of change is no failure
        }
        had_no_effect(pending);
        closing_failed(e.kind);
        auto setback = std::ranges::find(item.setbacks, e.kind, &Setback::kind);
        if (setback == item.setbacks.end()) {
            setback = item.setbacks.emplace(item.setbacks.end());
        }
        if (setback->failures == 0 || setback->asked != asked) {
            *setback = Setback();
            setback->kind = e.kind;
            setback->asked = asked;
            setback->since = told.at;
        }
        ++setback->failures;
        setback->code = e.code;
        setback->next_attempt_at = e.next_attempt_at;
        const std::string code = e.code.empty() ? "" : " [" + e.code + "]";
        setback->what = e.what.ends_with(code) ? e.what : e.what + code;
        setback->refused = e.move == NextMove::kHuman;
    }

    void operator()(const DoubtResolved& e) const {
        const std::optional<PendingAction> pending = take_pending(item, e.action_id);
        if (e.took_effect) {
            ledger.edit(e.server).attempts.clear();
            settle_effect(e, pending);
        } else {
            had_no_effect(pending);
            closing_failed(e.kind);
        }
        // What is there after a delete may have been made since: it is held to what it looks like.
        item.missed = item.missed || (e.kind == ActionKind::kDelete && !e.took_effect);
        if (e.took_effect && e.kind == ActionKind::kDisable && pending && pending->action.closing) {
            close(told.at);
        }
    }

    void operator()(const ItemBoughtBack&) const { bought_back(); }

    void operator()(const ItemPaused& e) const {
        item.paused = Pause{e.reason, told.at, e.until, told.actor.name};
    }

    void operator()(const ItemResumed&) const { item.paused.reset(); }

    void operator()(const ItemKept& e) const {
        item.kept = Pause{e.reason, told.at, e.until, told.actor.name};
    }

    void operator()(const ItemKeptEnded&) const { item.kept.reset(); }

    void operator()(const RetentionEnding&) const { item.end_announced = true; }

    void operator()(const ItemParked& e) const {
        for (Setback& setback : item.setbacks) {
            setback.parked = setback.parked || setback.kind == e.kind;
        }
    }

    void operator()(const ItemReplayed&) const { item.setbacks.clear(); }

    void operator()(const OnRecordOnly auto&) const {}

    void operator()(const PanelResultOwed& e) const {
        // A newer word about the same operation replaces the former one in its place.
        auto owed = std::ranges::find_if(item.owed, about_operation_of(e));
        if (owed == item.owed.end()) {
            owed = item.owed.emplace(item.owed.end());
        } else if (owed->completed && !e.completed) {
            return;  // what has come about is not unsaid by an older look
        }
        *owed = OwedResult{
            static_cast<const OperationResult&>(e), told.at, 0, std::nullopt, told.id, {}};
        seen_on(e.server);
        note_told(e);
    }

    void operator()(const PanelCalled& e) const {
        for (OwedResult& owed : item.owed) {
            if (owed.operation == e.operation && e.next_attempt_at) {
                ++owed.attempts;
                owed.next_attempt_at = e.next_attempt_at;
            }
        }
    }

    void operator()(const PanelResultDeferred& e) const {
        const auto owed = std::ranges::find_if(item.owed, about_operation_of(e));
        if (owed != item.owed.end()) {
            ++owed->attempts;
            owed->next_attempt_at = e.next_attempt_at;
            owed->refusal = e.what;
        }
    }

    void operator()(const OperationRolledBack& e) const { item.rolled_back = e.operation; }

    void operator()(const OperationTaskMade& e) const { item.task_made = e.operation; }

    void operator()(const PanelResultDelivered& e) const {
        std::erase_if(item.owed, about_operation_of(e));
        if (e.password_saved) {
            item.password_ref.clear();
        }
    }

    void operator()(const UsageLevelChanged& e) const { item.usage = e.level; }

    void operator()(const UsageThresholdReached& e) const {
        item.threshold = e.share;
        item.notice.reset();
        if (e.owed) {
            item.notice = OwedNotice{e.share, e.used_bytes, e.quota};
        }
    }

    // What is over need not be told any more.
    void operator()(const UsageThresholdLeft& e) const {
        item.threshold = e.share;
        if (item.notice && e.share > 0) {  // nobody was told yet, and it is still nearly full
            item.notice = OwedNotice{e.share, e.used_bytes, e.quota};
        } else {
            item.notice.reset();
        }
    }

    void operator()(const UsageThresholdTold& e) const {
        if (item.notice && item.notice->share == e.share) {
            item.notice.reset();
        }
    }

    void operator()(const UsageTold& e) const {
        item.usage_told = ToldUsage{e.used_bytes, e.quota, e.measured_at, told.at};
    }

  private:
    // A call of ours took effect, as its answer or a look says.
    template <class E>
    void settle_effect(const E& e, const std::optional<PendingAction>& pending) const {
        const bool other_account = e.kind == ActionKind::kCreate || e.kind == ActionKind::kDelete;
        std::erase_if(item.setbacks, [&](const Setback& setback) {
            return other_account || setback.kind == e.kind;
        });
        const std::string& login = e.login.empty() && pending ? pending->action.login : e.login;
        take_effect(item, e.kind, e.server, login);
        if (!pending) {
            return;
        }
        if (!pending->secret_ref.empty()) {
            item.password_offered.clear();
            item.password_ref = pending->secret_ref;  // waits, sealed, for its way to the panel
        }
        remember(item, pending->action, told.at);
    }

    void had_no_effect(const std::optional<PendingAction>& pending) const {
        if (pending && pending->action.harm != Harm::kNone && !pending->action.approved) {
            take_back_harm(
                ledger.edit(pending->action.server).harm_done,
                pending->action.harm,
                pending->intended_at
            );
        }
    }

    // What was closed before counts for nothing once it is closed again.
    void bought_back() const {
        item.last_used.reset();
        end_retention(item);
    }

    // A call that was to close an account had no effect: who logs in after it proves nothing.
    void closing_failed(ActionKind kind) const {
        if (kind == ActionKind::kDisable && !item.closed_at) {
            item.last_used.reset();
        }
    }

    // The whole retention begins with it, whatever was counted before.
    void close(Time until) const {
        item.retained_until = std::max(until, item.retained_until.value_or(until));
        item.closed_at = mark();
    }

    [[nodiscard]] Duration mark() const {
        return observed_mark(ledger.server(item.server), told.at);
    }

    // What the panel is to be told of an operation, or was offered without one.
    void note_told(const PanelResultOwed& e) const {
        if (e.operation == 0) {
            item.password_offered = item.password_ref;
        }
        std::erase_if(item.told, about_operation_of(e));
        if (e.completed) {
            return;
        }
        item.told.push_back({e.operation, e.command, e.code, e.what, e.manual_task});
        if (item.told.size() > kToldFailures) {
            item.told.erase(item.told.begin());
        }
    }

    // The server that an item without an account of ours is looked at on.
    void seen_on(ServerId server) const {
        if (!owns(item) && server.value != 0) {
            if (item.sold && item.server.value != 0 && item.server != server) {
                item.sold->opened_before_us = false;  // it was opened elsewhere
            }
            item.server = server;
        }
    }
};

}  // namespace

void evolve(Ledger& ledger, const Envelope& event) {
    const ItemId item = item_of(event.event);
    const auto change = [&](const auto& e) {
        constexpr StreamKind kStream = kStreamOf<std::decay_t<decltype(e)>>;
        if constexpr (kStream == StreamKind::kService) {
            evolve_service(ledger, event);
        } else if (kStream == StreamKind::kServer || item.value == 0) {
            LedgerServer& server = ledger.edit(server_of(event.event));
            server.stream_version = event.version;
            if constexpr (kStream == StreamKind::kServer) {
                ServerEvolver{server, event, ledger}(e);
            }
        } else if constexpr (kStream == StreamKind::kItem) {
            ledger.change(item, [&](LedgerItem& known) {
                ItemEvolver{known, event, ledger}(e);
                known.stream_version = event.version;
                if (gives_a_reason(event.event)) {
                    known.reason_event = event.id;
                    known.outcome_event.clear();
                } else if (is_an_outcome(event.event)) {
                    known.outcome_event = event.id;
                }
            });
        }
    };
    LedgerPanel& panel = ledger.edit_panel();
    panel.recorded_at = std::max(panel.recorded_at, event.at);
    std::visit(change, event.event);
    ledger.set_last_event(event.position);
}

void assume(Ledger& ledger, const std::vector<Event>& events, Time at) {
    for (const Event& event : events) {
        Envelope envelope;
        envelope.position = ledger.last_event();
        envelope.stream = stream_of(event);
        envelope.at = at;
        envelope.event = event;
        evolve(ledger, envelope);
    }
}

}  // namespace bn
