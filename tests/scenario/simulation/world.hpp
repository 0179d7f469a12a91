// One history as it runs: the world, the process in it, and what is looked at all the while.
// Internal to the simulator. One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
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

// In an hour and in a day, over all servers (hazard tight-limits).
inline constexpr Limit kTightLimit{{1}, {2}};

// A context whose waiting coroutines can be ended while all that they refer to still lives.
class EndableContext : public boost::asio::io_context {
  public:
    void end() { shutdown(); }
};

class Simulation;

// One process of the controller.
struct Process {
    explicit Process(Simulation& simulation);
    controller::Sides sides();
    Process(const Process&) = delete;
    Process& operator=(const Process&) = delete;
    ~Process();

    EndableContext io;
    Simulation& sim;
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
        const bool tight = history.hazards.tight_limits;
        config_.defaults.limits.of.fill(tight ? kTightLimit : Limit{{1000}, {1000}});
        config_.service.limits_over_all = 1;
        config_.service.retention = history.retention;
        panel_.stores_5 = history.stores_5;
        panel_.two_modules = history.two_modules;
        store_.fate = [this] { return fate_of_commit(); };
        store_.on_event = [this](const Envelope& envelope) { recorded(envelope); };
        cloud_.make("admin").shown.admin = true;
        cloud_.make("ceo").shown.has_files = true;
        cloud_.make("office");
        for (std::uint32_t i = 0; i < history.opened_before; ++i) {
            opened_before_us();
        }
        if (history.hazards.typed_logins && history.opened_before > 0) {
            closed_before_us("ceo", false);
        }
        if (history.hazards.by_hand) {
            closed_before_us("office", true);
        }
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

    // Once in so many; is counted under its name.
    [[nodiscard]] bool one_in(std::uint32_t rate, const char* name) {
        const bool so = faults_ && dice_.one_in(rate);
        if (so) {
            ++ending_.faults[name];
        }
        return so;
    }

    Task<void> take_time(Process& process);

    static Task<void> never(Process& process) {
        co_await process.clock.sleep_until(Steady::max(), nullptr);
    }

    // A call reaches a cloud: is it right?
    void check_call(const Action& action, const Secret& password);
    void check_limits(const Action& action);
    Outcome effect(const Action& action, const Secret& password);
    void count_requests(ServerId server, std::size_t requests);

    void progressed() { vain_requests_.clear(); }

    void stranger_makes(const std::string& login);
    void client_uses_mail_link(const std::string& login);
    Task<void> maybe_bought_back(Process& process);

    // Who answers at the address.
    [[nodiscard]] SimCloud& answering() { return instead_ ? *instead_ : cloud_; }

    // By the host's clock.
    [[nodiscard]] Time wall() const { return now_ + clock_set_by_; }

    PanelAnswer obey(const PanelCall& call);

    void die(Process& process, const char* where) {
        say(fmt::format("the process dies in {}", where));
        process.dead = true;
    }

    struct Late {
        Time due{};
        std::string cloud;     // that it was sent to
        std::uint64_t to = 0;  // SimAccount::born; 0: there was none
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
    SimCloud cloud_;                   // that our accounts are on
    std::optional<SimCloud> instead_;  // answers at its address
    Duration clock_set_by_{};
    Time panel_read_at_{};  // by this process
    std::map<ItemId, Time> row_read_at_;
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
    bool maintenance_ = false;
    bool throttled_ = false;
    int calls_under_way_ = 0;

  private:
    struct Backup {
        SimPanel panel;
        SimCloud cloud;
        SimStore::Backup store;
    };

