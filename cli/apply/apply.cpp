// `apply`: shows the plan, asks, carries it out with progress, and proves it by reading again.
// Before the yes nothing is recorded, and nothing is sent but questions: what the person says with
// it (`--approve`, `--accept-...`) is only assumed, and calls in doubt are only named.
//
// `apply FILE` carries out exactly the saved plan: when the world has moved since, it shows the
// differences and does nothing.
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>
#include <ranges>
#include <set>
#include <thread>

#include "base/text.hpp"
#include "cli/apply/progress.hpp"
#include "cli/events/event_view.hpp"
#include "cli/plan/plan_view.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/pass/planning.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "reconciler/decide/action.hpp"
#include "reconciler/decide/maintenance.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::cli {

namespace {

constexpr Duration kApplyFreshEnough = std::chrono::seconds(60);

constexpr Phrase kApplyQuestion{
    "Apply this plan? Type yes: ", "Применить этот план? Введите yes: "};
constexpr Phrase kApplyNothing{"Nothing was changed.", "Ничего не изменено."};
constexpr Phrase kAlso{"With your yes is recorded:\n", "С вашим «yes» записывается:\n"};
constexpr Phrase kDoubtsFirst{
    "Calls whose outcome is not known are looked at first: {:item|items} {}.\n",
    "Сначала выясняется исход вызовов, о которых он неизвестен: {:услуга|услуги} {}.\n"};
constexpr Phrase kDone{
    "Applied {}, failed {}, not begun {}. ", "Выполнено: {}, ошибок: {}, не начато: {}. "};
constexpr Phrase kLeftToDo{
    "Read again: {:# action|# actions} left to do.\n", "Повторное чтение: осталось действий {}.\n"};
constexpr Phrase kLeftUnknown{
    "What is left to do is not known: not all could be read again.\n",
    "Сколько осталось, неизвестно: прочитать заново удалось не всё.\n"};

constexpr Phrase kWaits{
    "  waits for the server's rate limit until {}", "  ждёт лимита запросов сервера до {}"};
constexpr Phrase kRate{"  {:.1f}/s", "  {:.1f}/с"};
constexpr Phrase kLeft{"  about {} left", "  осталось около {}"};
constexpr Phrase kFailed{"  {} failed", "  неудач {}"};

// What is planned, and what would be but may not be now.
std::uint64_t left_to_do(const Plan& plan) {
    return plan.action_count() + sum_of(plan.servers, [](const ServerPlan& server) {
               return std::ranges::count_if(server.held, [](const HeldAction& held) {
                   return held.action.has_value();
               });
           });
}

class Application {
  public:
    // `served`: a service runs. It holds the store, so it hears the words, and carries out what was
    // seen; the journal is only read.
    Application(PlanningSession& session, Journal& journal, bool served)
        : session_(session), journal_(journal), served_(served) {}

    Result<int> run() {
        Result<Observation> seen = load_saved().and_then([this] { return look(); });
        if (!seen) {
            return tl::unexpected(std::move(seen.error()));
        }
        Observation shown = *std::move(seen);
        Result<void> good = check_scope(scope_of(request_), shown, ledger());
        if (!good) {
            return tl::unexpected(std::move(good.error()));
        }
        if (saved_ && moved(saved_->plan, shown.plan(), "the plan was saved")) {
            return kExitError;
        }
        show(shown);
        if (words_.empty() && doubtful_.empty() && shown.plan().empty()) {
            return nothing_to_do(std::move(shown));
        }
        say_first();
        if (!confirmed(context_, "apply", kApplyQuestion.in(context_.language), kApplyNothing)) {
            return kExitError;
        }
        return after_yes(std::move(shown)).and_then([this](std::optional<Observation> planned) {
            return planned ? carry_out(*std::move(planned)) : Result<int>(kExitError);
        });
    }

  private:
    [[nodiscard]] RecordContext why() const { return RecordContext(id_, operator_actor()); }

