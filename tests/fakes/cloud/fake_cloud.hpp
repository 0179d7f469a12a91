// The sample cloud: a small Nextcloud (or ownCloud) on loopback that speaks the OCS Provisioning
// API over real HTTP, behaves as the recorded exchanges in tests/golden/ocs, and fails on demand.
//
// Starts serving in the constructor, stops in the destructor. All members may be called from any
// thread; `with` holds the lock that the server's own threads take for each call.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "reconciler/model/time.hpp"
#include "tests/fakes/cloud/faults.hpp"
#include "tests/fakes/cloud/gate.hpp"
#include "tests/fakes/cloud/profile.hpp"
#include "tests/fakes/cloud/tls_identity.hpp"
#include "tests/fakes/cloud/world.hpp"

namespace bn::testing {

struct FakeCloudOptions {
    cloud::Profile profile;  // 25.0.2
    bool tls = true;
    cloud::Certificate certificate = cloud::Certificate::kGood;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    std::string path_prefix;  // "/nextcloud": a sub-path before status.php and ocs/
    std::string admin_login = "admin";
    std::string admin_password = "dummy-admin-pass";
    std::vector<std::string> groups;
    unsigned threads = 1;
    // A server that works on so many calls at a time, each taking its latency; more have to wait.
    // 0: no limit.
    unsigned workers = 0;

    FakeCloudOptions() = default;
};

// One call that would change something, in the order of arrival. Holds no passwords.
struct CloudWrite {
    std::string endpoint;  // "user.create", "user.edit.quota", "user.group_add", ...
    std::string user;
    std::string detail;  // "quota=5 GB", "group=basic"; empty: nothing to say
    int status = 0;      // HTTP; 0: the connection was dropped
    int code = 0;        // OCS code as it was sent; 0: none

    friend bool operator==(const CloudWrite&, const CloudWrite&) = default;
};

class FakeCloud {
  public:
    explicit FakeCloud(const FakeCloudOptions& options = {});
    ~FakeCloud();
    FakeCloud(const FakeCloud&) = delete;
    FakeCloud& operator=(const FakeCloud&) = delete;

    // "https://localhost:PORT" with the path prefix; never a "/" at the end.
    [[nodiscard]] std::string url() const;
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] const std::string& ca_pem() const;
    // The same in a file that lives as long as this object.
    [[nodiscard]] const std::string& ca_file() const;

    // Runs `work` on the world (and the gate) while no call is served. Do not keep references.
    void with(const std::function<void(cloud::World&)>& work);
    void with_gate(const std::function<void(cloud::Gate&)>& work);

    // Shorthands.
    void add_account(const cloud::NewAccount& account);
    void add_accounts(
        std::size_t count, std::string_view prefix, const std::string& quota = "1 GB"
    );
    void add_group(std::string_view id);
    bool has_account(std::string_view id);
    cloud::Account account(std::string_view id);  // a copy; throws std::out_of_range
    std::string app_password_of(std::string_view login);
    void set_maintenance(bool on);
    // From now on another installation answers at the same address: no accounts but its admin, who
    // has the same password. Again with the former id: the former one, as it was left.
    void swap(const std::string& instance);
    void drop_sessions();

    // The server's own clock: the system's plus all that was advanced.
    [[nodiscard]] Time now() const;
    void advance(Duration by);

    // Faults and slowness.
    void add_fault(const cloud::Fault& fault);
    void clear_faults();
    void set_latency(Duration each_call);
    // Takes precedence over the other; `endpoint` as in faults.
    void set_latency(const std::string& endpoint, Duration each_call);
    // What a login by account password costs on top; sessions and app passwords save it.
    void set_password_check_time(Duration each_check);
    void close_connections();

    // From now on any write is recorded as a violation and refused.
    void forbid_writes();
    [[nodiscard]] std::vector<std::string> violations();

    // What has been called.
    [[nodiscard]] std::map<std::string, std::uint64_t> calls();
    [[nodiscard]] std::uint64_t calls(std::string_view endpoint);
    [[nodiscard]] std::uint64_t total_calls();
    [[nodiscard]] std::vector<CloudWrite> writes();
    [[nodiscard]] std::uint64_t connections() const;
    // The most calls that were in work at the same time.
    [[nodiscard]] std::uint32_t most_in_parallel();
    void reset_statistics();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::testing
