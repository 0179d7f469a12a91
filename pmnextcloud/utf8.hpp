// Texts from anywhere, made fit for an XML document. Pure.
#pragma once

#include <string>
#include <string_view>

namespace bn::pmnextcloud {

// Valid UTF-8 of characters that XML 1.0 allows.
bool is_xml_text(std::string_view text);

// The same text where that holds; U+FFFD in place of every byte or character that is not allowed.
std::string to_xml_text(std::string_view text);

}  // namespace bn::pmnextcloud
