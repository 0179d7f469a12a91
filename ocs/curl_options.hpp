// Everything about libcurl that needs no event loop: options of a cloud's handles, what an answer's
// headers say, what a result code means. Included by the engine only.
#pragma once

#include <memory>
#include <string>

#include <curl/curl.h>

#include "ocs/http_transport.hpp"

namespace bn::ocs {

struct CurlListDelete {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};

struct CurlEasyDelete {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
};

using CurlList = std::unique_ptr<curl_slist, CurlListDelete>;
using CurlEasy = std::unique_ptr<CURL, CurlEasyDelete>;

// What the handles of one cloud share. Holds a secret.
struct Profile {
    CloudSettings settings;
    std::string base_url;  // without trailing slash
    CurlList headers;

    explicit Profile(const CloudSettings& s);
};

// One transfer under way: what libcurl's callbacks write into. Reused with its handle.
struct Transfer {
    CURL* easy = nullptr;
    HttpRequest request;
    std::string url;
    HttpResponse response;
    std::uint64_t max_body = 0;
    std::size_t body_hint = 0;  // size of the last body: saves growing the next
    bool too_large = false;
    std::uint32_t sends = 0;  // times that libcurl was about to send the request
    char error[CURL_ERROR_SIZE] = {};

    Transfer() = default;
};

// Options that never change for a cloud: set once on a new handle. Nothing on success.
std::string set_up(Transfer& transfer, const Profile& profile);

// Options of one request. REQUIRES: transfer.request is set and stays until the transfer ends.
void prepare(Transfer& transfer, const Profile& profile);

// What became of it. Moves the response out.
HttpResult conclude(Transfer& transfer, CURLcode code);

}  // namespace bn::ocs
