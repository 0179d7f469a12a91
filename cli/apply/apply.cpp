// `apply`: shows the plan, asks, carries it out with progress, and proves it by reading again.
//
// `apply FILE` carries out exactly the saved plan: when the world has moved since, it shows the
// differences and does nothing.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iostream>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include "cli/plan/plan_json.hpp"
#include "cli/plan/plan_text.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"

namespace bn::cli {

namespace {

constexpr Duration kFreshEnough = std::chrono::seconds(60);

struct Application {
    const CommandContext& context;
    const ApplyCommand& command;
    PlanningSession& session;
    Journal& journal;
    std::string id = random_id(system_now());

    Application(const CommandContext& c, const ApplyCommand& a, PlanningSession& s, Journal& j)
        : context(c), command(a), session(s), journal(j) {}

    Result<Observation> observe(const PassRequest& request);
    Result<PassReport> execute(const PassRequest& request, Observation observation);
    Result<Observation> prove(const PassRequest& request);
    Result<void> accept_address(ServerId server);
    Result<Observation> approve(const PassRequest& request, Observation stopped);
    void show(const Observation& observation) const;
    [[nodiscard]] bool confirmed() const;
    [[nodiscard]] bool moved(const Plan& before, const Plan& now, std::string_view since) const;
    int nothing_to_do(const PassRequest& request, Observation observation);
    int report(const PassReport& done, const Observation& after) const;
};

Result<Observation> Application::observe(const PassRequest& request) {
    Result<Observation> result =
        tl::unexpected(Error(NextMove::kBug, "command.interrupted", "the reading did not end"));
    PassHooks hooks = session.hooks();
    const RecordContext context_of_pass(id, operator_actor());
    const auto read = [&]() -> Task<void> {
        result = co_await session.runner().observe(request, context_of_pass, journal, hooks);
    };
    session.loop().run(read());
    return result;
}

Result<PassReport> Application::execute(const PassRequest& request, Observation observation) {
    Result<PassReport> result =
        tl::unexpected(Error(NextMove::kBug, "command.interrupted", "the apply did not end"));
    const ScreenOptions screen(
        context.language, wants_colour(STDERR_FILENO), terminal_width(STDERR_FILENO), false
    );
    ProgressPrinter printer(
        [](std::string_view text) {
            std::fwrite(text.data(), 1, text.size(), stderr);
            std::fflush(stderr);
        },
        isatty(STDERR_FILENO) != 0,
        screen,
        std::chrono::seconds(5)
    );
    const Time begun = system_now();
    std::map<ServerId, ExecutionProgress> progress;
    ProgressView view;
    const auto refresh = [&] {
        view = ProgressView{};
        for (const auto& [server, p] : progress) {
            view.total += p.total;
            view.done += p.done + p.failed;
            view.failed += p.failed;
        }
        view.elapsed = system_now() - begun;
    };
    PassHooks hooks;
    hooks.stopping = [this] { return session.loop().interrupted(); };
    hooks.wait_for_budget = true;
    hooks.on_progress = [&](ServerId server, const ExecutionProgress& p) {
        progress[server] = p;
        refresh();
        printer.update(view, system_now());
    };
    const RecordContext context_of_pass(id, operator_actor());
    const auto apply = [&]() -> Task<void> {
        result =
            co_await session.runner().run(request, observation, context_of_pass, journal, hooks);
    };
    session.loop().run(apply());
    refresh();
    if (view.total > 0) {
        printer.finish(view);
    }
    return result;
}

// A second reading, recorded as a pass of its own that does nothing: what it still finds is true.
Result<Observation> Application::prove(const PassRequest& request) {
    id = random_id(system_now());
    Result<Observation> observation = observe(request);
    if (!observation) {
        return observation;
    }
    Observation idle = *observation;
    for (ServerObservation& server : idle.servers) {
        if (server.plan) {
            server.plan->actions.clear();
        }
    }
    Result<PassReport> recorded = execute(request, std::move(idle));
    if (!recorded) {
        return tl::unexpected(std::move(recorded.error()));
    }
    return observation;
}

// Records the operator's word that a server's cloud only has a new address.
Result<void> Application::accept_address(ServerId server) {
    Result<std::shared_ptr<const DesiredSnapshot>> desired =
        tl::unexpected(Error(NextMove::kBug, "command.interrupted", "the reading did not end"));
    const auto read = [&]() -> Task<void> { desired = co_await session.world().read_desired(); };
    session.loop().run(read());
    if (!desired) {
        return tl::unexpected(std::move(desired.error()));
    }
    const DesiredServer* row = (*desired)->server(server);
    const LedgerServer* known = journal.ledger().server(server);
    if (row == nullptr || known == nullptr) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "command.server",
            "server " + std::to_string(server.value) + " is not known",
            "`bill-nextcloud status` lists the servers with their numbers"
        ));
    }
    ServerObserved observed;
    observed.server = server;
    observed.name = row->name;
    observed.product = known->product;
    observed.version = known->version;
    observed.address = row->base_url;
    return journal.record_now({Event(observed)}, RecordContext(id, operator_actor()));
}

