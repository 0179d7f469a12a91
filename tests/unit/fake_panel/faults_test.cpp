// A panel that is slow, gone, or lies.
#include "tests/fakes/panel/faults.hpp"

#include <chrono>
#include <future>
#include <set>

#include <gtest/gtest.h>

#include "tests/unit/fake_panel/panel_folder.hpp"

namespace bn::testing::faults_test {
namespace {

class PanelFaults : public ::testing::Test {
  protected:
    PanelFaults() : item_(panel_.paid_item()) {}

    Ran open() { return panel_.mgrctl({"backupservice.open", "elid=" + item_, "sok=ok"}); }

    bool opened() { return panel_.show(item_).at("status") == "2"; }

    PanelFolder panel_;
    std::string item_;
};

TEST_F(PanelFaults, AwayUntilItIsBack) {
    panel_.tool({"away"});
    for (int i = 0; i < 3; ++i) {
        const Ran ran = open();
        EXPECT_NE(ran.exit, 0);
        EXPECT_TRUE(ran.out.empty());
        EXPECT_FALSE(ran.err.empty());
    }
    EXPECT_FALSE(opened());
    EXPECT_EQ(panel_.log("calls.log").back().at("fault"), "unreachable");
    EXPECT_TRUE(panel_.log("calls.log").back().at("answer").is_null());
    panel_.tool({"back"});
    EXPECT_EQ(open().exit, 0);
    EXPECT_TRUE(opened());
}

TEST_F(PanelFaults, CountsDownAndPicksItsFunctions) {
    panel_.tool({"fault", R"({"function":"backupservice.*","kind":"unreachable","times":2})"});
    EXPECT_EQ(panel_.mgrctl({"exit"}).exit, 0);
    EXPECT_NE(open().exit, 0);
    EXPECT_NE(open().exit, 0);
    EXPECT_EQ(open().exit, 0);
}

TEST_F(PanelFaults, ErrorDocumentWithEitherExitCode) {
    for (const int code : {0, 1}) {
        const Json fault = {
            {"kind", "error"}, {"times", 1}, {"exit", code}, {"type", "busy"}, {"object", "item"}};
        panel_.tool({"fault", fault.dump()});
        const Ran ran = open();
        EXPECT_EQ(ran.exit, code);
        EXPECT_NE(ran.out.find("<error type=\"busy\" object=\"item\""), std::string::npos);
        EXPECT_FALSE(opened());
    }
    panel_.tool({"fault", R"({"kind":"error","times":1,"effect":true})"});
    EXPECT_NE(open().out.find("<error"), std::string::npos);
    EXPECT_TRUE(opened());
}

TEST_F(PanelFaults, OwnErrorsMayLeaveWithZero) {
    PanelFolder panel(Json{{"error_exit", 0}});
    const Ran ran = panel.mgrctl({"service.postclose", "elid=1", "sok=ok"});
    EXPECT_EQ(ran.exit, 0);
    EXPECT_NE(ran.out.find("<error type=\"missed\""), std::string::npos);
}

TEST_F(PanelFaults, AnswerCutInTheMiddle) {
    panel_.tool({"fault", R"({"kind":"cut","times":1})"});
    const Ran ran = open();
    EXPECT_EQ(ran.exit, 0);
    EXPECT_FALSE(ran.out.empty());
    EXPECT_EQ(ran.out.find("</doc>"), std::string::npos);
    EXPECT_TRUE(opened());
}

TEST_F(PanelFaults, AnswerLostAfterTheEffect) {
    panel_.tool({"fault", R"({"kind":"lost","times":1})"});
    const Ran ran = open();
    EXPECT_NE(ran.exit, 0);
    EXPECT_TRUE(ran.out.empty());
    EXPECT_TRUE(opened());
    EXPECT_EQ(panel_.log("calls.log").back().at("answer"), "ok");
    EXPECT_NE(open().out.find("<error type=\"missed\""), std::string::npos);
}

TEST_F(PanelFaults, GarbageWithoutEffect) {
    panel_.tool({"fault", R"({"kind":"garbage","times":1})"});
    const Ran ran = open();
    EXPECT_EQ(ran.exit, 0);
    EXPECT_EQ(ran.out.find("<doc"), std::string::npos);
    EXPECT_FALSE(opened());
}

TEST_F(PanelFaults, SlowAndThenAnotherOne) {
    panel_.tool({"fault", R"({"kind":"slow","ms":150,"times":2})"});
    panel_.tool({"fault", R"({"kind":"lost","times":1})"});
    const auto begin = std::chrono::steady_clock::now();
    EXPECT_NE(open().exit, 0);
    EXPECT_GE(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(150));
    EXPECT_TRUE(opened());
}

TEST_F(PanelFaults, UnknownOnesAreRefused) {
    EXPECT_THROW(panel_.tool({"fault", R"({"kind":"dance"})"}), std::runtime_error);
    EXPECT_THROW(panel_.tool({"fault", "{"}), std::runtime_error);
}

TEST_F(PanelFaults, CallsAtOnceActOnceEach) {
    // Eight of the same completion: one has the effect. Beside them, params of their own.
    std::vector<std::future<std::string>> completions;
    std::vector<std::future<std::string>> params;
    for (int i = 0; i < 8; ++i) {
        completions.push_back(std::async(std::launch::async, [this] {
            return panel_.call({"backupservice.open", "elid=" + item_, "sok=ok"});
        }));
        params.push_back(std::async(std::launch::async, [this, i] {
            return panel_.call(
                {"service.saveparam",
                 "elid=" + item_,
                 "sok=ok",
                 "name=p" + std::to_string(i),
                 "value=v"}
            );
        }));
    }
    std::multiset<std::string> answers;
    for (auto& completion : completions) {
        answers.insert(completion.get());
    }
    EXPECT_EQ(answers.count("ok"), 1U);
    EXPECT_EQ(answers.count("error missed(runningoperation)"), 7U);
    for (auto& param : params) {
        EXPECT_EQ(param.get(), "ok");
    }
    EXPECT_EQ(panel_.show(item_).at("params").size(), 8U);
    EXPECT_EQ(panel_.log("calls.log").size(), 16U);
}

}  // namespace
}  // namespace bn::testing::faults_test
