// The other processes of a benchmark: the sample cloud and wrk. Their CPU time is not ours.
// Failures end the benchmark with a message (exit code 2).
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bn::bench {

[[noreturn]] void die(std::string_view why);

// A folder under the temp dir, gone with this object.
class TempFolder {
  public:
    TempFolder();
    ~TempFolder();
    TempFolder(const TempFolder&) = delete;
    TempFolder& operator=(const TempFolder&) = delete;

    [[nodiscard]] std::string file(std::string_view name) const;

  private:
    std::string path_;
};

// fake-cloud, killed with this object or with the process that made it.
class CloudProcess {
  public:
    // `options` as on the command line of fake-cloud. Returns when it serves.
    CloudProcess(const TempFolder& folder, std::vector<std::string> options);
    ~CloudProcess();
    CloudProcess(const CloudProcess&) = delete;
    CloudProcess& operator=(const CloudProcess&) = delete;

    [[nodiscard]] const std::string& url() const { return url_; }

    [[nodiscard]] const std::string& ca_file() const { return ca_file_; }

    static constexpr const char* kLogin = "admin";
    static constexpr const char* kPassword = "bench-admin-pass";

  private:
    pid_t pid_ = -1;
    std::string url_;
    std::string ca_file_;
};

struct WrkResult {
    double requests_a_second = 0;
    double bytes_a_second = 0;
    double requests = 0;  // answered
};

// One thread, `connections` of them kept alive, for whole seconds. `request` is the body of a Lua
// function that returns wrk.format(...); `n` counts its calls from 0. Any answer but 2xx ends the
// benchmark.
WrkResult run_wrk(
    const TempFolder& folder,
    const CloudProcess& cloud,
    std::string_view request,
    std::uint32_t connections,
    std::uint32_t seconds
);

}  // namespace bn::bench
