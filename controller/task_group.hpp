// The group of coroutines, as the shell names it.
#pragma once

#include "base/tasks.hpp"

namespace bn::controller {

using base::TaskGroup;

}  // namespace bn::controller
