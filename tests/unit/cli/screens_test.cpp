#include <algorithm>
#include <functional>
#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "cli/adopt/adopt_view.hpp"
#include "cli/apply/progress.hpp"
#include "cli/events/event_view.hpp"
#include "cli/help/help.hpp"
#include "cli/item/item_view.hpp"
#include "cli/plan/plan_view.hpp"
#include "cli/screen/findings.hpp"
#include "cli/status/status.hpp"
#include "cli/usage/usage_view.hpp"
#include "cli/verbs.hpp"
#include "tests/unit/cli/sample_plan.hpp"
#include "tests/unit/controller/golden.hpp"

namespace bn::cli::screens_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

const Time kNow{Duration(1'795'000'000'000)};

ScreenOptions screen(Language language = Language::kEnglish) {
    return {language, false, 100, false};
}

StatusView status() {
    StatusView view;
    view.now = kNow;
    view.program_version = "0.1.0";
    view.host = "panel";
    view.pid = 42;
    view.running = true;
    view.doing = "waiting";
    view.started_at = kNow - std::chrono::hours(30);
    view.next_pass = kNow + std::chrono::seconds(90);
    view.config_digest = "abc";
    view.store_bytes = 5'000'000;
    view.store_events = 1234;
    view.panel_api = "mgrctl";
    view.panel_away = true;
    view.owed = 2;
    view.oldest_owed = kNow - std::chrono::minutes(10);
    StatusServer server;
    server.server = ServerId(3);
    server.name = "cloud.example.com";
    server.policy = "sync";
    server.product = "Nextcloud";
    server.product_version = "25.0.2";
    server.last_attempt = kNow - std::chrono::seconds(30);
    server.last_success = kNow - std::chrono::minutes(6);
    server.desired_accounts = 120;
    server.actual_accounts = 118;
    server.unmanaged_accounts = 4;
    server.drift = {{"quota", 2}, {"missing", 1}};
    server.oldest_drift = kNow - std::chrono::hours(2);
    server.backlog = 3;
    server.in_doubt = 1;
    server.quarantined_until = kNow + std::chrono::minutes(2);
    server.last_error = "the server answers 503";
    server.stopped = "12 of 30 accounts would be disabled";
    server.stopped_checksum = "feed";
    server.holds = {bn::testing::sample_server_plan().held[0].hold};
    server.held = 25;
    view.servers = {server};
    return view;
}

TEST(Status, GoldenInBothLanguages) {
    bn::testing::expect_golden(render_status(status(), screen()), "tests/golden/plans/status.txt");
    bn::testing::expect_golden(
        render_status(status(), screen(Language::kRussian)), "tests/golden/plans/status_russian.txt"
    );
}

TEST(StatusScreen, SaysWhatOfAChangedConfigurationIsNotInForce) {
    StatusView view = status();
    EXPECT_EQ(render_status(view, screen()).find("configuration"), std::string::npos);
    view.config_refused = "bill-nextcloud.toml:3: no such key";
    view.config_waiting = "http.listen";
    const std::string text = render_status(view, screen());
    EXPECT_NE(
        text.find("was refused, the former one is in force: bill-nextcloud.toml:3"), text.npos
    );
    EXPECT_NE(text.find("in force after a restart: http.listen"), text.npos);
}

TEST(StatusScreen, SaysWhyTheMostIsHeldAndHowThatEnds) {
    StatusView view = status();
    StatusServer& server = view.servers[0];
    server.held = 153;
    server.cloud_doubt = "The cloud's accounts shrank from 200 to 8";
    server.reasons = {
        {HoldCode::kIncompleteSnapshot, 150, server.cloud_doubt + ".", "Look at the cloud."},
        {HoldCode::kFighting, 3, "", ""}};
    const std::string text = render_status(view, screen());
    EXPECT_THAT(text, HasSubstr("held: 153\n"));
    EXPECT_THAT(text, HasSubstr("not believed: The cloud's accounts shrank from 200 to 8\n"));
    EXPECT_THAT(text, HasSubstr("bill-nextcloud accept-readings 3\n"));
    EXPECT_THAT(text, HasSubstr("! 150: "));
    EXPECT_THAT(text, HasSubstr("→ Look at the cloud.\n"));
    EXPECT_THAT(text, HasSubstr("! 3: "));
    EXPECT_THAT(
        render_status(view, screen(Language::kRussian)),
        HasSubstr("не принято на веру: Число учётных записей облака упало с 200 до 8")
    );
}

