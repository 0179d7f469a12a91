// How each tariff of ours sells its space, and what the panel makes of it. What is sold by size and
// what is billed by use are different things to the panel: by statistics, it adds up days.
//
// Reading blocks; the judgement is pure. Errors as those of DesiredSource.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/quota_rule.hpp"
#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

// A disk resource of a tariff that is sold on our servers.
struct Offer {
    std::uint32_t tariff = 0;
    std::string tariff_name;  // empty: the panel does not tell
    Resource resource;
    std::optional<std::int64_t> unit;  // bytes; nothing: they are not known
    bool holds_uncapped = true;        // without a maximum, services of one of its servers are held
};

// `named`: the panel has pricelist.name. In order of tariffs; resources that are switched off are
// left out.
Result<std::vector<Offer>> read_offers(RowSource& rows, const PanelSettings& settings, bool named);

// What a person should know of it; at least one.
std::vector<OfferFinding> judge_offer(const Offer& offer, Counted counted);

// Of all of them.
Result<std::vector<OfferFinding>> judge_offers(
    RowSource& rows, const PanelSettings& settings, bool named
);

}  // namespace bn::bm_reader
