#include <fstream>
#include <sstream>

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>
#include <gtest/gtest.h>

#include "base/text.hpp"
#include "state/chain.hpp"
#include "state/event_codec.hpp"
#include "state/former_events.hpp"
#include "state/payload.hpp"
#include "tests/support/places/places.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::codec_test {

namespace {

using bn::testing::sample_events;

std::string golden_path(std::string_view name, unsigned version) {
    return testing::source_dir("/tests/golden/events/") + std::string(name) + ".v" +
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

template <class E>
E sample_of() {
    for (const Event& event : sample_events()) {
        if (const E* found = std::get_if<E>(&event)) {
            return *found;
        }
    }
    return E();
}

// The golden bytes of former versions were written by the program that knew no newer one.
Event former(std::string_view kind, std::uint16_t version = 1) {
    const auto event = decode(kind, version, read_golden(kind, version));
    EXPECT_TRUE(event) << event.error().text();
    return event ? *event : Event();
}

TEST(EventCodec, ReadsFormerVersionsThroughTheirUpcasters) {
    auto pass = sample_of<PassCompleted>();
    PassServerSummary& seen = pass.servers.front();
    seen.observed.reset();
    seen.judged_desired.reset();
    seen.judged_actual.reset();
    seen.panel_doubt.clear();
    seen.cloud_doubt.clear();
    seen.clock_trust = Duration{0};
    EXPECT_TRUE(former("pass.completed", 2) == Event(pass));
    pass.trigger.clear();
    EXPECT_TRUE(former("pass.completed") == Event(pass));

    auto drift = sample_of<DriftObserved>();
    for (DriftValue& value : drift.fields) {
        value.sold.clear();
        value.found.clear();
    }
    EXPECT_TRUE(former("item.drift_observed") == Event(drift));

    auto server = sample_of<ServerObserved>();
    server.identity.clear();
    server.data_fingerprint.clear();
    EXPECT_TRUE(former("server.observed") == Event(server));

    auto measured = sample_of<UsageMeasured>();
    measured.owed = true;
    EXPECT_TRUE(former("usage.measured") == Event(measured));

    auto approved = sample_of<PlanApproved>();
    approved.reason.clear();
    EXPECT_TRUE(former("plan.approved") == Event(approved));
    for (const auto& [kind, event] : std::vector<std::pair<std::string_view, Event>>{
             {"plan.stopped", PlanStopped{ServerId(3), "c0ffee", "too many", 12}},
             {"item.resumed", ItemResumed{ItemId(7)}},
             {"item.kept_ended", ItemKeptEnded{ItemId(7)}},
             {"server.pause_ended", ServerPauseEnded{ServerId(3)}},
             {"service.pause_ended", ServicePauseEnded()}}) {
        EXPECT_TRUE(former(kind) == event) << kind;
    }

    auto masked_item = sample_of<ItemMasked>();
    masked_item.reason.clear();
    EXPECT_TRUE(former("item.masked") == Event(masked_item));

    auto intended = sample_of<ActionIntended>();
    intended.action.harm = Harm::kNone;
    intended.action.approved = false;
    EXPECT_TRUE(former("action.intended") == Event(intended));
    ActionIntendedV1 of_before;
    of_before.action.kind = ActionKind::kDelete;
    EXPECT_EQ(std::get<ActionIntended>(upcast(of_before)).action.harm, Harm::kDelete);
    EXPECT_TRUE(former("action.doubt_resolved") == Event(sample_of<DoubtResolved>()));
    EXPECT_TRUE(former("panel.called") == Event(sample_of<PanelCalled>()));
}

// Rows of version 1 that meant something else than their kind says.
TEST(EventCodec, ReadsWhatHidInOtherKinds) {
    DoubtResolved gone{"", ItemId(7), ServerId(3), ActionKind::kDelete, true, "u", "not there"};
    EXPECT_TRUE(
        *decode("action.doubt_resolved", 1, encode(gone)) ==
        Event(AccountFoundGone{ItemId(7), ServerId(3), "u", "not there"})
    );
    gone.took_effect = false;
    EXPECT_TRUE(*decode("action.doubt_resolved", 1, encode(gone)) == Event(gone));

    PanelCalled called = sample_of<PanelCalled>();
    called.function = "service.changepricelist.rollback";
    EXPECT_TRUE(
        *decode("panel.called", 1, encode(called)) ==
        Event(OperationRolledBack{ItemId(7), ServerId(3), 11, "ok"})
    );
    EXPECT_TRUE(*decode("panel.called", 2, encode(called)) == Event(called));
    called.function = "task.edit";
    EXPECT_TRUE(
        *decode("panel.called", 1, encode(called)) ==
        Event(OperationTaskMade{ItemId(7), ServerId(3), 11, ""})
    );
    EXPECT_EQ(
        stored_names("operation.rolled_back"),
        (std::vector<std::string>{"operation.rolled_back", "panel.called"})
    );
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

TEST(EventCodec, EachStateOfAQuotaIsReadAsItWasStored) {
    for (const Quota quota :
         {Quota::bytes(0),
          Quota::bytes(10),
          Quota::unlimited(),
          Quota::not_set(),
          Quota::unknown()}) {
        const Event event =
            UsageLevelChanged{ItemId(7), ServerId(3), UsageLevel::kOver, 12345, quota};
        const auto back = decode("item.usage_level", 1, encode(event));
        ASSERT_TRUE(back) << to_string(quota);
        EXPECT_TRUE(*back == event) << to_string(quota);
    }
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

// Fuzz target event_payload: what is repeated of damaged bytes is fit to be shown.
TEST(EventCodec, SaysWhatIsDamagedInUtf8) {
    auto body = encode(ItemHeld{ItemId(7), {Hold()}}).substr(kChecksumSize);
    const auto name = body.find("unknown-status");
    ASSERT_NE(name, std::string::npos);
    body[name] = '\xff';
    const auto result = decode("item.held", ItemHeld::kKind.version, with_checksum(body));
    ASSERT_FALSE(result);
    EXPECT_TRUE(base::valid_utf8(result.error().what)) << result.error().what;
}

}  // namespace

}  // namespace bn::state::codec_test
