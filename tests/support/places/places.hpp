// Where this build's things lie. Only one generated source knows the paths, so that the objects of
// the tests are the same for every work tree and a compiler cache can share them.
#pragma once

#include <string>

namespace bn::testing {

// The project's folder followed by `inside`, which begins with a slash.
std::string source_dir(const std::string& inside = "");

// A program of the sample panel in this build: "fake-panel".
std::string panel_program(const std::string& name);

}  // namespace bn::testing
