// The payment module pmwebpay and its two pages: one program, which looks at the name that it is
// called by. pmwebpay: a command of the panel, one document on the standard output. webpaypayment
// and webpayresult: pages that the panel's web server starts.
#include <unistd.h>

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "pmnextcloud/args.hpp"
#include "pmnextcloud/environment.hpp"

#include "pmwebpay/cgi.hpp"
#include "pmwebpay/commands.hpp"
#include "pmwebpay/pages.hpp"
#include "pmwebpay/payment_file.hpp"

namespace bn::pmwebpay {
namespace {

constexpr std::string_view kHelp = R"(pmwebpay --command COMMAND [options]

BILLmanager's payment module for WebPay. The panel starts it, and its web server starts it as
webpaypayment (the page that leads a client to WebPay) and webpayresult (WebPay's notices).

Commands for the panel
  config, pmvalidate (the settings' form on the standard input), checkpay, messages

Options (also --option=value; unknown ones are passed over)
  -c, --command   -l, --lang (en, ru)   -T  copyright   --version, --help

Exit code 0, or 1 with an error document. Log: var/pmwebpay.log under the panel's folder; what is
remembered of each payment: var/pmwebpay there. Settings: etc/pmnextcloud.conf there. The panel's
folder is found from where the module is installed; BN_PANEL_ROOT overrides it.
)";

int say(const std::string& text, int code) {
    return pmnextcloud::write_all(STDOUT_FILENO, text) ? code : 1;
}

int run_module(const pmnextcloud::Args& args) {
    const words::Language language = words::language_of(args.text("lang"));
    if (args.find("command") == nullptr) {
        if (args.help) {
            return say(std::string(kHelp), 0);
        }
        if (args.version) {
            return say("pmwebpay " BN_VERSION "\n", 0);
        }
        if (args.copyright) {
            return say("bill-nextcloud, payment module for WebPay, version " BN_VERSION "\n", 0);
        }
    }
    const pmnextcloud::Environment environment = pmnextcloud::read_environment("pmwebpay");
    const std::string command(args.text("command"));
    const Done done = run_command(environment, command, STDIN_FILENO, seconds_now());
    if (done) {
        return say(*done, 0);
    }
    environment.log.error((command.empty() ? "no command" : command) + ": " + done.error().text());
    return say(pmnextcloud::error_document(done.error(), language), 1);
}

int run_page(bool result) {
    const pmnextcloud::Environment environment = pmnextcloud::read_environment("pmwebpay");
    const CgiRequest request = read_cgi(pmnextcloud::variables());
    const std::int64_t now = seconds_now();
    if (!result) {
        return say(written(payment_page(environment, request, now)), 0);
    }
    return request.method == "POST"
               ? say(written(notice_page(environment, request, STDIN_FILENO)), 0)
               : say(written(return_page(environment, request)), 0);
}

// What nobody foresaw: a notice is repeated, a person tries again.
int fail(bool is_page, const std::string& what) {
    if (is_page) {
        Page page;
        page.status = "500 Internal Server Error";
        page.type = "text/plain; charset=utf-8";
        page.body = page.status + "\n";
        return say(written(page), 1);
    }
    const auto why = pmnextcloud::failure("internal", what);
    return say(pmnextcloud::error_document(why, words::Language::kEnglish), 1);
}

}  // namespace
}  // namespace bn::pmwebpay

int main(int argc, char** argv) {
    const std::vector<std::string_view> words(argv, argv + argc);
    const std::string_view program = words.empty() ? std::string_view() : words.front();
    const std::string_view name = program.substr(program.rfind('/') + 1);
    const bool result = name == "webpayresult";
    const bool is_page = result || name == "webpaypayment";
    try {
        if (is_page) {
            return bn::pmwebpay::run_page(result);
        }
        const std::size_t first = words.empty() ? 0 : 1;
        return bn::pmwebpay::run_module(bn::pmnextcloud::Args::parse(std::span(words).subspan(first)
        ));
    } catch (const std::exception& error) {
        return bn::pmwebpay::fail(is_page, error.what());
    } catch (...) {
        return bn::pmwebpay::fail(is_page, "an error of an unknown kind");
    }
}
