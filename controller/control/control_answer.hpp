// Answers of the control socket that say yes. Names the JSON library: for .cpp files only.
#pragma once

#include <string>
#include <utility>

#include <nlohmann/json.hpp>

namespace bn::controller {

// `body` with "v" and "ok" in one line. Bytes that are no UTF-8 are replaced.
inline std::string success_answer(nlohmann::json body) {
    body["v"] = 1;
    body["ok"] = true;
    return body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

inline std::string state_answer(bool done, std::string detail = {}) {
    return success_answer({{"state", done ? "done" : "working"}, {"detail", std::move(detail)}});
}

}  // namespace bn::controller
