// What a process sees of the world: the panel, its API, and the cloud, with all that can go wrong
// on the way.
#include <boost/asio/co_spawn.hpp>

#include "reconciler/events/events.hpp"
#include "tests/fakes/memory_cloud.hpp"
#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {
namespace {

class Source final : public DesiredSource {
  public:
    Source(Simulation& s, Process& p) : sim_(s), process_(p) {}

    Result<DesiredSnapshot> read(Time now) override {
        return away<DesiredSnapshot>([&] {
            sim_.panel_read_at_ = sim_.now_;
            return sim_.panel_.read(now);
        });
    }

    Result<std::vector<DesiredServer>> servers() override {
        return away<std::vector<DesiredServer>>([&] { return sim_.panel_.read(sim_.now_).servers; }
        );
    }

    Result<std::vector<PendingOperation>> pending_operations() override {
        return away<std::vector<PendingOperation>>([&] { return sim_.panel_.operations(); });
    }

    Result<SavedParams> saved_params(ItemId item) override {
        return away<SavedParams>([&] {
            sim_.row_read_at_[item] = sim_.now_;
            return sim_.panel_.saved(item);
        });
    }

    Result<std::vector<UsageMeasure>> usage_measures() override {
        return std::vector<UsageMeasure>();
    }

  private:
    template <class T, class Get>
    Result<T> away(Get get) {
        if (sim_.panel_away_ || process_.dead ||
            sim_.one_in(sim_.history_.rates.failed_read, "failed readings of the panel")) {
            Error error(NextMove::kRetryCall, "panel.connect", "the panel's database is away");
            error.concern = Concern::kPanel;
            return tl::unexpected(std::move(error));
        }
        return get();
    }

    Simulation& sim_;
    Process& process_;
};

class Api final : public PanelApi {
  public:
    Api(Simulation& s, Process& p) : sim_(s), process_(p) {}

    Result<PanelAnswer> call(const PanelCall& call) override {
        const Rates& rates = sim_.history_.rates;
        if (process_.dead || sim_.api_away_ ||
            sim_.one_in(rates.lost_panel_request, "lost calls of the panel")) {
            return unreachable(!sim_.api_away_);
        }
        if (sim_.one_in(rates.dies_in_call, "deaths in calls")) {
            sim_.die(process_, "a call of the panel, before it is heard");
            return unreachable(true);
        }
        PanelAnswer answer = sim_.obey(call);
        if (sim_.one_in(rates.dies_in_call, "deaths in calls")) {
            sim_.die(process_, "a call of the panel, after it was heard");
            return unreachable(true);
        }
        if (sim_.one_in(rates.lost_panel_answer, "lost answers of the panel")) {
            return unreachable(true);
        }
        return answer;
    }

  private:
    static Result<PanelAnswer> unreachable(bool effect_unknown) {
        Error error(NextMove::kRetryCall, "panel.unreachable", "the panel does not answer");
        error.concern = Concern::kPanel;
        error.effect_unknown = effect_unknown;
        return tl::unexpected(std::move(error));
    }

    Simulation& sim_;
    Process& process_;
};

class Port final : public Cloud {
  public:
    Port(Simulation& s, Process& p, const CloudSettings& settings)
        : sim_(s),
          process_(p),
          server_(settings.server),
          identity_(settings.identity),
          read_only_(settings.read_only) {}

    Task<Result<CloudInfo>> probe() override {
        co_await sim_.take_time(process_);
        sim_.count_requests(server_, away() ? 1 : 5);
        if (away()) {
            co_return tl::unexpected(no_connection());
        }
        static_cast<void>(other_cloud());  // whoever answers first is believed
        CloudInfo info = testing::MemoryCloud::info();
        info.identity = sim_.answering().identity;
        info.data_fingerprint = sim_.answering().fingerprint;
        info.maintenance = sim_.maintenance_;
        co_return info;
    }

    Task<CloudSign> recognise() override {
        CloudSign sign;
        sim_.count_requests(server_, 1);
        if (!away() && !sim_.maintenance_) {
            sign.identity = sim_.answering().identity;
            sign.data_fingerprint = sim_.answering().fingerprint;
        }
        co_return sign;
    }

