// Everything about libcurl that needs no event loop: options of a cloud's handles, what an answer's
// headers say, what a result code means. Included by the engine only.
#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "base/curl.hpp"
#include "ocs/http_transport.hpp"

namespace bn::ocs {

struct CurlListDelete {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

using CurlList = std::unique_ptr<curl_slist, CurlListDelete>;

// What the handles of one cloud share. Holds a secret.
struct Profile {
    CloudSettings settings;
    std::string base_url;  // without trailing slash
    CurlList headers;
    CurlList dav_headers;  // of a PROPFIND

    explicit Profile(const CloudSettings& s);
};

// One transfer under way: what libcurl's callbacks write into. Reused with its handle.
struct Transfer {
    CURL* easy = nullptr;
    HttpRequest request;
    std::string url;
    base::CurlExchange exchange;
    TlsFacts tls;  // of this connection, once it is asked for

    Transfer() = default;
};

// Options that never change for a cloud: set once on a new handle. Nothing on success.
std::string set_up(Transfer& transfer, const Profile& profile);

// Options of one request. REQUIRES: transfer.request is set and stays until the transfer ends.
void prepare(Transfer& transfer, const Profile& profile);

// What became of it. Moves the response out.
HttpResult conclude(Transfer& transfer, CURLcode code);

}  // namespace bn::ocs