    Result<Observation> observe() {
        return session_.result_of(
            session_.runner().observe(request_, why(), journal_, session_.hooks())
        );
    }

    [[nodiscard]] ProgressPrinter new_printer() const {
        return {
            [](std::string_view text) { std::fwrite(text.data(), 1, text.size(), stderr); },
            isatty(STDERR_FILENO) != 0,
            {context_.language, wants_colour(STDERR_FILENO), terminal_width(STDERR_FILENO), false},
            std::chrono::seconds(5)};
    }

    // What the servers' rate limits make of it, at least: they are used up at once.
    static Duration at_least(const Observation& planned) {
        const std::map<ServerId, PutBudget> budgets = planned.budgets();
        Duration longest{0};
        for (const ServerPlan& server : planned.plan().servers) {
            const auto budget = budgets.find(server.server);
            if (budget != budgets.end()) {
                longest = std::max(longest, time_for_puts(server.put_count(), budget->second));
            }
        }
        return longest;
    }

    Result<PassReport> execute(Observation observation) {
        ProgressPrinter printer = new_printer();
        const Time begun = system_now();
        const Duration floor = at_least(observation);
        std::map<ServerId, ExecutionProgress> progress;
        const auto sum = [&] {
            ProgressView view;
            for (const auto& [server, p] : progress) {
                view.total += p.total;
                view.done += p.done + p.failed;
                view.failed += p.failed;
                if (p.waits > Duration(0) &&
                    (!view.waits_until || *view.waits_until > system_now() + p.waits)) {
                    view.waits_until = system_now() + p.waits;
                }
            }
            view.elapsed = system_now() - begun;
            view.at_least = floor;
            return view;
        };
        PassHooks hooks;
        hooks.stopping = [this] { return session_.interrupted() || switched_on(); };
        hooks.wait_for_budget = true;
        hooks.on_progress = [&](ServerId server, const ExecutionProgress& p) {
            progress[server] = p;
            tell_progress(printer, sum());
        };
        Result<PassReport> result = session_.result_of(
            session_.runner().run(request_, std::move(observation), why(), journal_, hooks)
        );
        if (sum().total > 0 && !args_.json) {
            printer.finish(sum());
        }
        return result;
    }

    // The service's answer; that it has gone meanwhile is an error.
    Result<nlohmann::json> asked_service(const protocol::Request& request) const {
        return told_service(context_, request)
            .and_then([](std::optional<nlohmann::json> answer) -> Result<nlohmann::json> {
                if (answer) {
                    return *std::move(answer);
                }
                return tl::unexpected(human_error(
                    "command.no_service",
                    "the service has stopped meanwhile",
                    "start it, or say it again: what was begun is settled at its next start"
                ));
            });
    }

    // One request a word, in the order in which they were assumed.
    [[nodiscard]] std::vector<protocol::Request> words_as_requests() const {
        std::vector<protocol::Request> requests;
        const auto add = [&](const char* verb, std::uint32_t server, const std::string& sum) {
            protocol::Request& request = requests.emplace_back(verb);
            request.module = ServerId(server);
            request.checksum = sum;
            request.reason = args_.reason;
            request.command = protocol::kOnlyRecord;  // what was seen is carried out, no more
        };
        if (args_.accept_address) {
            add("accept_address", *args_.accept_address, "");
        }
        if (args_.accept_panel) {
            add("accept_panel", 0, "");
        }
        if (args_.accept_cloud) {
            add("accept_cloud", *args_.accept_cloud, "");
        }
        return requests;  // an approval goes with the plan
    }

    Result<void> record_words() {
        if (!served_) {
            std::vector<Event> said = words_;
            std::ranges::move(decide_asked("apply", args_.reason), std::back_inserter(said));
            return said.empty() ? Result<void>() : journal_.record_now(std::move(said), why());
        }
        for (const protocol::Request& request : words_as_requests()) {
            const Result<nlohmann::json> heard = asked_service(request);
            if (!heard) {
                return tl::unexpected(heard.error());
            }
        }
        return {};
    }

