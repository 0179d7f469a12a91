// The verbs of the control socket as a table, and the two of them that belong to nobody else: what
// has become of an item's operation, and a look at a cloud. Of the loop's thread.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "controller/reporting/reporter.hpp"
#include "controller/service/operations_watch.hpp"
#include "controller/service/pass_loop.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

class ControlDesk {
  public:
    using Answer = std::function<Task<std::string>(protocol::Request)>;

    ControlDesk(
        ServiceContext& context, PassLoop& loop, OperationsWatch& watch, PanelReporter& reporter
    )
        : context_(context), loop_(loop), watch_(watch), reporter_(reporter) {}

    void add(std::string verb, Answer answer);

    // One line in, one line out.
    Task<std::string> answer(std::string line);

    Task<std::string> ping(protocol::Request request);
    // Waits until the item's operation is done, or refused, or the time is over.
    Task<std::string> converge(protocol::Request request);
    // What a cloud says of itself; `server_config` also stores it in the panel. What was entered in
    // a form goes before what the panel has stored.
    Task<std::string> probe(protocol::Request request);

  private:
    [[nodiscard]] std::string refused_answer(ItemId item, const OperationVerdict& verdict) const;

    ServiceContext& context_;
    PassLoop& loop_;
    OperationsWatch& watch_;
    PanelReporter& reporter_;
    std::map<std::string, Answer> verbs_;
};

// The panel names a server that it has not.
protocol::Refusal no_such_server(ServerId id);

}  // namespace bn::controller
