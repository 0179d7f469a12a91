// Text from and for the panel: never with a secret in it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/secret.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::bm_writer {

// `text` without the secrets of a call, however they are spelled in it: plain, percent-encoded or
// with XML entities.
std::string without_secrets(
    std::string text, const std::vector<std::pair<std::string, Secret>>& secrets
);

// The name of a parameter ("userpassword", "param_pm_name") or a function ("service.postopen"):
// letters, digits, "_", "-" and ".", beginning with a letter or "_", at most 128.
bool valid_name(std::string_view name);

// kBug "panel.argument": a name or a NUL byte in the call that cannot be passed.
std::optional<Error> argument_fault(const PanelCall& call);

}  // namespace bn::bm_writer
