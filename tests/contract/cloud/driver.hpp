// Drives the asynchronous port bn::Cloud from plain test code. Free of Asio.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "reconciler/ports/cloud.hpp"

namespace bn::testing {

// One cloud with an engine and an event loop of its own. Each call runs the loop until its task
// has ended. One thread.
class CloudDriver {
  public:
    explicit CloudDriver(CloudSettings settings);
    ~CloudDriver();
    CloudDriver(const CloudDriver&) = delete;
    CloudDriver& operator=(const CloudDriver&) = delete;

    Result<CloudInfo> probe();
    Result<ActualSnapshot> observe(ObserveOptions options = {});
    Result<std::optional<OwnedActualAccount>> look(const std::string& login);
    Outcome apply(Action action, const std::string& password = {});

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::testing