// Records the operator's approval of exactly one stopped plan, and reads again.
Result<Observation> Application::approve(const PassRequest& request, Observation stopped) {
    constexpr std::size_t kEnough = 12;  // digits of the checksum
    for (const ServerObservation& server : stopped.servers) {
        if (!server.plan || server.plan->stopped.empty() || command.approve.size() < kEnough) {
            continue;
        }
        const std::string sum = plan_checksum(*server.plan);
        if (sum.starts_with(command.approve)) {
            PlanApproved approved;
            approved.server = server.server;
            approved.checksum = sum;
            Result<void> recorded =
                journal.record_now({Event(approved)}, RecordContext(id, operator_actor()));
            if (!recorded) {
                return tl::unexpected(std::move(recorded.error()));
            }
            return observe(request);
        }
    }
    return tl::unexpected(Error(
        NextMove::kHuman,
        "plan.approve",
        "no stopped plan has the checksum " + command.approve + "; nothing was changed",
        "the panel or a cloud has moved on: look at `bill-nextcloud plan` again"
    ));
}

void Application::show(const Observation& observation) const {
    PlanTextOptions options;
    options.language = context.language;
    options.colour = wants_colour(STDOUT_FILENO);
    options.width = terminal_width(STDOUT_FILENO);
    options.full = context.full;
    options.budgets = observation.budgets();
    std::fputs(render_plan(observation.plan(), options).c_str(), stdout);
    std::fflush(stdout);
    print_server_errors(observation);
}

bool Application::confirmed() const {
    if (command.yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) == 0) {
        fmt::print(stderr, "error: standard input is no terminal to ask on; give --yes to apply\n");
        return false;
    }
    const bool russian = context.language == Language::kRussian;
    fmt::print(
        "{}", russian ? "Применить этот план? Введите yes: " : "Apply this plan? Type yes: "
    );
    std::fflush(stdout);
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "yes" || answer == "да") {
        return true;
    }
    fmt::print("{}\n", russian ? "Ничего не изменено." : "Nothing was changed.");
    return false;
}

bool Application::moved(const Plan& before, const Plan& now, std::string_view since) const {
    const std::vector<std::string> lines = plan_difference(before, now, context.language);
    if (lines.empty()) {
        return false;
    }
    fmt::print(stderr, "error: the world has moved since {}; nothing was changed:\n", since);
    for (const std::string& line : lines) {
        fmt::print(stderr, "  {}\n", line);
    }
    fmt::print(stderr, "make a new plan with `bill-nextcloud plan` and look at it\n");
    return true;
}

// What is planned, and what would be but has to wait for an earlier failure or a call in doubt.
std::uint64_t left_to_do(const Plan& plan) {
    std::uint64_t left = plan.action_count();
    for (const ServerPlan& server : plan.servers) {
        left += static_cast<std::uint64_t>(std::count_if(
            server.held.begin(),
            server.held.end(),
            [](const HeldAction& held) {
                return held.hold.code == HoldCode::kInDoubt ||
                       (held.action && (held.hold.code == HoldCode::kBackoff ||
                                        held.hold.code == HoldCode::kRefused));
            }
        ));
    }
    return left;
}

