#include "controller/http/https_post.hpp"

#include <algorithm>
#include <mutex>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/curl.hpp"

namespace bn::controller {
namespace {

Error as_post_error(CURLcode code, const base::CurlExchange& exchange, const std::string& url) {
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return Error(
            NextMove::kRetryCall, "http.timeout", fmt::format("{} does not answer in time", url)
        );
    }
    const bool tls = base::is_tls_fault(code) || code == CURLE_SSL_CACERT_BADFILE;
    return Error(
        tls ? NextMove::kHuman : NextMove::kRetryCall,
        tls ? "http.tls" : "http.unreachable",
        exchange.too_large ? fmt::format("the answer of {} is too long", url)
                           : fmt::format("cannot reach {}: {}", url, exchange.text(code))
    );
}

Error cannot_start() {
    return Error(NextMove::kBug, "http.curl", "libcurl cannot be started");
}

}  // namespace

Result<HttpsReply> https_post(const HttpsQuestion& question, const base::Form& form) {
    static std::once_flag once;
    std::call_once(once, [] { curl_global_init(CURL_GLOBAL_DEFAULT); });
    const base::CurlEasy curl(curl_easy_init());
    if (curl == nullptr) {
        return tl::unexpected(cannot_start());
    }
    base::CurlOptions options;
    options.ca_file = question.ca_file;
    options.timeout = question.timeout;
    options.connect_timeout = std::min(options.connect_timeout, question.timeout);
    base::CurlExchange exchange;
    exchange.max_body = question.max_body;
    CURL* handle = curl.get();
    base::set_form(handle, form.text());
    curl_easy_setopt(handle, CURLOPT_URL, question.url.c_str());
    if (!base::set_up_curl(handle, options, exchange).empty()) {
        return tl::unexpected(cannot_start());
    }
    if (const CURLcode code = curl_easy_perform(handle); code != CURLE_OK) {
        return tl::unexpected(as_post_error(code, exchange, question.url));
    }
    long status = 0;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    HttpsReply reply;
    reply.status = static_cast<unsigned>(status);
    reply.body = std::move(exchange.body);
    return reply;
}

}  // namespace bn::controller
