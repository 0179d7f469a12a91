#include "controller/real_sides.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

#include "bm_writer/panel_api.hpp"
#include "bm_writer/usage_sink.hpp"
#include "controller/config/config_values.hpp"
#include "controller/sys/files.hpp"
#include "ocs/cloud_factory.hpp"

namespace bn::controller {

namespace {

Result<std::unique_ptr<PanelApi>> make_api(const PanelConfig& panel, SecretRegistry* secrets) {
    if (panel.api == "mgrctl") {
        return bm_writer::make_mgrctl_api({.program = panel.mgrctl, .timeout = panel.api_timeout});
    }
    return read_secret_file(panel.api_password_file).map([&](Secret password) {
        if (secrets != nullptr) {
            secrets->add(password, panel.api_user);
        }
        bm_writer::HttpsSettings settings;
        settings.url = panel.api_url;
        settings.user = panel.api_user;
        settings.password = std::move(password);
        settings.ca_file = panel.api_ca_file;
        settings.timeout = panel.api_timeout;
        return bm_writer::make_https_api(std::move(settings));
    });
}

PanelSwitch make_switch(const PanelConfig& panel, std::shared_ptr<PanelApi> api) {
    std::string file = switch_file(panel);
    if (!file.empty()) {
        return file_switch(std::move(file));
    }
    return api ? asked_switch(std::move(api)) : PanelSwitch();
}

std::unique_ptr<UsageSink> make_sink(const bm_reader::PanelSettings& panel) {
    if (panel.kind == bm_reader::DatabaseKind::kSqlite) {
        return bm_writer::make_sqlite_usage_sink(panel.sqlite_file);
    }
    const base::MariaDbSettings& database = panel;
    return bm_writer::make_mariadb_usage_sink(bm_writer::UsageSinkSettings{database});
}

// What is said of resources that are billed by use. Both texts were checked when they were read.
void sold_by_use(const Config& config, bm_reader::PanelSettings& settings) {
    using bm_reader::Counted;
    const std::string& counted = config.statistics.counted;
    settings.counted = counted == "day"     ? Counted::kByDay
                       : counted == "month" ? Counted::kByMonth
                                            : Counted::kUnknown;
    settings.uncapped = parse_uncapped(config.defaults.uncapped).value_or(Quota());
    for (const auto& [id, server] : config.servers) {
        settings.uncapped_here[id] = parse_uncapped(server.uncapped).value_or(Quota());
    }
    for (const auto& [tariff, own] : config.tariffs) {
        if (own.unlimited) {
            settings.unlimited.insert(tariff);
        }
    }
}

}  // namespace

Blocking make_threads(std::size_t count) {
    using Pool = boost::asio::thread_pool;
    // Without the join, the end of a pool would drop the work that has not begun.
    const auto finish = [](Pool* pool) {
        pool->join();
        delete pool;
    };
    return [pool = std::shared_ptr<Pool>(new Pool(count), finish)](std::function<void()> work) {
        boost::asio::post(*pool, std::move(work));
    };
}

Result<bm_reader::PanelSettings> panel_settings(const Config& config) {
    const PanelConfig& from = config.panel;
    bm_reader::PanelSettings settings;
    if (!from.from.empty()) {
        Result<bm_reader::PanelSettings> own = bm_reader::settings_from_billmgr_conf(from.from);
        if (!own) {
            return own;
        }
        settings = *std::move(own);
    } else if (!from.sqlite.empty()) {
        settings.kind = bm_reader::DatabaseKind::kSqlite;
        settings.sqlite_file = from.sqlite;
    } else {
        settings.host = from.host;
        settings.port = static_cast<std::uint16_t>(from.port);
        settings.socket = from.socket;
        settings.database = from.database;
    }
    if (!from.user.empty()) {
        settings.user = from.user;
    }
    if (!from.password_file.empty()) {
        Result<Secret> password = read_secret_file(from.password_file);
        if (!password) {
            return tl::unexpected(std::move(password.error()));
        }
        settings.password = *std::move(password);
    }
    if (!from.crypt_key.empty()) {
        settings.crypt_key_file = from.crypt_key;
    }
    settings.module = from.module;
    settings.allow_http = from.allow_http;
    settings.login_template = from.login_template;
    settings.writes_usage = from.api != "off";
    sold_by_use(config, settings);
    return settings;
}

Result<Sides> open_real_sides(
    const boost::asio::any_io_executor& executor, const Config& config, const WorldOptions& options
) {
    Result<bm_reader::PanelSettings> settings = panel_settings(config);
    if (!settings) {
        return tl::unexpected(std::move(settings.error()));
    }
    if (options.secrets != nullptr) {
        options.secrets->add(settings->password, settings->user);
    }
    Sides sides;
    if (config.panel.api != "off") {
        Result<std::unique_ptr<PanelApi>> api = make_api(config.panel, options.secrets);
        if (!api) {
            return tl::unexpected(std::move(api.error()));
        }
        sides.panel_api = *std::move(api);
        sides.usage = make_sink(*settings);
    }
    sides.maintenance = make_switch(config.panel, sides.panel_api);
    sides.desired = bm_reader::make_panel_source(*settings);
    sides.operations = bm_reader::make_panel_source(*std::move(settings));
    const std::shared_ptr<ocs::HttpEngine> engine = ocs::make_engine(executor);
    sides.make_cloud = [engine, observer = options.metrics, now = options.now](CloudSettings c) {
        return ocs::make_cloud(engine, std::move(c), observer, now);
    };
    sides.abort_clouds = [engine] { ocs::shut_down(*engine); };
    return sides;
}

Result<std::unique_ptr<World>> open_world(
    const boost::asio::any_io_executor& executor, const Config& config, WorldOptions options
) {
    Config one_way = config;
    one_way.panel.api = "off";
    return open_real_sides(executor, one_way, options).map([&](Sides sides) {
        // The way back stays shut, but the panel's switch is looked at all the same.
        std::shared_ptr<PanelApi> api;
        if (config.panel.api == "https") {
            api = make_api(config.panel, options.secrets).value_or(nullptr);
        }
        sides.maintenance = make_switch(config.panel, std::move(api));
        return std::make_unique<World>(config, std::move(sides), std::move(options));
    });
}

}  // namespace bn::controller
