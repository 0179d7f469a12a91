// One blocking POST of a form to a server that is named by us, for the parts that ask something but
// a cloud or the panel.
#pragma once

#include <string>

#include "base/text.hpp"
#include "reconciler/model/error.hpp"

namespace bn::controller {

struct HttpsQuestion {
    std::string url;
    std::string ca_file;  // empty: the host's
    Duration timeout = std::chrono::seconds(9);
    std::size_t max_body = std::size_t{256} << 10U;
};

struct HttpsReply {
    unsigned status = 0;
    std::string body;

    HttpsReply() = default;
};

// TLS verified, no proxy, no redirects; nothing is sent twice. Any HTTP status is a reply. Errors:
// "http.timeout", "http.tls" (kHuman), "http.unreachable"; none holds what was sent.
Result<HttpsReply> https_post(const HttpsQuestion& question, const base::Form& form);

}  // namespace bn::controller
