// What may be written to itemstat. Pure.
#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "reconciler/ports/panel_api.hpp"

namespace bn::bm_writer {

// What is wrong with a request as a whole: kBug "panel.usage".
std::optional<Error> usage_fault(std::string_view day, const std::vector<ItemUsageRow>& rows);

// "12", "0.5": at most 18 digits, and at most four after the point.
bool is_usage_value(std::string_view text);

}  // namespace bn::bm_writer
