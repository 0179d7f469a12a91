#include "controller/config/config.hpp"

#include <sys/stat.h>

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bm_reader/panel_files.hpp"
#include "controller/config/config_options.hpp"
#include "controller/config/config_values.hpp"
#include "controller/sys/files.hpp"
#include "tests/support/places/places.hpp"
#include "tests/unit/controller/golden.hpp"
#include "tests/unit/controller/temp_folder.hpp"

namespace bn::controller::config_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kSmallest = R"([panel]
sqlite = "panel.db"
[defaults]
policy = "observe"
)";

Config parsed(const std::string& text) {
    auto config = parse_config(text, "c.toml");
    EXPECT_TRUE(config) << to_string(config.error());
    return config.value_or(Config());
}

std::string faults(const std::string& text) {
    const auto config = parse_config(text, "c.toml");
    EXPECT_FALSE(config);
    return config ? std::string() : to_string(config.error());
}

TEST(Config, SmallestFileGetsDefaults) {
    const Config config = parsed(kSmallest);
    EXPECT_EQ(config.service, ServiceConfig());
    EXPECT_EQ(config.http.listen, "127.0.0.1:9632");
    EXPECT_EQ(config.server(ServerId(1)).policy, Policy::kObserve);
    EXPECT_TRUE(config.server(ServerId(1)).verify_tls);
}

TEST(Config, AFormerKeyIsReadForOneMoreVersionWithANotice) {
    const std::string service = std::string(kSmallest) + "[service]\ninterval = \"10m\"\n";
    const Config config = parsed(service + "vanished_passes = 5\n");
    EXPECT_EQ(config.service.vanished_after, std::chrono::minutes(50));
    ASSERT_EQ(config.notices.size(), 1U);
    EXPECT_THAT(config.notices.front(), HasSubstr("c.toml:7: service.vanished_passes is called"));
    EXPECT_EQ(
        parsed(service + "vanished_after = \"2h\"\nvanished_passes = 5\n").service.vanished_after,
        std::chrono::hours(2)
    );
    EXPECT_THAT(faults(service + "vanished_passes = 0\n"), HasSubstr("unknown key"));
    EXPECT_TRUE(parsed(service).notices.empty());
}

TEST(Config, ServerOverridesDefaults) {
    const Config config = parsed(std::string(kSmallest) + R"(timeout = "90s"
max_parallel = 2
[server.3]
policy = "sync"
max_parallel = 8
put_limited = false
limit_delete = "1 an hour, 2 or 0.5% up to 9 a day"
enabled = false
)");
    const ServerSettings three = config.server(ServerId(3));
    EXPECT_EQ(three.policy, Policy::kSync);
    EXPECT_EQ(three.max_parallel, 8U);
    EXPECT_EQ(three.timeout, std::chrono::seconds(90));
    EXPECT_EQ(three.put_limited, false);
    EXPECT_EQ(three.limits[Harm::kDelete], (Limit{{1}, {2, 0.005, 9}}));
    EXPECT_EQ(three.limits[Harm::kDisable], default_limits()[Harm::kDisable]);
    EXPECT_FALSE(three.enabled);
    EXPECT_EQ(config.server(ServerId(4)).max_parallel, 2U);
    EXPECT_FALSE(config.server(ServerId(4)).put_limited.has_value());
}

TEST(Config, ThresholdsAreAscendingPercents) {
    EXPECT_EQ(parse_percents("90, 100"), (std::vector<std::uint32_t>{90, 100}));
    EXPECT_EQ(parse_percents("5"), std::vector<std::uint32_t>{5});
    EXPECT_EQ(parse_percents(""), std::vector<std::uint32_t>());
    for (const char* const other : {"0", "101", "90, 90", "100, 90", "90%", "-1", "a"}) {
        EXPECT_EQ(parse_percents(other), std::nullopt) << other;
    }
    EXPECT_THAT(
        faults(std::string(kSmallest) + "[statistics]\nthresholds = \"9, 5\"\n"),
        HasSubstr("percents from 1 to 100")
    );
}

