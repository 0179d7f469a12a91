// The fields of every event, in their stored order, with their JSON names. Private to state.
//
// This order is the stored layout: it never changes for a version that was released. A changed
// event gets a new version in event_codec.cpp; its former layout stays here under a name like
// PassCompletedV1, with an `upcast` to the next one.
#pragma once

#include <concepts>
#include <type_traits>
#include <utility>

#include "reconciler/events/events.hpp"

namespace bn::state {

template <class T, class U>
concept Like = std::same_as<std::remove_const_t<T>, U>;

// ---- parts of events

template <class V>
void fields(V& v, Like<Hold> auto& e) {
    v("item", e.item);
    v("server", e.server);
    v("code", e.code);
    v("where", e.where);
    v("detail", e.detail);
    v("remedy", e.remedy);
}

template <class V>
void fields(V& v, Like<CreateFields> auto& e) {
    v("email", e.email);
    v("display_name", e.display_name);
    v("group", e.group);
    v("quota", e.quota);
}

template <class V>
void fields(V& v, Like<Action> auto& e) {
    v("kind", e.kind);
    v("server", e.server);
    v("item", e.item);
    v("login", e.login);
    v("before", e.before);
    v("after", e.after);
    v("reason", e.reason);
    v("quota", e.quota);
    v("value", e.value);
    v("create", e.create);
    v("urgent", e.urgent);
    v("closing", e.closing);
}

template <class V>
void fields(V& v, Like<PassServerSummary> auto& e) {
    v("server", e.server);
    v("complete", e.complete);
    v("desired", e.desired);
    v("actual", e.actual);
    v("drifted", e.drifted);
    v("held", e.held);
    v("done", e.done);
    v("failed", e.failed);
    v("error", e.error);
    v("stopped", e.stopped);
}

// ---- stream "service"

template <class V>
void fields(V& v, Like<ServiceStarted> auto& e) {
    v("version", e.version);
    v("config_digest", e.config_digest);
    v("host", e.host);
    v("pid", e.pid);
}

template <class V>
void fields(V& v, Like<ServiceStopped> auto& e) {
    v("reason", e.reason);
}

template <class V>
void fields(V& v, Like<ConfigChanged> auto& e) {
    v("digest_before", e.digest_before);
    v("digest_after", e.digest_after);
    v("summary", e.summary);
}

template <class V>
void fields(V& v, Like<PassCompleted> auto& e) {
    v("pass", e.pass);
    v("trigger", e.trigger);
    v("started_at", e.started_at);
    v("took_ms", e.took);
    v("servers", e.servers);
}

// Version 1 did not say what had triggered the pass.
struct PassCompletedV1 {
    std::string pass;
    Time started_at{};
    Duration took{};
    std::vector<PassServerSummary> servers;
};

template <class V>
void fields(V& v, Like<PassCompletedV1> auto& e) {
    v("pass", e.pass);
    v("started_at", e.started_at);
    v("took_ms", e.took);
    v("servers", e.servers);
}

// An empty trigger means "not recorded": a guess would be read as a fact.
inline PassCompleted upcast(PassCompletedV1 old) {
    return PassCompleted{std::move(old.pass), "", old.started_at, old.took, std::move(old.servers)};
}

// ---- stream "server-<id>"

template <class V>
void fields(V& v, Like<ServerObserved> auto& e) {
    v("server", e.server);
    v("name", e.name);
    v("product", e.product);
    v("version", e.version);
    v("address", e.address);
}

template <class V>
void fields(V& v, Like<ServerQuarantined> auto& e) {
    v("server", e.server);
    v("code", e.code);
    v("what", e.what);
    v("move", e.move);
    v("until", e.until);
    v("failures", e.failures);
}

template <class V>
void fields(V& v, Like<ServerRecovered> auto& e) {
    v("server", e.server);
}

template <class V>
void fields(V& v, Like<PlanBegun> auto& e) {
    v("server", e.server);
    v("checksum", e.checksum);
    v("actions", e.actions);
    v("destructive", e.destructive);
}

template <class V>
void fields(V& v, Like<PlanStopped> auto& e) {
    v("server", e.server);
    v("checksum", e.checksum);
    v("reason", e.reason);
    v("destructive", e.destructive);
}

template <class V>
void fields(V& v, Like<PlanApproved> auto& e) {
    v("server", e.server);
    v("checksum", e.checksum);
}

// ---- stream "item-<id>"

template <class V>
void fields(V& v, Like<DriftObserved> auto& e) {
    v("item", e.item);
    v("server", e.server);
    v("login", e.login);
    v("fields", e.fields);
}

template <class E>
concept OnlyAnItem = Like<E, DriftCleared> || Like<E, ItemHoldsCleared> ||
    Like<E, ItemReappeared> || Like<E, ItemBoughtBack> || Like<E, ItemResumed>;

template <class V>
void fields(V& v, OnlyAnItem auto& e) {
    v("item", e.item);
}

template <class V>
void fields(V& v, Like<ItemHeld> auto& e) {
    v("item", e.item);
    v("holds", e.holds);
}

template <class V>
void fields(V& v, Like<ItemVanished> auto& e) {
    v("item", e.item);
    v("at_pass", e.at_pass);
}

template <class V>
void fields(V& v, Like<AccountAdopted> auto& e) {
    v("item", e.item);
    v("server", e.server);
    v("login", e.login);
    v("evidence", e.evidence);
}

template <class V>
void fields(V& v, Like<ActionIntended> auto& e) {
    v("action_id", e.action_id);
    v("action", e.action);
    v("secret_ref", e.secret_ref);
}

template <class V>
void fields(V& v, Like<ActionSucceeded> auto& e) {
    v("action_id", e.action_id);
    v("item", e.item);
    v("server", e.server);
    v("kind", e.kind);
    v("login", e.login);
    v("detail", e.detail);
    v("retained_until", e.retained_until);
}

template <class V>
void fields(V& v, Like<ActionFailed> auto& e) {
    v("action_id", e.action_id);
    v("item", e.item);
    v("server", e.server);
    v("kind", e.kind);
    v("move", e.move);
    v("code", e.code);
    v("what", e.what);
    v("next_attempt_at", e.next_attempt_at);
}

template <class V>
void fields(V& v, Like<DoubtResolved> auto& e) {
    v("action_id", e.action_id);
    v("item", e.item);
    v("server", e.server);
    v("kind", e.kind);
    v("took_effect", e.took_effect);
    v("login", e.login);
    v("detail", e.detail);
}

template <class V>
void fields(V& v, Like<ItemPaused> auto& e) {
    v("item", e.item);
    v("reason", e.reason);
}

// ---- what the panel is told

template <class V>
void fields(V& v, Like<PanelResultOwed> auto& e) {
    v("item", e.item);
    v("server", e.server);
    v("operation", e.operation);
    v("command", e.command);
    v("itemtype", e.itemtype);
    v("completed", e.completed);
    v("code", e.code);
    v("what", e.what);
    v("remedy", e.remedy);
    v("rollback", e.rollback);
    v("manual_task", e.manual_task);
}

template <class V>
void fields(V& v, Like<PanelCalled> auto& e) {
    v("item", e.item);
    v("server", e.server);
    v("operation", e.operation);
    v("function", e.function);
    v("arguments", e.arguments);
    v("ok", e.ok);
    v("answer", e.answer);
    v("took", e.took);
    v("next_attempt_at", e.next_attempt_at);
}

template <class V>
void fields(V& v, Like<PanelResultDelivered> auto& e) {
    v("item", e.item);
    v("operation", e.operation);
    v("command", e.command);
    v("password_saved", e.password_saved);
    v("detail", e.detail);
}

template <class V>
void fields(V& v, Like<UsageLevelChanged> auto& e) {
    v("item", e.item);
    v("server", e.server);
    v("level", e.level);
    v("used_bytes", e.used_bytes);
    v("quota", e.quota);
}

template <class V>
void fields(V& v, Like<PanelProblemRegistered> auto& e) {
    v("server", e.server);
    v("what", e.what);
}

template <class V>
void fields(V& v, Like<PanelProblemCleared> auto& e) {
    v("server", e.server);
}

template <class V>
void fields(V& v, Like<UsageMeasured> auto& e) {
    v("server", e.server);
    v("day", e.day);
    v("items", e.items);
    v("bytes", e.bytes);
}

template <class V>
void fields(V& v, Like<UsagePosted> auto& e) {
    v("server", e.server);
    v("day", e.day);
}

// A type whose fields are listed here.
template <class V, class T>
concept HasFields = requires(V& v, T& t) {
    fields(v, t);
};

}  // namespace bn::state
