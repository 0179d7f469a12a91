// The ledger: what the events say about each item. A fold of the event stream (events/evolve.cpp),
// nothing else writes it. Not thread-safe; the controller owns one.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reconciler/model/action.hpp"
#include "reconciler/model/fields.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/names.hpp"
#include "reconciler/model/panel_mark.hpp"
#include "reconciler/model/pause.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/sold.hpp"
#include "reconciler/model/text_arena.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

enum class Ownership : std::uint8_t { kNone, kCreated, kAdopted };
template <>
inline constexpr std::array kNamesOf<Ownership> = names("none", "created", "adopted");

// Drift fields, as a set of bits. The names are metric labels.
enum class DriftField : std::uint8_t {
    kMissing = 1,
    kOrphan = 2,
    kQuota = 4,
    kEnabled = 8,
    kGroup = 16,
    kEmail = 32,
    kName = 64,
};
inline constexpr DriftField kAllDriftFields[] = {
    DriftField::kMissing,
    DriftField::kOrphan,
    DriftField::kQuota,
    DriftField::kEnabled,
    DriftField::kGroup,
    DriftField::kEmail,
    DriftField::kName};
using DriftMask = std::uint8_t;

constexpr std::string_view to_string(DriftField field) {
    constexpr auto kNames =
        names("missing", "orphan", "quota", "enabled", "group", "email", "display-name");
    const auto at = static_cast<std::size_t>(std::countr_zero(static_cast<DriftMask>(field)));
    return at < kNames.size() ? kNames[at] : "unknown";
}

constexpr DriftMask operator|(DriftField a, DriftField b) {
    return static_cast<DriftMask>(static_cast<DriftMask>(a) | static_cast<DriftMask>(b));
}

constexpr bool has(DriftMask mask, DriftField field) {
    return (mask & static_cast<DriftMask>(field)) != 0;
}

// One differing field, for people: what was sold and what was found (empty: not recorded).
struct DriftValue {
    DriftField field = DriftField::kMissing;
    std::string sold;
    std::string found;
    BN_FIELDS(DriftValue, field, sold, found);
};

DriftMask mask_of(const std::vector<DriftValue>& drift);

// Since when something is so, without a break: a field differs, a reason holds the item.
template <class What>
struct SinceWhen {
    What what{};
    Time since{};
    BN_FIELDS(SinceWhen, what, since);
};

// What is so now; what was so before keeps its time.
template <class What>
void keep_since(std::vector<SinceWhen<What>>& known, const std::vector<What>& now_so, Time now) {
    std::vector<SinceWhen<What>> kept;
    for (const What& what : now_so) {
        if (std::ranges::find(kept, what, &SinceWhen<What>::what) == kept.end()) {
            const auto before = std::ranges::find(known, what, &SinceWhen<What>::what);
            kept.push_back({what, before == known.end() ? now : before->since});
        }
    }
    known = std::move(kept);
}

// An intent whose outcome is not recorded yet.
struct PendingAction {
    std::string action_id;
    Action action;
    std::string secret_ref;  // create and set-password: where the sealed password lies
    Time intended_at{};
    BN_FIELDS(PendingAction, action_id, action, secret_ref, intended_at);
};

// A value that we set, and how often in a row. Corrections that lie further apart than
// kCorrectionMemory do not count as one row. One entry a field; one a name for groups.
struct Correction {
    DriftField field = DriftField::kQuota;
    std::string value;  // "5368709120", "enabled", "+pro": what was set
    std::uint32_t count = 0;
    Time at{};
    Time since{};  // the first of the row
    BN_FIELDS(Correction, field, value, count, at, since);
};

inline constexpr Duration kCorrectionMemory = std::chrono::hours(24);

// What an action corrects (count 1, no time); nothing for kinds that cannot be fought over.
std::optional<Correction> correction_of(const Action& action);