TEST(Config, WhatIsSoldWithoutAMaximum) {
    constexpr std::int64_t kGib = 1LL << 30;
    EXPECT_EQ(parse_uncapped("hold"), Quota::unknown());
    EXPECT_EQ(parse_uncapped("none"), Quota::unlimited());
    EXPECT_EQ(parse_uncapped("100 GiB"), Quota::bytes(100 * kGib));
    EXPECT_EQ(parse_uncapped("7 B"), Quota::bytes(7));
    EXPECT_EQ(parse_uncapped("1048576 TiB"), Quota::bytes(1LL << 60));
    for (const char* const other :
         {"",
          "unlimited",
          "0 GiB",
          "-1 GiB",
          "1.5 GiB",
          "100",
          "100GiB",
          "100 GB",
          "1 ",
          "NONE",
          "2000000 TiB",
          "99999999999 B"}) {
        EXPECT_EQ(parse_uncapped(other), std::nullopt) << other;
    }
    const Config config = parsed(std::string(kSmallest) + R"(uncapped = "none"
[server.3]
uncapped = "5 TiB"
[statistics]
counted = "month"
)");
    EXPECT_EQ(config.server(ServerId(1)).uncapped, "none");
    EXPECT_EQ(config.server(ServerId(3)).uncapped, "5 TiB");
    EXPECT_EQ(config.statistics.counted, "month");
    EXPECT_EQ(parsed(kSmallest).defaults.uncapped, "hold");
    EXPECT_THAT(
        faults(std::string(kSmallest) + "uncapped = \"5 TB\"\n"),
        HasSubstr(R"(defaults.uncapped must be "hold", "none", or a whole size like "100 GiB")")
    );
    EXPECT_THAT(
        faults(std::string(kSmallest) + "[statistics]\ncounted = \"week\"\n"), HasSubstr("counted")
    );
}

TEST(Config, WhatBoundedAPlanBoundsAnHourAndADayForOneVersion) {
    const std::string former = std::string(kSmallest) + "max_destructive = 8\nalways_allowed = 1\n";
    const Config config = parsed(former + "[server.3]\nmax_destructive_share = 0.5\n");
    const Limit all{{1, 0.05, 8}, {1, 0.05, 8}};
    EXPECT_EQ(config.defaults.limits[Harm::kDelete], all);
    EXPECT_EQ(config.defaults.limits[Harm::kDisable], all);
    EXPECT_EQ(config.defaults.limits[Harm::kCutQuota], default_limits()[Harm::kCutQuota]);
    EXPECT_DOUBLE_EQ(config.server(ServerId(3)).limits[Harm::kDisable].day.share, 0.5);
    EXPECT_EQ(config.server(ServerId(3)).limits[Harm::kDisable].day.share_up_to, 8U);
    ASSERT_EQ(config.notices.size(), 3U);
    EXPECT_THAT(config.notices.front(), HasSubstr("limit_delete and limit_disable"));
    const Config both = parsed(former + "limit_delete = \"7 an hour, 7 a day\"\n");
    EXPECT_EQ(both.defaults.limits[Harm::kDelete], (Limit{{7}, {7}})) << "today's name goes first";
    EXPECT_EQ(both.defaults.limits[Harm::kDisable], all);
    EXPECT_THAT(
        faults(std::string(kSmallest) + "max_destructive_share = 2\n"), HasSubstr("unknown key")
    );
}

TEST(Config, ServersBeginWithTheDefaultsThatStandBelowThem) {
    const Config config = parsed(R"([server.3]
max_parallel = 8
[panel]
sqlite = "panel.db"
[defaults]
policy = "sync"
timeout = "90s"
max_parallel = 2
)");
    EXPECT_EQ(config.server(ServerId(3)).policy, Policy::kSync);
    EXPECT_EQ(config.server(ServerId(3)).timeout, std::chrono::seconds(90));
    EXPECT_EQ(config.server(ServerId(3)).max_parallel, 8U);
    EXPECT_NE(masked(config).find("[server.3]\nmax_parallel = 8\n"), std::string::npos);
    EXPECT_EQ(masked(config).find("policy", masked(config).find("[server.3]")), std::string::npos);
}

