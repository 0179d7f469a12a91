// Text from and for the panel: always valid UTF-8, never with a secret in it. Pure.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/secret.hpp"

namespace bn::bm_writer {

// `bytes` as UTF-8 that XML 1.0 and JSON may carry: what is not valid UTF-8, and characters that
// XML forbids (control characters but tab, line feed and carriage return; U+FFFE, U+FFFF), become
// U+FFFD. Valid text comes back unchanged.
std::string clean_utf8(std::string_view bytes);

// At most `most` bytes of `text`, cut between two characters, with "..." where it was cut.
std::string shortened(std::string_view text, std::size_t most);

// As a form carries it: letters, digits and "-._~" stand for themselves, all else is %XX.
std::string percent_encoded(std::string_view text);

// `text` without the secrets of a call, however they are spelled in it: plain, percent-encoded or
// with XML entities.
std::string without_secrets(
    std::string text, const std::vector<std::pair<std::string, Secret>>& secrets
);

// The name of a parameter ("userpassword", "param_pm_name") or a function ("service.postopen"):
// letters, digits, "_", "-" and ".", beginning with a letter or "_", at most 128.
bool valid_name(std::string_view name);

}  // namespace bn::bm_writer
