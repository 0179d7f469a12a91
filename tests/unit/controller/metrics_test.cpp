#include "controller/metrics/metrics.hpp"

#include <locale>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "controller/metrics/process.hpp"
#include "tests/unit/controller/golden.hpp"

namespace bn::controller::metrics_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr ServerId kServer{3};

// Names, types, helps and label names; values and label values do not belong to the contract here.
std::string contract(const std::string& exposition) {
    std::set<std::string> lines;
    std::istringstream in(exposition);
    for (std::string line; std::getline(in, line);) {
        if (line.rfind("# ", 0) == 0) {
            lines.insert(line);
            continue;
        }
        std::string series = line.substr(0, line.find_first_of("{ "));
        std::string labels;
        for (auto at = line.find("=\""); at != std::string::npos; at = line.find("=\"", at + 2)) {
            const auto begin = line.find_last_of("{,", at) + 1;
            labels += (labels.empty() ? "" : ",") + line.substr(begin, at - begin);
        }
        lines.insert(series + "{" + labels + "}");
    }
    std::string text;
    for (const auto& line : lines) {
        text += line + "\n";
    }
    return text;
}

TEST(Metrics, ContractIsGolden) {
    Metrics metrics("0.1.0");
    metrics.add_server(kServer);
    metrics.on_call(kServer, "users.list", "ok", Duration(20));
    bn::testing::expect_golden(contract(metrics.expose()), "tests/golden/metrics.txt");
}

TEST(Metrics, EverySeriesExistsAtZero) {
    Metrics metrics("0.1.0");
    metrics.add_server(kServer);
    const std::string text = metrics.expose();
    for (const DriftField field : kAllDriftFields) {
        EXPECT_THAT(
            text,
            HasSubstr(
                "bill_nextcloud_drift{field=\"" + std::string(to_string(field)) +
                "\",server=\"3\"} 0\n"
            )
        );
    }
    EXPECT_THAT(
        text,
        HasSubstr(
            "bill_nextcloud_actions_total{kind=\"delete\",result=\"unknown\",server=\"3\"} 0\n"
        )
    );
    EXPECT_THAT(text, HasSubstr("bill_nextcloud_held_items{code=\"paused\",server=\"3\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("bill_nextcloud_passes_total{result=\"ok\",server=\"3\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("bill_nextcloud_pass_duration_seconds_count{server=\"3\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("bill_nextcloud_config_reloads_total{result=\"error\"} 0\n"));
    EXPECT_THAT(text, HasSubstr("bill_nextcloud_build_info{version=\"0.1.0\"} 1\n"));
}

TEST(Metrics, EveryHoldCodeHasASeries) {
    Metrics metrics("0.1.0");
    metrics.add_server(kServer);
    // Codes are consecutive from the first; the list in metrics.cpp must hold all of them.
    for (int i = 0; !to_string(static_cast<HoldCode>(i)).empty(); ++i) {
        const std::string name(to_string(static_cast<HoldCode>(i)));
        if (from_name<HoldCode>(name) != static_cast<HoldCode>(i)) {
            break;
        }
        EXPECT_THAT(metrics.expose(), HasSubstr("{code=\"" + name + "\",server=\"3\"} 0"));
    }
}

TEST(Metrics, RemovedServerLeavesNothingAndMayComeBack) {
    Metrics metrics("0.1.0");
    metrics.add_server(kServer);
    metrics.add_server(ServerId(4));
    metrics.on_call(kServer, "user.create", "timeout", Duration(5));
    metrics.remove_server(kServer);
    EXPECT_THAT(metrics.expose(), Not(HasSubstr("server=\"3\"")));
    EXPECT_THAT(metrics.expose(), HasSubstr("server=\"4\""));
    metrics.count(Metric::kActions, {ServerLabel(kServer), "create", label_of(OutcomeKind::kDone)});
    EXPECT_THAT(
        metrics.expose(),
        HasSubstr("actions_total{kind=\"create\",result=\"done\",server=\"3\"} 1\n")
    );
    metrics.add_server(kServer);
    EXPECT_THAT(metrics.expose(), HasSubstr("plan_stopped{server=\"3\"} 0\n"));
}

TEST(Metrics, AnInfoSaysWhatIsSoNow) {
    Metrics metrics("0.1.0");
    metrics.set_info(Metric::kServerInfo, kServer, {"cloud", "Nextcloud", "31.0.4"});
    metrics.set_info(Metric::kServerInfo, ServerId(4), {"other", "ownCloud", "10.15"});
    metrics.set_info(Metric::kServerInfo, kServer, {"cloud", "Nextcloud", "31.0.5"});
    metrics.set_info(Metric::kServerInfo, kServer, {"cloud", "Nextcloud", "31.0.5"});
    const std::string text = metrics.expose();
    EXPECT_THAT(text, Not(HasSubstr("31.0.4")));
    EXPECT_THAT(text, HasSubstr("server=\"3\",version=\"31.0.5\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("server=\"4\",version=\"10.15\"} 1\n"));
    metrics.set_info(Metric::kServerInfo, kServer, {"cloud", "Nextcloud", "31.0.4"});
    EXPECT_THAT(metrics.expose(), HasSubstr("31.0.4"));
    EXPECT_THAT(metrics.expose(), Not(HasSubstr("31.0.5")));
    metrics.remove_server(kServer);
    EXPECT_THAT(metrics.expose(), Not(HasSubstr("31.0")));
}

TEST(Metrics, TellOfTheProcess) {
    const std::string text = Metrics("0.1.0").expose();
    for (const ProcessRow& row : process_rows()) {
        EXPECT_THAT(text, HasSubstr("# TYPE " + std::string(row.name)));
    }
    const std::vector<double> values = process_values();
    ASSERT_EQ(values.size(), process_rows().size());
    for (const double value : values) {
        EXPECT_GT(value, 0);
    }
}

// The first bucket holds less, and the last more, than what is typical; a factor between two is
// small enough to tell what is in between.
TEST(Metrics, BucketsResolveWhatIsTypical) {
    for (const MetricRow& row : metric_rows()) {
        EXPECT_EQ(row.buckets.empty(), row.type != MetricType::kHistogram) << row.name;
        for (std::size_t i = 1; i < row.buckets.size(); ++i) {
            EXPECT_LE(row.buckets[i], row.buckets[i - 1] * 5) << row.name;
        }
    }
    EXPECT_LE(row_of(Metric::kPassDuration).buckets.front(), 0.002) << "a pass takes 16 ms";
}

TEST(Metrics, TheReferenceIsMadeOfTheTable) {
    bn::testing::expect_golden(metrics_reference(), "docs/metrics.md");
}

}  // namespace
}  // namespace bn::controller::metrics_test
