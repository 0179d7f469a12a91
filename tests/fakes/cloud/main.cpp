// fake-cloud: the sample cloud as a program, and `fake-cloud ctl` to lay hands on a running one.
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <stdexcept>
#include <string>
#include <vector>

#include <CLI/CLI.hpp>
#include <curl/curl.h>
#include <fmt/format.h>

#include "tests/fakes/cloud/control.hpp"
#include "tests/fakes/cloud/fake_cloud.hpp"
#include "tests/fakes/cloud/http_server.hpp"

namespace {

using bn::testing::FakeCloud;
using bn::testing::FakeCloudOptions;
namespace cloud = bn::testing::cloud;

struct Arguments {
    std::string listen = "127.0.0.1:0";
    std::string control = "127.0.0.1:0";
    std::size_t accounts = 0;
    std::string prefix = "acc";
    std::vector<std::string> groups;
    std::string profile = "25";
    std::string admin_login = "admin";
    std::string admin_password_env;
    std::string ca_out;
    std::string url_out;
    std::string control_out;
    std::string put_limit;
    std::string path_prefix;
    long latency_ms = 0;
    unsigned threads = 1;
    unsigned workers = 0;
    bool plain_http = false;
};

void write_file(const std::string& path, const std::string& text) {
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

std::pair<std::string, std::uint16_t> split_address(const std::string& text) {
    const auto colon = text.rfind(':');
    if (colon == std::string::npos) {
        throw std::runtime_error(fmt::format("'{}' is no address: use HOST:PORT", text));
    }
    const int port = std::atoi(text.c_str() + colon + 1);
    return {text.substr(0, colon), static_cast<std::uint16_t>(port)};
}

FakeCloudOptions make_options(const Arguments& args) {
    FakeCloudOptions options;
    options.profile = cloud::Profile::named(args.profile);
    if (!args.put_limit.empty()) {
        const auto slash = args.put_limit.find('/');
        if (slash == std::string::npos) {
            throw std::runtime_error("--put-limit wants NUMBER/SECONDS, e.g. 50/600");
        }
        options.profile.put_limit = static_cast<std::uint32_t>(std::atoi(args.put_limit.c_str()));
        options.profile.put_window =
            std::chrono::seconds(std::atoi(args.put_limit.c_str() + slash + 1));
    }
    std::tie(options.address, options.port) = split_address(args.listen);
    options.tls = !args.plain_http;
    options.path_prefix = args.path_prefix;
    options.admin_login = args.admin_login;
    options.groups = args.groups;
    options.threads = args.threads;
    options.workers = args.workers;
    if (!args.admin_password_env.empty()) {
        const char* password = std::getenv(args.admin_password_env.c_str());
        if (password == nullptr || *password == '\0') {
            throw std::runtime_error(fmt::format(
                "the environment variable {} is empty: put the admin's password there",
                args.admin_password_env
            ));
        }
        options.admin_password = password;
    }
    return options;
}

int serve(const Arguments& args) {
    sigset_t signals;
    sigemptyset(&signals);
    sigaddset(&signals, SIGTERM);
    sigaddset(&signals, SIGINT);
    pthread_sigmask(SIG_BLOCK, &signals, nullptr);  // before the server's threads start

    FakeCloud sample(make_options(args));
    sample.add_accounts(args.accounts, args.prefix);
    sample.set_latency(bn::Duration(args.latency_ms));

    cloud::HttpServerOptions http;
    std::tie(http.address, http.port) = split_address(args.control);
    cloud::HttpServer control(
        http,
        [](const cloud::Request&) { return bn::Duration::zero(); },
        [&](const cloud::Request& request) { return cloud::control(sample, request); }
    );
    const std::string control_url = fmt::format("http://{}:{}", http.address, control.port());

    write_file(args.ca_out, sample.ca_pem());
    write_file(args.control_out, control_url + "\n");
    write_file(args.url_out, sample.url() + "\n");
    fmt::print("{}\n", sample.url());
    fmt::print("control: {}\n", control_url);
    std::fflush(stdout);

    int signal = 0;
    sigwait(&signals, &signal);
    return 0;
}

std::size_t collect(char* data, std::size_t size, std::size_t count, void* out) {
    static_cast<std::string*>(out)->append(data, size * count);
    return size * count;
}

int control(
    const std::string& url, const std::string& verb, const std::vector<std::string>& fields
) {
    curl_global_init(CURL_GLOBAL_DEFAULT);
    CURL* curl = curl_easy_init();
    std::string target = url + "/" + verb;
    char mark = '?';
    for (const auto& field : fields) {
        const auto equal = field.find('=');
        const std::string name = field.substr(0, equal);
        const std::string value = equal == std::string::npos ? "" : field.substr(equal + 1);
        char* escaped = curl_easy_escape(curl, value.c_str(), static_cast<int>(value.size()));
        target += fmt::format("{}{}={}", mark, name, escaped);
        curl_free(escaped);
        mark = '&';
    }
    std::string answer;
    curl_easy_setopt(curl, CURLOPT_URL, target.c_str());
    curl_easy_setopt(curl, CURLOPT_PROXY, "");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT, 30L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, collect);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(curl);
    long status = 0;
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_cleanup(curl);
    if (code != CURLE_OK) {
        fmt::print(stderr, "fake-cloud: {}: {}\n", url, curl_easy_strerror(code));
        return 1;
    }
    std::fputs(answer.c_str(), status == 200 ? stdout : stderr);
    return status == 200 ? 0 : 1;
}

void add_server_options(CLI::App& app, Arguments& args) {
    app.add_option("--listen", args.listen, "address and port; port 0: any free one")
        ->capture_default_str();
    app.add_option("--control", args.control, "where `fake-cloud ctl` talks to")
        ->capture_default_str();
    app.add_option("--accounts", args.accounts, "accounts at the start")->capture_default_str();
    app.add_option("--prefix", args.prefix, "first part of their ids")->capture_default_str();
    app.add_option("--groups", args.groups, "groups at the start, by comma")->delimiter(',');
    app.add_option("--profile", args.profile, "25, 27, 32, 34 or owncloud")->capture_default_str();
    app.add_option("--admin-login", args.admin_login, "the admin's login")->capture_default_str();
    app.add_option(
        "--admin-password-env", args.admin_password_env, "environment variable with the password"
    );
    app.add_option("--ca-out", args.ca_out, "write the CA certificate there");
    app.add_option("--url-out", args.url_out, "write the address there, when ready");
    app.add_option("--control-out", args.control_out, "write the control address there");
    app.add_option("--latency-ms", args.latency_ms, "time that each call takes")
        ->capture_default_str();
    app.add_option("--put-limit", args.put_limit, "edits per seconds and login, e.g. 50/600");
    app.add_option("--path-prefix", args.path_prefix, "serve below this path, e.g. /nextcloud");
    app.add_option("--threads", args.threads, "threads that serve")->capture_default_str();
    app.add_option("--workers", args.workers, "calls in work at a time; 0: no limit")
        ->capture_default_str();
    app.add_flag("--http", args.plain_http, "plain HTTP, no TLS");
}

int run(int argc, char** argv) {
    Arguments args;
    std::string url;
    std::string verb;
    std::vector<std::string> fields;
    CLI::App app(
        "A sample Nextcloud for tests and demonstrations. Prints its address when ready; "
        "ends on SIGTERM."
    );
    add_server_options(app, args);
    CLI::App* ctl = app.add_subcommand("ctl", "changes a running sample cloud by hand");
    ctl->add_option("url", url, "the control address")->required();
    ctl->add_option("verb", verb, "what to do")->required();
    ctl->add_option("fields", fields, "name=value ...");
    ctl->footer(
        "Verbs:\n" + cloud::control_help() +
        "Example: fake-cloud ctl http://127.0.0.1:4711 "
        "quota user=user_7 'value=1 GB'"
    );
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return app.exit(error);
    }
    return ctl->parsed() ? control(url, verb, fields) : serve(args);
}

}  // namespace

int main(int argc, char** argv) {
    try {
        return run(argc, argv);
    } catch (const std::exception& error) {
        fmt::print(stderr, "fake-cloud: {}\n", error.what());
        return 1;
    }
}
