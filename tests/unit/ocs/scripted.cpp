#include "tests/unit/ocs/scripted.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace bn::ocs {

Task<HttpResult> ScriptedTransport::send(HttpRequest request) {
    auto executor = co_await boost::asio::this_coro::executor;
    co_await boost::asio::post(executor, boost::asio::use_awaitable);  // others get their turn
    co_return script_(request);
}

HttpResponse json_response(int status, std::string body) {
    HttpResponse response;
    response.status = status;
    response.body = std::move(body);
    return response;
}

HttpResult ocs_reply(int http, int code, const std::string& message, const std::string& data) {
    return json_response(
        http,
        R"({"ocs":{"meta":{"status":"x","statuscode":)" + std::to_string(code) + R"(,"message":")" +
            message + R"("},"data":)" + data + "}}"
    );
}

}  // namespace bn::ocs
