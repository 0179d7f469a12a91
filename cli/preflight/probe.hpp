// The thin readers of `preflight` on the panel's host: files, the socket, and what mgrctl tells.
// Blocking. Changes nothing: of the panel's functions, only the list of them and one harmless list
// of rows is asked for.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "cli/names.hpp"
#include "cli/preflight/facts.hpp"

namespace bn::cli {

struct ProgramAnswer {
    std::string problem;  // why it did not run to its end; empty: it did
    int exit_code = 0;
    std::string out;
    std::string err;

    ProgramAnswer() = default;
};

// Runs a program to its end, without input.
using RunProgram = std::function<ProgramAnswer(const std::vector<std::string>& argv)>;

// At most `timeout` a program, 4 MiB of output.
RunProgram program_runner(Duration timeout);

// Names of functions, or of parameters, in what `mgrctl -i` prints: a name at the beginning of a
// line, or up to four blanks in, and its description behind it; lines that begin further in go on
// with a description.
std::set<std::string> listed_names(std::string_view text);

MgrctlFacts probe_mgrctl(const std::string& program, const RunProgram& run);

FileFacts probe_file(const std::string& path);

// Sends `ping` and waits a moment for any answer.
bool socket_answers(const std::string& path, Duration timeout);

HostFacts probe_host(
    const PanelConfig& panel,
    const ControlConfig& control,
    const std::string& crypt_key_file,
    const RunProgram& run
);

}  // namespace bn::cli
