// The verbs speak of the controller's parts by their own names.
#pragma once

namespace bn::controller {}

namespace bn::cli {

using namespace bn::controller;

}  // namespace bn::cli
