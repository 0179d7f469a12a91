// Texts from anywhere, made fit for UTF-8, XML and URLs. Pure; usable from any thread.
#pragma once

#include <charconv>
#include <concepts>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace bn::base {

constexpr bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

// Nothing is in `text` but these and the characters of `others`.
bool only_letters_digits_and(std::string_view others, std::string_view text);

// Every `place` in `text` becomes `with`, which is not looked at again.
void replace_all(std::string& text, std::string_view place, std::string_view with);

// Bytes of the UTF-8 character at the front of `text`; 0: none begins there.
std::size_t character_length(std::string_view text);

bool valid_utf8(std::string_view text);

// Valid UTF-8 of characters that XML 1.0 allows: no control characters but tab, line feed and
// carriage return; not U+FFFE and U+FFFF.
bool is_xml_text(std::string_view text);

// The same text where that holds; U+FFFD in place of every byte or character that is not allowed.
// JSON may carry it as well.
std::string clean_utf8(std::string_view bytes);

// At most `most` bytes of `text`, cut between two characters, with "..." where it was cut.
std::string shortened(std::string_view text, std::size_t most);

// `text` in one line: line ends and tabs become blanks.
std::string one_line(std::string text);

// Without blanks, tabs and line ends on both sides.
std::string_view trim(std::string_view text);

// A to Z become a to z; all other bytes stay.
std::string lower_ascii(std::string_view text);

// All of `text` as a number, without blanks and signs of plus; nothing when it is none, or too
// large.
template <std::integral T>
std::optional<T> whole_number(std::string_view text) {
    T number{};
    const char* end = text.data() + text.size();
    const auto [stop, error] = std::from_chars(text.data(), end, number);
    return error == std::errc() && stop == end ? std::optional(number) : std::nullopt;
}

// As the content of an element or of an attribute in double quotes.
std::string xml_escaped(std::string_view text);

enum class Hex { kUpper, kLower };

// Letters, digits and "-._~" stand for themselves, all else is %XX: for paths, queries and forms.
// The buffer is never moved while it grows: the caller may wipe it.
std::string percent_encoded(std::string_view text, Hex hex = Hex::kUpper);

// "name=value&name=value", the values encoded: the body of a form. Secrets may be in it, so it is
// wiped.
class Form {
  public:
    Form() = default;
    ~Form();
    Form(const Form&) = delete;
    Form& operator=(const Form&) = delete;

    void add(std::string_view name, std::string_view value);

    [[nodiscard]] const std::string& text() const { return text_; }

  private:
    std::string text_;
};

}  // namespace bn::base
