// Facts about where we run: clock, host, operator, terminal.
#pragma once

#include <cstddef>
#include <string>

#include "reconciler/model/time.hpp"

namespace bn::controller {

Time system_now();
// Since the host was started; its sleep counts.
Steady steady_now();

// Of the process; empty: not set.
std::string environment(const char* name);

std::string host_name();

// Who is giving the command: the user behind sudo, or the owner of the process.
std::string operator_name();

// A process of a user, as people know them: its user, and, where somebody became another user (by
// sudo, say), who logged in, as the kernel's audit says: "anna as root". Nothing that the process
// says itself is believed.
std::string who_is(uid_t user, pid_t process);

// For a program that holds passwords: no image of its memory is left anywhere when it dies, and a
// file that grew to its limit, or a reader that went, is an error of the write, not its end.
void harden_process();

// Columns of the terminal on `fd`; COLUMNS or 100 where there is none.
std::size_t terminal_width(int fd);

// May colours be used on `fd`: a terminal, NO_COLOR not set, TERM not dumb.
bool wants_colour(int fd);

}  // namespace bn::controller
