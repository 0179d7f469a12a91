// Completion of the command line in a shell. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/ledger.hpp"

namespace bn::cli {

enum class Shell : std::uint8_t { kBash, kZsh };

// It knows the verbs, options and what their values are from the table of verbs, and asks the
// program for ids.
std::string completion_script(Shell shell);

// "items" or "servers" of the ledger, ascending; of anything else, none.
std::vector<std::string> known_ids(const Ledger& ledger, std::string_view what);

}  // namespace bn::cli
