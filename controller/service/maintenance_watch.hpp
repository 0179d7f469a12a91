// Looks at the panel's maintenance switch and records what it says; the rule is in
// reconciler/decide/maintenance. Of the loop's thread.
#pragma once

#include <functional>
#include <string>

#include "controller/service/context.hpp"
#include "reconciler/decide/maintenance.hpp"

namespace bn::controller {

class MaintenanceWatch {
  public:
    // `ended`: what waited may go on.
    MaintenanceWatch(ServiceContext& context, std::function<void()> ended)
        : context_(context), ended_(std::move(ended)), known_at_(context.steady()) {}

    // A file of this host each second, a panel on another host twice a minute.
    [[nodiscard]] Duration period() const;

    // False: nobody can tell.
    Task<bool> look();

    // Before something is begun: a file is looked at anew, a panel that is asked at least once.
    Task<void> look_before();

    // The panel's module says it with each of its questions. It is not asked where the file itself
    // can be looked at.
    Task<void> heard(bool on);

  private:
    Task<void> note(SwitchHeard heard, Duration patience);

    ServiceContext& context_;
    std::function<void()> ended_;
    Steady known_at_;  // or since when nobody can tell
    bool looked_ = false;
    bool noting_ = false;
    std::string unknown_;  // why nobody can tell, as it was logged
};

}  // namespace bn::controller
