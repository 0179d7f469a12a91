// What both ends of the control socket say, as values.
#include <algorithm>
#include <string>

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "protocol/answer.hpp"

namespace bn::protocol::protocol_test {
namespace {

TEST(Requests, ComeOutAsTheyWentIn) {
    Request request("probe");
    request.item = ItemId(7);
    request.items = {ItemId(1), ItemId(4294967295)};
    request.command = "open";
    request.module = ServerId(3);
    request.base_url = "";
    request.login = "admin";
    request.password = Secret("p\"\\w");
    request.itemtype = "cloud";
    request.search = "a*";
    request.actor = "root";
    request.reason = "why";
    request.wait = Duration(1500);
    const auto read = decode_request(encode(request));
    ASSERT_TRUE(read) << read.error().what;
    EXPECT_EQ(read->verb, "probe");
    EXPECT_EQ(read->item, request.item);
    EXPECT_EQ(read->items, request.items);
    EXPECT_EQ(read->command, "open");
    EXPECT_EQ(read->module, request.module);
    EXPECT_EQ(read->base_url, "");
    EXPECT_EQ(read->login, "admin");
    EXPECT_EQ(read->password.reveal(), "p\"\\w");
    EXPECT_EQ(read->itemtype, "cloud");
    EXPECT_EQ(read->search, "a*");
    EXPECT_EQ(read->actor, "root");
    EXPECT_EQ(read->reason, "why");
    EXPECT_EQ(read->wait, request.wait);
    EXPECT_EQ(encode(Request("ping")), R"({"v":1,"verb":"ping"})");
}

TEST(Requests, AreReadInAnyOrderOfFields) {
    const auto request = decode_request(
        R"({"item":7,"wait_ms":1500,"verb":"converge","v":1,"command":"open","operation":3,"x":[]})"
    );
    ASSERT_TRUE(request);
    EXPECT_EQ(request->verb, "converge");
    EXPECT_EQ(request->item, ItemId(7));
    EXPECT_EQ(request->command, "open");
    EXPECT_EQ(request->wait, Duration(1500));
}

TEST(Requests, OfTheWrongShapeAreRefusedWithWhatIsWrong) {
    for (const char* line :
         {"",
          "[]",
          "7",
          "{",
          R"({"verb":"ping"})",
          R"({"v":2,"verb":"ping"})",
          R"({"v":1,"verb":7})",
          R"({"v":1,"verb":"x","item":-1})",
          R"({"v":1,"verb":"x","item":99999999999})",
          R"({"v":1,"verb":"x","item":"7"})",
          R"({"v":1,"verb":"x","items":7})",
          R"({"v":1,"verb":"x","items":["7"]})"}) {
        const auto request = decode_request(line);
        ASSERT_FALSE(request) << line;
        EXPECT_EQ(request.error().type, "bad_request");
        EXPECT_FALSE(request.error().what.empty());
    }
}

TEST(Requests, AServiceThatIsNamedTwiceIsOne) {
    const auto request = decode_request(R"({"v":1,"verb":"x","items":[9,1,1,9,1]})");
    ASSERT_TRUE(request);
    EXPECT_EQ(request->items, (std::vector<ItemId>{ItemId(1), ItemId(9)}));
}

TEST(Requests, ARefusalIsOneLineWhateverBytesAreInIt) {
    Refusal error("auth", "bad \xff byte\nand line", "do \"this\"");
    error.params["login"] = "\xc3";
    const std::string line = encode(error);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_NE(line.find(R"("type":"auth")"), std::string::npos);
}

TEST(Requests, TellAFieldThatIsEmptyFromOneThatIsNotThere) {
    const auto stored = decode_request(R"({"v":1,"verb":"probe","module":3})");
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->base_url, std::nullopt);
    EXPECT_EQ(stored->login, std::nullopt);
    const auto entered =
        decode_request(R"({"v":1,"verb":"probe","module":3,"base_url":"","login":"a"})");
    ASSERT_TRUE(entered);
    EXPECT_EQ(entered->base_url, "");
    EXPECT_EQ(entered->login, "a");
}

TEST(Answers, AreReadOrRefused) {
    EXPECT_EQ(decode_answer(R"({"v":1,"ok":true,"state":"done"})")->at("state"), "done");
    const auto error = decode_answer(
        R"({"v":1,"ok":false,"error":{"type":"dns","what":"w","remedy":"r","params":{"url":"u","n":1}}})"
    );
    ASSERT_FALSE(error);
    EXPECT_EQ(error.error(), (Refusal("dns", "w", "r", {{"url", "u"}})));
    for (const char* bad :
         {"",
          "x",
          "[]",
          "{}",
          "null",
          R"({"v":1})",
          R"({"v":2,"ok":true})",
          R"({"v":"1","ok":true})",
          R"({"v":1,"ok":"true"})",
          R"({"v":1,"ok":false})",
          R"({"v":1,"ok":false,"error":"x"})",
          R"({"v":1,"ok":false,"error":{"type":7}})",
          R"({"v":1,"ok":true,"state":"do)"}) {
        const auto answer = decode_answer(bad);
        ASSERT_FALSE(answer) << bad;
        EXPECT_EQ(answer.error().type, "bad_answer") << bad;
    }
    EXPECT_TRUE(rc::check("any bytes", [](const std::string& line) { (void)decode_answer(line); }));
}

TEST(Protocol, APanelOnAnotherHostMayAskWhatItsModuleAndPageNeed) {
    for (const std::string_view verb : kPanelVerbs) {
        Request request((std::string(verb)));
        request.items = {ItemId(7)};
        EXPECT_TRUE(panel_may_ask(request)) << verb;
    }
    for (const std::string_view verb : kVerbs) {
        const bool listed = std::ranges::find(kPanelVerbs, verb) != kPanelVerbs.end();
        Request request((std::string(verb)));
        request.items = {ItemId(7)};
        EXPECT_EQ(panel_may_ask(request), listed) << verb;
    }
    for (const char* const verb : {"pause", "resume"}) {
        Request request(verb);
        EXPECT_FALSE(panel_may_ask(request)) << "of nothing";
        request.items = {ItemId(7)};
        request.command = kEverything;
        EXPECT_FALSE(panel_may_ask(request));
        request.command = "";
        request.module = ServerId(1);
        EXPECT_FALSE(panel_may_ask(request));
    }
}

}  // namespace
}  // namespace bn::protocol::protocol_test
