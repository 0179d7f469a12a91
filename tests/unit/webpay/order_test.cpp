// The form that is posted to WebPay, its signature, and the order number in it.
#include "webpay/order.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "webpay/digest.hpp"

namespace bn::webpay::order_test {
namespace {

const Secret& key() {
    static const Secret kKey("12345678901234567890");
    return kKey;
}

Checkout checkout() {
    Checkout all;
    all.store_id = "11111111";
    all.store = "Shop & co";
    all.order = make_order(17, true, "0123456789abcdef", key());
    all.currency = "BYN";
    all.seed = "1242649174";
    all.total = *Amount::exactly("21.90");
    all.item = "Payment 17";
    all.language = "english";
    all.notify_url = "https://my.example.com/mancgi/webpayresult";
    return all;
}

std::string value(const FormFields& fields, std::string_view name) {
    const auto found = std::ranges::find(fields, name, &FormFields::value_type::first);
    return found == fields.end() ? "none" : found->second;
}

// Both are printed in WebPay's documentation; its order number is not one of ours.
TEST(PaymentForm, SignsAsTheVendorsExamples) {
    const std::string begin = "124264917411111111ORDER-123456781BYN";
    EXPECT_EQ(
        signed_digest(Digest::kSha1, begin + "21.90", key()),
        "338d1647833079f9353907ad266ec0bb5264c0d9"
    );
    EXPECT_EQ(
        signed_digest(Digest::kSha1, begin + "31.40", Secret("1")),
        "266e9c04a24dfb5fc75775c42a831a49488f8303"
    );
}

TEST(PaymentForm, HasTheSignedBytesInItsFields) {
    const FormFields fields = form_fields(checkout(), key());
    EXPECT_EQ(fields.front().first, "*scart");
    EXPECT_EQ(value(fields, "wsb_version"), "2");
    EXPECT_EQ(value(fields, "wsb_total"), "21.90");
    EXPECT_EQ(value(fields, "wsb_invoice_item_price[0]"), "21.90");
    EXPECT_EQ(value(fields, "wsb_store"), "Shop & co");
    std::string text;
    for (const char* name :
         {"wsb_seed", "wsb_storeid", "wsb_order_num", "wsb_test", "wsb_currency_id", "wsb_total"}) {
        text += value(fields, name);
    }
    EXPECT_EQ(value(fields, "wsb_signature"), sha1_hex(text + "12345678901234567890"));
    EXPECT_EQ(value(fields, "wsb_test"), "1");
    for (const auto& [name, text_of_field] : fields) {
        EXPECT_THAT(text_of_field, ::testing::Not(::testing::HasSubstr("12345678901234567890")))
            << name;
    }
}

TEST(PaymentForm, OfARealShopIsNoTest) {
    Checkout all = checkout();
    all.order = make_order(17, false, "0123456789abcdef", key());
    all.store.clear();
    const FormFields fields = form_fields(all, key());
    EXPECT_EQ(value(fields, "wsb_test"), "0");
    EXPECT_EQ(value(fields, "wsb_store"), "none");
}

TEST(OrderNumber, NamesThePaymentAndWhoMadeIt) {
    const OrderNumber made = make_order(4294967295U, true, std::string(24, 'z'), key());
    EXPECT_LE(made.text().size(), kLongestOrder);
    const auto read = read_order(made.text());
    ASSERT_TRUE(read.has_value());
    EXPECT_EQ(read->payment, 4294967295U);
    EXPECT_TRUE(read->test);
    EXPECT_TRUE(proof_fits(*read, key()));
    EXPECT_FALSE(proof_fits(*read, Secret("another")));
    EXPECT_FALSE(proof_fits(*read, Secret()));
}

TEST(OrderNumber, OfAnotherPaymentOrModeProvesNothing) {
    OrderNumber order = make_order(17, true, "0123456789abcdef", key());
    order.payment = 18;
    EXPECT_FALSE(proof_fits(order, key()));
    order.payment = 17;
    EXPECT_TRUE(proof_fits(order, key()));
    order.test = false;
    EXPECT_FALSE(proof_fits(order, key()));
}

TEST(OrderNumber, OfAnotherFormIsNone) {
    const std::string proof(24, 'a');
    EXPECT_TRUE(read_order("bm17-01234567-" + proof));
    for (const std::string& text :
         {std::string(),
          std::string("ORDER-12345678"),
          std::string("17"),
          std::string("bm"),
          std::string("bm-"),
          "bm0-01234567-" + proof,
          "bm017-01234567-" + proof,
          "bm-17-01234567-" + proof,
          "bm4294967296-01234567-" + proof,
          "bm17-0123456-" + proof,
          "bm17-01234567-a" + proof,
          std::string("bm17-01234567"),
          "bm17-0123ABCD-" + proof,
          "bmt-01234567-" + proof,
          "bm17-01234567-" + proof + "-",
          "xbm17-01234567-" + proof,
          std::string(65, 'b')}) {
        EXPECT_FALSE(read_order(text)) << text;
    }
}

TEST(OrderNumber, ThatIsReadIsWrittenTheSame) {
    EXPECT_TRUE(rc::check([](const std::string& tail, bool begin) {
        const std::string text = begin ? "bm" + tail : tail;
        const auto order = read_order(text);
        if (order) {
            RC_ASSERT(order->text() == text);
        }
    }));
}

}  // namespace
}  // namespace bn::webpay::order_test
