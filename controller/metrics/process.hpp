// What Linux says of this process, under the names of Prometheus' client libraries. Source:
// proc(5). Any thread.
#pragma once

#include <span>
#include <string_view>
#include <vector>

namespace bn::controller {

struct ProcessRow {
    std::string_view name;
    bool counter = false;
    std::string_view help;
};

std::span<const ProcessRow> process_rows();

// One value for each row; nothing where /proc cannot be read.
std::vector<double> process_values();

}  // namespace bn::controller
