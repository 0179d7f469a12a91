// Which of the panel's own files are read, so that readers, errors and documents name the same.
// Pure.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace bn::bm_reader {

// Below the panel's etc/, in the order in which the panel reads them: what a later one says wins.
inline constexpr std::array<std::string_view, 2> kSettingsFiles = {
    "billmgr.conf", "billmgr.conf.d/db.conf"};

inline constexpr std::string_view kKeyFile = "billmgr.pem";

// What to name to whoever has named no panel.
inline constexpr const char* kUsualSettings = "/usr/local/mgr5/etc/billmgr.conf.d/db.conf";

struct PanelFiles {
    std::string etc;                    // the panel's folder etc/; empty: a copy lies anywhere
    std::vector<std::string> settings;  // read in this order; one that is not there is left out
};

// `from` (panel.from): either of the settings files, or a copy of one under another name.
PanelFiles panel_files(const std::string& from);

}  // namespace bn::bm_reader
