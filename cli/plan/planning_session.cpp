#include "cli/plan/planning_session.hpp"

#include <unistd.h>

#include <csignal>
#include <exception>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "controller/pass/plan_checksum.hpp"
#include "controller/real_sides.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

struct CommandLoop::Impl {
    boost::asio::io_context io{1};
    boost::asio::any_io_executor executor{io.get_executor()};
    boost::asio::signal_set signals{io, SIGINT, SIGTERM};
    bool interrupted = false;

    void watch() {
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (error) {
                return;
            }
            if (interrupted) {
                _exit(128 + SIGINT);
            }
            interrupted = true;
            fmt::print(stderr, "\ninterrupted: finishing the calls in flight (again: leave now)\n");
            watch();
        });
    }
};

CommandLoop::CommandLoop() : impl_(std::make_unique<Impl>()) {
    impl_->watch();
}

CommandLoop::~CommandLoop() {
    impl_->signals.cancel();
    impl_->io.restart();
    impl_->io.poll();
}

const boost::asio::any_io_executor& CommandLoop::executor() const {
    return impl_->executor;
}

bool CommandLoop::interrupted() const {
    return impl_->interrupted;
}

void CommandLoop::run(Task<void> task) {
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(
        impl_->executor,
        std::move(task),
        [&failure, &ended](const std::exception_ptr& e) {
            failure = e;
            ended = true;
        }
    );
    while (!ended && impl_->io.run_one() > 0) {
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

PlanningSession::PlanningSession(const CommandContext& context)
    : context_(context), clock_(loop_.executor()) {}

PlanningSession::~PlanningSession() {
    if (world_) {
        world_->shutdown();
    }
}

PlanningSession::Opened PlanningSession::open(const CommandContext& context, bool read_only) {
    std::unique_ptr<PlanningSession> session(new PlanningSession(context));
    Result<std::unique_ptr<World>> world =
        open_world(session->loop_.executor(), context.config, options(context, read_only));
    if (!world) {
        return tl::unexpected(std::move(world.error()));
    }
    session->take(*std::move(world));
    return session;
}

std::unique_ptr<PlanningSession> PlanningSession::over(
    const CommandContext& context, Sides& sides, bool read_only
) {
    std::unique_ptr<PlanningSession> session(new PlanningSession(context));
    session->take(std::make_unique<World>(context.config, sides, options(context, read_only)));
    return session;
}

WorldOptions PlanningSession::options(const CommandContext& context, bool read_only) {
    WorldOptions options;
    options.read_only = read_only;
    options.secrets = context.secrets;
    options.now = system_now;
    return options;
}

void PlanningSession::take(std::unique_ptr<World> world) {
    world_ = std::move(world);
    runner_ = std::make_unique<PassRunner>(
        loop_.executor(), context_.config, *world_, clock_, Log(context_.sink)
    );
}

PassHooks PlanningSession::hooks() {
    PassHooks hooks;
    hooks.stopping = [this] { return loop_.interrupted(); };
    if (isatty(STDERR_FILENO) != 0) {
        hooks.on_read = [this](ServerId server, std::uint64_t accounts) {
            reading_ = true;
            fmt::print(stderr, "\rreading server {}: {} accounts\x1b[K", server.value, accounts);
        };
        hooks.on_step = [this](std::string_view) {
            if (std::exchange(reading_, false)) {
                fmt::print(stderr, "\r\x1b[K");
            }
        };
    }
    return hooks;
}

Result<Observation> PlanningSession::dry_run(PassRequest request, const Ledger& ledger) {
    return loop_.result_of(runner_->dry_run(std::move(request), ledger, hooks()));
}

Result<std::shared_ptr<const DesiredSnapshot>> PlanningSession::read_desired() {
    return loop_.result_of(world_->read_desired());
}

void print_server_errors(const Observation& observation) {
    if (observation.desired && observation.desired->servers.empty()) {
        fmt::print(
            stderr,
            "error: the panel has no processing module of ours; compare panel.module in the "
            "configuration with the module that the panel's services name\n"
        );
    }
    for (const ServerObservation& server : observation.servers) {
        const auto say = [&server](const std::string& what) {
            fmt::print(
                stderr, "error: server {} ({}): {}\n", server.server.value, server.name, what
            );
        };
        if (server.plan && !server.plan->actual_complete) {
            say("the plan is not whole, for the cloud was not read completely: " +
                server.actual->incomplete_reason);
        } else if (server.plan && !server.plan->desired_complete) {
            say("the plan is not whole, for the panel was not read completely: " +
                observation.desired->incomplete_reason);
        }
        if (server.error) {
            say(server.error->text());
        }
    }
}

void print_stopped(const Observation& observation) {
    for (const ServerObservation& server : observation.servers) {
        if (server.plan && !server.plan->stopped.empty()) {
            fmt::print(
                stderr,
                "stopped: server {} ({}): {}\n  {}\n  to let exactly this plan pass, with the "
                "service stopped: bill-nextcloud apply --approve {}\n",
                server.server.value,
                server.name,
                server.plan->stopped,
                server.plan->stopped_remedy,
                plan_checksum(*server.plan).substr(0, 16)
            );
        }
    }
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
