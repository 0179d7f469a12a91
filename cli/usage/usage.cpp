// `usage`: one item's month of used space, from the events alone. Asks nobody.
#include <set>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/usage/usage_view.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/zones.hpp"

namespace bn::cli {

namespace {

// Events are in UTC, days in local time: no zone is further from it.
constexpr Duration kFurthestZone = std::chrono::hours(26);

struct UsageSpan {
    Day from;            // what the forecast of the first day would look at
    Day first;           // of the month
    Day last;            // of the month, or today
    bool whole = false;  // the month is over
};

Result<UsageSpan> span_of(std::string_view month, Day today) {
    const auto named = parse_month(month);
    if (!named) {
        return tl::unexpected(human_error(
            "command.month", fmt::format("'{}' is no month", month), "give one such as 2026-11"
        ));
    }
    UsageSpan span;
    span.first = *named / 1;
    span.last = *named / std::chrono::last;
    span.from = span.first - std::chrono::days(kForecastDays);
    if (span.first > today) {
        return tl::unexpected(human_error(
            "command.month",
            fmt::format("the month {} has not begun", month),
            "give this month, or a former one"
        ));
    }
    span.whole = span.last < today;
    span.last = std::min(span.last, today);
    return span;
}

// The servers that an item is or was on: by its own events, and by the ledger where they were cut
// off.
Result<std::set<ServerId>> servers_of(EventStore& store, const Ledger& ledger, ItemId item) {
    std::set<ServerId> servers;
    if (const LedgerItem* known = ledger.item(item)) {
        servers.insert(known->server);
    }
    EventFilter own;
    own.item = item;
    const auto note = [&servers](const Envelope& told) {
        servers.insert(server_of(told.event));
        return true;
    };
    return store.read(own, note).map([&servers] {
        servers.erase(ServerId());
        return std::move(servers);
    });
}

// A day's measurement is recorded on that day; the panel may take it whenever it answers.
Result<void> read_usage_of(
    EventStore& store, ServerId server, const UsageSpan& span, UsageHistory& history
) {
    EventFilter measured;
    measured.stream = server_stream(server);
    measured.kinds = {
        "usage.items_measured", "usage.measured", "usage.posted", "usage.post_refused"};
    measured.since = Time(span.from) - kFurthestZone;
    measured.until = Time(span.last) + std::chrono::hours(24) + kFurthestZone;
    EventFilter later = measured;
    later.kinds = {"usage.posted", "usage.post_refused"};
    later.since = *measured.until + Duration(1);
    later.until.reset();
    const auto add = [&history](const Envelope& told) {
        history.add(told);
        return true;
    };
    return store.read(measured, add).and_then([&] { return store.read(later, add); });
}

Result<UsageView> view_of(const CommandContext& context, OpenStore& opened, Time now) {
    const Day today = std::chrono::floor<std::chrono::days>(now + zone_offset("", now));
    UsageView view;
    view.now = now;
    view.item = ItemId(*context.args.item);
    view.month = context.args.month.empty() ? day_text(today).substr(0, 7) : context.args.month;
    const Result<UsageSpan> span = span_of(view.month, today);
    if (!span) {
        return tl::unexpected(span.error());
    }
    const Result<std::set<ServerId>> servers = servers_of(*opened.store, opened.ledger, view.item);
    if (!servers) {
        return tl::unexpected(servers.error());
    }
    const LedgerItem* known = opened.ledger.item(view.item);
    if (known == nullptr && servers->empty()) {
        return tl::unexpected(human_error(
            "command.item",
            fmt::format("item {} is no service of ours", view.item.value),
            "the number is the service's id in the panel"
        ));
    }
    if (known != nullptr) {
        view.server = known->server;
        const LedgerServer* server = opened.ledger.server(known->server);
        view.server_name = server == nullptr ? "" : server->name;
    }
    UsageHistory history(view.item);
    for (const ServerId server : *servers) {
        if (Result<void> read = read_usage_of(*opened.store, server, *span, history); !read) {
            return tl::unexpected(std::move(read.error()));
        }
    }
    view.days = history.days(span->first, span->last, opened.ledger);
    view.summary = summary_of(view.days);
    if (!span->whole) {
        view.forecast = forecast_of(history.days(span->from, span->last, opened.ledger));
    }
    view.doubts = InDoubt::by(opened.ledger, opened.store->trouble(), nullptr, now);
    return view;
}

}  // namespace

Result<int> run_usage(const CommandContext& context) {
    if (context.args.json && context.args.csv) {
        return tl::unexpected(human_error(
            "command.output", "--json and --csv are two forms of one answer", "give one of them"
        ));
    }
    return open_with_ledger(context, Opening::kRead).and_then([&](OpenStore opened) {
        return view_of(context, opened, system_now()).map([&](const UsageView& view) {
            print(
                context.args.json  ? usage_to_json(view)
                : context.args.csv ? usage_to_csv(view)
                                   : render_usage(view, context.screen())
            );
            say_cut(*opened.store, context.language);
            return kExitOk;
        });
    });
}

}  // namespace bn::cli
