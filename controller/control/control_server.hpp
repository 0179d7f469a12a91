// The control socket: one line of JSON in, one line of JSON out (docs/control.md).
//
// A Unix socket, mode 0660; who connects is asked of the kernel, and only root, the service's own
// user and those named in the options are heard. Runs on the executor that it is given.
#pragma once

#include <sys/types.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "protocol/request.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::controller {

struct ControlServerOptions {
    std::string path;
    std::vector<uid_t> users;  // besides root and our own
    std::size_t max_connections = 512;
    std::size_t max_line = protocol::kLongestRequest;
    Duration request_timeout =
        std::chrono::seconds(10);  // to send the line; and to take the answer
};

class ControlServer {
  public:
    // Answers one line of `peer`, as the kernel names it (who_is); must not throw.
    using Handler = std::function<Task<std::string>(std::string line, std::string peer)>;

    ControlServer(
        const boost::asio::any_io_executor& executor, ControlServerOptions options, Handler handler
    );
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    // A socket that a dead process left is replaced; one that answers is not (kHuman
    // "control.busy"). Other errors (kHuman): "control.listen".
    Result<void> start();
    // Closes the socket, removes its file and ends all connections that wait for a request. May be
    // called twice.
    void stop();
    // Ends when the last answer has been written.
    Task<void> finished();

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// The ids of users by name. Errors (kHuman): "control.user" there is none of that name.
Result<std::vector<uid_t>> user_ids(const std::string& names);

}  // namespace bn::controller
