#include "controller/logging/journal.hpp"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>

#include <fmt/format.h>

#include "controller/sys/host.hpp"

namespace bn::controller {
namespace {

// KEY=value, or, of several lines, KEY, the size as 64 bits little-endian, and the value.
void append_field(std::string& entry, std::string_view key, std::string_view value) {
    entry += key;
    if (value.find('\n') == std::string_view::npos) {
        entry += '=';
    } else {
        entry += '\n';
        const std::uint64_t size = value.size();
        for (unsigned byte = 0; byte < 8; ++byte) {
            entry += static_cast<char>((size >> (8 * byte)) & 0xFFU);
        }
    }
    entry += value;
    entry += '\n';
}

// The journal takes capitals, digits and underscores only.
std::string journal_key(std::string_view key) {
    std::string name = "BILL_NEXTCLOUD_";
    for (const char c : key) {
        const bool small = c >= 'a' && c <= 'z';
        const bool taken = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        name += small ? static_cast<char>(c - 'a' + 'A') : taken ? c : '_';
    }
    return name;
}

// As it is shown: the journal hides a message with control characters altogether.
std::string shown_in_journal(std::string_view text) {
    constexpr std::size_t kLongest = 64u << 10;
    std::string out;
    for (const char c : text.substr(0, kLongest)) {
        const auto byte = static_cast<unsigned char>(c);
        const bool hidden = (byte < 0x20 && c != '\n' && c != '\t') || byte == 0x7f;
        out += hidden ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
    }
    return text.size() > kLongest ? out + " ..." : out;
}

}  // namespace

bool stderr_is_journal() {
    struct stat seen {};

    return ::fstat(STDERR_FILENO, &seen) == 0 &&
           environment("JOURNAL_STREAM") == fmt::format("{}:{}", seen.st_dev, seen.st_ino);
}

std::string journal_entry(
    int priority,
    std::string_view message,
    const std::vector<std::pair<std::string, std::string>>& fields
) {
    std::string entry = fmt::format("PRIORITY={}\nSYSLOG_IDENTIFIER=bill-nextcloud\n", priority);
    append_field(entry, "MESSAGE", shown_in_journal(message));
    for (const auto& [key, value] : fields) {
        append_field(entry, journal_key(key), shown_in_journal(value));
    }
    return entry;
}

JournalSocket::JournalSocket(std::string path)
    : path_(std::move(path)), socket_(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {}

bool JournalSocket::send(std::string_view entry) const {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path_.size() >= sizeof(address.sun_path)) {
        return false;
    }
    std::memcpy(static_cast<char*>(address.sun_path), path_.c_str(), path_.size() + 1);
    // Each time by its name: a journal that was started anew is another socket.
    ssize_t sent = -1;
    do {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        const auto* const to = reinterpret_cast<const sockaddr*>(&address);
        sent =
            ::sendto(socket_.get(), entry.data(), entry.size(), MSG_NOSIGNAL, to, sizeof(address));
    } while (sent < 0 && errno == EINTR);
    return sent == static_cast<ssize_t>(entry.size());
}

}  // namespace bn::controller
