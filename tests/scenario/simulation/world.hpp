// One history as it runs: the world, the process in it, and what is looked at all the while.
// Internal to the simulator. One thread.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "controller/service/service_parts.hpp"
#include "tests/fakes/manual_clock.hpp"
#include "tests/scenario/simulation/dice.hpp"
#include "tests/scenario/simulation/sim_cloud.hpp"
#include "tests/scenario/simulation/sim_panel.hpp"
#include "tests/scenario/simulation/sim_store.hpp"
#include "tests/scenario/simulation/simulation.hpp"

namespace bn::sim {

// A context whose waiting coroutines can be ended while all that they refer to still lives.
class EndableContext : public boost::asio::io_context {
  public:
    void end() { shutdown(); }
};

class Simulation;

// One process of the controller.
struct Process {
    explicit Process(Simulation& simulation);
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    EndableContext io;
    testing::ManualClock clock;
    controller::Journal journal;
    controller::SecretRegistry secrets;
    controller::ServiceContext context;
    controller::ServiceParts parts;
    bool dead = false;    // killed: nothing that it does from here on is seen by anybody
    bool failed = false;  // it wants to end
    bool ended = false;
};

class Simulation {
  public:
    Simulation(const History& history, bool tell)
        : history_(history), tell_(tell), dice_(history.seed ^ 0x5eedU) {
        config_.defaults.policy = Policy::kSync;
        config_.defaults.always_allowed = 1000;  // limits are another matter
        config_.service.retention = history.retention;
        store_.fate = [this] { return fate_of_commit(); };
        store_.on_event = [this](const Envelope& envelope) { recorded(envelope); };
        cloud_.make("admin").shown.admin = true;
    }

    Ending run();

    // ---- for the ports of a process
    void say(std::string text) {
        if (tell_ && ending_.broken.empty()) {
            ending_.story += fmt::format("{}  {}\n", format_time(now_), text);
        }
    }

    void broken(std::string text) {
        say("BROKEN: " + text);
        ending_.broken.push_back(std::move(text));
    }

    [[nodiscard]] bool one_in(std::uint32_t rate) { return faults_ && dice_.one_in(rate); }

    Task<void> take_time(Process& process);

    static Task<void> never(Process& process) {
        co_await process.clock.sleep_until(Steady::max(), nullptr);
    }

    Outcome effect(const Action& action, const Secret& password);
    PanelAnswer obey(const PanelCall& call);

    void die(Process& process, const char* where) {
        say(fmt::format("the process dies in {}", where));
        process.dead = true;
    }

    struct Late {
        Time due{};
        Action action;
        Secret password;
    };

    History history_;
    bool tell_;
    Ending ending_;
    Dice dice_;  // of the faults
    Time now_{std::chrono::hours(480000)};
    std::uint64_t ids_ = 0;  // unique over all processes
    SimPanel panel_;
    SimCloud cloud_;
    SimStore store_;
    controller::Config config_;
    controller::Metrics metrics_{"simulated"};
    std::unique_ptr<Process> process_;
    std::vector<Late> late_;
    bool faults_ = true;
    bool cloud_away_ = false;
    bool panel_away_ = false;
    bool api_away_ = false;
    bool half_readings_ = false;
    int calls_under_way_ = 0;

  private:
    void start();
    void stop();
    void go_on(Duration time, Duration grain);
    void settle();
    void it_is(Time now);
    void end_process();
    CommitFate fate_of_commit();
    void recorded(const Envelope& envelope);
    void check_effect(const Action& action, const Secret& password, const SimAccount* account);
    void check_completion(const PanelCall& call, ItemId id);
    void check_end();
    void check_item(ItemId id, Wanted wanted, const SimItem& item);
    void check_living(ItemId id, const SimItem& item, const SimAccount* account);
    void do_deed(const Step& step);
    std::string pick_login(const Step& step);
    void of_panel(Deed deed, ItemId id, std::uint64_t pick);
    void of_account(Deed deed, const std::string& login, std::uint64_t pick);
    void switch_side(Deed deed);
    template <class Fits>
    ItemId pick_item(std::uint64_t pick, Fits fits);

    std::set<std::pair<ItemId, ActionKind>> intents_;
    std::map<ItemId, Time> owed_since_;    // its last result for the panel
    std::map<std::string, Time> touched_;  // logins, by people
    std::uint32_t next_item_ = 1;
};

// For the story: "item 7: disable user_7 the item is suspended".
std::string text_of(const Action& action);

}  // namespace bn::sim
