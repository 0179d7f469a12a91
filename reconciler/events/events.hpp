// Every event that this program can record, as past-tense values.
//
// An event is defined here and nowhere else: its stored name, version, stream, meaning and fields
// (BN_FIELDS: in stored order). With its alternative in `Event`, its overload in evolve and its
// sentence in the events screen it is complete; codec, JSON and catalogue follow. Names are
// forever. Former versions and names are in state/former_events.hpp. No event holds a password: a
// sealed one lies in the store's own table and is named by reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/events/event_kind.hpp"
#include "reconciler/events/said.hpp"
#include "reconciler/events/usage_events.hpp"
#include "reconciler/model/action.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/fields.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/panel_mark.hpp"
#include "reconciler/model/sold.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// ---- stream "service"

struct ServiceStarted {
    static constexpr EventKind kKind{"service.started", "The service started."};
    std::string version;
    std::string config_digest;
    std::string host;
    std::uint32_t pid = 0;
    BN_FIELDS(ServiceStarted, version, config_digest, host, pid);
};

struct ServiceStopped {
    static constexpr EventKind kKind{"service.stopped", "The service stopped in good order."};
    std::string reason;  // "SIGTERM", "finished", "error: ..."
    BN_FIELDS(ServiceStopped, reason);
};

struct ConfigChanged {
    static constexpr EventKind kKind{
        "service.config_changed", "The service runs with another configuration."};
    std::string digest_before;
    std::string digest_after;
    std::string summary;  // changed keys with values, secrets masked
    BN_FIELDS(ConfigChanged, digest_before, digest_after, summary);
};

struct PassServerSummary {
    ServerId server;
    bool complete = false;  // both snapshots
    std::uint64_t desired = 0;
    std::uint64_t actual = 0;
    std::uint64_t drifted = 0;
    std::uint64_t held = 0;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::string error;    // why the server was not looked at, or incomplete
    std::string stopped;  // a guard's reason
    // What this pass adds to the observed time of the server. Nothing here and in the next two: a
    // version before 3 wrote it.
    std::optional<Duration> observed;
    std::optional<std::uint64_t> judged_desired;  // what the next readings are judged by
    std::optional<std::uint64_t> judged_actual;
    std::string panel_doubt;  // why the reading of a side was not believed; empty: it was
    std::string cloud_doubt;
    Duration clock_trust{};  // that the clock went on for, while it was in doubt
    BN_FIELDS(PassServerSummary, server, complete, desired, actual, drifted, held, done, failed,
              error, stopped, observed, judged_desired, judged_actual, panel_doubt, cloud_doubt,
              clock_trust);
};

// The one event of a quiet pass.
struct PassCompleted {
    static constexpr EventKind kKind{
        "pass.completed", "A pass ended; with its counts for each server.", 3};
    std::string pass;     // pass id, also the correlation id of its events
    std::string trigger;  // "periodic", "operation", "command", "start"
    Time started_at{};
    Duration took_ms{};
    std::vector<PassServerSummary> servers;
    BN_FIELDS(PassCompleted, pass, trigger, started_at, took_ms, servers);
};

// The panel's API does not answer, and answers again. Told once an outage.
struct PanelWentAway {
    static constexpr EventKind kKind{"panel.went_away", "The panel's API does not answer."};
    std::string what;
    BN_FIELDS(PanelWentAway, what);
};

struct PanelCameBack {
    static constexpr EventKind kKind{"panel.came_back", "The panel's API answers again."};
    BN_FIELDS(PanelCameBack);
};

// Its maintenance switch is on (the file etc/billmgr.DoNothing), or nobody has known for too long
// whether it is: nothing is changed in a cloud and the panel is told nothing until it has ended.
struct PanelMaintenanceBegan {
    static constexpr EventKind kKind{
        "panel.maintenance_began", "The panel is in maintenance, or counts as being so."};
    std::string reason;
    bool by_silence = false;  // nobody could tell for too long
    BN_FIELDS(PanelMaintenanceBegan, reason, by_silence);
};

struct PanelMaintenanceEnded {
    static constexpr EventKind kKind{
        "panel.maintenance_ended", "The panel is no longer in maintenance."};
    BN_FIELDS(PanelMaintenanceEnded);
};

