// For tests of what runs coroutines.
#pragma once

#include "cmake/pch/asio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
