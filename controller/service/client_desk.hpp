// What a client of the panel asks about his own service, by the panel's module: the panel has let
// him to that service. Of the loop's thread.
#pragma once

#include <string>

#include "controller/service/context.hpp"
#include "protocol/request.hpp"

namespace bn::controller {

// The verb `link`: the address at which the item's account is used. Records nothing, asks nobody.
std::string answer_link(const ServiceContext& context, const protocol::Request& request);

}  // namespace bn::controller
