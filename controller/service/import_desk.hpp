// Existing accounts of a cloud become services of the panel, to be assigned to clients there.
// Nothing is written to the cloud; what may be imported is decided in reconciler/decide/panel. Of
// the loop's thread.
#pragma once

#include <set>
#include <string>

#include "controller/service/context.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

class ImportDesk {
  public:
    explicit ImportDesk(ServiceContext& context) : context_(context) {}

    // The verb `import` of the control socket. One at a time for a server.
    Task<std::string> answer(protocol::Request request);

  private:
    Task<std::string> import_alone(protocol::Request request, std::shared_ptr<World> world);
    // Why this account does not become a service; empty: it does, and `service` is its number.
    Task<std::string> import_account(
        const protocol::Request& request,
        std::shared_ptr<World> world,
        const DesiredServer& server,
        const OwnedActualAccount& account,
        std::string& service
    );

    ServiceContext& context_;
    std::set<ServerId> importing_;
};

}  // namespace bn::controller
