// One blocking GET of a page of our own service, for the verbs that ask it.
#pragma once

#include <string>

#include "controller/http/admin_http.hpp"
#include "reconciler/model/error.hpp"

namespace bn::controller {

// No proxy, no redirects, at most 16 MiB. Any HTTP status is an answer. Errors: "http.unreachable"
// (kHuman: nobody listens, the service is probably not running), "http.timeout".
Result<HttpAnswer> http_get_local(
    const std::string& url, Duration timeout = std::chrono::seconds(5)
);

}  // namespace bn::controller
