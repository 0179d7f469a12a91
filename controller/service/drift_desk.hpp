// What the panel's page asks: the list of what differs, a dry run, and a person's word about items.
// Of the loop's thread; each function answers one request of the control socket.
#pragma once

#include <string>

#include "controller/reporting/reporter.hpp"
#include "controller/service/operations_watch.hpp"
#include "controller/service/pass_loop.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

class DriftDesk {
  public:
    DriftDesk(
        ServiceContext& context, PassLoop& loop, OperationsWatch& watch, PanelReporter& reporter
    )
        : context_(context), loop_(loop), watch_(watch), reporter_(reporter) {}

    // What the ledger says now.
    Task<std::string> list(protocol::Request request);
    // Both sides are read now and what differs is recorded; nothing is changed by it.
    Task<std::string> refresh(protocol::Request request);
    Task<std::string> plan(protocol::Request request);
    Task<std::string> apply(protocol::Request request);
    // The verbs `pause` and `resume`.
    Task<std::string> pause(protocol::Request request);

  private:
    RecordContext on_behalf_of(const protocol::Request& request);

    ServiceContext& context_;
    PassLoop& loop_;
    OperationsWatch& watch_;
    PanelReporter& reporter_;
};

}  // namespace bn::controller
