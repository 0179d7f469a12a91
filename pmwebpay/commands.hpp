// The commands of the payment module: one document on the standard output each, exit code 0, or 1
// with an error document. Blocking; one thread.
#pragma once

#include <pugixml.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "pmnextcloud/args.hpp"
#include "pmnextcloud/environment.hpp"

#include "pmwebpay/payment_panel.hpp"

namespace bn::pmwebpay {

using Done = tl::expected<std::string, pmnextcloud::Failure>;  // the document

// What the module can do, and where a client is sent to pay.
std::string config_document();

// The first field of the settings' form that cannot be right; nothing where all may be. Pure.
std::optional<pmnextcloud::Failure> fault_of(const pugi::xml_node& form);

// One of config, pmvalidate, checkpay, messages. `input` is where the form comes from.
Done run_command(
    const pmnextcloud::Environment& environment,
    std::string_view command,
    int input,
    std::int64_t now
);

}  // namespace bn::pmwebpay
