#include "cli/plan/planning_session.hpp"

#include <unistd.h>

#include <cstdio>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/real_sides.hpp"
#include "cli/plan/plan_json.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

PlanningSession::PlanningSession(const CommandContext& context)
    : context_(context), clock_(loop_.executor()) {}

PlanningSession::~PlanningSession() {
    if (world_) {
        world_->shutdown();
    }
}

Result<std::unique_ptr<PlanningSession>> PlanningSession::open(
    const CommandContext& context, bool read_only
) {
    std::unique_ptr<PlanningSession> session(new PlanningSession(context));
    WorldOptions options;
    options.read_only = read_only;
    options.secrets = context.secrets;
    options.now = system_now;
    Result<std::unique_ptr<World>> world =
        open_world(session->loop_.executor(), context.config, std::move(options));
    if (!world) {
        return tl::unexpected(std::move(world.error()));
    }
    session->world_ = *std::move(world);
    session->runner_ = std::make_unique<PassRunner>(
        session->loop_.executor(),
        context.config,
        *session->world_,
        session->clock_,
        Log(context.sink)
    );
    return session;
}

PassHooks PlanningSession::hooks() {
    PassHooks hooks;
    hooks.stopping = [this] { return loop_.interrupted(); };
    if (isatty(STDERR_FILENO) != 0) {
        hooks.on_read = [this](ServerId server, std::uint64_t accounts) {
            read_[server] = accounts;
            std::fprintf(
                stderr,
                "\rreading server %u: %llu accounts\x1b[K",
                server.value,
                static_cast<unsigned long long>(accounts)
            );
        };
        hooks.on_step = [this](std::string_view) {
            if (!read_.empty()) {
                std::fprintf(stderr, "\r\x1b[K");
                read_.clear();
            }
        };
    }
    return hooks;
}

Result<Observation> PlanningSession::dry_run(PassRequest request, const Ledger& ledger) {
    Result<Observation> result =
        tl::unexpected(Error(NextMove::kBug, "command.interrupted", "the reading did not end"));
    PassHooks shown = hooks();
    const auto read = [&]() -> Task<void> {
        result = co_await runner_->dry_run(request, ledger, shown);
    };
    loop_.run(read());
    return result;
}

void print_server_errors(const Observation& observation) {
    if (observation.desired && observation.desired->servers.empty()) {
        std::fprintf(
            stderr,
            "error: the panel has no processing module of ours; compare panel.module in the "
            "configuration with the module that the panel's services name\n"
        );
    }
    for (const ServerObservation& server : observation.servers) {
        if (server.plan && (!server.plan->desired_complete || !server.plan->actual_complete)) {
            std::fprintf(
                stderr,
                "error: server %u (%s): the plan is not whole, for %s was not read completely: "
                "%s\n",
                server.server.value,
                server.name.c_str(),
                server.plan->actual_complete ? "the panel" : "the cloud",
                server.plan->actual_complete ? observation.desired->incomplete_reason.c_str()
                                             : server.actual->incomplete_reason.c_str()
            );
        }
        if (server.error) {
            std::fprintf(
                stderr,
                "error: server %u (%s): %s\n",
                server.server.value,
                server.name.c_str(),
                server.error->text().c_str()
            );
        }
    }
}

void print_stopped(const Observation& observation) {
    for (const ServerObservation& server : observation.servers) {
        if (server.plan && !server.plan->stopped.empty()) {
            const std::string sum = plan_checksum(*server.plan);
            std::fprintf(
                stderr,
                "stopped: server %u (%s): %s\n  %s\n  to let exactly this plan pass, with the "
                "service stopped: bill-nextcloud apply --approve %s\n",
                server.server.value,
                server.name.c_str(),
                server.plan->stopped.c_str(),
                server.plan->stopped_remedy.c_str(),
                sum.substr(0, 16).c_str()
            );
        }
    }
}

PassRequest command_request(
    const std::optional<std::uint32_t>& server, const std::vector<std::uint32_t>& items
) {
    PassRequest request;
    request.trigger = "command";
    request.ignore_quarantine = true;
    if (server) {
        request.only_server = ServerId(*server);
    }
    for (const std::uint32_t item : items) {
        request.items.emplace_back(item);
    }
    return request;
}

}  // namespace bn::cli
