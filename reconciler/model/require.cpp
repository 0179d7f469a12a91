#include "reconciler/model/require.hpp"

#include <stdexcept>
#include <string>

namespace bn {

namespace {

[[noreturn]] void tell(const std::string& text) {
    throw std::logic_error(text);
}

}  // namespace

// An exception that may not leave is written to standard error by std::terminate: the core itself
// writes nowhere.
void broken_requirement(const char* what, const char* file, int line) noexcept {
    tell(std::string(file) + ":" + std::to_string(line) + ": broken requirement: " + what);
}

}  // namespace bn
