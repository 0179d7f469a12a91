// Lets as many calls through at once as the server bears (limiter.hpp); the others wait in line,
// urgent ones first. A waiting call that is cancelled leaves the line.
#pragma once

#include <memory>

#include "ocs/http_transport.hpp"
#include "ocs/limiter.hpp"

namespace bn::ocs {

class LimitedTransport : public HttpTransport {
  public:
    LimitedTransport(std::unique_ptr<HttpTransport> inner, std::uint32_t most);
    ~LimitedTransport() override;
    LimitedTransport(const LimitedTransport&) = delete;
    LimitedTransport& operator=(const LimitedTransport&) = delete;

    Task<HttpResult> send(HttpRequest request) override;

    [[nodiscard]] std::uint32_t level() const;

  private:
    class Line;
    std::unique_ptr<HttpTransport> inner_;
    std::shared_ptr<Line> line_;
};

}  // namespace bn::ocs
