#include "base/file_kind.hpp"

#include <sys/stat.h>
#include <unistd.h>

namespace bn::base {

namespace {

using Look = int(const char*, struct stat*);

std::string_view no_regular_file(const std::string& path, Look* look) {
    struct stat info {};

    if (look(path.c_str(), &info) != 0) {
        return {};  // what else may be wrong is said by whoever opens it
    }
    switch (info.st_mode & S_IFMT) {
        case S_IFREG:
            return {};
        case S_IFLNK:
            return "a symbolic link";
        case S_IFDIR:
            return "a folder";
        case S_IFIFO:
            return "a pipe";
        case S_IFSOCK:
            return "a socket";
        default:
            return "a device";
    }
}

}  // namespace

std::string_view not_to_be_written(const std::string& path) {
    return no_regular_file(path, ::lstat);
}

std::string_view not_to_be_added_to(const std::string& path) {
    struct stat link {};

    // Root adds nothing to what a user without rights has a link name.
    if (::lstat(path.c_str(), &link) == 0 && S_ISLNK(link.st_mode) && link.st_uid != 0 &&
        link.st_uid != ::geteuid()) {
        return "a symbolic link of another user";
    }
    return no_regular_file(path, ::stat);
}

}  // namespace bn::base