// How an operation of the panel ended here.
struct OperationResult {
    std::uint32_t operation = 0;  // runningoperation.id; 0: asked for without one (sync_item)
    std::string command;          // "open", "suspend", ...
    std::string itemtype;         // internal name of the item's product type: "backupservice"
    bool completed = false;       // false: it failed, and a person has to do something
    std::string code;             // why it failed
    std::string what;
    std::string remedy;
    bool rollback = false;     // the change of tariff is taken back
    bool manual_task = false;  // the panel's staff gets a task
    friend bool operator==(const OperationResult&, const OperationResult&) = default;
};

// One that the panel does not have yet (PanelResultOwed).
struct OwedResult : OperationResult {
    Time since{};
    std::uint32_t attempts = 0;
    std::optional<Time> next_attempt_at;
    std::string event;    // id of the event that says so
    std::string refusal;  // what the panel last said to it
    BN_FIELDS(OwedResult, operation, command, itemtype, completed, code, what, remedy, rollback,
              manual_task, since, attempts, next_attempt_at, event, refusal);
};

// A failure that was put down for the panel, so that it is told once, also over restarts.
struct ToldFailure {
    std::uint32_t operation = 0;
    std::string command;
    std::string code;
    std::string what;
    bool manual_task = false;
    BN_FIELDS(ToldFailure, operation, command, code, what, manual_task);
};

inline constexpr std::size_t kToldFailures = 8;  // of the newest operations of an item

// A day whose usage is written and that the panel was not told to bill yet.
struct OwedDay {
    std::string day;  // "2026-11-22"
    std::uint32_t attempts = 0;
    std::optional<Time> next_attempt_at;
    std::string refusal;  // what was last said to it
    BN_FIELDS(OwedDay, day, attempts, next_attempt_at, refusal);
};

// An account reached this share of its quota, and the panel's staff was not told yet.
struct OwedNotice {
    std::uint32_t share = 0;  // percent
    std::uint64_t used = 0;   // bytes
    Quota quota;
    BN_FIELDS(OwedNotice, share, used, quota);
};

// An account that became a service of the panel, or may have: the panel's own tables need not show
// it at once, and one account must not become two services.
struct RecentImport {
    std::string login_key;
    std::string service;
    bool certain = false;
    Time at{};
    BN_FIELDS(RecentImport, login_key, service, certain, at);
};

inline constexpr Duration kImportMemory = std::chrono::hours(1);

// How full an account is.
enum class UsageLevel : std::uint8_t { kUnknown, kFine, kClose, kOver };
template <>
inline constexpr std::array kNamesOf<UsageLevel> = names("unknown", "fine", "close", "over");

// What the panel's params of a service say of its used space.
struct ToldUsage {
    std::uint64_t used_bytes = 0;
    Quota quota;
    Time measured_at{};
    Time at{};
    BN_FIELDS(ToldUsage, used_bytes, quota, measured_at, at);
};

// An action of this kind failed, and waits by itself: a refused e-mail address is no reason not to
// suspend or to resume. One that failed too often is parked: it is not tried again until a person
// says so (ItemReplayed), or something else is asked.
struct Setback {
    ActionKind kind = ActionKind::kCreate;
    std::uint32_t failures = 0;           // in a row
    std::optional<Time> next_attempt_at;  // nothing: as soon as it is planned
    std::string what;                     // "code: what" of the last one
    bool refused = false;                 // a person is needed (NextMove::kHuman)
    std::string code = {};                // its class
    std::string asked = {};               // what failed (asked_of); empty: not recorded
    Time since{};                         // the first of the row
    bool parked = false;
    BN_FIELDS(Setback, kind, failures, next_attempt_at, what, refused, code, asked, since, parked);
};

// What an action asks the cloud for beside its kind: another one may go well where this failed.
std::string asked_of(const Action& action);

// What of an item is not done once an action of this kind has failed; all else goes on.
[[nodiscard]] bool waits_for(ActionKind later, ActionKind failed);

