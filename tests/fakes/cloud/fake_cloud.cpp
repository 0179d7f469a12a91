#include "tests/fakes/cloud/fake_cloud.hpp"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <mutex>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/fakes/cloud/api.hpp"
#include "tests/fakes/cloud/http_server.hpp"

namespace bn::testing {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

// A file in memory: it goes with this process, however that ends.
int file_of(const std::string& text) {
    const int file = ::memfd_create("sample-cloud-ca", MFD_CLOEXEC);
    if (file < 0 || ::write(file, text.data(), text.size()) != static_cast<ssize_t>(text.size())) {
        throw std::runtime_error("cannot keep the CA file");
    }
    return file;
}

void add_detail(std::string& out, std::string_view name, std::string_view value) {
    out += fmt::format("{}{}={}", out.empty() ? "" : " ", name, value);
}

std::string describe_patch(const cloud::Params& params) {
    std::string out;
    for (const char* name : {"displayName", "password", "email", "quota", "language", "manager"}) {
        if (const auto value = params.get(name)) {
            add_detail(out, name, name == std::string_view("password") ? "..." : *value);
        }
    }
    for (const char* name : {"groups", "subadminGroups"}) {
        if (const auto it = params.lists.find(name); it != params.lists.end()) {
            add_detail(out, name, fmt::format("{}", fmt::join(it->second, ",")));
        }
    }
    return out;
}

// What a write wanted, without passwords.
std::string describe(const cloud::Route& route, const cloud::Params& params) {
    if (route.endpoint == "user.patch") {
        return describe_patch(params);
    }
    std::string out;
    const auto add = [&](std::string_view name, std::string_view value) {
        add_detail(out, name, value);
    };
    if (const auto key = params.get("key")) {
        add(*key, *key == "password" ? "..." : params.text("value"));
    }
    for (const char* name : {"groupid", "quota", "email", "displayName"}) {
        if (const auto value = params.get(name)) {
            add(name == std::string_view("groupid") ? "group" : name, *value);
        }
    }
    if (const auto it = params.lists.find("groups"); it != params.lists.end()) {
        add("groups", fmt::format("{}", fmt::join(it->second, ",")));
    }
    return out;
}

int sent_code(const cloud::Reply& reply) {
    if (!reply.body) {
        return 0;
    }
    const std::string_view head = std::string_view(*reply.body).substr(0, 200);
    for (const std::string_view mark : {"\"statuscode\":", "<statuscode>"}) {
        if (const auto at = head.find(mark); at != std::string_view::npos) {
            return std::atoi(std::string(head.substr(at + mark.size(), 4)).c_str());
        }
    }
    return 0;
}

}  // namespace

struct FakeCloud::Impl {
    explicit Impl(const FakeCloudOptions& o)
        : options(o), world(o.profile), gate(world), api(world, gate), free_at(o.workers) {
        cloud::NewAccount admin;
        admin.id = o.admin_login;
        admin.password = o.admin_password;
        admin.groups = {"admin"};
        world.add(admin).last_login_ms = 1'795'388'049'000;
        for (const auto& group : o.groups) {
            world.add_group(group);
        }
        if (o.tls) {
            identity = cloud::make_tls_identity(o.certificate);
            ca = file_of(identity.ca_pem);
            ca_file = fmt::format("/proc/{}/fd/{}", ::getpid(), ca);
        }
        cloud::HttpServerOptions http;
        http.address = o.address;
        http.port = o.port;
        http.threads = o.threads;
        http.tls = o.tls ? &identity : nullptr;
        server = std::make_unique<cloud::HttpServer>(
            http,
            [this](const cloud::Request& request) { return admit(request); },
            [this](const cloud::Request& request) { return serve(request); }
        );
    }

    ~Impl() {
        server.reset();
        if (ca >= 0) {
            ::close(ca);
        }
    }

    [[nodiscard]] Time now() const {
        const auto real = std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
        return real + Duration(advanced_ms.load());
    }

    // False: outside of the path prefix.
    bool strip_prefix(cloud::Request& request) const {
        const std::string& prefix = options.path_prefix;
        if (request.target.compare(0, prefix.size(), prefix) != 0) {
            return false;
        }
        request.target.erase(0, prefix.size());
        return true;
    }

    Duration admit(const cloud::Request& raw) {
        const std::lock_guard lock(mutex);
        most_in_work = std::max(most_in_work, ++in_work);
        cloud::Request request = raw;
        if (!strip_prefix(request)) {
            return Duration::zero();
        }
        const cloud::Route route = api.find_route(request);
        Duration cost = latency;
        for (const auto& [endpoint, time] : latencies) {
            if (route.endpoint == endpoint || route.endpoint.rfind(endpoint + ".", 0) == 0) {
                cost = time;
            }
        }
        if (password_check > Duration::zero() && gate.needs_password_check(request)) {
            cost += password_check;
        }
        if (free_at.empty() || cost <= Duration::zero()) {
            return cost;
        }
        const SteadyTime arrived = std::chrono::steady_clock::now();
        auto first_free = std::min_element(free_at.begin(), free_at.end());
        *first_free = std::max(*first_free, arrived) + cost;
        return std::chrono::ceil<Duration>(*first_free - arrived);
    }

