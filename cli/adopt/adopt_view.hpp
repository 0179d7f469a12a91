// What could be adopted, and what could not, by one observation of both sides. Pure.
#pragma once

#include "bm_reader/panel_source.hpp"
#include "cli/adopt/adopt_screen.hpp"
#include "cli/names.hpp"
#include "controller/pass/pass.hpp"

namespace bn::cli {

// Looks at what would be right before any policy: adopting is a record of ours and changes nothing.
AdoptView adopt_view(
    const Observation& observation,
    const Ledger& ledger,
    const Config& config,
    const bm_reader::PlainCredentials& plain,
    Time now
);

// The item that a login of this template names: 0 when the template has no {item}, nothing when the
// login does not look like the template. Case does not count, as in the clouds.
std::optional<ItemId> item_of_login(std::string_view login_template, std::string_view login);

}  // namespace bn::cli
