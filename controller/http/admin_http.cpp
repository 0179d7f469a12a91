// The only place of the program that knows Boost.Beast. Callbacks instead of coroutines: one
// small state machine per connection.
#include "controller/http/admin_http.hpp"

#include <chrono>
#include <exception>
#include <optional>
#include <set>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/bind_handler.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <fmt/format.h>

namespace bn::controller {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

Error listen_error(std::string code, std::string what, std::string remedy) {
    return Error(NextMove::kHuman, std::move(code), std::move(what), std::move(remedy));
}

}  // namespace

// Owned by AdminHttp and by each handler in flight; `stopped_` ends them all.
class AdminHttp::Impl : public std::enable_shared_from_this<AdminHttp::Impl> {
  public:
    Impl(const asio::any_io_executor& executor, AdminHttpOptions options, HttpPages pages)
        : options_(std::move(options)),
          pages_(std::move(pages)),
          acceptor_(executor),
          pause_(executor) {}

    Result<void> start();
    void stop();

    [[nodiscard]] std::uint16_t port() const { return port_; }

  private:
    class Connection;

    Error explain(const boost::system::error_code& error) const;
    void accept();
    void accept_later();
    void accepted(tcp::socket socket);
    HttpAnswer answer(std::string_view method, std::string_view target) const;

    AdminHttpOptions options_;
    HttpPages pages_;
    tcp::acceptor acceptor_;
    asio::steady_timer pause_;
    std::set<Connection*> connections_;
    std::uint16_t port_ = 0;
    bool stopped_ = false;
};

class AdminHttp::Impl::Connection : public std::enable_shared_from_this<Connection> {
  public:
    Connection(std::shared_ptr<Impl> server, tcp::socket socket)
        : server_(std::move(server)), stream_(std::move(socket)) {
        server_->connections_.insert(this);
    }

    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    ~Connection() { server_->connections_.erase(this); }

    void read() {
        parser_.emplace();
        parser_->header_limit(server_->options_.max_header_bytes);
        parser_->body_limit(std::uint64_t{0});
        stream_.expires_after(server_->options_.idle_timeout);
        http::async_read(
            stream_, buffer_, *parser_, beast::bind_front_handler(&Connection::on_read, self())
        );
    }

    void close() { stream_.close(); }

  private:
    std::shared_ptr<Connection> self() { return shared_from_this(); }

    void on_read(const boost::system::error_code& error, std::size_t /*bytes*/) {
        if (error == http::error::header_limit) {
            return write_plain(431, "The request's header is too long.\n");
        }
        if (error == http::error::body_limit) {
            return write_plain(413, "No request here has a body.\n");
        }
        if (error == http::error::end_of_stream) {
            shut_down();
            return;
        }
        if (error.category() == http::make_error_code(http::error::bad_method).category()) {
            return write_plain(400, "This is not HTTP that we understand.\n");
        }
        if (error) {
            return;  // gone, or too slow
        }
        const auto& request = parser_->get();
        keep_alive_ = request.keep_alive();
        head_ = request.method() == http::verb::head;
        const auto method = request.method_string();
        const auto target = request.target();
        write(server_->answer(
            std::string_view(method.data(), method.size()),
            std::string_view(target.data(), target.size())
        ));
    }

    void write_plain(unsigned status, std::string text) {
        keep_alive_ = false;
        head_ = false;
        HttpAnswer answer;
        answer.status = status;
        answer.body = std::move(text);
        write(std::move(answer));
    }

    void write(HttpAnswer answer) {
        response_ = {};
        response_.version(11);
        response_.result(answer.status);
        response_.set(http::field::content_type, answer.content_type);
        response_.set(http::field::cache_control, "no-store");
        response_.set("X-Content-Type-Options", "nosniff");
        if (answer.status == 405) {
            response_.set(http::field::allow, "GET, HEAD");
        }
        response_.keep_alive(keep_alive_);
        const std::size_t length = answer.body.size();
        if (!head_) {
            response_.body() = std::move(answer.body);
        }
        response_.content_length(length);
        serializer_.emplace(response_);
        stream_.expires_after(server_->options_.idle_timeout);
        if (head_) {
            http::async_write_header(
                stream_, *serializer_, beast::bind_front_handler(&Connection::on_write, self())
            );
        } else {
            http::async_write(
                stream_, *serializer_, beast::bind_front_handler(&Connection::on_write, self())
            );
        }
    }

    void on_write(const boost::system::error_code& error, std::size_t /*bytes*/) {
        if (error || server_->stopped_) {
            return;
        }
        if (!keep_alive_) {
            shut_down();
            return;
        }
        read();
    }

