#include "cli/screen/charset.hpp"

#include <iconv.h>
#include <langinfo.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <clocale>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <type_traits>
#include <utility>

#include "base/text.hpp"

namespace bn::cli {
namespace {

constexpr const char* kUtf8 = "UTF-8";

bool is_utf8(std::string_view charset) {
    std::string letters;
    for (const char c : charset) {
        if (c != '-') {
            letters += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
        }
    }
    return letters == "utf8";
}

constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kSpelt{
    {{"→", "->"},
     {"…", "..."},
     {"—", "-"},
     {"–", "-"},
     {"«", "\""},
     {"»", "\""},
     {"“", "\""},
     {"”", "\""},
     {"’", "'"},
     {"№", "No."}}};

std::string_view spelt(std::string_view character) {
    const auto* const found =
        std::ranges::find(kSpelt, character, [](const auto& row) { return row.first; });
    return found == kSpelt.end() ? "?" : found->second;
}

struct CloseIconv {
    void operator()(void* converter) const { iconv_close(converter); }
};

using Converter = std::unique_ptr<std::remove_pointer_t<iconv_t>, CloseIconv>;

// Null where the charset is UTF-8 or not known.
Converter converter_to(const std::string& charset) {
    if (is_utf8(charset)) {
        return nullptr;
    }
    void* const made = iconv_open(charset.c_str(), kUtf8);
    // NOLINTNEXTLINE(performance-no-int-to-ptr,cppcoreguidelines-pro-type-reinterpret-cast)
    void* const failed = reinterpret_cast<void*>(-1);
    return Converter(made == failed ? nullptr : made);
}

// Turns the beginning of `text` that is whole characters; what is left of it stays there.
std::string turned(iconv_t converter, std::string& text) {
    std::string out;
    std::array<char, 4096> block{};
    char* from = text.data();
    std::size_t left = text.size();
    while (left > 0) {
        char* to = block.data();
        std::size_t room = block.size();
        const std::size_t done = iconv(converter, &from, &left, &to, &room);
        const int why = errno;
        out.append(block.data(), to);
        if (done != static_cast<std::size_t>(-1) || why == E2BIG) {
            continue;
        }
        if (why == EINVAL) {
            break;  // the rest of the character comes with the next piece
        }
        const std::size_t length =
            std::max<std::size_t>(base::character_length(std::string_view(from, left)), 1);
        out += spelt(std::string_view(from, length));
        from += length;
        left -= length;
    }
    text.erase(0, text.size() - left);
    return out;
}

// One of the standard streams: writes to its descriptor.
struct Voice {
    int descriptor;
    Converter converter;
    std::string rest;
};

ssize_t write_turned(void* cookie, const char* text, std::size_t size) {
    auto& voice = *static_cast<Voice*>(cookie);
    voice.rest.append(text, size);
    const std::string bytes = turned(voice.converter.get(), voice.rest);
    std::size_t done = 0;
    while (done < bytes.size()) {
        const ssize_t n = ::write(voice.descriptor, bytes.data() + done, bytes.size() - done);
        if (n < 0 && errno != EINTR) {
            return 0;
        }
        done += n < 0 ? 0U : static_cast<std::size_t>(n);
    }
    return static_cast<ssize_t>(size);
}

int close_voice(void* cookie) {
    const std::unique_ptr<Voice> voice(static_cast<Voice*>(cookie));
    return ::close(voice->descriptor);  // may say that a disk is full
}

void replace(FILE*& stream, int descriptor, const std::string& charset, int buffering) {
    Converter converter = converter_to(charset);
    if (!converter) {
        return;
    }
    std::fflush(stream);
    auto voice = std::make_unique<Voice>(Voice{descriptor, std::move(converter), {}});
    cookie_io_functions_t functions{};
    functions.write = write_turned;
    functions.close = close_voice;
    if (FILE* const made = fopencookie(voice.get(), "w", functions)) {
        static_cast<void>(voice.release());
        std::setvbuf(made, nullptr, buffering, BUFSIZ);
        stream = made;
    }
}

}  // namespace

std::string charset_of_environment() {
    std::string name;
    for (const char* variable : {"LC_ALL", "LC_CTYPE", "LANG"}) {
        if (const char* value = std::getenv(variable); value != nullptr && *value != '\0') {
            name = value;
            break;
        }
    }
    const std::size_t dot = name.find('.');
    const std::string_view language = std::string_view(name).substr(0, dot);
    if (language.empty() || language == "C" || language == "POSIX") {
        return kUtf8;
    }
    if (dot != std::string::npos) {
        return name.substr(dot + 1, name.find('@', dot) - dot - 1);
    }
    const locale_t locale = newlocale(LC_CTYPE_MASK, name.c_str(), nullptr);
    if (locale == nullptr) {
        return kUtf8;
    }
    std::string charset = nl_langinfo_l(CODESET, locale);
    freelocale(locale);
    return charset;
}

std::string in_charset(std::string_view text, const std::string& charset) {
    const Converter converter = converter_to(charset);
    if (!converter) {
        return std::string(text);
    }
    std::string rest(text);
    std::string out = turned(converter.get(), rest);
    return out + std::string(rest.empty() ? "" : "?");  // a character that is cut off
}

void speak_in_charset_of_environment(bool output) {
    const std::string charset = charset_of_environment();
    if (output) {
        replace(stdout, STDOUT_FILENO, charset, isatty(STDOUT_FILENO) != 0 ? _IOLBF : _IOFBF);
    }
    replace(stderr, STDERR_FILENO, charset, _IOLBF);
}

}  // namespace bn::cli
