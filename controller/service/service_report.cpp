// The service's side of the way back: which operations a pass is asked about, and who waits for it.
#include <algorithm>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "controller/service/service_impl.hpp"

namespace bn::controller {

void Service::Impl::open_reporter() {
    PanelReporter::Parts parts{
        options.config, journal, world, link, log, &metrics, options.now, [this] {
            metrics.set_panel_owed(journal.ledger().owing().size());
            wake_waiters();
        }};
    reporter = std::make_unique<PanelReporter>(executor, std::move(parts));
}

void Service::Impl::wake_waiters() {
    for (boost::asio::steady_timer* waiter : waiters) {
        waiter->cancel();
    }
}

// What the panel waits for now, and what somebody asked for without an operation of the panel.
// Read before the pass reads the rows: an operation that is seen here has its row in that reading.
Task<std::vector<PendingOperation>> Service::Impl::operations_to_judge() {
    std::vector<PendingOperation> operations;
    if (!link && asked.empty()) {
        co_return operations;
    }
    Result<std::vector<PendingOperation>> pending = co_await world->pending_operations();
    if (pending) {
        operations = *std::move(pending);
    }
    for (const auto& [item, command] : asked) {
        PendingOperation wish;
        wish.item = item;
        wish.command = command;
        const bool known = std::any_of(operations.begin(), operations.end(), [&](const auto& o) {
            return o.item == wish.item && o.command == wish.command;
        });
        if (!known) {
            operations.push_back(std::move(wish));
        }
    }
    co_return operations;
}

// The panel waits for items whose server is left alone for now: they are looked at as soon as that
// has ended, not at the next full pass.
void Service::Impl::await_release(
    const PassReport& report, const std::vector<PendingOperation>& operations
) {
    for (const DesiredServer& server : report.observation.desired->servers) {
        const LedgerServer* known = journal.ledger().server(server.id);
        if (known == nullptr || !known->quarantined_until) {
            continue;
        }
        for (const PendingOperation& operation : operations) {
            if (server.accounts.find(operation.item) != DesiredTable::npos) {
                schedule.trigger(operation.item, std::max(now(), *known->quarantined_until));
            }
        }
    }
}

// What could not be told at once is tried again when its time has come.
Task<void> Service::Impl::report_loop() {
    boost::asio::steady_timer timer(io);
    while (!stopping) {
        timer.expires_after(std::chrono::milliseconds(500));
        co_await timer.async_wait(boost::asio::use_awaitable);
        const std::optional<Time> due = stopping ? std::nullopt : reporter->next_due();
        if (due && *due <= now()) {
            reporter->wake();
        }
    }
}

}  // namespace bn::controller
