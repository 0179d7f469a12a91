// The line of the panel's module to a controller on another host: what comes on the standard input
// goes there over TLS, what comes back goes to the standard output. A program of its own, since
// OpenSSL and the resolver would make each start of the module slower (docs/performance.md);
// started by protocol/client.cpp.
//
// nclink ADDRESS KEY_FILE MILLISECONDS. Its answer is always one line of the protocol: that of the
// controller, or a refusal. The key stands in no argument and in no text.
#include <fcntl.h>
#include <nss.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "base/tls_psk.hpp"
#include "protocol/tls_client.hpp"

namespace bn::pmnextcloud {
namespace {

using protocol::Refusal;
using Key = tl::expected<Secret, Refusal>;

constexpr std::size_t kLargestKeyFile = 4096;

tl::unexpected<Refusal> no_key(
    const std::string& address, const std::string& what, const std::string& remedy
) {
    return tl::unexpected(Refusal(
        "not_allowed",
        "the key for the controller at " + address + " cannot be used: " + what,
        remedy,
        {{"controller", address}}
    ));
}

Key read_key(const std::string& path, const std::string& address) {
    const base::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));

    struct stat info {};

    if (!file.is_open() || ::fstat(file.get(), &info) != 0) {
        return no_key(
            address,
            errno == ENOENT ? "there is no file " + path : path + " cannot be read",
            "make the key with `bill-nextcloud panel-key` on the controller's host, and install it "
            "here as that command says"
        );
    }
    if ((info.st_mode & 07U) != 0) {
        return no_key(address, path + " is open to all users of this host", "chmod 600 " + path);
    }
    std::array<char, kLargestKeyFile> buffer{};
    const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
    const std::string_view text(buffer.data(), size > 0 ? static_cast<std::size_t>(size) : 0);
    Secret key(std::string(base::trim(text.substr(0, text.find('\n')))));
    buffer.fill('\0');
    if (!base::is_tls_key(key.reveal())) {
        return no_key(
            address,
            "the first line of " + path + " is not 64 hexadecimal digits",
            "copy the controller's key file anew"
        );
    }
    return key;
}

// Of the standard input, with its end. The module asks nothing longer.
Secret read_request() {
    std::string line;
    line.reserve(protocol::kLongestRequest);  // never moved: it may hold a password, and is wiped
    for (int c = 0; line.size() < protocol::kLongestRequest && c != '\n';) {
        c = std::getchar();
        if (c == EOF) {
            break;
        }
        line += static_cast<char>(c);
    }
    return Secret(std::move(line));
}

std::string answer_to(std::span<char*> words) {
    if (words.size() != 4) {
        return protocol::encode(Refusal("bad_request", "nclink ADDRESS KEY_FILE MILLISECONDS", ""));
    }
    const std::string address = words[1];
    const auto limit = base::whole_number<std::int64_t>(words[3]).value_or(0);
    const Secret request = read_request();
    const auto got = read_key(words[2], address).and_then([&](const Secret& key) {
        return protocol::ask_over_tls(address, key, request.reveal(), Duration(limit));
    });
    return got ? *got : protocol::encode(got.error());
}

}  // namespace
}  // namespace bn::pmnextcloud

int main(int argc, char** argv) {
    // Linked without shared libraries: what the host's own settings name beside these would be
    // loaded from libraries of another libc.
    bn::base::tls_without_settings_of_the_host();
    static_cast<void>(::__nss_configure_lookup("hosts", "files dns"));
    std::signal(SIGPIPE, SIG_IGN);  // of a connection that is gone: an error of the call
    std::string answer;
    try {
        answer = bn::pmnextcloud::answer_to({argv, static_cast<std::size_t>(argc)});
    } catch (const std::exception& error) {
        answer = bn::protocol::encode(bn::protocol::Refusal("internal", error.what(), ""));
    }
    answer += '\n';
    const bool said = std::fwrite(answer.data(), 1, answer.size(), stdout) == answer.size();
    return std::fflush(stdout) == 0 && said ? 0 : 1;
}
