#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>

#include "controller/control/stream_channel.hpp"
#include "controller/sys/host.hpp"
#include "protocol/request.hpp"

namespace bn::controller {
namespace {

using LocalSocket = boost::asio::local::stream_protocol::socket;

class LocalChannel final : public StreamChannel<LocalSocket> {
  public:
    LocalChannel(LocalSocket socket, const std::vector<uid_t>& users)
        : StreamChannel(std::move(socket)), users_(users) {}

    // The kernel says who it is.
    Task<Greeting> admit() override {
        ucred peer{};
        socklen_t size = sizeof peer;
        const bool known =
            getsockopt(stream_.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0;
        Greeting greeting;
        if (known && (peer.uid == 0 || peer.uid == geteuid() ||
                      std::ranges::find(users_, peer.uid) != users_.end())) {
            greeting.peer = Peer{who_is(peer.uid, peer.pid)};
        } else {
            greeting.refusal = protocol::encode(protocol::Refusal(
                "not_allowed",
                "this user may not use the control socket",
                "run it as root, or name the user in control.users"
            ));
        }
        co_return greeting;
    }

    Task<void> finish() override {
        boost::system::error_code ignored;
        stream_.shutdown(LocalSocket::shutdown_both, ignored);
        stream_.close(ignored);
        co_return;
    }

  private:
    const std::vector<uid_t>& users_;  // of the server, which outlives its connections
};

}  // namespace

std::shared_ptr<Channel> local_channel(LocalSocket socket, const std::vector<uid_t>& users) {
    return std::make_shared<LocalChannel>(std::move(socket), users);
}

}  // namespace bn::controller
