#pragma once

#include <string>
#include <utility>
#include <vector>

#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn::testing {

inline const Time kStart{std::chrono::hours(480000)};
inline const ServerId kServer(1);
inline const ItemId kItem(7);

// Events, and the ledger that a new process folds from them.
class Recorder {
  public:
    Time now = kStart;

    void record(std::vector<Event> events) {
        for (Event& event : events) {
            Envelope envelope;
            envelope.position = log_.size() + 1;
            envelope.at = now;
            envelope.event = std::move(event);
            log_.push_back(envelope);
            evolve(ledger_, envelope);
        }
    }

    void own(const std::string& login = "anna") {
        record({AccountAdopted{kItem, kServer, login, "a test"}});
    }

    [[nodiscard]] const Ledger& ledger() const { return ledger_; }

    [[nodiscard]] Moment moment() const { return {ledger_, now}; }

    [[nodiscard]] Ledger folded() const {
        Ledger ledger;
        for (const Envelope& envelope : log_) {
            evolve(ledger, envelope);
        }
        return ledger;
    }

    template <class E>
    [[nodiscard]] std::size_t count() const {
        std::size_t n = 0;
        for (const Envelope& envelope : log_) {
            n += std::holds_alternative<E>(envelope.event) ? 1U : 0U;
        }
        return n;
    }

  private:
    std::vector<Envelope> log_;
    Ledger ledger_;
};

}  // namespace bn::testing
