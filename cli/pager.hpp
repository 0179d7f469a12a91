// A long text on a terminal goes through the reader's pager. Not thread-safe: once a process.
#pragma once

#include <string_view>

namespace bn::cli {

// Through $PAGER (`less -FRX` where it is not set) if standard output is a terminal on which the
// text does not fit; else, with PAGER set to nothing or `cat`, and where the pager does not start,
// it is printed.
void paged(std::string_view text);

}  // namespace bn::cli
