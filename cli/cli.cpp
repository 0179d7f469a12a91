#include "cli/cli.hpp"

#include <csignal>
#include <cstdio>
#include <exception>
#include <functional>
#include <string>

#include <CLI/CLI.hpp>

#include "cli/command.hpp"

namespace bn::cli {

namespace {

constexpr const char* kDefaultConfig = "/etc/bill-nextcloud/config.toml";

constexpr const char* kAbout =
    "Keeps Nextcloud and ownCloud equal to what was sold in BILLmanager.\n"
    "Begin with `check`, look at `plan`, then `apply` once or `serve` for good.";

constexpr const char* kExitCodes =
    "Exit codes: 0 fine (plan: nothing to do), 1 error, 2 drift.\n"
    "Every verb has --help with examples.";

struct Options {
    std::string config = kDefaultConfig;
    bool json = false;
    bool full = false;
    bool serving = false;
    PlanCommand plan;
    ApplyCommand apply;
    AdoptCommand adopt;
    CheckCommand check;
    EventsCommand events;
    ItemCommand item;
    VerifyCommand verify;
    std::function<int(const CommandContext&)> verb;
};

CLI::App* add_verb(
    CLI::App& app,
    const char* name,
    const char* about,
    const char* examples,
    Options& options,
    std::function<int(const CommandContext&)> run
) {
    CLI::App* verb = app.add_subcommand(name, about);
    verb->footer(std::string("Examples:\n") + examples);
    verb->add_option("-c,--config", options.config, "Configuration file (TOML)")
        ->envname("BILL_NEXTCLOUD_CONFIG")
        ->capture_default_str();
    verb->callback([&options, run = std::move(run)] { options.verb = run; });
    return verb;
}

void add_json(CLI::App* verb, Options& options) {
    verb->add_flag("--json", options.json, "Machine-readable output (docs/json.md)");
}

void add_reading_verbs(CLI::App& app, Options& o) {
    CLI::App* check = add_verb(
        app,
        "check",
        "Read configuration, panel and clouds; say what is wrong and how to mend it",
        "  bill-nextcloud check\n  bill-nextcloud check --quick --json",
        o,
        [&o](const CommandContext& c) { return run_check(c, o.check); }
    );
    add_json(check, o);
    check->add_flag("--quick", o.check.quick, "Do not count the clouds' accounts");

    CLI::App* preflight = add_verb(
        app,
        "preflight",
        "Look at the panel where panels differ; print the settings to use. Changes nothing",
        "  sudo bill-nextcloud preflight\n"
        "  sudo bill-nextcloud preflight --json | jq -r .toml",
        o,
        [](const CommandContext& c) { return run_preflight(c); }
    );
    add_json(preflight, o);

    CLI::App* plan = add_verb(
        app,
        "plan",
        "Dry run: what would be done, and why. Cannot write to any cloud",
        "  bill-nextcloud plan\n  bill-nextcloud plan --server 3 --full\n"
        "  bill-nextcloud plan --json | jq .servers\n"
        "  bill-nextcloud plan --out tonight.plan && bill-nextcloud apply tonight.plan",
        o,
        [&o](const CommandContext& c) { return run_plan(c, o.plan); }
    );
    add_json(plan, o);
    plan->add_option("--server", o.plan.server, "Only this server (its number in the panel)");
    plan->add_option("--item", o.plan.items, "Only this item (may be repeated)");
    plan->add_option("--out", o.plan.out_file, "Save the plan for `apply FILE`");
    plan->add_flag("--full", o.full, "All rows, however many");

    CLI::App* item = add_verb(
        app,
        "item",
        "One item on one screen: desired, actual, ledger, drift, events, what is next",
        "  bill-nextcloud item 4711\n  bill-nextcloud item 4711 --offline --events 100",
        o,
        [&o](const CommandContext& c) { return run_item(c, o.item); }
    );
    add_json(item, o);
    item->add_option("id", o.item.item, "Number of the service in the panel")->required();
    item->add_option("--events", o.item.events, "How many of its last events")
        ->capture_default_str();
    item->add_flag("--offline", o.item.offline, "Only what the event store knows; ask nobody");
    item->add_flag(
        "--show-password", o.item.show_password, "Print the first password of the account, only it"
    );
}

void add_store_verbs(CLI::App& app, Options& o) {
    CLI::App* status = add_verb(
        app,
        "status",
        "What the service is doing, drift, held items, last and next pass",
        "  bill-nextcloud status\n  bill-nextcloud status --full\n  watch bill-nextcloud status",
        o,
        [](const CommandContext& c) { return run_status(c); }
    );
    add_json(status, o);
    status->add_flag("--full", o.full, "All held items");

    CLI::App* events = add_verb(
        app,
        "events",
        "What was seen, decided and done",
        "  bill-nextcloud events --item 4711\n"
        "  bill-nextcloud events --since 2026-11-17 --until 2026-11-18 --limit 1000\n"
        "  bill-nextcloud events --kind action.failed --since 2d\n"
        "  bill-nextcloud events --follow --json",
        o,
        [&o](const CommandContext& c) { return run_events(c, o.events); }
    );
    add_json(events, o);
    events->add_option("--item", o.events.item, "Events of this item");
    events->add_option("--server", o.events.server, "Events of this server and its items");
    events->add_option("--kind", o.events.kinds, "Only this kind (may be repeated)");
    events->add_option(
        "--since", o.events.since, "From this time on: 2026-11-23T10:20:30Z, 2h, 3d"
    );
    events->add_option("--until", o.events.until, "Up to this time");
    events->add_option("--limit", o.events.limit, "The newest so many")->capture_default_str();
    events->add_flag("-f,--follow", o.events.follow, "Go on as events arrive");

    CLI::App* verify = add_verb(
        app,
        "verify",
        "Prove that the event store is whole and the ledger equals its replay",
        "  bill-nextcloud verify\n  bill-nextcloud verify --rebuild\n"
        "  bill-nextcloud verify --anchor 1042:9f86d081...",
        o,
        [&o](const CommandContext& c) { return run_verify(c, o.verify); }
    );
    add_json(verify, o);
    verify->add_flag(
        "--rebuild", o.verify.rebuild, "Throw the stored ledger away and build it from the events"
    );
    verify->add_option(
        "--anchor", o.verify.anchor, "An earlier head (position:hash) that must still be there"
    );
}

void add_acting_verbs(CLI::App& app, Options& o) {
    CLI::App* apply = add_verb(
        app,
        "apply",
        "Show the plan, ask, carry it out, and prove it by reading again",
        "  bill-nextcloud apply\n  bill-nextcloud apply --yes --server 3\n"
        "  bill-nextcloud apply tonight.plan",
        o,
        [&o](const CommandContext& c) { return run_apply(c, o.apply); }
    );
    apply->add_option("plan", o.apply.plan_file, "A saved plan: exactly this is done, or nothing");
    apply->add_option("--server", o.apply.server, "Only this server");
    apply->add_option("--item", o.apply.items, "Only this item (may be repeated)");
    apply->add_option(
        "--approve", o.apply.approve, "Let the stopped plan of this checksum pass, and no other"
    );
    apply->add_option(
        "--accept-address",
        o.apply.accept_address,
        "This server's cloud is the same one under a new address"
    );
    apply->add_flag("-y,--yes", o.apply.yes, "Do not ask");
    apply->add_flag("--full", o.full, "Show all rows");

    CLI::App* adopt = add_verb(
        app,
        "adopt",
        "Take over services that an earlier module opened. Records only; cannot write to any cloud",
        "  bill-nextcloud adopt --plan\n  bill-nextcloud adopt --plan --json | jq .servers\n"
        "  bill-nextcloud adopt --yes --server 3",
        o,
        [&o](const CommandContext& c) { return run_adopt(c, o.adopt); }
    );
    add_json(adopt, o);
    adopt->add_flag("--plan", o.adopt.plan_only, "Show what would be recorded; record nothing");
    adopt->add_option("--server", o.adopt.server, "Only this server (its number in the panel)");
    adopt->add_flag("-y,--yes", o.adopt.yes, "Do not ask");
    adopt->add_flag("--full", o.full, "All rows, however many");

    add_verb(
        app,
        "serve",
        "Run as a service: passes at an interval, paid items within seconds, metrics",
        "  bill-nextcloud serve --config /etc/bill-nextcloud/config.toml\n"
        "  systemctl reload bill-nextcloud   (reads the configuration again)",
        o,
        [](const CommandContext& c) { return run_serve(c); }
    )->callback([&o] {
        o.serving = true;
        o.verb = [](const CommandContext& c) { return run_serve(c); };
    });
}

int run_verb(Options& options) {
    tl::expected<Config, ConfigErrors> config = load_config(options.config);
    if (!config) {
        std::fputs(to_string(config.error()).c_str(), stderr);
        return kExitError;
    }
    SecretRegistry secrets;
    LogConfig log = config->log;
    if (!options.serving && log.level == "info") {
        log.level = "warning";  // a command says on its own screen what it did
    }
    Result<std::shared_ptr<LogSink>> sink = make_log_sink(log, secrets);
    if (!sink) {
        return fail(sink.error());
    }
    CommandContext context;
    context.config = *std::move(config);
    context.config_path = options.config;
    context.version = BN_VERSION;
    context.language = language_from_environment();
    context.json = options.json;
    context.full = options.full;
    context.sink = *std::move(sink);
    context.secrets = &secrets;
    return options.verb(context);
}

}  // namespace

int run_cli(int argc, const char* const* argv) {
    std::signal(SIGPIPE, SIG_IGN);
    Options options;
    CLI::App app(kAbout, "bill-nextcloud");
    app.footer(kExitCodes);
    app.set_version_flag("--version", "bill-nextcloud " BN_VERSION);
    app.require_subcommand(0, 1);
    bool reference = false;
    app.add_flag("--config-reference", reference, "Print the configuration reference and end");
    add_reading_verbs(app, options);
    add_acting_verbs(app, options);
    add_store_verbs(app, options);
    try {
        app.parse(argc, argv);
        if (reference) {
            std::fputs(config_reference().c_str(), stdout);
            return kExitOk;
        }
        if (!options.verb) {
            std::fputs(app.help().c_str(), stderr);
            return kExitError;
        }
        return run_verb(options);
    } catch (const CLI::ParseError& error) {
        return app.exit(error) == 0 ? kExitOk : kExitError;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "error: unexpected: %s; please report this\n", error.what());
        return kExitError;
    }
}

}  // namespace bn::cli
