#include <fmt/format.h>

#include "base/host_port.hpp"
#include "controller/http/admin_http.hpp"

namespace bn::controller {

tl::expected<std::pair<std::string, std::uint16_t>, std::string> parse_listen(std::string_view text
) {
    auto parsed = base::host_and_port(text);
    if (!parsed) {
        return tl::unexpected(fmt::format(
            "\"{}\" is not address:port; expected something like \"127.0.0.1:9632\" or "
            "\"[::1]:9632\"",
            text
        ));
    }
    if (parsed->first == "localhost") {
        parsed->first = "127.0.0.1";
    }
    return *std::move(parsed);
}

}  // namespace bn::controller
