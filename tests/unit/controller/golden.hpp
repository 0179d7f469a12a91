// Golden files: compare, or rewrite when BN_GOLDEN_UPDATE is set.
#pragma once

#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "controller/sys/files.hpp"
#include "tests/support/places/places.hpp"

namespace bn::testing {

// `path` is relative to the project's root.
inline void expect_golden(const std::string& text, const std::string& path) {
    const std::string file = source_dir("/" + path);
    if (std::getenv("BN_GOLDEN_UPDATE") != nullptr) {
        ASSERT_TRUE(controller::write_file_atomically(file, text, 0644));
    }
    const auto golden = controller::read_file(file);
    ASSERT_TRUE(golden) << golden.error().text();
    EXPECT_EQ(text, *golden) << "If the change is meant, run this test with BN_GOLDEN_UPDATE=1";
}

}  // namespace bn::testing
