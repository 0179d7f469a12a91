#include "reconciler/model/ids.hpp"

#include <algorithm>

namespace bn {
namespace {

// ASCII only, whatever the locale: ids are ASCII in both clouds.
constexpr char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace

std::string login_key(std::string_view login) {
    std::string key(login);
    std::transform(key.begin(), key.end(), key.begin(), lower);
    return key;
}

std::strong_ordering compare_logins(std::string_view a, std::string_view b) {
    const std::size_t common = std::min(a.size(), b.size());
    for (std::size_t i = 0; i < common; ++i) {
        const auto x = static_cast<unsigned char>(lower(a[i]));
        const auto y = static_cast<unsigned char>(lower(b[i]));
        if (x != y) {
            return x <=> y;
        }
    }
    return a.size() <=> b.size();
}

}  // namespace bn