struct LedgerItem {
    ItemId item;
    ServerId server;    // of the account that we own or work on
    std::string login;  // its spelling; empty: no account so far
    Ownership ownership = Ownership::kNone;
    // The panel's account whose account and files these are, by what was sold when it became ours;
    // 0: not known. Another one in the panel's row gets nothing of it.
    std::uint32_t client = 0;
    bool deleted = false;  // we deleted the account (or found it gone when we were to)
    std::vector<PendingAction> in_doubt;  // normally one at most
    std::vector<Hold> holds;              // as last recorded
    DriftMask drift = 0;
    DriftMask due = 0;  // fields of which another value was sold, and not seen in the account yet
    Time drift_since{};
    std::vector<SinceWhen<DriftField>> differs;  // of `drift`, one a field
    std::vector<SinceWhen<HoldCode>> held;       // of `holds`, one a reason
    std::optional<Time> retained_until;  // closed and disabled; deletion not before this, it seems
    // Observed time of the server (LedgerServer::observed) by which its account was closed, and by
    // which its row was seen to be gone. The two waits that end in a deletion count from these; the
    // time in `retained_until` is for people, and decides nothing.
    std::optional<Duration> closed_at;
    std::optional<Duration> vanished_at;
    // When somebody last logged into it, as a look found just before we closed it; nothing: it is
    // not closed by us, or the cloud does not say.
    std::optional<Time> last_used;
    std::optional<std::uint64_t> vanished_at_pass;  // row gone, first seen at this pass number
    std::vector<Setback> setbacks;                  // one a kind at most
    std::vector<Correction> corrections;            // flap detection; at most a few
    std::optional<Pause> paused;
    // The panel says that it is closed, and a person that its account is kept, and works
    // (ItemKept).
    std::optional<Pause> kept;
    std::uint64_t stream_version = 0;  // of the item's event stream
    // What the panel does not have yet: results in the order in which they are told, and where the
    // first password lies, sealed (empty: the panel has it, or it was not made by us).
    std::vector<OwedResult> owed;
    std::string password_ref;
    // Operations of the panel that must not be treated so twice, whatever was answered.
    std::uint32_t rolled_back = 0;  // its change of tariff was taken back
    std::uint32_t task_made = 0;    // the panel's staff was given a task
    std::vector<ToldFailure> told;
    std::string password_offered;  // the password_ref that the panel was last offered by itself
    std::optional<Sold> sold;      // as last seen; nothing: not recorded yet
    // Newer events than the ledger knows were lost with a store, and nothing shows since then that
    // the account is still this item's.
    bool unproved = false;
    // A person has seen that its account is gone, and wants it made anew (ServerResumed).
    bool absence_accepted = false;
    // A whole reading lacked its account, a delete of it had no answer, somebody has logged in
    // since it was closed, or its cloud is another one by a person's word; nothing shows since then
    // that the one of its name is the item's.
    bool missed = false;
    bool end_announced = false;  // of its retention (RetentionEnding)
    UsageLevel usage = UsageLevel::kUnknown;
    std::uint32_t threshold = 0;          // percent of its quota that it has reached; 0: none
    std::optional<OwedNotice> notice;     // of that, for the panel's staff
    std::optional<ToldUsage> usage_told;  // nothing: the panel was not told
    // Ids of events, for what follows from them (events/causes.hpp): why there is something to do,
    // and what became of it.
    std::string reason_event;
    std::string outcome_event;

    // Nothing: it did not fail, or went well since.
    [[nodiscard]] const Setback* setback(ActionKind kind) const;
    // The soonest of all.
    [[nodiscard]] std::optional<Time> next_attempt_at() const;

    BN_FIELDS(LedgerItem, item, server, login, ownership, client, deleted, in_doubt, holds, drift, due,
              drift_since, differs, held, retained_until, closed_at, vanished_at, last_used, vanished_at_pass, setbacks, corrections, paused, kept, end_announced, stream_version, owed, password_ref,
              rolled_back, task_made, usage, told, password_offered, sold, reason_event,
              outcome_event, unproved, absence_accepted, missed, threshold, notice, usage_told);
};

