// Does something when it goes out of scope, in whatever way.
#pragma once

#include <functional>
#include <utility>

namespace bn::controller {

class AtEnd {
  public:
    explicit AtEnd(std::function<void()> work) : work_(std::move(work)) {}

    AtEnd(AtEnd&& other) noexcept : work_(std::exchange(other.work_, nullptr)) {}

    AtEnd& operator=(AtEnd&&) = delete;

    ~AtEnd() {
        if (work_) {
            work_();
        }
    }

  private:
    std::function<void()> work_;
};

}  // namespace bn::controller
