// The host's time and randomness behind the core's port.
#pragma once

#include <memory>

#include "reconciler/ports/clock.hpp"

namespace bn::controller {

// Sleeps on this executor's thread; all calls but `now` belong to that thread. The executor's
// context may outlive the clock: those who still sleep are then never woken.
std::unique_ptr<Clock> make_system_clock(const boost::asio::any_io_executor& executor);

}  // namespace bn::controller
