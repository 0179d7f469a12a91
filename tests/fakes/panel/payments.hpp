// Money at the panel's double: payment methods, payments, and who is logged in.
//
// A payment is made for a client, and may pay for one service that was ordered: then the service
// begins to open when the payment is paid. What is not used for a service stays on the balance.
// Amounts are decimals as text ("12.50"). Failures throw std::runtime_error.
#pragma once

#include <optional>
#include <string>

#include "tests/fakes/panel/answer.hpp"
#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::testing {

struct PaymethodSpec {
    std::string module = "pmwebpay";
    std::string currency = "BYN";  // ISO
    Fields settings = {};          // the fields of its form, kept in clear as the panel does
};

Id add_paymethod(FakePanel& panel, const PaymethodSpec& spec);

struct PaymentSpec {
    Id client = 0;  // its first user makes the payment
    Id paymethod = 0;
    std::string amount = "10.00";
    std::optional<Id> item = {};  // nothing: for the balance
    std::string manager_url = "https://billing.example.com:1500";
};

// A new one: status 1.
Id add_payment(FakePanel& panel, const PaymentSpec& spec);

// The value of the cookie that a client's first user has after logging in.
std::string log_in(FakePanel& panel, Id client);

// The payment is paid: the money comes to the balance, and the ordered service is bought with it.
void receive_payment(FakePanel& panel, Id payment);

// The fields of a <doc> as the panel keeps it in xmlparams; "" has none.
Fields xml_fields(const std::string& xml);

// "12.5" -> "12.5000", as a DECIMAL(19,4) is printed; the two databases print it differently.
std::string money_text(const std::string& amount);

}  // namespace bn::testing
