#include "ocs/encode.hpp"

#include <algorithm>

#include "base/text.hpp"

namespace bn::ocs {

namespace {

bool alphanumeric(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace

std::string group_segment(std::string_view group) {
    std::string once = base::percent_encoded(group);
    bool twice = group.find_first_of("+%") != std::string_view::npos;
    return twice ? base::percent_encoded(once) : once;
}

bool looks_like_app_password(std::string_view password) {
    if (password.size() == 72) {
        return std::all_of(password.begin(), password.end(), alphanumeric);
    }
    if (password.size() != 29) {
        return false;
    }
    for (std::size_t i = 0; i < password.size(); ++i) {
        bool dash = i % 6 == 5;
        if (dash ? password[i] != '-' : !alphanumeric(password[i])) {
            return false;
        }
    }
    return true;
}

}  // namespace bn::ocs
