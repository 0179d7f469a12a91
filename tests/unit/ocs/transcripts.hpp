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
};

// All JSON exchanges (and status.php) of the API, sorted by name.
std::vector<Transcript> json_transcripts();

}  // namespace bn::testing
