// One HTTP request and reply as the API sees them. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/time.hpp"

namespace bn::testing::cloud {

struct Request {
    std::string method;
    std::string target;                                       // path and query as they came
    std::map<std::string, std::string, std::less<>> headers;  // lower-case names
    std::string body;

    [[nodiscard]] std::string_view header(std::string_view name) const;
    [[nodiscard]] std::string_view path() const;   // without query, still encoded
    [[nodiscard]] std::string_view query() const;  // without '?'
};

// Query and body fields together; the body may be a form or JSON.
struct Params {
    std::map<std::string, std::string, std::less<>> single;
    std::map<std::string, std::vector<std::string>, std::less<>> lists;  // "groups[]"
    std::set<std::string, std::less<>> not_texts;  // of `single`: JSON numbers, objects, ...

    [[nodiscard]] std::optional<std::string> get(std::string_view name) const;
    [[nodiscard]] std::string text(std::string_view name) const;  // empty when missing
};

Params read_params(const Request& request);

struct Reply {
    int status = 200;
    std::string content_type;
    std::vector<std::pair<std::string, std::string>> headers;
    std::shared_ptr<const std::string> body;  // null: empty

    // What goes wrong on the way; set by faults.
    Duration delay{0};         // before the reply
    bool drop = false;         // close without a reply
    std::size_t cut_at = 0;    // send only so many bytes of the body, then close; 0: all
    Duration per_kilobyte{0};  // send slowly
};

std::string_view reason_phrase(int status);

// Path segments without the first "/", each decoded once ("%2F" stays inside its segment).
std::vector<std::string> decode_segments(std::string_view path);
std::string url_decode(std::string_view text, bool plus_is_blank);
std::string base64_decode(std::string_view text);

}  // namespace bn::testing::cloud