struct LedgerServer {
    ServerId server;
    std::string name;     // as the panel had it when the cloud was last seen to have changed
    std::string address;  // of the cloud that our accounts are on; empty: not known yet
    // Which installation that cloud is, and its data fingerprint (CloudInfo); empty: not known yet.
    std::string identity;
    std::string data_fingerprint;
    std::string product;
    std::string version;
    std::uint64_t complete_passes = 0;  // passes whose two snapshots were complete
    // Time in which we saw what is there: the sum of the steps between complete passes, each no
    // longer than longest_step. No clock that is set, and no pause, adds more than one step to it.
    Duration observed{};
    std::optional<Time> seen_at;     // start of the last complete pass: the next step begins here
    std::uint64_t last_desired = 0;  // sizes that the last complete pass saw
    std::uint64_t last_actual = 0;
    // Sizes that the next readings are judged by: see decide_completed.
    std::uint64_t judged_desired = 0;
    std::uint64_t judged_actual = 0;
    Duration sunk_at{};  // observed time when one of them was last lowered
    // Why the last complete reading of a side was not believed; empty: it was.
    std::string panel_doubt;
    std::string cloud_doubt;
    // The host's clock went back: nothing is observed, and nothing is closed or deleted, until it
    // has gone on for long enough (clock_trust says how long it has), or a person says that it is
    // right.
    bool clock_doubted = false;
    Duration clock_trust{};
    std::optional<Time> last_attempt_at;
    std::optional<Time> last_success_at;
    std::optional<Time> quarantined_until;
    std::uint32_t failures = 0;
    std::string last_error;
    std::string stopped_plan;  // checksum of a plan that a guard stopped; empty: none
    std::string stopped_reason;
    std::vector<Harm> stopped_harms;    // of which there is too much; empty: of all, it may be
    std::optional<Time> stopped_since;  // the first of the stopped plans since one was not
    std::string approved_plan;
    Time approved_at{};
    std::uint64_t stream_version = 0;
    std::string problem_shown;             // what the panel shows of this server; empty: nothing
    std::string measured_day;              // last day that was measured: "2026-11-22"
    std::string stat_day;                  // last day that was, or is, owed to the panel
    std::vector<std::string> stat_recent;  // the last of these days (kStatMemory): billed once each
    std::vector<OwedDay> stat_owed;
    std::uint32_t problem_attempts = 0;  // failed attempts to tell the panel of its problem
    std::optional<Time> problem_next_attempt_at;
    std::uint32_t measure_attempts = 0;  // failed measurements since the last good one
    std::optional<Time> measure_next_attempt_at;
    std::vector<RecentImport> imports;  // of the last hour (kImportMemory)
    std::vector<HarmDone> harm_done;    // of the last day, what nobody approved
    std::optional<Pause> paused;
    std::vector<Time> attempts;  // calls begun since one went well: the last few (retry/pace.hpp)

    BN_FIELDS(LedgerServer, server, name, address, identity, data_fingerprint, product, version,
              complete_passes, observed, seen_at, last_desired, last_actual, judged_desired, judged_actual, sunk_at,
              panel_doubt, cloud_doubt, clock_doubted, clock_trust, last_attempt_at, last_success_at, quarantined_until, failures,
              last_error, stopped_plan, stopped_reason, approved_plan, approved_at, stream_version,
              problem_shown, measured_day, stat_day, stat_recent, stat_owed, problem_attempts,
              problem_next_attempt_at, measure_attempts, measure_next_attempt_at, imports, harm_done, paused, attempts, stopped_harms, stopped_since);
};

class Ledger;

// ---- observed time

// More than this between two complete passes counts as so much: an `apply` a day counts in full,
// and nothing that happens to a clock ends a retention by more than a quarter.
[[nodiscard]] Duration longest_step(Duration retention);

// Between the last complete pass and `now`; nothing when there was none.
[[nodiscard]] Duration step_to(const LedgerServer* server, Time now, Duration longest);

// Observed time at `now`, with the step that is under way: for whoever reads both sides now.
[[nodiscard]] Duration observed_by(const LedgerServer* server, Time now, Duration longest);

// Observed time that what happened at `at` counts from: never less than what passes that began
// before it will have added.
[[nodiscard]] Duration observed_mark(const LedgerServer* server, Time at);

// The clock says less than what was recorded already.
inline constexpr Duration kClockTolerance = std::chrono::seconds(5);
[[nodiscard]] bool clock_went_back(const Ledger& ledger, Time now);

