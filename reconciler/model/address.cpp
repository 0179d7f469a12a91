#include "reconciler/model/address.hpp"

#include <algorithm>

namespace bn {

std::string canonical_address(std::string_view address) {
    std::string out(address);
    while (out.ends_with('/')) {
        out.pop_back();
    }
    const std::size_t scheme = out.find("://");
    if (scheme == std::string::npos) {
        return out;
    }
    const std::size_t end = std::min(out.find('/', scheme + 3), out.size());
    std::transform(
        out.begin(),
        out.begin() + static_cast<std::ptrdiff_t>(end),
        out.begin(),
        [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }
    );
    for (const auto& [name, port] : {std::pair("https", ":443"), std::pair("http", ":80")}) {
        const std::string_view host = std::string_view(out).substr(scheme + 3, end - scheme - 3);
        if (std::string_view(out).substr(0, scheme) == name && host.ends_with(port)) {
            const std::size_t size = std::string_view(port).size();
            out.erase(end - size, size);
            break;
        }
    }
    return out;
}

}  // namespace bn
