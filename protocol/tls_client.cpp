#include "protocol/tls_client.hpp"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <openssl/err.h>
#include <openssl/ssl.h>

#include "base/descriptor.hpp"
#include "base/host_port.hpp"
#include "base/tls_psk.hpp"
#include "protocol/answer.hpp"
#include "protocol/exchange.hpp"

namespace bn::protocol {
namespace {

using Failed = tl::unexpected<Refusal>;

// One address of the host, copied: who resolves may still be at work.
struct Address {
    sockaddr_storage bytes{};
    socklen_t size = 0;

    [[nodiscard]] const sockaddr* generic() const {
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        return reinterpret_cast<const sockaddr*>(&bytes);
    }
};

using Addresses = tl::expected<std::vector<Address>, Refusal>;

// All of a question to the resolver, which works on it in a thread of its own.
struct Lookup {
    std::string host;
    std::string port;
    addrinfo hints{};
    gaicb question{};
};

std::vector<Address> taken(addrinfo* found) {
    std::vector<Address> all;
    for (const addrinfo* one = found; one != nullptr; one = one->ai_next) {
        Address address;
        address.size = one->ai_addrlen;
        std::memcpy(&address.bytes, one->ai_addr, one->ai_addrlen);
        all.push_back(address);
    }
    ::freeaddrinfo(found);
    return all;
}

// Waits for the resolver no longer than for the rest. What it still works on at the end of the time
// is left to it: this process ends soon.
Addresses resolve(const std::string& host, std::uint16_t port, const Called& called) {
    auto lookup = std::make_unique<Lookup>();
    lookup->host = host;
    lookup->port = std::to_string(port);
    lookup->hints.ai_socktype = SOCK_STREAM;
    lookup->hints.ai_flags = AI_NUMERICSERV;
    lookup->question.ar_name = lookup->host.c_str();
    lookup->question.ar_service = lookup->port.c_str();
    lookup->question.ar_request = &lookup->hints;
    gaicb* list[] = {&lookup->question};
    int state = ::getaddrinfo_a(GAI_NOWAIT, list, 1, nullptr);
    while (state == 0 && (state = ::gai_error(list[0])) == EAI_INPROGRESS) {
        const Duration rest = called.left();
        if (rest.count() == 0) {
            static_cast<void>(lookup.release());
            return Failed(called.down("its name was not resolved in time"));
        }
        const auto seconds = std::chrono::floor<std::chrono::seconds>(rest);
        timespec limit{};
        limit.tv_sec = seconds.count();
        limit.tv_nsec = std::chrono::nanoseconds(rest - seconds).count();
        const gaicb* waited[] = {&lookup->question};
        static_cast<void>(::gai_suspend(waited, 1, &limit));
        state = 0;
    }
    if (state != 0) {
        return Failed(called.refusal(
            "controller_down",
            "the name of the controller " + called.address +
                " cannot be resolved: " + ::gai_strerror(state),
            "correct `controller` in etc/pmnextcloud.conf, or name its IP address there; the panel "
            "repeats the operation, nothing is lost"
        ));
    }
    return taken(lookup->question.ar_result);
}

// The error number; 0: it stands. A silent host has until `end`.
int connect_to(const base::Descriptor& socket, const Address& address, Clock::time_point end) {
    if (!socket.is_open()) {
        return errno;
    }
    if (::connect(socket.get(), address.generic(), address.size) == 0) {
        return 0;
    }
    if (errno != EINPROGRESS) {
        return errno;
    }
    if (!wait_for(socket.get(), POLLOUT, end)) {
        return ETIMEDOUT;
    }
    int failed = 0;
    socklen_t size = sizeof(failed);
    return ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &failed, &size) == 0 ? failed : errno;
}

// The first address that takes the connection; each has its share of the time.
tl::expected<base::Descriptor, Refusal> connect_to_any(
    const std::vector<Address>& addresses, const Called& called
) {
    int failed = EHOSTUNREACH;
    for (std::size_t i = 0; i < addresses.size(); ++i) {
        const auto share = (called.end - Clock::now()) / (addresses.size() - i);
        base::Descriptor socket(
            ::socket(addresses[i].bytes.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)
        );
        failed = connect_to(socket, addresses[i], Clock::now() + share);
        if (failed == 0) {
            return socket;
        }
    }
    return Failed(called.down(
        failed == ETIMEDOUT      ? "the host is silent; a firewall may drop what we send"
        : failed == ECONNREFUSED ? "nobody listens there"
                                 : reason_of(failed)
    ));
}

class TlsWire final : public Wire {
  public:
    TlsWire(const Called& called, base::Descriptor socket, base::TlsConnection tls)
        : called_(called), socket_(std::move(socket)), tls_(std::move(tls)) {
        SSL_set_fd(tls_.get(), socket_.get());
    }

