// Every event that this program can record, as past-tense values.
//
// The names under which they are stored are in state/event_codec.cpp and docs/events.md; both are
// forever. Streams: "service", "server-<id>", "item-<id>". No event holds a password: a sealed one
// lies in the store's own table and is named by reference.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "reconciler/model/action.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// ---- stream "service"

struct ServiceStarted {
    std::string version;
    std::string config_digest;
    std::string host;
    std::uint32_t pid = 0;
    friend bool operator==(const ServiceStarted&, const ServiceStarted&) = default;
};

struct ServiceStopped {
    std::string reason;  // "SIGTERM", "finished", "error: ..."
    friend bool operator==(const ServiceStopped&, const ServiceStopped&) = default;
};

struct ConfigChanged {
    std::string digest_before;
    std::string digest_after;
    std::string summary;  // changed keys with values, secrets masked
    friend bool operator==(const ConfigChanged&, const ConfigChanged&) = default;
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
    friend bool operator==(const PassServerSummary&, const PassServerSummary&) = default;
};

// The one event of a quiet pass.
struct PassCompleted {
    std::string pass;     // pass id, also the correlation id of its events
    std::string trigger;  // "periodic", "operation", "command", "start"
    Time started_at{};
    Duration took{};
    std::vector<PassServerSummary> servers;
    friend bool operator==(const PassCompleted&, const PassCompleted&) = default;
};

// ---- stream "server-<id>"

struct ServerObserved {  // only when something of it changed
    ServerId server;
    std::string name;
    std::string product;
    std::string version;
    std::string address;  // base_url; accounts that we own are on the cloud that is there
    friend bool operator==(const ServerObserved&, const ServerObserved&) = default;
};

struct ServerQuarantined {
    ServerId server;
    std::string code;
    std::string what;
    NextMove move = NextMove::kWait;
    Time until{};  // next look; a kHuman fault is looked at again as well, rarely
    std::uint32_t failures = 0;
    friend bool operator==(const ServerQuarantined&, const ServerQuarantined&) = default;
};

struct ServerRecovered {
    ServerId server;
    friend bool operator==(const ServerRecovered&, const ServerRecovered&) = default;
};

struct PlanBegun {  // before the first action of a plan
    ServerId server;
    std::string checksum;
    std::uint64_t actions = 0;
    std::uint64_t destructive = 0;
    friend bool operator==(const PlanBegun&, const PlanBegun&) = default;
};

struct PlanStopped {  // once for each distinct plan
    ServerId server;
    std::string checksum;
    std::string reason;
    std::uint64_t destructive = 0;
    friend bool operator==(const PlanStopped&, const PlanStopped&) = default;
};

struct PlanApproved {
    ServerId server;
    std::string checksum;
    friend bool operator==(const PlanApproved&, const PlanApproved&) = default;
};

// ---- stream "item-<id>"

struct DriftObserved {  // when the set of differing fields changed and is not empty
    ItemId item;
    ServerId server;
    std::string login;
    DriftMask fields = 0;
    friend bool operator==(const DriftObserved&, const DriftObserved&) = default;
};

struct DriftCleared {
    ItemId item;
    friend bool operator==(const DriftCleared&, const DriftCleared&) = default;
};

struct ItemHeld {  // when the set of holds changed; replaces the former set
    ItemId item;
    std::vector<Hold> holds;
    friend bool operator==(const ItemHeld&, const ItemHeld&) = default;
};

struct ItemHoldsCleared {
    ItemId item;
    friend bool operator==(const ItemHoldsCleared&, const ItemHoldsCleared&) = default;
};

struct ItemVanished {
    ItemId item;
    std::uint64_t at_pass = 0;  // the server's number of complete passes then
    friend bool operator==(const ItemVanished&, const ItemVanished&) = default;
};

struct ItemReappeared {
    ItemId item;
    friend bool operator==(const ItemReappeared&, const ItemReappeared&) = default;
};

struct AccountAdopted {
    ItemId item;
    ServerId server;
    std::string login;
    std::string evidence;  // "itemparam username of item 7"
    friend bool operator==(const AccountAdopted&, const AccountAdopted&) = default;
};

struct ActionIntended {  // durable before the call
    std::string action_id;
    Action action;
    std::string secret_ref;  // create, set-password: key in the store's table of sealed secrets
    friend bool operator==(const ActionIntended&, const ActionIntended&) = default;
};

struct ActionSucceeded {
    std::string action_id;
    ItemId item;
    ServerId server;
    ActionKind kind = ActionKind::kCreate;
    std::string login;                   // as the cloud spells it
    std::string detail;                  // "asked 5000000000, cloud keeps 5046586573"
    std::optional<Time> retained_until;  // a disable that begins the retention of a closed item
    friend bool operator==(const ActionSucceeded&, const ActionSucceeded&) = default;
};

