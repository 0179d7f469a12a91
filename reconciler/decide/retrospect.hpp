// What earlier versions did by rules that are mended since, so that a person can look at it: a fold
// over the events of a store, oldest first. Pure; not thread-safe.
//
// They adopted what a username named, believed what had shrunk for long enough, and made anew what
// one reading lacked. A pass of theirs says nothing of observed time (PassServerSummary::observed):
// the first one that does ends the search.
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/plan/guard.hpp"

namespace bn {

// Why an adopted account may be somebody else's. The first that fits is said.
enum class Unproven : std::uint8_t {
    kClosed,    // the item was closed then: nothing said that it had ever been open
    kRefused,   // before that it was held, because the account was not the item's
    kUnpaid,    // the item was seen before it was paid: nobody can have opened it before us
    kNewcomer,  // the item came when its server was already looked at: nobody can have, either
};

// An account that a pass took for an item's; an operator's `adopt` is not meant.
struct UnprovenAdoption {
    ItemId item;
    ServerId server;
    std::string login;
    Unproven because = Unproven::kClosed;
    Time at{};
    std::string pass;  // correlation of what was done
};

// A side of a server that shrank, was not believed, and was when its measure had sunk far enough.
struct SunkMeasure {
    ServerId server;
    bool panel = false;      // the panel's items; else the cloud's accounts
    std::uint64_t from = 0;  // what the readings were judged by at first
    std::uint64_t to = 0;    // what was believed in the end
    Time since{};            // the first reading that was not believed
    Time at{};               // the one that was
};

// An item's account was made again while one of it was ours, and the panel got the new password.
struct ReplacedPassword {
    ItemId item;
    ServerId server;
    std::string login;
    Time at{};         // when the panel had it
    std::string pass;  // correlation of the create
};

struct PastFaults {
    std::vector<UnprovenAdoption> adoptions;
    std::vector<SunkMeasure> measures;
    std::vector<ReplacedPassword> passwords;

    // Leaves out what is older.
    void forget_before(Time since);
};

class Retrospect {
  public:
    // `options`: the share that counts as shrunk.
    explicit Retrospect(GuardOptions options) : options_(std::move(options)) {}

    // The kinds of events that it wants; others change nothing.
    static std::vector<std::string> kinds();

    // False: enough was seen, what follows was done by the rules of today.
    bool look_at(const Envelope& told);

    [[nodiscard]] const PastFaults& found() const { return found_; }

  private:
    struct Item {
        bool newcomer = false;
        bool refused = false;
        bool unpaid = false;
        std::optional<Wanted> wanted;  // nothing: what was sold is not recorded
        bool orphan = false;           // the drift of an account that a closed item has
        bool ours = false;
        std::optional<std::string> made_again;  // correlation of the create
        ServerId server;
        std::string login;
    };

    struct Measure {
        std::uint64_t judged = 0;
        std::uint64_t from = 0;  // 0: believed
        Time since{};
    };

    struct Server {
        bool told_sold = false;  // stores of before the record of what was sold hold no items
        bool watched = false;    // whoever comes now was not there before us
        std::string plan;        // correlation of the last one
        Measure panel;
        Measure cloud;
    };

    void look(const Envelope& told, const PassCompleted& e);
    void look(const Envelope& told, const PlanBegun& e);
    void look(const Envelope& told, const SoldChanged& e);
    void look(const Envelope& told, const DriftObserved& e);
    void look(const Envelope& told, const DriftCleared& e);
    void look(const Envelope& told, const ItemHeld& e);
    void look(const Envelope& told, const AccountAdopted& e);
    void look(const Envelope& told, const AccountFoundGone& e);
    void look(const Envelope& told, const ActionSucceeded& e);
    void look(const Envelope& told, const DoubtResolved& e);
    void look(const Envelope& told, const PanelResultDelivered& e);
    void look(const Envelope& told, const AccountImported& e);

    Item& item(ItemId id, ServerId server);
    [[nodiscard]] std::optional<Unproven> unproven(
        const Envelope& told, const AccountAdopted& e, const Item& known
    );
    template <class Effect>
    void took_effect(const Envelope& told, const Effect& e);
    void measure(Measure& size, std::uint64_t now, SunkMeasure as);
    template <class... Kinds>
    static std::vector<std::string> wanted_of(const std::variant<Kinds...>* /*all*/);

    GuardOptions options_;
    PastFaults found_;
    bool over_ = false;
    std::unordered_map<ItemId, Item> items_;
    std::unordered_map<ServerId, Server> servers_;
    std::set<std::pair<ServerId, std::string>> imported_;  // keys of logins
};

}  // namespace bn
