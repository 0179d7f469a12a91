// What the sample WebPay checks and signs: the form that a client is sent with, transactions,
// notices of them, and get_transaction. Pure.
//
// Source: docs.webpay.by ("Payment form fields", "Payment notification", "Payment verification").
// What these pages do not show is ours: the texts of refusals, the status 400 of a refused form,
// and how a wrong login and an unknown transaction are answered.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/fakes/cloud/request.hpp"

namespace bn::testing::pay {

struct Shop {
    std::string store_id = "11111111";
    std::string secret_key = "sample-shop-key";
    std::string api_login = "shop-api";
    std::string api_password = "sample-api-pass";
    bool test = true;  // the sandbox: a form must say wsb_test=1

    Shop() = default;
};

// As the form says it.
struct Order {
    std::string number;
    std::string currency;
    std::string total;
    std::string notify_url;
    std::string return_url;
    bool paid = false;

    Order() = default;
};

struct Transaction {
    std::string id;
    std::string batch_timestamp;
    std::string currency;
    std::string amount;
    std::string method = "cc";
    std::string type;
    std::string order_id;       // WebPay's own
    std::string site_order_id;  // the shop's
    std::string rrn;

    Transaction() = default;
};

std::string md5_hex(std::string_view text);
std::string sha1_hex(std::string_view text);

// Why WebPay does not show its payment page for this form; nothing: it does.
std::optional<std::string> form_fault(const cloud::Params& form, const Shop& shop);
Order order_of(const cloud::Params& form);

using Fields = std::vector<std::pair<std::string, std::string>>;

// With the signature, in the order in which they are sent.
Fields notice_of(const Transaction& transaction, const Shop& shop);
std::string encoded(const Fields& fields);

struct Question {
    bool understood = false;
    bool authorized = false;
    std::string transaction;

    Question() = default;
};

Question read_question(const std::string& xml, const Shop& shop);
// Of one that is there.
std::string answer_about(const Transaction& transaction, const std::string& signature);
std::string answer_signature(const Transaction& transaction, const Shop& shop);
std::string refused_answer(const std::string& message);

}  // namespace bn::testing::pay
