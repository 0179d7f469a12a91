// What the module tells the panel that it can do, and which settings it takes.
#include "pmwebpay/commands.hpp"

#include <fcntl.h>

#include <map>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/descriptor.hpp"
#include "pmnextcloud/documents.hpp"

namespace bn::pmwebpay::commands_test {
namespace {

using Fields = std::map<std::string, std::string>;

Fields whole() {
    return {
        {"wsb_storeid", "11111111"},
        {"wsb_store", "Shop"},
        {"secret_key", "a key with signs: <'\">"},
        {"test", "on"},
        {"api_username", "anna"},
        {"api_password", "pass"}};
}

// The field that is complained about; "" for none.
std::string complaint(const Fields& fields) {
    pugi::xml_document document;
    auto doc = document.append_child("doc");
    for (const auto& [name, value] : fields) {
        pmnextcloud::add_text(doc, name.c_str(), value);
    }
    const auto fault = fault_of(doc);
    if (fault) {
        EXPECT_NE(words::find_text(fault->type), nullptr) << fault->type;
        EXPECT_EQ(fault->value, "") << "a value may be a secret";
    }
    return fault ? fault->object : "";
}

std::string complaint_of(const std::string& name, const std::string& value) {
    Fields fields = whole();
    fields[name] = value;
    return complaint(fields);
}

TEST(Config, NamesTheFeaturesAndThePage) {
    const std::string text = config_document();
    for (const char* part :
         {"<redirect>on</redirect>",
          "<notneedprofile>on</notneedprofile>",
          "<pmvalidate>on</pmvalidate>",
          "<checkpay>on</checkpay>",
          "<param><payment_script>/mancgi/webpaypayment</payment_script></param>"}) {
        EXPECT_THAT(text, ::testing::HasSubstr(part));
    }
    EXPECT_THAT(text, ::testing::Not(::testing::HasSubstr("refund")))
        << "the module gives no money back";
}

TEST(Settings, ThatCanBeRightAreTaken) {
    EXPECT_EQ(complaint(whole()), "");
    Fields no_api = whole();
    no_api.erase("api_username");
    no_api.erase("api_password");
    no_api.erase("test");
    no_api.erase("wsb_store");
    EXPECT_EQ(complaint(no_api), "");
}

TEST(Settings, AreCheckedOneByOne) {
    for (const char* id : {"", " ", "abc", "1 2", "-1", "123456789012345678901234567890123"}) {
        EXPECT_EQ(complaint_of("wsb_storeid", id), "wsb_storeid") << id;
    }
    EXPECT_EQ(complaint_of("wsb_store", std::string(65, 'a')), "wsb_store");
    EXPECT_EQ(complaint_of("wsb_store", "a\nb"), "wsb_store");
    for (const std::string& key :
         {std::string(),
          std::string("  "),
          std::string("a&b"),
          std::string(" a"),
          std::string("a "),
          std::string(256, 'a')}) {
        EXPECT_EQ(complaint_of("secret_key", key), "secret_key") << key;
    }
    EXPECT_EQ(complaint_of("test", "perhaps"), "test");
    EXPECT_EQ(complaint_of("api_username", ""), "api_username");
    EXPECT_EQ(complaint_of("api_password", ""), "api_password");
    EXPECT_EQ(complaint_of("api_username", "a\tb"), "api_username");
}

TEST(Commands, OthersAreRefused) {
    const pmnextcloud::Environment nowhere{
        pmnextcloud::Settings(), pmnextcloud::Log("", "pmwebpay", 9), "/nonexistent"};
    const base::Descriptor nothing(::open("/dev/null", O_RDONLY));
    EXPECT_EQ(run_command(nowhere, "crset", -1, 0).error().type, "unknown_command");
    EXPECT_EQ(run_command(nowhere, "", -1, 0).error().type, "option_missing");
    EXPECT_TRUE(run_command(nowhere, "checkpay", -1, 0).has_value());
    EXPECT_EQ(run_command(nowhere, "pmvalidate", nothing.get(), 0).error().type, "document_bad");
    EXPECT_THAT(
        *run_command(nowhere, "messages", -1, 0), ::testing::HasSubstr("msg_error_webpay_store_id")
    );
}

}  // namespace
}  // namespace bn::pmwebpay::commands_test
