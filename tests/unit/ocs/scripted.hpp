// An HTTP transport in memory for tests: a function answers each request.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "ocs/http_transport.hpp"

namespace bn::ocs {

class ScriptedTransport : public HttpTransport {
  public:
    using Script = std::function<HttpResult(const HttpRequest&)>;

    explicit ScriptedTransport(Script script) : script_(std::move(script)) {}

    Task<HttpResult> send(HttpRequest request) override;

  private:
    Script script_;
};

HttpResponse json_response(int status, std::string body);
// {"ocs":{"meta":{..code, message..},"data":<data>}} with the HTTP status of v2 for the code.
HttpResult ocs_reply(
    int http, int code, const std::string& message = "", const std::string& data = "[]"
);

// Runs a task on a loop of its own until it ends.
template <class T>
T run(Task<T> task) {
    boost::asio::io_context io(1);
    std::optional<T> result;
    std::exception_ptr failure;
    boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T value) {
        failure = error;
        result.emplace(std::move(value));
    });
    io.run();
    if (failure) {
        std::rethrow_exception(failure);
    }
    return std::move(*result);
}

}  // namespace bn::ocs