// ... or went back a while ago, and nobody knows yet whether it is right now.
[[nodiscard]] bool clock_in_doubt(const Ledger& ledger, ServerId server, Time now);

// A delete, or the disable that one follows.
[[nodiscard]] inline bool ends_in_deletion(const Action& action) {
    return action.kind == ActionKind::kDelete ||
           (action.kind == ActionKind::kDisable && action.closing);
}

// A look finds that somebody logged in at `last_login`, and that was not so when it was closed.
[[nodiscard]] bool used_since_closed(const LedgerItem& item, Time last_login);

// Between disabling and deleting: the usual time, and that of tariffs with one of their own. An
// account keeps that of the tariff that was last seen sold.
struct Retention {
    Duration usual{};
    std::map<std::uint32_t, Duration> by_tariff = {};  // pricelist.id

    // One for all.
    template <class Rep, class Period>
    Retention(std::chrono::duration<Rep, Period> all) : usual(all) {}

    [[nodiscard]] Duration of(const LedgerItem& item) const;
    // By which steps of observed time are judged: of those in which time counts at all.
    [[nodiscard]] Duration shortest() const;
};

// What is missing of the retention of a closed account; negative: it has been over for so long.
// Nothing: no retention runs.
[[nodiscard]] std::optional<Duration> retention_left(
    const LedgerItem& item, const LedgerServer* server, Time now, const Retention& retention
);

inline constexpr std::size_t kStatMemory = 60;

// A word for what was seen is not kept for what comes much later.
inline constexpr Duration kApprovalLasts = std::chrono::hours(1);
// A stop is on record, and what does this harm waits for its approval.
[[nodiscard]] bool is_stopped(const LedgerServer* server, Harm harm);
// This plan of the server was approved, and not too long ago.
[[nodiscard]] bool is_approved(const LedgerServer* server, const std::string& checksum, Time now);

// The function by which the panel took the completion of an open of this product type.
struct KnownCompletion {
    std::string itemtype;
    std::string function;
    BN_FIELDS(KnownCompletion, itemtype, function);
};

// What the events say of the surroundings: of the panel itself, and of the host's clock.
struct LedgerPanel {
    std::optional<Time> away_since;  // its API does not answer since then
    std::string what;                // why
    std::string fingerprint;         // of the panel that this store belongs to; empty: not known
    Time recorded_at{};              // the latest time that was recorded since the clock went back
    PanelMark mark;                  // the newest data that was seen
    std::optional<Time> behind_since;  // it shows older data than that since then
    bool events_lost = false;          // a store was accepted that lacks what happened before
    std::optional<Pause> paused;       // everything is
    // The panel is, or counts as being, in maintenance: its own modules do nothing either.
    std::optional<Pause> maintenance;
    bool maintenance_by_silence = false;       // nobody could tell for too long
    std::vector<KnownCompletion> completions;  // one a product type
    // When the whole store was last proved good, and when it was last copied (StoreChecked).
    std::optional<Time> verified_at;
    std::optional<Time> backed_up_at;
    BN_FIELDS(LedgerPanel, away_since, what, fingerprint, recorded_at, mark, behind_since,
              events_lost, paused, maintenance, maintenance_by_silence, completions, verified_at, backed_up_at);
};

class Ledger {
  public:
    [[nodiscard]] const LedgerItem* item(ItemId id) const;
    [[nodiscard]] const LedgerServer* server(ServerId id) const;
    // The item whose account (created, adopted, or in doubt) has this key on this server. An owner
    // goes before an item that only has a call in doubt.
    [[nodiscard]] const LedgerItem* owner_of(ServerId server, std::string_view login_key) const;
    // An item other than `but` that owns the account of this key on this server.
    [[nodiscard]] const LedgerItem* owner_of(
        ServerId server, std::string_view login_key, ItemId but
    ) const;

    [[nodiscard]] const LedgerPanel& panel() const { return panel_; }

    // Accounts that we created or adopted on this server and did not delete.
    [[nodiscard]] std::uint64_t owned_count(ServerId server) const {
        return index_of(server).owned;
    }

