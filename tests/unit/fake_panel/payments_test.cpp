// Payments at the panel's double: what a payment module is told, and what its calls do.
#include "tests/fakes/panel/payments.hpp"

#include <pugixml.hpp>

#include <gtest/gtest.h>

#include "tests/unit/fake_panel/panel_folder.hpp"

namespace bn::testing::payments_test {
namespace {

class Payments : public ::testing::Test {
  protected:
    explicit Payments(const Json& settings = Json::object()) : panel_(settings) {
        method_ = id_of(
            panel_.tool({"add-paymethod", "pmwebpay", "BYN", "wsb_storeid=111", "secret_key=k<&>"}),
            "paymethod"
        );
    }

    static std::string id_of(const Json& answer, const char* what) {
        return std::to_string(answer.at(what).get<int>());
    }

    std::string ordered() {
        return id_of(
            panel_.tool({"order", std::to_string(panel_.client), std::to_string(panel_.small)}),
            "item"
        );
    }

    std::string bill(const std::string& amount, const std::string& item = {}) {
        std::vector<std::string> args = {"bill", std::to_string(panel_.client), method_, amount};
        if (!item.empty()) {
            args.push_back(item);
        }
        return id_of(panel_.tool(args), "payment");
    }

    Json show(const std::string& payment) { return panel_.tool({"show-payment", payment}); }

    std::string status(const std::string& payment) { return show(payment).at("status"); }

    std::string step(const std::string& function, const std::string& payment) {
        return panel_.call({function, "elid=" + payment});
    }

    pugi::xml_document ask(const std::vector<std::string>& args) {
        pugi::xml_document document;
        document.load_string(panel_.mgrctl(args).out.c_str());
        return document;
    }