    // The service does exactly what was shown, and says how far it is.
    Result<int> let_service(const Observation& planned) {
        protocol::Request request("plan.apply");
        request.items = request_.items;
        request.module = request_.only_server.value_or(ServerId());
        request.reason = args_.reason;
        request.checksum = plan_checksum(planned.plan());
        request.code = args_.approve;
        return asked_service(request).and_then([&](const nlohmann::json& begun) {
            return follow(protocol::text_of(begun, "id"), at_least(planned));
        });
    }

    Result<int> follow(const std::string& id, Duration floor) {
        ProgressPrinter printer = new_printer();
        const Time begun = system_now();
        protocol::Request request("plan.progress");
        request.code = id;
        while (true) {
            const Result<nlohmann::json> now = asked_service(request);
            if (!now) {
                return tl::unexpected(now.error());
            }
            ProgressView view;
            const auto number = [&now](const char* key) {
                return base::whole_number<std::uint64_t>(protocol::text_of(*now, key)).value_or(0);
            };
            view.total = number("total");
            view.failed = number("failed");
            view.done = number("done") + view.failed;
            view.elapsed = system_now() - begun;
            view.at_least = floor;
            const bool ended = protocol::text_of(*now, "state") == "done";
            if (view.total > 0 && (!ended || args_.json)) {
                tell_progress(printer, view);
            } else if (view.total > 0) {
                printer.finish(view);
            }
            if (ended) {
                for (const nlohmann::json& failure : protocol::list_of(*now, "failures")) {
                    if (failure.is_string()) {
                        tell_failure(failure.get<std::string>());
                    }
                }
                return prove_by_look(number("done"), view.failed, number("skipped"));
            }
            if (session_.interrupted()) {
                tell_aside(
                    context_.language,
                    "the service goes on with it; `bill-nextcloud status` says how"
                );
                return kExitError;
            }
            std::this_thread::sleep_for(std::chrono::milliseconds(300));
        }
    }

    // What a fresh reading says; the ledger is the service's of now.
    Result<int> prove_by_look(std::uint64_t applied, std::uint64_t failed, std::uint64_t skipped) {
        return known_so_far(context_).and_then([&](const KnownSoFar& known) {
            return session_.dry_run(request_, known.ledger).map([&](const Observation& after) {
                return tell_end(applied, failed, skipped, after);
            });
        });
    }

    Result<int> carry_out(Observation planned) {
        if (served_) {
            return let_service(planned);
        }
        return execute(std::move(planned)).and_then([this](const PassReport& done) {
            return prove().map([&](const Observation& after) { return report(done, after); });
        });
    }

    // A second reading, recorded as a pass of its own that does nothing: what it still finds is
    // true.
    Result<Observation> prove() {
        id_ = random_id(system_now());
        return observe().and_then([this](Observation seen) {
            Observation idle = seen;
            for (ServerObservation& server : idle.servers) {
                if (server.plan) {
                    server.plan->actions.clear();
                }
            }
            return execute(std::move(idle)).map([&seen](const PassReport&) {
                return std::move(seen);
            });
        });
    }

    // What is known, with what the person says.
    [[nodiscard]] const Ledger& ledger() const { return assumed_ ? *assumed_ : journal_.ledger(); }

    void assume(std::vector<Event> events) {
        if (!assumed_ && !events.empty()) {
            assumed_ = journal_.ledger();
        }
        if (assumed_) {
            bn::assume(*assumed_, events, system_now());
        }
        std::ranges::move(events, std::back_inserter(words_));
    }

    Result<Observation> dry_run() { return session_.dry_run(request_, ledger()); }

