// The only place of the program that knows Boost.Beast.
#include "controller/http/admin_http.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <boost/tokenizer.hpp>
#include <fmt/format.h>

#include "base/text.hpp"
#include "controller/at_end.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::controller {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

// What to say to a request that could not be read; nothing: it is gone, or too slow.
std::optional<HttpAnswer> refusal_of(const boost::system::error_code& error) {
    if (error == http::error::header_limit) {
        return HttpAnswer(431, "The request's header is too long.\n");
    }
    if (error == http::error::body_limit) {
        return HttpAnswer(413, "No request here has a body.\n");
    }
    if (error.category() == http::make_error_code(http::error::bad_method).category()) {
        return HttpAnswer(400, "This is not HTTP that we understand.\n");
    }
    return std::nullopt;
}

http::response<http::string_body> response_of(HttpAnswer answer, bool head, bool keep_alive) {
    http::response<http::string_body> response;
    response.version(11);
    response.result(answer.status);
    response.set(http::field::content_type, answer.content_type);
    response.set(http::field::cache_control, "no-store");
    response.set("X-Content-Type-Options", "nosniff");
    if (answer.status == 405) {
        response.set(http::field::allow, "GET, HEAD");
    }
    response.keep_alive(keep_alive);
    response.content_length(answer.body.size());
    if (!head) {
        response.body() = std::move(answer.body);
    }
    return response;
}

void shut_down(beast::tcp_stream& stream) {
    boost::system::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

}  // namespace

// Owned by AdminHttp and by each coroutine of it; `stopped` ends them all.
struct AdminHttp::Impl : std::enable_shared_from_this<AdminHttp::Impl> {
    Impl(const asio::any_io_executor& e, AdminHttpOptions o, HttpPages p)
        : executor(e), options(std::move(o)), pages(std::move(p)), acceptor(e), pause(e) {}

    asio::any_io_executor executor;
    AdminHttpOptions options;
    HttpPages pages;
    tcp::acceptor acceptor;
    asio::steady_timer pause;
    // By when their present step (a wait for a request, an answer) began.
    std::map<std::uint64_t, std::shared_ptr<beast::tcp_stream>> open;
    std::uint64_t steps = 0;
    std::uint16_t port = 0;
    bool loopback = true;
    bool stopped = false;

    [[nodiscard]] Error explain(const boost::system::error_code& error) const {
        if (error == asio::error::address_in_use) {
            return Error(
                NextMove::kHuman,
                "http.busy",
                fmt::format("{} is already in use", options.listen),
                "another bill-nextcloud or program listens there: stop it or change http.listen"
            );
        }
        return Error(
            NextMove::kHuman,
            "http.listen",
            fmt::format("cannot listen on {}: {}", options.listen, error.message()),
            "correct http.listen; empty turns it off"
        );
    }

    Task<void> accept_loop() {
        while (!stopped) {
            tcp::socket socket(executor);
            boost::system::error_code error;
            auto token = asio::redirect_error(asio::use_awaitable, error);
            co_await acceptor.async_accept(socket, token);
            if (stopped) {
                co_return;
            }
            if (error) {  // out of descriptors, most likely: at once it would fail again, for ever
                pause.expires_after(std::chrono::milliseconds(200));
                co_await pause.async_wait(token);
            } else {
                if (open.size() >= options.max_connections) {
                    open.begin()->second->close();
                    open.erase(open.begin());
                }
                auto stream = std::make_shared<beast::tcp_stream>(std::move(socket));
                auto work = [self = shared_from_this(), stream, step = ++steps]() -> Task<void> {
                    co_await self->serve(stream, step);
                };
                open.emplace(steps, stream);
                asio::co_spawn(executor, std::move(work), asio::detached);
            }
        }
    }

    // Another step of this connection begins; false: it was closed to make room.
    bool next_step(std::uint64_t& step) {
        auto known = open.extract(step);
        if (known.empty()) {
            return false;
        }
        known.key() = step = ++steps;
        open.insert(std::move(known));
        return true;
    }

    Task<void> serve(std::shared_ptr<beast::tcp_stream> stream, std::uint64_t step) {
        const AtEnd closed([this, &step] { open.erase(step); });
        beast::flat_buffer buffer;
        bool more = true;
        while (more && next_step(step)) {
            more = co_await exchange(*stream, buffer, step);
        }
    }

