// `events`: the record, filtered, newest last; `--follow` goes on as events arrive.
#include <algorithm>
#include <chrono>
#include <csignal>
#include <iterator>
#include <thread>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/events/event_view.hpp"
#include "controller/config/config_values.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/output.hpp"
#include "state/event_codec.hpp"

namespace bn::cli {

namespace {

// A signal handler can reach nothing else.
// NOLINTNEXTLINE(cppcoreguidelines-avoid-non-const-global-variables)
volatile std::sig_atomic_t g_stop = 0;

// `version` is the stream's; that of the format is `schema`.
std::string event_line(const Envelope& event) {
    controller::Json line;
    line["format"] = "bill-nextcloud-event";
    line.update(event_json(event));
    return controller::dump(line, -1);
}

std::string shown_event(const CommandContext& context, const Envelope& event) {
    return context.args.json ? event_line(event) : render_event(event, context.screen());
}

void print_events(const CommandContext& context, const std::vector<Envelope>& events) {
    constexpr std::size_t kBlock = 1u << 20;  // many lines a write
    std::string lines;
    for (const Envelope& event : events) {
        lines += shown_event(context, event);
        if (lines.size() >= kBlock) {
            print(std::exchange(lines, {}));
        }
    }
    print(lines);
}

Result<void> known_kind(const std::string& kind) {
    std::vector<std::string_view> names;
    std::ranges::transform(state::event_kinds(), std::back_inserter(names), &EventKind::name);
    if (std::ranges::find(names, state::kind_today(kind)) != names.end()) {
        return {};
    }
    const std::optional<std::string_view> meant = nearest(kind, names);
    return tl::unexpected(human_error(
        "command.kind",
        fmt::format(
            "there is no event kind '{}'{}",
            kind,
            meant ? fmt::format("; did you mean '{}'?", *meant) : ""
        ),
        fmt::format("one of: {}", fmt::join(names, ", "))
    ));
}

Result<EventFilter> make_filter(const Arguments& args) {
    EventFilter filter;
    if (args.item) {
        filter.item = ItemId(*args.item);
    }
    if (args.server) {
        filter.server = ServerId(*args.server);
    }
    for (const std::string& kind : args.kinds) {
        if (Result<void> known = known_kind(kind); !known) {
            return tl::unexpected(std::move(known.error()));
        }
    }
    filter.kinds = args.kinds;
    for (const auto& [text, bound] :
         {std::pair(&args.since, &filter.since), std::pair(&args.until, &filter.until)}) {
        if (!text->empty()) {
            Result<Time> moment = parse_moment(*text, system_now());
            if (!moment) {
                return tl::unexpected(std::move(moment.error()));
            }
            *bound = *moment;
        }
    }
    if (filter.since && filter.until && *filter.until < *filter.since) {
        return tl::unexpected(human_error(
            "command.time",
            fmt::format(
                "--until, {}, is before --since, {}",
                format_time(*filter.until),
                format_time(*filter.since)
            ),
            "a span counts back from now: `--since 3h --until 2h`"
        ));
    }
    return filter;
}

// Goes on behind `filter.after`.
Result<void> follow(const CommandContext& context, state::Store& store, EventFilter filter) {
    std::signal(SIGINT, [](int) { g_stop = 1; });
    std::signal(SIGTERM, [](int) { g_stop = 1; });
    while (g_stop == 0) {
        Result<void> read = store.read(filter, [&](const Envelope& envelope) {
            print(shown_event(context, envelope));
            filter.after = envelope.position;
            return g_stop == 0 && output_good();
        });
        if (!read || !output_good()) {
            return read;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(300));
    }
    return {};
}

Result<void> show_causes(const CommandContext& context, state::Store& store) {
    Result<std::vector<Envelope>> causes = causes_of(store, context.args.why);
    if (!causes) {
        say_cut(store, context.language);
    }
    return std::move(causes).map([&](const auto& chain) {
        print_events(context, chain);
        if (!chain.front().causation.empty()) {
            say_cut(store, context.language);
        }
    });
}

Result<void> show_newest(const CommandContext& context, state::Store& store, EventFilter filter) {
    const std::uint64_t head = store.head().position;
    return newest_events(store, filter, context.args.limit).and_then([&](const auto& found) {
        print_events(context, found);
        if (found.empty() && !context.args.follow) {
            tell_aside(context.language, "no event is of what was asked for");
        }
        if (found.size() < context.args.limit) {
            say_cut(store, context.language);
        }
        filter.after = found.empty() ? head : std::max(head, found.back().position);
        return context.args.follow ? follow(context, store, filter) : Result<void>();
    });
}

}  // namespace

Result<std::vector<Envelope>> newest_events(
    EventStore& store, EventFilter filter, std::uint64_t limit
) {
    std::vector<Envelope> found;
    filter.newest_first = true;
    filter.limit = limit;
    const auto keep = [&found](const Envelope& envelope) {
        found.push_back(envelope);
        return true;
    };
    return store.read(filter, keep).map([&found] {
        std::ranges::reverse(found);
        return std::move(found);
    });
}

Result<std::vector<Envelope>> causes_of(EventStore& store, const std::string& event) {
    std::vector<Envelope> chain;
    std::string wanted = event;
    EventFilter spelled;  // as a former version printed it
    spelled.id = event;
    EventFilter backwards;
    backwards.newest_first = true;
    const auto learn_id = [&wanted](const Envelope& one) {
        wanted = one.id;
        return false;
    };
    const auto collect = [&](const Envelope& one) {
        const bool by_position = chain.empty() && std::to_string(one.position) == wanted;
        if (one.id == wanted || by_position) {
            chain.push_back(one);
            wanted = one.causation;
        }
        return !wanted.empty();
    };
    return store.read(spelled, learn_id)
        .and_then([&] { return store.read(backwards, collect); })
        .and_then([&]() -> Result<std::vector<Envelope>> {
            if (chain.empty()) {
                return tl::unexpected(human_error(
                    "command.event",
                    "there is no event '" + event + "'",
                    "give the id or the position of one, as `events --json` prints them"
                ));
            }
            std::ranges::reverse(chain);
            return std::move(chain);
        });
}

Result<int> run_events(const CommandContext& context) {
    return make_filter(context.args)
        .and_then([&context](const EventFilter& filter) {
            return open_store(context, Opening::kRead).and_then([&](const auto& store) {
                return context.args.why.empty() ? show_newest(context, *store, filter)
                                                : show_causes(context, *store);
            });
        })
        .map([] { return kExitOk; });
}

}  // namespace bn::cli
