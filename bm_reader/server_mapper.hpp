// Rows of processingmodule and its params -> servers. A server that cannot be used keeps its place
// and says why.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include <tl/expected.hpp>

#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"
#include "reconciler/model/desired.hpp"

namespace bn::bm_reader {

struct ServerProblem {
    std::string what;
    std::string remedy;
};

// The address without trailing slashes, its sub-path kept; or what is wrong with it.
tl::expected<std::string, ServerProblem> usable_base_url(std::string_view text, bool allow_http);

// Whether the cloud's certificate is checked: "on", "off", or nothing said.
tl::expected<std::optional<bool>, ServerProblem> usable_verify(std::string_view text);

// The longest time of one call, in whole seconds from 1 to 3600, or nothing said.
tl::expected<std::optional<Duration>, ServerProblem> usable_timeout(std::string_view text);

struct ServerRows {
    std::vector<DesiredServer> servers;        // ours, sorted by id; without accounts
    std::unordered_set<std::uint32_t> others;  // ids of other modules' rows
    bool key_fails = false;  // a key is configured and does not open all crypted params
};

// Three statements. Secrets end in DesiredServer::password and nowhere else.
Result<ServerRows> read_servers(RowSource& rows, const PanelSettings& settings);

}  // namespace bn::bm_reader
