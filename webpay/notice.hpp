// WebPay's notice of a payment: what it says, whether it is WebPay's, and what is to be done about
// it. Pure; usable from any thread.
//
// Source: docs.webpay.by, "Payment notification".
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "reconciler/model/secret.hpp"
#include "webpay/amount.hpp"

namespace bn::webpay {

inline constexpr std::size_t kLargestNotice = std::size_t{64} << 10;

// "name=value&name=value", decoded. The error is a sentence that holds nothing of the text: what is
// encoded wrongly, has a zero byte or is no UTF-8, and a name that stands there twice, which two
// readers could understand differently. With `only`, no other names are read, nor complained of.
using FormValues = std::map<std::string, std::string, std::less<>>;
using FormNames = std::span<const std::string_view>;
tl::expected<FormValues, std::string> read_form(std::string_view text, FormNames only = {});

std::string value_of(const FormValues& values, std::string_view name);  // "" when there is none

// As WebPay wrote it. Nothing else of a notice is kept: it may tell of the card.
struct Notice {
    std::string batch_timestamp;
    std::string currency_id;
    std::string amount;
    std::string payment_method;
    std::string order_id;       // WebPay's own number
    std::string site_order_id;  // ours: the only source of which payment it is about
    std::string transaction_id;
    std::string payment_type;
    std::string rrn;
    std::string signature;

    Notice() = default;
};

// The error says what is missing or cannot be.
tl::expected<Notice, std::string> read_notice(std::string_view body);

// The signed text has no separators; with a reference of the bank in its usual form, of 12 digits,
// it can be read in one way only.
bool has_one_reading(const Notice& notice);

// False without a signature or without a secret.
bool signature_fits(const Notice& notice, const Secret& secret_key);

// The panel's states of a payment that we know.
inline constexpr std::uint32_t kNewPayment = 1;
inline constexpr std::uint32_t kInPayment = 2;
inline constexpr std::uint32_t kPaidPayment = 4;
inline constexpr std::uint32_t kFraudPayment = 7;
inline constexpr std::uint32_t kCancelledPayment = 9;

// What was paid, of a notice with a right signature or of a look at the transaction.
struct Proof {
    std::string transaction;
    std::string payment_type;
    std::string amount;
    std::string currency;
    bool order_is_ours = false;  // made here, for this payment
    bool order_is_test = false;  // no money moved
    // What WebPay signed cannot be cut into other fields. A client may have a notice sent to
    // himself: its address is not signed, and he must not make a refusal a payment.
    bool one_reading = false;

    Proof() = default;
};

// The payment, as the panel has it now.
struct PaymentState {
    std::uint32_t status = 0;
    Amount due;
    std::string currency;
    std::string external_id;  // of a paid one: the transaction that paid it
    bool test = false;        // its method is set to WebPay's test environment
    // By our own record, of the transaction that is judged:
    bool settled_before = false;  // it paid this payment once
    bool given_back = false;      // a notice said that its money was given back

    PaymentState() = default;
};

enum class Move {
    kPay,      // settle it
    kNothing,  // it is settled, or there is nothing to settle
    kTell,     // nothing may be changed by a program: the staff must know
    kLater,    // what the panel says of it is understood by nobody: ask again
};

struct Judgement {
    Move move = Move::kLater;
    std::string why;  // one English sentence

    Judgement() = default;

    Judgement(Move m, std::string w) : move(m), why(std::move(w)) {}
};

Judgement judge(const Proof& proof, const PaymentState& payment);

}  // namespace bn::webpay
