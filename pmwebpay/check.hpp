// Looks at the payments that wait: the panel calls it from time to time. Blocking; one thread.
#pragma once

#include <cstdint>
#include <string>

#include "pmnextcloud/environment.hpp"

namespace bn::pmwebpay {

// After so many seconds without a word of WebPay the staff is told, once: a payment's session there
// lasts 20 minutes.
inline constexpr std::int64_t kSilence = 30 * 60;

struct CheckResult {
    int waiting = 0;  // looked at
    int settled = 0;

    CheckResult() = default;
};

// Of all payments whose form was shown and whose end is not known. A transaction that the client's
// return named is looked up in WebPay. What cannot be learned leaves a payment as it is, however
// old.
CheckResult check_payments(const pmnextcloud::Environment& environment, std::int64_t now);

}  // namespace bn::pmwebpay
