// What the panel's payment module asks of WebPay through us: whether a login is taken, and what has
// become of a transaction. Nothing is changed by it, here or there, and nothing is kept. Of the
// loop's thread; the calls run on threads of their own, so that no pass and no order waits for one.
//
// Who asks too much is told "controller_busy": one call at a time for a login, so many in all, and
// so many in a minute.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>

#include "controller/service/context.hpp"
#include "controller/sides.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

class PaymentDesk {
  public:
    explicit PaymentDesk(ServiceContext& context) : context_(context) {}

    // The verbs `payment.probe` and `payment.transaction`. Ends within 10 seconds.
    Task<std::string> answer(protocol::Request request);

  private:
    [[nodiscard]] std::optional<protocol::Refusal> too_much(const std::string& login);
    [[nodiscard]] std::string address(bool test) const;

    ServiceContext& context_;
    std::set<std::string> asking_;  // logins whose call is under way
    std::deque<Steady> begun_;      // the calls of the last minute
    std::optional<Blocking> threads_;
};

}  // namespace bn::controller
