// How many columns an answer must have, and what is told of one that is damaged (chaos test of the
// line to the panel: an answer had fewer columns than the reader takes, a text was no UTF-8).
#include "base/mariadb.hpp"

#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include <gtest/gtest.h>

#include "base/text.hpp"
#include "bm_reader/queries.hpp"

namespace bn::base::mariadb_test {
namespace {

TEST(Columns, AreCountedInWhatIsAskedFor) {
    EXPECT_EQ(columns_of("SELECT id FROM item"), 1U);
    EXPECT_EQ(columns_of("SELECT a, COUNT(b, c), 'x, (y' FROM t WHERE a IN (1, 2)"), 3U);
    EXPECT_EQ(columns_of("SELECT VERSION(), @@a"), 2U);
    EXPECT_EQ(columns_of("SELECT (SELECT COUNT(*) FROM a, b), (SELECT 2 FROM c)"), 2U);
    EXPECT_EQ(columns_of("SELECT DISTINCT a, b FROM t"), 2U);
    using namespace bn::bm_reader::queries;
    EXPECT_EQ(columns_of(kServices.sql), 10U);
    EXPECT_EQ(columns_of(kPricelists.sql), 12U);
    EXPECT_EQ(columns_of(kPending.sql), 8U);
    EXPECT_EQ(columns_of(kOwners.sql), 4U);
}

// Greets one caller with these bytes.
class Greeting {
  public:
    explicit Greeting(std::string bytes) : listener_(socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        auto* place = reinterpret_cast<sockaddr*>(&address);
        EXPECT_EQ(bind(listener_, place, size), 0);
        EXPECT_EQ(listen(listener_, 1), 0);
        EXPECT_EQ(getsockname(listener_, place, &size), 0);
        port = ntohs(address.sin_port);
        server_ = std::thread([this, bytes = std::move(bytes)] {
            const int caller = accept(listener_, nullptr, nullptr);
            EXPECT_EQ(
                write(caller, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size())
            );
            close(caller);
        });
    }

    ~Greeting() {
        server_.join();
        close(listener_);
    }

    Greeting(const Greeting&) = delete;
    Greeting& operator=(const Greeting&) = delete;

    std::uint16_t port = 0;

  private:
    int listener_;
    std::thread server_;
};

TEST(Trouble, IsToldInOneLineOfUtf8WhateverComes) {
    const std::string text = "no\xff\n\x1b[31m";
    const auto size = static_cast<char>(3 + text.size());
    Greeting greeting(std::string{size, 0, 0, 0, '\xff', '\x10', '\x04'} + text);  // error 1040
    MariaDbSettings settings;
    settings.port = greeting.port;
    const auto refused = MariaDb(std::move(settings)).open();
    ASSERT_FALSE(refused);
    EXPECT_TRUE(is_xml_text(refused.error().what)) << refused.error().what;
    EXPECT_EQ(refused.error().what.find('\n'), std::string::npos);
}

TEST(Columns, AreNotGuessed) {
    EXPECT_EQ(columns_of("SELECT * FROM item"), 0U);
    EXPECT_EQ(columns_of("SHOW GRANTS"), 0U);
    EXPECT_EQ(columns_of(""), 0U);
}

}  // namespace
}  // namespace bn::base::mariadb_test
