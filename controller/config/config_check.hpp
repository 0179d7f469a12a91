// Rules between options. Inner to controller/config.
#pragma once

#include <string>
#include <vector>

#include "controller/config/config.hpp"

namespace bn::controller {

struct Finding {
    std::string key;  // "panel.from": where to point at
    std::string what;

    Finding(std::string k, std::string w) : key(std::move(k)), what(std::move(w)) {}
};

std::vector<Finding> check_values(const Config& config);
// Existence and rights of the files that are named.
std::vector<Finding> check_files(const Config& config);

}  // namespace bn::controller
