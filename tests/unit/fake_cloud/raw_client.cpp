#include "tests/unit/fake_cloud/raw_client.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>

#include <fmt/format.h>

namespace bn::testing {
namespace {

std::string talk(std::uint16_t port, const std::string& request) {
    const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    std::string out;
    if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) {
        std::size_t sent = 0;
        while (sent < request.size()) {
            const auto n = ::send(fd, request.data() + sent, request.size() - sent, MSG_NOSIGNAL);
            if (n <= 0) {
                break;
            }
            sent += static_cast<std::size_t>(n);
        }
        char buffer[16384];
        for (ssize_t n = 0; (n = ::recv(fd, buffer, sizeof buffer, 0)) > 0;) {
            out.append(buffer, static_cast<std::size_t>(n));
        }
    }
    ::close(fd);
    return out;
}

}  // namespace

std::string RawReply::header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
}

RawReply raw_call(
    std::uint16_t port,
    const std::string& method,
    const std::string& target,
    const std::vector<std::string>& headers,
    const std::string& body
) {
    std::string request = fmt::format("{} {} HTTP/1.1\r\nConnection: close\r\n", method, target);
    for (const auto& header : headers) {
        request += header + "\r\n";
    }
    request += fmt::format("Content-Length: {}\r\n\r\n{}", body.size(), body);
    const std::string raw = talk(port, request);

    RawReply reply;
    const auto end = raw.find("\r\n\r\n");
    if (end == std::string::npos) {
        return reply;
    }
    reply.status = std::atoi(raw.c_str() + raw.find(' ') + 1);
    std::size_t at = raw.find("\r\n") + 2;
    while (at < end + 2) {
        const auto stop = raw.find("\r\n", at);
        const auto colon = raw.find(": ", at);
        std::string name = raw.substr(at, colon - at);
        std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) {
            return static_cast<char>(std::tolower(c));
        });
        reply.headers.emplace(std::move(name), raw.substr(colon + 2, stop - colon - 2));
        at = stop + 2;
    }
    reply.body = raw.substr(end + 4);
    reply.complete = std::to_string(reply.body.size()) == reply.header("content-length");
    return reply;
}

std::string base64(const std::string& text) {
    constexpr const char* alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        std::uint32_t bits = 0;
        for (std::size_t k = 0; k < 3; ++k) {
            bits =
                (bits << 8) | (i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u);
        }
        for (std::size_t k = 0; k < 4; ++k) {
            out += i + k <= text.size() ? alphabet[(bits >> (18 - 6 * k)) & 63u] : '=';
        }
    }
    return out;
}

}  // namespace bn::testing
