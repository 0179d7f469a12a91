// The answers of the control socket, as the service gives them. Names the JSON library: for .cpp
// files only.
#pragma once

#include <string>
#include <utility>

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

std::string refusal(const Error& error);  // its type by error_type

}  // namespace bn::controller
