#include "pmwebpay/payment_file.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <thread>
#include <utility>

#include "base/text.hpp"
#include "pmnextcloud/environment.hpp"

namespace bn::pmwebpay {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLargestMemory = std::size_t{64} << 10;
constexpr Duration kLockPause = std::chrono::milliseconds(10);

std::string folder_of(const std::string& root) {
    return root + "/var/pmwebpay";
}

std::string why(const std::string& what) {
    return what + ": " + std::strerror(errno);
}

// Of one that is not there: nothing. One that cannot be read is not taken for it.
tl::expected<std::string, std::string> text_of_file(const std::string& path) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!file.is_open() && errno != ENOENT) {
        return tl::unexpected(why("the payment's file cannot be read"));
    }
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t n = 0;
    while (file.is_open() && text.size() < kLargestMemory &&
           (n = ::read(file.get(), buffer.data(), buffer.size())) > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    if (n < 0) {
        return tl::unexpected(why("the payment's file cannot be read"));
    }
    return text;
}

// Whether the locked file is still the one of that name: another process may have removed it.
bool is_current(int fd, const std::string& path) {
    struct stat held {};

    struct stat named {};

    return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 &&
           held.st_ino == named.st_ino && held.st_dev == named.st_dev;
}

tl::expected<base::Descriptor, std::string> locked(const std::string& path, Duration limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)
        );
        if (!file.is_open()) {
            return tl::unexpected(why("the payment's file cannot be made"));
        }
        const bool held = ::flock(file.get(), LOCK_EX | LOCK_NB) == 0;
        if (held && is_current(file.get(), path)) {
            return file;
        }
        if (!held && errno != EWOULDBLOCK && errno != EINTR) {
            return tl::unexpected(why("the payment's file cannot be locked"));
        }
        if (std::chrono::steady_clock::now() >= end) {
            return tl::unexpected(std::string("another process is busy with this payment"));
        }
        std::this_thread::sleep_for(kLockPause);
    }
}

void add_line(std::string& text, std::string_view name, std::string_view value) {
    if (!value.empty()) {
        text.append(name).append(" ").append(base::one_line(std::string(value))).append("\n");
    }
}

}  // namespace

Memory read_memory(std::string_view text) {
    Memory memory;
    while (!text.empty()) {
        const std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t blank = std::min(line.find(' '), line.size());
        const std::string_view name = line.substr(0, blank);
        const std::string value(line.substr(std::min(blank + 1, line.size())));
        const auto number = base::whole_number<std::int64_t>(value).value_or(0);
        for (const auto& [list, all] :
             {std::pair("order", &memory.orders),
              std::pair("hint", &memory.hints),
              std::pair("told", &memory.told),
              std::pair("said", &memory.said)}) {
            if (name == list) {
                all->push_back(value);
            }
        }
        for (const auto& [field, one] :
             {std::pair("page", &memory.page),
              std::pair("paying", &memory.paying),
              std::pair("settled", &memory.settled)}) {
            if (name == field) {
                *one = value;
            }
        }
        memory.paying_since = name == "paying_since" ? number : memory.paying_since;
        memory.begun = name == "begun" ? number : memory.begun;
    }
    return memory;
}

std::string write_memory(const Memory& memory) {
    std::string text;
    add_line(text, "page", memory.page);
    add_line(text, "begun", std::to_string(memory.begun));
    for (const auto& [name, all] :
         {std::pair("order", &memory.orders),
          std::pair("hint", &memory.hints),
          std::pair("told", &memory.told),
          std::pair("said", &memory.said)}) {
        for (const std::string& value : *all) {
            add_line(text, name, value);
        }
    }
    add_line(text, "paying", memory.paying);
    add_line(text, "paying_since", std::to_string(memory.paying_since));
    add_line(text, "settled", memory.settled);
    return text;
}

std::int64_t seconds_now() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return std::chrono::duration_cast<std::chrono::seconds>(now).count();
}

void remember_hint(Memory& memory, const std::string& transaction) {
    std::vector<std::string>& hints = memory.hints;
    if (std::ranges::find(hints, transaction) != hints.end()) {
        return;
    }
    if (hints.size() >= kMostHints) {
        hints.erase(hints.begin());
    }
    hints.push_back(transaction);
}

tl::expected<PaymentFile, std::string> PaymentFile::open(
    const std::string& root, std::uint32_t payment, bool make, Duration limit
) {
    const std::string path = folder_of(root) + "/" + std::to_string(payment);
    if (!make && ::access(path.c_str(), F_OK) != 0) {
        return tl::unexpected(std::string());
    }
    if (::mkdir(folder_of(root).c_str(), 0700) != 0 && errno != EEXIST) {
        return tl::unexpected(why("the payment's file cannot be made"));
    }
    auto lock = locked(path + ".lock", limit);
    if (!lock) {
        return tl::unexpected(lock.error());
    }
    const auto text = text_of_file(path);
    if (!text) {
        return tl::unexpected(text.error());
    }
    PaymentFile file(path, std::move(*lock));
    file.memory = read_memory(*text);
    return file;
}

bool PaymentFile::save() const {
    const std::string fresh = path_ + ".new";
    base::Descriptor file(
        ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600)
    );
    if (!file.is_open() || !pmnextcloud::write_all(file.get(), write_memory(memory)) ||
        ::fsync(file.get()) != 0 || file.close() != 0 ||
        ::rename(fresh.c_str(), path_.c_str()) != 0) {
        return false;
    }
    const base::Descriptor folder(
        ::open(path_.substr(0, path_.rfind('/')).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    );
    return ::fsync(folder.get()) == 0;
}

void PaymentFile::remove() const {
    ::unlink(path_.c_str());
    ::unlink((path_ + ".lock").c_str());
}

std::vector<std::uint32_t> known_payments(const std::string& root) {
    std::vector<std::uint32_t> found;
    std::error_code error;
    for (fs::directory_iterator it(folder_of(root), error), end; !error && it != end;
         it.increment(error)) {
        if (const auto id = base::whole_number<std::uint32_t>(it->path().filename().string())) {
            found.push_back(*id);
        }
    }
    std::ranges::sort(found);
    return found;
}

}  // namespace bn::pmwebpay
