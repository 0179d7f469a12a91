#include "pmnextcloud/log.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <ctime>

#include "pmnextcloud/args.hpp"

namespace bn::pmnextcloud {
namespace {

constexpr std::size_t kLongestText = 4000;

std::string now_text() {
    const std::time_t now = std::time(nullptr);
    std::tm local{};
    ::localtime_r(&now, &local);
    std::array<char, 64> text{};
    const std::size_t size = std::strftime(text.data(), text.size(), "%b %e %H:%M:%S", &local);
    return {text.data(), size};
}

// One line stays one line, whatever is in it.
std::string one_line(std::string_view text) {
    std::string line(text.substr(0, kLongestText));
    for (char& c : line) {
        const auto code = static_cast<unsigned char>(c);
        c = code < 0x20 || code == 0x7F ? ' ' : c;
    }
    return line;
}

}  // namespace

int log_level(std::string_view debug_conf, std::string_view program) {
    int level = kInfo;
    while (!debug_conf.empty()) {
        const std::size_t end = debug_conf.find('\n');
        const std::string_view line = debug_conf.substr(0, end);
        debug_conf.remove_prefix(end == std::string_view::npos ? debug_conf.size() : end + 1);
        const std::size_t blank = line.find_first_of(" \t");
        if (blank == std::string_view::npos || line.substr(0, blank) != program) {
            continue;
        }
        if (const auto number = parse_id(line.substr(blank)); number && *number <= 9) {
            level = static_cast<int>(*number);
        }
    }
    return level;
}

Log::Log(std::string path, std::string program, int level)
    : path_(std::move(path)), program_(std::move(program)), level_(level) {}

void Log::write(int level, std::string_view name, std::string_view text) const {
    if (path_.empty() || level > level_) {
        return;
    }
    constexpr int kFlags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK;
    const int fd = ::open(path_.c_str(), kFlags, 0640);
    if (fd < 0) {
        return;
    }
    const std::string line = now_text() + " [" + std::to_string(::getpid()) + ":1] " + program_ +
                             " " + std::string(name) + " " + one_line(text) + "\n";
    [[maybe_unused]] const ssize_t written = ::write(fd, line.data(), line.size());
    ::close(fd);
}

}  // namespace bn::pmnextcloud
