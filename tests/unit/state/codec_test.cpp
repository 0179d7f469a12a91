#include <fstream>
#include <sstream>

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>
#include <gtest/gtest.h>

#include "state/chain.hpp"
#include "state/event_codec.hpp"
#include "state/payload.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state {

namespace {

using bn::testing::sample_events;

std::string golden_path(std::string_view name, unsigned version) {
    return std::string(BN_SOURCE_DIR) + "/tests/golden/events/" + std::string(name) + ".v" +
           std::to_string(version) + ".hex";
}

std::string read_golden(std::string_view name, unsigned version) {
    std::ifstream file(golden_path(name, version));
    std::string text;
    std::string line;
    while (file >> line) {
        text += line;
    }
    return from_hex(text);
}

void write_golden(std::string_view name, unsigned version, const std::string& bytes) {
    std::ofstream file(golden_path(name, version));
    const auto hex = to_hex(bytes);
    for (std::size_t i = 0; i < hex.size(); i += 64) {
        file << hex.substr(i, 64) << '\n';
    }
}

bool regenerate() {
    return std::getenv("BN_UPDATE_GOLDEN") != nullptr;
}

TEST(EventCodec, HasASampleOfEveryKindInTheCatalogue) {
    const auto samples = sample_events();
    ASSERT_EQ(samples.size(), event_kinds().size());
    for (std::size_t i = 0; i < samples.size(); ++i) {
        EXPECT_EQ(samples[i].index(), i);
    }
}

TEST(EventCodec, StoredBytesOfEveryKindAreTheGoldenOnes) {
    for (const auto& event : sample_events()) {
        const auto& kind = kind_of(event);
        const auto bytes = encode(event);
        if (regenerate()) {
            write_golden(kind.name, kind.version, bytes);
        }
        EXPECT_EQ(to_hex(bytes), to_hex(read_golden(kind.name, kind.version)))
            << kind.name << ": stored layouts are for ever; give the event a new version instead";
        const auto back = decode(kind.name, kind.version, bytes);
        ASSERT_TRUE(back) << back.error().text();
        EXPECT_TRUE(*back == event) << kind.name;
    }
}

TEST(EventCodec, ReadsVersionOneOfPassCompletedThroughItsUpcaster) {
    auto expected = std::get<PassCompleted>(sample_events()[3]);
    if (regenerate()) {
        const PassCompletedV1 old{
            expected.pass, expected.started_at, expected.took, expected.servers};
        std::string body;
        PayloadWriter writer(body);
        fields(writer, old);
        write_golden("pass.completed", 1, with_checksum(body));
    }
    expected.trigger.clear();
    const auto event = decode("pass.completed", 1, read_golden("pass.completed", 1));
    ASSERT_TRUE(event) << event.error().text();
    EXPECT_TRUE(std::get<PassCompleted>(*event) == expected);
}

TEST(EventCodec, ReadsFormerNamesAsTheKindsOfToday) {
    const std::pair<const char*, const char*> renamed[] = {
        {"item.released", "item.holds_cleared"},
        {"item.retention_ended", "item.bought_back"},
        {"item.usage_level", "item.usage_level_changed"},
        {"plan.accepted", "plan.begun"},
        {"server.released", "server.recovered"}};
    for (const auto& [former, today] : renamed) {
        const auto event = decode(former, 1, read_golden(former, 1));
        ASSERT_TRUE(event) << event.error().text();
        EXPECT_EQ(kind_of(*event).name, today);
        EXPECT_EQ(stored_names(former), (std::vector<std::string>{today, former}));
        EXPECT_EQ(stored_names(today), stored_names(former));
        EXPECT_EQ(kind_today(former), today);
    }
    EXPECT_EQ(stored_names("item.held"), std::vector<std::string>{"item.held"});
}

TEST(EventCodec, PayloadsArePlainPortableBinaryOfCereal) {
    std::ostringstream stream;
    {
        cereal::PortableBinaryOutputArchive archive(stream);
        archive(std::string("SIGTERM"));
    }
    EXPECT_EQ(
        to_hex(std::string_view(encode(ServiceStopped{"SIGTERM"})).substr(kChecksumSize)),
        to_hex(stream.str())
    );
}

TEST(EventCodec, RefusesWhatItDoesNotKnow) {
    const auto bytes = encode(ItemHoldsCleared{ItemId(7)});
    EXPECT_EQ(decode("item.exploded", 1, bytes).error().code, "store.unknown_kind");
    const auto newer = decode("item.holds_cleared", 9, bytes);
    EXPECT_EQ(newer.error().code, "store.unknown_kind");
    EXPECT_NE(newer.error().remedy.find("newer version"), std::string::npos);
}

TEST(EventCodec, NoticesEveryFlippedBitAndEveryCut) {
    for (const auto& event : sample_events()) {
        const auto& kind = kind_of(event);
        const auto good = encode(event);
        for (std::size_t i = 0; i < good.size(); ++i) {
            auto bad = good;
            bad[i] = static_cast<char>(bad[i] ^ 0x10);
            EXPECT_EQ(decode(kind.name, kind.version, bad).error().code, "store.bad_payload");
            EXPECT_FALSE(decode(kind.name, kind.version, good.substr(0, i)));
        }
    }
}

// Somebody may recompute the checksum: wild lengths must still not be believed.
TEST(EventCodec, SurvivesWrongBytesUnderARightChecksum) {
    for (const auto& event : sample_events()) {
        const auto& kind = kind_of(event);
        const auto body = encode(event).substr(kChecksumSize);
        for (std::size_t i = 0; i < body.size(); ++i) {
            auto bad = body;
            bad[i] = '\x7f';
            const auto result = decode(kind.name, kind.version, with_checksum(bad));
            if (!result) {
                EXPECT_EQ(result.error().code, "store.bad_payload");
            }
            EXPECT_FALSE(decode(kind.name, kind.version, with_checksum(body.substr(0, i))));
        }
        EXPECT_FALSE(decode(kind.name, kind.version, with_checksum(body + "x")));
    }
}

}  // namespace

}  // namespace bn::state