    // What the person says of the panel's rows.
    Result<void> accept_rows() {
        if (!args_.accept_address && !args_.accept_panel) {
            return {};
        }
        return session_.read_desired().and_then([&](const auto& desired) -> Result<void> {
            if (args_.accept_address) {
                const ServerId server(*args_.accept_address);
                const DesiredServer* row = desired->server(server);
                if (row == nullptr || ledger().server(server) == nullptr) {
                    return tl::unexpected(unknown_server(server.value));
                }
                assume(bn::accept_address(ledger(), *row, args_.reason));
            }
            if (args_.accept_panel) {
                assume(bn::accept_panel(ledger(), *desired, args_.reason));
            }
            return {};
        });
    }

    // What waits on one server is approved, and nothing else.
    Result<Observation> approve(const Observation& stopped) {
        for (const ServerObservation& server : stopped.servers) {
            if (!server.plan || server.plan->stopped.empty() ||
                args_.approve.size() < kChecksumEnough) {
                continue;
            }
            const std::string sum = plan_checksum(server.plan->staged());
            if (sum.starts_with(args_.approve)) {
                assume({approve_plan(server.server, sum, args_.reason)});
                return dry_run();
            }
        }
        return tl::unexpected(nothing_waits(args_.approve));
    }

    // What answers for a server, as it was just seen, is the cloud that our accounts are on.
    Result<Observation> accept_cloud(Observation seen) {
        const ServerId id(*args_.accept_cloud);
        const ServerObservation* server = seen.server(id);
        if (server == nullptr || ledger().server(id) == nullptr) {
            return tl::unexpected(unknown_server(id.value));
        }
        std::vector<Event> events = bn::accept_cloud(ledger(), id, server->info, args_.reason);
        if (events.empty()) {
            return seen;
        }
        assume(std::move(events));
        return dry_run();
    }

    // While the panel is in maintenance nothing is begun. That it has ended is recorded by who
    // holds the store.
    Result<void> heed_maintenance() {
        World& world = session_.world();
        std::vector<Event> news;
        if (world.maintenance().look) {
            const Result<bool> on = session_.result_of(world.look_at_switch());
            news = heed(world.maintenance(), on, ledger(), context_.config);
        }
        Ledger then = news.empty() ? Ledger() : ledger();
        bn::assume(then, news, system_now());
        if (std::optional<Error> why = in_maintenance(news.empty() ? ledger() : then)) {
            return tl::unexpected(*std::move(why));
        }
        if (!served_) {
            assume(std::move(news));
        }
        return {};
    }

    // The panel's maintenance has begun meanwhile, as far as this host can see.
    [[nodiscard]] bool switched_on() const {
        const PanelSwitch& seen = session_.world().maintenance();
        return seen.on_this_host && seen.look().value_or(true);
    }

    // As things would be once the person has said what he says.
    Result<Observation> look() {
        Result<Observation> seen = heed_maintenance().and_then([this] { return accept_rows(); }
        ).and_then([this] { return dry_run(); });
        if (seen && args_.accept_cloud) {
            seen = accept_cloud(*std::move(seen));
        }
        if (seen && !args_.approve.empty()) {
            seen = approve(*seen);
        }
        if (seen) {
            for (const ServerObservation& server : seen->servers) {
                for (const PendingAction& doubt : doubts_of(ledger(), server.server)) {
                    doubtful_.insert(doubt.action.item);
                }
            }
        }
        return seen;
    }

    // One document a line: what is planned, how far it is, what failed, how it ended.
    static void tell(const char* event, const nlohmann::ordered_json& what) {
        nlohmann::ordered_json line{
            {"format", "bill-nextcloud-apply"}, {"version", 1}, {"event", event}};
        line.update(what);
        print(line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) + "\n");
    }

    void tell_progress(ProgressPrinter& printer, const ProgressView& view) {
        const Time now = system_now();
        if (!args_.json) {
            printer.update(view, now);
        } else if (now - told_ >= std::chrono::seconds(1) || view.done == view.total) {
            told_ = now;
            nlohmann::ordered_json line{
                {"done", view.done}, {"failed", view.failed}, {"total", view.total}};
            if (view.waits_until) {
                line["waits_until"] = format_time(*view.waits_until);
            }
            tell("progress", line);
        }
    }

