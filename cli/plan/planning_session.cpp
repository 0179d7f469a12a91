#include "cli/plan/planning_session.hpp"

#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "controller/pass/planning.hpp"
#include "controller/real_sides.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "controller/sys/system_clock.hpp"
#include "reconciler/decide/maintenance.hpp"
#include "reconciler/decide/operator.hpp"
#include "reconciler/model/plural.hpp"

namespace bn::cli {

struct PlanningSession::Loop {
    boost::asio::io_context io{1};
    boost::asio::any_io_executor executor{io.get_executor()};
    boost::asio::signal_set signals{io, SIGINT, SIGTERM};
    std::unique_ptr<Clock> clock = make_system_clock(executor);
    bool interrupted = false;
    Language language = Language::kEnglish;

    void watch() {
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (error) {
                return;
            }
            if (interrupted) {
                _exit(128 + SIGINT);
            }
            interrupted = true;
            std::fputs("\n", stderr);  // behind a line of progress
            tell_aside(language, "interrupted: finishing the calls in flight (again: leave now)");
            watch();
        });
    }
};

namespace {

WorldOptions world_options(const CommandContext& context, bool read_only) {
    WorldOptions options;
    options.read_only = read_only;
    options.secrets = context.secrets;
    options.now = system_now;
    return options;
}

}  // namespace

PlanningSession::PlanningSession(const CommandContext& context)
    : context_(context), loop_(std::make_unique<Loop>()) {
    loop_->language = context.language;
    loop_->watch();
}

PlanningSession::~PlanningSession() {
    if (world_) {
        world_->shutdown();
    }
    runner_.reset();
    world_.reset();
    loop_->signals.cancel();
    loop_->io.restart();
    loop_->io.poll();
}

PlanningSession::Opened PlanningSession::open(const CommandContext& context, bool read_only) {
    std::unique_ptr<PlanningSession> session(new PlanningSession(context));
    return open_world(session->loop_->executor, context.config, world_options(context, read_only))
        .map([&session](std::unique_ptr<World> world) {
            session->take(std::move(world));
            return std::move(session);
        });
}

std::unique_ptr<PlanningSession> PlanningSession::over(
    const CommandContext& context, Sides& sides, bool read_only
) {
    std::unique_ptr<PlanningSession> session(new PlanningSession(context));
    session->take(
        std::make_unique<World>(context.config, std::move(sides), world_options(context, read_only))
    );
    return session;
}

void PlanningSession::take(std::unique_ptr<World> world) {
    world_ = std::move(world);
    runner_ = std::make_unique<PassRunner>(
        loop_->executor, context_.config, *world_, *loop_->clock, Log(context_.sink)
    );
}

bool PlanningSession::interrupted() const {
    return loop_->interrupted;
}

