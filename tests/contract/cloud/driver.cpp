#include "tests/contract/cloud/driver.hpp"

#include <chrono>
#include <exception>
#include <utility>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include "ocs/cloud_factory.hpp"

namespace bn::testing {
namespace {

Time wall_clock() {
    return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

}  // namespace

struct CloudDriver::Impl {
    explicit Impl(CloudSettings settings)
        : engine(ocs::make_engine(io.get_executor())),
          cloud(ocs::make_cloud(engine, std::move(settings), nullptr, wall_clock)) {}

    ~Impl() {
        ocs::shut_down(*engine);
        io.restart();
        io.poll();
        cloud.reset();
        engine.reset();
        io.restart();
        io.poll();
    }

    template <class T>
    T run(Task<T> task) {
        std::optional<T> value;
        std::exception_ptr failure;
        boost::asio::co_spawn(io, std::move(task), [&](std::exception_ptr error, T result) {
            failure = error;
            value.emplace(std::move(result));
        });
        while (!value) {
            io.restart();
            io.run_one();
        }
        if (failure) {
            std::rethrow_exception(failure);
        }
        return *std::move(value);
    }

    boost::asio::io_context io;
    std::shared_ptr<ocs::HttpEngine> engine;
    std::unique_ptr<Cloud> cloud;
};

CloudDriver::CloudDriver(CloudSettings settings)
    : impl_(std::make_unique<Impl>(std::move(settings))) {}

CloudDriver::~CloudDriver() = default;

Result<CloudInfo> CloudDriver::probe() {
    return impl_->run(impl_->cloud->probe());
}

Result<ActualSnapshot> CloudDriver::observe(ObserveOptions options) {
    return impl_->run(impl_->cloud->observe(std::move(options)));
}

Result<std::optional<OwnedActualAccount>> CloudDriver::look(const std::string& login) {
    return impl_->run(impl_->cloud->look(login));
}

Outcome CloudDriver::apply(Action action, const std::string& password) {
    return impl_->run(impl_->cloud->apply(std::move(action), Secret(password)));
}

}  // namespace bn::testing
