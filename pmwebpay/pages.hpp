// The two pages that the panel's web server starts: webpaypayment, which a client is sent to, and
// webpayresult, which takes WebPay's notices and the client's return. Blocking; one thread.
#pragma once

#include <cstdint>

#include "pmnextcloud/environment.hpp"

#include "pmwebpay/cgi.hpp"

namespace bn::pmwebpay {

// For the client whose payment it is, and nobody else: his session is asked of the panel.
Page payment_page(
    const pmnextcloud::Environment& environment, const CgiRequest& request, std::int64_t now
);

// A notice, as the body of a POST; `fd` is where it comes from.
Page notice_page(const pmnextcloud::Environment& environment, const CgiRequest& request, int fd);

// The client is back. It proves nothing: what it says of a transaction is kept as a hint of where
// to look. Nothing is asked of the panel, as anybody may call it.
Page return_page(const pmnextcloud::Environment& environment, const CgiRequest& request);

// Letters and digits of the system's generator, never the same again.
std::string fresh_nonce();

}  // namespace bn::pmwebpay
