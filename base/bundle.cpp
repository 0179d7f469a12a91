#include "base/bundle.hpp"

#include <dlfcn.h>

#include <openssl/crypto.h>

namespace bn::base {

std::string folder_of_library(const void* part) {
    Dl_info found{};
    if (::dladdr(part, &found) == 0 || found.dli_fname == nullptr) {
        return {};
    }
    const std::string_view path(found.dli_fname);
    const std::size_t slash = path.rfind('/');
    return std::string(path.substr(0, slash == std::string_view::npos ? 0 : slash));
}

std::string mariadb_plugins(std::string_view folder_of_libmariadb) {
    return folder_of_libmariadb == kBundleLibraries
               ? std::string(folder_of_libmariadb) + "/libmariadb3/plugin"
               : std::string();
}

void keep_to_own_files() {
    // A text of the library: it lies where the library does.
    if (folder_of_library(OpenSSL_version(OPENSSL_VERSION)) == kBundleLibraries) {
        OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG, nullptr);
    }
}

}  // namespace bn::base
