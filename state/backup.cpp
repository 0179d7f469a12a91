#include "state/backup.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include <fmt/format.h>
#include <sodium.h>

#include "base/descriptor.hpp"
#include "base/file_kind.hpp"
#include "state/files.hpp"
#include "state/proof.hpp"
#include "state/verify.hpp"

namespace bn::state {

namespace {

constexpr const char* kMayWriteThere =
    "name a folder that this user may write in, with enough free space (df -h)";

// A link is not followed, and only a regular file is ever replaced.
void refuse_kind(const std::string& path) {
    if (const std::string_view kind = base::not_to_be_written(path); !kind.empty()) {
        refuse(
            "store.file_kind",
            fmt::format("{} is {}, no regular file", path, kind),
            std::string(base::kNameRegularFile)
        );
    }
}

}  // namespace

PartFile::PartFile(const std::string& path)
    : path_(path), part_(fmt::format("{}.part-{}-{:08x}", path, ::getpid(), randombytes_random())) {
    refuse_kind(path);
    const base::Descriptor file(
        ::open(part_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600)
    );
    if (!file.is_open()) {
        refuse_errno("store.file", "cannot create", part_, errno, kMayWriteThere);
    }
    ::fchmod(file.get(), 0600);
}

PartFile::~PartFile() {
    if (!placed_) {
        ::unlink(part_.c_str());
    }
}

void PartFile::give_to_owner_of(const std::string& other) const {
    struct stat info = {};
    if (::stat(other.c_str(), &info) == 0 && info.st_uid != ::geteuid() &&
        ::chown(part_.c_str(), info.st_uid, info.st_gid) != 0) {
        refuse_errno("store.file", "cannot give away", part_, errno, "run it as root");
    }
}

void PartFile::make_durable() const {
    const base::Descriptor file(::open(part_.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.is_open() || ::fsync(file.get()) != 0) {
        refuse_errno("store.file", "cannot write", part_, errno, kMayWriteThere);
    }
}

void PartFile::exchange(const std::string& kept) {
    make_durable();
    refuse_kind(path_);
    if (::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_EXCHANGE) == 0) {
        placed_ = true;
        sync_directory_of(path_);
        if (::rename(part_.c_str(), kept.c_str()) != 0) {
            refuse_errno("store.file", "cannot name", kept, errno, "it lies at " + part_);
        }
    } else {
        // A file system that cannot: for a moment there is no store, which its anchor knows.
        if (::rename(path_.c_str(), kept.c_str()) != 0 ||
            ::rename(part_.c_str(), path_.c_str()) != 0) {
            refuse_errno("store.file", "cannot name", path_, errno, kMayWriteThere);
        }
        placed_ = true;
    }
    sync_directory_of(path_);
}

void PartFile::put_in_place(bool replace) {
    make_durable();
    refuse_kind(path_);
    bool placed = false;
    if (!replace) {
        placed =
            ::renameat2(AT_FDCWD, part_.c_str(), AT_FDCWD, path_.c_str(), RENAME_NOREPLACE) == 0;
        // Not every file system can say "unless it is there".
        if (!placed && errno != EINVAL) {
            refuse_existing(path_);
            refuse_errno("store.file", "cannot name", path_, errno, kMayWriteThere);
        }
    }
    if (!placed && ::rename(part_.c_str(), path_.c_str()) != 0) {
        refuse_errno("store.file", "cannot name", path_, errno, kMayWriteThere);
    }
    placed_ = true;
    sync_directory_of(path_);
}

void refuse_existing(const std::string& path) {
    struct stat info = {};
    if (::lstat(path.c_str(), &info) == 0) {
        refuse(
            "store.file_exists",
            path + " is there already",
            "name another file, or say --force to replace it"
        );
    }
}

void copy_store(const std::string& store, const std::string& empty_file) {
    Connection from(store, Connection::Mode::kReadOnly);
    from.run("PRAGMA query_only=OFF"
    );  // SQLite counts the copy; the store itself is open read-only
    Statement copy(from, "VACUUM INTO ?1");
    copy.run(std::string_view(empty_file));
}

VerifyReport back_up(
    const std::string& store, const std::string& key_file, const std::string& file, bool replace
) {
    refuse_kind(file);
    if (!replace) {
        refuse_existing(file);
    }
    PartFile part(file);
    copy_store(store, part.path());
    VerifyReport proof;
    {
        Connection copy(part.path(), Connection::Mode::kReadOnly);
        proof = verify_store(copy, key_file, VerifyOptions());
    }
    if (!proof.good()) {
        throw StoreFault(bad_store(store, proof.faults.front()));
    }
    part.put_in_place(replace);
    return proof;
}

}  // namespace bn::state
