// Port: one cloud. Implemented by ocs. Runs on the loop's executor.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/action.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/names.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/plan/plan.hpp"
#include "reconciler/ports/task.hpp"

namespace bn {

// What a cloud says about itself and about us.
struct CloudInfo {
    std::string product;  // "Nextcloud", "ownCloud"
    std::string version;  // "25.0.2"
    int major = 0;
    bool maintenance = false;
    bool needs_upgrade = false;
    std::string own_login;           // as the server spells it
    bool admin = false;              // our login may manage accounts
    bool app_password_risk = false;  // product and version that refuse app passwords on writes
    PutBudget put_budget;
    std::vector<std::string> groups;      // in the cloud's own order: tariffs may name a position
    std::optional<Duration> clock_skew;   // server minus us; nothing: no Date header
    std::string tls;                      // "TLSv1.3, CN=..., valid until 2027-01-01", or "none"
    std::optional<Time> certificate_end;  // nothing: no certificate, or it does not say
    std::uint32_t password_min_length = 10;  // of new passwords, as the cloud's policy says
    // Which installation it is, whatever its address: its instance id. Empty: it shows none.
    std::string identity;
    // Changes when somebody restored a backup there and said so ("none": nobody ever did). Empty:
    // not known.
    std::string data_fingerprint;

    CloudInfo() = default;
};

// By what a cloud shows which installation it is (CloudInfo). Empty: it does not show it now.
struct CloudSign {
    std::string identity;
    std::string data_fingerprint;

    CloudSign() = default;
};

enum class OutcomeKind : std::uint8_t {
    kDone,       // it took effect now
    kAlreadySo,  // it was so before
    kRefused,    // certainly no effect: see error
    kUnknown,    // may or may not have taken effect: settle by `look`
};
template <>
inline constexpr std::array kNamesOf<OutcomeKind> =
    names("done", "already-so", "refused", "unknown");

struct Outcome {
    OutcomeKind kind = OutcomeKind::kUnknown;
    Error error;        // kRefused, kUnknown
    std::string login;  // as the cloud spells it, when it said so
    std::string detail;
    // kUnknown, of a create: the cloud said that it failed after it had found the name free, so
    // what is there is ours, or of who took it within that moment.
    bool begun = false;

    Outcome() = default;

    Outcome(OutcomeKind k, Error e) : kind(k), error(std::move(e)) {}
};

struct ObserveOptions {
    std::uint32_t page_size = 500;
    // Called after each page with accounts read so far; on the loop's thread.
    std::function<void(std::uint64_t accounts)> progress;
    // Called with each account as it is read, its usage included; a page that is read twice is
    // shown twice, the later word counts. On the loop's thread.
    std::function<void(const ActualAccount&)> each;

    // Whose members are told where that is asked group by group (ownCloud): these, and the
    // administrators; nothing: of all. A group that is gone has none.
    std::optional<std::vector<std::string>> groups;
    bool names = false;  // the snapshot keeps display names

    ObserveOptions() = default;
};

class JoinedCalls {
  public:
    virtual ~JoinedCalls() = default;

    // Corrections of this kind may be part of one.
    [[nodiscard]] virtual bool joins(ActionKind kind) const = 0;

    // As Cloud::apply, of several of one account for which `joins` holds: an outcome each, in their
    // order. At most one call more than each by itself would need.
    virtual Task<std::vector<Outcome>> apply_joined(std::vector<Action> actions) = 0;
};

class Cloud {
  public:
    virtual ~Cloud() = default;

    // status.php, capabilities, own rights, groups. Never writes.
    virtual Task<Result<CloudInfo>> probe() = 0;

    // Who answers now: what `probe` tells of it, by one call. A failure shows nothing.
    virtual Task<CloudSign> recognise() = 0;

    // Reads all accounts and groups. A reading that ended early comes back with complete = false
    // and its reason; an error means that nothing was read.
    virtual Task<Result<ActualSnapshot>> observe(ObserveOptions options) = 0;

    // Reads one account now. Nothing inside: the cloud says for certain that it is not there.
    virtual Task<Result<std::optional<OwnedActualAccount>>> look(std::string login) = 0;

    // One correction = one call. Never repeats a call by itself unless it certainly had no effect.
    // `password` is used by kCreate and kSetPassword only. Ledger-only kinds are a bug here.
    virtual Task<Outcome> apply(Action action, Secret password) = 0;

    // How long an action of this kind has to wait for the server's rate limit; zero: it may go now.
    // Asked before the intent is recorded, so that a spent budget costs neither calls nor events.
    [[nodiscard]] virtual Duration budget_wait(ActionKind) const { return Duration{0}; }

    // Whoever makes one call of several corrections of one account; null: nobody.
    virtual JoinedCalls* joined_calls() { return nullptr; }
};

// What a cloud port must know about its server. All of it comes from the panel and the
// configuration; holds a secret.
struct CloudSettings {
    ServerId server;
    std::string base_url;
    std::string login;
    Secret password;
    std::string ca_file;  // empty: the system's store
    bool verify_tls = true;
    std::string proxy;                            // empty: none, whatever the environment says
    Duration timeout = std::chrono::seconds(60);  // of one call; brute-force delays reach 25 s
    Duration connect_timeout = std::chrono::seconds(10);
    std::uint64_t max_body_bytes = 64ull << 20;
    std::uint32_t max_parallel = 4;
    std::optional<bool> put_limited;  // nothing: by version
    bool bearer = false;              // the password is a token, and is sent as one
    bool welcome_mail = true;         // the cloud may mail a new account's owner
    bool read_only = true;            // refuses any write below every code path of this port
    std::string user_agent = "bill-nextcloud";
    // Whose answers are believed (CloudInfo::identity); empty: of whoever answers first. An answer
    // of another cloud closes the port: `probe` then tells that cloud's identity and nothing else,
    // all other calls are "ocs.other_cloud".
    std::string identity;

    CloudSettings() = default;
};

// The endpoints and classes that calls are counted under: every series exists from the start.
inline constexpr std::string_view kCloudEndpoints[] = {
    "status",
    "capabilities",
    "whoami",
    "users.list",
    "users.details",
    "user.get",
    "user.groups",
    "groups.list",
    "group.members",
    "user.create",
    "user.set_quota",
    "user.set_email",
    "user.set_password",
    "user.set_name",
    "user.enable",
    "user.disable",
    "user.delete",
    "user.group_add",
    "user.group_remove",
    "files.home",
    "user.patch",
    "group.create"};
inline constexpr std::string_view kCloudCallClasses[] = {
    "ok", "2xx_error", "3xx", "4xx", "5xx", "timeout", "network", "local"};

// Counts calls for metrics; all members are called on the loop's thread.
class CloudObserver {
  public:
    virtual ~CloudObserver() = default;
    // endpoint: "users.list", "user.create", ...; outcome: "ok", "4xx", "5xx", "timeout", ...
    virtual void on_call(
        ServerId server, std::string_view endpoint, std::string_view outcome, Duration took
    ) = 0;
};

}  // namespace bn