// An open of this product type is completed by this function from now on.
struct PanelCompletionFound {
    static constexpr EventKind kKind{
        "panel.completion_found", "Which function completes an open of a product type."};
    std::string itemtype;
    std::string function;
    BN_FIELDS(PanelCompletionFound, itemtype, function);
};

struct PanelIdentified {
    static constexpr EventKind kKind{
        "panel.identified", "This store belongs to this panel from now on."};
    std::string fingerprint;
    BN_FIELDS(PanelIdentified, fingerprint);
};

// Noticed by what was recorded before, or by the steady clock. Waits that were recorded come
// forward by as much.
struct ClockWentBack {
    static constexpr EventKind kKind{
        "clock.went_back", "The host's clock went back; nothing is closed or deleted for now."};
    Time from{};
    Time to{};
    BN_FIELDS(ClockWentBack, from, to);
};

struct ClockJumped {
    static constexpr EventKind kKind{
        "clock.jumped", "The host's clock was set ahead; the gap is no time observed."};
    Time from{};
    Time to{};
    BN_FIELDS(ClockJumped, from, to);
};

// The panel's own counters, by which older data is recognised. Recorded when they have grown.
struct KeyRotated {
    static constexpr EventKind kKind{
        "store.key_rotated", "Sealed passwords were sealed anew, with a new key."};
    std::string before;  // fingerprints: they tell keys apart, and nothing about them
    std::string after;
    std::uint64_t passwords = 0;
    BN_FIELDS(KeyRotated, before, after, passwords);
};

struct StoreCompacted {
    static constexpr EventKind kKind{
        "store.compacted", "Old events were cut off; a checkpoint stands for them."};
    std::uint64_t position = 0;  // of the last that was cut
    std::uint64_t events = 0;    // how many were, this time
    Time before{};               // all of them were older
    std::string head;            // of the store there
    std::string digest;          // of the checkpoint
    BN_FIELDS(StoreCompacted, position, events, before, head, digest);
};

struct PanelSeen {
    static constexpr EventKind kKind{"panel.seen", "The panel's own counters have moved on."};
    PanelMark mark;
    BN_FIELDS(PanelSeen, mark);
};

// Its data is older than what was seen before: a replica that lags, or a backup. Told once.
struct PanelWentBack {
    static constexpr EventKind kKind{
        "panel.went_back", "The panel's data is older than what was seen before."};
    PanelMark known;
    PanelMark seen;
    BN_FIELDS(PanelWentBack, known, seen);
};

struct PanelCaughtUp {
    static constexpr EventKind kKind{
        "panel.caught_up", "The panel's data is as new again as what was seen before."};
    PanelMark seen;
    BN_FIELDS(PanelCaughtUp, seen);
};

// ---- stream "server-<id>"

struct ServerObserved {  // only when something of it changed
    static constexpr EventKind kKind{
        "server.observed", "A server's name, product, version or identity changed.", 2};
    ServerId server;
    std::string name;
    std::string product;
    std::string version;
    std::string address;        // base_url; accounts that we own are on the cloud that is there
    std::string identity = {};  // CloudInfo::identity; empty: it showed none
    std::string data_fingerprint = {};  // CloudInfo::data_fingerprint; empty: it showed none
    BN_FIELDS(ServerObserved, server, name, product, version, address, identity, data_fingerprint);
};

struct ServerQuarantined {
    static constexpr EventKind kKind{
        "server.quarantined", "A server failed and is left alone until a time."};
    ServerId server;
    std::string code;
    std::string what;
    NextMove move = NextMove::kWait;
    Time until{};  // next look; a kHuman fault is looked at again as well, rarely
    std::uint32_t failures = 0;
    BN_FIELDS(ServerQuarantined, server, code, what, move, until, failures);
};

struct ServerRecovered {
    static constexpr EventKind kKind{"server.recovered", "A server answers again."};
    ServerId server;
    BN_FIELDS(ServerRecovered, server);
};

