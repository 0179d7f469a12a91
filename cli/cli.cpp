#include <cstdio>
#include <exception>
#include <string>
#include <variant>
#include <vector>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

constexpr const char* kDefaultConfig = "/etc/bill-nextcloud/config.toml";

constexpr const char* kAbout =
    "Keeps Nextcloud and ownCloud equal to what was sold in BILLmanager.\n"
    "Begin with `check`, look at `plan`, then `apply` once or `serve` for good.";

constexpr const char* kExitCodes =
    "Exit codes: 0 fine (plan: nothing to do), 1 error, 2 drift.\n"
    "Every verb has --help with examples.";

using Target = std::variant<
    bool Arguments::*,
    std::uint64_t Arguments::*,
    std::string Arguments::*,
    std::optional<std::uint32_t> Arguments::*,
    std::vector<std::uint32_t> Arguments::*,
    std::vector<std::string> Arguments::*>;

struct OptionRow {
    const char* names;
    Target target;
    const char* about;
    bool required = false;
};

struct Verb {
    const char* name;
    const char* about;
    const char* examples;
    Result<int> (*run)(const CommandContext&);
    std::vector<OptionRow> options;
};

const OptionRow kJson = {"--json", &Arguments::json, "Machine-readable output (docs/json.md)"};
const OptionRow kCliServer = {
    "--server", &Arguments::server, "Only this server (its number in the panel)"};
const OptionRow kItems = {"--item", &Arguments::items, "Only this item (may be repeated)"};
const OptionRow kOfItems = {"--item", &Arguments::items, "This item (may be repeated)"};
const OptionRow kOfServer = {
    "--server", &Arguments::server, "This server (its number in the panel)"};
const OptionRow kOfAll = {"--all", &Arguments::everything, "Everything"};
const OptionRow kUntilWhen = {
    "--until", &Arguments::until, "It ends then: a time, or a span from now such as 8h"};
const OptionRow kReason = {"--reason", &Arguments::reason, "Why, for the events"};
const OptionRow kYes = {"-y,--yes", &Arguments::yes, "Do not ask"};
const OptionRow kAcceptPanel = {
    "--accept-panel",
    &Arguments::accept_panel,
    "The panel's data went back on purpose (a restored backup): go on with it"};
const OptionRow kOtherStore = {
    "--store", &Arguments::store, "This file, a backup or an archive; only read"};
const OptionRow kAllRows = {"--full", &Arguments::full, "All rows, however many"};

