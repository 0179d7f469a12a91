// Runs one program to its end, bounded in time and output. Blocking; any thread.
#pragma once

#include <string>
#include <vector>

#include "reconciler/model/time.hpp"

namespace bn::base {

struct ChildCommand {
    std::vector<std::string> argv;  // argv[0] is the program's path
    std::vector<std::string> environment;
    std::string working_dir;  // empty: ours
    Duration timeout{};
    std::size_t max_stdout = 0;  // more: the group is killed
    std::size_t max_stderr = 0;  // more: read and dropped
};

enum class ChildEnd {
    kNotStarted,  // see start_errno
    kExited,      // by itself, exit_code
    kSignalled,   // by a signal that was not ours, signal_number
    kTimeout,     // killed by us
    kTooMuch,     // killed by us: more output than allowed
    kLost,        // somebody else collected its end; output is complete, exit code unknown
};

struct ChildResult {
    ChildEnd end = ChildEnd::kNotStarted;
    int start_errno = 0;
    int exit_code = 0;
    int signal_number = 0;
    std::string out;
    std::string err;
};

ChildResult run_child(const ChildCommand& command);

}  // namespace bn::base
