// The sample cloud against a real Nextcloud 25.0.2, exchange by exchange.
#include <algorithm>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/support/places/places.hpp"
#include "tests/unit/fake_cloud/raw_client.hpp"
#include "tests/unit/fake_cloud/recorded_worlds.hpp"
#include "tests/unit/fake_cloud/transcript.hpp"

namespace bn::testing::transcripts_test {
namespace {

// Exchanges that are not replayed at all, and why. Empty: every one is.
const std::map<std::string, std::string> kNotReplayed{};

// Exchanges of which status and headers are compared, but not the body, and why.
const std::map<std::string, std::string> kBodyNotCompared{
    {"121-first-login-webdav", "holds a time and an etag of the recorded files"},
    {"240-untrusted-host.v2-json", "is a branded page of HTML; only its kind matters"},
    {"220-get-apppassword.v2-json", "holds a password that is made anew"},
};

const std::vector<Transcript>& transcripts() {
    static const auto all = read_transcripts(testing::source_dir("/tests/golden/ocs"));
    return all;
}

class Replayed : public ::testing::TestWithParam<Transcript> {};

void expect_same_body(const Transcript& recorded, const RawReply& reply) {
    if (kBodyNotCompared.count(recorded.name) > 0) {
        EXPECT_FALSE(reply.body.empty());
        return;
    }
    if (recorded.reply_body.rfind('{', 0) == 0) {
        // As JSON first, because its difference can be read; then to the byte.
        EXPECT_EQ(nlohmann::json::parse(recorded.reply_body), nlohmann::json::parse(reply.body));
    }
    std::string body = reply.body;
    while (!body.empty() && body.back() == '\n') {
        body.pop_back();
    }
    EXPECT_EQ(recorded.reply_body, body);
}

TEST_P(Replayed, AnswersAsRecorded) {
    const Transcript& recorded = GetParam();
    if (const auto it = kNotReplayed.find(recorded.name); it != kNotReplayed.end()) {
        GTEST_SKIP() << it->second;
    }
    FakeCloudOptions options;
    options.tls = false;
    options.profile = recorded_profile(recorded);
    options.groups = {"basic", "pro"};
    FakeCloud sample(options);
    ASSERT_TRUE(prepare_recorded_world(recorded, sample)) << "no rule prepares this transcript";

    const RawReply reply =
        raw_call(sample.port(), recorded.method, recorded.target, recorded.headers, recorded.body);

    EXPECT_EQ(recorded.status, reply.status);
    EXPECT_TRUE(reply.complete);
    for (const char* name : {"content-type", "www-authenticate", "x-nextcloud-maintenance-mode"}) {
        const auto it = recorded.reply_headers.find(name);
        EXPECT_EQ(it == recorded.reply_headers.end() ? "" : it->second, reply.header(name)) << name;
    }
    expect_same_body(recorded, reply);
}

std::string test_name(const ::testing::TestParamInfo<Transcript>& info) {
    std::string name = info.param.name;
    for (char& c : name) {
        c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    }
    return name;
}

INSTANTIATE_TEST_SUITE_P(Transcripts, Replayed, ::testing::ValuesIn(transcripts()), test_name);

TEST(Transcripts, AreAllThere) {
    EXPECT_EQ(transcripts().size(), 462u);
}

TEST(Transcripts, ExceptionsNameExistingTranscripts) {
    std::set<std::string> names;
    for (const auto& transcript : transcripts()) {
        names.insert(transcript.name);
    }
    for (const auto* table : {&kNotReplayed, &kBodyNotCompared}) {
        for (const auto& [name, reason] : *table) {
            EXPECT_EQ(names.count(name), 1u) << name;
            EXPECT_FALSE(reason.empty());
        }
    }
}

}  // namespace
}  // namespace bn::testing::transcripts_test
