#include "base/idn.hpp"

#include <idn2.h>

#include <algorithm>
#include <memory>

namespace bn::base {

std::optional<std::string> ascii_host(std::string_view host) {
    if (std::ranges::all_of(host, [](char c) { return static_cast<unsigned char>(c) < 0x80; })) {
        return std::string(host);
    }
    char* raw = nullptr;
    const std::string name(host);
    const int code = idn2_to_ascii_8z(name.c_str(), &raw, IDN2_NONTRANSITIONAL | IDN2_NFC_INPUT);
    const std::unique_ptr<char, void (*)(void*)> ascii(raw, &idn2_free);
    if (code != IDN2_OK || name.size() != host.size()) {
        return std::nullopt;
    }
    return std::string(ascii.get());
}

}  // namespace bn::base
