// One writer: an flock on a file beside the store, with the holder's pid and host inside.
//
// The kernel drops the lock when its process ends, however it ends; the file stays.
#pragma once

#include <string>

#include "reconciler/model/error.hpp"

namespace bn::state {

class ProcessLock {
  public:
    // Never waits. Error "store.locked" names the process that holds the lock.
    static Result<ProcessLock> acquire(const std::string& path);

    ProcessLock(ProcessLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }

    ProcessLock& operator=(ProcessLock&&) = delete;
    ~ProcessLock();

  private:
    explicit ProcessLock(int fd) : fd_(fd) {}

    int fd_ = -1;
};

}  // namespace bn::state
