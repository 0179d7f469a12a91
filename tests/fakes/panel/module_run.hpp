// One run of a processing module, as the panel starts it.
//
// Not thread-safe; failures to start throw std::runtime_error.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "tests/fakes/panel/panel_home.hpp"

namespace bn::testing {

using Option = std::pair<std::string, std::string>;  // "--item", "7"

// The options in an order that depends on `seed`: a module must not count on any.
std::vector<std::string> in_some_order(std::vector<Option> options, std::uint32_t seed);

class ModuleRun {
  public:
    // Starts <processing>/<module>; its stderr goes to modules.log in the home. `keep_stdin`: it
    // reads ours, else nothing. It dies with this process.
    ModuleRun(
        const PanelHome& home,
        const std::string& module,
        std::vector<std::string> arguments,
        bool keep_stdin = false
    );
    ~ModuleRun();  // kills it if it still runs
    ModuleRun(const ModuleRun&) = delete;
    ModuleRun& operator=(const ModuleRun&) = delete;

    [[nodiscard]] int output() const { return output_; }  // descriptor to poll; -1: at its end

    // Takes what there is to read; true once the program has ended and all was read.
    bool pump();
    // Until it has ended.
    void wait();

    [[nodiscard]] int exit_code() const { return exit_; }  // 128 + signal when killed by one

    [[nodiscard]] const std::string& text() const { return text_; }

    // The line for runs.log.
    void log(const PanelHome& home) const;

  private:
    std::string module_;
    std::vector<std::string> arguments_;
    std::chrono::steady_clock::time_point started_;
    std::string started_text_;
    std::string text_;
    pid_t pid_ = -1;
    pid_t shown_pid_ = -1;
    int output_ = -1;
    int exit_ = 0;
    std::chrono::milliseconds took_{0};
};

}  // namespace bn::testing
