// What every libcurl handle of ours is set up with, and what its failures have in common.
#pragma once

#include <string>

#include "reconciler/model/time.hpp"

namespace bn::base {

struct CurlOptions {
    const char* protocols = "https";
    std::string user_agent = "bill-nextcloud";
    std::string proxy;    // empty: none, whatever the environment says
    std::string ca_file;  // empty: the system's store
    bool verify_tls = true;
    Duration connect_timeout = std::chrono::seconds(10);
    Duration timeout = std::chrono::seconds(60);
};

// `easy` is a CURL*. HTTP/1.1, TLS 1.2 or later, no redirects, no signals. The first error in
// libcurl's words; empty: none.
std::string set_up_curl(void* easy, const CurlOptions& options);

// `code` is a CURLcode: the handshake or the certificate.
bool is_tls_fault(int code);

}  // namespace bn::base