TEST(StatusScreen, SaysWhatIsApprovedAndWhatIsNotKnown) {
    StatusView view = status();
    StatusServer& server = view.servers[0];
    server.approved_until = kNow + std::chrono::hours(1);
    EXPECT_THAT(render_status(view, screen()), HasSubstr("approved: 12 of 30 accounts"));
    EXPECT_THAT(render_status(view, screen()), Not(HasSubstr("waits for an approval")));
    server.unmanaged_accounts.reset();
    EXPECT_THAT(render_status(view, screen()), HasSubstr("not known before the first pass ends"));
    view.running = false;
    EXPECT_THAT(render_status(view, screen()), HasSubstr("not known, for no service runs"));
    server.drift.clear();
    server.switched_off = "the server is switched off in the panel, and not looked at";
    EXPECT_THAT(render_status(view, screen()), HasSubstr("drift: not known"));
    EXPECT_THAT(
        render_status(view, screen(Language::kRussian)), HasSubstr("сервер выключен в панели")
    );
}

TEST(StatusScreen, SaysThatNobodyChecksACertificate) {
    StatusView view = status();
    EXPECT_THAT(render_status(view, screen()), Not(HasSubstr("certificate")));
    view.servers[0].unverified =
        "the server's certificate is not checked (verify_ssl is off in its form in the panel)";
    EXPECT_THAT(render_status(view, screen()), HasSubstr(view.servers[0].unverified + "\n"));
    EXPECT_THAT(
        render_status(view, screen(Language::kRussian)),
        HasSubstr("сертификат сервера не проверяется (в его форме")
    );
    EXPECT_EQ(
        status_from_json(status_to_json(view))->servers[0].unverified, view.servers[0].unverified
    );
}

TEST(StatusScreen, SaysAPauseAndAFaultInTheReadersLanguage) {
    StatusView view = status();
    view.servers[0].paused = Pause{"", kNow, {}, "root"};
    view.panel_error =
        "the panel has no processing module of ours (compare panel.module in the "
        "configuration with the module that the panel's services name) "
        "[panel.no_module]";
    const std::string text = render_status(view, screen(Language::kRussian));
    EXPECT_THAT(text, Not(HasSubstr("since")));
    EXPECT_THAT(text, Not(HasSubstr("T11")));
    EXPECT_THAT(text, Not(HasSubstr("compare panel.module")));
    EXPECT_THAT(text, HasSubstr("[panel.no_module]"));
}

TEST(EventScreen, APassDoesNotClaimToHaveSeenWhatItDidNotRead) {
    PassCompleted pass;
    pass.servers.resize(2);
    EXPECT_THAT(event_sentence(pass, Language::kEnglish), Not(HasSubstr("not read")));
    pass.servers[0].error = "server cloud-1 is in maintenance mode";
    pass.servers[1].error = "the login was refused while it was applied";
    pass.servers[1].complete = true;
    EXPECT_THAT(event_sentence(pass, Language::kEnglish), HasSubstr("; not read whole: 1"));
    EXPECT_THAT(event_sentence(pass, Language::kRussian), HasSubstr("; не прочитано целиком: 1"));
}

TEST(HeldReasons, AreCountedAndSayWhatAllOfThemShare) {
    ServerPlan plan;
    const auto hold = [&plan](HoldCode code, const char* detail) {
        plan.held.emplace_back().hold = Hold(ItemId(1), ServerId(3), code, "", detail, "wait");
    };
    hold(HoldCode::kBackoff, "one");
    hold(HoldCode::kPaused, "all");
    hold(HoldCode::kPaused, "all");
    hold(HoldCode::kBackoff, "other");
    hold(HoldCode::kPaused, "all");
    const std::vector<StatusReason> expected = {
        {HoldCode::kPaused, 3, "all", "wait"}, {HoldCode::kBackoff, 2, "", "wait"}};
    EXPECT_EQ(held_reasons(plan), expected);
}

TEST(Doubts, AreTheFirstLinesWithWhatToDoNext) {
    StatusView view = status();
    view.store_error = "it is an older copy (verify --accept) [store.older]";
    view.panel_behind_since = kNow;
    view.servers[0].clock_doubted = true;
    EXPECT_THAT(
        render_status(view, {Language::kEnglish, false, 200, false}),
        ::testing::StartsWith(
            "! Nothing is done, for the event store is not to be trusted: it is an older copy "
            "(verify --accept) [store.older]\n"
            "! Nothing is closed or deleted, for the panel's data is older than what was seen "
            "before\n"
            "  → a replica that lags, or a backup; if it is meant to be so: bill-nextcloud resume "
            "--accept-panel\n"
            "! Nothing is closed or deleted on server 3, for the clock of this host went back\n"
            "  → set the clock right; if it is right: bill-nextcloud accept-readings 3\n\n"
            "bill-nextcloud 0.1.0 runs"
        )
    );
    EXPECT_THAT(render_status(view, screen(Language::kRussian)), HasSubstr("часы этой машины"));
}

