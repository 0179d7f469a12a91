// The service without its surroundings: the parts, wired together. It knows no signal, socket,
// host or clock but through what it is given, so that a test or a simulator runs the whole
// controller on one thread. Of the loop's thread.
#pragma once

#include <string>

#include "controller/service/control_desk.hpp"
#include "controller/service/pass_loop.hpp"
#include "controller/service/periodic.hpp"
#include "controller/service/statistics.hpp"

namespace bn::controller {

class ServiceParts {
  public:
    ServiceParts(ServiceContext& context, PassLoop::Hooks hooks);
    ServiceParts(const ServiceParts&) = delete;
    ServiceParts& operator=(const ServiceParts&) = delete;

    // What both sides of a running service are opened with.
    [[nodiscard]] WorldOptions world_options() const;
    // Takes the ports of both sides into use; the configuration is the context's.
    void use(Sides sides);
    // The same while the service runs. REQUIRES: called from PassLoop::when_quiet.
    Task<void> replace(Sides sides);

    // Until `stop`; all that was under way has ended then.
    Task<void> run();
    void stop();

    // One line of the control socket.
    Task<std::string> answer(std::string line, Peer peer) {
        return desk_.answer(std::move(line), std::move(peer));
    }

    // Of somebody whom nobody named.
    Task<std::string> answer(std::string line) { return answer(std::move(line), Peer()); }

    [[nodiscard]] PassLoop& loop() { return loop_; }

    [[nodiscard]] const PassLoop& loop() const { return loop_; }

    [[nodiscard]] const OperationsWatch& watch() const { return watch_; }

  private:
    Task<bool> look_at_operations();
    Task<bool> tell();
    Task<bool> measure();

    ServiceContext& context_;
    MaintenanceWatch maintenance_;
    OperationsWatch watch_;
    PanelReporter reporter_;
    PassLoop loop_;
    Statistics statistics_;
    PaymentDesk payments_;
    ControlDesk desk_;
    Periodic polling_;
    Periodic telling_;
    Periodic measuring_;
    Periodic looking_;
};

}  // namespace bn::controller
