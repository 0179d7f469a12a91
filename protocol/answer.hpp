// The controller's answers. Names the JSON library: for .cpp files where start and build time
// count. Pure; usable from any thread.
#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "protocol/request.hpp"

namespace bn::protocol {

// The object of an answer that says yes, or the refusal.
using Answer = tl::expected<nlohmann::json, Refusal>;

// `body` with "v" and "ok" in one line. Bytes that are no UTF-8 are replaced.
std::string encode_success(nlohmann::json body);

// "bad_answer" for what is no answer of this version.
Answer decode_answer(std::string_view line);

// Of what is no answer of this version.
Refusal bad_answer(const std::string& why);

// A member that is a text or a number, as a text; "" when there is none. `object` may be anything.
std::string text_of(const nlohmann::json& object, const char* key);

// A member that is a list; an empty one when there is none.
const nlohmann::json& list_of(const nlohmann::json& object, const char* key);

}  // namespace bn::protocol