TEST(Doubts, AreSeenInTheLedgerTheReadingAndTheClock) {
    Ledger ledger;
    const auto record = [&ledger](Event event) {
        Envelope envelope;
        envelope.at = kNow;
        envelope.event = std::move(event);
        evolve(ledger, envelope);
    };
    record(PanelSeen{{100, 50}});
    ServerObserved seen;
    seen.server = ServerId(3);
    record(seen);
    DesiredSnapshot panel;
    panel.mark = {100, 50};
    EXPECT_TRUE(InDoubt::by(ledger, {}, &panel, kNow).in(Language::kEnglish).empty());
    panel.mark = {99, 50};
    EXPECT_TRUE(InDoubt::by(ledger, {}, &panel, kNow).panel);
    const Time back = kNow - std::chrono::hours(1);
    EXPECT_EQ(InDoubt::by(ledger, {}, nullptr, back).clock, std::vector{ServerId(3)});
    record(PanelWentBack{{100, 50}, {99, 50}});
    EXPECT_TRUE(InDoubt::by(ledger, {}, nullptr, kNow).panel);
    const Error older(NextMove::kHuman, "store.older", "an older copy", "verify --accept");
    const std::vector<Doubt> store =
        InDoubt::by(Ledger(), older, nullptr, kNow).in(Language::kEnglish);
    ASSERT_EQ(store.size(), 1U);
    EXPECT_THAT(store[0].what, HasSubstr("an older copy [store.older]"));
    EXPECT_EQ(store[0].remedy, "verify --accept");
}

TEST(Status, JsonComesBackEqual) {
    const auto back = status_from_json(status_to_json(status()));
    ASSERT_TRUE(back) << back.error().text();
    EXPECT_EQ(*back, status());
}

TEST(Status, JsonOfANewerVersionIsRead) {
    auto json = nlohmann::json::parse(status_to_json(status()));
    json["more"] = 1;
    EXPECT_TRUE(status_from_json(json.dump()));
    json["version"] = 2;
    EXPECT_FALSE(status_from_json(json.dump()));
    EXPECT_FALSE(status_from_json("<html>"));
}

ItemView item() {
    ItemView view;
    view.now = kNow;
    view.item = ItemId(8);
    view.server = ServerId(3);
    view.server_name = "cloud.example.com";
    view.policy = Policy::kSync;
    DesiredAccount desired;
    desired.wanted = Wanted::kEnabled;
    desired.login = "user_8";
    desired.quota = Quota::bytes(5368709120);
    desired.group = "Pro";
    view.desired = desired;
    OwnedActualAccount actual;
    actual.login = "user_8";
    actual.quota = Quota::bytes(1073741824);
    actual.groups = {"Basic"};
    view.actual = actual;
    LedgerItem ledger;
    ledger.item = ItemId(8);
    ledger.login = "user_8";
    ledger.ownership = Ownership::kCreated;
    ledger.setbacks = {
        {ActionKind::kSetQuota, 2, kNow + std::chrono::minutes(1), "", false, "", "", {}, false}};
    view.ledger = ledger;
    view.drift = DriftField::kQuota | DriftField::kGroup;
    const auto plan = bn::testing::sample_server_plan();
    view.actions = {plan.actions[1], plan.actions[2]};
    view.held = {plan.held[1]};
    view.holds = {plan.held[1].hold};
    Envelope envelope;
    envelope.at = kNow - std::chrono::hours(1);
    envelope.stream = "item-8";
    DriftObserved drift;
    drift.item = ItemId(8);
    drift.login = "user_8";
    drift.fields = {{DriftField::kQuota, "5 GiB", "1 GiB"}, {DriftField::kGroup, "Pro", ""}};
    envelope.event = drift;
    view.events = {envelope};
    return view;
}

TEST(Item, Golden) {
    bn::testing::expect_golden(render_item(item(), screen()), "tests/golden/plans/item.txt");
    bn::testing::expect_golden(
        render_item(item(), screen(Language::kRussian)), "tests/golden/plans/item_russian.txt"
    );
}

