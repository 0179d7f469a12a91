// One recorded exchange of tests/golden/ocs.
#pragma once

#include <map>
#include <string>
#include <vector>

namespace bn::testing {

struct Transcript {
    std::string name;     // the file without ".txt": "010-create-ok.v1-json"
    std::string variant;  // "v1.json"; empty when the name has none
    std::string method;
    std::string target;
    std::vector<std::string> headers;  // ready to send
    std::string body;
    int status = 0;
    std::multimap<std::string, std::string> reply_headers;  // lower-case names
    std::string reply_body;
};

// All of them, sorted by name. Throws std::runtime_error on a file that has another form.
std::vector<Transcript> read_transcripts(const std::string& folder);

}  // namespace bn::testing