    cloud::Reply serve(const cloud::Request& raw) {
        const std::lock_guard lock(mutex);
        in_work -= in_work > 0 ? 1 : 0;
        cloud::Request request = raw;
        cloud::Reply reply;
        if (!strip_prefix(request)) {
            reply.status = 404;
            reply.content_type = "text/html";
            return reply;
        }
        const cloud::Route route = api.find_route(request);
        ++call_counts[route.endpoint];
        ++all_calls;
        if (route.write && writes_forbidden) {
            refused_writes.push_back(fmt::format(
                "{} {} {}", route.endpoint, route.user, describe(route, cloud::read_params(request))
            ));
            return cloud::render(cloud::Answer::exception(), true, true, cloud::Profile());
        }
        reply = with_faults(request, route);
        if (route.write) {
            log_write(request, route, reply);
        }
        reply.headers.emplace_back("Date", http_date());
        return reply;
    }

    cloud::Reply with_faults(const cloud::Request& request, const cloud::Route& route) {
        const bool v2 = request.path().find("/v1.php") == std::string_view::npos;
        const bool json = request.target.find("format=json") != std::string::npos ||
                          request.header("accept").find("json") != std::string_view::npos;
        const std::int64_t now_ms = now().time_since_epoch().count();
        const auto fault = faults.strike(route.endpoint, route.user);
        if (!fault) {
            return api.handle(request, route, now_ms);
        }
        using cloud::FaultKind, cloud::Halfway;
        const Halfway halfway = fault->kind == FaultKind::kListenerThrows ? Halfway::kListenerThrows
                                : fault->kind == FaultKind::kDeadlock     ? Halfway::kDeadlock
                                                                          : Halfway::kNo;
        // These spoil only the way of the reply, so there has to be one.
        const bool needs_reply = fault->kind == cloud::FaultKind::kDelay ||
                                 fault->kind == cloud::FaultKind::kSlowBody ||
                                 fault->kind == cloud::FaultKind::kTruncated;
        if (halfway != Halfway::kNo) {
            return api.handle(request, route, now_ms, halfway);
        }
        cloud::Reply reply;
        if (fault->after_effect || needs_reply) {
            reply = api.handle(request, route, now_ms);
        }
        return cloud::spoil(*fault, std::move(reply), v2, json);
    }

    void log_write(
        const cloud::Request& request, const cloud::Route& route, const cloud::Reply& reply
    ) {
        CloudWrite write;
        write.endpoint = route.endpoint;
        write.user = route.user;
        write.detail = describe(route, cloud::read_params(request));
        if (write.detail.empty() && !route.group.empty()) {
            write.detail = "group=" + route.group;
        }
        write.status = reply.drop ? 0 : reply.status;
        write.code = reply.drop ? 0 : sent_code(reply);
        write_log.push_back(std::move(write));
    }

    [[nodiscard]] std::string http_date() const {
        const std::time_t seconds = std::chrono::system_clock::to_time_t(now());
        std::tm parts{};
        ::gmtime_r(&seconds, &parts);
        char text[40];
        const std::size_t size =
            std::strftime(text, sizeof text, "%a, %d %b %Y %H:%M:%S GMT", &parts);
        return {text, size};
    }

    const FakeCloudOptions options;
    cloud::TlsIdentity identity;
    int ca = -1;
    std::string ca_file;
    std::atomic<std::int64_t> advanced_ms{0};

    std::mutex mutex;  // guards all below
    cloud::World world;
    cloud::Gate gate;
    cloud::Api api;
    cloud::Faults faults;
    Duration latency{0};
    std::map<std::string, Duration> latencies;
    Duration password_check{0};
    std::vector<SteadyTime> free_at;  // one a worker
    bool writes_forbidden = false;
    std::vector<std::string> refused_writes;
    std::map<std::string, std::uint64_t> call_counts;
    std::uint64_t all_calls = 0;
    std::vector<CloudWrite> write_log;
    std::uint32_t in_work = 0;
    std::uint32_t most_in_work = 0;

    std::unique_ptr<cloud::HttpServer> server;
};

FakeCloud::FakeCloud(const FakeCloudOptions& options) : impl_(std::make_unique<Impl>(options)) {}

FakeCloud::~FakeCloud() = default;

std::string FakeCloud::url() const {
    return fmt::format(
        "{}://localhost:{}{}",
        impl_->options.tls ? "https" : "http",
        port(),
        impl_->options.path_prefix
    );
}

std::uint16_t FakeCloud::port() const {
    return impl_->server->port();
}

const std::string& FakeCloud::ca_pem() const {
    return impl_->identity.ca_pem;
}

