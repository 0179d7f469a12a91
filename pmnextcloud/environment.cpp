#include "pmnextcloud/environment.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstdlib>
#include <filesystem>

#include "base/descriptor.hpp"
#include "protocol/client.hpp"

namespace bn::pmnextcloud {
namespace {

// Not in processing/, where the panel takes each program for a module.
constexpr const char* kLinkProgram = "libexec/bill-nextcloud/nclink";
constexpr std::size_t kMaxFile = std::size_t{64} << 10;

std::string read_file(const std::string& path) {
    const base::Descriptor fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    std::string text;
    std::array<char, 4096> buffer{};
    ssize_t n = 0;
    while (text.size() < kMaxFile && (n = ::read(fd.get(), buffer.data(), buffer.size())) > 0) {
        text.append(buffer.data(), static_cast<std::size_t>(n));
    }
    return text;
}

std::string own_path() {
    std::error_code ignored;
    return std::filesystem::read_symlink("/proc/self/exe", ignored).string();
}

}  // namespace

std::string panel_root(std::string_view executable, std::string_view override_root) {
    if (!override_root.empty()) {
        return std::string(override_root);
    }
    const std::string_view folder = executable.substr(0, executable.rfind('/'));
    for (const std::string_view place : {"/processing", "/addon", "/paymethods", "/cgi"}) {
        if (folder.ends_with(place) && folder.size() > place.size()) {
            return std::string(folder.substr(0, folder.size() - place.size()));
        }
    }
    return "/usr/local/mgr5";
}

tl::expected<nlohmann::json, Failure> Environment::ask(protocol::Request request, Duration wait)
    const {
    return ask_within(std::move(request), wait, wait + settings.grace);
}

tl::expected<nlohmann::json, Failure> Environment::ask_for_form(protocol::Request request) const {
    // The controller says what the cloud did before this side gives up.
    const Duration limit = settings.form_wait;
    return ask_within(std::move(request), limit * 4 / 5, limit);
}

tl::expected<nlohmann::json, Failure> Environment::ask_within(
    protocol::Request request, Duration wait, Duration limit
) const {
    request.wait = wait;
    request.maintenance = do_nothing;
    if (settings.controller.empty()) {
        return protocol::ask_controller(settings.socket, request, limit).map_error(to_failure);
    }
    const auto below = [this](const std::string& path) {
        return path.starts_with('/') ? path : root + "/" + path;
    };
    const protocol::DistantController controller{
        below(kLinkProgram), settings.controller, below(settings.key_file)};
    return protocol::ask_controller(controller, request, limit).map_error(to_failure);
}

Environment read_environment(const std::string& program) {
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no threads
    const char* const override_root = std::getenv("BN_PANEL_ROOT");
    const std::string root =
        panel_root(own_path(), override_root == nullptr ? std::string_view() : override_root);
    const int level = log_level(read_file(root + "/etc/debug.conf"), program);
    Environment environment{
        parse_settings(read_file(root + "/etc/pmnextcloud.conf")),
        Log(root + "/var/" + program + ".log", program, level),
        root};
    environment.do_nothing = ::access((root + "/etc/billmgr.DoNothing").c_str(), F_OK) == 0;
    for (const std::string& problem : environment.settings.problems) {
        environment.log.warning(problem);
    }
    return environment;
}

std::map<std::string, std::string> variables() {
    std::map<std::string, std::string> all;
    for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            all.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return all;
}

tl::expected<std::string, Failure> read_input(int fd, Duration limit, std::size_t size) {
    const auto end = std::chrono::steady_clock::now() + limit;
    std::string text;
    std::array<char, 16384> buffer{};
    for (;;) {
        const auto rest = std::chrono::ceil<Duration>(end - std::chrono::steady_clock::now());
        pollfd entry{fd, POLLIN, 0};
        const int ready =
            ::poll(&entry, 1, static_cast<int>(std::max(rest.count(), Duration::rep{0})));
        if (ready == 0) {
            return tl::unexpected(failure(
                "document_bad", "it did not end within " + std::to_string(limit.count()) + " ms"
            ));
        }
        if (ready < 0 && errno == EINTR) {
            continue;
        }
        const ssize_t n = ::read(fd, buffer.data(), std::min(buffer.size(), size - text.size()));
        if (n < 0 && (errno == EINTR || errno == EAGAIN)) {
            continue;
        }
        if (n < 0) {
            return tl::unexpected(failure("document_bad", "the input is closed"));
        }
        if (n == 0) {
            return text;
        }
        text.append(buffer.data(), static_cast<std::size_t>(n));
        if (text.size() == size) {
            return text;
        }
        if (text.size() > kMaxDocument) {
            return tl::unexpected(failure("document_big", "more than 1 MiB"));
        }
    }
}

bool write_all(int fd, std::string_view text) {
    while (!text.empty()) {
        const ssize_t n = ::write(fd, text.data(), text.size());
        if (n < 0 && errno == EINTR) {
            continue;
        }
        if (n <= 0) {
            return false;
        }
        text.remove_prefix(static_cast<std::size_t>(n));
    }
    return true;
}

}  // namespace bn::pmnextcloud