struct ClockTrusted {
    static constexpr EventKind kKind{
        "clock.trusted", "The host's clock has gone on for long enough after it went back."};
    ServerId server;
    BN_FIELDS(ClockTrusted, server);
};

struct PlanBegun {  // before the first action of a plan
    static constexpr EventKind kKind{"plan.begun", "A plan is about to be applied."};
    ServerId server;
    std::string checksum;
    std::uint64_t actions = 0;
    std::uint64_t destructive = 0;
    BN_FIELDS(PlanBegun, server, checksum, actions, destructive);
};

struct PlanStopped {  // once for each distinct plan
    static constexpr EventKind kKind{
        "plan.stopped", "What a plan takes away is too much at once; it waits for an approval.", 2};
    ServerId server;
    std::string checksum;
    std::string reason;
    std::uint64_t destructive = 0;
    std::vector<Harm> harms = {};  // of which there is too much; empty (version 1): not recorded
    BN_FIELDS(PlanStopped, server, checksum, reason, destructive, harms);
};

// ---- stream "item-<id>"

// What the panel's side of an item says changed; for an item that is seen for the first time, from
// what an empty Sold says.
struct SoldChanged {
    static constexpr EventKind kKind{
        "item.sold_changed", "What was sold is another: tariff, quota, status, group, login."};
    ItemId item;
    ServerId server;
    std::vector<SoldChange> changes;
    BN_FIELDS(SoldChanged, item, server, changes);
};

struct DriftObserved {  // when the set of differing fields changed and is not empty
    static constexpr EventKind kKind{
        "item.drift_observed", "Fields of the account differ from what was sold.", 2};
    ItemId item;
    ServerId server;
    std::string login;
    std::vector<DriftValue> fields;
    BN_FIELDS(DriftObserved, item, server, login, fields);
};

struct DriftCleared {
    static constexpr EventKind kKind{
        "item.drift_cleared", "The account equals what was sold again."};
    ItemId item;
    BN_FIELDS(DriftCleared, item);
};

struct ItemHeld {  // when the set of holds changed; replaces the former set
    static constexpr EventKind kKind{"item.held", "The item is left as it is, for these reasons."};
    ItemId item;
    std::vector<Hold> holds;
    BN_FIELDS(ItemHeld, item, holds);
};

struct ItemHoldsCleared {
    static constexpr EventKind kKind{"item.holds_cleared", "No reason to hold the item is left."};
    ItemId item;
    BN_FIELDS(ItemHoldsCleared, item);
};

struct ItemVanished {
    static constexpr EventKind kKind{"item.vanished", "The item's row is gone from the panel."};
    ItemId item;
    std::uint64_t at_pass = 0;  // the server's number of complete passes then
    BN_FIELDS(ItemVanished, item, at_pass);
};

struct ItemReappeared {
    static constexpr EventKind kKind{"item.reappeared", "The item's row is back in the panel."};
    ItemId item;
    BN_FIELDS(ItemReappeared, item);
};

// With StoreAccepted, for each item that may have changed since: what was under way is not known
// any more, and the account is not believed to be its until it is found so.
struct ItemHistoryLost {
    static constexpr EventKind kKind{
        "item.history_lost", "The newest events of the item are lost with a store."};
    ItemId item;
    BN_FIELDS(ItemHistoryLost, item);
};

// After that: the panel and the cloud show that the account is this item's.
struct AccountFoundAgain {
    static constexpr EventKind kKind{
        "account.found_again", "Panel and cloud show that the account is the item's."};
    ItemId item;
    ServerId server;
    std::string login;
    BN_FIELDS(AccountFoundAgain, item, server, login);
};

// What a look found just before an account was closed or deleted. Between the two nobody can log
// in: another time means another account, or that somebody had it opened again.
struct AccountLastUsed {
    static constexpr EventKind kKind{
        "account.last_used", "When somebody last logged into an account that is being closed."};
    ItemId item;
    ServerId server;
    std::string login;
    Time at{};  // the epoch: never
    BN_FIELDS(AccountLastUsed, item, server, login, at);
};

