// The answers of the control socket, as the service gives them. Names the JSON library: for .cpp
// files only.
#pragma once

#include <string>
#include <utility>

#include "controller/reporting/error_type.hpp"
#include "protocol/answer.hpp"
#include "reconciler/model/error.hpp"

namespace bn::controller {

using protocol::encode_success;
using protocol::Refusal;

inline std::string state_answer(bool done, std::string detail = {}) {
    return encode_success({{"state", done ? "done" : "working"}, {"detail", std::move(detail)}});
}

inline std::string refusal(const Refusal& why) {
    return protocol::encode(why);
}

inline std::string refusal(const Error& error) {
    return refusal(Refusal(error_type(error.code), error.what, error.remedy));
}

}  // namespace bn::controller