    Task<Result<ActualSnapshot>> observe(ObserveOptions) override {
        const Time begun = sim_.wall();
        co_await sim_.take_time(process_);
        co_await sim_.maybe_bought_back(process_);
        if (std::optional<Error> error = unreadable()) {
            co_return tl::unexpected(*std::move(error));
        }
        sim_.progressed();
        ActualSnapshot snapshot = sim_.answering().observe(server_, begun);
        for (auto& [key, account] : sim_.answering().accounts) {
            account.seen_enabled = account.shown.enabled;
        }
        if (sim_.one_in(sim_.history_.rates.missed_account, "shifted pages")) {
            snapshot = without_one(std::move(snapshot));
        }
        if (sim_.half_readings_) {
            snapshot.complete = false;
            snapshot.incomplete_reason = "page 2 timed out";
        }
        co_return snapshot;
    }

    Task<Result<std::optional<OwnedActualAccount>>> look(std::string login) override {
        co_await sim_.take_time(process_);
        if (std::optional<Error> error = unreadable()) {
            co_return tl::unexpected(*std::move(error));
        }
        const SimAccount* found = sim_.answering().find(login);
        std::optional<OwnedActualAccount> account;
        if (found != nullptr) {
            account = found->shown;
        }
        co_return account;
    }

    [[nodiscard]] Duration budget_wait(ActionKind kind) const override {
        return sim_.throttled_ && spends_put_budget(kind) ? Duration(std::chrono::minutes(1))
                                                          : Duration{0};
    }

    Task<Outcome> apply(Action action, Secret password) override {
        if (read_only_) {
            Error error(NextMove::kBug, "ocs.read_only", "this port must not write");
            co_return Outcome(OutcomeKind::kRefused, std::move(error));
        }
        const Rates& rates = sim_.history_.rates;
        sim_.check_call(action, password);
        co_await sim_.take_time(process_);
        sim_.count_requests(server_, 1);
        if (away() || sim_.maintenance_ || other_cloud()) {
            co_return Outcome(OutcomeKind::kRefused, *unreadable());
        }
        if (sim_.one_in(rates.dies_in_call, "deaths in calls")) {
            sim_.die(process_, "a call of the cloud, before it is heard");
            co_await Simulation::never(process_);
        }
        if (sim_.one_in(rates.lost_request, "lost requests")) {
            sim_.say("a request is lost: " + text_of(action));
            if (action.kind == ActionKind::kCreate &&
                sim_.one_in(rates.stranger_in_doubt, "strangers in doubts")) {
                sim_.stranger_makes(action.login);
            }
            co_return Outcome(OutcomeKind::kUnknown, timeout());
        }
        if (sim_.one_in(rates.late_effect, "late effects")) {
            sim_.say("a request is on its way for long: " + text_of(action));
            later(std::move(action), std::move(password));
            co_return Outcome(OutcomeKind::kUnknown, timeout());
        }
        sim_.check_limits(action);
        Outcome outcome = sim_.effect(action, password);
        if (sim_.one_in(rates.dies_in_call, "deaths in calls")) {
            sim_.die(process_, "a call of the cloud, after it was heard");
            co_await Simulation::never(process_);
        }
        const bool create = action.kind == ActionKind::kCreate;
        if (create && sim_.one_in(rates.forbidden_after, "refusals of what took effect")) {
            sim_.say("what stands in front refuses what took effect: " + text_of(action));
            sim_.client_uses_mail_link(action.login);
            co_return Outcome(OutcomeKind::kUnknown, forbidden());
        }
        // What destroys, or is somebody's to choose, comes once: nobody could answer for it.
        const bool harmless =
            action.kind != ActionKind::kDelete && action.kind != ActionKind::kSetPassword;
        const bool lost = sim_.one_in(rates.lost_answer, "lost answers");
        if (lost) {
            sim_.say("an answer is lost: " + text_of(action));
            if (create) {
                sim_.client_uses_mail_link(action.login);
            }
        }
        if (harmless && sim_.one_in(rates.comes_twice, "requests that came twice")) {
            sim_.say("it comes once more later");
            later(std::move(action), std::move(password));
        }
        if (lost) {
            co_return Outcome(OutcomeKind::kUnknown, timeout());
        }
        co_return outcome;
    }

