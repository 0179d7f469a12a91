// `check`: reads the configuration, the panel and every cloud; says what it found, what is wrong
// and how to mend it. Changes nothing.
#include <unistd.h>

#include <filesystem>
#include <limits>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "bm_reader/panel_source.hpp"
#include "cli/check/past.hpp"
#include "cli/plan/planning_session.hpp"
#include "cli/screen/findings.hpp"
#include "controller/real_sides.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"
#include "controller/sys/zones.hpp"
#include "reconciler/decide/server.hpp"
#include "reconciler/plan/absence.hpp"

namespace bn::cli {

namespace {

void skew_line(Section& section, std::string_view whose, const std::optional<Duration>& skew) {
    if (!skew) {
        return;
    }
    const bool behind = *skew < Duration{0};
    const Duration size = behind ? -*skew : *skew;
    const std::string what = fmt::format(
        "{} clock is {} s {} ours", whose, size.count() / 1000, behind ? "behind" : "ahead of"
    );
    const char* const remedy = "synchronise both machines (chrony or systemd-timesyncd)";
    if (size < std::chrono::seconds(2)) {  // an answer's date has whole seconds
        section.ok(fmt::format("{} clock agrees with ours", whose));
        return;
    }
    size > kSkewWarning ? section.warn(what, remedy) : section.ok(what);
}

constexpr const char* kSetSocket = R"(set control.socket to "/run/bill-nextcloud/control.sock")";

void distant_panel(Section& section, const controller::ControlConfig& control) {
    if (control.listen.empty()) {
        return;
    }
    section.note(fmt::format(
        "a panel on another host is heard on {}, with the key of {}",
        control.listen,
        control.key_file
    ));
    if (control.socket.empty()) {
        section.warn(
            "no control socket: no command on this host can tell the service anything", kSetSocket
        );
    }
}

// How results go back to the panel. `preflight` asks the panel itself.
void way_back(Section& section, const Config& config) {
    const PanelConfig& panel = config.panel;
    const bool asked = !config.control.socket.empty() || !config.control.listen.empty();
    if (panel.api == "off") {
        section.note("results are not written back to the panel (panel.api is off)");
        if (asked) {
            section.warn(
                "the panel's module may connect, but the panel is told nothing: its operations "
                "stay open",
                R"(set panel.api to "mgrctl" or "https")"
            );
        }
        return;
    }
    if (panel.api == "mgrctl" && access(panel.mgrctl.c_str(), X_OK) != 0) {
        section.fail(
            panel.mgrctl + " cannot be run by this user",
            "run as root on the panel's machine, correct panel.mgrctl, or use panel.api = \"https\""
        );
    } else {
        section.ok("results go back to the panel by " + panel.api);
    }
    if (!asked) {
        section.warn("no control socket: the panel's module finds nobody to ask", kSetSocket);
    }
}

void check_config(Section& section, const CommandContext& context) {
    for (const controller::ConfigError& fault : context.config_faults) {
        constexpr auto kLine = "correct line {} of {}; docs/configuration.md has every key";
        section.fail(
            fault.what,
            fault.line != 0       ? fmt::format(kLine, fault.line, fault.file)
            : context.config_read ? fmt::format("correct it in {}", fault.file)
                                  : "make the file, or name another one with -c"
        );
    }
    if (!context.config_read) {
        return;
    }
    if (context.config_faults.empty()) {
        section.ok("read " + context.config_path);
    }
    const auto& policy = context.config.defaults.policy;
    section.note(
        policy ? fmt::format("policy unless a server says otherwise: {}", to_string(*policy))
               : "every server needs a policy of its own"
    );
    if (!other_config(context).empty()) {
        section.warn(
            "the service that runs goes by another configuration than this file",
            "let it read the file: `systemctl reload bill-nextcloud`"
        );
    }
    distant_panel(section, context.config.control);
    way_back(section, context.config);
    if (!controller::has_zones()) {
        section.warn(
            "this host has no time zones: times are shown in UTC, and `windows` can name no zone",
            "install tzdata"
        );
    }
}

// What earlier versions did, as far as their events are in the store.
void check_past(
    Section& section, const CommandContext& context, OpenStore& open, std::optional<Time> since
) {
    constexpr std::size_t kNamed = 10;  // a script wants all
    const std::size_t named = context.args.json ? std::numeric_limits<std::size_t>::max() : kNamed;
    GuardOptions options;
    options.max_shrink = context.config.service.max_shrink;
    options.shrink_from = context.config.service.shrink_from;
    Retrospect past(options);
    EventFilter filter;
    filter.kinds = Retrospect::kinds();
    const auto look = [&past](const Envelope& event) { return past.look_at(event); };
    if (const Result<void> read = open.store->read(filter, look); !read) {
        section.fail(read.error());
        return;
    }
    PastFaults faults = past.found();
    if (since) {
        faults.forget_before(*since);
    }
    past_lines(section, faults, open.ledger, named);
}

// Where it is stands in the configuration.
bool cannot_be_found(Section& section, bool said) {
    if (!said) {
        section.unread(Error(
            NextMove::kHuman,
            "check.config",
            "the configuration does not say where it is",
            "correct the configuration first"
        ));
    }
    return !said;
}

void check_store(Section& section, const CommandContext& context, std::optional<Time> since) {
    if (cannot_be_found(section, context.config_read)) {
        return;
    }
    const std::string& path = context.config.store.path;
    std::error_code ignored;
    const std::string anchor = anchor_path(context.config);
    const bool anchored = std::filesystem::exists(anchor, ignored);
    if (!std::filesystem::exists(path, ignored) && !anchored) {
        section.note(path + " does not exist yet; `apply` and `serve` make it");
        return;
    }
    Result<OpenStore> open = open_with_ledger(context, Opening::kRead);
    if (!open) {
        section.fail(open.error());
        return;
    }
    if (in_force(open->ledger.panel().paused, system_now())) {
        section.warn(
            "everything is paused: nothing is changed anywhere",
            "`bill-nextcloud resume --all` ends it"
        );
    }
    if (anchor.empty()) {
        section.warn(
            "the end of the store is kept nowhere else: an older copy of it would not be noticed",
            "set store.anchor to a path outside of the store's folder"
        );
    } else if (!anchored) {
        section.warn(
            anchor + " is not there yet: an older copy of the store would not be noticed",
            "start the service; if that does not help, make its folder writable for its user"
        );
    }
    section.ok(fmt::format(
        "{}: {} events, {} items known, {}",
        path,
        open->store->head().position,
        open->ledger.items().size(),
        to_string(Quota::bytes(static_cast<std::int64_t>(open->store->size_bytes())))
    ));
    if (const auto cut = open->store->cut()) {
        section.note(fmt::format(
            "events up to {} were cut off on {}: what earlier versions did is looked for behind it",
            cut->position,
            format_time(cut->at)
        ));
    }
    check_past(section, context, *open, since);
}

void service_lines(
    Section& section, const CommandContext& context, const bm_reader::PanelReport& report
) {
    const auto& counts = report.items_by_status;
    const std::uint64_t items = sum_of(counts, [](const auto& row) { return row.second; });
    if (items == 0) {
        const Result<KnownSoFar> known = known_so_far(context);
        const auto emptied = known ? emptied_panel(DesiredSnapshot(), known->ledger) : std::nullopt;
        emptied ? section.fail(*emptied) : section.note("there is no service of our module");
    } else {
        const std::string by_status = enumerated(counts, [](const auto& row) {
            return fmt::format("{} with status {}", row.second, row.first);
        });
        section.ok(
            fmt::format("{:# service|# services} of our module: {}", Plural(items), by_status)
        );
    }
    if (report.held_items > 0) {
        section.warn(
            fmt::format(
                "{:# service is|# services are} held: not all of it is understood",
                Plural(report.held_items)
            ),
            "`bill-nextcloud plan` names each with its remedy"
        );
    }
}

// What was found already names itself here: no remedy sends people to the screen that they read.
std::string remedy_here(const std::string& remedy) {
    return remedy.find("bill-nextcloud check") == std::string::npos
               ? remedy
               : "mend the panel's tables, named above";
}

void report_lines(
    Section& section, const CommandContext& context, const bm_reader::PanelReport& report
) {
    section.ok(fmt::format("{}, charset {}", report.server_version, report.charset));
    if (!report.user.empty()) {
        section.ok(fmt::format("user {}, rights: {}", report.user, report.rights));
    }
    skew_line(section, "the panel's", report.clock_skew);
    if (report.missing_columns.empty()) {  // else nothing was counted
        service_lines(section, context, report);
    }
    for (const bm_reader::OfferFinding& offer : report.offers) {
        offer.remedy.empty() ? section.ok(offer.what) : section.warn(offer.what, offer.remedy);
    }
    for (const bm_reader::PanelProblem& problem : report.problems) {
        const std::string remedy = remedy_here(problem.remedy);
        problem.stops ? section.fail(problem.what, remedy) : section.warn(problem.what, remedy);
    }
}

// False: it could not be asked.
bool check_panel(Section& section, const CommandContext& context) {
    const PanelConfig& panel = context.config.panel;
    if (cannot_be_found(
            section,
            !(panel.from.empty() && panel.host.empty() && panel.socket.empty() &&
              panel.sqlite.empty())
        )) {
        return false;
    }
    const auto report = panel_settings(context.config).and_then([](const auto& settings) {
        return bm_reader::check_panel(settings, system_now());
    });
    if (report) {
        report_lines(section, context, *report);
    } else {
        section.fail(report.error());
    }
    return report.has_value();
}

void info_lines(Section& section, const CloudInfo& info, const ServerSettings& settings) {
    section.ok(fmt::format("{} {}", info.product, info.version));
    if (info.tls == "none") {
        section.warn("the connection is not encrypted", "use https:// in the panel's server form");
    } else {
        section.ok("TLS: " + info.tls);
    }
    skew_line(section, "the server's", info.clock_skew);
    if (!info.own_login.empty()) {
        const char* const rank = info.admin ? ", an administrator" : "";
        section.ok(fmt::format(
            "logged in as {}{}, {:# group|# groups}",
            info.own_login,
            rank,
            Plural(info.groups.size())
        ));
    }
    if (info.app_password_risk) {
        constexpr auto kWhat =
            "this version refuses app passwords on writes, and the login seems to be one";
        constexpr auto kRemedy =
            "give the account's own password in the panel's server form (no second factor)";
        const bool writes = settings.policy && *settings.policy != Policy::kObserve;
        writes ? section.fail(kWhat, kRemedy) : section.warn(kWhat, kRemedy);
    }
    if (info.password_min_length > controller::kLongestPassword) {
        section.fail(
            fmt::format(
                "the cloud wants passwords of at least {} characters, we make {} at most",
                info.password_min_length,
                controller::kLongestPassword
            ),
            "lower the length in the cloud's password policy: no account can be made"
        );
    } else if (info.password_min_length > controller::kPasswordLength) {
        section.ok(fmt::format(
            "the cloud wants passwords of at least {} characters: new ones have as many",
            info.password_min_length
        ));
    }
    if (info.put_budget.limited) {
        section.note(fmt::format(
            "quota, e-mail and password changes are limited to {} per {} s; {} lifts this",
            info.put_budget.calls,
            info.put_budget.window.count() / 1000,
            info.major >= 34 ? "the server's setting ratelimit_overwrite for "
                               "provisioning_api.users.edituser"
                             : "this host on the brute-force allow list, with "
                               "apply_allowlist_to_ratelimit,"
        ));
    }
}

void identity_line(Section& section, const CloudInfo& info, const LedgerServer* known) {
    if (!info.identity.empty()) {
        const bool marked = !info.data_fingerprint.empty();
        section.ok(
            "instance id " + info.identity +
            (marked ? ", data fingerprint " + info.data_fingerprint : "")
        );
    } else if (known != nullptr && !known->identity.empty() && !info.maintenance) {
        section.warn(
            "the cloud does not show which one it is; our accounts are on " + known->identity,
            "let what stands in front of it pass its cookies (Set-Cookie): without them only its "
            "address says that it is the same one"
        );
    }
}

// Who waits may find it answering; a person has to mend the rest.
void not_read(Section& section, const Error& error) {
    Error shown = error;
    shown.remedy = remedy_here(error.remedy);
    error.move == NextMove::kHuman || error.move == NextMove::kBug ? section.fail(shown)
                                                                   : section.unread(shown);
}

// What a pass holds back for, until a person says that it is right. `actual`: as it is read now;
// null: it was not.
void doubts_of_readings(
    Section& section, ServerId id, const Ledger& ledger, const ActualSnapshot* actual
) {
    const LedgerServer* known = ledger.server(id);
    if (known == nullptr) {
        return;
    }
    Absence absence = absence_on_record(ledger, id);
    if (actual != nullptr && actual->complete) {
        absence = absence_in(*actual, id, ledger);
    }
    const std::string gone = is_doubtful(absence, GuardOptions())
                                 ? to_text(absence, !known->identity.empty())
                                 : std::string();
    for (const std::string& doubt : {known->panel_doubt, known->cloud_doubt, gone}) {
        if (!doubt.empty()) {
            section.add(
                Verdict::kDoubts,
                "not believed: " + doubt,
                fmt::format(
                    "look at that side; if it is right as it is, say `bill-nextcloud "
                    "accept-readings {}`",
                    id.value
                )
            );
        }
    }
}

// Probes one server and, unless told otherwise, counts its accounts.
Task<void> check_cloud(
    Section& section,
    const DesiredServer& server,
    World& world,
    const Ledger& ledger,
    ServerSettings settings,
    bool quick
) {
    const std::shared_ptr<Cloud> cloud = world.cloud(server, ledger);
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        not_read(section, info.error());
        co_return;
    }
    const std::optional<Error> unfit = unfit_cloud(*info, server, ledger);
    if (!info->version.empty()) {  // another cloud is not asked for more than its name
        info_lines(section, *info, settings);
        identity_line(section, *info, ledger.server(server.id));
    }
    if (unfit) {
        not_read(section, *unfit);
        co_return;
    }
    if (quick) {
        doubts_of_readings(section, server.id, ledger, nullptr);
        co_return;
    }
    ObserveOptions options;
    options.page_size = settings.page_size;
    options.groups.emplace();
    Result<ActualSnapshot> actual = co_await cloud->observe(std::move(options));
    if (!actual) {
        not_read(section, actual.error());
    } else if (!actual->complete) {
        not_read(
            section,
            Error(
                NextMove::kRedoPass,
                "check.incomplete",
                "the accounts could not be read whole: " + actual->incomplete_reason,
                "see the server's log; nothing is taken away while a reading is incomplete"
            )
        );
    } else {
        section.ok(fmt::format("{:# account|# accounts}", Plural(actual->accounts.size())));
    }
    doubts_of_readings(section, server.id, ledger, actual ? &*actual : nullptr);
}

// Whether it is this cloud that hears the administrator's password.
void trust_lines(Section& section, const controller::Config& config, const DesiredServer& server) {
    const std::string why = controller::why_unverified(config, server);
    if (why.empty()) {
        const bool ignored = !server.wishes.verify_tls.value_or(true);
        if (ignored) {
            section.note(
                "its form in the panel says that the certificate is not checked; it is, by the "
                "configuration"
            );
        }
        return;
    }
    section.warn(
        why,
        config.server(server.id).verify_tls
            ? "give the certificate's authority as ca_file, and choose the check in the form"
            : "give the certificate's authority as ca_file and remove verify_tls"
    );
}

void check_server(
    Section& section,
    const DesiredServer& server,
    const CommandContext& context,
    const Ledger& ledger,
    PlanningSession& session
) {
    const ServerSettings settings = controller::settings_in_force(context.config, server);
    if (!server.active || !settings.enabled) {
        section.note(server.active ? "switched off in the configuration" : "inactive in the panel");
        return;
    }
    if (!settings.policy) {
        section.fail("no policy is configured", missing_policy(server.id));
    }
    // As before any call of a pass: another cloud may answer at an address that was changed.
    const ServerAdmission admitted =
        admit_server({ledger, system_now()}, server, std::nullopt, true);
    if (admitted.error) {
        section.fail(*admitted.error);
        return;
    }
    section.ok(fmt::format(
        "{}, login {}, {:# service|# services}",
        server.base_url,
        server.login,
        Plural(server.accounts.size())
    ));
    if (settings.policy) {
        section.ok(fmt::format("policy {}", to_string(*settings.policy)));
    }
    trust_lines(section, context.config, server);
    session.run(check_cloud(section, server, session.world(), ledger, settings, context.args.quick)
    );
}

// Before everything else.
void say_doubts(Findings& findings, const InDoubt& doubts) {
    Section section{"in doubt", {}};
    for (const Doubt& doubt : doubts.in(Language::kEnglish)) {
        doubt.stops ? section.fail(doubt.what, doubt.remedy)
                    : section.warn(doubt.what, doubt.remedy);
    }
    if (!section.lines.empty()) {
        findings.sections.insert(findings.sections.begin(), std::move(section));
    }
}

}  // namespace

