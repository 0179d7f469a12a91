// What is proved of a store without being asked: at its opening what is new, and beside the work
// everything, slowly. Private to state; functions throw StoreFault.
#pragma once

#include <optional>
#include <string>
#include <utility>

#include "state/db.hpp"
#include "state/store.hpp"
#include "state/walk.hpp"

namespace bn::state {

// Proves what was appended since the last proof, and puts down how far it came. A store that was
// never proved: its newest events.
std::optional<VerifyFault> prove_new_events(Connection& db);

// Everything from the first event, a step at a time; each step sees the store as it is then.
class SlowProof {
  public:
    // False: it has come to the end, or found a fault.
    bool step(Connection& db);

    [[nodiscard]] const std::optional<VerifyFault>& fault() const { return fault_; }

  private:
    std::optional<VerifyFault> fault_;
    bool begun_ = false;
    EventWalk walk_{[this](std::uint64_t position, const char* code, std::string what) {
        if (!fault_) {
            fault_ = VerifyFault{position, code, std::move(what)};
        }
    }};
};

// A fault that was found is kept in the store, for the next start.
void note_fault(Connection& db, const VerifyFault& fault);
std::optional<Error> noted_fault(Connection& db);
Error bad_store(const std::string& path, const VerifyFault& fault);

// A store's identity is made at its first opening.
void give_identity(Connection& db);

}  // namespace bn::state
