// What follows from whose libraries the program runs with.
#include "base/bundle.hpp"

#include <gtest/gtest.h>
#include <openssl/crypto.h>

namespace bn::base::bundle_test {
namespace {

TEST(Bundle, IsKnownByTheFolderOfItsLibraries) {
    EXPECT_EQ(
        mariadb_plugins("/opt/bill-nextcloud/lib"), "/opt/bill-nextcloud/lib/libmariadb3/plugin"
    );
    for (const char* host :
         {"", "/lib/x86_64-linux-gnu", "/usr/lib64", "/opt/bill-nextcloud", "/opt/other/lib"}) {
        EXPECT_EQ(mariadb_plugins(host), "") << host;
    }
}

TEST(Bundle, FolderOfALibraryIsWhereTheLoaderFoundIt) {
    const std::string folder = folder_of_library(OpenSSL_version(OPENSSL_VERSION));
    EXPECT_TRUE(folder.starts_with("/") && folder.find("/lib") != std::string::npos) << folder;
    EXPECT_EQ(folder_of_library(nullptr), "");
}

}  // namespace
}  // namespace bn::base::bundle_test
