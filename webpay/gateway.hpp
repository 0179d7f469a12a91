// A look at one transaction in WebPay, get_transaction: the request's bytes, and what an answer
// says. Whoever sends it is elsewhere. Pure; usable from any thread.
//
// Source: docs.webpay.by, "Payment verification". It shows the answer of a transaction that is
// there. What is answered to a wrong login or about an unknown transaction it does not say: both
// are a `status` that is not "success" with a text, and nothing is concluded from that text.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "base/text.hpp"
#include "reconciler/model/secret.hpp"

namespace bn::webpay {

inline constexpr std::string_view kTestGateway = "https://sandbox.webpay.by";
inline constexpr std::string_view kGateway = "https://billing.webpay.by";

// A transaction's number: digits, not too many.
bool is_transaction_id(std::string_view text);

// What goes over the line in the password's place: its MD5, which lets in as it does.
Secret sent_password(const Secret& password);

// Fills the body of the POST. REQUIRES: is_transaction_id(transaction).
void fill_request(
    base::Form& form,
    std::string_view login,
    const Secret& sent_password,
    std::string_view transaction
);

// As the gateway wrote it.
struct Transaction {
    std::string transaction_id;
    std::string batch_timestamp;
    std::string currency_id;
    std::string amount;
    std::string payment_method;
    std::string payment_type;
    std::string order_id;  // WebPay's own number, not the shop's
    std::string rrn;
    std::string signature;
    // The shop's number. The signature does not cover it: that it is the gateway's word, only TLS
    // shows.
    std::string order_num;

    Transaction() = default;
};

struct GatewayAnswer {
    bool success = false;  // the gateway took the request and the login
    std::string refusal;   // its words where it did not; empty, or as long as it likes
    std::optional<Transaction> transaction;  // nothing: it names none

    GatewayAnswer() = default;
};

// The error says what is wrong with the document.
tl::expected<GatewayAnswer, std::string> read_gateway_answer(std::string_view body);

// False without a signature or without a secret.
bool signature_fits(const Transaction& transaction, const Secret& secret_key);

enum class Outcome { kPaid, kRefused, kRefund, kUnknown };

// Of payment_type. Only 1 and 4 are paid; what is not listed is unknown.
Outcome outcome_of(std::string_view payment_type);
std::string_view to_string(Outcome outcome);

}  // namespace bn::webpay
