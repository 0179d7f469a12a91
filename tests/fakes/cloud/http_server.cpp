// The only file of the sample cloud that knows Asio. Callbacks, not coroutines: GCC 12.
#include "tests/fakes/cloud/http_server.hpp"

#include <algorithm>
#include <array>
#include <atomic>
#include <charconv>
#include <list>
#include <mutex>
#include <thread>
#include <vector>

#include <boost/asio/bind_executor.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/write.hpp>
#include <fmt/format.h>

#include "tests/fakes/cloud/world.hpp"

namespace bn::testing::cloud {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

constexpr std::size_t kMaxHead = 64 * 1024;
constexpr std::size_t kMaxBody = 64u << 20;
constexpr std::size_t kReadSize = 16 * 1024;

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) {
        text.remove_prefix(1);
    }
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) {
        text.remove_suffix(1);
    }
    return text;
}

// Reads "METHOD target HTTP/1.1" and the header lines; false: not HTTP.
bool parse_head(std::string_view head, Request& out) {
    const auto line_end = head.find("\r\n");
    const std::string_view line = head.substr(0, line_end);
    const auto first = line.find(' ');
    const auto last = line.rfind(' ');
    if (first == std::string_view::npos || last <= first) {
        return false;
    }
    out.method = line.substr(0, first);
    out.target = line.substr(first + 1, last - first - 1);
    head.remove_prefix(std::min(head.size(), line_end + 2));
    while (!head.empty()) {
        const auto end = head.find("\r\n");
        const std::string_view field = head.substr(0, end);
        const auto colon = field.find(':');
        if (colon != std::string_view::npos) {
            out.headers[lower(field.substr(0, colon))] = trimmed(field.substr(colon + 1));
        }
        if (end == std::string_view::npos) {
            break;
        }
        head.remove_prefix(end + 2);
    }
    return true;
}

std::string render_head(const Reply& reply, std::size_t length, bool close) {
    std::string out = fmt::format(
        "HTTP/1.1 {} {}\r\nContent-Length: {}\r\nServer: sample-cloud\r\n",
        reply.status,
        reason_phrase(reply.status),
        length
    );
    if (!reply.content_type.empty()) {
        out += fmt::format("Content-Type: {}\r\n", reply.content_type);
    }
    for (const auto& [name, value] : reply.headers) {
        out += fmt::format("{}: {}\r\n", name, value);
    }
    out += close ? "Connection: close\r\n\r\n" : "\r\n";
    return out;
}

// What the server and its connections share.
struct Shared {
    HttpServer::Admission admit;
    HttpServer::Handler serve;
};

class Connection {
  public:
    virtual ~Connection() = default;
    virtual void start() = 0;
    virtual void close() = 0;  // from any thread
};

using TlsStream = asio::ssl::stream<tcp::socket>;

template <class Stream>
class Session final : public Connection, public std::enable_shared_from_this<Session<Stream>> {
  public:
    Session(Stream stream, const Shared& shared)
        : stream_(std::move(stream)), shared_(shared), timer_(stream_.get_executor()) {}

    void start() override {
        if constexpr (std::is_same_v<Stream, TlsStream>) {
            auto self = this->shared_from_this();
            stream_.async_handshake(asio::ssl::stream_base::server, [self](error_code error) {
                if (!error) {
                    self->read();
                }
            });
        } else {
            read();
        }
    }

    void close() override {
        auto self = this->shared_from_this();
        asio::post(stream_.get_executor(), [self] { self->shut(); });
    }

  private:
    void shut() {
        error_code ignored;
        timer_.cancel();
        stream_.lowest_layer().close(ignored);
    }

    void read() {
        if (take_request()) {
            return;
        }
        const std::size_t old = input_.size();
        if (old > kMaxHead + kMaxBody) {
            return shut();
        }
        input_.resize(old + kReadSize);
        auto self = this->shared_from_this();
        stream_.async_read_some(
            asio::buffer(input_.data() + old, kReadSize),
            [self, old](error_code error, std::size_t got) {
                self->input_.resize(old + got);
                if (error) {
                    self->shut();
                } else {
                    self->read();
                }
            }
        );
    }

    // Starts to answer when a whole request is there.
    bool take_request() {
        const auto end = input_.find("\r\n\r\n");
        if (end == std::string::npos) {
            return false;
        }
        Request request;
        if (!parse_head(std::string_view(input_).substr(0, end), request)) {
            shut();
            return true;
        }
        std::size_t length = 0;
        const std::string_view text = request.header("content-length");
        std::from_chars(text.data(), text.data() + text.size(), length);
        if (length > kMaxBody) {
            shut();
            return true;
        }
        if (lower(request.header("expect")) == "100-continue" && input_.size() == end + 4 &&
            length > 0 && !continued_) {
            continued_ = true;
            send_continue();
            return true;
        }
        if (input_.size() < end + 4 + length) {
            return false;
        }
        request.body = input_.substr(end + 4, length);
        input_.erase(0, end + 4 + length);
        continued_ = false;
        close_after_ = lower(request.header("connection")) == "close";
        work_on(std::move(request));
        return true;
    }

    void send_continue() {
        auto self = this->shared_from_this();
        static constexpr std::string_view text = "HTTP/1.1 100 Continue\r\n\r\n";
        asio::async_write(
            stream_,
            asio::buffer(text.data(), text.size()),
            [self](error_code error, std::size_t) {
                if (!error) {
                    self->read();
                }
            }
        );
    }

