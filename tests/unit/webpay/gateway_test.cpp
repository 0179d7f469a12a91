// What is sent to WebPay's billing API, and what its answers are taken for.
#include "webpay/gateway.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "webpay/digest.hpp"

namespace bn::webpay::gateway_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string answer_with(const std::string& fields, const std::string& status = "success") {
    return R"(<?xml version="1.0" encoding="UTF-8"?><wsb_api_response><version>1</version>)"
           "<command>get_transaction</command><status>" +
           status + "</status>" + fields + "</wsb_api_response>";
}

// The digest was computed with md5sum.
std::string paid_fields() {
    return "<fields><transaction_id>987654</transaction_id><batch_timestamp>1790000000"
           "</batch_timestamp><currency_id>BYN</currency_id><amount>50.01</amount>"
           "<payment_method>cc</payment_method><payment_type>1</payment_type>"
           "<order_id>123456</order_id><order_num>A-1</order_num><rrn>555444333222</rrn>"
           "<wsb_signature>470910a5e58f1860752552e76c8dd1ee</wsb_signature></fields>";
}

TEST(Gateway, IsAskedWithTheDigestOfThePassword) {
    base::Form form;
    fill_request(form, "anna & co", sent_password(Secret("secret-pass")), "123");
    EXPECT_THAT(form.text(), ::testing::StartsWith("*API=&API_XML_REQUEST=%3C%3Fxml"));
    EXPECT_THAT(form.text(), HasSubstr("%3Cusername%3Eanna%20%26amp%3B%20co%3C%2Fusername%3E"));
    EXPECT_THAT(form.text(), HasSubstr("%3Ctransaction_id%3E123%3C%2Ftransaction_id%3E"));
    EXPECT_THAT(form.text(), HasSubstr(md5_hex("secret-pass")));
    EXPECT_THAT(form.text(), Not(HasSubstr("secret-pass")));
}

TEST(Gateway, DigestsAreThoseOfTheStandards) {
    EXPECT_EQ(md5_hex("abc"), "900150983cd24fb0d6963f7d28e17f72");
    EXPECT_EQ(sha1_hex("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    EXPECT_TRUE(same_digest("AB12", "ab12"));
    EXPECT_FALSE(same_digest("ab12", "ab13"));
    EXPECT_FALSE(same_digest("ab12", "ab1"));
}

TEST(Gateway, OnlyDigitsAreATransactionsNumber) {
    EXPECT_TRUE(is_transaction_id("0"));
    EXPECT_TRUE(is_transaction_id(std::string(32, '9')));
    for (const char* bad : {"", "-1", "1 ", "1<", "0x1", "123456789012345678901234567890123"}) {
        EXPECT_FALSE(is_transaction_id(bad)) << bad;
    }
}

TEST(Gateway, ATransactionIsBelievedByItsSignatureOnly) {
    const auto answer = read_gateway_answer(answer_with(paid_fields()));
    ASSERT_TRUE(answer && answer->success && answer->transaction);
    Transaction found = *answer->transaction;
    EXPECT_EQ(found.transaction_id, "987654");
    EXPECT_EQ(found.amount, "50.01");
    EXPECT_EQ(found.order_id, "123456") << "WebPay's number";
    EXPECT_TRUE(signature_fits(found, Secret("the key")));
    EXPECT_FALSE(signature_fits(found, Secret("another")));
    EXPECT_FALSE(signature_fits(found, Secret()));
    for (std::string Transaction::*const field :
         {&Transaction::transaction_id,
          &Transaction::batch_timestamp,
          &Transaction::currency_id,
          &Transaction::amount,
          &Transaction::payment_method,
          &Transaction::payment_type,
          &Transaction::order_id,
          &Transaction::rrn}) {
        Transaction forged = found;
        forged.*field += "0";
        EXPECT_FALSE(signature_fits(forged, Secret("the key"))) << found.*field;
    }
    found.signature.clear();
    EXPECT_FALSE(signature_fits(found, Secret("the key")));
}

TEST(Gateway, ARefusalIsNoWordAboutATransaction) {
    const std::string error = "<error><error_message>bad\nlogin</error_message></error>";
    auto answer = read_gateway_answer(answer_with(error, "failed"));
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->success);
    EXPECT_EQ(answer->refusal, "bad login");
    EXPECT_FALSE(answer->transaction);
    // Fields beside a refusal are none of a transaction that is there.
    answer = read_gateway_answer(answer_with(paid_fields(), "failed"));
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->transaction);
    answer = read_gateway_answer(answer_with("<fields></fields>"));
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->success);
    EXPECT_FALSE(answer->transaction);
}

TEST(Gateway, WhatIsNoAnswerIsNotRead) {
    const std::string good = answer_with(paid_fields());
    for (const std::string& bad :
         {std::string(),
          std::string("no such page"),
          std::string("<html><body>502</body></html>"),
          good.substr(0, good.size() / 2),
          std::string("<wsb_api_response/>"),
          "<!DOCTYPE x>" + good.substr(good.find("?>") + 2),
          good + "<more/>",
          answer_with(
              "<fields><transaction_id>" + std::string(201, '1') + "</transaction_id></fields>"
          )}) {
        EXPECT_FALSE(read_gateway_answer(bad)) << bad;
    }
}

TEST(Gateway, OnlyTwoTypesArePaid) {
    for (int type = -1; type < 30; ++type) {
        const Outcome outcome = outcome_of(std::to_string(type));
        EXPECT_EQ(outcome == Outcome::kPaid, type == 1 || type == 4) << type;
        const bool refund = type == 5 || type == 7 || type == 9 || type == 11;
        EXPECT_EQ(outcome == Outcome::kRefund, refund) << type;
        const bool refused = type == 2 || type == 8 || type == 12;
        EXPECT_EQ(outcome == Outcome::kRefused, refused) << type;
        EXPECT_EQ(to_string(outcome) == "paid", type == 1 || type == 4);
    }
    EXPECT_EQ(outcome_of(""), Outcome::kUnknown);
    EXPECT_EQ(outcome_of("01"), Outcome::kUnknown);
    EXPECT_EQ(to_string(Outcome::kUnknown), "unknown");
}

}  // namespace
}  // namespace bn::webpay::gateway_test
