#include "controller/metrics/metrics.hpp"

#include <locale>
#include <set>
#include <sstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

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

TEST(Metrics, HeldOfTheFormerPassGoesBackToZero) {
    Metrics metrics("0.1.0");
    metrics.set_held(kServer, {{HoldCode::kNoDisk, 2}});
    const std::string code = std::string(to_string(HoldCode::kNoDisk));
    const std::string series = "held_items{code=\"" + code + "\",server=\"3\"} ";
    EXPECT_THAT(metrics.expose(), HasSubstr(series + "2"));
    metrics.set_held(kServer, {});
    EXPECT_THAT(metrics.expose(), HasSubstr(series + "0"));
}

TEST(Metrics, PassesStampAttemptAndSuccess) {
    Metrics metrics("0.1.0");
    metrics.pass_done(kServer, PassResult::kOk, Duration(1500), Time(Duration(1000'000)));
    metrics.pass_done(kServer, PassResult::kError, Duration(10), Time(Duration(2000'000)));
    const std::string text = metrics.expose();
    EXPECT_THAT(text, HasSubstr("last_attempt_timestamp_seconds{server=\"3\"} 2000\n"));
    EXPECT_THAT(text, HasSubstr("last_success_timestamp_seconds{server=\"3\"} 1000\n"));
    EXPECT_THAT(text, HasSubstr("passes_total{result=\"error\",server=\"3\"} 1\n"));
    EXPECT_THAT(text, HasSubstr("pass_duration_seconds_sum{server=\"3\"} 1.51\n"));
}

TEST(Metrics, RemovedServerLeavesNothingAndMayComeBack) {
    Metrics metrics("0.1.0");
    metrics.add_server(kServer);
    metrics.add_server(ServerId(4));
    metrics.on_call(kServer, "user.create", "timeout", Duration(5));
    metrics.remove_server(kServer);
    EXPECT_THAT(metrics.expose(), Not(HasSubstr("server=\"3\"")));
    EXPECT_THAT(metrics.expose(), HasSubstr("server=\"4\""));
    metrics.action_done(kServer, ActionKind::kCreate, OutcomeKind::kDone);
    EXPECT_THAT(
        metrics.expose(),
        HasSubstr("actions_total{kind=\"create\",result=\"done\",server=\"3\"} 1\n")
    );
    metrics.add_server(kServer);
    EXPECT_THAT(metrics.expose(), HasSubstr("plan_stopped{server=\"3\"} 0\n"));
}

TEST(Metrics, PanelErrorsAreCountedByTheNextMove) {
    Metrics metrics("0.1.0");
    metrics.panel_error(Error(NextMove::kHuman, "panel.rights", "no"));
    const std::string name(to_string(NextMove::kHuman));
    EXPECT_THAT(metrics.expose(), HasSubstr("panel_errors_total{class=\"" + name + "\"} 1\n"));
}

}  // namespace
}  // namespace bn::controller::metrics_test