TEST(Item, NothingKnown) {
    ItemView view;
    view.item = ItemId(5);
    view.row_exists = false;
    const std::string text = render_item(view, screen());
    EXPECT_THAT(text, HasSubstr("The panel has no row of this item."));
    EXPECT_THAT(text, HasSubstr("no account of this item is ours"));
    EXPECT_THAT(text, HasSubstr("No events so far."));
    EXPECT_TRUE(nlohmann::json::parse(item_to_json(view))["desired"].is_null());
}

TEST(Item, JsonHasEverything) {
    const auto json = nlohmann::json::parse(item_to_json(item()));
    EXPECT_EQ(json["drift"], (nlohmann::json{"quota", "group"}));
    EXPECT_EQ(json["actions"].size(), 2U);
    EXPECT_EQ(json["events"][0]["kind"], "item.drift_observed");
    EXPECT_EQ(json["desired"]["quota"], 5368709120);
}

TEST(Check, ReportSaysWhatIsWrongAndHowToMendIt) {
    Findings report;
    Section section{"Server 3 cloud.example.com", {}};
    section.ok("Nextcloud 25.0.2");
    section.warn("the clock differs by 40 s", "set the clocks by NTP");
    report.sections.push_back(section);
    EXPECT_TRUE(report.passed());
    EXPECT_THAT(render_findings(report, screen()), HasSubstr("Nothing stops a pass. Warnings: 1."));
    report.sections[0].fail("the login is no admin", "give it the group admin");
    EXPECT_FALSE(report.passed());
    EXPECT_EQ(
        render_findings(report, screen()),
        "Server 3 cloud.example.com\n"
        "  ok    Nextcloud 25.0.2\n"
        "  WARN  the clock differs by 40 s\n"
        "        → set the clocks by NTP\n"
        "  FAIL  the login is no admin\n"
        "        → give it the group admin\n"
        "\n"
        "A pass would fail. Mend first: 1. Warnings: 1.\n"
    );
    EXPECT_EQ(
        nlohmann::json::parse(findings_to_json(report, "bill-nextcloud-check"))["passed"], false
    );
}

ProgressView progress(std::uint64_t done) {
    ProgressView view;
    view.done = done;
    view.total = 1200;
    view.failed = 2;
    view.elapsed = std::chrono::seconds(50);
    return view;
}

TEST(Progress, Line) {
    EXPECT_EQ(
        progress_line(progress(400), Language::kEnglish),
        "400/1200  33 %  8.0/s  about 1 min 40 s left  2 failed"
    );
    EXPECT_THAT(
        progress_line(progress(400), Language::kRussian), HasSubstr("осталось около 1 мин")
    );
    EXPECT_EQ(progress_line(ProgressView(), Language::kEnglish), "0/0  100 %");
}

TEST(Progress, ALimitOfTheServerIsPartOfWhatIsLeft) {
    ProgressView view = progress(50);
    view.elapsed = std::chrono::seconds(5);
    view.at_least = std::chrono::minutes(40);
    EXPECT_THAT(progress_line(view, Language::kEnglish), HasSubstr("about 39 min 55 s left"))
        << "however quick the first ones were";
    view.waits_until = kNow + std::chrono::minutes(7);
    EXPECT_THAT(
        progress_line(view, Language::kEnglish),
        HasSubstr("waits for the server's rate limit until " + local_time(*view.waits_until))
    );
    EXPECT_THAT(progress_line(view, Language::kEnglish), Not(HasSubstr("left")));
    view.done = view.total;
    view.waits_until.reset();
    EXPECT_THAT(progress_line(view, Language::kEnglish), Not(HasSubstr("left"))) << "all is done";
}

// Of the first call, which opens the connections, nothing follows for the others.
TEST(Progress, NothingIsForetoldFromTheFirstCalls) {
    ProgressView view = progress(1);
    view.failed = 0;
    view.elapsed = Duration(500);
    EXPECT_EQ(progress_line(view, Language::kEnglish), "1/1200  0 %");
    view.total = 1;
    EXPECT_EQ(progress_line(view, Language::kEnglish), "1/1  100 %  2.0/s");
}

TEST(Progress, TheSameIsNotSaidTwiceInAFile) {
    std::string file;
    ProgressPrinter off([&](std::string_view t) { file += t; }, false, screen(), Duration(3000));
    off.update(progress(1200), kNow);
    ProgressView later = progress(1200);
    later.elapsed += Duration(1500);
    off.finish(later);
    EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 1) << file;
}

TEST(Progress, TheLastLineOfAFileIsWrittenOnce) {
    std::string file;
    ProgressPrinter off([&](std::string_view t) { file += t; }, false, screen(), Duration(3000));
    off.update(progress(1200), kNow);
    off.finish(progress(1200));
    EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 1);
}

