#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "state/event_codec.hpp"
#include "state/event_json.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state {

namespace {

Envelope envelope(Event event) {
    Envelope out;
    out.position = 42;
    out.stream = "item-7";
    out.version = 3;
    out.id = "00";
    out.at = Time(Duration(1763893230123));
    out.correlation = "pass-1";
    out.event = std::move(event);
    return out;
}

TEST(EventJson, HasItsMembersInAFixedOrder) {
    EXPECT_EQ(
        to_json_line(envelope(ItemPaused{ItemId(7), "say \"why\"\n"})),
        R"({"schema":1,"position":42,"id":"00","at":"2025-11-23T10:20:30.123Z","stream":"item-7",)"
        R"("version":3,"kind":"item.paused","kind_version":1,)"
        R"("actor":{"kind":"service","name":""},"correlation":"pass-1","causation":"",)"
        R"("data":{"item":7,"reason":"say \"why\"\n"}})"
    );
}

TEST(EventJson, IsValidForEveryKind) {
    for (const auto& event : bn::testing::sample_events()) {
        const auto line = to_json_line(envelope(event));
        const auto json = nlohmann::json::parse(line, nullptr, false);
        ASSERT_FALSE(json.is_discarded()) << line;
        EXPECT_EQ(json["kind"], std::string(kind_of(event).name));
        EXPECT_FALSE(json["data"].empty());
        EXPECT_EQ(line.find('\n'), std::string::npos);
    }
}

TEST(EventJson, NestsActionsHoldsAndSets) {
    const auto samples = bn::testing::sample_events();
    const auto intended = nlohmann::json::parse(to_json_line(envelope(samples[17])));
    EXPECT_EQ(intended["data"]["action"]["kind"], to_string(ActionKind::kCreate));
    EXPECT_EQ(intended["data"]["action"]["quota"], 5368709120);
    EXPECT_EQ(intended["data"]["action"]["create"]["quota"], "unlimited");
    const auto held = nlohmann::json::parse(to_json_line(envelope(samples[12])));
    EXPECT_EQ(held["data"]["holds"].size(), 1U);
    const auto drift = nlohmann::json::parse(to_json_line(envelope(samples[10])));
    EXPECT_EQ(drift["data"]["fields"].size(), 2U);
}

TEST(EventJson, StaysReadableWithBytesThatAreNoText) {
    const auto line = to_json_line(envelope(ItemPaused{ItemId(7), "\xff\xc0\x80 \xed\xa0\x80 я"}));
    EXPECT_FALSE(nlohmann::json::parse(line, nullptr, false).is_discarded()) << line;
    EXPECT_NE(line.find("я"), std::string::npos);
}

TEST(EventText, IsOneLineForEveryKindAndNamesTheActor) {
    std::set<std::string> seen;
    for (const auto& event : bn::testing::sample_events()) {
        const auto text = describe(envelope(event));
        EXPECT_EQ(text.find('\n'), std::string::npos) << text;
        EXPECT_NE(text.find("#42"), std::string::npos) << text;
        EXPECT_TRUE(seen.insert(text).second) << "two kinds read the same: " << text;
    }
    auto by_hand = envelope(ItemPaused{ItemId(7), "line\x1b[31m\nend"});
    by_hand.actor = {"operator", "root"};
    EXPECT_EQ(
        describe(by_hand),
        "2025-11-23T10:20:30.123Z #42 item-7: paused (line [31m end) [by operator root]"
    );
}

}  // namespace

}  // namespace bn::state