// One row a verb: its name, one line, examples, function and options.
const Verb kVerbs[] = {
    {"check",
     "Read configuration, panel and clouds; say what is wrong and how to mend it",
     "  bill-nextcloud check\n  bill-nextcloud check --quick --json",
     run_check,
     {kJson,
      {"--quick", &Arguments::quick, "Do not count the clouds' accounts"},
      {"--since", &Arguments::since, "Of what earlier versions did, name no older: a time, 3d"}}},
    {"preflight",
     "Look at the panel where panels differ; print the settings to use. Changes nothing",
     "  sudo bill-nextcloud preflight\n"
     "  sudo bill-nextcloud preflight --json | jq -r .toml",
     run_preflight,
     {kJson}},
    {"plan",
     "Dry run: what would be done, and why. Cannot write to any cloud",
     "  bill-nextcloud plan\n  bill-nextcloud plan --server 3 --full\n"
     "  bill-nextcloud plan --json | jq .servers\n"
     "  bill-nextcloud plan --out tonight.plan && bill-nextcloud apply tonight.plan",
     run_plan,
     {kJson,
      kCliServer,
      kItems,
      {"--out", &Arguments::file, "Save the plan for `apply FILE`"},
      kAllRows}},
    {"item",
     "One item on one screen: desired, actual, ledger, drift, events, what is next",
     "  bill-nextcloud item 4711\n  bill-nextcloud item 4711 --offline --events 100",
     run_item,
     {kJson,
      {"id", &Arguments::item, "Number of the service in the panel", true},
      {"--events", &Arguments::events, "How many of its last events"},
      {"--offline", &Arguments::offline, "Only what the event store knows; ask nobody"},
      {"--show-password",
       &Arguments::show_password,
       "Print the first password of the account, only it"}}},
    {"usage",
     "One item's month of used space, day by day, and what the panel took to bill",
     "  bill-nextcloud usage 4711\n  bill-nextcloud usage 4711 --month 2026-11\n"
     "  bill-nextcloud usage 4711 --csv > 4711.csv",
     run_usage,
     {kJson,
      {"id", &Arguments::item, "Number of the service in the panel", true},
      {"--month", &Arguments::month, "This month: 2026-11 (if not said, the present one)"},
      {"--csv", &Arguments::csv, "One line a day, for a spreadsheet"},
      kOtherStore}},
    {"apply",
     "Show the plan, ask, carry it out, and prove it by reading again",
     "  bill-nextcloud apply\n  bill-nextcloud apply --yes --server 3\n"
     "  bill-nextcloud apply tonight.plan",
     run_apply,
     {{"plan", &Arguments::file, "A saved plan: exactly this is done, or nothing"},
      {"--server", &Arguments::server, "Only this server"},
      kItems,
      {"--approve",
       &Arguments::approve,
       "Let what waits under this checksum be taken away, and nothing else"},
      {"--accept-address",
       &Arguments::accept_address,
       "This server's cloud is the same one under a new address"},
      {"--accept-cloud",
       &Arguments::accept_cloud,
       "The cloud that answers for this server now, or was restored, is ours"},
      kAcceptPanel,
      kReason,
      kYes,
      {"--full", &Arguments::full, "Show all rows"}}},
    {"adopt",
     "Take over services that an earlier module opened. Records only; cannot write to any "
     "cloud",
     "  bill-nextcloud adopt --plan\n  bill-nextcloud adopt --plan --json | jq .servers\n"
     "  bill-nextcloud adopt --yes --server 3\n"
     "  bill-nextcloud adopt --item 1001,1002   (held until a person says whose account it is)\n"
     "  bill-nextcloud adopt --unproved --server 3   (after an upgrade from 0.1.0)",
     run_adopt,
     {kJson,
      {"--plan", &Arguments::plan_only, "Show what would be recorded; record nothing"},
      kCliServer,
      {"--item", &Arguments::items, "Only these items, by your word: 7 or 7,8,9"},
      {"--unproved",
       &Arguments::unproved,
       "By your word, also opened services of --server whose account nothing proves, where it has "
       "the login that the template gives them"},
      kYes,
      kAllRows}},
    {"pause",
     "Change nothing of an item, a server, or everything, until told; the service may run",
     "  bill-nextcloud pause --item 4711 --reason \"files are being moved\"\n"
     "  bill-nextcloud pause --server 3 --until 8h --reason \"cloud upgrade\"\n"
     "  bill-nextcloud pause --all",
     run_pause,
     {kJson, kOfItems, kOfServer, kOfAll, kUntilWhen, kReason}},
    {"resume",
     "End a pause: exactly that of what is named",
     "  bill-nextcloud resume --item 4711\n  bill-nextcloud resume --server 3\n"
     "  bill-nextcloud resume --all\n"
     "  bill-nextcloud resume --accept-panel   (after a restored backup of the panel)",
     run_resume,
     {kJson, kOfItems, kOfServer, kOfAll, kAcceptPanel, kReason}},
    {"undelete",
     "Keep the account of a closed item, within its retention, and let the client in again",
     "  bill-nextcloud undelete 4711 --reason \"the client called\"\n"
     "  bill-nextcloud undelete 4711 --until 30d\n"
     "  bill-nextcloud undelete 4711 --end   (it is closed anew, with a whole retention)",
     run_undelete,
     {kJson,
      {"id", &Arguments::item, "Number of the service in the panel", true},
      {"--until", &Arguments::until, "So long: a time, or 30d (14d if not said)"},
      {"--end", &Arguments::end, "It is not kept any more"},
      kReason}},
    {"replay",
     "Try again what failed for good and is parked; without arguments, list it",
     "  bill-nextcloud replay\n  bill-nextcloud replay 4711\n"
     "  bill-nextcloud replay --code ocs.bad_email\n  bill-nextcloud replay --all",
     run_replay,
     {kJson,
      {"id", &Arguments::item, "Number of the service in the panel"},
      {"--code", &Arguments::code, "All that are parked with this code"},
      {"--all", &Arguments::everything, "All that are parked"},
      kReason}},
    {"refresh",
     "Let the service read panel and clouds now and record what differs; changes nothing there",
     "  bill-nextcloud refresh\n  bill-nextcloud refresh --item 4711",
     run_refresh,
     {kJson, kOfItems, kOfServer, kReason}},
    {"approve",
     "Let exactly what waits for an approval pass, with the next whole pass or not at all; the "
     "service may run",
     "  bill-nextcloud approve 9f86d081884c7d65 --reason \"tariff change of November\"",
     run_approve,
     {kJson,
      {"checksum", &Arguments::approve, "Of what waits, as plan and status print it", true},
      kReason}},
    {"accept-address",
     "Say that a server's cloud is the same one under a new address; the service runs",
     "  bill-nextcloud accept-address 3 --reason \"new domain\"",
     run_accept_address,
     {kJson, {"server", &Arguments::server, "Its number in the panel", true}, kReason}},
    {"accept-cloud",
     "Say that the cloud that answers for a server now, or was restored, is ours; the service runs",
     "  bill-nextcloud accept-cloud 3 --reason \"restored from the backup of Monday\"",
     run_accept_cloud,
     {kJson, {"server", &Arguments::server, "Its number in the panel", true}, kReason}},
    {"accept-readings",
     "Say that the host's clock, and what is seen of a server, are right; lists what that is",
     "  bill-nextcloud accept-readings 3   (lists it, and asks)\n"
     "  bill-nextcloud accept-readings 3 --yes --reason \"forty accounts were removed on purpose\"",
     run_accept_readings,
     {kJson, {"server", &Arguments::server, "Its number in the panel", true}, kReason, kYes}},
    {"serve",
     "Run as a service: passes at an interval, paid items within seconds, metrics",
     "  bill-nextcloud serve --config /etc/bill-nextcloud/config.toml\n"
     "  systemctl reload bill-nextcloud   (reads the configuration again)",
     run_serve,
     {}},
    {"status",
     "What the service is doing, drift, held items, last and next pass",
     "  bill-nextcloud status\n  bill-nextcloud status --full\n  watch bill-nextcloud status",
     run_status,
     {kJson, {"--full", &Arguments::full, "All held items"}}},
    {"events",
     "What was seen, decided and done",
     "  bill-nextcloud events --item 4711\n"
     "  bill-nextcloud events --since 2026-11-17T00:00:00Z --until 1h --limit 1000\n"
     "  bill-nextcloud events --kind action.failed --since 2d\n"
     "  bill-nextcloud events --why 1042\n"
     "  bill-nextcloud events --follow --json",
     run_events,
     {kJson,
      {"--item", &Arguments::item, "Events of this item"},
      {"--server", &Arguments::server, "Events of this server and its items"},
      {"--kind", &Arguments::kinds, "Only this kind (may be repeated)"},
      {"--since", &Arguments::since, "From this time on: 2026-11-23T10:20:30Z, 2h, 3d"},
      {"--until", &Arguments::until, "Up to this time"},
      kOtherStore,
      {"--why", &Arguments::why, "This event (id or position) and what led to it"},
      {"--limit", &Arguments::limit, "The newest so many"},
      {"-f,--follow", &Arguments::follow, "Go on as events arrive"}}},
    {"verify",
     "Prove that the event store is whole and the ledger equals its replay",
     "  bill-nextcloud verify\n  bill-nextcloud verify --rebuild\n"
     "  bill-nextcloud verify --anchor 1042:9f86d081...\n"
     "  bill-nextcloud verify --store /mnt/backup/events.db\n"
     "  bill-nextcloud verify --accept   (after a restored backup: docs/events.md)",
     run_verify,
     {kJson,
      {"--rebuild",
       &Arguments::rebuild,
       "Throw the stored ledger away and build it from the events"},
      {"--anchor", &Arguments::anchor, "An earlier head (position:hash) that must still be there"},
      kOtherStore,
      {"--accept",
       &Arguments::accept,
       "Go on with a store whose newest events are lost (the service must be stopped)"}}},
    {"backup",
     "Copy the event store to a file and prove the copy; the service may run",
     "  bill-nextcloud backup /mnt/backup/events-$(date +%F).db\n"
     "  bill-nextcloud backup --force /mnt/backup/events.db --json",
     run_backup,
     {kJson,
      {"file", &Arguments::file, "The file to write", true},
      {"--force", &Arguments::force, "Replace the file, once the new one is proved"}}},
    {"restore",
     "Put a backup of the event store in its place; the service must be stopped",
     "  systemctl stop bill-nextcloud\n"
     "  bill-nextcloud restore /mnt/backup/events-2026-11-27.db",
     run_restore,
     {kJson, {"file", &Arguments::file, "The backup", true}, kYes}},
    {"mask",
     "Replace what the events say of an item's client, for good; the service must be stopped",
     "  bill-nextcloud mask 4711 --reason \"asked by the client on 2026-11-27\"",
     run_mask,
     {kJson,
      {"id", &Arguments::item, "Number of the service in the panel", true},
      {"--reason", &Arguments::reason, "Why, for the events", true},
      kYes}},
    {"compact",
     "Cut old events off; a checkpoint stands for them. The service must be stopped",
     "  bill-nextcloud compact --older-than 400d --archive /mnt/archive/events-2025.db",
     run_compact,
     {kJson,
      {"--older-than", &Arguments::older_than, "All events that are older than this: 400d", true},
      {"--archive",
       &Arguments::archive,
       "Keep them in this file, which `verify --store` proves and `events --store` reads"},
      kYes}},
    {"rotate-key",
     "Seal all first passwords anew with a new key; the service must be stopped",
     "  bill-nextcloud rotate-key",
     run_rotate_key,
     {kJson, kYes}},
};