TEST(Config, AllFaultsAtOnceWithLines) {
    const std::string text = faults(R"([panel]
sqllite = "panel.db"
port = 99999
[service]
interval = 300
jitter = "5x"
[log]
level = "loud"
[defaults]
enabled = true
policy = "everything"
[server.one]
policy = "sync"
[metrics]
on = true
)");
    EXPECT_THAT(text, HasSubstr("c.toml:2: [panel]: unknown key sqllite; did you mean sqlite?"));
    EXPECT_THAT(text, HasSubstr("c.toml:3: panel.port must be a whole number from 1 to 65535"));
    EXPECT_THAT(text, HasSubstr("c.toml:5: service.interval must be a duration in quotes"));
    EXPECT_THAT(text, HasSubstr("c.toml:6: service.jitter"));
    EXPECT_THAT(text, HasSubstr("c.toml:8: log.level must be one of \"debug\", \"info\""));
    EXPECT_THAT(text, HasSubstr("c.toml:10: [defaults]: enabled belongs into [server.N]"));
    EXPECT_THAT(text, HasSubstr("c.toml:11: defaults.policy must be one of \"observe\""));
    EXPECT_THAT(text, Not(HasSubstr("no policy is given"))) << "it is, and wrong";
    EXPECT_THAT(text, HasSubstr("[server.one]: the name must be the server's id"));
    EXPECT_THAT(text, HasSubstr("unknown section [metrics]"));
}

TEST(Config, NoPolicyIsAnErrorThatListsTheChoices) {
    const std::string none = faults("[panel]\nsqlite = \"x\"\n");
    for (const char* choice : {"observe", "create-only", "upsert-only", "sync", "Start with"}) {
        EXPECT_THAT(none, HasSubstr(choice));
    }
    const std::string one = faults(
        "[panel]\nsqlite = \"x\"\n[server.3]\npolicy = \"sync\"\n[server.5]\ntimeout = \"9s\"\n"
    );
    EXPECT_THAT(one, HasSubstr("c.toml:5: server 5 has no policy"));
    EXPECT_THAT(one, Not(HasSubstr("server 3 has")));
    const Config config = parsed("[panel]\nsqlite = \"x\"\n[server.3]\npolicy = \"sync\"\n");
    EXPECT_FALSE(config.server(ServerId(9)).policy.has_value());
}

TEST(Config, PanelNeedsExactlyOneSource) {
    EXPECT_THAT(
        faults("[panel]\n[defaults]\npolicy = \"sync\"\n"),
        HasSubstr("where the panel's database is")
    );
    EXPECT_THAT(
        faults("[panel]\nsqlite = \"x\"\nhost = \"h\"\n[defaults]\npolicy = \"sync\"\n"),
        HasSubstr("panel.sqlite excludes")
    );
    EXPECT_THAT(
        faults("[panel]\nhost = \"h\"\n[defaults]\npolicy = \"sync\"\n"), HasSubstr("panel.user")
    );
}

TEST(Config, LoginTemplateNeedsTheItem) {
    EXPECT_THAT(
        faults("[panel]\nsqlite = \"x\"\nlogin_template = \"user\"\n[defaults]\npolicy = \"sync\"\n"
        ),
        HasSubstr("c.toml:3: panel.login_template must contain {item}")
    );
}

TEST(Config, SyntaxErrorNamesTheLine) {
    EXPECT_THAT(faults("[panel]\nsqlite = \n"), HasSubstr("c.toml:2"));
}

TEST(Config, DigestFollowsEffectiveValues) {
    const Config a = parsed(kSmallest);
    Config b = parsed(std::string(kSmallest) + "[service]\ninterval = \"300s\"\n");
    EXPECT_EQ(digest(a), digest(b)) << "300s is the default 5m";
    b.service.interval = std::chrono::minutes(1);
    b.servers[ServerId(3)].policy = Policy::kSync;
    b.servers[ServerId(3)].said = {"policy"};
    EXPECT_NE(digest(a), digest(b));
    EXPECT_EQ(
        diff_summary(a, b),
        "service.interval: \"5m\" -> \"1m\"; server.3.policy: not set -> \"sync\""
    );
    EXPECT_EQ(diff_summary(a, a), "");
}

