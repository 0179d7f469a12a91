#include "ocs/cloud_factory.hpp"

#include <boost/asio/awaitable.hpp>

#include "ocs/http_transport.hpp"
#include "ocs/ocs_cloud.hpp"

namespace bn::ocs {

Task<HttpResult> ReadOnlyTransport::send(HttpRequest request) {
    if (request.method == Method::kGet) {
        return inner_->send(std::move(request));
    }
    return [](TransportError error) -> Task<HttpResult> {
        co_return tl::unexpected(std::move(error));
    }(TransportError(TransportFault::kReadOnly, false, "read-only"));
}

void shut_down(HttpEngine& engine) {
    engine.shutdown();
}

std::unique_ptr<Cloud> make_cloud(
    std::shared_ptr<HttpEngine> engine,
    CloudSettings settings,
    CloudObserver* observer,
    std::function<Time()> now
) {
    auto transport = decorate(engine->connect(settings), settings, now);
    return std::make_unique<OcsCloud>(
        std::move(transport), std::move(settings), observer, std::move(now)
    );
}

}  // namespace bn::ocs