    PanelFolder panel_;
    std::string method_;
};

class ForwardPayments : public Payments {
  protected:
    ForwardPayments() : Payments(Json{{"payment_steps", "forward"}}) {}
};

TEST_F(Payments, InfoTellsThePaymentAndTheSettingsInClear) {
    const std::string payment = bill("12.5");
    const pugi::xml_document document = ask({"payment.info", "elid=" + payment});
    const pugi::xml_node node = document.child("doc").child("payment");
    EXPECT_EQ(node.child_value("id"), payment);
    EXPECT_STREQ(node.child_value("status"), "1");
    EXPECT_STREQ(node.child_value("paymethodamount"), "12.5000");
    EXPECT_STREQ(node.child_value("userrealname"), "Anna");
    EXPECT_STREQ(node.child_value("useremail"), "anna@example.com");
    EXPECT_STREQ(node.child_value("manager_url"), "https://billing.example.com:1500");
    EXPECT_STRNE(node.child_value("randomnumber"), "");
    EXPECT_STREQ(node.child("project").child_value("name"), "Provider");
    // Two of a name: the id, then what it stands for.
    EXPECT_EQ(node.child_value("paymethod"), method_);
    const pugi::xml_node method = node.child("paymethod").next_sibling("paymethod");
    EXPECT_STREQ(method.child_value("module"), "pmwebpay");
    EXPECT_STREQ(method.child_value("wsb_storeid"), "111");
    EXPECT_STREQ(method.child_value("secret_key"), "k<&>");
    const pugi::xml_node currency = node.child("currency").next_sibling("currency");
    EXPECT_STREQ(currency.child_value("iso"), "BYN");
}

TEST_F(Payments, APaidOneOpensItsServiceAndIsKeptWithItsWords) {
    const std::string item = ordered();
    const std::string payment = bill("10.00", item);
    EXPECT_EQ(panel_.call({"payment.setinpay", "elid=" + payment, "externalid=order-1"}), "ok");
    EXPECT_EQ(status(payment), "2");
    EXPECT_EQ(show(payment).at("externalid"), "order-1");
    EXPECT_TRUE(panel_.show(item).at("operations").empty());
    EXPECT_EQ(
        panel_.call({"payment.setpaid", "elid=" + payment, "externalid=99", "info=card"}), "ok"
    );
    const Json paid = show(payment);
    EXPECT_EQ(paid.at("status"), "4");
    EXPECT_EQ(paid.at("externalid"), "99");
    EXPECT_EQ(paid.at("info"), "card");
    EXPECT_TRUE(paid.contains("paydate"));
    EXPECT_EQ(paid.at("used"), "10.0000");
    EXPECT_EQ(paid.at("balance"), "0.0000");
    const Json opening = panel_.show(item);
    EXPECT_EQ(opening.at("processingmodule"), "1");
    ASSERT_EQ(opening.at("operations").size(), 1U);
    EXPECT_EQ(opening.at("operations")[0].at("intname"), "open");
}

TEST_F(Payments, OneWithoutAServiceStaysOnTheBalance) {
    const std::string payment = bill("0.10");
    EXPECT_EQ(step("payment.setpaid", bill("0.20")), "ok");
    EXPECT_EQ(step("payment.setpaid", payment), "ok");
    EXPECT_EQ(show(payment).at("balance"), "0.3000");
    EXPECT_EQ(show(payment).at("used"), "0.0000");
}

// A module that pays twice is seen: the service opens once, the money is there twice.
TEST_F(Payments, PaidTwiceIsMoneyTwice) {
    const std::string item = ordered();
    const std::string payment = bill("10.00", item);
    EXPECT_EQ(step("payment.setpaid", payment), "ok");
    EXPECT_EQ(step("payment.setpaid", payment), "ok");
    EXPECT_EQ(show(payment).at("balance"), "10.0000");
    EXPECT_EQ(panel_.show(item).at("operations").size(), 1U);
}

TEST_F(ForwardPayments, ASettledOneTakesNoStep) {
    const std::string payment = bill("10.00");
    EXPECT_EQ(step("payment.setpaid", payment), "ok");
    for (const char* function :
         {"payment.setpaid", "payment.setinpay", "payment.setnopay", "payment.setcanceled"}) {
        EXPECT_EQ(step(function, payment), "error value(status)") << function;
    }
    EXPECT_EQ(show(payment).at("balance"), "10.0000");
    EXPECT_EQ(status(payment), "4");
}

TEST_F(Payments, EachStepHasItsStatus) {
    const std::string payment = bill("10.00");
    for (const auto& [function, expected] :
         Fields{{"setinpay", "2"}, {"setnopay", "1"}, {"setfraud", "7"}, {"setcanceled", "9"}}) {
        EXPECT_EQ(step("payment." + function, payment), "ok") << function;
        EXPECT_EQ(status(payment), expected) << function;
    }
    EXPECT_EQ(step("payment.delete", payment), "ok");
    EXPECT_TRUE(show(payment).contains("gone"));
    for (const char* function : {"payment.info", "payment.setpaid", "payment.delete"}) {
        EXPECT_EQ(step(function, payment), "error missed(payment)") << function;
    }
}

TEST_F(Payments, AreListed) {
    bill("1");
    const std::string second = bill("2");
    EXPECT_EQ(step("payment.setinpay", second), "ok");
    const pugi::xml_document document = ask({"payment"});
    const pugi::xml_node last = document.child("doc").last_child().previous_sibling("elem");
    EXPECT_EQ(last.child_value("id"), second);
    EXPECT_STREQ(last.child_value("status"), "2");
    EXPECT_EQ(last.child_value("paymethod"), method_);
    EXPECT_EQ(panel_.tool({"payments"}).size(), 2U);
}

TEST_F(Payments, OldOnesAreMadeOld) {
    const std::string payment = bill("1");
    const std::string before = show(payment).at("createdate");
    panel_.tool({"age-payment", payment, "1440"});
    const std::string after = show(payment).at("createdate");
    EXPECT_LT(after.substr(0, 10), before.substr(0, 10));
    EXPECT_EQ(after.substr(11, 8), before.substr(11, 8));
}

TEST_F(Payments, ASessionIsItsUsers) {
    const std::string session =
        panel_.tool({"log-in", std::to_string(panel_.client)}).at("session");
    const pugi::xml_document document = ask({"whoami", "auth=" + session});
    const pugi::xml_node user = document.child("doc").child("user");
    EXPECT_STREQ(user.attribute("level").value(), "16");
    const pugi::xml_document info = ask({"payment.info", "elid=" + bill("1")});
    EXPECT_STREQ(
        user.attribute("id").value(), info.child("doc").child("payment").child_value("user_id")
    );
    EXPECT_EQ(panel_.call({"whoami", "auth=" + session + "0"}), "error auth(session)");
    // Who asks without a session is root, as on the real command line.
    EXPECT_STREQ(ask({"whoami"}).child("doc").child("user").attribute("level").value(), "30");
}

TEST(Money, HasFourDigits) {
    EXPECT_EQ(money_text("12"), "12.0000");
    EXPECT_EQ(money_text("12.5"), "12.5000");
    EXPECT_EQ(money_text("0.0001"), "0.0001");
    for (const char* wrong : {"", ".5", "1.23456", "1,5", "-1", "1e3"}) {
        EXPECT_THROW(money_text(wrong), std::runtime_error) << wrong;
    }
}

}  // namespace
}  // namespace bn::testing::payments_test
