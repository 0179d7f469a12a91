// Whom the host trusts, where nobody says it.
#include "base/curl.hpp"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace bn::base::curl_test {
namespace {

std::string trusted(const char* configured, std::set<std::string> files) {
    return trust_store(configured, [&](const char* path) { return files.contains(path); });
}

TEST(TrustStore, IsTheFirstKnownFileThatCanBeRead) {
    constexpr const char* kDebian = "/etc/ssl/certs/ca-certificates.crt";
    constexpr const char* kRedHat = "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem";
    constexpr const char* kOldRedHat = "/etc/pki/tls/certs/ca-bundle.crt";
    constexpr const char* kSuse = "/var/lib/ca-certificates/ca-bundle.pem";
    for (const char* only : {kDebian, kRedHat, kOldRedHat, kSuse, "/etc/ssl/cert.pem"}) {
        EXPECT_EQ(trusted(nullptr, {only}), only);
    }
    EXPECT_EQ(trusted(nullptr, {kOldRedHat, kRedHat}), kRedHat);
    EXPECT_EQ(trusted("", {kDebian, kRedHat}), kDebian);
    EXPECT_EQ(trusted(nullptr, {}), "");
}

TEST(TrustStore, IsTheConfiguredOneWhateverItIs) {
    EXPECT_EQ(trusted("/srv/ca.pem", {"/etc/ssl/certs/ca-certificates.crt"}), "/srv/ca.pem");
}

}  // namespace
}  // namespace bn::base::curl_test
