// One HTTP/1.1 exchange over a plain socket, byte by byte, for tests of the sample cloud.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bn::testing {

struct RawReply {
    int status = 0;                                   // 0: the connection ended without one
    std::multimap<std::string, std::string> headers;  // lower-case names
    std::string body;
    bool complete = false;  // as many bytes as Content-Length said

    [[nodiscard]] std::string header(const std::string& name) const;
};

// Sends one request to 127.0.0.1 and reads until the connection ends.
RawReply raw_call(
    std::uint16_t port,
    const std::string& method,
    const std::string& target,
    const std::vector<std::string>& headers,
    const std::string& body
);

std::string base64(const std::string& text);

}  // namespace bn::testing
