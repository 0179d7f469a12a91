#include "controller/pass/journal.hpp"

#include "controller/async.hpp"
#include "reconciler/events/causes.hpp"
#include "reconciler/events/events.hpp"

namespace bn::controller {

Journal::Journal(EventStore& store, Ledger ledger, std::function<Time()> now, AppendTimer timer)
    : store_(store), ledger_(std::move(ledger)), now_(std::move(now)), timer_(std::move(timer)) {}

Journal::Departure Journal::depart(std::vector<Event> events, RecordContext context) {
    Departure departure;
    AppendRequest& request = departure.request;
    request.correlation = std::move(context.correlation);
    request.actor = std::move(context.actor);
    request.at = now_();
    request.events.reserve(events.size());
    std::vector<Cause> causes = causes_of(ledger_, events);
    for (std::size_t i = 0; i < events.size(); ++i) {
        Event& event = events[i];
        if (const auto* intent = std::get_if<ActionIntended>(&event);
            intent != nullptr && intent->action.harm != Harm::kNone && !intent->action.approved) {
            harm_to_come_.push_back({intent->action.server, intent->action.harm});
            ++departure.harms;
        }
        std::uint64_t expected = kAnyVersion;
        // What names no item belongs to the stream of a server or the service: these have no one
        // writer.
        if (const ItemId item = item_of(event); item.value != 0) {
            Ahead& ahead = ahead_[item];
            if (ahead.appends == 0 && !departure.items.contains(item)) {
                const LedgerItem* known = ledger_.item(item);
                ahead.version = known != nullptr ? known->stream_version : 0;
            }
            if (departure.items.insert(item).second) {
                ++ahead.appends;
            }
            expected = ahead.version++;
        }
        request.events.emplace_back(std::move(event), expected, std::move(causes[i].id));
        request.events.back().cause = causes[i].earlier;
    }
    return departure;
}

Result<void> Journal::land(const Departure& departure, AppendResult appended) {
    harm_to_come_.erase(
        harm_to_come_.begin(), harm_to_come_.begin() + static_cast<std::ptrdiff_t>(departure.harms)
    );
    for (const ItemId item : departure.items) {
        const auto it = ahead_.find(item);
        if (it != ahead_.end() && --it->second.appends == 0) {
            ahead_.erase(it);
        }
    }
    return std::move(appended).map([this](const std::vector<Envelope>& envelopes) {
        for (const Envelope& envelope : envelopes) {
            evolve(ledger_, envelope);
        }
    });
}

Task<Result<void>> Journal::record(
    std::vector<Event> events, RecordContext context, Secrets secrets
) {
    if (events.empty() && secrets.keep.empty() && secrets.forget.empty()) {
        co_return Result<void>{};
    }
    Departure departure = depart(std::move(events), std::move(context));
    AppendRequest& append = departure.request;
    append.secrets = std::move(secrets.keep);
    append.forget_secrets = std::move(secrets.forget);
    const Time begun = now_();
    auto start = [this, &append](auto done) { store_.append(std::move(append), std::move(done)); };
    AppendResult appended = co_await await_callback<AppendResult>(std::move(start));
    if (timer_) {
        timer_(now_() - begun);
    }
    co_return land(departure, std::move(appended));
}

Result<void> Journal::record_now(std::vector<Event> events, RecordContext context) {
    Departure departure = depart(std::move(events), std::move(context));
    AppendResult appended = store_.append_now(std::move(departure.request));
    return land(departure, std::move(appended));
}

}  // namespace bn::controller
