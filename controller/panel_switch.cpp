#include "controller/panel_switch.hpp"

#include <algorithm>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "bm_reader/panel_files.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::controller {

namespace {

namespace fs = std::filesystem;

constexpr const char* kFile = "billmgr.DoNothing";
constexpr const char* kFunction = "ncsync.maintenance";

Error not_known(std::string what, std::string remedy) {
    return {NextMove::kWait, "panel.maintenance_unknown", std::move(what), std::move(remedy)};
}

Result<bool> look_at_file(const fs::path& file) {
    std::error_code failed;
    const bool there = fs::exists(file, failed);
    // Without its folder the panel's disk may not be mounted: that it is off is not known then.
    if (!failed && (there || fs::is_directory(file.parent_path(), failed))) {
        return there;
    }
    return tl::unexpected(not_known(
        file.string() + " cannot be looked at: " +
            (failed ? failed.message() : std::string("its folder is not there")),
        "see that the service may read that folder"
    ));
}

Result<bool> ask(PanelApi& api) {
    return api.call(PanelCall(kFunction)).and_then([](const PanelAnswer& answer) -> Result<bool> {
        const auto said = answer.fields.find("maintenance");
        if (said != answer.fields.end() && (said->second == "on" || said->second == "off")) {
            return said->second == "on";
        }
        return tl::unexpected(not_known(
            std::string("the panel's function ") + kFunction +
                " does not tell: " + answer.short_text(),
            "install the module and the page (processing/pmnextcloud, addon/ncsync) of this "
            "version on the panel's host"
        ));
    });
}

}  // namespace

std::string panel_folder(const std::string& mgrctl) {
    return fs::path(mgrctl).parent_path().parent_path().string();
}

std::string switch_file(const PanelConfig& panel) {
    if (panel.api == "https") {
        return {};  // whatever lies here is another panel's
    }
    std::vector<fs::path> folders{fs::path(panel_folder(panel.mgrctl)) / "etc"};
    if (!panel.from.empty()) {
        if (std::string etc = bm_reader::panel_files(panel.from).etc; !etc.empty()) {
            folders.emplace_back(std::move(etc));
        }
    }
    std::error_code ignored;
    const auto found = std::ranges::find_if(folders, [&](const fs::path& folder) {
        return fs::is_directory(folder, ignored);
    });
    return found == folders.end() ? std::string() : (*found / kFile).string();
}

PanelSwitch file_switch(std::string file) {
    PanelSwitch out;
    out.on_this_host = true;
    out.where = file + " exists";
    out.look = [path = fs::path(std::move(file))] { return look_at_file(path); };
    return out;
}

PanelSwitch asked_switch(std::shared_ptr<PanelApi> api) {
    PanelSwitch out;
    out.where = "etc/billmgr.DoNothing exists on the panel's host, as its module says";
    out.look = [api = std::move(api)] { return ask(*api); };
    return out;
}

}  // namespace bn::controller
