// One question to the running controller over its Unix socket (docs/control.md).
//
// Blocking, one connection a call, usable from any thread. A call ends within `limit`, whatever the
// other side does. Nothing that was asked is logged or kept: a request may hold a password.
#pragma once

#include <map>
#include <string>

#include <nlohmann/json.hpp>
#include <tl/expected.hpp>

#include "reconciler/model/time.hpp"

namespace bn::pmnextcloud {

// Why there is no good answer. `type` is the key of a text (pmnextcloud/texts.hpp).
struct ControlError {
    std::string type;    // "missing_group", "controller_down", ...
    std::string what;    // one English sentence: what is wrong
    std::string remedy;  // one English sentence: what to do; may be empty
    std::map<std::string, std::string> params;
    friend bool operator==(const ControlError&, const ControlError&) = default;
};

// The client's own: controller_down (nobody there, or gone without an answer), controller_busy (no
// answer within the limit), not_allowed (may not open the socket), bad_answer, bad_request.
using ControlAnswer = tl::expected<nlohmann::json, ControlError>;

class ControlClient {
  public:
    explicit ControlClient(std::string socket_path) : path_(std::move(socket_path)) {}

    // `request` is an object with "verb"; "v" is added. The answer is the object of an answer with
    // "ok": true; one with "ok": false comes back as its error.
    [[nodiscard]] ControlAnswer call(nlohmann::json request, Duration limit) const;

  private:
    std::string path_;
};

// What an answer's line says; pure, for any bytes.
ControlAnswer read_answer(const std::string& line);

}  // namespace bn::pmnextcloud
