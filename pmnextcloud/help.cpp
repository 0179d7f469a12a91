// What the module says to people.
#include "pmnextcloud/commands.hpp"

namespace bn::pmnextcloud {

std::string help_text() {
    return R"(pmnextcloud --command COMMAND [options]

BILLmanager's processing module for Nextcloud and ownCloud. The panel starts it; it hands the order
to the running controller (bill-nextcloud serve) and prints one XML document. By hand:

  pmnextcloud --command features                      what the module can do
  pmnextcloud --command sync_item --item 7            look at service 7 now
  pmnextcloud --command get_server_config --module 3  look at the cloud of processing module 3

Commands for the panel
  features, check_connection, tune_connection, open, close, suspend, resume, setparam, prolong,
  reopen, cancel_prolong, prolong_addon, sync_item, stat, get_server_config,
  pricelist_dynamic_settings, pricelist_dynamic_settings_tune, import

Options (also --option=value, in any order; unknown ones are passed over)
  -c, --command           -i, --item              -m, --module
  -l, --lang (en, ru)     -t, --itemtype          --runningoperation
  --searchstring          -T  copyright           --version, --help

Exit code 0, or 1 with an error document. Log: var/pmnextcloud.log under the panel's folder.
Settings: etc/pmnextcloud.conf there. The panel's folder is found from where the module is
installed; BN_PANEL_ROOT overrides it.
)";
}

std::string version_text(std::string_view program) {
    return std::string(program) + " " + BN_VERSION + "\n";
}

std::string copyright_text() {
    return "bill-nextcloud, processing module for Nextcloud and ownCloud, version " BN_VERSION "\n";
}

}  // namespace bn::pmnextcloud