  private:
    [[nodiscard]] bool away() const { return sim_.cloud_away_ || process_.dead; }

    // As the real port: who answered first, or whom the ledger knows, is the only one believed.
    bool other_cloud() {
        identity_ = identity_.empty() ? sim_.answering().identity : identity_;
        return sim_.answering().identity != identity_;
    }

    std::optional<Error> unreadable() {
        sim_.count_requests(server_, 1);
        if (!away() && sim_.maintenance_) {
            Error error(
                Concern::kServer, NextMove::kWait, "ocs.maintenance", "the cloud is in maintenance"
            );
            error.wait = std::chrono::minutes(1);
            error.wait_is_ours = true;
            return error;
        }
        if (!away() && other_cloud()) {
            return Error(
                Concern::kServer,
                NextMove::kHuman,
                "ocs.other_cloud",
                "another cloud answers",
                "look"
            );
        }
        if (away() || sim_.one_in(sim_.history_.rates.failed_read, "failed readings of a cloud")) {
            return no_connection();
        }
        return std::nullopt;
    }

    // Longer than any call waits; shorter than doubts of a create last.
    void later(Action action, Secret password) {
        const Time due = sim_.now_ + sim_.dice_.up_to(std::chrono::seconds(40));
        const SimAccount* account = sim_.answering().find(action.login);
        const std::uint64_t to = account != nullptr ? account->born : 0;
        sim_.late_.push_back(
            {due, sim_.answering().identity, to, std::move(action), std::move(password)}
        );
    }

    ActualSnapshot without_one(ActualSnapshot whole) {
        const std::size_t lost = sim_.dice_.below(whole.accounts.size());
        ActualTable::Builder builder;
        for (std::size_t i = 0; i < whole.accounts.size(); ++i) {
            if (i != lost) {
                builder.add(whole.accounts[i]);
            }
        }
        ActualSnapshot part = std::move(whole);
        part.accounts = std::move(builder).finish();
        return part;
    }

    static Error no_connection() {
        return Error(
            Concern::kServer, NextMove::kRetryCall, "ocs.connect", "the cloud cannot be reached"
        );
    }

    static Error forbidden() {
        Error error(
            Concern::kServer, NextMove::kHuman, "ocs.403_front", "the request is forbidden", "look"
        );
        error.effect_unknown = true;
        return error;
    }

    static Error timeout() {
        Error error(NextMove::kRetryCall, "ocs.timeout", "no answer");
        error.effect_unknown = true;
        return error;
    }

    Simulation& sim_;
    Process& process_;
    ServerId server_;
    std::string identity_;  // whose answers are believed
    bool read_only_;
};

class NoBills final : public UsageSink {
  public:
    Result<void> replace(std::string_view, const std::vector<ItemUsageRow>&) override { return {}; }
};

}  // namespace

std::string text_of(const Action& action) {
    return fmt::format(
        "item {}: {} {} {}", action.item.value, to_string(action.kind), action.login, action.reason
    );
}

Process::Process(Simulation& s)
    : sim(s),
      clock(io, s.now_, s.ids_),
      journal(s.store_, s.store_.ledger(), [this] { return clock.now(); }),
      context{
          s.config_,
          io.get_executor(),
          clock,
          journal,
          s.metrics_,
          secrets,
          controller::Log(),
          "simulated"},
      parts(
          context, {[](const std::string&) {}, [this](const std::string&, int) { failed = true; }}
      ) {
    clock.set(s.clock_set_by_);
    parts.use(sides());
    boost::asio::co_spawn(io, parts.run(), [this](const std::exception_ptr& error) {
        ended = true;
        failed = failed || error != nullptr;
    });
}

controller::Sides Process::sides() {
    controller::Sides all;
    all.desired = std::make_unique<Source>(sim, *this);
    all.operations = std::make_unique<Source>(sim, *this);
    all.panel_api = std::make_unique<Api>(sim, *this);
    all.usage = std::make_unique<NoBills>();
    all.make_cloud = [this](const CloudSettings& settings) {
        return std::make_unique<Port>(sim, *this, settings);
    };
    all.make_blocking = [](std::size_t) { return [](const auto& work) { work(); }; };
    return all;
}

Process::~Process() {
    dead = true;
    io.end();
}

}  // namespace bn::sim
