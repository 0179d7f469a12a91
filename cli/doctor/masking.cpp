#include <algorithm>
#include <regex>
#include <utility>

#include "cli/doctor/doctor.hpp"

namespace bn::cli {

namespace {

using Flag = std::regex_constants::syntax_option_type;

struct Hidden {
    std::regex looks_like;
    const char* becomes;
};

}  // namespace

std::string without_secrets(std::string_view text) {
    constexpr Flag kHow = std::regex::ECMAScript | std::regex::icase | std::regex::optimize;
    static const Hidden kHidden[] = {
        {std::regex(R"(://[^/\s:@"]*:[^/\s@"]+@)", kHow), "://********@"},
        {std::regex(R"(\b((?:basic|bearer|token)\s+)[A-Za-z0-9+/=._~-]{8,})", kHow), "$1********"},
        {std::regex(
             R"(((?:(?:\b|_)(?:password|passwd|secret|token|api_?key)|\b(?:pass|auth|key|sid))["']?\s*[=:]\s*["']?)[^\s&"',;}]{4,})",
             kHow
         ),
         "$1********"},
        {std::regex(R"([A-Za-z0-9._%+-]+@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+)", kHow), "(e-mail)"},
    };
    // Line by line: an expression that has to look at a whole bundle runs out of stack.
    std::string out;
    bool in_key = false;
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string line(text.substr(0, end));
        text.remove_prefix(std::min(end + 1, text.size()));
        const bool key_begins = line.find("-----BEGIN ") != std::string::npos;
        in_key = in_key || key_begins;
        if (in_key) {
            in_key = line.find("-----END ") == std::string::npos;
            out += key_begins ? "********\n" : "";
            continue;
        }
        constexpr std::size_t kLongest = 2000;  // a long line in parts, at blanks
        std::string masked;
        for (std::string_view rest = line; !rest.empty();) {
            std::size_t size = std::min(rest.size(), kLongest);
            if (size < rest.size()) {
                const std::size_t blank = rest.rfind(' ', size);
                size = blank == std::string_view::npos || blank == 0 ? size : blank;
            }
            std::string part(rest.substr(0, size));
            for (const auto& [looks_like, becomes] : kHidden) {
                part = std::regex_replace(part, looks_like, becomes);
            }
            masked += part;
            rest.remove_prefix(size);
        }
        out += masked + "\n";
    }
    return out;
}

}  // namespace bn::cli
