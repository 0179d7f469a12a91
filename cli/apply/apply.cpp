// `apply`: shows the plan, asks, carries it out with progress, and proves it by reading again.
//
// `apply FILE` carries out exactly the saved plan: when the world has moved since, it shows the
// differences and does nothing.
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/acting.hpp"
#include "cli/apply/progress.hpp"
#include "cli/plan/plan_json.hpp"
#include "cli/plan/plan_screen.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/pass/plan_checksum.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::cli {

namespace {

constexpr Duration kFreshEnough = std::chrono::seconds(60);

constexpr Phrase kQuestion{"Apply this plan? Type yes: ", "Применить этот план? Введите yes: "};
constexpr Phrase kNothing{"Nothing was changed.", "Ничего не изменено."};
constexpr Phrase kDone{
    "Applied {}, failed {}, not begun {}. Read again: {} actions left to do.\n",
    "Выполнено: {}, ошибок: {}, не начато: {}. Повторное чтение: осталось действий {}.\n"};

class Application {
  public:
    Application(const CommandContext& context, PlanningSession& session, Journal& journal)
        : context_(context),
          args_(context.args),
          session_(session),
          journal_(journal),
          request_(command_request(context.args)) {}

    int run();

  private:
    Result<Observation> observe();
    Result<PassReport> execute(Observation observation);
    Result<Observation> prove();
    Result<void> accept_address(ServerId server);
    Result<Observation> approve(const Observation& stopped);
    Result<Observation> look();
    void show(const Observation& observation) const;
    [[nodiscard]] bool as_saved(const Plan& now) const;
    [[nodiscard]] bool moved(const Plan& then, const Plan& now, const char* since) const;
    int nothing_to_do(Observation observation);
    [[nodiscard]] int report(const PassReport& done, const Observation& after) const;

    [[nodiscard]] RecordContext why() const { return RecordContext(id_, operator_actor()); }

    const CommandContext& context_;
    const Arguments& args_;
    PlanningSession& session_;
    Journal& journal_;
    PassRequest request_;
    std::string id_ = random_id(system_now());
};

Result<Observation> Application::observe() {
    return session_.loop().result_of(
        session_.runner().observe(request_, why(), journal_, session_.hooks())
    );
}

Result<PassReport> Application::execute(Observation observation) {
    ProgressPrinter printer(
        [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); },
        isatty(STDERR_FILENO) != 0,
        {context_.language, wants_colour(STDERR_FILENO), terminal_width(STDERR_FILENO), false},
        std::chrono::seconds(5)
    );
    const Time begun = system_now();
    std::map<ServerId, ExecutionProgress> progress;
    const auto sum = [&] {
        ProgressView view;
        for (const auto& [server, p] : progress) {
            view.total += p.total;
            view.done += p.done + p.failed;
            view.failed += p.failed;
        }
        view.elapsed = system_now() - begun;
        return view;
    };
    PassHooks hooks;
    hooks.stopping = [this] { return session_.loop().interrupted(); };
    hooks.wait_for_budget = true;
    hooks.on_progress = [&](ServerId server, const ExecutionProgress& p) {
        progress[server] = p;
        printer.update(sum(), system_now());
    };
    Result<PassReport> result = session_.loop().result_of(
        session_.runner().run(request_, std::move(observation), why(), journal_, hooks)
    );
    if (sum().total > 0) {
        printer.finish(sum());
    }
    return result;
}

// A second reading, recorded as a pass of its own that does nothing: what it still finds is true.
Result<Observation> Application::prove() {
    id_ = random_id(system_now());
    Result<Observation> observation = observe();
    if (!observation) {
        return observation;
    }
    Observation idle = *observation;
    for (ServerObservation& server : idle.servers) {
        if (server.plan) {
            server.plan->actions.clear();
        }
    }
    return execute(std::move(idle)).map([&](const PassReport&) { return *std::move(observation); });
}

// Records the operator's word that a server's cloud only has a new address.
Result<void> Application::accept_address(ServerId server) {
    const auto desired = session_.read_desired();
    if (!desired) {
        return tl::unexpected(desired.error());
    }
    const DesiredServer* row = (*desired)->server(server);
    if (row == nullptr || journal_.ledger().server(server) == nullptr) {
        return tl::unexpected(unknown_server(server.value));
    }
    const std::vector<Event> events = bn::accept_address(journal_.ledger(), *row);
    return events.empty() ? Result<void>() : journal_.record_now(events, why());
}

