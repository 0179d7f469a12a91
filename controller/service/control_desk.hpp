// The verbs of the control socket: what has become of an item's operation, a look at a cloud, and
// what the panel's page asks: the list of what differs, a dry run, a person's word about items. Of
// the loop's thread; each verb answers one request.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>

#include "controller/control/peer.hpp"
#include "controller/reporting/reporter.hpp"
#include "controller/service/maintenance_watch.hpp"
#include "controller/service/operations_watch.hpp"
#include "controller/service/pass_loop.hpp"
#include "controller/service/payment_desk.hpp"
#include "controller/service/statistics.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

// What the verbs work with; all outlive it.
struct ControlDesk {
    ServiceContext& context;
    MaintenanceWatch& maintenance;
    PassLoop& loop;
    OperationsWatch& watch;
    PanelReporter& reporter;
    Statistics& statistics;
    PaymentDesk& payments;
    std::set<ServerId> importing = {};  // servers whose accounts are being imported
    // Plans that people apply, by their ids, the oldest first.
    std::map<std::string, std::shared_ptr<AppliedPlan>> applied = {};

    // One line in, one line out. Events name the peer; who the line says that it is for is a
    // comment.
    Task<std::string> answer(std::string line, Peer peer);
};

// The panel names a server that it has not.
protocol::Refusal no_such_server(ServerId id);

}  // namespace bn::controller
