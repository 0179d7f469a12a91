#include "controller/pass/world.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/async.hpp"
#include "controller/pass/planning.hpp"

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
    Impl(const Config& c, Sides& sides, WorldOptions o)
        : config(c),
          options(std::move(o)),
          source(std::move(sides.desired)),
          operations(std::move(sides.operations)),
          make_cloud(std::move(sides.make_cloud)),
          abort_clouds(std::move(sides.abort_clouds)),
          reader(sides.make_blocking(1)),
          poller(sides.make_blocking(1)) {}

    const Config& config;
    WorldOptions options;
    std::unique_ptr<DesiredSource> source;
    std::unique_ptr<DesiredSource> operations;
    std::function<std::unique_ptr<Cloud>(CloudSettings)> make_cloud;
    std::function<void()> abort_clouds;
    std::map<ServerId, Port> ports;
    std::map<ServerId, CloudInfo> infos;
    std::shared_ptr<const DesiredSnapshot> desired;
    std::unique_ptr<Blocking> reader;  // first to go: their work uses the sources
    std::unique_ptr<Blocking> poller;

    std::unique_ptr<Cloud> make_port(const DesiredServer& server, const ServerSettings& settings)
        const;
    void learn_secrets(const DesiredSnapshot& snapshot) const;
};

std::unique_ptr<Cloud> World::Impl::make_port(
    const DesiredServer& server, const ServerSettings& settings
) const {
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
    return make_cloud(std::move(cloud));
}

void World::Impl::learn_secrets(const DesiredSnapshot& snapshot) const {
    if (options.secrets == nullptr) {
        return;
    }
    for (const DesiredServer& server : snapshot.servers) {
        options.secrets->add(server.password, server.login);
    }
}

World::World(const Config& config, Sides& sides, WorldOptions options)
    : impl_(std::make_unique<Impl>(config, sides, std::move(options))) {}

World::~World() {
    impl_->abort_clouds();
}

Task<Result<std::shared_ptr<const DesiredSnapshot>>> World::read_desired() {
    const Time begun = impl_->options.now();
    auto read = [this, begun] { return impl_->source->read(begun); };
    Result<DesiredSnapshot> snapshot = co_await run_blocking(*impl_->reader, read);
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
    co_return co_await run_blocking(*impl_->poller, read);
}

Task<Result<SavedParams>> World::saved_params(ItemId item) {
    auto read = [this, item] { return impl_->operations->saved_params(item); };
    co_return co_await run_blocking(*impl_->poller, read);
}

Task<Result<std::vector<UsageMeasure>>> World::usage_measures() {
    auto read = [this] { return impl_->operations->usage_measures(); };
    co_return co_await run_blocking(*impl_->poller, read);
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
    impl_->abort_clouds();
}

}  // namespace bn::controller