TEST(Config, ReloadKeepsWhatNeedsARestart) {
    const Config running = parsed(kSmallest);
    Config wanted = running;
    wanted.store.path = "/new/events.db";
    wanted.http.listen = "127.0.0.1:1";
    wanted.control.socket = "/new/control.sock";
    wanted.log.level = "debug";
    wanted.service.interval = std::chrono::minutes(1);
    wanted.servers[ServerId(3)].policy = Policy::kSync;
    wanted.servers[ServerId(3)].said = {"policy"};
    const ConfigReload reload = after_reload(running, wanted);
    EXPECT_EQ(reload.in_force.store, running.store);
    EXPECT_EQ(reload.in_force.http, running.http);
    EXPECT_EQ(reload.in_force.control, running.control);
    EXPECT_EQ(reload.in_force.log.level, "debug");
    EXPECT_EQ(
        reload.changed,
        "log.level: \"info\" -> \"debug\"; service.interval: \"5m\" -> \"1m\"; "
        "server.3.policy: not set -> \"sync\""
    );
    EXPECT_EQ(
        reload.waiting,
        "store.path: \"/var/lib/bill-nextcloud/events.db\" -> \"/new/events.db\"; "
        "http.listen: \"127.0.0.1:9632\" -> \"127.0.0.1:1\"; "
        "control.socket: \"\" -> \"/new/control.sock\""
    );
    const ConfigReload again = after_reload(reload.in_force, wanted);
    EXPECT_EQ(again.changed, "");
    EXPECT_EQ(again.waiting, reload.waiting) << "it waits until the restart";
    const ConfigReload back = after_reload(reload.in_force, running);
    EXPECT_EQ(back.in_force, running);
    EXPECT_EQ(back.waiting, "");
}

TEST(Config, EveryExampleOfTheTableIsAccepted) {
    for (const Option& option : config_options()) {
        const bool several = option.field.section == kServers || option.field.section == kTariffs;
        const std::string section = std::string(option.field.section) + (several ? ".3" : "");
        const std::string key = section + "." + std::string(option.name);
        const auto config = parse_config(key + " = " + example(option) + "\n", "c.toml");
        const std::string errors = config ? "" : to_string(config.error());
        EXPECT_THAT(errors, Not(HasSubstr(key + " must be"))) << "example of " << key;
    }
}

TEST(Config, TextsThatMustBeSaidOrBeAUrl) {
    const std::string text = faults(R"([panel]
sqlite = "x"
module = ""
[store]
path = ""
[defaults]
policy = "observe"
proxy = "me:geheim@proxy:3128"
)");
    EXPECT_THAT(text, HasSubstr("c.toml:3: panel.module must be a text in quotes that is not"));
    EXPECT_THAT(text, HasSubstr("c.toml:5: store.path must be"));
    EXPECT_THAT(text, HasSubstr("c.toml:8: defaults.proxy must be a URL like \"http://proxy."));
    EXPECT_THAT(text, Not(HasSubstr("geheim")));
}

TEST(Config, RulesBetweenOptions) {
    const std::string text = faults(R"([panel]
sqlite = "x"
api = "https"
api_url = "http://panel"
[control]
socket = "relative"
[statistics]
at = "24:00"
[service]
backoff_first = "2h"
backoff_max = "1h"
[http]
listen = "nowhere"
[defaults]
policy = "observe"
)");
    EXPECT_THAT(text, HasSubstr("c.toml:4: panel.api = \"https\" needs panel.api_url"));
    EXPECT_THAT(text, HasSubstr("panel.api = \"https\" needs panel.api_user"));
    EXPECT_THAT(text, HasSubstr("c.toml:6: control.socket must be an absolute path"));
    EXPECT_THAT(text, HasSubstr("c.toml:8: statistics.at must be a time"));
    EXPECT_THAT(text, HasSubstr("c.toml:11: service.backoff_max must not be less"));
    EXPECT_THAT(text, HasSubstr("c.toml:13: http.listen"));
}

