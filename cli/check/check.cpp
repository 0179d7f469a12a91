// `check`: reads the configuration, the panel and every cloud; says what it found, what is wrong
// and how to mend it. Changes nothing.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>

#include "bm_reader/panel_source.hpp"
#include "cli/plan/planning_session.hpp"
#include "controller/pass/panel_settings.hpp"
#include "controller/sys/host.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::cli {

namespace {

constexpr Duration kSkewWarning = std::chrono::seconds(30);

void fail_line(CheckSection& section, const Error& error) {
    section.fail(error.what, error.remedy.empty() ? "see the message" : error.remedy);
}

void skew_line(CheckSection& section, std::string_view whose, const std::optional<Duration>& skew) {
    if (!skew) {
        return;
    }
    const Duration size = *skew < Duration{0} ? -*skew : *skew;
    const std::string what = fmt::format(
        "{} clock is {} ms {} ours", whose, size.count(), *skew < Duration{0} ? "behind" : "before"
    );
    if (size > kSkewWarning) {
        section.warn(what, "synchronise both machines (chrony or systemd-timesyncd)");
    } else {
        section.ok(what);
    }
}

// How results go back to the panel. `preflight` asks the panel itself.
void way_back(CheckSection& section, const Config& config) {
    const PanelConfig& panel = config.panel;
    const bool socket = !config.control.socket.empty();
    if (panel.api == "off") {
        section.note("results are not written back to the panel (panel.api is off)");
        if (socket) {
            section.warn(
                "the panel's module may connect, but the panel is told nothing: its operations "
                "stay "
                "open",
                "set panel.api to \"mgrctl\" or \"https\""
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
    if (!socket) {
        section.warn(
            "no control socket: the panel's module finds nobody to ask",
            "set control.socket to \"/run/bill-nextcloud/control.sock\""
        );
    }
}

CheckSection check_config(const CommandContext& context) {
    CheckSection section("configuration");
    section.ok("read " + context.config_path);
    const auto& defaults = context.config.defaults.policy;
    section.note(
        defaults ? fmt::format("policy unless a server says otherwise: {}", to_string(*defaults))
                 : "every server needs a policy of its own"
    );
    way_back(section, context.config);
    return section;
}

CheckSection check_store(const CommandContext& context) {
    CheckSection section("event store");
    std::error_code ignored;
    if (!std::filesystem::exists(context.config.store.path, ignored)) {
        section.note(
            context.config.store.path + " does not exist yet; `apply` and `serve` make it"
        );
        return section;
    }
    Result<std::unique_ptr<state::Store>> store = state::open_store(store_settings(context, true));
    if (!store) {
        fail_line(section, store.error());
        return section;
    }
    Result<Ledger> ledger = (*store)->ledger();
    if (!ledger) {
        fail_line(section, ledger.error());
        return section;
    }
    section.ok(fmt::format(
        "{}: {} events, {} items known, {} bytes",
        context.config.store.path,
        (*store)->head().position,
        ledger->items().size(),
        (*store)->size_bytes()
    ));
    return section;
}

CheckSection check_panel_section(const CommandContext& context) {
    CheckSection section("panel");
    Result<bm_reader::PanelSettings> settings = panel_settings(context.config);
    if (!settings) {
        fail_line(section, settings.error());
        return section;
    }
    Result<bm_reader::PanelReport> report = bm_reader::check_panel(*settings, system_now());
    if (!report) {
        fail_line(section, report.error());
        return section;
    }
    section.ok(fmt::format("{}, charset {}", report->server_version, report->charset));
    if (!report->user.empty()) {
        section.ok(fmt::format("user {}, rights: {}", report->user, report->rights));
    }
    for (const std::string& column : report->missing_columns) {
        section.fail("missing: " + column, "this panel's schema is not the one we know; report it");
    }
    skew_line(section, "the panel's", report->clock_skew);
    std::uint64_t items = 0;
    std::string by_status;
    for (const auto& [status, count] : report->items_by_status) {
        items += count;
        by_status +=
            fmt::format("{}{} with status {}", by_status.empty() ? "" : ", ", count, status);
    }
    section.ok(fmt::format("{} services of our module: {}", items, by_status));
    if (report->held_items > 0) {
        section.warn(
            fmt::format(
                "{} services are held: their rows cannot be understood", report->held_items
            ),
            "`bill-nextcloud plan` names each with its remedy"
        );
    }
    for (const bm_reader::PanelProblem& problem : report->problems) {
        if (problem.stops) {
            section.fail(problem.what, problem.remedy);
        } else {
            section.warn(problem.what, problem.remedy);
        }
    }
    return section;
}

void info_lines(CheckSection& section, const CloudInfo& info, const ServerSettings& settings) {
    section.ok(fmt::format("{} {}", info.product, info.version));
    if (info.tls == "none") {
        section.warn("the connection is not encrypted", "use https:// in the panel's server form");
    } else {
        section.ok("TLS: " + info.tls);
    }
    if (!settings.verify_tls) {
        section.warn(
            "the server's certificate is not checked (verify_tls = false)",
            "give the certificate's authority as ca_file and remove verify_tls"
        );
    }
    skew_line(section, "the server's", info.clock_skew);
    section.ok(fmt::format(
        "logged in as {}{}, {} groups",
        info.own_login,
        info.admin ? ", an administrator" : "",
        info.groups.size()
    ));
    if (info.app_password_risk) {
        section.warn(
            "this version refuses app passwords on writes, and the login seems to be one",
            "give the account's own password in the panel's server form (no second factor)"
        );
    }
    if (info.put_budget.limited) {
        section.note(fmt::format(
            "quota, e-mail and password changes are limited to {} per {} s; the server's setting "
            "ratelimit_overwrite for provisioning_api.users.edituser lifts this",
            info.put_budget.calls,
            info.put_budget.window.count() / 1000
        ));
    }
}

// Probes one server and, unless told otherwise, counts its accounts.
Task<void> check_cloud(
    CheckSection& section,
    const DesiredServer& server,
    World& world,
    ServerSettings settings,
    bool quick
) {
    const std::shared_ptr<Cloud> cloud = world.cloud(server);
    Result<CloudInfo> info = co_await cloud->probe();
    if (!info) {
        fail_line(section, info.error());
        co_return;
    }
    info_lines(section, *info, settings);
    if (const std::optional<Error> unfit = unfit_cloud(*info, server)) {
        fail_line(section, *unfit);
        co_return;
    }
    if (quick) {
        co_return;
    }
    ObserveOptions options;
    options.page_size = settings.page_size;
    Result<ActualSnapshot> actual = co_await cloud->observe(std::move(options));
    if (!actual) {
        fail_line(section, actual.error());
    } else if (!actual->complete) {
        section.fail(
            "the accounts could not be read whole: " + actual->incomplete_reason,
            "see the server's log; nothing is taken away while a reading is incomplete"
        );
    } else {
        section.ok(fmt::format("{} accounts", actual->accounts.size()));
    }
}

void check_server(
    CheckReport& report,
    const DesiredServer& server,
    const CommandContext& context,
    PlanningSession& session,
    bool quick
) {
    CheckSection& section =
        report.sections.emplace_back(fmt::format("server {} ({})", server.id.value, server.name));
    const ServerSettings settings = context.config.server(server.id);
    if (!server.active || !settings.enabled) {
        section.note(server.active ? "switched off in the configuration" : "inactive in the panel");
        return;
    }
    section.ok(fmt::format(
        "{}, login {}, {} services", server.base_url, server.login, server.accounts.size()
    ));
    if (!settings.policy) {
        section.fail("no policy is configured", missing_policy(server.id));
    } else {
        section.ok(fmt::format("policy {}", to_string(*settings.policy)));
    }
    if (!server.problem.empty()) {
        section.fail(server.problem, server.remedy);
        return;
    }
    session.loop().run(check_cloud(section, server, session.world(), settings, quick));
}

}  // namespace

int run_check(const CommandContext& context, const CheckCommand& command) {
    CheckReport report;
    report.sections.push_back(check_config(context));
    report.sections.push_back(check_store(context));
    report.sections.push_back(check_panel_section(context));
    if (report.passed()) {
        Result<std::unique_ptr<PlanningSession>> session = PlanningSession::open(context, true);
        Result<std::shared_ptr<const DesiredSnapshot>> desired =
            tl::unexpected(Error(NextMove::kBug, "command.interrupted", "the reading did not end"));
        if (!session) {
            return fail(session.error());
        }
        const auto read = [&]() -> Task<void> {
            desired = co_await (*session)->world().read_desired();
        };
        (*session)->loop().run(read());
        if (!desired) {
            fail_line(report.sections.back(), desired.error());
        } else {
            for (const DesiredServer& server : (*desired)->servers) {
                check_server(report, server, context, **session, command.quick);
            }
        }
    }
    const std::string text =
        context.json ? check_to_json(report) : render_check(report, context.screen());
    std::fputs(text.c_str(), stdout);
    return report.passed() ? kExitOk : kExitError;
}

}  // namespace bn::cli