TEST(Progress, TerminalIsRewrittenAFileGetsFewLines) {
    std::string terminal;
    std::string file;
    ProgressPrinter on([&](std::string_view t) { terminal += t; }, true, screen(), Duration(3000));
    ProgressPrinter off([&](std::string_view t) { file += t; }, false, screen(), Duration(3000));
    for (int i = 0; i < 100; ++i) {
        on.update(progress(static_cast<std::uint64_t>(i)), kNow + Duration(i * 50));
        off.update(progress(static_cast<std::uint64_t>(i)), kNow + Duration(i * 50));
    }
    on.finish(progress(1200));
    off.finish(progress(1200));
    EXPECT_EQ(std::count(terminal.begin(), terminal.end(), '\n'), 1);
    EXPECT_EQ(std::count(terminal.begin(), terminal.end(), '\r'), 51);
    EXPECT_EQ(std::count(file.begin(), file.end(), '\n'), 3);
    EXPECT_THAT(file, Not(HasSubstr("\r")));
}

TEST(Times, TwoUnitsAtMost) {
    EXPECT_EQ(human_duration(Duration(500), Language::kEnglish), "500 ms");
    EXPECT_EQ(human_duration(std::chrono::minutes(5), Language::kEnglish), "5 min");
    EXPECT_EQ(human_duration(std::chrono::seconds(93784), Language::kEnglish), "1 d 2 h");
    EXPECT_EQ(human_moment(kNow - std::chrono::minutes(3), kNow, Language::kEnglish), "3 min ago");
    EXPECT_EQ(
        human_moment(kNow + std::chrono::minutes(3), kNow, Language::kRussian), "через 3 мин"
    );
}

// Of any width: no line is longer but one of one word, and all words are there.
TEST(Screens, FitAnyWidthAndLoseNothing) {
    Findings findings;
    Section section{"panel", {}};
    section.warn("a warning of some words, longer than a line", "what to do of it, in words");
    findings.sections.push_back(section);
    AdoptView adopted;
    adopted.servers.emplace_back();
    adopted.servers[0].server = ServerId(3);
    adopted.servers[0].adopt = {
        {ItemId(7), "somebody_with_a_long_login_77", "a reason of words", 0, ""}};
    UsageView used;
    used.days.resize(2);
    used.days[0].day = "2026-11-01";
    used.days[1].day = "2026-11-02";
    used.days[1].used_bytes = 5'000'000;
    used.days[1].billing = DayBilling::kRefused;
    used.days[1].value = "5";
    used.days[1].word = "a refusal in some words";
    using Draw = std::function<std::string(const ScreenOptions&)>;
    const Draw screens[] = {
        [](const ScreenOptions& o) { return render_status(status(), o); },
        [](const ScreenOptions& o) { return render_item(item(), o); },
        [](const ScreenOptions& o) { return render_plan(bn::testing::sample_plan(), {}, o); },
        [&](const ScreenOptions& o) { return render_findings(findings, o); },
        [&](const ScreenOptions& o) { return render_adopt(adopted, o); },
        [&](const ScreenOptions& o) { return render_usage(used, o); },
        [](const ScreenOptions& o) { return help_of_all(o.language, o.width); },
        [](const ScreenOptions& o) { return help_of(*find_verb("plan"), o.language, o.width); },
    };
    const auto letters_of = [](std::string text) {
        std::erase_if(text, [](char c) {
            return std::string_view(" \n()").find(c) != std::string_view::npos;
        });
        std::ranges::sort(text);  // columns stand beside one another
        return text;
    };
    for (const Language language : {Language::kEnglish, Language::kRussian}) {
        for (const Draw& draw : screens) {
            for (std::size_t width = 20; width <= 200; ++width) {
                const std::string text = draw({language, false, width, false});
                std::istringstream lines(text);
                for (std::string line; std::getline(lines, line);) {
                    const std::size_t begin = std::min(line.find_first_not_of(' '), line.size());
                    const bool one_word = line.find(' ', begin) == std::string::npos;
                    // an example of a command is to be copied where there is room
                    const bool command = width >= kNarrow && line.starts_with("  bill-nextcloud");
                    ASSERT_TRUE(columns(line) <= width || one_word || command)
                        << width << ": " << line;
                }
                const std::size_t alike = width < kNarrow ? kNarrow - 1 : width < 80 ? 79 : 200;
                ASSERT_EQ(letters_of(text), letters_of(draw({language, false, alike, false})))
                    << text;
            }
        }
    }
}

}  // namespace
}  // namespace bn::cli::screens_test
