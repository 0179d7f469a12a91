// What every libcurl handle of ours is set up with, what libcurl tells about one request, and what
// failures have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include <curl/curl.h>

#include "reconciler/model/time.hpp"

namespace bn::base {

struct CurlDelete {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

using CurlEasy = std::unique_ptr<CURL, CurlDelete>;

// The file of the authorities that the host trusts: the one that SSL_CERT_FILE names, whatever it
// is, else the first of the known systems' that can be read. Empty: there is none, libcurl then
// names the file that it misses.
[[nodiscard]] std::string trust_store(
    const char* configured, const std::function<bool(const char*)>& is_readable
);

struct CurlOptions {
    const char* protocols = "https";
    std::string user_agent = "bill-nextcloud";
    std::string proxy;    // empty: none, whatever the environment says
    std::string ca_file;  // empty: the host's, trust_store()
    bool verify_tls = true;
    Duration connect_timeout = std::chrono::seconds(10);
    Duration timeout = std::chrono::seconds(60);
};

// One request under way: libcurl's callbacks write into it.
struct CurlExchange {
    std::uint64_t max_body = std::uint64_t{16} << 20U;
    std::size_t body_room = 0;  // reserved for the body when it begins
    // libcurl sends a request again by itself when a kept connection died before it answered. The
    // server may have acted on the first copy: false sends nothing twice.
    bool repeatable = false;

    std::string body;
    bool too_large = false;
    std::uint32_t sends = 0;  // times that libcurl was about to send the request
    char error[CURL_ERROR_SIZE] = {};

    // Why it failed, in libcurl's words.
    [[nodiscard]] std::string text(CURLcode code) const;
};

// Sets options of a handle; keeps the first error.
class CurlSetter {
  public:
    explicit CurlSetter(CURL* easy) : easy_(easy) {}

    template <class T>
    void operator()(CURLoption option, T value) {
        const CURLcode code = curl_easy_setopt(easy_, option, value);
        first_error_ = first_error_ == CURLE_OK ? code : first_error_;
    }

    // In libcurl's words; empty: none.
    [[nodiscard]] std::string error() const {
        return first_error_ == CURLE_OK ? std::string() : curl_easy_strerror(first_error_);
    }

  private:
    CURL* easy_;
    CURLcode first_error_ = CURLE_OK;
};

// HTTP/1.1, TLS 1.2 or later, no redirects, no signals. `exchange` must stay where it is. The first
// error in libcurl's words; empty: none.
std::string set_up_curl(CURL* easy, const CurlOptions& options, CurlExchange& exchange);

// The request's body; `form` must stay until it has ended.
void set_form(CURL* easy, const std::string& form);

// The handshake or the certificate.
bool is_tls_fault(CURLcode code);

}  // namespace bn::base