    void tell_failure(const std::string& what) const {
        if (args_.json) {
            tell("failed", {{"what", what}});
        } else {
            tell_aside(context_.language, "failed: " + what);
        }
    }

    // What a fresh reading says. The exit code.
    [[nodiscard]] int tell_end(
        std::uint64_t applied, std::uint64_t failed, std::uint64_t skipped, const Observation& after
    ) const {
        const std::uint64_t left = left_to_do(after.plan());
        const std::vector<Unknown> unknown = after.unknown();
        if (args_.json) {
            nlohmann::ordered_json end{
                {"applied", applied},
                {"failed", failed},
                {"not_begun", skipped},
                {"left", nullptr}};
            if (unknown.empty()) {
                end["left"] = left;
            }
            end["unknown"] = unknown_json(unknown);
            tell("done", end);
        } else {
            print_text(
                say(context_.language, kDone, applied, failed, skipped) +
                (unknown.empty() ? say(context_.language, kLeftToDo, left)
                                 : say(context_.language, kLeftUnknown))
            );
            print_unknown(unknown, context_.language);
        }
        return failed > 0 ? kExitError : code_of(drifts(after.plan()) || skipped > 0, unknown);
    }

    void show(const Observation& seen) const {
        if (args_.json) {
            print(plan_to_json(seen.plan(), seen.budgets(), seen.unknown(), -1));
            return;
        }
        show_plan(context_, seen, InDoubt::by(ledger(), {}, seen.desired.get(), system_now()));
    }

    void say_first() const {
        if (context_.args.json) {
            return;
        }
        if (!words_.empty()) {
            print(std::string(kAlso.in(context_.language)));
            for (const Event& word : words_) {
                print(fmt::format(
                    "  {}\n", said(event_sentence(word, context_.language), Language::kEnglish)
                ));
            }
        }
        if (!doubtful_.empty() && !served_) {
            const auto items = std::views::transform(doubtful_, &ItemId::value);
            print_text(say(context_.language, kDoubtsFirst, items.size(), fmt::join(items, ", ")));
        }
    }

    // Who gave --yes has seen nothing: he gets what there is to do now. Else, what is done is what
    // was seen, and nothing for a service whose call was in doubt: the next plan shows that.
    // Nothing: the world has moved.
    Result<std::optional<Observation>> after_yes(Observation shown) {
        if (const Result<void> still = heed_maintenance(); !still) {
            return tl::unexpected(still.error());
        }
        if (!args_.yes && system_now() - shown.started_at > kApplyFreshEnough) {
            Result<Observation> again = dry_run();
            if (!again) {
                return tl::unexpected(std::move(again.error()));
            }
            if (moved(shown.plan(), again->plan(), "you were asked")) {
                return std::optional<Observation>();
            }
            shown = *std::move(again);
        }
        const Result<void> recorded = record_words();
        if (!recorded) {
            return tl::unexpected(recorded.error());
        }
        return doubtful_.empty() || served_ ? Result<std::optional<Observation>>(std::move(shown))
                                            : settled(shown);
    }

    // Settles what is in doubt, and reads again.
    Result<std::optional<Observation>> settled(const Observation& shown) {
        return observe().map([&](Observation again) -> std::optional<Observation> {
            if (args_.yes) {
                return std::optional(std::move(again));
            }
            for (ServerObservation& server : again.servers) {
                if (server.plan) {
                    std::erase_if(server.plan->actions, [&](const Action& action) {
                        return doubtful_.contains(action.item);
                    });
                }
            }
            return moved(shown.plan(), again.plan(), "you were asked", kOnlyWords)
                       ? std::nullopt
                       : std::optional(std::move(again));
        });
    }

