#include <array>

#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/error.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <openssl/err.h>

#include "base/tls_psk.hpp"
#include "controller/control/stream_channel.hpp"

namespace bn::controller {
namespace {

namespace asio = boost::asio;
using TlsStream = asio::ssl::stream<asio::ip::tcp::socket>;

std::string address_of(const asio::ip::tcp::socket& socket) {
    boost::system::error_code error;
    const asio::ip::tcp::endpoint end = socket.remote_endpoint(error);
    const asio::ip::address& address = end.address();
    if (error) {
        return "an unknown address";
    }
    return address.is_v6() && address.to_v6().is_v4_mapped()
               ? asio::ip::make_address_v4(asio::ip::v4_mapped, address.to_v6()).to_string()
               : address.to_string();
}

std::string why_not(const boost::system::error_code& error) {
    if (error.category() == asio::error::get_ssl_category() &&
        ERR_GET_REASON(static_cast<unsigned long>(error.value())) == SSL_R_BINDER_DOES_NOT_VERIFY) {
        return "its key is another one";
    }
    if (error == asio::error::operation_aborted) {
        return "it did not show a key in time";
    }
    if (error == asio::error::eof || error == asio::ssl::error::stream_truncated) {
        return "it left without showing a key";
    }
    return "it is no panel that knows the key: " + error.message();
}

class TlsChannel final : public StreamChannel<TlsStream> {
  public:
    TlsChannel(asio::ip::tcp::socket socket, asio::ssl::context& context)
        : StreamChannel(std::move(socket), context), address_(address_of(stream_.next_layer())) {}

    Task<Greeting> admit() override {
        Greeting greeting;
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        co_await stream_.async_handshake(TlsStream::server, token);
        if (error) {
            greeting.why = why_not(error);
        } else if (!base::tls_proved(stream_.native_handle())) {
            greeting.why = "it did not prove that it has the key";
        } else {
            greeting.peer = Peer{"panel " + address_, true};
        }
        co_return greeting;
    }

    // What was sent and never read would have the kernel take the answer back.
    Task<void> finish() override {
        boost::system::error_code error;
        socket().shutdown(asio::socket_base::shutdown_send, error);
        std::array<char, 4096> scratch{};
        auto bytes = asio::buffer(scratch);
        auto token = asio::redirect_error(asio::use_awaitable, error);
        while (!error) {
            co_await stream_.next_layer().async_read_some(bytes, token);
        }
        close();
    }

    [[nodiscard]] std::string address() const override { return address_; }

  private:
    std::string address_;
};

}  // namespace

struct TlsGate::Impl {
    explicit Impl(base::TlsContext made) : context(made.release()) {}

    mutable asio::ssl::context context;  // its connections count themselves in it
};

Result<TlsGate> TlsGate::make(const Secret& key) {
    base::TlsContext context = base::tls_context(base::TlsSide::kServer, key);
    if (!context) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "control.key",
            "control.key_file has no key: one line of 64 hexadecimal digits",
            "make one with `bill-nextcloud panel-key`"
        ));
    }
    TlsGate gate;
    gate.impl_ = std::make_shared<const Impl>(std::move(context));
    return gate;
}

std::shared_ptr<Channel> TlsGate::channel(asio::ip::tcp::socket socket) const {
    return std::make_shared<TlsChannel>(std::move(socket), impl_->context);
}

}  // namespace bn::controller
