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
        return away<DesiredSnapshot>([&] { return sim_.panel_.read(now); });
    }

    Result<std::vector<PendingOperation>> pending_operations() override {
        return away<std::vector<PendingOperation>>([&] { return sim_.panel_.operations(); });
    }

    Result<SavedParams> saved_params(ItemId item) override {
        return away<SavedParams>([&] { return sim_.panel_.saved(item); });
    }

    Result<std::vector<UsageMeasure>> usage_measures() override {
        return std::vector<UsageMeasure>();
    }

  private:
    template <class T, class Get>
    Result<T> away(Get get) {
        if (sim_.panel_away_ || process_.dead || sim_.one_in(sim_.history_.rates.failed_read)) {
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
        if (process_.dead || sim_.api_away_ || sim_.one_in(rates.lost_panel_request)) {
            return unreachable(!sim_.api_away_);
        }
        if (sim_.one_in(rates.dies_in_call)) {
            sim_.die(process_, "a call of the panel, before it is heard");
            return unreachable(true);
        }
        PanelAnswer answer = sim_.obey(call);
        if (sim_.one_in(rates.dies_in_call)) {
            sim_.die(process_, "a call of the panel, after it was heard");
            return unreachable(true);
        }
        if (sim_.one_in(rates.lost_panel_answer)) {
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
    Port(Simulation& s, Process& p, bool read_only) : sim_(s), process_(p), read_only_(read_only) {}

    Task<Result<CloudInfo>> probe() override {
        co_await sim_.take_time(process_);
        if (away()) {
            co_return tl::unexpected(no_connection());
        }
        co_return testing::MemoryCloud::info();
    }

    Task<Result<ActualSnapshot>> observe(ObserveOptions) override {
        const Time begun = sim_.now_;
        co_await sim_.take_time(process_);
        if (away() || sim_.one_in(sim_.history_.rates.failed_read)) {
            co_return tl::unexpected(no_connection());
        }
        ActualSnapshot snapshot = sim_.cloud_.observe(begun);
        if (sim_.half_readings_) {
            snapshot.complete = false;
            snapshot.incomplete_reason = "page 2 timed out";
        }
        co_return snapshot;
    }

    Task<Result<std::optional<OwnedActualAccount>>> look(std::string login) override {
        co_await sim_.take_time(process_);
        if (away() || sim_.one_in(sim_.history_.rates.failed_read)) {
            co_return tl::unexpected(no_connection());
        }
        const SimAccount* found = sim_.cloud_.find(login);
        std::optional<OwnedActualAccount> account;
        if (found != nullptr) {
            account = found->shown;
        }
        co_return account;
    }

    Task<Outcome> apply(Action action, Secret password) override {
        if (read_only_) {
            Error error(NextMove::kBug, "ocs.read_only", "this port must not write");
            co_return Outcome(OutcomeKind::kRefused, std::move(error));
        }
        const Rates& rates = sim_.history_.rates;
        co_await sim_.take_time(process_);
        if (away()) {
            co_return Outcome(OutcomeKind::kRefused, no_connection());
        }
        if (sim_.one_in(rates.dies_in_call)) {
            sim_.die(process_, "a call of the cloud, before it is heard");
            co_await Simulation::never(process_);
        }
        if (sim_.one_in(rates.lost_request)) {
            sim_.say("a request is lost: " + text_of(action));
            co_return Outcome(OutcomeKind::kUnknown, timeout());
        }
        if (sim_.one_in(rates.late_effect)) {
            sim_.say("a request is on its way for long: " + text_of(action));
            // Longer than any call waits; shorter than doubts of a create last.
            const Time due = sim_.now_ + sim_.dice_.up_to(std::chrono::seconds(40));
            sim_.late_.push_back({due, std::move(action), std::move(password)});
            co_return Outcome(OutcomeKind::kUnknown, timeout());
        }
        Outcome outcome = sim_.effect(action, password);
        if (sim_.one_in(rates.dies_in_call)) {
            sim_.die(process_, "a call of the cloud, after it was heard");
            co_await Simulation::never(process_);
        }
        if (sim_.one_in(rates.lost_answer)) {
            sim_.say("an answer is lost: " + text_of(action));
            co_return Outcome(OutcomeKind::kUnknown, timeout());
        }
        co_return outcome;
    }

  private:
    [[nodiscard]] bool away() const { return sim_.cloud_away_ || process_.dead; }

    static Error no_connection() {
        return Error(
            Concern::kServer, NextMove::kRetryCall, "ocs.connect", "the cloud cannot be reached"
        );
    }

    static Error timeout() {
        Error error(NextMove::kRetryCall, "ocs.timeout", "no answer");
        error.effect_unknown = true;
        return error;
    }

    Simulation& sim_;
    Process& process_;
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
    : clock(io, s.now_, s.ids_),
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
    controller::Sides sides;
    sides.desired = std::make_unique<Source>(s, *this);
    sides.operations = std::make_unique<Source>(s, *this);
    sides.panel_api = std::make_unique<Api>(s, *this);
    sides.usage = std::make_unique<NoBills>();
    sides.make_cloud = [this, &s](const CloudSettings& settings) {
        return std::make_unique<Port>(s, *this, settings.read_only);
    };
    sides.make_blocking = [](std::size_t) { return [](const auto& work) { work(); }; };
    parts.use(std::move(sides));
    boost::asio::co_spawn(io, parts.run(), [this](const std::exception_ptr& error) {
        ended = true;
        failed = failed || error != nullptr;
    });
}

Process::~Process() {
    dead = true;
    io.end();
}

}  // namespace bn::sim
