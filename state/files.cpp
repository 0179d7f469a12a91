#include "state/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "state/db.hpp"

namespace bn::state {

namespace {

std::string directory_of(const std::string& path) {
    auto parent = std::filesystem::path(path).parent_path().string();
    return parent.empty() ? "." : parent;
}

void refuse_network(const std::string& directory, const std::string& path) {
    struct statfs info = {};
    if (::statfs(directory.c_str(), &info) != 0) {
        return;
    }
    if (const auto name = network_file_system(info.f_type)) {
        refuse(
            "store.network",
            fmt::format(
                "the event store {} lies on {}, where locks cannot be trusted", path, *name
            ),
            "put it on a local disk (ext4, xfs, btrfs, zfs)"
        );
    }
}

}  // namespace

std::optional<std::string_view> network_file_system(std::int64_t type) {
    static constexpr std::pair<std::uint32_t, std::string_view> kNames[] = {
        {0x6969U, "NFS"},
        {0xff534d42U, "SMB/CIFS"},
        {0xfe534d42U, "SMB/CIFS"},
        {0x517bU, "SMB/CIFS"},
        {0x5346414fU, "AFS"},
        {0x01021997U, "9p"},
        {0x00c36400U, "CephFS"},
    };
    for (const auto& [known, name] : kNames) {
        if (known == static_cast<std::uint32_t>(type)) {
            return name;
        }
    }
    return std::nullopt;
}

Error explain_errno(
    std::string code,
    std::string_view doing,
    const std::string& path,
    int number,
    std::string remedy
) {
    return Error(
        Concern::kStore,
        NextMove::kHuman,
        std::move(code),
        fmt::format("{} {}: {}", doing, path, std::generic_category().message(number)),
        std::move(remedy)
    );
}

void prepare_store_file(const std::string& path, bool create) {
    const auto directory = directory_of(path);
    struct stat info = {};
    if (::stat(directory.c_str(), &info) != 0 || !S_ISDIR(info.st_mode)) {
        refuse(
            "store.no_directory",
            fmt::format("the directory {} of the event store does not exist", directory),
            fmt::format("create it: install -d -m 0700 {}", directory)
        );
    }
    refuse_network(directory, path);
    if (::stat(path.c_str(), &info) == 0) {
        if (!S_ISREG(info.st_mode)) {
            refuse("store.not_a_file", path + " is not a file", "name another path");
        }
        return;
    }
    if (!create) {
        refuse(
            "store.missing",
            fmt::format("there is no event store at {}", path),
            "check the path in the configuration; `serve` and `apply` create the store"
        );
    }
    // SQLite gives its companion files the mode of the database.
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0) {
        throw StoreFault(explain_errno(
            "store.cannot_open",
            "cannot create the event store",
            path,
            errno,
            "give the service's user write permission on " + directory
        ));
    }
    ::fchmod(fd, 0600);
    ::close(fd);
    sync_directory_of(path);
}

std::string open_to_others(const std::string& path) {
    struct stat info = {};
    if (::stat(path.c_str(), &info) != 0 || (info.st_mode & 077U) == 0) {
        return {};
    }
    return fmt::format(
        "{} has mode {:04o}: other users may get at it", path, info.st_mode & 07777U
    );
}

std::uint64_t file_size(const std::string& path) {
    struct stat info = {};
    return ::stat(path.c_str(), &info) == 0 ? static_cast<std::uint64_t>(info.st_size) : 0;
}

void sync_directory_of(const std::string& path) {
    const int fd = ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        ::fsync(fd);
        ::close(fd);
    }
}

}  // namespace bn::state
