// What the panel's payment module asks, as far as no gateway is needed for the answer.
#include <gmock/gmock.h>
#include <nlohmann/json.hpp>

#include "tests/unit/service/service_stage.hpp"

namespace bn::controller::payment_desk_test {
namespace {

using ::testing::HasSubstr;

class PaymentDesk : public ServiceStage {
  protected:
    nlohmann::json ask_with(const nlohmann::json& fields) {
        nlohmann::json line = {{"v", 1}};
        line.update(fields);
        return nlohmann::json::parse(ask(line.dump()), nullptr, false);
    }
};

TEST_F(PaymentDesk, AnIncompleteQuestionIsRefusedAndNobodyIsAsked) {
    start();
    const nlohmann::json whole = {
        {"verb", "payment.transaction"},
        {"test", true},
        {"login", "shop"},
        {"password", "pass-word"},
        {"transaction", "1"}};
    const auto told = [&](const char* name, const nlohmann::json& value) {
        nlohmann::json fields = whole;
        fields[name] = value;
        const nlohmann::json answer = ask_with(fields);
        EXPECT_EQ(answer["ok"], false) << answer;
        EXPECT_EQ(answer["error"]["type"], "bad_request") << answer;
        return answer["error"]["what"].get<std::string>();
    };
    EXPECT_THAT(told("login", ""), HasSubstr("login or the password"));
    EXPECT_THAT(told("login", std::string(256, 'x')), HasSubstr("cannot be sent"));
    EXPECT_THAT(told("login", "a\u0001"), HasSubstr("cannot be sent"));
    EXPECT_THAT(told("password", ""), HasSubstr("login or the password"));
    EXPECT_THAT(told("transaction", "1 OR 1"), HasSubstr("1 to 32 digits"));
    EXPECT_THAT(told("transaction", ""), HasSubstr("1 to 32 digits"));
    EXPECT_THAT(told("test", "yes"), HasSubstr("true or false"));
    nlohmann::json unsaid = whole;
    unsaid.erase("test");
    EXPECT_THAT(ask_with(unsaid)["error"]["what"], HasSubstr("test environment"));
}

}  // namespace
}  // namespace bn::controller::payment_desk_test