const std::string& FakeCloud::ca_file() const {
    return impl_->ca_file;
}

void FakeCloud::with(const std::function<void(cloud::World&)>& work) {
    const std::lock_guard lock(impl_->mutex);
    work(impl_->world);
}

void FakeCloud::with_gate(const std::function<void(cloud::Gate&)>& work) {
    const std::lock_guard lock(impl_->mutex);
    work(impl_->gate);
}

void FakeCloud::add_account(const cloud::NewAccount& account) {
    with([&](cloud::World& world) { world.add(account); });
}

void FakeCloud::add_accounts(std::size_t count, std::string_view prefix, const std::string& quota) {
    with([&](cloud::World& world) {
        std::vector<std::string> names(world.groups().begin(), world.groups().end());
        std::erase(names, "admin");
        for (std::size_t i = 1; i <= count; ++i) {
            cloud::NewAccount account;
            account.id = fmt::format("{}{:06}", prefix, i);
            account.email = fmt::format("{}@mail.example.test", account.id);
            account.quota = quota;
            if (!names.empty()) {
                account.groups = {names[i % names.size()]};
            }
            world.add(account);
        }
    });
}

void FakeCloud::add_group(std::string_view id) {
    with([&](cloud::World& world) { world.add_group(id); });
}

bool FakeCloud::has_account(std::string_view id) {
    const std::lock_guard lock(impl_->mutex);
    return impl_->world.find(id) != nullptr;
}

cloud::Account FakeCloud::account(std::string_view id) {
    const std::lock_guard lock(impl_->mutex);
    const cloud::Account* account = impl_->world.find(id);
    if (account == nullptr) {
        throw std::out_of_range(fmt::format("the sample cloud has no account '{}'", id));
    }
    return *account;
}

std::string FakeCloud::app_password_of(std::string_view login) {
    const std::lock_guard lock(impl_->mutex);
    const cloud::Account* account = impl_->world.find(login);
    if (account == nullptr) {
        throw std::out_of_range(fmt::format("the sample cloud has no account '{}'", login));
    }
    return impl_->gate.new_app_password(*account);
}

void FakeCloud::set_maintenance(bool on) {
    with([&](cloud::World& world) { world.maintenance = on; });
}

void FakeCloud::swap(const std::string& instance) {
    const std::lock_guard lock(impl_->mutex);
    impl_->world.become(instance);
    impl_->gate.drop_sessions();
}

void FakeCloud::drop_sessions() {
    with_gate([](cloud::Gate& gate) { gate.drop_sessions(); });
}

Time FakeCloud::now() const {
    return impl_->now();
}

void FakeCloud::advance(Duration by) {
    impl_->advanced_ms += by.count();
}

void FakeCloud::add_fault(const cloud::Fault& fault) {
    const std::lock_guard lock(impl_->mutex);
    impl_->faults.add(fault);
}

void FakeCloud::clear_faults() {
    const std::lock_guard lock(impl_->mutex);
    impl_->faults.clear();
}

void FakeCloud::set_latency(Duration each_call) {
    const std::lock_guard lock(impl_->mutex);
    impl_->latency = each_call;
}

void FakeCloud::set_latency(const std::string& endpoint, Duration each_call) {
    const std::lock_guard lock(impl_->mutex);
    impl_->latencies[endpoint] = each_call;
}

void FakeCloud::set_password_check_time(Duration each_check) {
    const std::lock_guard lock(impl_->mutex);
    impl_->password_check = each_check;
}

void FakeCloud::close_connections() {
    impl_->server->close_connections();
    const std::lock_guard lock(impl_->mutex);
    impl_->in_work = 0;
}

void FakeCloud::forbid_writes() {
    const std::lock_guard lock(impl_->mutex);
    impl_->writes_forbidden = true;
}

std::vector<std::string> FakeCloud::violations() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->refused_writes;
}

std::map<std::string, std::uint64_t> FakeCloud::calls() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->call_counts;
}

std::uint64_t FakeCloud::calls(std::string_view endpoint) {
    const std::lock_guard lock(impl_->mutex);
    std::uint64_t sum = 0;
    for (const auto& [name, count] : impl_->call_counts) {
        if (name == endpoint || name.rfind(std::string(endpoint) + ".", 0) == 0) {
            sum += count;
        }
    }
    return sum;
}

std::uint64_t FakeCloud::total_calls() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->all_calls;
}

std::vector<CloudWrite> FakeCloud::writes() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->write_log;
}

std::uint64_t FakeCloud::connections() const {
    return impl_->server->connections();
}

std::uint32_t FakeCloud::most_in_parallel() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->most_in_work;
}

void FakeCloud::reset_statistics() {
    const std::lock_guard lock(impl_->mutex);
    impl_->call_counts.clear();
    impl_->all_calls = 0;
    impl_->write_log.clear();
    impl_->most_in_work = 0;
}

}  // namespace bn::testing
