// What WebPay's notice says, and what is done about it.
#include "webpay/notice.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "webpay/digest.hpp"
#include "webpay/gateway.hpp"

namespace bn::webpay::notice_test {
namespace {

// As WebPay posts it, without its signature.
constexpr std::string_view kBody =
    "batch_timestamp=1790000000&currency_id=BYN&amount=50.01&payment_method=cc&order_id=123456"
    "&site_order_id=bm17-01234567-aaaaaaaaaaaaaaaaaaaaaaaa&transaction_id=987654&payment_type=1"
    "&rrn=555444333222&card=4111+11xx+xxxx+1111&wsb_signature=";

std::string signed_body(std::string_view key = "key") {
    return std::string(kBody) + md5_hex(
                                    "1790000000BYN50.01cc123456bm17-01234567-"
                                    "aaaaaaaaaaaaaaaaaaaaaaaa9876541555444333222" +
                                    std::string(key)
                                );
}

Proof paid_proof() {
    Proof proof;
    proof.transaction = "987654";
    proof.payment_type = "1";
    proof.amount = "50.01";
    proof.currency = "BYN";
    proof.order_is_ours = true;
    proof.one_reading = true;
    return proof;
}

PaymentState waiting() {
    PaymentState payment;
    payment.status = kInPayment;
    payment.due = *Amount::rounded_up("50.0100");
    payment.currency = "BYN";
    payment.external_id = "bm17-01234567-aaaaaaaaaaaaaaaaaaaaaaaa";
    return payment;
}

TEST(Notice, IsReadAndItsSignatureFitsOneKeyOnly) {
    const auto notice = read_notice(signed_body());
    ASSERT_TRUE(notice.has_value()) << notice.error();
    EXPECT_EQ(notice->transaction_id, "987654");
    EXPECT_EQ(notice->site_order_id, "bm17-01234567-aaaaaaaaaaaaaaaaaaaaaaaa");
    EXPECT_TRUE(signature_fits(*notice, Secret("key")));
    EXPECT_FALSE(signature_fits(*notice, Secret("other")));
    EXPECT_FALSE(signature_fits(*notice, Secret()));
}

// The digest is that of md5sum, so that not both sides err alike.
TEST(Notice, IsSignedAsMd5sumSays) {
    Notice notice = *read_notice(std::string(kBody) + "0f");
    notice.signature = "a4a6ff2f2f7f4a6e0b4b7d0f0f6d8f6b";
    EXPECT_FALSE(signature_fits(notice, Secret("key")));
    notice.signature = "eb8b7940e567fc2b6c6a124f29a599f5";
    EXPECT_TRUE(signature_fits(notice, Secret("key")));
}

TEST(Notice, WithAnyFieldChangedIsNotWebPays) {
    const Notice right = *read_notice(signed_body());
    for (std::string Notice::*field :
         {&Notice::batch_timestamp,
          &Notice::currency_id,
          &Notice::amount,
          &Notice::payment_method,
          &Notice::order_id,
          &Notice::site_order_id,
          &Notice::transaction_id,
          &Notice::payment_type,
          &Notice::rrn,
          &Notice::signature}) {
        Notice wrong = right;
        wrong.*field += "0";
        EXPECT_FALSE(signature_fits(wrong, Secret("key")));
        wrong.*field = "";
        EXPECT_FALSE(signature_fits(wrong, Secret("key")));
    }
}

TEST(Notice, ThatCannotBeOneIsRefused) {
    const std::string whole = signed_body();
    for (const std::string& body :
         {std::string(),
          std::string("a=b"),
          whole + "&amount=1.00",
          std::string("rrn=%zz&") + whole,
          std::string("rrn=%4&") + whole,
          std::string("rrn=%00&") + whole,
          std::string("rrn=%ff&") + whole,
          whole + "&x=" + std::string(kLargestNotice, 'a')}) {
        EXPECT_FALSE(read_notice(body)) << body.substr(0, 400);
    }
    std::string no_number = whole;
    no_number.replace(no_number.find("987654"), 6, "98765x");
    EXPECT_FALSE(read_notice(no_number));
    std::string long_one = whole;
    long_one.replace(long_one.find("BYN"), 3, std::string(201, 'B'));
    EXPECT_FALSE(read_notice(long_one));
}

TEST(Notice, IsDecodedAsAForm) {
    const auto values = read_form("a=1+2%26%3D%D1%8B&&b&c=");
    ASSERT_TRUE(values.has_value());
    EXPECT_EQ(value_of(*values, "a"), "1 2&=\xD1\x8B");
    EXPECT_EQ(values->size(), 3U);
    EXPECT_EQ(value_of(*values, "none"), "");
}

TEST(Judgement, PaysAWaitingPayment) {
    EXPECT_EQ(judge(paid_proof(), waiting()).move, Move::kPay);
    PaymentState fresh = waiting();
    fresh.status = kNewPayment;
    EXPECT_EQ(judge(paid_proof(), fresh).move, Move::kPay);
    Proof four = paid_proof();
    four.payment_type = "4";
    EXPECT_EQ(judge(four, waiting()).move, Move::kPay);
}

TEST(Judgement, ARepeatedNoticeChangesNothing) {
    PaymentState payment = waiting();
    payment.status = kPaidPayment;
    payment.external_id = "987654";
    EXPECT_EQ(judge(paid_proof(), payment).move, Move::kNothing);
    payment.external_id = "111";
    EXPECT_EQ(judge(paid_proof(), payment).move, Move::kTell) << "money was taken twice";
}

// The same text, signed alike, cut otherwise: "987654" "2" "55…" and "98765" "4" "255…".
TEST(Notice, OfARefusalIsNotReadAsAPayment) {
    Notice refused = *read_notice(signed_body());
    refused.payment_type = "2";
    Notice forged = refused;
    forged.transaction_id = refused.transaction_id.substr(0, 5);
    forged.payment_type = "4";
    forged.rrn = "2" + refused.rrn;
    ASSERT_EQ(
        refused.transaction_id + refused.payment_type + refused.rrn,
        forged.transaction_id + forged.payment_type + forged.rrn
    );
    EXPECT_TRUE(has_one_reading(refused));
    EXPECT_FALSE(has_one_reading(forged));
    forged.rrn.clear();
    EXPECT_FALSE(has_one_reading(forged));
    forged.rrn = "55544433322x";
    EXPECT_FALSE(has_one_reading(forged));
    Proof proof = paid_proof();
    proof.one_reading = false;
    EXPECT_EQ(judge(proof, waiting()).move, Move::kTell);
}

TEST(Notice, IsNotLostByWhatIsNotReadOfIt) {
    EXPECT_TRUE(read_notice(signed_body() + "&card_holder=%ff&card_holder=x&%zz=1"));
    EXPECT_FALSE(read_notice(signed_body() + "&amount=50.01"));
}

TEST(Judgement, OfATransactionThatWasSettledOrGivenBackPaysNothingAgain) {
    PaymentState payment = waiting();
    payment.settled_before = true;
    EXPECT_EQ(judge(paid_proof(), payment).move, Move::kTell);
    payment = waiting();
    payment.given_back = true;
    EXPECT_EQ(judge(paid_proof(), payment).move, Move::kTell);
    payment.status = kPaidPayment;
    payment.external_id = "987654";
    EXPECT_EQ(judge(paid_proof(), payment).move, Move::kNothing);
}

TEST(Judgement, OfWhatDoesNotFitIsToldToThePeople) {
    Proof proof = paid_proof();
    for (const char* amount : {"50.00", "50.02", "5001", "50,01", "", "50.0101"}) {
        proof.amount = amount;
        EXPECT_EQ(judge(proof, waiting()).move, Move::kTell) << amount;
    }
    proof = paid_proof();
    proof.currency = "RUB";
    EXPECT_EQ(judge(proof, waiting()).move, Move::kTell);
    PaymentState nothing_due = waiting();
    nothing_due.due = Amount();
    proof = paid_proof();
    proof.amount = "0.00";
    EXPECT_EQ(judge(proof, nothing_due).move, Move::kTell);
    proof = paid_proof();
    proof.order_is_ours = false;
    EXPECT_EQ(judge(proof, waiting()).move, Move::kTell);
    proof = paid_proof();
    proof.order_is_test = true;
    EXPECT_EQ(judge(proof, waiting()).move, Move::kTell) << "no money moved";
    PaymentState test = waiting();
    test.test = true;
    EXPECT_EQ(judge(proof, test).move, Move::kPay);
    EXPECT_EQ(judge(paid_proof(), test).move, Move::kTell);
}

TEST(Judgement, OfACancelledOrStrangePaymentNeverPays) {
    for (const auto& [status, move] :
         {std::pair(kFraudPayment, Move::kTell),
          std::pair(kCancelledPayment, Move::kTell),
          std::pair(0U, Move::kLater),
          std::pair(3U, Move::kLater),
          std::pair(8U, Move::kLater),
          std::pair(99U, Move::kLater)}) {
        PaymentState payment = waiting();
        payment.status = status;
        EXPECT_EQ(judge(paid_proof(), payment).move, move) << status;
    }
}

TEST(Judgement, OfARefusalARefundAndTheUnknownChangesNothing) {
    for (const auto& [type, move] :
         {std::pair("2", Move::kNothing),
          std::pair("8", Move::kNothing),
          std::pair("12", Move::kNothing),
          std::pair("5", Move::kTell),
          std::pair("7", Move::kTell),
          std::pair("9", Move::kTell),
          std::pair("11", Move::kTell),
          std::pair("10", Move::kTell),
          std::pair("", Move::kTell)}) {
        Proof proof = paid_proof();
        proof.payment_type = type;
        EXPECT_EQ(judge(proof, waiting()).move, move) << type;
    }
}

TEST(Judgement, PaysOnlyWhatFitsInEverything) {
    EXPECT_TRUE(rc::check([] {
        Proof proof;
        proof.transaction = std::to_string(*rc::gen::inRange(1, 3));
        proof.payment_type = std::to_string(*rc::gen::inRange(0, 13));
        proof.amount =
            *rc::gen::elementOf(std::vector<std::string>{"1.00", "1", "1.01", "x", "-1.00"});
        proof.currency = *rc::gen::elementOf(std::vector<std::string>{"BYN", "RUB", ""});
        proof.order_is_ours = *rc::gen::arbitrary<bool>();
        proof.order_is_test = *rc::gen::arbitrary<bool>();
        proof.one_reading = *rc::gen::arbitrary<bool>();
        PaymentState payment;
        payment.status = *rc::gen::inRange(0U, 11U);
        payment.due = *Amount::exactly("1.00");
        payment.currency = *rc::gen::elementOf(std::vector<std::string>{"BYN", ""});
        payment.test = *rc::gen::arbitrary<bool>();
        payment.settled_before = *rc::gen::arbitrary<bool>();
        payment.given_back = *rc::gen::arbitrary<bool>();
        const Judgement judged = judge(proof, payment);
        RC_ASSERT(!judged.why.empty());
        const bool fits = (proof.payment_type == "1" || proof.payment_type == "4") &&
                          (proof.amount == "1.00" || proof.amount == "1") &&
                          !proof.currency.empty() && proof.currency == payment.currency &&
                          proof.order_is_ours && proof.order_is_test == payment.test &&
                          (payment.status == 1 || payment.status == 2) && proof.one_reading &&
                          !payment.settled_before && !payment.given_back;
        RC_ASSERT((judged.move == Move::kPay) == fits);
    }));
}

}  // namespace
}  // namespace bn::webpay::notice_test
