// Whose shared libraries the program runs with: the host's, or its own, of the bundle in
// /opt/bill-nextcloud (ADR 36). Own libraries were made for another system than the host: what they
// would read of it by their own choice, and could misunderstand, they are kept from. Any thread,
// but for keep_to_own_files().
#pragma once

#include <string>
#include <string_view>

namespace bn::base {

// The bundle's programs name their loader by its path: the folder is always this one.
inline constexpr std::string_view kBundleLibraries = "/opt/bill-nextcloud/lib";

// The folder of the library that has this code or data of a library, as the loader found it; empty:
// not known.
[[nodiscard]] std::string folder_of_library(const void* part);

// Where libmariadb is to look for its plugins (ways to log in): beside itself in the bundle, empty
// for its own choice.
[[nodiscard]] std::string mariadb_plugins(std::string_view folder_of_libmariadb);

// In the bundle, OpenSSL reads no openssl.cnf of the host, not even the one that OPENSSL_CONF
// names: it may ask for modules of another version. Before anything else of OpenSSL, and before
// there are threads.
void keep_to_own_files();

}  // namespace bn::base
