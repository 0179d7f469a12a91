// Sends notices to shops, each again and again until it is answered with 200, on a thread of its
// own. All members may be called from any thread.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "reconciler/model/time.hpp"

namespace bn::testing::pay {

struct Notice {
    std::string url;
    std::string body;
    std::string transaction;
    std::string type;
    std::uint32_t tries = 0;
    int status = 0;  // of the last try; 0: no answer
    bool taken = false;
    std::string said;  // the answer's body

    Notice() = default;
};

class Notices {
  public:
    // Between two tries of one notice; how long a shop may take. `ca_file` is of shops with https.
    Notices(Duration again, Duration timeout, std::string ca_file);
    ~Notices();
    Notices(const Notices&) = delete;
    Notices& operator=(const Notices&) = delete;

    void send(Notice notice);
    // All so far, in the order in which they were given.
    [[nodiscard]] std::vector<Notice> all();

  private:
    struct Due {
        std::size_t place = 0;
        std::chrono::steady_clock::time_point at;
    };

    void run();
    void deliver(Notice& notice) const;

    Duration again_;
    Duration timeout_;
    std::string ca_file_;
    std::mutex mutex_;
    std::condition_variable news_;
    std::deque<Notice> notices_;  // guarded by mutex_, as what follows
    std::deque<Due> due_;
    bool stopping_ = false;
    std::thread thread_;
};

}  // namespace bn::testing::pay