std::string not_empty(const std::string& text) {
    return text.empty() ? "it has no value" : "";
}

void add_option(CLI::App& verb, const OptionRow& row, Arguments& args) {
    std::visit(
        [&](auto member) {
            auto& value = args.*member;
            using Value = std::remove_reference_t<decltype(value)>;
            if constexpr (std::is_same_v<Value, bool>) {
                verb.add_flag(row.names, value, row.about);
            } else if constexpr (std::is_same_v<Value, std::vector<std::uint32_t>>) {
                verb.add_option(row.names, value, row.about)->delimiter(',');
            } else if constexpr (std::is_same_v<Value, std::uint64_t>) {
                verb.add_option(row.names, value, row.about)->capture_default_str();
            } else {
                auto* option = verb.add_option(row.names, value, row.about)->required(row.required);
                if constexpr (std::is_same_v<Value, std::string>) {
                    option->check(not_empty);  // of a shell's unset variable
                }
            }
        },
        row.target
    );
}

// "error: what (remedy) [code]" on standard error.
int fail(const Error& error) {
    fmt::print(stderr, "error: {}\n", error.text());
    return kExitError;
}

int run_verb(const Verb& verb, const std::string& config_path, Arguments args) {
    tl::expected<Config, ConfigErrors> config = load_config(config_path);
    if (!config) {
        std::fputs(to_string(config.error()).c_str(), stderr);
        return kExitError;
    }
    for (const std::string& notice : config->notices) {
        fmt::print(stderr, "notice: {}\n", notice);
    }
    if (!args.store.empty()) {
        config->store.path = args.store;
        config->store.anchor = "off";  // it tells of the newest store
    }
    SecretRegistry secrets;
    LogConfig log = config->log;
    if (verb.run != run_serve && log.level == "info") {
        log.level = "warning";  // a command says on its own screen what it did
    }
    Result<std::shared_ptr<LogSink>> sink = make_log_sink(log, secrets);
    if (!sink) {
        return fail(sink.error());
    }
    CommandContext context;
    context.config = *std::move(config);
    context.config_path = config_path;
    context.version = BN_VERSION;
    context.language = words::language_from_environment();
    context.args = std::move(args);
    context.sink = *std::move(sink);
    context.secrets = &secrets;
    const Result<int> code = verb.run(context);
    return code ? *code : fail(code.error());
}

}  // namespace

