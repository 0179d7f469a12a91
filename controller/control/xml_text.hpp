// Text from outside, as the content of an XML element. Pure; usable from any thread.
#pragma once

#include <string>
#include <string_view>

namespace bn::controller {

// Control characters, which XML has no way to write, are left out.
inline std::string xml_text(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (const char c : text) {
        switch (c) {
            case '&':
                out += "&amp;";
                break;
            case '<':
                out += "&lt;";
                break;
            case '>':
                out += "&gt;";
                break;
            case '"':
                out += "&quot;";
                break;
            default:
                if (static_cast<unsigned char>(c) >= 0x20 && c != '\x7f') {
                    out += c;
                }
        }
    }
    return out;
}

}  // namespace bn::controller
