// For test programs.
#pragma once

#include "cmake/pch/std.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