int run_cli(int argc, const char* const* argv) {
    controller::harden_process();
    std::string config = kDefaultConfig;
    Arguments args;
    CLI::App app(kAbout, "bill-nextcloud");
    app.footer(kExitCodes);
    app.set_version_flag("--version", "bill-nextcloud " BN_VERSION);
    app.require_subcommand(0, 1);
    bool reference = false;
    app.add_flag("--config-reference", reference, "Print the configuration reference and end");
    for (const Verb& verb : kVerbs) {
        CLI::App* command = app.add_subcommand(verb.name, verb.about);
        command->footer(std::string("Examples:\n") + verb.examples);
        command->add_option("-c,--config", config, "Configuration file (TOML)")
            ->envname("BILL_NEXTCLOUD_CONFIG")
            ->capture_default_str();
        for (const OptionRow& row : verb.options) {
            add_option(*command, row, args);
        }
    }
    try {
        app.parse(argc, argv);
        if (reference) {
            std::fputs(config_reference().c_str(), stdout);
            return kExitOk;
        }
        for (const Verb& verb : kVerbs) {
            if (app.got_subcommand(verb.name)) {
                return run_verb(verb, config, std::move(args));
            }
        }
        std::fputs(app.help().c_str(), stderr);
        return kExitError;
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitOk : kExitError;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: unexpected: %s; please report this\n", error.what());
        return kExitError;
    }
}

}  // namespace bn::cli