    // One request and its answer. False: the connection ends.
    Task<bool> exchange(
        beast::tcp_stream& stream, beast::flat_buffer& buffer, std::uint64_t& step
    ) {
        http::request_parser<http::empty_body> parser;
        parser.header_limit(options.max_header_bytes);
        parser.body_limit(std::uint64_t{0});
        boost::system::error_code error;
        auto token = asio::redirect_error(asio::use_awaitable, error);
        stream.expires_after(options.idle_timeout);
        co_await http::async_read(stream, buffer, parser, token);
        if (error == http::error::end_of_stream) {
            shut_down(stream);
            co_return false;
        }
        std::optional<HttpAnswer> said = error ? refusal_of(error) : std::nullopt;
        if (error && !said) {
            co_return false;
        }
        const auto& request = parser.get();
        const bool keep_alive = !error && request.keep_alive();
        const bool head = !error && request.method() == http::verb::head;
        if (!said &&
            (request.count(http::field::host) > 1 || !is_here(request[http::field::host]))) {
            said = HttpAnswer(421, "This is not served under that name; see http.hosts.\n");
        }
        if (!said) {
            said = answer(request.method_string(), request.target());
        }
        if (!next_step(step)) {
            co_return false;
        }
        auto response = response_of(*std::move(said), head, keep_alive);
        http::response_serializer<http::string_body> serializer(response);
        stream.expires_after(options.idle_timeout);
        if (head) {
            co_await http::async_write_header(stream, serializer, token);
        } else {
            co_await http::async_write(stream, serializer, token);
        }
        if (!error && !keep_alive) {
            shut_down(stream);
        }
        co_return !error && keep_alive && !stopped;
    }

    // Whether a request with this Host ("name[:port]") is meant for us; HTTP/1.0 may have none.
    [[nodiscard]] bool is_here(std::string_view host) const {
        if (host.empty()) {
            return true;
        }
        if (const auto colon = host.rfind(':');
            colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
            host = host.substr(0, colon);
        }
        if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
            host = host.substr(1, host.size() - 2);
        }
        boost::system::error_code not_address;
        asio::ip::make_address(host, not_address);
        const boost::tokenizer here(options.hosts, boost::char_separator<char>(" ,"));
        const auto named = [host](std::string_view name) { return beast::iequals(name, host); };
        return !not_address || named("localhost") ||
               (options.hosts.empty() ? !loopback : std::any_of(here.begin(), here.end(), named));
    }

    [[nodiscard]] HttpAnswer answer(std::string_view method, std::string_view target) const {
        const auto page = pages.find(target.substr(0, target.find('?')));
        if (page == pages.end()) {
            std::string text = "Nothing here. There are:\n";
            for (const auto& [path, make] : pages) {
                text += path + "\n";
            }
            return {404, std::move(text)};
        }
        if (method != "GET" && method != "HEAD") {
            return {405, "Only GET and HEAD.\n"};
        }
        try {
            return page->second();
        } catch (const std::exception& e) {
            // A page that cannot be made must not end the service.
            return {500, fmt::format("This page could not be made: {}\n", e.what())};
        }
    }
};

Result<void> AdminHttp::start() {
    Impl& impl = *impl_;
    const auto listen = parse_listen(impl.options.listen);
    boost::system::error_code error;
    const auto address =
        listen ? asio::ip::make_address(listen->first, error) : asio::ip::address();
    if (!listen || error) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "http.address",
            listen ? fmt::format("\"{}\" is not an IP address", listen->first) : listen.error(),
            "correct http.listen"
        ));
    }
    const tcp::endpoint endpoint(address, listen->second);
    impl.loopback = address.is_loopback();
    impl.acceptor.open(endpoint.protocol(), error);
    if (!error) {
        impl.acceptor.set_option(tcp::acceptor::reuse_address(true), error);
        impl.acceptor.bind(endpoint, error);
    }
    if (!error) {
        impl.acceptor.listen(asio::socket_base::max_listen_connections, error);
    }
    if (error) {
        boost::system::error_code ignored;
        impl.acceptor.close(ignored);
        return tl::unexpected(impl.explain(error));
    }
    impl.port = impl.acceptor.local_endpoint().port();
    auto work = [self = impl_]() -> Task<void> { co_await self->accept_loop(); };
    asio::co_spawn(impl.executor, std::move(work), asio::detached);
    return {};
}

void AdminHttp::stop() {
    if (std::exchange(impl_->stopped, true)) {
        return;
    }
    boost::system::error_code ignored;
    impl_->acceptor.close(ignored);
    impl_->pause.cancel();
    for (const auto& [step, stream] : impl_->open) {
        stream->close();
    }
}

AdminHttp::AdminHttp(
    const asio::any_io_executor& executor, AdminHttpOptions options, HttpPages pages
)
    : impl_(std::make_shared<Impl>(executor, std::move(options), std::move(pages))) {}

AdminHttp::~AdminHttp() {
    stop();
}

std::uint16_t AdminHttp::port() const {
    return impl_->port;
}

}  // namespace bn::controller
