// One connection of the control server, whatever carries it. Inner to controller/control. Of the
// server's executor; each coroutine keeps the channel alive by its caller's pointer.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>

#include "controller/control/peer.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::controller {

// Whether the other end may talk.
struct Greeting {
    std::optional<Peer> peer;
    // Without a peer: what it is told; empty: nothing can be said to it.
    std::string refusal;
    std::string why;  // for the log; empty: nothing
};

class Channel {
  public:
    Channel() = default;
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    virtual ~Channel() = default;

    virtual Task<Greeting> admit() = 0;
    // Without its end; empty: none came, or a longer one.
    virtual Task<std::string> read_line(std::size_t longest) = 0;
    virtual Task<void> write(const std::string& text) = 0;
    // All that was written arrives; then it is closed.
    virtual Task<void> finish() = 0;
    // Nothing more is read: what waits for it ends. What is to be said still can be.
    virtual void stop_reading() = 0;
    // Whatever waits ends.
    virtual void close() = 0;

    // Of the log: "10.0.0.5".
    [[nodiscard]] virtual std::string address() const { return {}; }
};

// `users` besides root and our own.
std::shared_ptr<Channel> local_channel(
    boost::asio::local::stream_protocol::socket socket, const std::vector<uid_t>& users
);

// Makes channels of panels on other hosts: TLS under the shared key (base/tls_psk.hpp).
class TlsGate {
  public:
    // Errors (kHuman): "control.key": that is no key.
    static Result<TlsGate> make(const Secret& key);
    [[nodiscard]] std::shared_ptr<Channel> channel(boost::asio::ip::tcp::socket socket) const;

  private:
    struct Impl;
    std::shared_ptr<const Impl> impl_;  // what was made by it may outlive it
};

}  // namespace bn::controller
