// The panel's answers about a payment, in the shapes that its modules read.
#include "pmwebpay/payment_panel.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "pmnextcloud/documents.hpp"

namespace bn::pmwebpay::payment_panel_test {
namespace {

constexpr std::string_view kInfo =
    "<doc><payment><id>17</id><number>B-17</number><status>2</status><paymethod>3</paymethod>"
    "<paymethodamount>50.0101</paymethodamount><currency>126</currency><externalid>bm17</"
    "externalid>"
    "<description>For hosting</description><user_id>5</user_id>"
    "<manager_url>https://my.example.com/billmgr</manager_url>"
    "<paymethod><id>3</id><module>pmwebpay</module><wsb_storeid>11111111</wsb_storeid>"
    "<secret_key>the &amp;lt; key</secret_key><test>on</test><api_username>anna</api_username>"
    "<api_password>pass</api_password></paymethod><currency><id>126</id><iso>BYN</iso></currency>"
    "</payment></doc>";

FromPanel<Payment> read(std::string text) {
    const auto document = pmnextcloud::parse_document(text);
    EXPECT_TRUE(document.has_value());
    return read_payment(*document);
}

std::string with(std::string_view from, std::string_view to) {
    std::string text(kInfo);
    text.replace(text.find(from), from.size(), to);
    return text;
}

TEST(PaymentInfo, IsReadWithTheSettingsOfItsMethod) {
    const auto payment = read(std::string(kInfo));
    ASSERT_TRUE(payment.has_value());
    EXPECT_EQ(payment->id, 17U);
    EXPECT_EQ(payment->user, 5U);
    EXPECT_EQ(payment->state.status, webpay::kInPayment);
    EXPECT_EQ(payment->state.due.text(), "50.02");
    EXPECT_EQ(payment->state.currency, "BYN");
    EXPECT_EQ(payment->state.external_id, "bm17");
    EXPECT_TRUE(payment->state.test);
    EXPECT_EQ(payment->method.store_id, "11111111");
    EXPECT_EQ(payment->method.secret_key.reveal(), "the &lt; key");
    EXPECT_TRUE(payment->is_ours());
}

TEST(PaymentInfo, OfAnotherMethodIsNotOurs) {
    EXPECT_FALSE(read(with("pmwebpay</module>", "pmother</module>"))->is_ours());
    EXPECT_FALSE(read(with("<wsb_storeid>11111111</wsb_storeid>", ""))->is_ours());
    EXPECT_TRUE(read(with("<module>pmwebpay</module>", ""))->is_ours()) << "it need not be named";
}

TEST(PaymentInfo, ThatIsOddIsNeverTakenForMoney) {
    EXPECT_TRUE(read(with("50.0101", "-5"))->state.due.is_zero());
    EXPECT_TRUE(read(with("50.0101", "1e9"))->state.due.is_zero());
    EXPECT_EQ(read(with("<status>2</status>", "<status>paid</status>"))->state.status, 0U);
    EXPECT_EQ(read(with("<iso>BYN</iso>", ""))->state.currency, "");
    EXPECT_FALSE(read(with("<id>17</id>", "")).has_value());
    EXPECT_FALSE(read("<doc><elem/></doc>").has_value());
}

TEST(PaymentPanel, ThatCannotBeAskedIsNoAnswer) {
    const PaymentPanel nowhere("/nonexistent");
    const auto payment = nowhere.payment(17);
    ASSERT_FALSE(payment.has_value());
    EXPECT_FALSE(payment.error().missing);
    EXPECT_FALSE(payment.error().refused);
    EXPECT_FALSE(nowhere.set_paid(17, "987", "").has_value());
}

}  // namespace
}  // namespace bn::pmwebpay::payment_panel_test
