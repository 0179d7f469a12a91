// The module's few settings: etc/pmnextcloud.conf under the panel's folder, lines `key = value`.
//
// Everything has a default; a line that cannot be used is a problem to log and never stops the
// module: the panel polls it at every start. Pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/time.hpp"

namespace bn::pmnextcloud {

struct Settings {
    std::vector<std::string> itemtypes{"backupservice"};  // key itemtype, one a line
    std::string socket = "/run/bill-nextcloud/control.sock";
    // A controller on another host, host:port, instead of the socket; empty: none.
    std::string controller;
    std::string key_file = "etc/pmnextcloud.key";  // below the panel's folder, or absolute
    // How long one command lets the controller work; the answer may take `grace` more.
    Duration wait = std::chrono::seconds(15);        // open, close, suspend, resume, setparam, ...
    Duration probe_wait = std::chrono::seconds(45);  // get_server_config
    // How long a form of the panel waits for a look, the answer included.
    Duration form_wait = std::chrono::seconds(9);
    Duration stat_wait = std::chrono::seconds(60);  // stat, import
    Duration page_wait = std::chrono::seconds(30);  // the page "Nextcloud: drift"
    Duration grace = std::chrono::seconds(5);
    std::vector<std::string> problems;  // sentences for the log
};

Settings parse_settings(std::string_view text);

}  // namespace bn::pmnextcloud
