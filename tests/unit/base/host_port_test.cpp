#include "base/host_port.hpp"

#include <gtest/gtest.h>

namespace bn::base::host_port_test {
namespace {

using Place = std::pair<std::string, std::uint16_t>;

TEST(HostPort, IsReadWithNamesAndBothKindsOfAddresses) {
    EXPECT_EQ(host_and_port("ctl.example.com:9449"), Place("ctl.example.com", 9449));
    EXPECT_EQ(host_and_port("10.0.0.2:1"), Place("10.0.0.2", 1));
    EXPECT_EQ(host_and_port("[2001:db8::2]:65535"), Place("2001:db8::2", 65535));
    for (const char* const bad :
         {"",
          ":",
          "host",
          "host:",
          ":1",
          "host:x",
          "host:65536",
          "host:-1",
          "2001:db8::2:1",
          "[]:1",
          "host:1 "}) {
        EXPECT_FALSE(host_and_port(bad)) << bad;
    }
}

}  // namespace
}  // namespace bn::base::host_port_test
