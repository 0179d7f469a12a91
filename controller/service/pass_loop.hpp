// When which pass runs: full passes at an interval, passes of triggered items beside them, and what
// must not happen while one runs. A full pass leaves out items that were triggered after it began.
// Of the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/tasks.hpp"
#include "controller/pass/pass.hpp"
#include "controller/reporting/reporter.hpp"
#include "controller/service/operations_watch.hpp"
#include "controller/service/schedule.hpp"
#include "controller/service/status_view.hpp"

namespace bn::controller {

// What the last full pass said of a server, and the ledger does not.
struct SeenServer {
    std::uint64_t unmanaged = 0;
    std::uint64_t backlog = 0;  // planned and not done
    std::uint64_t held = 0;
    std::vector<StatusReason> reasons;
};

// How the passes go, for people.
struct PassState {
    std::string doing = "starting";
    std::string panel_error;  // of the last pass; empty: the panel was read
    bool ever_passed = false;
    std::map<ServerId, SeenServer> seen;
    std::map<ServerId, std::string> off;  // why the last full pass did not look there, on purpose
    std::set<ServerId> gone;              // that the panel does not name
    std::string unnamed;                  // why the panel names no server at all; empty: it does
};

// A plan that a person has seen, and says yes to.
struct PlanToApply {
    PassRequest request;
    std::string checksum;
    std::string approve;  // what is approved with it (decide_approved); empty: nothing
    std::string reason;
    RecordContext why;
};

// How far a plan is that a person applies.
struct AppliedPlan {
    bool ended = false;
    std::optional<Error> error;  // it was not begun, or not ended; the counts say what was done
    std::uint64_t total = 0;
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::uint64_t skipped = 0;  // not begun: the service goes on with them
    std::vector<std::string> failures;
};

class PassLoop {
  public:
    struct Hooks {
        std::function<void(std::string)> status;              // one line; for the service manager
        std::function<void(std::string reason, int)> failed;  // the service must end
        // What must be known before something is begun.
        std::function<Task<void>()> before = {};
    };

    // Before each pass the watch is asked what the panel waits for; after it the reporter tells.
    PassLoop(ServiceContext& context, OperationsWatch& watch, PanelReporter& reporter, Hooks hooks);
    PassLoop(const PassLoop&) = delete;
    PassLoop& operator=(const PassLoop&) = delete;

    // Takes the context's world into use, with the interval and jitter of its configuration.
    // REQUIRES: nothing runs; see when_quiet.
    void use_world();

    // Until the context says that it stops; all passes have ended then.
    Task<void> run();

    // The item is looked at now.
    void trigger(ItemId item) {
        schedule_.trigger(item, context_.steady());
        poke();
    }

    void trigger_full() { schedule_.trigger_full(context_.steady()); }

    // Looks again at what is to be done.
    void poke() { context_.clock.wake(this); }

    // Runs `work` once as soon as no pass and no look is under way. Nothing begins meanwhile.
    void when_quiet(std::function<Task<void>()> work);

    // Something waits for quiet.
    [[nodiscard]] bool held() const { return static_cast<bool>(when_quiet_); }

    // Readings are given up; what is being carried out is finished by its pass. Call it when the
    // context stops.
    void stop();

    // Reads both sides for a person; changes nothing. Errors: the panel's; "controller.busy": a
    // reload or a stop is about to happen, try again.
    Task<Result<Observation>> look(PassRequest request);

    // Looks, and, if the plan is still the one with this checksum, carries it out, as a full pass
    // does: other full passes wait for it, those of triggered items go on. Tells `progress`.
    // "plan.moved": it is another one by now; what was to be approved with it is not on record.
    void apply_in_background(PlanToApply plan, std::shared_ptr<AppliedPlan> progress);

    [[nodiscard]] const PassState& state() const { return state_; }

    // As the clock goes now.
    [[nodiscard]] Time next_full() const {
        return context_.now() + (schedule_.next_full() - context_.steady());
    }

    // No full pass runs, and none has ended for two intervals.
    [[nodiscard]] bool overdue() const;

  private:
    Task<void> look_before() const;
    Task<void> one_pass(PassRequest request);
    Task<void> apply_seen(PlanToApply plan, std::shared_ptr<AppliedPlan> progress);
    Task<Result<Observation>> still_so(const PlanToApply& plan);
    Task<Result<PassReport>> act(
        PassRequest request, std::optional<Observation> planned, RecordContext why, PassHooks hooks
    );
    Task<Result<PassReport>> only_look(PassRequest request);
    PassHooks hooks_of(bool narrow);
    void note(const PassReport& report, bool narrow);
    void note_failure(const Error& error, const PassRequest& request, Steady begun);
    void await_recovery(const PassReport& report, const std::vector<PendingOperation>& operations);
    void begin_due();
    std::vector<ItemId> let_through(std::vector<ItemId> due);
    Task<void> watch_clock();
    void watch_levers();

    ServiceContext& context_;
    OperationsWatch& watch_;
    PanelReporter& reporter_;
    Hooks hooks_;
    Schedule schedule_;
    std::unique_ptr<PassRunner> runner_;
    base::TaskGroup passes_;
    PassState state_;
    std::function<Task<void>()> when_quiet_;
    bool full_running_ = false;
    Duration ahead_;                   // of the steady clock, when both were last looked at
    std::optional<Steady> last_full_;  // when one ended
    bool narrow_running_ = false;
    std::uint32_t looks_ = 0;        // dry runs for people
    std::set<ItemId> touched_;       // by narrow passes since the running full pass began
    std::set<ItemId> narrow_items_;  // of the last narrow pass
    std::set<ItemId> postponed_;     // see let_through
    std::optional<Time> next_end_;   // of a pause
    // By their windows: for what takes away (true), and for all else.
    std::set<std::pair<ServerId, bool>> shut_;
};

}  // namespace bn::controller