// No call to make. That an account of a closed item is gone is recorded all the same: a later one
// of its name is somebody else's.
int Application::nothing_to_do(const PassRequest& request, Observation observation) {
    const int code = observation.error_count() > 0 ? kExitError : kExitOk;
    const bool gone = std::any_of(
        observation.servers.begin(),
        observation.servers.end(),
        [](const ServerObservation& server) { return server.plan && !server.plan->gone.empty(); }
    );
    if (!gone) {
        return code;
    }
    Result<PassReport> noted = execute(request, std::move(observation));
    return noted ? code : fail(noted.error());
}

// What was done, and what a fresh reading says of it.
int Application::report(const PassReport& done, const Observation& after) const {
    std::uint64_t applied = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;
    for (const auto& [server, execution] : done.executions) {
        applied += execution.progress.done;
        failed += execution.progress.failed;
        skipped += execution.skipped + execution.progress.deferred;
        for (const ActionFailure& failure : execution.failures) {
            fmt::print(
                stderr,
                "failed: item {}: {} of {}: {}\n",
                failure.action.item.value,
                to_string(failure.action.kind),
                failure.action.login,
                failure.error.text()
            );
        }
        if (execution.server_error) {
            fmt::print(
                stderr, "server {} was given up: {}\n", server.value, execution.server_error->text()
            );
        }
    }
    const Plan rest = after.plan();
    const bool russian = context.language == Language::kRussian;
    fmt::print(
        fmt::runtime(
            russian ? "Выполнено: {}, ошибок: {}, не начато: {}. Повторное чтение: осталось "
                      "действий {}.\n"
                    : "Applied {}, failed {}, not begun {}. Read again: {} actions left to do.\n"
        ),
        applied,
        failed,
        skipped,
        left_to_do(rest)
    );
    print_server_errors(after);
    if (failed > 0 || done.failed() || after.error_count() > 0) {
        return kExitError;
    }
    return left_to_do(rest) == 0 && skipped == 0 ? kExitOk : kExitDrift;
}

int apply_with(Application& apply, const PassRequest& request) {
    if (apply.command.accept_address) {
        Result<void> accepted = apply.accept_address(ServerId(*apply.command.accept_address));
        if (!accepted) {
            return fail(accepted.error());
        }
    }
    Result<Observation> observation = apply.observe(request);
    if (!observation) {
        return fail(observation.error());
    }
    if (!apply.command.approve.empty()) {
        observation = apply.approve(request, *std::move(observation));
        if (!observation) {
            return fail(observation.error());
        }
    }
    apply.show(*observation);
    print_stopped(*observation);
    if (!apply.command.plan_file.empty()) {
        Result<SavedPlan> saved = read_plan_file(apply.command.plan_file);
        if (!saved) {
            return fail(saved.error());
        }
        if (saved->config_digest != digest(apply.context.config)) {
            return fail(Error(
                NextMove::kHuman,
                "plan.config",
                "the configuration has changed since " + apply.command.plan_file + " was made",
                "make a new plan with `bill-nextcloud plan --out`"
            ));
        }
        if (apply.moved(saved->plan, observation->plan(), "the plan was saved")) {
            return kExitError;
        }
    }
    if (observation->plan().empty()) {
        return apply.nothing_to_do(request, *std::move(observation));
    }
    if (!apply.confirmed()) {
        return kExitError;
    }
    if (system_now() - observation->started_at > kFreshEnough && !apply.command.yes) {
        Result<Observation> again = apply.observe(request);
        if (!again) {
            return fail(again.error());
        }
        if (apply.moved(observation->plan(), again->plan(), "you were asked")) {
            return kExitError;
        }
        observation = std::move(again);
    }
    Result<PassReport> done = apply.execute(request, *std::move(observation));
    if (!done) {
        return fail(done.error());
    }
    Result<Observation> after = apply.prove(request);
    if (!after) {
        return fail(after.error());
    }
    return apply.report(*done, *after);
}

}  // namespace

int run_apply(const CommandContext& context, const ApplyCommand& command) {
    Result<std::unique_ptr<state::Store>> store = state::open_store(store_settings(context, false));
    if (!store) {
        return fail(store.error());
    }
    Result<Ledger> ledger = (*store)->ledger();
    if (!ledger) {
        return fail(ledger.error());
    }
    Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, false);
    if (!session) {
        return fail(session.error());
    }
    Journal journal(**store, *std::move(ledger), system_now);
    Application application(context, command, **session, journal);
    return apply_with(application, command_request(command.server, command.items));
}

}  // namespace bn::cli