    tl::expected<void, Refusal> shake_hands() {
        for (;;) {
            const int done = SSL_connect(tls_.get());
            if (done == 1) {
                break;
            }
            const short events = events_of(SSL_get_error(tls_.get(), done));
            if (events == 0) {
                return Failed(not_shaken());
            }
            if (!wait_for(socket_.get(), events, called_.end)) {
                return Failed(called_.busy());
            }
        }
        if (!base::tls_proved(tls_.get())) {
            return Failed(somebody_else("it did not prove that it has the key"));
        }
        return {};
    }

    Step send(std::string_view text) override {
        std::size_t moved = 0;
        const int done = SSL_write_ex(tls_.get(), text.data(), text.size(), &moved);
        return step_of(done, moved);
    }

    Step receive(std::span<char> room) override {
        std::size_t moved = 0;
        const int done = SSL_read_ex(tls_.get(), room.data(), room.size(), &moved);
        return step_of(done, moved);
    }

    [[nodiscard]] int descriptor() const override { return socket_.get(); }

  private:
    // What to wait for; 0: it failed.
    static short events_of(int error) {
        const int events = error == SSL_ERROR_WANT_READ    ? POLLIN
                           : error == SSL_ERROR_WANT_WRITE ? POLLOUT
                                                           : 0;
        return static_cast<short>(events);
    }

    [[nodiscard]] Step step_of(int done, std::size_t moved) const {
        if (done == 1) {
            return {Step::State::kMoved, moved, 0, {}};
        }
        const int error = SSL_get_error(tls_.get(), done);
        if (const short events = events_of(error)) {
            return {Step::State::kWaits, 0, events, {}};
        }
        const int system = errno;
        const std::string said = base::tls_failure();
        if (error == SSL_ERROR_ZERO_RETURN || (error == SSL_ERROR_SYSCALL && said.empty())) {
            return {Step::State::kClosed, 0, 0, {}};
        }
        return {Step::State::kFailed, 0, 0, called_.down(said.empty() ? reason_of(system) : said)};
    }

    // Our own ends refuse each other by these two alerts: the key is another one, and none is
    // known.
    [[nodiscard]] Refusal not_shaken() const {
        const int alert = ERR_GET_REASON(ERR_peek_error());
        const std::string said = base::tls_failure();
        if (alert == SSL_R_SSLV3_ALERT_ILLEGAL_PARAMETER ||
            alert == SSL_R_TLSV1_ALERT_DECRYPT_ERROR) {
            return called_.refusal(
                "not_allowed",
                "the controller at " + called_.address + " has another key",
                "put the controller's key (control.key_file in its configuration) into the file "
                "that etc/pmnextcloud.conf names as key_file; on the controller's host "
                "`bill-nextcloud panel-key` says how"
            );
        }
        if (alert == SSL_R_UNEXPECTED_EOF_WHILE_READING || said.empty()) {
            return called_.down("it closed the connection before the handshake was over");
        }
        return somebody_else(said);
    }

    [[nodiscard]] Refusal somebody_else(const std::string& said) const {
        return called_.refusal(
            "bad_answer",
            "what answers at " + called_.address + " is no controller that knows our key: " + said,
            "correct `controller` in etc/pmnextcloud.conf: it is the address that control.listen "
            "has in the controller's configuration, not that of a web server"
        );
    }

    const Called& called_;
    base::Descriptor socket_;
    base::TlsConnection tls_;
};

}  // namespace

tl::expected<std::string, Refusal> ask_over_tls(
    const std::string& address, const Secret& key, std::string_view line, Duration limit
) {
    const Called called(kDistantParam, address, kDistantStart, limit);
    const auto place = base::host_and_port(address);
    if (!place) {
        return Failed(called.refusal(
            "controller_down",
            "\"" + address + "\" is no host:port",
            "correct `controller` in etc/pmnextcloud.conf: ctl.example.com:9449 or "
            "[2001:db8::2]:9449"
        ));
    }
    if (!base::is_tls_key(key.reveal())) {
        return Failed(called.refusal(
            "not_allowed", "the key is not one line of 64 hexadecimal digits", "make a new one"
        ));
    }
    const base::TlsContext context = base::tls_context(base::TlsSide::kClient, key);
    base::TlsConnection tls(context ? SSL_new(context.get()) : nullptr);
    if (!tls) {
        return Failed(called.refusal("internal", "TLS cannot be used: " + base::tls_failure(), ""));
    }
    return resolve(place->first, place->second, called)
        .and_then([&](const std::vector<Address>& all) { return connect_to_any(all, called); })
        .and_then([&](base::Descriptor socket) {
            TlsWire wire(called, std::move(socket), std::move(tls));
            return wire.shake_hands().and_then([&] { return exchange(wire, line, called); });
        });
}

}  // namespace bn::protocol
