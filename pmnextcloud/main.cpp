// The processing module pmnextcloud: one command, one document on the standard output.
#include <unistd.h>

#include <exception>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pmnextcloud/commands.hpp"
#include "pmnextcloud/environment.hpp"

namespace {

using namespace bn::pmnextcloud;

constexpr bn::Duration kInputLimit = std::chrono::seconds(10);

constexpr const char* kHelp = R"(pmnextcloud --command COMMAND [options]

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

int say(const Answer& answer) {
    return write_all(STDOUT_FILENO, answer.document) ? answer.exit_code : 1;
}

Answer run(const Args& args) {
    const Environment environment = read_environment("pmnextcloud");
    const Module module(environment, args, [] { return read_input(STDIN_FILENO, kInputLimit); });
    return module.run();
}

}  // namespace

int main(int argc, char** argv) {
    Language lang = Language::kEnglish;
    try {
        const std::vector<std::string_view> words(argv + (argc > 0 ? 1 : 0), argv + argc);
        const Args args = Args::parse(words);
        lang = bn::words::language_of(args.text("lang"));
        if (args.find("command") == nullptr) {
            if (args.help) {
                return say({kHelp, 0});
            }
            if (args.version) {
                return say({"pmnextcloud " BN_VERSION "\n", 0});
            }
            if (args.copyright) {
                return say(
                    {"bill-nextcloud, processing module for Nextcloud and ownCloud, "
                     "version " BN_VERSION "\n",
                     0}
                );
            }
        }
        return say(run(args));
    } catch (const std::exception& error) {
        return say(internal_error(error.what(), lang));
    } catch (...) {
        return say(internal_error("an error of an unknown kind", lang));
    }
}
