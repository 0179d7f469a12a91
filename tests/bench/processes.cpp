#include "tests/bench/processes.hpp"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <thread>

#include <fmt/format.h>

namespace bn::bench {

namespace {

std::string first_line(const std::string& file) {
    std::ifstream in(file);
    std::string line;
    std::getline(in, line);
    return in.eof() ? std::string() : line;  // with its line end: written to the end
}

void write_file(const std::string& file, std::string_view text) {
    std::ofstream out(file, std::ios::trunc);
    out << text;
    out.close();
    if (!out) {
        die("cannot write " + file);
    }
}

// A child that dies with us; its output goes to `output`.
pid_t spawn(const std::vector<std::string>& words, const std::string& output) {
    std::vector<char*> argv;
    std::vector<std::string> copy = words;
    for (std::string& word : copy) {
        argv.push_back(word.data());
    }
    argv.push_back(nullptr);
    const pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        const int out = open(output.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
        dup2(out, STDOUT_FILENO);
        dup2(out, STDERR_FILENO);
        execvp(argv[0], argv.data());
        _exit(127);
    }
    if (pid < 0) {
        die("fork failed");
    }
    return pid;
}

std::string base64(std::string_view text) {
    constexpr std::string_view kDigits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        std::uint32_t word = 0;
        for (std::size_t j = i; j < i + 3; ++j) {
            word = word << 8 | (j < text.size() ? static_cast<unsigned char>(text[j]) : 0U);
        }
        for (std::size_t j = 0; j < 4; ++j) {
            out += i + j <= text.size() ? kDigits[word >> (18 - 6 * j) & 63] : '=';
        }
    }
    return out;
}

constexpr const char* kScript = R"lua(
local n = -1
wrk.headers["Authorization"] = "Basic {}"
wrk.headers["OCS-APIRequest"] = "true"
wrk.headers["Accept"] = "application/json"
function request()
    n = n + 1
    {}
end
function done(summary, latency, requests)
    local e = summary.errors
    print(string.format("RESULT %d %d %d %d", summary.duration, summary.requests, summary.bytes,
        e.connect + e.read + e.write + e.status + e.timeout))
end
)lua";

}  // namespace

void die(std::string_view why) {
    fmt::print(stderr, "benchmark: {}\n", why);
    std::exit(2);
}

TempFolder::TempFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bn-bench-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) {
        die("no folder under " + pattern);
    }
    path_ = pattern;
}

TempFolder::~TempFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
}

std::string TempFolder::file(std::string_view name) const {
    return fmt::format("{}/{}", path_, name);
}

CloudProcess::CloudProcess(const TempFolder& folder, std::vector<std::string> options)
    : ca_file_(folder.file("ca.pem")) {
    const std::string url_file = folder.file("cloud.url");
    setenv("BN_BENCH_CLOUD_PASSWORD", kPassword, 1);
    std::vector<std::string> words{
        BN_FAKE_CLOUD,
        "--admin-password-env",
        "BN_BENCH_CLOUD_PASSWORD",
        "--ca-out",
        ca_file_,
        "--url-out",
        url_file};
    words.insert(words.end(), options.begin(), options.end());
    pid_ = spawn(words, folder.file("cloud.log"));
    for (int i = 0; i < 3000 && url_.empty(); ++i) {
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
        url_ = first_line(url_file);
    }
    if (url_.empty()) {
        die("the sample cloud did not start");
    }
}

CloudProcess::~CloudProcess() {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
}

WrkResult run_wrk(
    const TempFolder& folder,
    const CloudProcess& cloud,
    std::string_view request,
    std::uint32_t connections,
    std::uint32_t seconds
) {
    const std::string script = folder.file("wrk.lua");
    const std::string output = folder.file("wrk.out");
    const std::string login = fmt::format("{}:{}", CloudProcess::kLogin, CloudProcess::kPassword);
    write_file(script, fmt::format(kScript, base64(login), request));
    const pid_t pid = spawn(
        {"wrk",
         "-t1",
         fmt::format("-c{}", connections),
         fmt::format("-d{}s", seconds),
         "--timeout=30s",
         "-s",
         script,
         cloud.url()},
        output
    );
    int status = 0;
    waitpid(pid, &status, 0);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        die("wrk failed, or is not installed (dev/setup --bench)");
    }
    std::ifstream in(output);
    for (std::string line; std::getline(in, line);) {
        double micros = 0;
        double requests = 0;
        double bytes = 0;
        long errors = 0;
        if (std::sscanf(
                line.c_str(), "RESULT %lf %lf %lf %ld", &micros, &requests, &bytes, &errors
            ) == 4) {
            if (errors != 0 || requests <= 0 || micros <= 0) {
                die(fmt::format("wrk met {} errors in {} requests", errors, requests));
            }
            return WrkResult{requests / micros * 1e6, bytes / micros * 1e6, requests};
        }
    }
    die("wrk said nothing");
}

}  // namespace bn::bench
