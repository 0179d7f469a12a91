// Events of what a person says about items, a server or everything, and of the end of it (ADR 30).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/events/event_kind.hpp"
#include "reconciler/model/fields.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/panel_mark.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// An operator: go on with a store that is an older copy, another one, or new.
struct StoreAccepted {
    static constexpr EventKind kKind{
        "store.accepted", "An operator said: go on with a store whose newest events are lost."};
    std::string code;  // "store.older"
    std::string what;
    BN_FIELDS(StoreAccepted, code, what);
};

// Why an operator asked for a look, or let a plan be carried out. What that led to has its own
// events.
struct ServiceAsked {
    static constexpr EventKind kKind{
        "service.asked", "An operator said why he asked for a look, or applied a plan."};
    std::string verb;  // "refresh", "apply"
    std::string reason;
    BN_FIELDS(ServiceAsked, verb, reason);
};

// `verify` read the whole store, or `backup` a proved copy of it, while the service ran.
struct StoreChecked {
    static constexpr EventKind kKind{
        "store.checked", "The whole store was proved good, by `verify` or in a copy of `backup`."};
    std::string verb;    // "verify", "backup"
    std::string anchor;  // its end: "<position>:<hash>"
    BN_FIELDS(StoreChecked, verb, anchor);
};

// An operator: the panel's data went back on purpose, this is the one to go on with.
struct PanelDataAccepted {
    static constexpr EventKind kKind{
        "panel.data_accepted", "An operator said: go on with the panel's older data.", 2};
    PanelMark before;
    PanelMark after;
    std::string reason = {};  // as the operator gave it; may be empty
    BN_FIELDS(PanelDataAccepted, before, after, reason);
};

// An operator: the cloud of this server is the same one under another address.
struct ServerAddressAccepted {
    static constexpr EventKind kKind{
        "server.address_accepted", "An operator said: the same cloud, a new address.", 2};
    ServerId server;
    std::string before;
    std::string after;
    std::string reason = {};  // as the operator gave it; may be empty
    BN_FIELDS(ServerAddressAccepted, server, before, after, reason);
};

// An operator: the cloud that answers now is the one that our accounts are on.
struct ServerCloudAccepted {
    static constexpr EventKind kKind{
        "server.cloud_accepted",
        "An operator said: our accounts are on the cloud that answers now.",
        2};
    ServerId server;
    std::string before;  // identity
    std::string after;
    std::string fingerprint_before;
    std::string fingerprint_after;  // empty: not seen yet
    std::string reason = {};        // as the operator gave it; may be empty
    BN_FIELDS(ServerCloudAccepted, server, before, after, fingerprint_before, fingerprint_after,
              reason);
};

// An operator: the clock is right, and so is what was last seen of both sides, whatever was there
// before. The accounts that are recorded as missing then may be made anew.
struct ServerResumed {
    static constexpr EventKind kKind{
        "server.resumed", "An operator said: the clock, and what is seen, are right.", 2};
    ServerId server;
    std::string reason = {};  // as the operator gave it; may be empty
    BN_FIELDS(ServerResumed, server, reason);
};

struct PlanApproved {
    static constexpr EventKind kKind{
        "plan.approved", "An operator approved exactly what waits.", 2};
    ServerId server;
    std::string checksum;
    std::string reason;  // as the operator gave it; may be empty
    BN_FIELDS(PlanApproved, server, checksum, reason);
};

// Texts of a client in former events of the item were replaced on request.
struct MaskedRow {
    std::uint64_t position = 0;
    // BLAKE2b-256 of the payload that is there now, hexadecimal; of a row that 0.1.0 wrote: of the
    // whole row with it, and of the hash before it.
    std::string digest;
    BN_FIELDS(MaskedRow, position, digest);
};

struct ItemMasked {
    static constexpr EventKind kKind{
        "item.masked", "Personal data in former events of the item was replaced.", 2};
    ItemId item;
    std::vector<MaskedRow> rows;
    std::string reason;
    BN_FIELDS(ItemMasked, item, rows, reason);
};

struct ServicePaused {
    static constexpr EventKind kKind{
        "service.paused", "An operator told the service to change nothing on any server."};
    std::string reason;
    std::optional<Time> until = {};  // nothing: until an operator ends it
    BN_FIELDS(ServicePaused, reason, until);
};

struct ServicePauseEnded {
    static constexpr EventKind kKind{
        "service.pause_ended", "The pause of everything ended by its time, or by an operator.", 2};
    std::string reason = {};  // as the operator gave it; empty: by its time
    BN_FIELDS(ServicePauseEnded, reason);
};

struct ServerPaused {
    static constexpr EventKind kKind{
        "server.paused", "An operator told the service to change nothing on the server."};
    ServerId server;
    std::string reason;
    std::optional<Time> until = {};  // nothing: until an operator ends it
    BN_FIELDS(ServerPaused, server, reason, until);
};

struct ServerPauseEnded {
    static constexpr EventKind kKind{
        "server.pause_ended", "The pause of the server ended by its time, or by an operator.", 2};
    ServerId server;
    std::string reason = {};  // as the operator gave it; empty: by its time
    BN_FIELDS(ServerPauseEnded, server, reason);
};

struct ItemPaused {
    static constexpr EventKind kKind{
        "item.paused", "An operator told the service to leave the item alone.", 2};
    ItemId item;
    std::string reason;
    std::optional<Time> until = {};  // nothing: until an operator ends it
    BN_FIELDS(ItemPaused, item, reason, until);
};

struct ItemResumed {
    static constexpr EventKind kKind{
        "item.resumed", "The pause of the item ended by its time, or by an operator.", 2};
    ItemId item;
    std::string reason = {};  // as the operator gave it; empty: by its time
    BN_FIELDS(ItemResumed, item, reason);
};

// The account of a closed item is enabled again, and not deleted, whatever the panel says.
struct ItemKept {
    static constexpr EventKind kKind{
        "item.kept", "An operator took the closing of an account back for a while."};
    ItemId item;
    ServerId server;
    std::string login;
    std::string reason;
    std::optional<Time> until = {};
    BN_FIELDS(ItemKept, item, server, login, reason, until);
};

struct ItemKeptEnded {
    static constexpr EventKind kKind{
        "item.kept_ended", "The account is not kept any more: what the panel says goes on.", 2};
    ItemId item;
    std::string reason = {};  // as the operator gave it; empty: by its time
    BN_FIELDS(ItemKeptEnded, item, reason);
};

struct ItemReplayed {
    static constexpr EventKind kKind{
        "item.replayed", "An operator said: try again now what failed."};
    ItemId item;
    std::string reason;
    BN_FIELDS(ItemReplayed, item, reason);
};

}  // namespace bn
