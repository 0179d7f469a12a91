// How many of our accounts may be gone from a cloud at once before a reading of it is doubted.
// Pure.
#pragma once

#include <cstdint>
#include <string>

#include "reconciler/model/actual.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/plan/guard.hpp"

namespace bn {

struct Absence {
    std::uint64_t owned = 0;   // accounts that are ours there
    std::uint64_t gone = 0;    // of these, not seen
    std::uint64_t absent = 0;  // of the gone, those of which no person has said that it is so
};

[[nodiscard]] bool is_doubtful(const Absence& absence, const GuardOptions& options);

// For people. `shown`: the cloud shows that it is the one of our accounts.
[[nodiscard]] std::string to_text(const Absence& absence, bool shown);

// As the events say: of the last look at the whole cloud.
[[nodiscard]] Absence absence_on_record(const Ledger& ledger, ServerId server);

// As a whole reading of the cloud shows now.
[[nodiscard]] Absence absence_in(
    const ActualSnapshot& actual, ServerId server, const Ledger& ledger
);

}  // namespace bn
