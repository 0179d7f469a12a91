// `panel-key`: the key that the controller shares with a panel on another host.
#include <fmt/format.h>

#include "base/tls_psk.hpp"
#include "cli/command.hpp"
#include "controller/json/json.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/random.hpp"

namespace bn::cli {

namespace {

constexpr const char* kUsualKey = "/etc/bill-nextcloud/panel.key";
constexpr const char* kUsualListen = "0.0.0.0:9449";

constexpr Phrase kMade{"made {}\n", "создан {}\n"};
constexpr Phrase kConfigure{
    "\n"
    "1. Put this into {}, with the address of this host that the panel reaches, and restart the "
    "service (systemctl restart bill-nextcloud):\n"
    "\n"
    "[control]\n"
    "listen = \"{}\"\n"
    "key_file = \"{}\"\n"
    "\n"
    "2. In bill-nextcloud's folder on the panel's host, as root:\n",
    "\n"
    "1. Впишите это в {}, указав адрес этой машины, по которому её видит панель, и перезапустите "
    "службу (systemctl restart bill-nextcloud):\n"
    "\n"
    "[control]\n"
    "listen = \"{}\"\n"
    "key_file = \"{}\"\n"
    "\n"
    "2. В папке bill-nextcloud на машине панели, под root:\n"};
constexpr Phrase kReload{
    "\n"
    "1. systemctl reload bill-nextcloud: from then on only this key is taken\n"
    "2. In bill-nextcloud's folder on the panel's host, as root:\n",
    "\n"
    "1. systemctl reload bill-nextcloud: с этого момента принимается только этот ключ\n"
    "2. В папке bill-nextcloud на машине панели, под root:\n"};
constexpr Phrase kInstall{
    "   deploy/billmanager/install --controller {}:{} --key-file -\n"
    "   It reads the key from its input: paste the line of {}, or send it over ssh:\n"
    "   ssh root@PANEL 'cd bill-nextcloud && deploy/billmanager/install --yes --controller {}:{} "
    "--key-file -' < {}\n",
    "   deploy/billmanager/install --controller {}:{} --key-file -\n"
    "   Ключ читается со стандартного ввода: вставьте строку из {} или передайте её через ssh:\n"
    "   ssh root@PANEL 'cd bill-nextcloud && deploy/billmanager/install --yes --controller {}:{} "
    "--key-file -' < {}\n"};

std::string port_of(const std::string& listen) {
    const std::string first = listen.substr(0, listen.find_first_of(" ,"));
    return first.substr(first.rfind(':') + 1);
}

}  // namespace

Result<int> run_panel_key(const CommandContext& context) {
    // Faults do not matter, one of them may be that there is no key yet; but where a key belongs is
    // not guessed.
    if (!context.config_read) {
        return tl::unexpected(human_error(
            "config.read",
            context.config_faults.front().what,
            "make the file, or name another one with -c"
        ));
    }
    const controller::ControlConfig& control = context.config.control;
    const std::string file = control.key_file.empty() ? kUsualKey : control.key_file;
    const std::string listen = control.listen.empty() ? kUsualListen : control.listen;
    const bool configured = !control.listen.empty() && !control.key_file.empty();
    const Secret key = controller::random_key(base::kTlsKeyDigits / 2);
    return controller::write_secret_file(file, key, context.args.force).map([&] {
        if (context.args.json) {
            controller::Json json;
            json["format"] = 1;
            json["key_file"] = file;
            json["configured"] = configured;
            print(controller::dump(json, -1));
            return kExitOk;
        }
        const Language language = context.language;
        const std::string host = controller::host_name();
        const std::string port = port_of(listen);
        print(
            say(language, kMade, file) +
            (configured ? say(language, kReload)
                        : say(language, kConfigure, context.config_path, listen, file)) +
            say(language, kInstall, host, port, file, host, port, file)
        );
        return kExitOk;
    });
}

}  // namespace bn::cli
