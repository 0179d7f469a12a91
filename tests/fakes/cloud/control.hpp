// Hands on a running sample cloud from outside: plain HTTP on a loopback port of its own, for the
// demo and the end-to-end tests. Every call answers one line of text or JSON.
#pragma once

#include <string>

#include "tests/fakes/cloud/fake_cloud.hpp"
#include "tests/fakes/cloud/request.hpp"

namespace bn::testing::cloud {

// One command, as "/verb?name=value&...". An unknown verb answers 404 with the list of verbs.
Reply control(FakeCloud& cloud, const Request& request);

// The verbs and their fields, for --help.
std::string control_help();

}  // namespace bn::testing::cloud
