#include "state/files.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
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

std::string read_holder(int fd) {
    std::array<char, 256> text{};
    const auto size = ::pread(fd, text.data(), text.size(), 0);
    std::string holder(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    while (!holder.empty() && holder.back() == '\n') {
        holder.pop_back();
    }
    return holder.empty() ? "an unknown process" : holder;
}

std::string host_name() {
    std::array<char, 256> name{};
    return ::gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data()) : "?";
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

void refuse_errno(
    std::string code,
    std::string_view doing,
    const std::string& path,
    int number,
    std::string remedy
) {
    refuse(
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
    const base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
    if (!file.is_open() || !give_to_owner_of_directory(file.get(), path)) {
        refuse_errno(
            "store.cannot_open",
            "cannot create the event store",
            path,
            errno,
            "give the service's user write permission on " + directory
        );
    }
    ::fchmod(file.get(), 0600);
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

bool give_to_owner_of_directory(int file, const std::string& path) {
    struct stat owner = {};
    struct stat own = {};
    if (::geteuid() != 0 || ::stat(directory_of(path).c_str(), &owner) != 0) {
        return true;
    }
    if (::fstat(file, &own) != 0) {
        return false;
    }
    if (own.st_nlink > 1) {  // it has another name, where it may be another's
        errno = EMLINK;
        return false;
    }
    return ::fchown(file, owner.st_uid, owner.st_gid) == 0;
}

void sync_directory_of(const std::string& path) {
    const base::Descriptor folder(
        ::open(directory_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    );
    ::fsync(folder.get());
}

base::Descriptor lock_process(const std::string& path) {
    // No link: root would write, and give away, whatever the folder's owner has it name.
    base::Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!file.is_open() || !give_to_owner_of_directory(file.get(), path)) {
        refuse_errno(
            "store.lock",
            "cannot open the lock file",
            path,
            errno,
            "give the service's user write permission on the directory"
        );
    }
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
        if (errno == EWOULDBLOCK) {
            refuse(
                "store.locked",
                fmt::format("{} is held by {}", path, read_holder(file.get())),
                "only one process may write to the store: stop that one first, or use the commands "
                "that only read"
            );
        }
        refuse_errno(
            "store.lock", "cannot lock", path, errno, "put the store on a local file system"
        );
    }
    const auto text = fmt::format("process {} on {}\n", ::getpid(), host_name());
    // For people only: the lock holds whether or not this can be written.
    if (::ftruncate(file.get(), 0) == 0) {
        [[maybe_unused]] const auto written = ::pwrite(file.get(), text.data(), text.size(), 0);
    }
    return file;
}

}  // namespace bn::state
