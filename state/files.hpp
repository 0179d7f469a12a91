// The store's files: permissions, file systems, safe creation, the lock of its writer. Private to
// state.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/descriptor.hpp"
#include "reconciler/model/error.hpp"

namespace bn::state {

// "NFS" and the like for a statfs(2) type whose locks and shared memory SQLite cannot trust.
std::optional<std::string_view> network_file_system(std::int64_t type);

// Creates `path` with mode 0600 when it is missing; throws StoreFault. Also refuses directories
// that are missing or lie on a network file system.
void prepare_store_file(const std::string& path, bool create);

// What of the permissions of `path` lets others in; empty: nothing, or no such file.
std::string open_to_others(const std::string& path);

std::uint64_t file_size(const std::string& path);  // 0 when it is not there

// What root makes there by hand stays the service's: a file of the store that it just made is given
// to whom its directory belongs. Another user's files are his anyway. False: errno says why not.
bool give_to_owner_of_directory(int file, const std::string& path);

// fsync of the directory that holds `path`, so that a new name survives a power cut.
void sync_directory_of(const std::string& path);

// One writer: an flock on a file beside the store, with the holder's pid and host inside. The
// kernel drops it when its process ends, however it ends; the file stays. Never waits; throws
// "store.locked", which names the process that holds it.
base::Descriptor lock_process(const std::string& path);

// "doing path: reason": refuses because of a failed system call with this errno.
[[noreturn]] void refuse_errno(
    std::string code,
    std::string_view doing,
    const std::string& path,
    int number,
    std::string remedy
);

}  // namespace bn::state
