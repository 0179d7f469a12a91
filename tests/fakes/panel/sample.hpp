// A small provider: what the demo and the scenarios start from.
#pragma once

#include <string>
#include <vector>

#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::testing {

struct SampleIds {
    std::vector<Id> servers;
    Id small = 0;   // 10 GiB, group start
    Id large = 0;   // 50 GiB, group pro
    Id broken = 0;  // a tariff that nobody gave a disk
    std::vector<Id> items;
};

// Twelve services over the given servers: active, suspended, closed, ordered, in progress, with
// more space ordered, a trial, one on the broken tariff. Deterministic.
SampleIds fill_sample(FakePanel& panel, const std::vector<ServerSpec>& servers);

}  // namespace bn::testing