Result<int> run_check(const CommandContext& context) {
    std::optional<Time> since;
    if (!context.args.since.empty()) {
        Result<Time> moment = parse_moment(context.args.since, system_now());
        if (!moment) {
            return tl::unexpected(std::move(moment.error()));
        }
        since = *moment;
    }
    Findings findings;
    findings.sections = {{"configuration", {}}, {"event store", {}}, {"panel", {}}};
    check_config(findings.sections[0], context);
    check_store(findings.sections[1], context, since);
    const bool asked = check_panel(findings.sections[2], context);
    // A store that cannot be read is a finding already.
    const KnownSoFar known =
        context.config_read ? known_so_far(context).value_or(KnownSoFar()) : KnownSoFar();
    std::shared_ptr<const DesiredSnapshot> panel;
    if (asked) {
        Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, true);
        const auto desired =
            !session ? tl::unexpected(session.error()) : (*session)->read_desired();
        if (!desired) {
            findings.sections.back().fail(desired.error());
        } else {
            panel = *desired;
            for (const DesiredServer& server : panel->servers) {
                Section& section = findings.sections.emplace_back();
                section.title = fmt::format("server {} ({})", server.id.value, server.name);
                check_server(section, server, context, known.ledger, **session);
            }
        }
    }
    say_doubts(findings, InDoubt::by(known.ledger, known.store_trouble, panel.get(), system_now()));
    print(
        context.args.json ? findings_to_json(findings, "bill-nextcloud-check")
                          : render_findings(findings, context.screen())
    );
    return !findings.passed()                       ? kExitError
           : findings.count({Verdict::kDoubts}) > 0 ? kExitUnknown
                                                    : kExitOk;
}

}  // namespace bn::cli
