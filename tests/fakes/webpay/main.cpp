// fake-webpay: the sample WebPay as a program. `curl CONTROL/pay?order=...` pays (control.hpp).
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/fakes/cloud/http_server.hpp"
#include "tests/fakes/webpay/control.hpp"
#include "tests/fakes/webpay/fake_webpay.hpp"

namespace {

namespace cloud = bn::testing::cloud;
namespace pay = bn::testing::pay;

struct PayArguments {
    pay::FakeWebpayOptions options;
    std::string ca_out;
    std::string url_out;
    std::string control_out;
    long again_ms = 300;
    long timeout_ms = 10'000;
    bool production = false;
};

void write_out(const std::string& path, const std::string& text) {
    if (path.empty()) {
        return;
    }
    std::ofstream file(path);
    file << text;
    file.close();
    if (!file) {
        throw std::runtime_error("cannot write " + path);
    }
}

// Secrets come by the environment, not by the command line.
void take_secret(const char* variable, std::string& secret) {
    if (const char* text = std::getenv(variable); text != nullptr && *text != '\0') {
        secret = text;
    }
}

void serve(PayArguments& args) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before threads start
    pay::FakeWebpayOptions& options = args.options;
    options.notice_again = bn::Duration(args.again_ms);
    options.notice_timeout = bn::Duration(args.timeout_ms);
    options.shop.test = !args.production;
    take_secret("SAMPLE_WEBPAY_SECRET_KEY", options.shop.secret_key);
    take_secret("SAMPLE_WEBPAY_API_PASSWORD", options.shop.api_password);
    pay::FakeWebpay webpay(options);
    cloud::HttpServer control(
        {},
        [](const cloud::Request&) { return bn::Duration::zero(); },
        [&](const cloud::Request& request) { return pay::control(webpay, request); }
    );
    const std::string control_url = fmt::format("http://127.0.0.1:{}", control.port());
    write_out(args.ca_out, webpay.ca_pem());
    write_out(args.control_out, control_url + "\n");
    write_out(args.url_out, webpay.url() + "\n");
    fmt::print("{}\ncontrol: {}\n", webpay.url(), control_url);
    std::fflush(stdout);
    int signal = 0;
    sigwait(&signals, &signal);
}

int run(int argc, char** argv) {
    PayArguments args;
    pay::FakeWebpayOptions& options = args.options;
    CLI::App app(
        "A sample WebPay for tests. Prints its address when ready; ends on SIGTERM. The shop's "
        "key and the password of its API are taken from SAMPLE_WEBPAY_SECRET_KEY and "
        "SAMPLE_WEBPAY_API_PASSWORD."
    );
    app.add_option("--port", options.port, "port; 0: any free one")->capture_default_str();
    app.add_option("--store-id", options.shop.store_id, "the shop")->capture_default_str();
    app.add_option("--api-login", options.shop.api_login, "login of the API")
        ->capture_default_str();
    app.add_flag("--production", args.production, "forms must say wsb_test=0");
    app.add_option("--notice-again-ms", args.again_ms, "between two tries of a notice")
        ->capture_default_str();
    app.add_option("--notice-timeout-ms", args.timeout_ms, "how long a shop may take")
        ->capture_default_str();
    app.add_option("--notice-ca", options.notice_ca, "authority of shops with https");
    app.add_option("--ca-out", args.ca_out, "write the CA certificate there");
    app.add_option("--url-out", args.url_out, "write the address there, when ready");
    app.add_option("--control-out", args.control_out, "write the control address there");
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    serve(args);
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "fake-webpay: {}\n", error.what());
        return 1;
    }
}