TEST(Config, ATariffHasItsOwnSection) {
    const std::string text = std::string(kSmallest) + R"([tariff.17]
overdue = "read-only"
retention = "30d"
unlimited = true
[tariff.18]
retention = "0"
)";
    const Config config = parsed(text);
    EXPECT_EQ(config.tariffs.at(17).overdue, "read-only");
    EXPECT_EQ(config.tariffs.at(17).retention, std::chrono::hours(24 * 30));
    EXPECT_TRUE(config.tariffs.at(17).unlimited);
    EXPECT_EQ(config.tariffs.at(18).overdue, std::nullopt);
    EXPECT_FALSE(config.tariffs.at(18).unlimited);
    EXPECT_EQ(config.other_tariffs, TariffSettings());
    EXPECT_EQ(parsed(masked(config)), config);
    EXPECT_EQ(
        diff_summary(parsed(kSmallest), config),
        "tariff.17.unlimited: not set -> true; tariff.17.overdue: not set -> \"read-only\"; "
        "tariff.17.retention: not set -> \"30d\"; "
        "tariff.18.retention: not set -> \"0\""
    );
    EXPECT_THAT(
        faults(std::string(kSmallest) + "[tariff.gold]\nretention = \"1d\"\n"),
        HasSubstr("[tariff.gold]: the name must be the tariff's id in the panel, a number")
    );
    const std::string small(kSmallest);
    EXPECT_THAT(faults(small + "[tariff]\n17 = 3\n"), HasSubstr("tariff.17 must be a section"));
    EXPECT_THAT(
        faults(small + "[tariff.3]\nretain = \"1d\"\n"), HasSubstr("[tariff.3]: unknown key retain")
    );
    EXPECT_THAT(
        faults(small + "[tariff.3]\noverdue = \"delete\"\n"), HasSubstr("tariff.3.overdue must be")
    );
}

TEST(Config, AReadableAccountNeedsItsQuotaKept) {
    const std::string small(kSmallest);
    parsed(small + "overdue = \"read-only\"\nby_hand = \"group\"\n");
    constexpr const char* kWhy = "needs the quota to be kept";
    EXPECT_THAT(
        faults(small + "overdue = \"read-only\"\ncreate_only = \"quota\"\n"),
        HasSubstr("c.toml:5: overdue = \"read-only\" needs the quota to be kept")
    );
    EXPECT_THAT(
        faults(small + "overdue = \"read-only\"\n[service]\nmanage_quota = false\n"),
        HasSubstr(kWhy)
    );
    EXPECT_THAT(
        faults(small + "[server.3]\nby_hand = \"quota\"\n[tariff.17]\noverdue = \"read-only\"\n"),
        HasSubstr("c.toml:8: overdue = \"read-only\" needs the quota to be kept")
    );
    parsed(small + "[server.3]\nby_hand = \"quota\"\n[tariff.17]\noverdue = \"disable\"\n");
}

TEST(Config, MaskedHidesTheProxysPassword) {
    const Config config =
        parsed(std::string(kSmallest) + "proxy = \"http://me:geheim@proxy:3128\"\n");
    EXPECT_THAT(masked(config), Not(HasSubstr("geheim")));
    EXPECT_THAT(masked(config), HasSubstr("proxy = \"http://me:********@proxy:3128\""));
}

TEST(Config, MaskedIsAConfigurationAgain) {
    const Config config = parsed(std::string(kSmallest) + "[server.3]\nmax_parallel = 7\n");
    EXPECT_EQ(parsed(masked(config)), config);
}

