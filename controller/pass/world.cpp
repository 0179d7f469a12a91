#include "controller/pass/world.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include "bm_reader/panel_source.hpp"
#include "controller/async.hpp"
#include "controller/pass/panel_settings.hpp"
#include "controller/pass/planning.hpp"
#include "ocs/cloud_factory.hpp"

namespace bn::controller {

namespace {

struct Port {
    DesiredServer server;  // without its accounts
    ServerSettings settings;
    std::shared_ptr<Cloud> cloud;
};

DesiredServer access_of(const DesiredServer& server) {
    DesiredServer access;
    access.id = server.id;
    access.name = server.name;
    access.base_url = server.base_url;
    access.login = server.login;
    access.password = server.password;
    access.problem = server.problem;
    return access;
}

}  // namespace

struct World::Impl {
    Impl(const boost::asio::any_io_executor& e, const Config& c, WorldOptions o)
        : executor(e), config(c), options(std::move(o)), engine(ocs::make_engine(e)) {}

    boost::asio::any_io_executor executor;
    const Config& config;
    WorldOptions options;
    // Two connections, so that a long reading does not hold up the look at what is waiting.
    std::unique_ptr<DesiredSource> source;
    std::unique_ptr<DesiredSource> operations;
    std::shared_ptr<ocs::HttpEngine> engine;
    std::map<ServerId, Port> ports;
    std::map<ServerId, CloudInfo> infos;
    std::shared_ptr<const DesiredSnapshot> desired;
    boost::asio::thread_pool reader{1};
    boost::asio::thread_pool poller{1};

    std::unique_ptr<Cloud> make_port(const DesiredServer& server, const ServerSettings& settings);
    void learn_secrets(const DesiredSnapshot& snapshot);
};

std::unique_ptr<Cloud> World::Impl::make_port(
    const DesiredServer& server, const ServerSettings& settings
) {
    CloudSettings cloud;
    cloud.server = server.id;
    cloud.base_url = server.base_url;
    cloud.login = server.login;
    cloud.password = server.password;
    cloud.ca_file = settings.ca_file;
    cloud.verify_tls = settings.verify_tls;
    cloud.proxy = settings.proxy;
    cloud.timeout = settings.timeout;
    cloud.connect_timeout = settings.connect_timeout;
    cloud.max_parallel = settings.max_parallel;
    cloud.put_limited = settings.put_limited;
    // Two locks: a dry run has a read-only world, and a server under `observe` a read-only port.
    cloud.read_only = options.read_only || settings.policy == Policy::kObserve || !settings.policy;
    return ocs::make_cloud(engine, std::move(cloud), options.metrics, options.now);
}

void World::Impl::learn_secrets(const DesiredSnapshot& snapshot) {
    if (options.secrets == nullptr) {
        return;
    }
    for (const DesiredServer& server : snapshot.servers) {
        options.secrets->add(server.password, server.login);
    }
}

World::World(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

World::~World() {
    if (impl_) {
        ocs::shut_down(*impl_->engine);
        impl_->reader.join();
        impl_->poller.join();
    }
}

Result<std::unique_ptr<World>> World::open(
    const boost::asio::any_io_executor& executor, const Config& config, WorldOptions options
) {
    Result<bm_reader::PanelSettings> settings = panel_settings(config);
    if (!settings) {
        return tl::unexpected(std::move(settings.error()));
    }
    if (options.secrets != nullptr) {
        options.secrets->add(settings->password, settings->user);
    }
    auto impl = std::make_unique<Impl>(executor, config, std::move(options));
    impl->source = bm_reader::make_panel_source(*settings);
    impl->operations = bm_reader::make_panel_source(*std::move(settings));
    return std::unique_ptr<World>(new World(std::move(impl)));
}

Task<Result<std::shared_ptr<const DesiredSnapshot>>> World::read_desired() {
    const Time begun = impl_->options.now();
    auto read = [this, begun] { return impl_->source->read(begun); };
    Result<DesiredSnapshot> snapshot = co_await run_blocking(impl_->reader, read);
    if (!snapshot) {
        co_return tl::unexpected(std::move(snapshot.error()));
    }
    if (impl_->options.metrics != nullptr) {
        impl_->options.metrics->panel_read(impl_->options.now() - begun);
    }
    impl_->learn_secrets(*snapshot);
    impl_->desired = std::make_shared<const DesiredSnapshot>(*std::move(snapshot));
    co_return impl_->desired;
}

std::shared_ptr<const DesiredSnapshot> World::last_desired() const {
    return impl_->desired;
}

Task<Result<std::vector<PendingOperation>>> World::pending_operations() {
    auto read = [this] { return impl_->operations->pending_operations(); };
    co_return co_await run_blocking(impl_->poller, read);
}

Task<Result<SavedParams>> World::saved_params(ItemId item) {
    auto read = [this, item] { return impl_->operations->saved_params(item); };
    co_return co_await run_blocking(impl_->poller, read);
}

Task<Result<std::vector<UsageMeasure>>> World::usage_measures() {
    auto read = [this] { return impl_->operations->usage_measures(); };
    co_return co_await run_blocking(impl_->poller, read);
}

std::unique_ptr<Cloud> World::port_to_look(const DesiredServer& server) {
    ServerSettings settings = impl_->config.server(server.id);
    settings.policy = Policy::kObserve;
    return impl_->make_port(server, settings);
}

std::shared_ptr<Cloud> World::cloud(const DesiredServer& server) {
    const ServerSettings settings = impl_->config.server(server.id);
    Port& port = impl_->ports[server.id];
    if (!port.cloud || !same_access(port.server, server) || port.settings != settings) {
        port.server = access_of(server);
        port.settings = settings;
        port.cloud = impl_->make_port(server, settings);
    }
    return port.cloud;
}

const CloudInfo* World::info(ServerId server) const {
    const auto it = impl_->infos.find(server);
    return it == impl_->infos.end() ? nullptr : &it->second;
}

void World::remember(ServerId server, CloudInfo info) {
    impl_->infos[server] = std::move(info);
}

void World::forget(ServerId server) {
    impl_->ports.erase(server);
    impl_->infos.erase(server);
}

void World::shutdown() {
    ocs::shut_down(*impl_->engine);
}

}  // namespace bn::controller
