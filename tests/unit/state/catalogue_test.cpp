// docs/events.md lists every kind with its fields; this test writes the list and compares it.
#include <fstream>
#include <set>
#include <sstream>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "state/event_codec.hpp"
#include "tests/support/places/places.hpp"
#include "tests/unit/state/samples.hpp"

namespace bn::state::catalogue_test {

namespace {

constexpr std::string_view kBegin = "<!-- catalogue: begin (written by state_unit_test) -->\n";
constexpr std::string_view kEnd = "<!-- catalogue: end -->";

constexpr std::string_view kStreams[] = {"service", "server-<id>", "item-<id>"};

std::string_view stream_kind(const Event& event) {
    const auto kind = std::visit([]<class E>(const E&) { return kStreamOf<E>; }, event);
    return kStreams[static_cast<std::size_t>(kind)];
}

std::string catalogue() {
    std::string out = "| kind | version | stream | meaning | fields |\n|---|---|---|---|---|\n";
    for (const auto& event : bn::testing::sample_events()) {
        const auto& kind = kind_of(event);
        std::string fields;
        auto add = [&fields](const char* name, const auto&) {
            fields += fields.empty() ? "" : ", ";
            fields += name;
        };
        std::visit([&add](const auto& e) { e.each_field(add, e); }, event);
        out += fmt::format(
            "| `{}` | {} | `{}` | {} | {} |\n",
            kind.name,
            kind.version,
            stream_kind(event),
            kind.meaning,
            fields
        );
    }
    return out;
}

TEST(EventCatalogue, IsWhatTheCodeSays) {
    const auto path = testing::source_dir("/docs/events.md");
    std::stringstream buffer;
    buffer << std::ifstream(path).rdbuf();
    auto text = buffer.str();
    const auto begin = text.find(kBegin);
    const auto end = text.find(kEnd);
    ASSERT_NE(begin, std::string::npos);
    ASSERT_NE(end, std::string::npos);
    const auto from = begin + kBegin.size();
    if (std::getenv("BN_UPDATE_GOLDEN") != nullptr) {
        text.replace(from, end - from, catalogue());
        std::ofstream(path) << text;
        return;
    }
    EXPECT_EQ(text.substr(from, end - from), catalogue())
        << "run state_unit_test with BN_UPDATE_GOLDEN=1 and look at the difference";
}

TEST(EventCatalogue, NamesAreUniqueAndFitTheirStreams) {
    std::set<std::string_view> names;
    for (const auto& event : bn::testing::sample_events()) {
        const auto& kind = kind_of(event);
        EXPECT_TRUE(names.insert(kind.name).second) << kind.name;
        const auto stream = stream_of(event);
        EXPECT_EQ(stream_kind(event).substr(0, 4), stream.substr(0, 4)) << kind.name;
    }
}

}  // namespace

}  // namespace bn::state::catalogue_test