    void start();
    void stop();
    void go_on(Duration time, Duration grain);
    void let_run();
    void settle();
    void it_is(Time now);
    void late_effects();
    void end_process();
    CommitFate fate_of_commit();
    void recorded(const Envelope& envelope);
    void watched(ServerId server);
    // ---- what must never be
    [[nodiscard]] std::uint64_t sale_of(ItemId id) const;
    [[nodiscard]] bool rightful(ItemId id, const SimAccount& account, const std::string& login)
        const;
    [[nodiscard]] bool given(ItemId id) const;
    [[nodiscard]] bool living(ItemId id) const;
    [[nodiscard]] bool changed_unread(ItemId id, Duration on_its_way) const;
    void check_create(const Action& action);
    void check_vanished(const Action& action);
    void check_delete(const Action& action, const SimAccount& account);
    void check_taking_away(const Action& action);
    void check_owner_goes_on(ItemId id);
    void check_completion(const PanelCall& call, ItemId id);
    void check_password(const PanelCall& call, ItemId id);
    void check_end();
    [[nodiscard]] bool believed(ServerId id) const;
    void check_item(ItemId id, Wanted wanted, const SimItem& item);
    void check_living(ItemId id, const SimItem& item, const SimAccount* account);
    [[nodiscard]] bool known_as_anothers(ItemId id, const SimAccount& account) const;
    [[nodiscard]] bool unknown_to_us(ItemId id, const SimAccount& account) const;
    [[nodiscard]] bool of_another(ItemId id, const SimAccount& account, const std::string& login)
        const;
    [[nodiscard]] bool gone_with_many(ItemId id) const;
    [[nodiscard]] bool doubted_together(const Action& create) const;
    [[nodiscard]] bool waits_for_people(ItemId id) const;
    [[nodiscard]] std::string why_not(ItemId id) const;
    void amiss(ItemId id, std::string text);
    // ---- people
    void do_deed(const Step& step);
    bool of_orders(const Step& step);
    bool of_staff(const Step& step);
    ItemId order(const Step& step, const std::string& username);
    void end_by_hand(const Step& step);
    [[nodiscard]] bool never_read(ServerId server) const;
    void pass_on_login(const Step& step, ItemId from);
    void open_by_hand(const Step& step);
    void of_rows(const Step& step);
    void rough_row(const Step& step);
    void row_is_back(ItemId id);
    std::string pick_login(const Step& step);
    void of_panel(Deed deed, ItemId id, std::uint64_t pick);
    void of_account(Deed deed, const std::string& login, std::uint64_t pick);
    bool of_process(Deed deed);
    void of_backups(const Step& step);
    void restore_panel();
    void restore_cloud(bool declared);
    void restore_store(const SimStore::Backup& from);
    void take_name(std::uint64_t pick);
    void password_lost(ItemId id, const SimItem& row);
    void opened_before_us();
    void closed_before_us(const std::string& username, bool opened);
    void row_changes(ItemId id);
    [[nodiscard]] bool known_to_be_gone(const std::string& login) const;
    void people_record(std::vector<Event> events);
    void say_that_all_is_right();
    bool of_levers(const Step& step);
    void check_levers(const Action& action);
    void say_whose_accounts_are();
    void switch_side(const Step& step);
    void tell_deed(Deed deed, const std::string& what = {});
    template <class Fits>
    ItemId pick_item(std::uint64_t pick, Fits fits);

    std::set<std::pair<ItemId, ActionKind>> intents_;
    // Nobody had approved it: when, and of which login.
    std::map<std::pair<ServerId, Harm>, std::vector<std::pair<Time, std::string>>> taken_;
    Time paused_until_{};                             // everything
    std::map<ItemId, Time> kept_until_;               // though closed
    std::map<ItemId, Time> owed_since_;               // its last result for the panel
    std::map<std::string, Time> touched_;             // logins, by people
    std::map<ItemId, std::uint64_t> sales_;           // of a number, last; rows may be gone
    std::map<std::uint64_t, std::uint32_t> clients_;  // by sale
    std::map<ItemId, Time> row_changed_;
    std::map<ItemId, SimItem> lost_rows_;
    Time panel_restored_at_{};
    Time forgotten_at_{};  // an account of a closed service that people had deleted
    std::set<std::pair<ItemId, std::uint64_t>> passwords_lost_;  // with SimAccount::born
    std::set<ItemId> opened_by_hand_;
    std::set<ItemId> renamed_;
    std::set<std::pair<ItemId, std::string>> passed_on_;  // to a number, a login
    std::set<std::uint64_t> back_;         // SimAccount::born: by a restore in the place of another
    std::set<std::uint64_t> back_unsaid_;  // by one that nobody declared
    bool store_lost_ = false;
    bool name_taken_ = false;  // see `take_name`
    std::uint64_t orders_ = 0;
    Backup backup_;
    SimStore::Backup other_store_;  // of the controller that is not at work
    // Of the last minute, since one brought something.
    std::map<ServerId, std::vector<Time>> vain_requests_;
    std::map<std::pair<ItemId, ActionKind>, std::uint64_t> tries_;
    std::map<ServerId, std::optional<Time>> watched_at_;  // the last complete pass
    bool people_asked_ = false;  // a hazard needs somebody's word: what is held is right
};

template <class Fits>
ItemId Simulation::pick_item(std::uint64_t pick, Fits fits) {
    std::vector<ItemId> fitting;
    for (const auto& [id, item] : panel_.items) {
        if (fits(item)) {
            fitting.push_back(id);
        }
    }
    return fitting.empty() ? ItemId() : fitting[pick % fitting.size()];
}

// For the story: "item 7: disable user_7 the item is suspended".
std::string text_of(const Action& action);

}  // namespace bn::sim
