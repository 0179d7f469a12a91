// What the panel does with its running operations: starts the module of the item's server for
// each, again and again, until the completion call takes the operation away.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "tests/fakes/panel/module_run.hpp"
#include "tests/fakes/panel/panel_home.hpp"

namespace bn::testing {

class OperationRunner {
  public:
    explicit OperationRunner(PanelHome home);

    // Collects what has ended, starts what is due, then waits for at most the poll interval. Of
    // one item only the oldest operation runs, and the next one only when the module's process has
    // ended: its completion call comes before that. Throws when the database is away: the runs go
    // on, and the next step tries again.
    void step();

  private:
    using Clock = std::chrono::steady_clock;

    struct Running {
        std::unique_ptr<ModuleRun> run;
        std::string command;
        std::string item;
    };

    void collect();
    void ended(Id operation, const Running& running);
    void start_due();
    void start(const SqlRow& operation);
    void wait() const;

    PanelHome home_;
    std::optional<FakePanel> reading_;
    std::map<Id, Running> running_;        // by operation
    std::map<Id, Clock::time_point> due_;  // not before; by operation
};

}  // namespace bn::testing
