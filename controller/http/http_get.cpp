#include "controller/http/http_get.hpp"

#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/curl.hpp"

namespace bn::controller {
namespace {

Error as_error(CURLcode code, const std::string& url) {
    if (code == CURLE_OPERATION_TIMEDOUT) {
        return Error(
            NextMove::kRetryCall,
            "http.timeout",
            fmt::format("{} does not answer in time", url),
            "the service is overloaded or hangs: look at its log"
        );
    }
    return Error(
        NextMove::kHuman,
        "http.unreachable",
        fmt::format("cannot reach {}: {}", url, curl_easy_strerror(code)),
        "start the service, or correct http.listen"
    );
}

}  // namespace

Result<HttpAnswer> http_get_local(const std::string& url, Duration timeout) {
    const base::CurlEasy curl(curl_easy_init());
    if (curl == nullptr) {
        return tl::unexpected(Error(NextMove::kBug, "http.curl", "libcurl cannot be started"));
    }
    HttpAnswer answer;
    CURL* handle = curl.get();
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    base::CurlOptions options;
    options.protocols = "http";
    options.timeout = timeout;
    base::CurlExchange exchange;
    base::set_up_curl(handle, options, exchange);
    if (const CURLcode code = curl_easy_perform(handle); code != CURLE_OK) {
        return tl::unexpected(as_error(code, url));
    }
    answer.body = std::move(exchange.body);
    long status = 0;
    const char* type = nullptr;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    answer.status = static_cast<unsigned>(status);
    answer.content_type = type == nullptr ? "" : type;
    return answer;
}

}  // namespace bn::controller
