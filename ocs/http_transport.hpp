// Port, private to ocs: one HTTP exchange with one cloud. Decorators stack on it: cookies, the
// limit of parallel calls, the refusal of writes.
//
// Threads: as cloud_factory.hpp. Errors: a transport never throws. A request under way is not
// cancelled: it ends by its time-out, or when the engine is shut down.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <tl/expected.hpp>

#include "reconciler/model/time.hpp"
#include "reconciler/ports/cloud.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::ocs {

enum class Method : std::uint8_t { kGet, kPost, kPut, kDelete, kPropfind, kPatch };

struct HttpRequest {
    Method method = Method::kGet;
    std::string target;   // path and query below base_url, begins with '/'
    std::string form;     // body, application/x-www-form-urlencoded; may hold a password. XML with
                          // kPropfind
    std::string cookies;  // value of the Cookie header; empty: none
    bool want_tls = false;  // fill HttpResponse::tls
    bool urgent = false;    // goes before other calls that wait for a free slot
    bool single = false;    // waits until no other call that says so is under way
    bool fresh = false;     // begins a new session: only then does every cloud show who it is
    std::string opener;     // a call that begins a session where this one does not; empty: it does
    bool new_connection = false;  // none that was kept from an earlier call
    // Names the kind of call for the limiter, which learns how long each kind takes.
    std::uint8_t kind = 0;

    HttpRequest() = default;

    HttpRequest(Method m, std::string t, std::string f = {})
        : method(m), target(std::move(t)), form(std::move(f)) {}
};

// Of the connection that an answer came by.
struct TlsFacts {
    std::string text;  // "TLSv1.3, CN=cloud.example, valid until 2027-01-01"; "none"
    std::optional<Time> certificate_end;
};

struct HttpResponse {
    int status = 0;
    std::string body;
    std::string location;                     // of a redirect; never followed
    std::vector<std::string> set_cookies;     // values of the Set-Cookie headers
    std::vector<std::string> opener_cookies;  // of the call that began this one's session
    std::optional<Time> date;
    std::optional<Duration> retry_after;
    bool maintenance = false;  // header X-Nextcloud-Maintenance-Mode
    TlsFacts tls;
    std::chrono::microseconds took{};

    HttpResponse() = default;
};

// Why there is no answer.
enum class TransportFault : std::uint8_t {
    kAddress,      // base_url is no URL, or not http(s)
    kDns,          // the host's name does not resolve
    kConnect,      // nobody accepts connections there
    kTls,          // handshake or certificate
    kCaFile,       // the CA file cannot be read
    kProxy,        // the proxy does not resolve or refuses
    kTimeout,      // no complete answer in time
    kBroken,       // the connection ended before the answer did
    kTooLarge,     // the answer is larger than allowed
    kBadEncoding,  // the answer is no HTTP, or its compression is damaged
    kShutdown,     // we are going down
    kReadOnly,     // a write through a read-only port
};
inline constexpr std::uint8_t kTransportFaults = 12;

struct TransportError {
    TransportFault fault = TransportFault::kBroken;
    bool sent = false;  // the server may have got the request
    std::string text;   // libcurl's own words; holds no secret
    std::chrono::microseconds took{};

    TransportError() = default;

    TransportError(TransportFault f, bool s, std::string t)
        : fault(f), sent(s), text(std::move(t)) {}
};

using HttpResult = tl::expected<HttpResponse, TransportError>;

class HttpTransport {
  public:
    virtual ~HttpTransport() = default;
    virtual Task<HttpResult> send(HttpRequest request) = 0;
};

class HttpEngine;  // see cloud_factory.hpp

// A transport with the address, credentials and limits of one cloud.
std::unique_ptr<HttpTransport> connect(
    std::shared_ptr<HttpEngine> engine, const CloudSettings& settings
);

}  // namespace bn::ocs