    void shut_down() {
        boost::system::error_code ignored;
        stream_.socket().shutdown(tcp::socket::shutdown_send, ignored);
    }

    std::shared_ptr<Impl> server_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
    std::optional<http::request_parser<http::empty_body>> parser_;
    http::response<http::string_body> response_;
    std::optional<http::response_serializer<http::string_body>> serializer_;
    bool keep_alive_ = false;
    bool head_ = false;
};

Error AdminHttp::Impl::explain(const boost::system::error_code& error) const {
    if (error == asio::error::address_in_use) {
        return listen_error(
            "http.busy",
            fmt::format("{} is already in use", options_.listen),
            "another bill-nextcloud or program listens there: stop it or change http.listen"
        );
    }
    return listen_error(
        "http.listen",
        fmt::format("cannot listen on {}: {}", options_.listen, error.message()),
        "correct http.listen; empty turns it off"
    );
}

Result<void> AdminHttp::Impl::start() {
    const auto listen = parse_listen(options_.listen);
    boost::system::error_code error;
    const auto address =
        listen ? asio::ip::make_address(listen->first, error) : asio::ip::address();
    if (!listen || error) {
        return tl::unexpected(listen_error(
            "http.address",
            listen ? fmt::format("\"{}\" is not an IP address", listen->first) : listen.error(),
            "correct http.listen"
        ));
    }
    const tcp::endpoint endpoint(address, listen->second);
    const auto failed = [&] {
        boost::system::error_code ignored;
        acceptor_.close(ignored);
        return tl::unexpected(explain(error));
    };
    if (acceptor_.open(endpoint.protocol(), error); error) {
        return failed();
    }
    acceptor_.set_option(tcp::acceptor::reuse_address(true), error);
    if (acceptor_.bind(endpoint, error); error) {
        return failed();
    }
    if (acceptor_.listen(asio::socket_base::max_listen_connections, error); error) {
        return failed();
    }
    port_ = acceptor_.local_endpoint().port();
    accept();
    return {};
}

void AdminHttp::Impl::accept() {
    acceptor_.async_accept([self = shared_from_this(
                            )](const boost::system::error_code& error, tcp::socket socket) {
        if (self->stopped_ || error == asio::error::operation_aborted) {
            return;
        }
        if (error) {
            return self->accept_later();
        }
        self->accepted(std::move(socket));
        self->accept();
    });
}

// Out of descriptors, most likely: at once it would fail again, for ever.
void AdminHttp::Impl::accept_later() {
    pause_.expires_after(std::chrono::milliseconds(200));
    pause_.async_wait([self = shared_from_this()](const boost::system::error_code& error) {
        if (!error && !self->stopped_) {
            self->accept();
        }
    });
}

void AdminHttp::Impl::accepted(tcp::socket socket) {
    if (connections_.size() < options_.max_connections) {
        std::make_shared<Connection>(shared_from_this(), std::move(socket))->read();
    }
}

void AdminHttp::Impl::stop() {
    if (std::exchange(stopped_, true)) {
        return;
    }
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    pause_.cancel();
    for (Connection* connection : connections_) {
        connection->close();
    }
}

HttpAnswer AdminHttp::Impl::answer(std::string_view method, std::string_view target) const {
    HttpAnswer answer;
    const auto page = pages_.find(target.substr(0, target.find('?')));
    if (page == pages_.end()) {
        answer.status = 404;
        answer.body = "Nothing here. There are:\n";
        for (const auto& [path, make] : pages_) {
            answer.body += path + "\n";
        }
        return answer;
    }
    if (method != "GET" && method != "HEAD") {
        answer.status = 405;
        answer.body = "Only GET and HEAD.\n";
        return answer;
    }
    try {
        return page->second();
    } catch (const std::exception& e) {
        // A page that cannot be made must not end the service.
        answer.status = 500;
        answer.body = fmt::format("This page could not be made: {}\n", e.what());
        return answer;
    }
}

AdminHttp::AdminHttp(
    const asio::any_io_executor& executor, AdminHttpOptions options, HttpPages pages
)
    : impl_(std::make_shared<Impl>(executor, std::move(options), std::move(pages))) {}

AdminHttp::~AdminHttp() {
    impl_->stop();
}

Result<void> AdminHttp::start() {
    return impl_->start();
}

void AdminHttp::stop() {
    impl_->stop();
}

std::uint16_t AdminHttp::port() const {
    return impl_->port();
}

}  // namespace bn::controller