    static constexpr const char* kNothing = "nothing was changed";
    static constexpr const char* kOnlyWords =
        "what you said, if anything, is recorded and what was in doubt is settled; nothing else "
        "was "
        "changed";

    [[nodiscard]] bool moved(
        const Plan& then, const Plan& now, const char* since, const char* done = kNothing
    ) const {
        constexpr std::size_t kShown = 10;
        const PlanDifference difference = plan_difference(then, now, context_.language);
        if (difference.none()) {
            return false;
        }
        const Language language = context_.language;
        const auto& [lines, fresh, gone] = difference;
        tell_aside(
            language,
            fmt::format(
                "error: the world has moved since {}: {} to do now that were not, {} not to do any "
                "more; {}:",
                since,
                fresh,
                gone,
                done
            )
        );
        for (const std::string& line : lines | std::views::take(kShown)) {
            say_on_stderr(fmt::format("  {}\n", line));
        }
        if (lines.size() > kShown) {
            tell_aside(language, fmt::format("… and {} more", lines.size() - kShown), 2);
        }
        tell_aside(language, "make a new plan with `bill-nextcloud plan` and look at it");
        return true;
    }

    // What it is about comes with the file.
    Result<void> load_saved() {
        if (args_.file.empty()) {
            return {};
        }
        return read_plan_file(args_.file).and_then([this](SavedPlan saved) -> Result<void> {
            if (saved.config_digest != digest(context_.config)) {
                return tl::unexpected(human_error(
                    "plan.config",
                    "the configuration has changed since " + args_.file + " was made",
                    "make a new plan with `bill-nextcloud plan --out`"
                ));
            }
            const PlanScope asked = scope_of(request_);
            if (!asked.whole() && asked != saved.scope) {
                const std::string scope = scope_text(saved.scope, Language::kEnglish);
                return tl::unexpected(human_error(
                    "plan.scope",
                    args_.file + " is a plan of " + (scope.empty() ? "everything" : scope),
                    "leave --server and --item out: what it is about stands in the file"
                ));
            }
            request_.only_server = saved.scope.server;
            request_.items = saved.scope.items;
            saved_ = std::move(saved);
            return {};
        });
    }

    // No call to make. The pass is recorded all the same: retentions and rows that are gone count
    // the time in which we looked, and that an account is gone is news as well.
    Result<int> nothing_to_do(Observation observation) {
        const int code = args_.json ? tell_end(0, 0, 0, observation)
                                    : code_of(drifts(observation.plan()), observation.unknown());
        if (served_) {
            return code;  // its own passes record what they see
        }
        return execute(std::move(observation)).map([code](const PassReport&) { return code; });
    }

    // What was done, and what a fresh reading says of it.
    [[nodiscard]] int report(const PassReport& done, const Observation& after) const {
        std::uint64_t applied = 0;
        std::uint64_t failed = 0;
        std::uint64_t skipped = 0;
        for (const auto& [server, execution] : done.executions) {
            applied += execution.progress.done;
            failed += execution.progress.failed;
            skipped += execution.skipped + execution.progress.deferred;
            for (const auto& [action, error] : execution.failures) {
                tell_failure(fmt::format(
                    "item {}: {} of {}: {}",
                    action.item.value,
                    to_string(action.kind),
                    action.login,
                    error.text()
                ));
            }
            if (execution.server_error) {
                tell_failure(fmt::format(
                    "server {} was given up: {}", server.value, execution.server_error->text()
                ));
            }
        }
        const int code = tell_end(applied, failed, skipped, after);
        const bool gave_up = std::ranges::any_of(done.executions, [](const auto& one) {
            return one.second.server_error.has_value();
        });
        return gave_up ? kExitError : code;
    }

