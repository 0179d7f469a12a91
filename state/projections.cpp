#include "state/projections.hpp"

#include <set>
#include <vector>

#include <fmt/format.h>

#include "reconciler/events/events.hpp"
#include "state/checkpoint.hpp"
#include "state/event_codec.hpp"
#include "state/event_rows.hpp"
#include "state/payload.hpp"

namespace bn::state {

namespace {

// Raise it when LedgerItem, LedgerServer or the rules of evolve change: rows of another layout are
// thrown away and built anew. (A new program version does so as well.)
constexpr int kLedgerLayout = 26;

std::string layout() {
    return fmt::format("{}/{}", BN_VERSION, kLedgerLayout);
}

template <class T>
T decode_entry(std::string_view bytes) {
    try {
        return from_payload<T>(bytes);
    } catch (const std::exception& fault) {
        refuse(
            "store.bad_projection",
            std::string("a row of the stored ledger is damaged: ") + fault.what(),
            "drop the projections: they are rebuilt from the events"
        );
    }
}

void put_item(Ledger& ledger, const LedgerItem& item) {
    ledger.change(item.item, [&item](LedgerItem& slot) { slot = item; });
}

void load_panel_and_servers(Connection& db, Ledger& ledger) {
    Statement panel(db, "SELECT data FROM ledger_panel");
    if (panel.step()) {
        ledger.edit_panel() = decode_entry<LedgerPanel>(panel.blob(0));
    }
    Statement rows(db, "SELECT data FROM ledger_servers");
    while (rows.step()) {
        auto server = decode_entry<LedgerServer>(rows.blob(0));
        ledger.edit(server.server) = server;
    }
}

void load_all_items(Connection& db, Ledger& ledger) {
    Statement rows(db, "SELECT data FROM ledger_items");
    while (rows.step()) {
        put_item(ledger, decode_entry<LedgerItem>(rows.blob(0)));
    }
}

void load_items(Connection& db, Ledger& ledger, const std::set<ItemId>& wanted) {
    Statement row(db, "SELECT data FROM ledger_items WHERE item = ?1");
    for (const auto id : wanted) {
        row.bind(id.value);
        if (row.step()) {
            put_item(ledger, decode_entry<LedgerItem>(row.blob(0)));
        }
        row.reset();
    }
}

void save(Connection& db, const Ledger& ledger, std::uint64_t position) {
    Statement item(db, "INSERT OR REPLACE INTO ledger_items VALUES (?1, ?2)");
    for (const auto& [id, entry] : ledger.items()) {
        item.run(id.value, Blob(to_payload(entry)));
    }
    Statement server(db, "INSERT OR REPLACE INTO ledger_servers VALUES (?1, ?2)");
    for (const auto& [id, entry] : ledger.servers()) {
        server.run(id.value, Blob(to_payload(entry)));
    }
    Statement(db, "INSERT OR REPLACE INTO ledger_panel VALUES (1, ?1)")
        .run(Blob(to_payload(ledger.panel())));
    Statement(db, "INSERT OR REPLACE INTO projections VALUES ('ledger', ?1, ?2)")
        .run(layout(), position);
}

}  // namespace

std::uint64_t projected_position(Connection& db) {
    if (db.number("PRAGMA user_version") < 3) {
        return 0;  // a store of a former schema, opened read-only: its rows are of another layout
    }
    Statement mark(db, "SELECT position FROM projections WHERE name = 'ledger' AND layout = ?1");
    return static_cast<std::uint64_t>(mark.number(layout()).value_or(0));
}

std::uint64_t catch_up(Connection& db, std::uint64_t max_events) {
    Transaction transaction(db, Transaction::Kind::kWrite);
    auto from = projected_position(db);
    if (from == 0) {
        // Nothing there, or rows of another layout: none of them may be mixed with ours.
        forget_ledger_rows(db);
        if (const auto checkpoint = load_checkpoint(db)) {
            from = checkpoint->head.position;
            save(db, checkpoint->ledger, from);
        }
    }
    EventFilter filter;
    filter.after = from;
    filter.limit = max_events;
    std::vector<Envelope> events;
    for_each_event(db, filter, [&events](Envelope event) { events.push_back(std::move(event)); });
    if (events.empty()) {
        return from;
    }
    // evolve changes an event's own item and servers only, so these entries are a whole ledger to
    // it. A clock that went back concerns all, and a word for what is missing whatever is.
    std::set<ItemId> items;
    bool all = false;
    for (const auto& envelope : events) {
        all = all || std::holds_alternative<ClockWentBack>(envelope.event) ||
              std::holds_alternative<ServerResumed>(envelope.event);
        if (const auto item = item_of(envelope.event); item.value != 0) {
            items.insert(item);
        }
    }
    Ledger part;
    load_panel_and_servers(db, part);
    if (all) {
        load_all_items(db, part);
    } else {
        load_items(db, part, items);
    }
    for (const auto& envelope : events) {
        evolve(part, envelope);
    }
    save(db, part, events.back().position);
    transaction.commit();
    return events.back().position;
}

void forget_ledger_rows(Connection& db) {
    db.run(
        "DELETE FROM ledger_items; DELETE FROM ledger_servers; DELETE FROM ledger_panel;"
        "DELETE FROM projections"
    );
}

Ledger load_rows(Connection& db) {
    Ledger ledger;
    const auto position = projected_position(db);
    if (position == 0) {
        const auto checkpoint = load_checkpoint(db);
        return checkpoint ? checkpoint->ledger : ledger;
    }
    load_panel_and_servers(db, ledger);
    load_all_items(db, ledger);
    ledger.set_last_event(position);
    return ledger;
}

Ledger load_current(Connection& db) {
    Ledger ledger = load_rows(db);
    EventFilter filter;
    filter.after = ledger.last_event();
    for_each_event(db, filter, [&ledger](const Envelope& event) { evolve(ledger, event); });
    return ledger;
}

}  // namespace bn::state