void PlanningSession::run(Task<void> task) {
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(
        loop_->executor,
        std::move(task),
        [&failure, &ended](const std::exception_ptr& e) {
            failure = e;
            ended = true;
        }
    );
    while (!ended && loop_->io.run_one() > 0) {
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

PassHooks PlanningSession::hooks() {
    PassHooks hooks;
    hooks.stopping = [this] { return interrupted(); };
    if (isatty(STDERR_FILENO) != 0) {
        hooks.on_read = [this](ServerId server, std::uint64_t accounts) {
            reading_ = true;
            const std::string line = fmt::format(
                "reading server {}: {:# account|# accounts}", server.value, Plural(accounts)
            );
            std::fputs(fmt::format("\r{}\x1b[K", said(line, context_.language)).c_str(), stderr);
        };
        hooks.on_step = [this](std::string_view) {
            if (std::exchange(reading_, false)) {
                std::fputs("\r\x1b[K", stderr);
            }
        };
    }
    return hooks;
}

Result<Observation> PlanningSession::dry_run(PassRequest request, const Ledger& ledger) {
    return result_of(runner_->dry_run(std::move(request), ledger, hooks()));
}

Result<std::shared_ptr<const DesiredSnapshot>> PlanningSession::read_desired() {
    return result_of(world_->read_desired());
}

Result<int> with_journal(const CommandContext& context, bool read_only, const Act& act) {
    return open_with_ledger(context, Opening::kWrite).and_then([&](OpenStore open) -> Result<int> {
        if (std::optional<Error> trouble = open.store->trouble()) {
            return tl::unexpected(*std::move(trouble));
        }
        return PlanningSession::open(context, read_only).and_then([&](const auto& session) {
            Journal journal(*open.store, std::move(open.ledger), system_now);
            return act(*session, journal);
        });
    });
}

std::vector<Event> heed(
    const PanelSwitch& seen, const Result<bool>& on, const Ledger& ledger, const Config& config
) {
    const Duration patience = config.panel.maintenance_unknown;
    SwitchHeard heard;
    heard.what = on ? seen.where : on.error().text();
    heard.silent = patience;  // nobody looks again
    if (on) {
        heard.on = *on;
    }
    return decide_maintenance(ledger.panel(), heard, patience);
}

Result<bool> accept_panel_with(
    PlanningSession& session, Journal& journal, const std::string& reason
) {
    return session.read_desired().and_then([&](const auto& desired) -> Result<bool> {
        const std::vector<Event> events = bn::accept_panel(journal.ledger(), *desired, reason);
        if (events.empty()) {
            return false;
        }
        const RecordContext why(random_id(system_now()), operator_actor());
        return journal.record_now(events, why).map([] { return true; });
    });
}

namespace {

Result<KnownSoFar> as_recorded(const CommandContext& context) {
    std::error_code ignored;
    const std::string& path = context.config.store.path;
    const bool there =
        std::filesystem::exists(path, ignored) && std::filesystem::file_size(path, ignored) > 0;
    if (!there && !std::filesystem::exists(anchor_path(context.config), ignored)) {
        return KnownSoFar();
    }
    return open_with_ledger(context, Opening::kRead).map([](OpenStore open) {
        KnownSoFar known{std::move(open.ledger), open.store->trouble()};
        if (known.store_trouble) {
            // Shown is what follows once a person goes on with it: nothing is taken for certain.
            assume(
                known.ledger, accept_store(known.ledger, *known.store_trouble).events, system_now()
            );
        }
        return known;
    });
}

}  // namespace

Result<KnownSoFar> known_so_far(const CommandContext& context) {
    const std::string file = switch_file(context.config.panel);
    return as_recorded(context).map([&](KnownSoFar known) {
        if (!file.empty()) {
            const PanelSwitch seen = file_switch(file);
            assume(
                known.ledger, heed(seen, seen.look(), known.ledger, context.config), system_now()
            );
        }
        return known;
    });
}

Result<Observation> dry_run(
    const CommandContext& context, PassRequest request, const Ledger& ledger
) {
    return PlanningSession::open(context, true).and_then([&](const auto& session) {
        return session->dry_run(std::move(request), ledger);
    });
}

void print_unknown(const std::vector<Unknown>& unknown, Language language) {
    for (const Unknown& one : unknown) {
        const std::uint32_t id = one.server.value;
        const std::string why = one.why.text();
        tell_aside(
            language,
            id == 0 ? fmt::format("error: {}", why)
                    : fmt::format("error: server {} ({}): {}", id, one.name, why)
        );
    }
}

PlanScope scope_of(const PassRequest& request) {
    PlanScope scope{request.only_server, request.items};
    std::ranges::sort(scope.items);
    const auto twice = std::ranges::unique(scope.items);
    scope.items.erase(twice.begin(), twice.end());
    return scope;
}

PassRequest command_request(const Arguments& args) {
    PassRequest request;
    request.trigger = "command";
    request.ignore_quarantine = true;
    if (args.server) {
        request.only_server = ServerId(*args.server);
    }
    for (const std::uint32_t item : args.items) {
        request.items.emplace_back(item);
    }
    return request;
}

}  // namespace bn::cli