    template <class Then>
    void after(Duration wait, Then then) {
        if (wait <= Duration::zero()) {
            then();
            return;
        }
        timer_.expires_after(wait);
        auto self = this->shared_from_this();
        timer_.async_wait([self, then = std::move(then)](error_code error) mutable {
            if (!error) {
                then();
            }
        });
    }

    void work_on(Request request) {
        request_ = std::move(request);
        const Duration wait = shared_.admit(request_);
        auto self = this->shared_from_this();
        after(wait, [self] {
            self->reply_ = self->shared_.serve(self->request_);
            self->after(self->reply_.delay, [self] { self->answer(); });
        });
    }

    void answer() {
        if (reply_.drop) {
            return shut();
        }
        const std::size_t size = reply_.body ? reply_.body->size() : 0;
        head_ = render_head(reply_, size, close_after_);
        sent_ = 0;
        if (reply_.per_kilobyte > Duration::zero() || reply_.cut_at > 0) {
            return answer_in_pieces();
        }
        std::array<asio::const_buffer, 2> buffers{asio::buffer(head_), asio::const_buffer()};
        if (size > 0 && request_.method != "HEAD") {
            buffers[1] = asio::buffer(*reply_.body);
        }
        auto self = this->shared_from_this();
        asio::async_write(stream_, buffers, [self](error_code error, std::size_t) {
            if (error || self->close_after_) {
                self->shut();
            } else {
                self->read();
            }
        });
    }

    void answer_in_pieces() {
        const std::size_t size = reply_.body ? reply_.body->size() : 0;
        const std::size_t until = reply_.cut_at > 0 ? std::min(size, reply_.cut_at) : size;
        const std::size_t piece = std::min<std::size_t>(1024, until - sent_);
        std::string text = std::exchange(head_, {});
        if (reply_.body) {
            text.append(*reply_.body, sent_, piece);
        }
        sent_ += piece;
        auto data = std::make_shared<const std::string>(std::move(text));
        auto self = this->shared_from_this();
        asio::async_write(
            stream_,
            asio::buffer(*data),
            [self, data, until](error_code error, std::size_t) {
                if (error ||
                    (self->sent_ >= until && (self->reply_.cut_at > 0 || self->close_after_))) {
                    self->shut();
                } else if (self->sent_ >= until) {
                    self->read();
                } else {
                    self->after(self->reply_.per_kilobyte, [self] { self->answer_in_pieces(); });
                }
            }
        );
    }

    Stream stream_;
    const Shared& shared_;
    asio::steady_timer timer_;
    std::string input_;
    Request request_;
    Reply reply_;
    std::string head_;
    std::size_t sent_ = 0;
    bool close_after_ = false;
    bool continued_ = false;
};

}  // namespace

struct HttpServer::Impl {
    Impl(const HttpServerOptions& options, Admission admit, Handler serve)
        : shared{std::move(admit), std::move(serve)},
          io(static_cast<int>(options.threads)),
          acceptor(io) {
        if (options.tls != nullptr) {
            tls.emplace(asio::ssl::context::tls_server);
            tls->use_certificate_chain(asio::buffer(options.tls->chain_pem));
            tls->use_private_key(
                asio::buffer(options.tls->key_pem), asio::ssl::context::file_format::pem
            );
        }
        const tcp::endpoint endpoint(asio::ip::make_address(options.address), options.port);
        acceptor.open(endpoint.protocol());
        acceptor.set_option(tcp::acceptor::reuse_address(true));
        acceptor.bind(endpoint);
        acceptor.listen(1024);
        accept();
        for (unsigned i = 0; i < std::max(1u, options.threads); ++i) {
            threads.emplace_back([this] { io.run(); });
        }
    }

    ~Impl() {
        io.stop();
        for (auto& thread : threads) {
            thread.join();
        }
    }

    void accept() {
        acceptor.async_accept(asio::make_strand(io), [this](error_code error, tcp::socket socket) {
            if (!error) {
                error_code ignored;
                socket.set_option(tcp::no_delay(true), ignored);
                accepted.fetch_add(1, std::memory_order_relaxed);
                start(std::move(socket));
            }
            if (error != asio::error::operation_aborted) {
                accept();
            }
        });
    }

    void start(tcp::socket socket) {
        std::shared_ptr<Connection> connection;
        if (tls) {
            connection =
                std::make_shared<Session<TlsStream>>(TlsStream(std::move(socket), *tls), shared);
        } else {
            connection = std::make_shared<Session<tcp::socket>>(std::move(socket), shared);
        }
        {
            const std::lock_guard lock(mutex);
            std::erase_if(open, [](const auto& weak) { return weak.expired(); });
            open.push_back(connection);
        }
        connection->start();
    }

    Shared shared;
    asio::io_context io;
    std::optional<asio::ssl::context> tls;
    tcp::acceptor acceptor;
    std::atomic<std::uint64_t> accepted{0};
    std::mutex mutex;
    std::list<std::weak_ptr<Connection>> open;  // guarded by mutex
    std::vector<std::thread> threads;
};

HttpServer::HttpServer(const HttpServerOptions& options, Admission admit, Handler serve)
    : impl_(std::make_unique<Impl>(options, std::move(admit), std::move(serve))) {}

HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
    return impl_->acceptor.local_endpoint().port();
}

std::uint64_t HttpServer::connections() const {
    return impl_->accepted.load(std::memory_order_relaxed);
}

void HttpServer::close_connections() {
    const std::lock_guard lock(impl_->mutex);
    for (const auto& weak : impl_->open) {
        if (const auto connection = weak.lock()) {
            connection->close();
        }
    }
}

}  // namespace bn::testing::cloud
