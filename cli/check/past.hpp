// What earlier versions did that a person should look at, as findings of `check`. Pure.
#pragma once

#include <cstddef>

#include "cli/screen/findings.hpp"
#include "reconciler/decide/retrospect.hpp"
#include "reconciler/model/ledger.hpp"

namespace bn::cli {

// `named`: so many of each kind by name, the rest as a number. `ledger`: what became of them.
void past_lines(
    Section& section, const PastFaults& faults, const Ledger& ledger, std::size_t named
);

}  // namespace bn::cli