struct AccountAdopted {
    static constexpr EventKind kKind{
        "account.adopted", "An account that was there is ours from now on."};
    ItemId item;
    ServerId server;
    std::string login;
    std::string evidence;  // "itemparam username of item 7"
    BN_FIELDS(AccountAdopted, item, server, login, evidence);
};

// Beside the success (or settled doubt) of a create: from here on the account is ours.
struct AccountCreated {
    static constexpr EventKind kKind{"account.created", "An account was made for the item."};
    ItemId item;
    ServerId server;
    std::string login;  // as the cloud spells it
    std::string detail;
    BN_FIELDS(AccountCreated, item, server, login, detail);
};

// Somebody removed an account of ours; a look proved it. The item owns nothing any more.
struct AccountFoundGone {
    static constexpr EventKind kKind{
        "account.found_gone", "An account of ours is gone, not by our doing."};
    ItemId item;
    ServerId server;
    std::string login;
    std::string detail;
    BN_FIELDS(AccountFoundGone, item, server, login, detail);
};

// The item is closed, and another one has its account from now on.
struct AccountHandedOver {
    static constexpr EventKind kKind{
        "account.handed_over", "An account of a closed item is another item's from now on."};
    ItemId item;
    ServerId server;
    std::string login;
    ItemId to;
    BN_FIELDS(AccountHandedOver, item, server, login, to);
};

struct ActionIntended {  // durable before the call
    static constexpr EventKind kKind{
        "action.intended", "A call to the cloud is about to be made.", 2};
    std::string action_id;
    Action action;
    std::string secret_ref;  // create, set-password: key in the store's table of sealed secrets
    BN_FIELDS(ActionIntended, action_id, action, secret_ref);
};

struct ActionSucceeded {
    static constexpr EventKind kKind{"action.succeeded", "A call to the cloud took effect."};
    std::string action_id;
    ItemId item;
    ServerId server;
    ActionKind kind = ActionKind::kCreate;
    std::string login;                   // as the cloud spells it
    std::string detail;                  // "asked 5000000000, cloud keeps 5046586573"
    std::optional<Time> retained_until;  // a disable that begins the retention of a closed item
    BN_FIELDS(ActionSucceeded, action_id, item, server, kind, login, detail, retained_until);
};

// The effect did certainly not take place.
struct ActionFailed {
    static constexpr EventKind kKind{
        "action.failed", "A call to the cloud certainly took no effect."};
    std::string action_id;
    ItemId item;
    ServerId server;
    ActionKind kind = ActionKind::kCreate;
    NextMove move = NextMove::kBug;
    std::string code;
    std::string what;
    std::optional<Time> next_attempt_at;
    BN_FIELDS(ActionFailed, action_id, item, server, kind, move, code, what, next_attempt_at);
};

// An intent in doubt was settled by looking at the cloud.
struct DoubtResolved {
    static constexpr EventKind kKind{
        "action.doubt_resolved", "A look settled a call whose end was unknown.", 2};
    std::string action_id;
    ItemId item;
    ServerId server;
    ActionKind kind = ActionKind::kCreate;
    bool took_effect = false;
    std::string login;  // as found, if found
    std::string detail;
    BN_FIELDS(DoubtResolved, action_id, item, server, kind, took_effect, login, detail);
};

struct ItemBoughtBack {  // an item that was closed is wanted again
    static constexpr EventKind kKind{
        "item.bought_back", "A closed item is wanted again: it will not be deleted."};
    ItemId item;
    BN_FIELDS(ItemBoughtBack, item);
};

struct RetentionEnding {
    static constexpr EventKind kKind{
        "item.retention_ending", "A closed account is soon to be deleted, with its files."};
    ItemId item;
    ServerId server;
    std::string login;
    Time at{};  // not before this
    BN_FIELDS(RetentionEnding, item, server, login, at);
};

struct ItemParked {
    static constexpr EventKind kKind{
        "item.parked", "An action failed too often: it waits until an operator says so."};
    ItemId item;
    ServerId server;
    ActionKind kind = ActionKind::kCreate;
    std::string code;
    std::string what;
    std::uint32_t tries = 0;
    BN_FIELDS(ItemParked, item, server, kind, code, what, tries);
};

// ---- what the panel is told: stream "item-<id>"

