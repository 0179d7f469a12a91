// The panel's maintenance switch, the file etc/billmgr.DoNothing: where it lies on this host, it is
// looked at; a panel on another host is asked through its own door, and our module's page there
// (addon/ncsync) answers.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "controller/config/config.hpp"
#include "reconciler/model/error.hpp"

namespace bn {
class PanelApi;
}  // namespace bn

namespace bn::controller {

struct PanelSwitch {
    // True: it is on. An error: nobody can tell. Blocks; one call at a time. Null: nobody can be
    // asked, and only the panel's module may say it by itself.
    std::function<Result<bool>()> look;
    bool on_this_host = false;
    std::string where;  // for people
};

// The panel's folder (/usr/local/mgr5), as the path of its mgrctl says: the one above sbin/.
std::string panel_folder(const std::string& mgrctl);

// The file, if the panel is on this host by this configuration; else empty.
std::string switch_file(const PanelConfig& panel);

PanelSwitch file_switch(std::string file);
PanelSwitch asked_switch(std::shared_ptr<PanelApi> api);

}  // namespace bn::controller
