#include "controller/logging/log.hpp"

#include <algorithm>

namespace bn::controller {

std::string_view to_string(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return "debug";
        case LogLevel::kInfo:
            return "info";
        case LogLevel::kWarning:
            return "warning";
        case LogLevel::kError:
            return "error";
    }
    return "error";
}

Log Log::with(std::string_view key, std::string value) const {
    Log copy = *this;
    const auto same = [key](const auto& field) { return field.first == key; };
    const auto known = std::find_if(copy.fields_.begin(), copy.fields_.end(), same);
    if (known != copy.fields_.end()) {
        known->second = std::move(value);
    } else {
        copy.fields_.emplace_back(std::string(key), std::move(value));
    }
    return copy;
}

void Log::write(LogLevel level, fmt::string_view text, fmt::format_args args) const {
    if (sink_ != nullptr && sink_->enabled(level)) {
        sink_->write(level, fmt::vformat(text, args), fields_);
    }
}

}  // namespace bn::controller