    PlanningSession& session_;
    const CommandContext& context_ = session_.context();
    const Arguments& args_ = context_.args;
    Journal& journal_;
    const bool served_;
    PassRequest request_ = command_request(args_);
    std::string id_ = random_id(system_now());
    std::vector<Event> words_;       // what the person says with this command
    std::optional<Ledger> assumed_;  // the ledger as if they were recorded
    std::set<ItemId> doubtful_;      // services with a call in doubt
    std::optional<SavedPlan> saved_;
    Time told_{};  // when the progress was
};

}  // namespace

std::string progress_line(const ProgressView& progress, Language language) {
    const std::uint64_t percent = progress.total == 0 ? 100 : progress.done * 100 / progress.total;
    std::string line = fmt::format("{}/{}  {} %", progress.done, progress.total, percent);
    const double seconds = std::chrono::duration<double>(progress.elapsed).count();
    const std::uint64_t rest = progress.total - std::min(progress.total, progress.done);
    // A limit that is not met yet is known all the same.
    Duration left = rest > 0 ? progress.at_least - progress.elapsed : Duration(0);
    // Of the first calls, which open connections, nothing follows for all the others.
    constexpr double kTelling = 2;
    const bool tells = seconds >= kTelling || (rest == 0 && seconds > 0);
    if (progress.done > 0 && tells) {
        const double rate = static_cast<double>(progress.done) / seconds;
        line += say(language, kRate, rate);
        // Whole seconds: more would only flicker.
        left = std::max<Duration>(
            left, std::chrono::seconds(std::llround(static_cast<double>(rest) / rate))
        );
    }
    if (progress.waits_until) {
        line += say(language, kWaits, local_time(*progress.waits_until));
    } else if (left >= std::chrono::seconds(1)) {
        line += say(language, kLeft, human_duration(left, language));
    }
    return progress.failed > 0 ? line + say(language, kFailed, progress.failed) : line;
}

ProgressPrinter::ProgressPrinter(
    Write write, bool terminal, const ScreenOptions& options, Duration every
)
    : write_(std::move(write)), terminal_(terminal), options_(options), every_(every) {}

void ProgressPrinter::update(const ProgressView& progress, Time now) {
    // A terminal is rewritten ten times a second at most, a file gets a line now and then.
    const Duration gap = terminal_ ? Duration(100) : every_;
    if (wrote_ && now - last_ < gap) {
        return;
    }
    wrote_ = true;
    last_ = now;
    const std::string line = progress_line(progress, options_.language);
    shown_ = progress;
    if (terminal_) {
        write_("\r\x1b[K" + clipped(line, options_.width > 1 ? options_.width - 1 : 1));
    } else {
        write_(line + "\n");
    }
}

void ProgressPrinter::finish(const ProgressView& progress) {
    const bool news = shown_.done != progress.done || shown_.total != progress.total ||
                      shown_.failed != progress.failed;
    if (terminal_ || !wrote_ || news) {
        const std::string line = progress_line(progress, options_.language);
        write_((terminal_ ? "\r\x1b[K" : "") + line + "\n");
    }
}

Result<int> apply_with(PlanningSession& session, Journal& journal) {
    return Application(session, journal, false).run();
}

namespace {

// While a service runs: only it may write, to the store and to the clouds.
Result<int> apply_by_service(const CommandContext& context) {
    return open_with_ledger(context, Opening::kRead).and_then([&](OpenStore open) -> Result<int> {
        if (std::optional<Error> trouble = open.store->trouble()) {
            return tl::unexpected(*std::move(trouble));
        }
        return PlanningSession::open(context, true).and_then([&](const auto& session) {
            Journal journal(*open.store, std::move(open.ledger), system_now);
            return Application(*session, journal, true).run();
        });
    });
}

}  // namespace

Result<int> run_apply(const CommandContext& context) {
    return told_service(context, protocol::Request("ping"))
        .and_then([&](const std::optional<nlohmann::json>& served) {
            return served ? apply_by_service(context) : with_journal(context, false, apply_with);
        });
}

}  // namespace bn::cli
