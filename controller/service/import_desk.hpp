// Existing accounts of a cloud become services of the panel, to be assigned to clients there.
// Nothing is written to the cloud; what may be imported is decided in reconciler/decide/panel. Of
// the loop's thread.
#pragma once

#include <set>
#include <string>

#include "controller/service/context.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

// The verb `import` of the control socket. One at a time for a server: `importing` holds those that
// are under way, and outlives this.
Task<std::string> answer_import(
    ServiceContext& context, std::set<ServerId>& importing, protocol::Request request
);

}  // namespace bn::controller
