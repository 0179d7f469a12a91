// A certificate authority and a server certificate, made at start and gone at the end. The keys
// never touch the disk.
#pragma once

#include <string>

namespace bn::testing::cloud {

enum class Certificate {
    kGood,       // for localhost and 127.0.0.1, signed by the authority
    kWrongHost,  // for another name
    kExpired,    // until yesterday
    kUntrusted,  // signed by an authority that ca_pem does not hold
};

struct TlsIdentity {
    std::string ca_pem;     // what a client should trust
    std::string chain_pem;  // what the server shows
    std::string key_pem;
};

// Throws std::runtime_error when OpenSSL fails.
TlsIdentity make_tls_identity(Certificate kind);

}  // namespace bn::testing::cloud
