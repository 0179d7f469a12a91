#include "controller/reporting/panel_link.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "bm_writer/panel_api.hpp"
#include "bm_writer/usage_sink.hpp"
#include "controller/async.hpp"
#include "controller/pass/panel_settings.hpp"
#include "controller/sys/files.hpp"

namespace bn::controller {

namespace {

Result<std::unique_ptr<PanelApi>> make_api(const PanelConfig& panel, SecretRegistry* secrets) {
    if (panel.api == "mgrctl") {
        bm_writer::MgrctlSettings settings;
        settings.program = panel.mgrctl;
        settings.timeout = panel.api_timeout;
        return bm_writer::make_mgrctl_api(std::move(settings));
    }
    Result<Secret> password = read_secret_file(panel.api_password_file);
    if (!password) {
        return tl::unexpected(std::move(password.error()));
    }
    if (secrets != nullptr) {
        secrets->add(*password, panel.api_user);
    }
    bm_writer::HttpsSettings settings;
    settings.url = panel.api_url;
    settings.user = panel.api_user;
    settings.password = *std::move(password);
    settings.ca_file = panel.api_ca_file;
    settings.timeout = panel.api_timeout;
    return bm_writer::make_https_api(std::move(settings));
}

Result<std::unique_ptr<UsageSink>> make_sink(const Config& config) {
    Result<bm_reader::PanelSettings> panel = panel_settings(config);
    if (!panel) {
        return tl::unexpected(std::move(panel.error()));
    }
    if (panel->kind == bm_reader::DatabaseKind::kSqlite) {
        return bm_writer::make_sqlite_usage_sink(panel->sqlite_file);
    }
    bm_writer::UsageSinkSettings settings;
    settings.socket = panel->socket;
    settings.host = panel->host;
    settings.port = panel->port;
    settings.user = panel->user;
    settings.password = panel->password;
    settings.database = panel->database;
    return bm_writer::make_mariadb_usage_sink(std::move(settings));
}

}  // namespace

struct PanelLink::Impl {
    Impl(std::unique_ptr<PanelApi> a, std::unique_ptr<UsageSink> s, std::size_t parallel)
        : api(std::move(a)), sink(std::move(s)), callers(parallel) {}

    std::unique_ptr<PanelApi> api;
    std::unique_ptr<UsageSink> sink;
    boost::asio::thread_pool callers;
};

Result<std::shared_ptr<PanelLink>> PanelLink::open(const Config& config, SecretRegistry* secrets) {
    if (config.panel.api == "off") {
        return std::shared_ptr<PanelLink>();
    }
    Result<std::unique_ptr<PanelApi>> api = make_api(config.panel, secrets);
    if (!api) {
        return tl::unexpected(std::move(api.error()));
    }
    Result<std::unique_ptr<UsageSink>> sink = make_sink(config);
    if (!sink) {
        return tl::unexpected(std::move(sink.error()));
    }
    return std::make_shared<PanelLink>(
        *std::move(api), *std::move(sink), config.panel.api_parallel
    );
}

PanelLink::PanelLink(
    std::unique_ptr<PanelApi> api, std::unique_ptr<UsageSink> sink, std::size_t parallel
)
    : impl_(std::make_unique<Impl>(std::move(api), std::move(sink), parallel)) {}

PanelLink::~PanelLink() {
    impl_->callers.join();
}

Task<Result<PanelAnswer>> PanelLink::call(PanelCall call) {
    auto ask = [this, &call] { return impl_->api->call(call); };
    co_return co_await run_blocking(impl_->callers, ask);
}

Task<Result<void>> PanelLink::replace_usage(std::string day, std::vector<ItemUsageRow> rows) {
    auto write = [this, &day, &rows]() -> Result<void> { return impl_->sink->replace(day, rows); };
    co_return co_await run_blocking(impl_->callers, write);
}

}  // namespace bn::controller