// Records the operator's approval of exactly one stopped plan, and reads again.
Result<Observation> Application::approve(const Observation& stopped) {
    constexpr std::size_t kEnough = 12;  // digits of the checksum
    for (const ServerObservation& server : stopped.servers) {
        if (!server.plan || server.plan->stopped.empty() || args_.approve.size() < kEnough) {
            continue;
        }
        const std::string sum = plan_checksum(*server.plan);
        if (sum.starts_with(args_.approve)) {
            const Event approved = approve_plan(server.server, sum);
            return journal_.record_now({approved}, why()).and_then([this] { return observe(); });
        }
    }
    return tl::unexpected(human_error(
        "plan.approve",
        "no stopped plan has the checksum " + args_.approve + "; nothing was changed",
        "the panel or a cloud has moved on: look at `bill-nextcloud plan` again"
    ));
}

// With what the operator says first.
Result<Observation> Application::look() {
    if (args_.accept_address) {
        if (auto accepted = accept_address(ServerId(*args_.accept_address)); !accepted) {
            return tl::unexpected(std::move(accepted.error()));
        }
    }
    Result<Observation> observation = observe();
    return observation && !args_.approve.empty() ? approve(*observation) : std::move(observation);
}

void Application::show(const Observation& observation) const {
    print(render_plan(observation.plan(), observation.budgets(), context_.screen()));
    print_server_errors(observation);
    print_stopped(observation);
}

bool Application::moved(const Plan& then, const Plan& now, const char* since) const {
    const std::vector<std::string> lines = plan_difference(then, now, context_.language);
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

// The plan of now is the saved one, if one was given.
bool Application::as_saved(const Plan& now) const {
    if (args_.file.empty()) {
        return true;
    }
    const Result<SavedPlan> saved = read_plan_file(args_.file);
    if (!saved) {
        fail(saved.error());
        return false;
    }
    if (saved->config_digest != digest(context_.config)) {
        fail(human_error(
            "plan.config",
            "the configuration has changed since " + args_.file + " was made",
            "make a new plan with `bill-nextcloud plan --out`"
        ));
        return false;
    }
    return !moved(saved->plan, now, "the plan was saved");
}

// What is planned, and what would be but has to wait for an earlier failure or a call in doubt.
std::uint64_t left_to_do(const Plan& plan) {
    std::uint64_t left = plan.action_count();
    for (const ServerPlan& server : plan.servers) {
        left += static_cast<std::uint64_t>(std::ranges::count_if(
            server.held,
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
int Application::nothing_to_do(Observation observation) {
    const int code = observation.error_count() > 0 ? kExitError : kExitOk;
    const bool gone = std::ranges::any_of(observation.servers, [](const auto& server) {
        return server.plan && !server.plan->gone.empty();
    });
    if (!gone) {
        return code;
    }
    Result<PassReport> noted = execute(std::move(observation));
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
        for (const auto& [action, error] : execution.failures) {
            const std::uint32_t item = action.item.value;
            const std::string_view kind = to_string(action.kind);
            fmt::print(
                stderr, "failed: item {}: {} of {}: {}\n", item, kind, action.login, error.text()
            );
        }
        if (execution.server_error) {
            const std::string why = execution.server_error->text();
            fmt::print(stderr, "server {} was given up: {}\n", server.value, why);
        }
    }
    const std::uint64_t left = left_to_do(after.plan());
    print(say(context_.language, kDone, applied, failed, skipped, left));
    print_server_errors(after);
    if (failed > 0 || done.failed() || after.error_count() > 0) {
        return kExitError;
    }
    return left == 0 && skipped == 0 ? kExitOk : kExitDrift;
}

int Application::run() {
    Result<Observation> observation = look();
    if (!observation) {
        return fail(observation.error());
    }
    show(*observation);
    if (!as_saved(observation->plan())) {
        return kExitError;
    }
    if (observation->plan().empty()) {
        return nothing_to_do(*std::move(observation));
    }
    if (!confirmed(context_, "apply", kQuestion.in(context_.language), kNothing)) {
        return kExitError;
    }
    if (system_now() - observation->started_at > kFreshEnough && !args_.yes) {
        Result<Observation> again = observe();
        if (!again) {
            return fail(again.error());
        }
        if (moved(observation->plan(), again->plan(), "you were asked")) {
            return kExitError;
        }
        observation = std::move(again);
    }
    Result<PassReport> done = execute(*std::move(observation));
    if (!done) {
        return fail(done.error());
    }
    Result<Observation> after = prove();
    return after ? report(*done, *after) : fail(after.error());
}

}  // namespace

int apply_with(const CommandContext& context, PlanningSession& session, Journal& journal) {
    return Application(context, session, journal).run();
}

int run_apply(const CommandContext& context) {
    Result<OpenStore> open = open_with_ledger(context, false);
    if (!open) {
        return fail(open.error());
    }
    PlanningSession::Opened session = PlanningSession::open(context, false);
    if (!session) {
        return fail(session.error());
    }
    Journal journal(*open->store, std::move(open->ledger), system_now);
    return apply_with(context, **session, journal);
}

}  // namespace bn::cli
