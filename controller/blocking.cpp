#include "controller/blocking.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>

namespace bn::controller {

namespace {

class Threads final : public Blocking {
  public:
    explicit Threads(std::size_t count) : pool_(count) {}

    ~Threads() override { pool_.join(); }

    void post(std::function<void()> work) override { boost::asio::post(pool_, std::move(work)); }

  private:
    boost::asio::thread_pool pool_;
};

}  // namespace

std::unique_ptr<Blocking> make_threads(std::size_t count) {
    return std::make_unique<Threads>(count);
}

}  // namespace bn::controller