// An operation of the panel has come to its end here; the panel has to be told.
struct PanelResultOwed : OperationResult {
    static constexpr EventKind kKind{
        "panel.result_owed", "An operation ended; the panel has to be told."};
    ItemId item;
    ServerId server;
    BN_FIELDS(PanelResultOwed, item, server, operation, command, itemtype, completed, code, what,
              remedy, rollback, manual_task);
};

// One call of the panel's API and its answer. Stream of the item, or of the server if there is
// none. While the panel is away, only the first call of an outage is recorded. What follows from it
// is said by events of its own.
struct PanelCalled {
    static constexpr EventKind kKind{
        "panel.called", "A function of the panel was called; with its answer.", 2};
    ItemId item;
    ServerId server;
    std::uint32_t operation = 0;
    std::string function;
    std::string arguments;  // secrets masked
    bool ok = false;
    std::string answer;  // "ok", or what the panel said, in one line
    Duration took{};
    std::optional<Time> next_attempt_at;  // version 1: when it was tried again
    BN_FIELDS(PanelCalled, item, server, operation, function, arguments, ok, answer, took,
              next_attempt_at);
};

// A delivery attempt failed; the result is owed as before.
struct PanelResultDeferred {
    static constexpr EventKind kKind{
        "panel.result_deferred", "The panel did not take a result; it is told again."};
    ItemId item;
    std::uint32_t operation = 0;
    std::string command;
    std::string code;
    std::string what;
    Time next_attempt_at{};
    BN_FIELDS(PanelResultDeferred, item, operation, command, code, what, next_attempt_at);
};

// The change of tariff of a failed operation was taken back; never done twice for one operation.
struct OperationRolledBack {
    static constexpr EventKind kKind{
        "operation.rolled_back", "The panel was told to take a change of tariff back."};
    ItemId item;
    ServerId server;
    std::uint32_t operation = 0;
    std::string detail;
    BN_FIELDS(OperationRolledBack, item, server, operation, detail);
};

// The panel's staff was given a task; never done twice for one operation.
struct OperationTaskMade {
    static constexpr EventKind kKind{
        "operation.task_made", "The panel's staff was given a task for an operation."};
    ItemId item;
    ServerId server;
    std::uint32_t operation = 0;
    std::string task_type;
    BN_FIELDS(OperationTaskMade, item, server, operation, task_type);
};

// The panel has the result: its own row says so.
struct PanelResultDelivered {
    static constexpr EventKind kKind{
        "panel.result_delivered", "The panel has the result of an operation."};
    ItemId item;
    std::uint32_t operation = 0;
    std::string command;
    bool password_saved = false;  // read back from the panel: our sealed copy is forgotten
    std::string detail;
    BN_FIELDS(PanelResultDelivered, item, operation, command, password_saved, detail);
};

// ---- and stream "server-<id>"

struct PanelProblemRegistered {  // the panel shows that the cloud cannot be reached
    static constexpr EventKind kKind{
        "panel.problem_registered", "The panel shows why a server needs a look."};
    ServerId server;
    std::string what;
    BN_FIELDS(PanelProblemRegistered, server, what);
};

struct PanelProblemCleared {
    static constexpr EventKind kKind{
        "panel.problem_cleared", "The panel no longer shows that problem."};
    ServerId server;
    BN_FIELDS(PanelProblemCleared, server);
};

struct PanelProblemDeferred {
    static constexpr EventKind kKind{
        "panel.problem_deferred", "The panel did not take word of a problem; it is told again."};
    ServerId server;
    std::string what;
    Time next_attempt_at{};
    BN_FIELDS(PanelProblemDeferred, server, what, next_attempt_at);
};

struct AccountImported {
    static constexpr EventKind kKind{
        "account.imported", "An account became a service of the panel, or may have."};
    ServerId server;
    std::string login;
    std::string service;   // its number in the panel; empty: not known
    bool certain = false;  // false: the panel's answer was lost
    BN_FIELDS(AccountImported, server, login, service, certain);
};

