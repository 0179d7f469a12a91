#include <fmt/format.h>

#include "base/text.hpp"
#include "controller/http/admin_http.hpp"

namespace bn::controller {

tl::expected<std::pair<std::string, std::uint16_t>, std::string> parse_listen(std::string_view text
) {
    const auto bad = [&] {
        return tl::unexpected(fmt::format(
            "\"{}\" is not address:port; expected something like \"127.0.0.1:9632\" or "
            "\"[::1]:9632\"",
            text
        ));
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) {
        return bad();
    }
    std::string_view host = text.substr(0, colon);
    const auto port = base::whole_number<std::uint16_t>(text.substr(colon + 1));
    if (!port) {
        return bad();
    }
    if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
        host = host.substr(1, host.size() - 2);
    } else if (host.find(':') != std::string_view::npos) {
        return bad();  // an IPv6 address without brackets
    }
    if (host == "localhost") {
        host = "127.0.0.1";
    }
    if (host.empty()) {
        return bad();
    }
    return std::pair(std::string(host), *port);
}

}  // namespace bn::controller
