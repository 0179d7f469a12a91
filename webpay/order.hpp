// The order number that we give a payment for each attempt to pay it, and the form that carries it
// to WebPay's page. Pure; usable from any thread.
//
// WebPay signs the number in its notice, and it is all that says which payment the money is for. So
// it names the payment, and shows that it was made here: a digest with the shop's secret key stands
// in it. Numbers of other programs that share the shop name nothing of ours.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/secret.hpp"
#include "webpay/amount.hpp"

namespace bn::webpay {

inline constexpr std::string_view kTestPage = "https://securesandbox.webpay.by/";
inline constexpr std::string_view kPage = "https://payment.webpay.by/";
inline constexpr std::size_t kLongestOrder = 64;  // of WebPay

struct OrderNumber {
    std::uint32_t payment = 0;
    bool test = false;  // made for WebPay's test environment, where no money moves
    std::string nonce;  // letters and digits, of one attempt
    std::string proof;

    OrderNumber() = default;

    [[nodiscard]] std::string text() const;  // "bm17-NONCE-PROOF", a test's "bm17t-NONCE-PROOF"
};

// A new attempt. REQUIRES: payment is not 0; nonce of 8 to 24 lower-case letters and digits, never
// used before.
OrderNumber make_order(
    std::uint32_t payment, bool test, std::string_view nonce, const Secret& secret_key
);

// Nothing where the text has another form. Whether it was made here is not looked at.
std::optional<OrderNumber> read_order(std::string_view text);

// Whether it was made with this key.
bool proof_fits(const OrderNumber& order, const Secret& secret_key);

// What the form needs beside the order.
struct Checkout {
    std::string store_id;
    std::string store;  // the shop's name on WebPay's page; may be empty
    OrderNumber order;
    std::string currency;  // "BYN"
    std::string seed;
    Amount total;
    std::string item;      // what is paid for, in words
    std::string language;  // "russian" or "english"
    std::string notify_url;
    std::string return_url;
    std::string cancel_url;

    Checkout() = default;
};

// SHA-1 of what version 2 signs.
std::string signature_of(const Checkout& checkout, const Secret& secret_key);

// Names and values of the form's hidden fields, in order.
using FormFields = std::vector<std::pair<std::string, std::string>>;
FormFields form_fields(const Checkout& checkout, const Secret& secret_key);

}  // namespace bn::webpay
