// What goes wrong, when, and for whom. Plain values and a matcher; FakeCloud guards it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/time.hpp"
#include "tests/fakes/cloud/request.hpp"

namespace bn::testing::cloud {

enum class FaultKind {
    kServerError,     // HTTP 500, an OCS exception
    kListenerThrows,  // HTTP 500 in the middle: what was recorded as half done stays half done
    kDeadlock,        // of a create 101 "Bad request", and the account stands; of an edit HTTP 500
    kDrop,            // the connection ends without a reply
    kDelay,           // the reply is right, but comes late
    kSlowBody,        // `delay` for each kilobyte
    kTruncated,       // half of the body, then the connection ends
    kGarbage,         // 200 with bytes that are no JSON
    kHtmlPage,        // 200 with a page of HTML, as a proxy or captive portal sends
    kHugeBody,        // 200 with `bytes` of JSON
    kNoOcs,           // 200 with JSON that has no "ocs"
    kWrongTypes,      // 200 with "ocs" whose members have the wrong types
    kUnauthorized,    // 401 as to a wrong login
    kMaintenance,     // 503 as in maintenance mode
    kBadGateway,      // 502 with a page of HTML
    kGatewayTimeout,  // 504 with a page of HTML
    kTooMany,         // 429, empty body
    kRedirect,        // 302 to another host
};

// The name as the control interface takes it: "server-error", "drop", ...
std::optional<FaultKind> parse_fault_kind(std::string_view name);

struct Fault {
    FaultKind kind = FaultKind::kServerError;
    bool after_effect = false;  // the call takes effect, only its reply is spoilt
    std::string endpoint;       // "user.create"; "user.edit" means all keys; empty: any
    std::string user;           // any letter case; empty: any
    std::uint64_t skip = 0;     // matching calls that pass before it strikes
    std::uint64_t times = 1;    // how often it strikes
    Duration delay{0};
    std::uint64_t bytes = 0;

    static constexpr std::uint64_t kForever = ~std::uint64_t{0};

    Fault() = default;

    explicit Fault(FaultKind k, std::string on = {}) : kind(k), endpoint(std::move(on)) {}
};

class Faults {
  public:
    void add(Fault fault) { faults_.push_back(std::move(fault)); }

    void clear() { faults_.clear(); }

    // The first fault that strikes this call; counts it.
    std::optional<Fault> strike(std::string_view endpoint, std::string_view user);

  private:
    std::vector<Fault> faults_;
};

// The reply as the fault makes it. `reply` is the true one (or empty, before the effect).
Reply spoil(const Fault& fault, Reply reply, bool v2, bool json);

}  // namespace bn::testing::cloud
