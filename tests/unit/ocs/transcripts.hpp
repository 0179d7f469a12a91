// The recorded exchanges of tests/golden/ocs as values.
#pragma once

#include <string>
#include <vector>

namespace bn::testing {

struct Transcript {
    std::string name;  // file without .txt
    std::string method;
    std::string target;  // path and query
    std::string form;    // request body
    int status = 0;
    std::string body;
    bool maintenance = false;
    std::vector<std::string> set_cookies;  // "name=" only
};

// All JSON exchanges (and status.php) of the API, sorted by name; `of`: a folder below, empty:
// those of Nextcloud 25.
std::vector<Transcript> json_transcripts(const std::string& of = {});

}  // namespace bn::testing