// The order of the alternatives is that of the catalogue; it is not stored anywhere: names are.
using Event = std::variant<
    ServiceStarted,
    ServiceStopped,
    ConfigChanged,
    PassCompleted,
    PanelWentAway,
    PanelCameBack,
    PanelMaintenanceBegan,
    PanelMaintenanceEnded,
    PanelCompletionFound,
    PanelIdentified,
    ClockWentBack,
    ClockJumped,
    StoreAccepted,
    StoreChecked,
    ServiceAsked,
    KeyRotated,
    StoreCompacted,
    PanelSeen,
    PanelWentBack,
    PanelCaughtUp,
    PanelDataAccepted,
    ServicePaused,
    ServicePauseEnded,
    ServerObserved,
    ServerAddressAccepted,
    ServerCloudAccepted,
    ServerQuarantined,
    ServerRecovered,
    ServerResumed,
    ServerPaused,
    ServerPauseEnded,
    ClockTrusted,
    PlanBegun,
    PlanStopped,
    PlanApproved,
    SoldChanged,
    DriftObserved,
    DriftCleared,
    ItemHeld,
    ItemHoldsCleared,
    ItemVanished,
    ItemReappeared,
    ItemHistoryLost,
    AccountFoundAgain,
    AccountLastUsed,
    AccountAdopted,
    AccountCreated,
    AccountFoundGone,
    AccountHandedOver,
    ActionIntended,
    ActionSucceeded,
    ActionFailed,
    DoubtResolved,
    ItemBoughtBack,
    ItemPaused,
    ItemResumed,
    ItemKept,
    ItemKeptEnded,
    RetentionEnding,
    ItemParked,
    ItemReplayed,
    ItemMasked,
    PanelResultOwed,
    PanelCalled,
    PanelResultDeferred,
    OperationRolledBack,
    OperationTaskMade,
    PanelResultDelivered,
    UsageLevelChanged,
    UsageThresholdReached,
    UsageThresholdLeft,
    UsageThresholdTold,
    UsageTold,
    PanelProblemRegistered,
    PanelProblemDeferred,
    PanelProblemCleared,
    AccountImported,
    UsageItemsMeasured,
    UsageMeasured,
    UsageMeasureFailed,
    UsagePosted,
    UsagePostRefused>;

const EventKind& kind_of(const Event& event);

// "service", "server-<id>", "item-<id>": the narrowest that an event's fields name. An item's event
// that names no item (a call of the panel's API about a server) belongs to the stream of its
// server.
enum class StreamKind : std::uint8_t { kService, kServer, kItem };

template <class E>
concept NamesItem = requires(const E& e) {
    e.item;
}

|| requires(const E& e) {
    e.action.item;
};

template <class E>
concept NamesServer = requires(const E& e) {
    e.server;
};
template <class E>
inline constexpr StreamKind kStreamOf = NamesItem<E>     ? StreamKind::kItem
                                        : NamesServer<E> ? StreamKind::kServer
                                                         : StreamKind::kService;

// The stream that an event belongs to.
std::string stream_of(const Event& event);
// The item and server that an event names itself; 0: none.
ItemId item_of(const Event& event);
ServerId server_of(const Event& event);
std::string item_stream(ItemId item);
std::string server_stream(ServerId server);

// Who caused an event.
struct Actor {
    std::string kind = "service";  // "service", "operator", "panel"
    std::string name;              // operator: the Unix user
    friend bool operator==(const Actor&, const Actor&) = default;
};

// What the store adds to an event, or is told beside it.
struct Envelope {
    std::uint64_t position = 0;  // global, from 1, without gaps
    std::string stream;
    std::uint64_t version = 0;  // in the stream, from 1, without gaps
    std::string id;             // unique
    Time at{};
    std::string correlation;  // pass id or command id
    std::string causation;    // id of the event that led to this one; may be empty
    Actor actor;
    Event event;
};

// Ledger x event -> Ledger: the only writer of the ledger; replay equals state. Total: an event
// that does not fit the state (a bug or a foreign store) changes as little as possible and never
// throws.
void evolve(Ledger& ledger, const Envelope& event);

// As it would be if these were on record as the next events: for a plan of what a person may say.
void assume(Ledger& ledger, const std::vector<Event>& events, Time at);

}  // namespace bn
