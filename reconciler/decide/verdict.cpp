#include "reconciler/decide/verdict.hpp"

#include <algorithm>

namespace bn {

namespace {

OperationVerdict working(std::string code, std::string what, std::string remedy = {}) {
    return {Verdict::kWorking, std::move(code), std::move(what), std::move(remedy), false};
}

OperationVerdict refused(std::string code, std::string what, std::string remedy) {
    return {Verdict::kRefused, std::move(code), std::move(what), std::move(remedy), false};
}

OperationVerdict by_move(const Error& error) {
    return error.move == NextMove::kHuman ? refused(error.code, error.what, error.remedy)
                                          : working(error.code, error.what, error.remedy);
}

// Whether a hold waits for a person (true) or ends by itself.
bool waits_for_a_person(HoldCode code) {
    switch (code) {
        case HoldCode::kInDoubt:
        case HoldCode::kBackoff:
        case HoldCode::kIncompleteRead:
        case HoldCode::kIncompleteSnapshot:
        case HoldCode::kRetention:
        case HoldCode::kVanished:
        case HoldCode::kClock:
        case HoldCode::kWindow:
        case HoldCode::kByHand:
        case HoldCode::kPaused:  // a person holds it back on purpose, and will end that
        case HoldCode::kMaintenance:
            return false;
        default:
            return true;
    }
}

// A hold that says what the account lacks or waits for, and does not doubt that it is the
// service's own or what was seen of it.
bool leaves_it_ours(HoldCode code) {
    switch (code) {
        case HoldCode::kNoTariff:
        case HoldCode::kDanglingReference:
        case HoldCode::kNoDisk:
        case HoldCode::kUnknownAddonType:
        case HoldCode::kBadMeasure:
        case HoldCode::kBadNumber:
        case HoldCode::kBadGroup:
        case HoldCode::kBadSecret:
        case HoldCode::kMissingGroup:
        case HoldCode::kBackoff:
        case HoldCode::kFighting:
        case HoldCode::kRefused:
        case HoldCode::kParked:
        case HoldCode::kByHand:
        case HoldCode::kWindow:
        case HoldCode::kPolicy:
        case HoldCode::kBlastRadius:
        case HoldCode::kClock:
        case HoldCode::kPaused:
        case HoldCode::kMaintenance:
            return true;
        default:
            return false;
    }
}

// A hold that ends by itself, but not soon.
bool may_last(HoldCode code) {
    return code == HoldCode::kPaused || code == HoldCode::kWindow || code == HoldCode::kClock ||
           code == HoldCode::kVanished;
}

bool closes(std::string_view command) {
    return command == "close";
}

// Moves dates in the panel; the account is as the row says, with or without it.
bool needs_nothing(std::string_view command) {
    constexpr std::string_view kCommands[] = {"prolong", "prolong_addon", "cancel_prolong"};
    return std::ranges::find(kCommands, command) != std::end(kCommands);
}

// Whether the account can be used or not is all that the command is about, and it is so.
bool switched(const OperationFacts& facts) {
    const bool suspends = facts.command == "suspend";
    const bool resumes = facts.command == "resume" || facts.command == "reopen";
    if ((!suspends && !resumes) || !facts.wanted || !agrees(facts.command, *facts.wanted) ||
        !std::ranges::all_of(facts.holds, leaves_it_ours, &Hold::code)) {
        return false;
    }
    return facts.enabled ? *facts.enabled != suspends
                         : suspends && facts.looked && !facts.may_have_account;
}

void read_desired(const DesiredSnapshot& desired, ItemId item, OperationFacts& facts) {
    facts.has_row = desired.has_row(item) || !desired.complete;
    for (const Hold& hold : desired.holds) {
        if (hold.item == item) {
            facts.holds.push_back(hold);
        }
    }
    for (const DesiredServer& server : desired.servers) {
        const std::size_t at = server.accounts.find(item);
        if (at != DesiredTable::npos) {
            facts.wanted = server.accounts[at].wanted;
            facts.may_have_account = facts.may_have_account || server.accounts[at].login_saved;
            if (!server.problem.empty()) {
                facts.server_error =
                    Error(NextMove::kHuman, "bad-server", server.problem, server.remedy);
            }
        }
    }
}

// Whether the operation is to bring this about. What else waits for its own reason is no reason to
// refuse who has paid.
bool is_about(std::string_view command, const Action& action) {
    const ActionKind kind = action.kind;
    if (command == "setparam") {
        return (kind == ActionKind::kSetQuota && action.harm != Harm::kDisable) ||
               kind == ActionKind::kRemoveGroup;
    }
    const bool disables = kind == ActionKind::kDisable || action.harm == Harm::kDisable;
    return (command == "suspend" && disables) ||
           (closes(command) && (kind == ActionKind::kDisable || kind == ActionKind::kDelete));
}

// What is left as somebody changed it by hand is as it is meant to be.
bool holds_up(const HeldAction& held, std::string_view command) {
    if (held.hold.code == HoldCode::kBlastRadius && held.action) {
        return is_about(command, *held.action);
    }
    return held.hold.code != HoldCode::kByHand;
}

void read_plan(const ServerPlan& plan, ItemId item, OperationFacts& facts) {
    for (const Action& action : plan.actions) {
        facts.planned += action.item == item && action.kind != ActionKind::kAdopt ? 1U : 0U;
    }
    for (const HeldAction& held : plan.held) {
        if (held.hold.item == item && holds_up(held, facts.command)) {
            facts.holds.push_back(held.hold);
        }
    }
}

// An account that is to be readable only, or was, and its quota is nothing, as it was read or as a
// call of this pass left it.
bool takes_no_files(
    const ServerPlan& plan,
    ItemId item,
    const ActualTable& accounts,
    std::size_t at,
    const std::vector<ActionKind>& done
) {
    if (std::ranges::find(plan.read_only, item) == plan.read_only.end()) {
        return false;
    }
    Quota quota = at == ActualTable::npos ? Quota() : accounts.record(at).quota;
    for (const Action& action : plan.actions) {
        if (action.item != item || std::ranges::find(done, action.kind) == done.end()) {
            continue;
        }
        if (action.kind == ActionKind::kSetQuota) {
            quota = action.quota;
        } else if (action.create) {
            quota = action.create->quota;
        }
    }
    return quota == Quota::bytes(0);
}

// Whether the account is enabled now: as it was read, and as the calls of this pass left it.
void read_account(
    const ServerObservation& server,
    const LedgerItem* known,
    const std::vector<ActionKind>& done,
    OperationFacts& facts
) {
    const bool ours = known != nullptr && owns(*known) && known->server == server.server &&
                      !row_of_another_client(*known) && known->in_doubt.empty();
    if (!ours || !server.actual || !facts.looked) {
        return;
    }
    const ActualTable& accounts = server.actual->accounts;
    const std::size_t at = accounts.find(login_key(known->login));
    if (at != ActualTable::npos && accounts[at].details_known) {
        facts.enabled = accounts[at].enabled;
    }
    for (const ActionKind kind : done) {
        if (kind == ActionKind::kCreate || kind == ActionKind::kEnable) {
            facts.enabled = true;
        } else if (kind == ActionKind::kDisable) {
            facts.enabled = false;
        }
    }
    if (facts.enabled && takes_no_files(*server.plan, known->item, accounts, at, done)) {
        facts.enabled = false;
    }
}

// The reading lacks the item's account, and no look has said that it is gone: a list whose pages
// shifted says nothing.
bool missed(const ServerPlan& plan, const LedgerItem* known) {
    const auto lacks = [known](const Drift& drift) {
        return drift.item == known->item && has(drift.mask(), DriftField::kMissing);
    };
    // While a side is doubted nothing counts as gone, and nobody looks.
    return known != nullptr && owns(*known) &&
           (std::ranges::find(plan.gone, known->item, &GoneAccount::item) != plan.gone.end() ||
            std::ranges::any_of(plan.aside, lacks));
}

// The server of the item's row, or of its account: of one that is not known no plan speaks.
bool concerns(
    const DesiredSnapshot& desired, ServerId server, ItemId item, const LedgerItem* known
) {
    const DesiredServer* row = desired.server(server);
    return (row != nullptr && row->accounts.find(item) != DesiredTable::npos) ||
           (known != nullptr && known->server == server &&
            (owns(*known) || !known->in_doubt.empty()));
}

OperationFacts facts_of(
    const PassReport& report, const PendingOperation& operation, const Ledger& ledger
) {
    const ItemId item = operation.item;
    const LedgerItem* known = ledger.item(item);
    const DesiredSnapshot& desired = *report.observation.desired;
    OperationFacts facts;
    facts.command = operation.command;
    facts.may_have_account =
        known != nullptr &&
        ((owns(*known) && !row_of_another_client(*known)) || !known->in_doubt.empty());
    read_desired(desired, item, facts);
    if (const ClosedRow* closed = desired.closed_row(item)) {
        facts.wanted = Wanted::kAbsent;
        const bool deleted = known != nullptr && known->deleted;
        facts.may_have_account = facts.may_have_account || (closed->opened && !deleted);
    }
    const auto found = report.calls_done.find(item);
    const std::vector<ActionKind> none;
    const std::vector<ActionKind>& done = found == report.calls_done.end() ? none : found->second;
    facts.done = done.size();
    bool observed = false;
    for (const ServerObservation& server : report.observation.servers) {
        if (!concerns(desired, server.server, item, known)) {
            continue;
        }
        observed = true;
        facts.only_looked_at = facts.only_looked_at || server.policy == Policy::kObserve;
        if (server.error) {
            facts.server_error = server.error;
        }
        if (server.plan) {
            facts.looked = server.plan->actual_complete && server.plan->desired_complete &&
                           !missed(*server.plan, known);
            read_plan(*server.plan, item, facts);
            read_account(server, known, done, facts);
        }
        const auto execution = report.executions.find(server.server);
        if (execution != report.executions.end()) {
            for (const ActionFailure& failure : execution->second.failures) {
                if (failure.action.item == item) {
                    facts.failure = failure.error;
                }
            }
            if (!facts.failure && execution->second.server_error) {
                facts.server_error = execution->second.server_error;
            }
        }
    }
    if (!observed && facts.may_have_account && !facts.server_error) {
        facts.server_error = Error(
            NextMove::kHuman,
            "server-disabled",
            "the server of this service is switched off, or the panel names none, so its account "
            "was not looked at",
            "switch it on in the panel and in the configuration, or choose the service's "
            "processing module"
        );
    }
    return facts;
}

}  // namespace

bool agrees(std::string_view command, Wanted wanted) {
    if (command == "open" || command == "resume" || command == "reopen") {
        return wanted == Wanted::kEnabled;
    }
    if (command == "suspend") {
        return wanted == Wanted::kDisabled;
    }
    if (closes(command)) {
        return wanted == Wanted::kAbsent;
    }
    return wanted != Wanted::kNothing;
}

bool lies_in_the_tariff(std::string_view code) {
    constexpr std::string_view kCodes[] = {
        "missing-group",
        "bad-group",
        "no-disk",
        "bad-number",
        "bad-measure",
        "unknown-addon-type",
        "dangling-reference",
        "ocs.no_group",
        "ocs.bad_group",
        "ocs.bad_quota"};
    return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

namespace {

OperationVerdict judge_all(const OperationFacts& facts) {
    if (!facts.has_row) {
        return refused(
            "unknown-item",
            "the panel has no service of this number for our module",
            "look at the service's processing module in the panel"
        );
    }
    if (needs_nothing(facts.command) || switched(facts)) {
        return {Verdict::kCompleted, {}, {}, {}, false};
    }
    // What a person must do goes before what will end by itself. A closed account stays, disabled,
    // until its retention ends: that is what closing means here.
    for (const bool person : {true, false}) {
        for (const Hold& hold : facts.holds) {
            if (waits_for_a_person(hold.code) != person ||
                (closes(facts.command) && hold.code == HoldCode::kRetention)) {
                continue;
            }
            const bool stopped = hold.code == HoldCode::kBlastRadius;
            std::string code(stopped ? "stopped-plan" : to_string(hold.code));
            OperationVerdict verdict = person ? refused(std::move(code), hold.detail, hold.remedy)
                                              : working(std::move(code), hold.detail, hold.remedy);
            verdict.lasting = !person && may_last(hold.code);
            verdict.held = true;
            return verdict;
        }
    }
    if (facts.failure) {
        return by_move(*facts.failure);
    }
    if (facts.server_error) {
        return by_move(*facts.server_error);
    }
    // An order that was never paid has nothing that a change could be about.
    const bool nothing_yet = facts.wanted == Wanted::kNothing && facts.command == "setparam" &&
                             facts.planned == 0 && !facts.may_have_account;
    if (nothing_yet) {
        return {Verdict::kCompleted, {}, {}, {}, false};
    }
    if (!facts.wanted || !agrees(facts.command, *facts.wanted)) {
        return working(
            "panel-row",
            "the panel's row does not ask for what the operation is to bring about",
            "wait: the row is read again"
        );
    }
    // A service that was never opened has no server to look at; closing it needs nothing.
    const bool nothing_to_look_at =
        closes(facts.command) && facts.planned == 0 && !facts.may_have_account;
    if (!facts.looked && !nothing_to_look_at) {
        return working("not-read", "the account could not be looked at yet");
    }
    if (facts.done < facts.planned) {
        return working("unfinished", "not all that is needed was done yet");
    }
    return {Verdict::kCompleted, {}, {}, {}, false};
}

}  // namespace

OperationVerdict judge(const OperationFacts& facts) {
    OperationVerdict verdict = judge_all(facts);
    if (facts.only_looked_at && verdict.verdict != Verdict::kCompleted) {
        verdict.verdict = Verdict::kWorking;
        verdict.lasting = false;
    }
    return verdict;
}

std::map<PendingOperation, OperationFacts> operation_facts(
    const PassReport& report, const std::vector<PendingOperation>& operations, const Ledger& ledger
) {
    const std::vector<ItemId>& items = report.observation.request.items;
    std::map<PendingOperation, OperationFacts> facts;
    for (const PendingOperation& operation : operations) {
        if (items.empty() || std::ranges::find(items, operation.item) != items.end()) {
            facts.emplace(operation, facts_of(report, operation, ledger));
        }
    }
    return facts;
}

}  // namespace bn
