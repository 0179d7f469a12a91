// The verbs of the control socket: what has become of an item's operation, a look at a cloud, and
// what the panel's page asks: the list of what differs, a dry run, a person's word about items. Of
// the loop's thread; each verb answers one request.
#pragma once

#include <string>

#include "controller/reporting/reporter.hpp"
#include "controller/service/import_desk.hpp"
#include "controller/service/operations_watch.hpp"
#include "controller/service/pass_loop.hpp"
#include "controller/service/statistics.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

class ControlDesk {
  public:
    ControlDesk(
        ServiceContext& context,
        PassLoop& loop,
        OperationsWatch& watch,
        PanelReporter& reporter,
        Statistics& statistics
    )
        : context_(context),
          loop_(loop),
          watch_(watch),
          reporter_(reporter),
          statistics_(statistics),
          imports_(context) {}

    // One line in, one line out.
    Task<std::string> answer(std::string line);

  private:
    using Request = protocol::Request;
    using Verb = Task<std::string> (ControlDesk::*)(Request);

    static Verb verb_of(std::string_view name);  // null: there is none

    Task<std::string> ping(Request request);
    // Waits until the item's operation is done, or refused, or the time is over.
    Task<std::string> converge(Request request);
    // What a cloud says of itself; `server_config` also stores it in the panel. What was entered in
    // a form goes before what the panel has stored.
    Task<std::string> probe(Request request);
    Task<std::string> measure(Request request);
    Task<std::string> import_accounts(Request request);
    // What the ledger says now.
    Task<std::string> list_drift(Request request);
    // Both sides are read now and what differs is recorded; nothing is changed by it.
    Task<std::string> refresh_drift(Request request);
    Task<std::string> plan(Request request);
    Task<std::string> apply(Request request);
    // The verbs `pause` and `resume`.
    Task<std::string> pause(Request request);

    [[nodiscard]] std::string refused_answer(ItemId item, const OperationVerdict& verdict) const;
    [[nodiscard]] Time deadline_of(const Request& request) const;
    RecordContext on_behalf_of(const Request& request);

    ServiceContext& context_;
    PassLoop& loop_;
    OperationsWatch& watch_;
    PanelReporter& reporter_;
    Statistics& statistics_;
    ImportDesk imports_;
};

// The panel names a server that it has not.
protocol::Refusal no_such_server(ServerId id);

}  // namespace bn::controller
