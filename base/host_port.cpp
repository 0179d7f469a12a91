#include "base/host_port.hpp"

#include "base/text.hpp"

namespace bn::base {

std::optional<std::pair<std::string, std::uint16_t>> host_and_port(std::string_view text) {
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view host = text.substr(0, colon);
    const auto port = whole_number<std::uint16_t>(text.substr(colon + 1));
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return std::nullopt;
    }
    if (!port || host.empty()) {
        return std::nullopt;
    }
    return std::pair(std::string(host), *port);
}

}  // namespace bn::base
