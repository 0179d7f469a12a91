// The command line: verbs, options, help. The only file with CLI11 is cli.cpp.
#pragma once

namespace bn::cli {

// Never throws. Returns the exit code (see cli/command.hpp).
int run_cli(int argc, const char* const* argv);

}  // namespace bn::cli
