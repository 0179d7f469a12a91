#include "controller/control/answers.hpp"

#include "controller/reporting/error_type.hpp"

namespace bn::controller {

std::string refusal(const Error& error) {
    return refusal(Refusal(error_type(error.code), error.what, error.remedy));
}

}  // namespace bn::controller
