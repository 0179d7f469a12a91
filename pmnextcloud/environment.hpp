// Where the program runs: the panel's folder and what the module reads there; the controller that
// it asks; and the edges of the process: what comes on the standard input, the one document on the
// standard output.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <string_view>

#include "pmnextcloud/documents.hpp"
#include "pmnextcloud/log.hpp"
#include "pmnextcloud/settings.hpp"
#include "protocol/answer.hpp"

namespace bn::pmnextcloud {

// BN_PANEL_ROOT when set; else the folder above processing/, addon/, paymethods/ or cgi/ that holds
// the program (`executable` is its absolute path); else /usr/local/mgr5. Pure.
std::string panel_root(std::string_view executable, std::string_view override_root);

struct Environment {
    Settings settings;
    Log log;
    std::string root;         // the panel's folder
    bool do_nothing = false;  // etc/billmgr.DoNothing exists: the panel's own dry-run switch

    // Asks the controller, which works on it for at most `wait`.
    [[nodiscard]] tl::expected<nlohmann::json, Failure> ask(
        protocol::Request request, Duration wait
    ) const;
    // The same for a form of the panel, before which a person sits: answers within `form_wait`.
    [[nodiscard]] tl::expected<nlohmann::json, Failure> ask_for_form(protocol::Request request
    ) const;

  private:
    [[nodiscard]] tl::expected<nlohmann::json, Failure> ask_within(
        protocol::Request request, Duration wait, Duration limit
    ) const;
};

// Of this process. Files that cannot be read count as not there.
Environment read_environment(const std::string& program);

// The variables of this process.
std::map<std::string, std::string> variables();

// Everything up to the end of the input, or `size` bytes of it. document_big past kMaxDocument,
// document_bad when the input is closed, cannot be read, or is not at its end within `limit`.
tl::expected<std::string, Failure> read_input(
    int fd, Duration limit, std::size_t size = std::string::npos
);

// False when not everything could be written.
bool write_all(int fd, std::string_view text);

}  // namespace bn::pmnextcloud
