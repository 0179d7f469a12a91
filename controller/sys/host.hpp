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

// For a program that holds passwords: no image of its memory is left anywhere when it dies, and a
// file that grew to its limit, or a reader that went, is an error of the write, not its end.
void harden_process();

// Columns of the terminal on `fd`; COLUMNS or 100 where there is none.
std::size_t terminal_width(int fd);

// May colours be used on `fd`: a terminal, NO_COLOR not set, TERM not dumb.
bool wants_colour(int fd);

}  // namespace bn::controller
