#include "controller/sys/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

#include <fmt/format.h>

#include "base/descriptor.hpp"
#include "base/file_kind.hpp"
#include "controller/sys/output.hpp"

namespace bn::controller {
namespace {

constexpr std::size_t kLargestSecret = 64u << 10;

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
            return tl::unexpected(Error(
                NextMove::kHuman,
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
            return tl::unexpected(Error(
                NextMove::kHuman,
                "file.size",
                fmt::format("{} is larger than {} bytes", path, limit),
                "check that this is the right file"
            ));
        }
    }
}

Error open_error(const std::string& path) {
    const int reason = errno;
    return Error(
        NextMove::kHuman,
        "file.open",
        fmt::format("cannot open {}: {}", path, std::strerror(reason)),
        reason == ENOENT ? "create it, or correct the path"
                         : "give the service's user the right to read it"
    );
}

// False: errno says why. Also on the disk.
bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno != EINTR) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(std::max<ssize_t>(n, 0)));
    }
    return ::fsync(fd) == 0;
}

void sync_folder(const std::filesystem::path& folder) {
    const Descriptor fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd.get() >= 0) {
        // Some file systems cannot sync a folder; the rename itself has been done.
        static_cast<void>(::fsync(fd.get()));
    }
}

Error not_a_file(const std::string& path, std::string_view kind) {
    return Error(
        NextMove::kHuman,
        "file.kind",
        fmt::format("{} is {}, no regular file", path, kind),
        std::string(base::kNameRegularFile)
    );
}

// Gives `beside` its name. What has the name by now is looked at once it is out of the way, and put
// back when it is no regular file: between a look and a rename anything may come.
Result<void> put_in_place(const std::string& beside, const std::string& path, bool& placed) {
    const auto rename_as = [&](unsigned how) {
        return ::renameat2(AT_FDCWD, beside.c_str(), AT_FDCWD, path.c_str(), how) == 0;
    };
    placed = rename_as(RENAME_NOREPLACE);
    if (placed) {
        return {};
    }
    if (errno == EEXIST && rename_as(RENAME_EXCHANGE)) {
        if (const std::string_view kind = base::not_to_be_written(beside); !kind.empty()) {
            rename_as(RENAME_EXCHANGE);
            return tl::unexpected(not_a_file(path, kind));
        }
        ::unlink(beside.c_str());
        placed = true;
        return {};
    }
    // A file system that cannot say how: the look before has to do.
    if (errno == EINVAL) {
        if (const std::string_view kind = base::not_to_be_written(path); !kind.empty()) {
            return tl::unexpected(not_a_file(path, kind));
        }
        placed = rename_as(0);
    }
    return {};
}

// Where nothing has the name yet.
Result<void> put_if_new(const std::string& beside, const std::string& path, bool& placed) {
    placed = ::link(beside.c_str(), path.c_str()) == 0;
    if (!placed && errno == EEXIST) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "file.exists",
            fmt::format("{} is there already, and was not replaced", path),
            "keep it, or replace it with --force: whoever has the former one is refused then"
        ));
    }
    if (placed) {
        ::unlink(beside.c_str());
    }
    return {};
}

// Root's secret that the service's group may read, as its folder's group is; else its owner's
// alone.
bool give_to_group_of_folder(int file, const std::string& path) {
    const auto folder = std::filesystem::path(path).parent_path();

    struct stat info {};

    if (::geteuid() != 0 || ::stat(folder.empty() ? "." : folder.c_str(), &info) != 0 ||
        info.st_gid == 0) {
        return ::fchmod(file, 0600) == 0;
    }
    return ::fchown(file, 0, info.st_gid) == 0 && ::fchmod(file, 0640) == 0;
}

// Writes all of it beside `path`, lets `own` set whose it is (false: errno says why not) and
// `place` give it its name.
Result<void> write_beside(
    const std::string& path, std::string_view text, const auto& own, const auto& place
) {
    const auto folder = std::filesystem::path(path).parent_path();
    std::string beside = path + ".XXXXXX";
    Descriptor file(::mkostemp(beside.data(), O_CLOEXEC));
    const bool created = file.is_open();
    Result<void> named;
    bool placed = false;
    if (created && own(file.get()) && write_all(file.get(), text) && file.close() == 0) {
        named = place(beside, path, placed);
    }
    const int reason = errno;
    if (placed) {
        sync_folder(folder.empty() ? "." : folder);
        return {};
    }
    if (created) {
        ::unlink(beside.c_str());
    }
    if (!named) {
        return named;
    }
    return tl::unexpected(Error(
        NextMove::kHuman,
        "file.write",
        fmt::format("cannot write {}: {}", path, std::strerror(reason)),
        "check the folder, its rights and free space"
    ));
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
        return tl::unexpected(Error(
            NextMove::kHuman,
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
        return tl::unexpected(Error(
            NextMove::kHuman,
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
    if (const std::string_view kind = base::not_to_be_written(path); !kind.empty()) {
        return tl::unexpected(not_a_file(path, kind));
    }
    const auto own = [mode](int file) { return ::fchmod(file, mode) == 0; };
    return write_beside(path, text, own, put_in_place);
}

Result<void> write_secret_file(const std::string& path, const Secret& secret, bool replace) {
    if (const std::string_view kind = base::not_to_be_written(path); !kind.empty()) {
        return tl::unexpected(not_a_file(path, kind));
    }
    const Secret line(std::string(secret.reveal()) + '\n');
    const auto own = [&path](int file) { return give_to_group_of_folder(file, path); };
    return write_beside(path, line.reveal(), own, replace ? put_in_place : put_if_new);
}

Result<void> write_output(const std::string& path, std::string_view text, unsigned mode) {
    if (path == "-") {
        write_to_output(text);
        return {};
    }
    return write_file_atomically(path, text, mode);
}

}  // namespace bn::controller
