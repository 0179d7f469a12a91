#include "controller/sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/descriptor.hpp"

namespace bn::controller {
namespace {

constexpr std::size_t kLargestSecret = 64u << 10;

Error file_error(std::string code, std::string what, std::string remedy) {
    return Error(NextMove::kHuman, std::move(code), std::move(what), std::move(remedy));
}

using base::Descriptor;

Result<std::string> read_all(const Descriptor& file, const std::string& path, std::size_t limit) {
    std::string text;
    std::array<char, 16384> block{};
    while (true) {
        const ssize_t n = ::read(file.get(), block.data(), block.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return tl::unexpected(file_error(
                "file.read",
                fmt::format("cannot read {}: {}", path, std::strerror(errno)),
                "look at the file and its disk"
            ));
        }
        if (n == 0) {
            return text;
        }
        text.append(block.data(), static_cast<std::size_t>(n));
        if (text.size() > limit) {
            return tl::unexpected(file_error(
                "file.size",
                fmt::format("{} is larger than {} bytes", path, limit),
                "check that this is the right file"
            ));
        }
    }
}

Error open_error(const std::string& path) {
    const int reason = errno;
    return file_error(
        "file.open",
        fmt::format("cannot open {}: {}", path, std::strerror(reason)),
        reason == ENOENT ? "create it, or correct the path"
                         : "give the service's user the right to read it"
    );
}

// What failed, or 0.
int write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n < 0) {
            return errno;
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return ::fsync(fd) == 0 ? 0 : errno;
}

void sync_folder(const std::filesystem::path& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() >= 0) {
        // Some file systems cannot sync a folder; the rename itself has been done.
        static_cast<void>(::fsync(fd.get()));
    }
}

}  // namespace

Result<Secret> read_secret_file(const std::string& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return tl::unexpected(open_error(path));
    }

    struct stat info {};

    if (::fstat(file.get(), &info) != 0) {
        return tl::unexpected(open_error(path));
    }
    if ((info.st_mode & 07u) != 0) {
        return tl::unexpected(file_error(
            "file.mode",
            fmt::format("{} holds a secret and is open to all users of this host", path),
            fmt::format("chmod 600 {}", path)
        ));
    }
    auto text = read_all(file, path, kLargestSecret);
    if (!text) {
        return tl::unexpected(std::move(text.error()));
    }
    const Secret whole(std::move(*text));
    const std::string_view first = whole.reveal().substr(0, whole.reveal().find_first_of("\r\n"));
    if (first.empty()) {
        return tl::unexpected(file_error(
            "file.empty",
            fmt::format("the first line of {} is empty", path),
            "write the secret into the first line"
        ));
    }
    return Secret(std::string(first));
}

Result<std::string> read_file(const std::string& path, std::size_t limit) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.get() < 0) {
        return tl::unexpected(open_error(path));
    }
    return read_all(file, path, limit);
}

Result<void> write_file_atomically(const std::string& path, std::string_view text, unsigned mode) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::string beside = path + ".XXXXXX";
    Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));
    int reason = file.get() < 0 ? errno : 0;
    const bool created = reason == 0;
    if (reason == 0 && ::fchmod(file.get(), mode) != 0) {
        reason = errno;
    }
    if (reason == 0) {
        reason = write_all(file.get(), text);
    }
    if (reason == 0 && file.close() != 0) {
        reason = errno;
    }
    if (reason == 0 && ::rename(beside.c_str(), path.c_str()) != 0) {
        reason = errno;
    }
    if (reason == 0) {
        sync_folder(folder.empty() ? "." : folder);
        return {};
    }
    if (created) {
        ::unlink(beside.c_str());
    }
    return tl::unexpected(file_error(
        "file.write",
        fmt::format("cannot write {}: {}", path, std::strerror(reason)),
        "check the folder, its rights and free space"
    ));
}

}  // namespace bn::controller
