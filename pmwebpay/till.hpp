// Settles payments: what a notice of WebPay, or a look at a transaction, leads to. Each payment
// under its lock, after its state was read again; at most once, whatever is repeated or comes at
// once. Blocking; one thread.
//
// Nothing here ever cancels or takes back a payment. What only a person can judge is told to the
// staff once, into the panel's list of problems.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "pmnextcloud/environment.hpp"
#include "webpay/notice.hpp"
#include "webpay/order.hpp"

#include "pmwebpay/payment_file.hpp"
#include "pmwebpay/payment_panel.hpp"

namespace bn::pmwebpay {

enum class Taken {
    kSettled,  // done, or nothing will ever be done: it need not be said again
    kForged,   // not of WebPay
    kUnknown,  // of no payment that the panel has
    kLater,    // could not be settled now: it must be said again
};

// The status line of the answer to a notice. Everything but 200 is repeated by WebPay.
std::string_view http_status(Taken taken);

// A notice, or a transaction that was looked up.
struct Claim {
    webpay::Proof proof;
    std::string order;
};

class Till {
  public:
    Till(const pmnextcloud::Environment& environment, const PaymentPanel& panel)
        : environment_(environment), panel_(panel) {}

    Taken take(const webpay::Notice& notice) const;

    // Under the payment's lock, with the payment as it was read under it.
    Taken settle(PaymentFile& file, const Payment& payment, Claim claim) const;

    // Once for each `mark`, in the panel's list of problems. False: nobody could be told.
    [[nodiscard]] bool tell(
        PaymentFile& file,
        const Payment& payment,
        const Claim& claim,
        const std::string& mark,
        const std::string& why
    ) const;

  private:
    Taken pay(PaymentFile& file, const Payment& payment, const Claim& claim) const;
    // A notice for a payment that the panel has not, or has by another method: who is told of it
    // must have been given its order here.
    Taken lost(std::uint32_t payment, const webpay::Notice& notice) const;
    // What the panel has after payment.setpaid.
    Taken after_paying(
        PaymentFile& file, const Payment& payment, const Claim& claim, const FromPanel<void>& done
    ) const;

    const pmnextcloud::Environment& environment_;
    const PaymentPanel& panel_;
};

}  // namespace bn::pmwebpay
