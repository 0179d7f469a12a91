// Who is at the other end of a request. A value.
#pragma once

#include <string>

namespace bn::controller {

struct Peer {
    std::string name;      // for events: "anna as root", "panel 10.0.0.5"; empty: nobody named it
    bool distant = false;  // a panel on another host: it may ask less (protocol::panel_may_ask)
};

}  // namespace bn::controller
