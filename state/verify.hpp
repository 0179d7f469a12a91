// Reads a whole store and says whether it is what its writer wrote. Private to state (the report is
// in store.hpp).
#pragma once

#include "state/db.hpp"
#include "state/sealer.hpp"
#include "state/store.hpp"

namespace bn::state {

// Throws StoreFault only when nothing could be read. `key_file` may be empty or missing.
VerifyReport verify_store(
    Connection& db, const std::string& key_file, const VerifyOptions& options
);

}  // namespace bn::state
