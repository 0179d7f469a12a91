// Public face of ocs: makes clouds. Free of Asio and libcurl.
//
// Threads: everything made here belongs to the thread that runs the executor (one thread, or one
// strand). Ownership: a cloud keeps its engine alive; whoever holds the cloud keeps it alive until
// all of its tasks have ended.
#pragma once

#include <functional>
#include <memory>

#include "reconciler/ports/cloud.hpp"

namespace boost::asio {
class any_io_executor;
}

namespace bn::ocs {

// All HTTP of the process: one libcurl multi handle, shared by all clouds.
class HttpEngine;

// Ignores SIGPIPE in the whole process: TLS cannot work with its default action.
std::shared_ptr<HttpEngine> make_engine(const boost::asio::any_io_executor& executor);

// Ends every request in flight with an error (a write that was under way is "unknown") and refuses
// new ones. Call it on the executor's thread, then let the executor run dry: only then do the
// waiting coroutines end and free what they hold. Safe to call twice.
void shut_down(HttpEngine& engine);

// `observer` may be null and must outlive the cloud. `now` is the wall clock.
std::unique_ptr<Cloud> make_cloud(
    std::shared_ptr<HttpEngine> engine,
    CloudSettings settings,
    CloudObserver* observer,
    std::function<Time()> now
);

class HttpTransport;  // see http_transport.hpp

// The same over any transport, for tests. `retry_pause`: before the second try of a page; grows
// with each further one.
std::unique_ptr<Cloud> make_cloud(
    std::unique_ptr<HttpTransport> wire,
    CloudSettings settings,
    CloudObserver* observer,
    std::function<Time()> now,
    Duration retry_pause
);

}  // namespace bn::ocs