    // Of each item of this server that owns its account there, and of which nothing else is noted,
    // the client (kAnyClient: not recorded); 0: it is not so. Items from its end on, and all from
    // kMaxSettled on, have none.
    [[nodiscard]] const std::vector<std::uint32_t>& settled(ServerId server) const {
        return index_of(server).settled;
    }

    static constexpr std::uint32_t kMaxSettled = 1u << 26;
    static constexpr std::uint32_t kAnyClient = 0xffff'ffff;

    [[nodiscard]] const std::unordered_map<ItemId, LedgerItem>& items() const { return items_; }

    // Items with drift, holds, a vanished row, a running retention or an unproved account, paused
    // ones, those whose row is another client's, and those from kMaxSettled on.
    [[nodiscard]] const std::set<ItemId>& noted() const { return noted_; }

    // Items with results that the panel does not have yet.
    [[nodiscard]] const std::set<ItemId>& owing() const { return owing_; }

    // Items of which the panel's staff is to be told that they are nearly full.
    [[nodiscard]] const std::set<ItemId>& noticing() const { return noticing_; }

    [[nodiscard]] const std::map<ServerId, LedgerServer>& servers() const { return servers_; }

    [[nodiscard]] std::uint64_t last_event() const { return last_event_; }  // global position

    // Changes one item (made if it is not there) and keeps every index right.
    void change(ItemId id, const std::function<void(LedgerItem&)>& how);

    LedgerServer& edit(ServerId id);

    LedgerPanel& edit_panel() { return panel_; }

    void set_last_event(std::uint64_t position) { last_event_ = position; }

    friend bool operator==(const Ledger& a, const Ledger& b) {
        return a.items_ == b.items_ && a.servers_ == b.servers_ && a.panel_ == b.panel_;
    }

  private:
    // What the indexes must know about one item.
    struct Marks {
        std::vector<std::pair<ServerId, std::string>> logins;  // keys
        ServerId owned_on;                                     // 0: owns nothing
        std::uint32_t settled = 0;
        bool noted = false;
        bool owing = false;
        bool noticing = false;
    };

    struct ServerIndex {
        std::unordered_multimap<std::string, ItemId, TextHash, std::equal_to<>> by_login;
        std::uint64_t owned = 0;
        std::vector<std::uint32_t> settled;
    };

    [[nodiscard]] const ServerIndex& index_of(ServerId server) const;
    static Marks marks_of(const LedgerItem& item);
    void apply_marks(ItemId id, const Marks& before, const Marks& after);

    std::unordered_map<ItemId, LedgerItem> items_;
    std::map<ServerId, LedgerServer> servers_;
    LedgerPanel panel_;
    std::map<ServerId, ServerIndex> indexes_;
    std::set<ItemId> noted_;
    std::set<ItemId> owing_;
    std::set<ItemId> noticing_;
    std::uint64_t last_event_ = 0;
};

// A complete pass has seen both sides of this server.
[[nodiscard]] bool was_read_whole(const Ledger& ledger, ServerId server);

// Items whose accounts are ours on this server and were gone when it was last looked at.
[[nodiscard]] std::set<ItemId> missing_accounts(const Ledger& ledger, ServerId server);

// What a decision is made from beside its fact: what is known at one moment.
struct Moment {
    const Ledger& ledger;
    Time now{};
};

// The panel's row of this item is another client's than the account that the item has, or nobody's.
[[nodiscard]] inline bool row_of_another_client(const LedgerItem& item) {
    return item.client != 0 && item.sold && item.sold->client != item.client;
}

// The pause of the server, or of everything; nothing: neither is in force.
[[nodiscard]] const Pause* pause_over(const Ledger& ledger, ServerId server, Time now);
// Nothing may be changed there: an operator paused it, or the panel is in maintenance.
[[nodiscard]] bool left_alone(const Ledger& ledger, ServerId server, Time now);

// True when the item owns its account (created or adopted, not deleted).
[[nodiscard]] inline bool owns(const LedgerItem& item) {
    return item.ownership != Ownership::kNone && !item.deleted && !item.login.empty();
}

}  // namespace bn
