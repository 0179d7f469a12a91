// The asking end of the control socket, against a controller that does not even accept.
#include "protocol/client.hpp"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <list>
#include <string>

#include <gtest/gtest.h>

#include "base/descriptor.hpp"

namespace bn::protocol::client_test {
namespace {

class FullSocket {
  public:
    FullSocket() {
        std::string folder = (std::filesystem::temp_directory_path() / "bn-full-XXXXXX").string();
        folder_ = ::mkdtemp(folder.data());
        std::ranges::copy(path(), std::begin(address_.sun_path));
        EXPECT_EQ(::bind(listener_.get(), generic(), sizeof(address_)), 0);
        EXPECT_EQ(::listen(listener_.get(), 0), 0);
        do {
            waiting_.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0));
        } while (waiting_.size() < 100 &&
                 ::connect(waiting_.back().get(), generic(), sizeof(address_)) == 0);
    }

    FullSocket(const FullSocket&) = delete;
    FullSocket& operator=(const FullSocket&) = delete;

    ~FullSocket() { std::filesystem::remove_all(folder_); }

    [[nodiscard]] std::string path() const { return folder_ + "/control"; }

    [[nodiscard]] bool is_full() const { return waiting_.size() < 100; }

  private:
    [[nodiscard]] const sockaddr* generic() const {
        return reinterpret_cast<const sockaddr*>(&address_);
    }

    std::string folder_;
    sockaddr_un address_{AF_UNIX, {}};
    base::Descriptor listener_{::socket(AF_UNIX, SOCK_STREAM, 0)};
    std::list<base::Descriptor> waiting_;
};

// A limit of nothing must not become "for ever", which is what 0 means to the kernel.
TEST(ControlClient, EndsAlsoWhenNoTimeIsLeft) {
    const FullSocket socket;
    ASSERT_TRUE(socket.is_full());
    for (const Duration limit : {Duration(0), Duration(1), Duration(30)}) {
        const auto answer = ask_controller(socket.path(), Request(), limit);
        ASSERT_FALSE(answer);
        EXPECT_EQ(answer.error().type, "controller_busy") << answer.error().what;
    }
}

}  // namespace
}  // namespace bn::protocol::client_test
