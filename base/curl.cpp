#include "base/curl.hpp"

#include <algorithm>

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

}  // namespace

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
    if (!options.ca_file.empty()) {
        set(CURLOPT_CAINFO, options.ca_file.c_str());
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