TEST(Config, PasswordFileOpenToAllIsRefused) {
    const bn::testing::TempFolder folder;
    ASSERT_TRUE(write_file_atomically(folder.file("pw"), "secret\n", 0644));
    ASSERT_TRUE(write_file_atomically(
        folder.file("c.toml"),
        "[panel]\nhost = \"h\"\nuser = \"u\"\npassword_file = \"" + folder.file("pw") +
            "\"\n[defaults]\npolicy = \"sync\"\n"
    ));
    const auto refused = load_config(folder.file("c.toml"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(to_string(refused.error()), HasSubstr("c.toml:4: panel.password_file"));
    EXPECT_THAT(to_string(refused.error()), HasSubstr("chmod 600"));
    ASSERT_EQ(::chmod(folder.file("pw").c_str(), 0600), 0);
    EXPECT_TRUE(load_config(folder.file("c.toml")));
}

TEST(Config, AKeyForAPanelOnAnotherHostIsLookedAt) {
    const bn::testing::TempFolder folder;
    const std::string key = folder.file("panel.key");
    ASSERT_TRUE(write_file_atomically(
        folder.file("c.toml"),
        std::string(kSmallest) +
            "[control]\nlisten = \"127.0.0.1:9449 [::1]:9449\"\nkey_file = \"" + key + "\"\n"
    ));
    const auto said = [&](std::string_view text, unsigned mode) {
        EXPECT_TRUE(write_file_atomically(key, text, mode));
        const auto config = load_config(folder.file("c.toml"));
        return config ? std::string() : to_string(config.error());
    };
    const std::string good(64, 'f');
    EXPECT_THAT(said("short\n", 0600), HasSubstr("c.toml:7: control.key_file: the first line of"));
    EXPECT_THAT(said(good.substr(1) + "x\n", 0600), HasSubstr("64 hexadecimal digits"));
    EXPECT_THAT(said(good + "\n", 0644), HasSubstr("chmod 600"));
    EXPECT_THAT(said(good + "\n", 0640), Not(HasSubstr("control")));
}

TEST(Config, ListeningForAPanelNeedsAKeyAndAddresses) {
    const std::string control = std::string(kSmallest) + "[control]\n";
    EXPECT_THAT(
        faults(control + "listen = \"127.0.0.1:1\"\n"),
        HasSubstr("c.toml:6: control.listen needs control.key_file")
    );
    const Config both = parsed(control + "listen = \"127.0.0.1:1, [::1]:2\"\nkey_file = \"/k\"\n");
    EXPECT_EQ(both.control.listen, "127.0.0.1:1, [::1]:2");
    for (const char* const bad : {"127.0.0.1", "::1:1", "127.0.0.1:1 x"}) {
        EXPECT_THAT(
            faults(control + "listen = \"" + bad + "\"\nkey_file = \"/k\"\n"),
            HasSubstr("control.listen: ")
        ) << bad;
    }
}

TEST(Config, MissingFileSaysWhatToDo) {
    const auto config = load_config("/nonexistent/c.toml");
    ASSERT_FALSE(config);
    EXPECT_THAT(to_string(config.error()), HasSubstr("deploy/config.example.toml"));
}

TEST(Config, ExampleIsValidAndOnlyObserves) {
    const auto text = read_file(testing::source_dir("/deploy/config.example.toml"));
    ASSERT_TRUE(text);
    EXPECT_EQ(parsed(*text).defaults.policy, Policy::kObserve);
}

TEST(Config, ReferenceIsUpToDate) {
    bn::testing::expect_golden(config_reference(), "docs/configuration.md");
}

TEST(Config, ReferenceNamesTheFilesOfThePanelThatAreRead) {
    const std::string reference = config_reference();
    for (const std::string_view file : bm_reader::kSettingsFiles) {
        EXPECT_THAT(reference, HasSubstr("`etc/" + std::string(file) + "`"));
    }
    EXPECT_THAT(reference, HasSubstr(bm_reader::kUsualSettings));
    EXPECT_THAT(faults("[defaults]\npolicy = \"observe\"\n"), HasSubstr(bm_reader::kUsualSettings));
}

TEST(Config, Durations) {
    EXPECT_EQ(parse_duration("1h30m"), Duration(std::chrono::minutes(90)));
    EXPECT_EQ(parse_duration("250ms"), Duration(250));
    EXPECT_EQ(parse_duration("0"), Duration(0));
    for (const char* bad :
         {"", "5", "m", "-5m", "5 m", "5y", "99999999999999999999d", "9999999999999999d"}) {
        EXPECT_FALSE(parse_duration(bad)) << bad;
    }
    for (const std::int64_t ms : {0LL, 1LL, 999LL, 60'000LL, 90'061'001LL}) {
        EXPECT_EQ(parse_duration(print_duration(Duration(ms))), Duration(ms));
    }
}

}  // namespace
}  // namespace bn::controller::config_test
