// What the channels have in common: lines over a stream of Asio. Inner to controller/control.
#pragma once

#include <string>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include "controller/control/channel.hpp"

namespace bn::controller {

template <class Stream>
class StreamChannel : public Channel {
  public:
    Task<std::string> read_line(std::size_t longest) override {
        std::string line;
        auto buffer = boost::asio::dynamic_buffer(line, longest);
        boost::system::error_code error;
        auto token = boost::asio::redirect_error(boost::asio::use_awaitable, error);
        const std::size_t size =
            co_await boost::asio::async_read_until(stream_, buffer, '\n', token);
        line.resize(error ? 0 : size - 1);
        co_return line;
    }

    Task<void> write(const std::string& text) override {
        auto bytes = boost::asio::buffer(text);
        boost::system::error_code ignored;
        auto token = boost::asio::redirect_error(boost::asio::use_awaitable, ignored);
        co_await boost::asio::async_write(stream_, bytes, token);
    }

    // A read that is under way ends; one that begins later finds the end at once.
    void stop_reading() override {
        boost::system::error_code ignored;
        socket().shutdown(boost::asio::socket_base::shutdown_receive, ignored);
        socket().cancel(ignored);
    }

    void close() override {
        boost::system::error_code ignored;
        socket().close(ignored);
    }

  protected:
    template <class... Arguments>
    explicit StreamChannel(Arguments&&... arguments)
        : stream_(std::forward<Arguments>(arguments)...) {}

    auto& socket() { return stream_.lowest_layer(); }

    Stream stream_;
};

}  // namespace bn::controller
