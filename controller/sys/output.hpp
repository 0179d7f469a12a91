// Standard output, checked: what is printed has arrived, or the command says that it has not.
// Any thread.
#pragma once

#include <string_view>

#include "reconciler/model/error.hpp"

namespace bn::controller {

// Writes at once. The first failure is kept for close_output; what follows it is dropped.
void write_to_output(std::string_view text);

// False: something did not arrive.
[[nodiscard]] bool output_good();

// At the end of the process, once; nothing can be printed afterwards. Also finds what others wrote
// to stdout. False: nobody reads any more. Errors (kHuman): "output.write".
Result<bool> close_output();

}  // namespace bn::controller
