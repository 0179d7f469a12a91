// The control server: one line of JSON in, one line of JSON out (docs/control.md).
//
// On a Unix socket, mode 0660: who connects is asked of the kernel, and only root, the service's
// own user and those named in the options are heard. On TCP, for a panel on another host: TLS under
// a shared key, and who has not shown it holds little and not for long. Runs on the executor that
// it is given.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "controller/control/peer.hpp"
#include "protocol/request.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/ports/task.hpp"

namespace bn::controller {

struct ControlServerOptions {
    std::string path;          // of the Unix socket; empty: none
    std::vector<uid_t> users;  // besides root and our own
    std::string listen;        // address:port, separated by blanks; port 0: any; empty: none
    Secret key;                // of panels on other hosts; needed with `listen`
    std::size_t max_connections = 512;
    std::size_t max_line = protocol::kLongestRequest;
    Duration request_timeout =
        std::chrono::seconds(10);  // to show the key; to send the line; to take the answer
    // So many at a time have not shown the key yet. Others wait in the kernel; the oldest goes once
    // it has had its moment.
    std::size_t max_strangers = 32;
    Duration stranger_moment = std::chrono::seconds(1);
    // For each that did not show the key. The text, at most once a minute, says who and why, never
    // the key; else it is empty.
    std::function<void(const std::string& text)> turned_away;
};

class ControlServer {
  public:
    // Answers one line of a peer; must not throw.
    using Handler = std::function<Task<std::string>(std::string line, Peer peer)>;

    ControlServer(
        const boost::asio::any_io_executor& executor, ControlServerOptions options, Handler handler
    );
    ~ControlServer();
    ControlServer(const ControlServer&) = delete;
    ControlServer& operator=(const ControlServer&) = delete;

    // A socket that a dead process left is replaced; one that answers is not (kHuman
    // "control.busy"). Other errors (kHuman): "control.listen", "control.key".
    Result<void> start();
    // Who connects from now on has to have this key. Errors: "control.key", the former one stays.
    Result<void> use_key(const Secret& key);
    // Closes the sockets, removes their file and ends all connections that wait for a request. May
    // be called twice.
    void stop();
    // Ends when the last answer has been written.
    Task<void> finished();
    // Of `listen`, in its order; for port 0.
    [[nodiscard]] std::vector<std::uint16_t> ports() const;

  private:
    struct Impl;
    std::shared_ptr<Impl> impl_;
};

// The ids of users by name. Errors (kHuman): "control.user" there is none of that name.
Result<std::vector<uid_t>> user_ids(const std::string& names);

}  // namespace bn::controller
