#include "base/curl.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace bn::base {

namespace {

std::size_t on_body(char* data, std::size_t, std::size_t size, void* context) {
    auto& exchange = *static_cast<CurlExchange*>(context);
    if (exchange.body.size() + size > exchange.max_body) {
        exchange.too_large = true;
        return 0;
    }
    if (exchange.body.empty()) {
        exchange.body.reserve(std::max(exchange.body_room, size));
    }
    exchange.body.append(data, size);
    return size;
}

int before_send(void* context, char*, char*, int, int) {
    auto& exchange = *static_cast<CurlExchange*>(context);
    const bool again = ++exchange.sends > 1 && !exchange.repeatable;
    return again ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

// Where systems keep the authorities that they trust, in one file.
constexpr std::array kTrustStores = {
    "/etc/ssl/certs/ca-certificates.crt",                 // Debian, Ubuntu, Astra
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",  // Red Hat
    "/etc/pki/tls/certs/ca-bundle.crt",                   // Red Hat, older
    "/var/lib/ca-certificates/ca-bundle.pem",             // SUSE
    "/etc/ssl/cert.pem",                                  // Alpine
};

}  // namespace

std::string trust_store(
    const char* configured, const std::function<bool(const char*)>& is_readable
) {
    if (configured != nullptr && *configured != '\0') {
        return configured;
    }
    const auto* const found = std::ranges::find_if(kTrustStores, is_readable);
    return found == kTrustStores.end() ? std::string() : *found;
}

std::string CurlExchange::text(CURLcode code) const {
    return error[0] != '\0' ? error : curl_easy_strerror(code);
}

void set_form(CURL* easy, const std::string& form) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(form.size()));
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, form.c_str());
}

std::string set_up_curl(CURL* easy, const CurlOptions& options, CurlExchange& exchange) {
    CurlSetter set(easy);
    set(CURLOPT_ERRORBUFFER, static_cast<char*>(exchange.error));
    set(CURLOPT_WRITEFUNCTION, &on_body);
    set(CURLOPT_WRITEDATA, &exchange);
    set(CURLOPT_PREREQFUNCTION, &before_send);
    set(CURLOPT_PREREQDATA, &exchange);
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_USERAGENT, options.user_agent.c_str());
    set(CURLOPT_PROTOCOLS_STR, options.protocols);
    set(CURLOPT_FOLLOWLOCATION, 0L);
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
    set(CURLOPT_PROXY, options.proxy.c_str());
    set(CURLOPT_TIMEOUT_MS, options.timeout.count());
    set(CURLOPT_CONNECTTIMEOUT_MS, options.connect_timeout.count());
    set(CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
    set(CURLOPT_SSL_VERIFYPEER, options.verify_tls ? 1L : 0L);
    set(CURLOPT_SSL_VERIFYHOST, options.verify_tls ? 2L : 0L);
    const std::string authorities =
        !options.ca_file.empty() ? options.ca_file
                                 : trust_store(std::getenv("SSL_CERT_FILE"), [](const char* path) {
                                       return ::access(path, R_OK) == 0;
                                   });
    if (!authorities.empty()) {
        set(CURLOPT_CAINFO, authorities.c_str());
    }
    return set.error();
}

bool is_tls_fault(CURLcode code) {
    switch (code) {
        case CURLE_SSL_CONNECT_ERROR:
        case CURLE_PEER_FAILED_VERIFICATION:
        case CURLE_SSL_CERTPROBLEM:
        case CURLE_SSL_CIPHER:
        case CURLE_SSL_ISSUER_ERROR:
        case CURLE_SSL_INVALIDCERTSTATUS:
        case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        case CURLE_SSL_ENGINE_NOTFOUND:
        case CURLE_USE_SSL_FAILED:
            return true;
        default:
            return false;
    }
}

}  // namespace bn::base