// The effect did certainly not take place.
struct ActionFailed {
    std::string action_id;
    ItemId item;
    ServerId server;
    ActionKind kind = ActionKind::kCreate;
    NextMove move = NextMove::kBug;
    std::string code;
    std::string what;
    std::optional<Time> next_attempt_at;
    friend bool operator==(const ActionFailed&, const ActionFailed&) = default;
};

// An intent in doubt was settled by looking at the cloud.
struct DoubtResolved {
    std::string action_id;
    ItemId item;
    ServerId server;
    ActionKind kind = ActionKind::kCreate;
    bool took_effect = false;
    std::string login;  // as found, if found
    std::string detail;
    friend bool operator==(const DoubtResolved&, const DoubtResolved&) = default;
};

struct ItemBoughtBack {  // an item that was closed is wanted again
    ItemId item;
    friend bool operator==(const ItemBoughtBack&, const ItemBoughtBack&) = default;
};

struct ItemPaused {
    ItemId item;
    std::string reason;
    friend bool operator==(const ItemPaused&, const ItemPaused&) = default;
};

struct ItemResumed {
    ItemId item;
    friend bool operator==(const ItemResumed&, const ItemResumed&) = default;
};

// ---- what the panel is told: stream "item-<id>"

// An operation of the panel has come to its end here; the panel has to be told.
struct PanelResultOwed {
    ItemId item;
    ServerId server;
    std::uint32_t operation = 0;
    std::string command;
    std::string itemtype;
    bool completed = false;
    std::string code;  // of a failure: why, and what to do
    std::string what;
    std::string remedy;
    bool rollback = false;
    bool manual_task = false;
    friend bool operator==(const PanelResultOwed&, const PanelResultOwed&) = default;
};

// One call of the panel's API and its answer. Stream of the item, or of the server if there is
// none. While the panel is away, only the first call of an outage is recorded.
struct PanelCalled {
    ItemId item;
    ServerId server;
    std::uint32_t operation = 0;
    std::string function;
    std::string arguments;  // secrets masked
    bool ok = false;
    std::string answer;  // "ok", or what the panel said, in one line
    Duration took{};
    std::optional<Time> next_attempt_at;  // set when it will be tried again
    friend bool operator==(const PanelCalled&, const PanelCalled&) = default;
};

// The panel has the result: its own row says so.
struct PanelResultDelivered {
    ItemId item;
    std::uint32_t operation = 0;
    std::string command;
    bool password_saved = false;  // read back from the panel: our sealed copy is forgotten
    std::string detail;
    friend bool operator==(const PanelResultDelivered&, const PanelResultDelivered&) = default;
};

struct UsageLevelChanged {
    ItemId item;
    ServerId server;
    UsageLevel level = UsageLevel::kUnknown;
    std::uint64_t used_bytes = 0;
    Quota quota;
    friend bool operator==(const UsageLevelChanged&, const UsageLevelChanged&) = default;
};

// ---- and stream "server-<id>"

struct PanelProblemRegistered {  // the panel shows that the cloud cannot be reached
    ServerId server;
    std::string what;
    friend bool operator==(const PanelProblemRegistered&, const PanelProblemRegistered&) = default;
};

struct PanelProblemCleared {
    ServerId server;
    friend bool operator==(const PanelProblemCleared&, const PanelProblemCleared&) = default;
};

struct UsageMeasured {  // one day's usage is written; the panel has not been told to bill it yet
    ServerId server;
    std::string day;  // "2026-11-22"
    std::uint64_t items = 0;
    std::uint64_t bytes = 0;
    friend bool operator==(const UsageMeasured&, const UsageMeasured&) = default;
};

struct UsagePosted {  // the panel was told to bill that day
    ServerId server;
    std::string day;
    friend bool operator==(const UsagePosted&, const UsagePosted&) = default;
};

// The order of the alternatives is not stored anywhere: names are.
using Event = std::variant<
    ServiceStarted,
    ServiceStopped,
    ConfigChanged,
    PassCompleted,
    ServerObserved,
    ServerQuarantined,
    ServerRecovered,
    PlanBegun,
    PlanStopped,
    PlanApproved,
    DriftObserved,
    DriftCleared,
    ItemHeld,
    ItemHoldsCleared,
    ItemVanished,
    ItemReappeared,
    AccountAdopted,
    ActionIntended,
    ActionSucceeded,
    ActionFailed,
    DoubtResolved,
    ItemBoughtBack,
    ItemPaused,
    ItemResumed,
    PanelResultOwed,
    PanelCalled,
    PanelResultDelivered,
    UsageLevelChanged,
    PanelProblemRegistered,
    PanelProblemCleared,
    UsageMeasured,
    UsagePosted>;

// The stream that an event belongs to, from its own fields.
std::string stream_of(const Event& event);
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

}  // namespace bn
