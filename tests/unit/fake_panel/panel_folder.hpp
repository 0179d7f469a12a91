// A panel's double in a temporary folder, and its programs as processes.
#pragma once

#include <sys/types.h>

#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "tests/fakes/panel/panel_home.hpp"

namespace bn::testing {

using Json = nlohmann::json;

struct Ran {
    int exit = -1;
    std::string out;
    std::string err;
};

using Environment = std::vector<std::pair<std::string, std::string>>;

// Runs a program to its end, with `env` on top of our environment.
Ran run_program(
    const std::vector<std::string>& argv, const Environment& env = {}, const std::string& in = {}
);

// Polls until it holds; false after a long while.
bool wait_until(const std::function<bool()>& condition);

class PanelFolder {
  public:
    // `settings`: keys of panel.json beside the database. The panel has a server, two tariffs
    // (10 GiB of the group start, 50 GiB of the group pro) and a client.
    explicit PanelFolder(const Json& settings = Json::object());
    ~PanelFolder();
    PanelFolder(const PanelFolder&) = delete;
    PanelFolder& operator=(const PanelFolder&) = delete;

    // fake-panel; a failure throws.
    Json tool(const std::vector<std::string>& args);
    // <folder>/sbin/mgrctl -m billmgr -o xml ...
    Ran mgrctl(const std::vector<std::string>& args, const Environment& env = {});
    // The same, as what the answer says: "ok", "form", or "error type(object)".
    std::string call(const std::vector<std::string>& args, const Environment& env = {});

    // A service that has been paid: its open is pending.
    std::string paid_item();
    // One whose open was completed.
    std::string opened_item();

    Json show(const std::string& item) { return tool({"show", item}); }

    // A shell script as the module pmnextcloud; $command, $item, $operation are set, $mgrctl calls.
    void set_module(const std::string& script);

    [[nodiscard]] std::vector<Json> log(const std::string& file) const;
    [[nodiscard]] std::string text(const std::string& file) const;

    [[nodiscard]] PanelHome home() const { return PanelHome::read(folder_); }

    const std::filesystem::path& folder() const { return folder_; }

    Id small = 0;
    Id large = 0;
    Id client = 0;

  private:
    std::filesystem::path folder_;
};

// fake-panel-runner; SIGTERM at the end.
class RunnerProcess {
  public:
    explicit RunnerProcess(const PanelFolder& folder);
    ~RunnerProcess();
    RunnerProcess(const RunnerProcess&) = delete;
    RunnerProcess& operator=(const RunnerProcess&) = delete;

    void kill(int signal);

  private:
    pid_t pid_;
};

}  // namespace bn::testing
