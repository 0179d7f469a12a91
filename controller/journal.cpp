#include "controller/journal.hpp"

#include <map>
#include <variant>

#include "controller/async.hpp"
#include "reconciler/events/evolve.hpp"

namespace bn::controller {

namespace {

std::optional<ItemId> item_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> std::optional<ItemId> {
            if constexpr (requires { e.item; }) {
                return e.item;
            } else if constexpr (requires { e.action.item; }) {
                return e.action.item;
            } else {
                return std::nullopt;
            }
        },
        event
    );
}

}  // namespace

Journal::Journal(EventStore& store, Ledger ledger, std::function<Time()> now, AppendTimer timer)
    : store_(store), ledger_(std::move(ledger)), now_(std::move(now)), timer_(std::move(timer)) {}

AppendRequest Journal::request(std::vector<Event> events, RecordContext context) const {
    AppendRequest request;
    request.correlation = std::move(context.correlation);
    request.actor = std::move(context.actor);
    request.at = now_();
    std::map<ItemId, std::uint64_t> versions;
    request.events.reserve(events.size());
    for (Event& event : events) {
        std::uint64_t expected = kAnyVersion;
        if (const auto item = item_of(event)) {
            const LedgerItem* known = ledger_.item(*item);
            const auto [it, first] =
                versions.emplace(*item, known != nullptr ? known->stream_version : 0);
            expected = it->second++;
        }
        request.events.emplace_back(std::move(event), expected);
    }
    return request;
}

void Journal::apply(const std::vector<Envelope>& appended) {
    for (const Envelope& envelope : appended) {
        evolve(ledger_, envelope);
    }
}

Task<Result<void>> Journal::record(std::vector<Event> events, RecordContext context) {
    std::vector<AppendRequest::NewSecret> secrets;
    std::vector<std::string> forget;
    co_return co_await record_with_secrets(
        std::move(events), std::move(context), std::move(secrets), std::move(forget)
    );
}

Task<Result<void>> Journal::record_with_secrets(
    std::vector<Event> events,
    RecordContext context,
    std::vector<AppendRequest::NewSecret> secrets,
    std::vector<std::string> forget
) {
    if (events.empty() && secrets.empty() && forget.empty()) {
        co_return Result<void>{};
    }
    AppendRequest append = request(std::move(events), std::move(context));
    append.secrets = std::move(secrets);
    append.forget_secrets = std::move(forget);
    const Time begun = now_();
    auto start = [this, &append](auto done) { store_.append(std::move(append), std::move(done)); };
    AppendResult appended = co_await await_callback<AppendResult>(std::move(start));
    if (timer_) {
        timer_(now_() - begun);
    }
    if (!appended) {
        co_return tl::unexpected(std::move(appended.error()));
    }
    apply(*appended);
    co_return Result<void>{};
}

Result<void> Journal::record_now(std::vector<Event> events, RecordContext context) {
    AppendResult appended = store_.append_now(request(std::move(events), std::move(context)));
    if (!appended) {
        return tl::unexpected(std::move(appended.error()));
    }
    apply(*appended);
    return {};
}

}  // namespace bn::controller
