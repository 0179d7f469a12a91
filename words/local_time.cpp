#include "words/local_time.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <ctime>

#include "words/catalogue.hpp"

namespace bn::words {
namespace {

// Where a time as `format_time` writes it begins; npos: nowhere. `length` becomes its length.
std::size_t find_time(std::string_view text, std::size_t from, std::size_t& length) {
    constexpr std::string_view kForm = "0000-00-00T00:00:00";
    const auto alike = [](char c, char form) {
        return form == '0' ? c >= '0' && c <= '9' : c == form;
    };
    for (; from + kForm.size() < text.size(); ++from) {
        const std::string_view here = text.substr(from, kForm.size());
        if (!std::ranges::equal(here, kForm, alike)) {
            continue;
        }
        constexpr std::size_t kEnd = 5;  // ".123Z"
        const std::size_t end = text.substr(from + kForm.size(), kEnd).find('Z');
        if (end == 0 || end == kEnd - 1) {
            length = kForm.size() + end + 1;
            return from;
        }
    }
    return std::string_view::npos;
}

// "--since ": a command's option, whose value stays what the command reads.
bool ends_with_option(std::string_view text) {
    if (text.empty() || (text.back() != ' ' && text.back() != '=')) {
        return false;
    }
    text.remove_suffix(1);
    const std::size_t blank = text.rfind(' ');
    return text.substr(blank == std::string_view::npos ? 0 : blank + 1).starts_with("--");
}

}  // namespace

std::string local_time(Time t) {
    // The C library knows TZ in all its forms, cctz those of the tz database.
    const std::time_t seconds =
        std::chrono::system_clock::to_time_t(std::chrono::floor<std::chrono::seconds>(t));
    std::tm local{};
    localtime_r(&seconds, &local);
    std::array<char, 64> text{};
    const std::size_t size =
        std::strftime(text.data(), text.size(), "%Y-%m-%d %H:%M:%S %z", &local);
    return std::string(text.data(), size).insert(size - 2, ":");
}

std::string with_local_times(std::string_view text) {
    std::string out;
    std::size_t length = 0;
    for (std::size_t at = find_time(text, 0, length); at != std::string_view::npos;
         at = find_time(text, 0, length)) {
        const auto time = parse_time(text.substr(at, length));
        out += text.substr(0, at);
        out += time && !ends_with_option(out) ? local_time(*time)
                                              : std::string(text.substr(at, length));
        text.remove_prefix(at + length);
    }
    return out.append(text);
}

std::string told(std::string_view text, Language language) {
    return with_local_times(in_language(text, language));
}

}  // namespace bn::words
