// `events`: the record, filtered, newest last; `--follow` goes on as events arrive.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <span>
#include <thread>
#include <vector>

#include "cli/command.hpp"
#include "controller/sys/host.hpp"
#include "state/event_codec.hpp"

namespace bn::cli {

namespace {

// A signal handler can reach nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
volatile std::sig_atomic_t g_stop = 0;

void print_event(const CommandContext& context, const Envelope& envelope) {
    const std::string line =
        context.json ? event_to_json(envelope) : render_event(envelope, context.screen());
    std::fputs(line.c_str(), stdout);
}

Result<EventFilter> make_filter(const EventsCommand& command) {
    EventFilter filter;
    if (command.item) {
        filter.item = ItemId(*command.item);
    }
    if (command.server) {
        filter.server = ServerId(*command.server);
    }
    const std::span<const EventKind> known = state::event_kinds();
    for (const std::string& kind : command.kinds) {
        const std::string_view today = state::kind_today(kind);
        const auto same = [today](const EventKind& k) { return k.name == today; };
        if (std::none_of(known.begin(), known.end(), same)) {
            std::string list;
            for (const EventKind& k : known) {
                list += list.empty() ? "" : ", ";
                list += k.name;
            }
            return tl::unexpected(Error(
                NextMove::kHuman,
                "command.kind",
                "there is no event kind '" + kind + "'",
                "one of: " + list
            ));
        }
    }
    filter.kinds = command.kinds;
    if (!command.since.empty()) {
        Result<Time> since = parse_moment(command.since, system_now());
        if (!since) {
            return tl::unexpected(std::move(since.error()));
        }
        filter.since = *since;
    }
    if (!command.until.empty()) {
        Result<Time> until = parse_moment(command.until, system_now());
        if (!until) {
            return tl::unexpected(std::move(until.error()));
        }
        filter.until = *until;
    }
    return filter;
}

// The newest events that match, oldest first. Returns the last position that was looked at.
Result<std::uint64_t> print_newest(
    const CommandContext& context, state::Store& store, EventFilter filter, std::uint64_t limit
) {
    std::vector<Envelope> found;
    const std::uint64_t head = store.head().position;
    filter.newest_first = true;
    filter.limit = limit;
    Result<void> read = store.read(filter, [&found](const Envelope& envelope) {
        found.push_back(envelope);
        return true;
    });
    if (!read) {
        return tl::unexpected(std::move(read.error()));
    }
    std::for_each(found.rbegin(), found.rend(), [&context](const Envelope& envelope) {
        print_event(context, envelope);
    });
    return found.empty() ? head : std::max(head, found.front().position);
}

int follow(
    const CommandContext& context, state::Store& store, EventFilter filter, std::uint64_t after
) {
    std::signal(SIGINT, [](int) { g_stop = 1; });
    std::signal(SIGTERM, [](int) { g_stop = 1; });
    filter.after = after;
    while (g_stop == 0) {
        Result<void> read = store.read(filter, [&](const Envelope& envelope) {
            print_event(context, envelope);
            filter.after = envelope.position;
            return g_stop == 0;
        });
        if (!read) {
            return fail(read.error());
        }
        if (std::fflush(stdout) != 0) {
            return kExitOk;  // whoever read us is gone
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    return kExitOk;
}

}  // namespace

int run_events(const CommandContext& context, const EventsCommand& command) {
    Result<EventFilter> filter = make_filter(command);
    if (!filter) {
        return fail(filter.error());
    }
    Result<std::unique_ptr<state::Store>> store = state::open_store(store_settings(context, true));
    if (!store) {
        return fail(store.error());
    }
    Result<std::uint64_t> last = print_newest(context, **store, *filter, command.limit);
    if (!last) {
        return fail(last.error());
    }
    return command.follow ? follow(context, **store, *std::move(filter), *last) : kExitOk;
}

}  // namespace bn::cli
