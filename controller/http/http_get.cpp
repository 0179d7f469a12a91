#include "controller/http/http_get.hpp"

#include <memory>
#include <utility>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/curl.hpp"

namespace bn::controller {
namespace {

constexpr std::size_t kLargestBody = 16u << 20;

std::size_t take(char* data, std::size_t size, std::size_t count, void* target) {
    auto& body = *static_cast<std::string*>(target);
    if (body.size() + size * count > kLargestBody) {
        return 0;
    }
    body.append(data, size * count);
    return size * count;
}

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
    const std::unique_ptr<CURL, decltype(&curl_easy_cleanup)> curl(
        curl_easy_init(), &curl_easy_cleanup
    );
    if (curl == nullptr) {
        return tl::unexpected(Error(NextMove::kBug, "http.curl", "libcurl cannot be started"));
    }
    HttpAnswer answer;
    CURL* handle = curl.get();
    curl_easy_setopt(handle, CURLOPT_URL, url.c_str());
    base::CurlOptions options;
    options.protocols = "http";
    options.timeout = timeout;
    base::set_up_curl(handle, options);
    curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, &take);
    curl_easy_setopt(handle, CURLOPT_WRITEDATA, &answer.body);
    if (const CURLcode code = curl_easy_perform(handle); code != CURLE_OK) {
        return tl::unexpected(as_error(code, url));
    }
    long status = 0;
    const char* type = nullptr;
    curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(handle, CURLINFO_CONTENT_TYPE, &type);
    answer.status = static_cast<unsigned>(status);
    answer.content_type = type == nullptr ? "" : type;
    return answer;
}

}  // namespace bn::controller
