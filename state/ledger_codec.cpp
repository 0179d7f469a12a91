#include "state/ledger_codec.hpp"

#include "state/db.hpp"
#include "state/event_codec.hpp"
#include "state/payload.hpp"

namespace bn::state {

template <class V>
void fields(V& v, Like<PendingAction> auto& e) {
    v("action_id", e.action_id);
    v("action", e.action);
    v("secret_ref", e.secret_ref);
    v("intended_at", e.intended_at);
}

template <class V>
void fields(V& v, Like<Correction> auto& e) {
    v("field", e.field);
    v("value", e.value);
    v("count", e.count);
    v("at", e.at);
}

template <class V>
void fields(V& v, Like<OwedResult> auto& e) {
    v("operation", e.operation);
    v("command", e.command);
    v("itemtype", e.itemtype);
    v("completed", e.completed);
    v("code", e.code);
    v("what", e.what);
    v("remedy", e.remedy);
    v("rollback", e.rollback);
    v("manual_task", e.manual_task);
    v("since", e.since);
    v("attempts", e.attempts);
    v("next_attempt_at", e.next_attempt_at);
}

template <class V>
void fields(V& v, Like<LedgerItem> auto& e) {
    v("item", e.item);
    v("server", e.server);
    v("login", e.login);
    v("ownership", e.ownership);
    v("deleted", e.deleted);
    v("in_doubt", e.in_doubt);
    v("holds", e.holds);
    v("drift", e.drift);
    v("drift_since", e.drift_since);
    v("retained_until", e.retained_until);
    v("vanished_at_pass", e.vanished_at_pass);
    v("failures", e.failures);
    v("next_attempt_at", e.next_attempt_at);
    v("last_failure", e.last_failure);
    v("refused", e.refused);
    v("corrections", e.corrections);
    v("paused", e.paused);
    v("stream_version", e.stream_version);
    v("owed", e.owed);
    v("password_ref", e.password_ref);
    v("rolled_back", e.rolled_back);
    v("task_made", e.task_made);
    v("usage", e.usage);
}

template <class V>
void fields(V& v, Like<LedgerServer> auto& e) {
    v("server", e.server);
    v("name", e.name);
    v("address", e.address);
    v("product", e.product);
    v("version", e.version);
    v("complete_passes", e.complete_passes);
    v("last_desired", e.last_desired);
    v("last_actual", e.last_actual);
    v("last_attempt_at", e.last_attempt_at);
    v("last_success_at", e.last_success_at);
    v("quarantined_until", e.quarantined_until);
    v("failures", e.failures);
    v("last_error", e.last_error);
    v("stopped_plan", e.stopped_plan);
    v("approved_plan", e.approved_plan);
    v("stream_version", e.stream_version);
    v("problem_registered", e.problem_registered);
    v("stat_day", e.stat_day);
    v("stat_owed", e.stat_owed);
}

namespace {

template <class T>
std::string encode_any(const T& entry) {
    std::string body;
    body.reserve(256);
    PayloadWriter writer(body);
    fields(writer, entry);
    return with_checksum(std::move(body));
}

template <class T>
T decode_any(std::string_view bytes) {
    try {
        if (!checksum_fits(bytes)) {
            throw PayloadFault("its checksum does not fit");
        }
        PayloadReader reader(bytes.substr(kChecksumSize));
        T entry{};
        fields(reader, entry);
        reader.finish();
        return entry;
    } catch (const StoreFault&) {
        throw;
    } catch (const std::exception& fault) {
        throw StoreFault(Error(
            NextMove::kHuman,
            "store.bad_projection",
            std::string("a row of the stored ledger is damaged: ") + fault.what(),
            "drop the projections: they are rebuilt from the events"
        ));
    }
}

}  // namespace

std::string encode_entry(const LedgerItem& item) {
    return encode_any(item);
}

std::string encode_entry(const LedgerServer& server) {
    return encode_any(server);
}

LedgerItem decode_item(std::string_view bytes) {
    return decode_any<LedgerItem>(bytes);
}

LedgerServer decode_server(std::string_view bytes) {
    return decode_any<LedgerServer>(bytes);
}

}  // namespace bn::state
