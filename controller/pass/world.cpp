#include "controller/pass/world.hpp"

#include <algorithm>
#include <type_traits>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include "controller/async.hpp"
#include "controller/pass/planning.hpp"
#include "reconciler/decide/server.hpp"

namespace bn::controller {

namespace {

// Runs a blocking function elsewhere and awaits its value. The function must not throw.
template <class F>
Task<std::invoke_result_t<F>> run_blocking(const Blocking& where, F function) {
    using Value = std::invoke_result_t<F>;
    auto start = [&where, &function](auto done) {
        auto shared = std::make_shared<decltype(done)>(std::move(done));  // std::function copies
        where([&function, shared] { (*shared)(function()); });
    };
    co_return co_await await_callback<Value>(std::move(start));
}

}  // namespace

World::World(const Config& config, Sides sides, WorldOptions options)
    : config_(config),
      options_(std::move(options)),
      sides_(std::move(sides)),
      reader_(sides_.make_blocking(1)),
      poller_(sides_.make_blocking(1)),
      watcher_(sides_.make_blocking(1)) {
    if (has_way_back()) {
        callers_ = sides_.make_blocking(config.panel.api_parallel);
    }
}

std::unique_ptr<Cloud> World::make_port(
    const DesiredServer& server, const ServerSettings& settings, std::string identity
) const {
    CloudSettings cloud;
    cloud.identity = std::move(identity);
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
    cloud.bearer = settings.bearer;
    cloud.welcome_mail = settings.welcome_mail;
    // Two locks: a dry run has a read-only world, and a server under `observe` a read-only port.
    cloud.read_only = options_.read_only || settings.policy == Policy::kObserve || !settings.policy;
    return sides_.make_cloud(std::move(cloud));
}

Task<Result<std::shared_ptr<const DesiredSnapshot>>> World::read_desired() {
    const Time begun = options_.now();
    auto read = [this, begun] { return sides_.desired->read(begun); };
    Result<DesiredSnapshot> snapshot = co_await run_blocking(reader_, read);
    if (!snapshot) {
        co_return tl::unexpected(std::move(snapshot.error()));
    }
    if (options_.metrics != nullptr) {
        const Time now = options_.now();
        options_.metrics->observe(
            Metric::kPanelReadDuration, {}, std::max(now - begun, Duration{0})
        );
        options_.metrics->set(Metric::kPanelLastRead, {}, std::optional(now));
    }
    for (const DesiredServer& server : snapshot->servers) {
        if (options_.secrets != nullptr) {
            options_.secrets->add(server.password, server.login);
        }
    }
    desired_ = std::make_shared<const DesiredSnapshot>(*std::move(snapshot));
    co_return desired_;
}

Task<Result<std::vector<DesiredServer>>> World::servers() {
    return run_blocking(poller_, [this] { return sides_.operations->servers(); });
}

Task<Result<std::vector<PendingOperation>>> World::pending_operations() {
    return run_blocking(poller_, [this] { return sides_.operations->pending_operations(); });
}

Task<Result<bool>> World::look_at_switch() {
    return run_blocking(watcher_, [this] { return sides_.maintenance.look(); });
}

Task<Result<SavedParams>> World::saved_params(ItemId item) {
    return run_blocking(poller_, [this, item] { return sides_.operations->saved_params(item); });
}

Task<Result<std::vector<UsageMeasure>>> World::usage_measures() {
    return run_blocking(poller_, [this] { return sides_.operations->usage_measures(); });
}

std::optional<Error> World::why_not_told() const {
    if (!panel_is_ours_) {
        return panel_unproved();
    }
    return options_.panel_is_shut ? options_.panel_is_shut() : std::nullopt;
}

Task<Result<PanelAnswer>> World::call(PanelCall call, PanelCallMade& made) {
    made.function = call.function;
    made.arguments = call.masked_arguments();
    if (std::optional<Error> why = why_not_told()) {
        made.news = made.news && !panel_is_ours_;
        co_return tl::unexpected(*std::move(why));
    }
    const Time begun = options_.now();
    auto ask = [this, &call] { return sides_.panel_api->call(call); };
    Result<PanelAnswer> answer = co_await run_blocking(callers_, ask);
    made.took = std::max(options_.now() - begun, Duration{0});  // the clock may be set meanwhile
    if (options_.metrics != nullptr) {
        options_.metrics->observe(Metric::kPanelCallDuration, {answer ? "ok" : "error"}, made.took);
    }
    co_return answer;
}

Task<Result<void>> World::replace_usage(std::string day, std::vector<ItemUsageRow> rows) {
    if (std::optional<Error> why = why_not_told()) {
        co_return tl::unexpected(*std::move(why));
    }
    auto write = [this, &day, &rows]() -> Result<void> { return sides_.usage->replace(day, rows); };
    co_return co_await run_blocking(callers_, write);
}

std::unique_ptr<Cloud> World::port_to_look(
    const DesiredServer& server, std::string identity, std::optional<Duration> longest
) {
    ServerSettings settings = settings_in_force(config_, server);
    settings.policy = Policy::kObserve;
    settings.timeout = std::min(settings.timeout, longest.value_or(settings.timeout));
    settings.connect_timeout = std::min(settings.connect_timeout, settings.timeout);
    return make_port(server, settings, std::move(identity));
}

std::shared_ptr<Cloud> World::cloud(const DesiredServer& server, const Ledger& ledger) {
    const ServerSettings settings = settings_in_force(config_, server);
    const std::string identity = expected_identity(ledger, server.id);
    Port& port = ports_[server.id];
    const bool other = !identity.empty() && !port.identity.empty() && identity != port.identity;
    if (!port.cloud || other || access_changed(server)) {
        tried_[server.id] = {without_accounts(server), settings};
        port.identity = identity;
        port.cloud = make_port(server, settings, identity);
    } else if (port.identity.empty()) {
        port.identity = identity;  // the ledger has it from this port
    }
    return port.cloud;
}

bool World::access_changed(const DesiredServer& server) const {
    const auto it = tried_.find(server.id);
    return it != tried_.end() && (!same_access(it->second.server, server) ||
                                  it->second.settings != settings_in_force(config_, server));
}

const CloudInfo* World::info(ServerId server) const {
    const auto it = infos_.find(server);
    return it == infos_.end() ? nullptr : &it->second;
}

void World::forget(ServerId server) {
    ports_.erase(server);
    infos_.erase(server);
}

Error panel_unproved() {
    return {
        NextMove::kWait,
        "panel.unproved",
        "no pass has found yet whether this is the panel that the event store belongs to",
        "wait for the next pass; bill-nextcloud status says what keeps it"};
}

}  // namespace bn::controller
