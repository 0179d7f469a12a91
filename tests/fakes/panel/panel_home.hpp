// The folder that one panel's double lives in: what its programs share.
//
//   panel.json    the settings below; relative paths are below the folder
//   faults.json   what is to go wrong (faults.hpp), read again at each call
//   billmgr.pem   the key of crypted params, made when it is missing
//   calls.log     one JSON line for each call of mgrctl, values from the environment as "***"
//   secrets.log   mode 0600: the same calls' values that calls.log does not show
//   runs.log      one JSON line for each run of a module
//   locks/        files that processes lock (flock) to take turns
//
// Failures throw std::runtime_error.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::testing {

struct RunnerSettings {
    std::string processing = "processing";  // folder of the module programs
    std::chrono::milliseconds poll{20};
    std::chrono::milliseconds retry{200};  // between two starts of one operation
    std::size_t concurrency = 4;
    bool again_after_success = true;  // exit 0, but no completion call yet
    int try_limit = 0;                // tries after which it goes manual; 0: never
};

// The forms of service.saveparam that a panel takes: name=p value=v, p=v, as the real one does
// both.
enum class SaveParam : std::uint8_t { kBoth, kNameValue, kPair };

// What payment.set* does with a payment that is paid or ended. Nobody says what a real panel does:
// a module must be right on both.
enum class PaymentSteps : std::uint8_t {
    kAny,      // as it is told; a payment that is paid twice is money twice
    kForward,  // an error
};

struct PanelHome {
    std::filesystem::path folder;
    std::string sqlite;  // a file; else MariaDB
    MariaDbAddress mariadb;
    std::string pem;
    // The only call that completes an open ("{itemtype}.open"); empty: all that shipping modules
    // use.
    std::string open_call;
    SaveParam save_param = SaveParam::kBoth;
    InProgress in_progress = InProgress::kStatus5;
    bool rollback_keeps_operation = false;
    PaymentSteps payment_steps = PaymentSteps::kAny;
    Id id_gap = 0;
    int error_exit = 1;  // exit code of mgrctl with an error document
    RunnerSettings runner;

    // Reads <folder>/panel.json; an unknown key is an error.
    static PanelHome read(const std::filesystem::path& folder);

    [[nodiscard]] FakePanel open() const;
    [[nodiscard]] FakePanel create() const;  // an old database is replaced; makes the key
    [[nodiscard]] std::filesystem::path path(const std::string& name) const;  // below the folder

    // One line to a log; lines of several processes do not mix.
    void log(const char* file, const nlohmann::json& line) const;
};

// Holds a lock of the folder while it lives; waits for it.
class HomeLock {
  public:
    HomeLock(const PanelHome& home, const std::string& name);
    ~HomeLock();
    HomeLock(const HomeLock&) = delete;
    HomeLock& operator=(const HomeLock&) = delete;

  private:
    int fd_;
};

// A change of the panel's database: one process at a time, one transaction. Rolled back unless
// `commit` was called.
class PanelChange {
  public:
    explicit PanelChange(const PanelHome& home);
    ~PanelChange();
    PanelChange(const PanelChange&) = delete;
    PanelChange& operator=(const PanelChange&) = delete;

    FakePanel& panel() { return panel_; }

    void commit();

  private:
    HomeLock lock_;
    FakePanel panel_;
    bool open_ = true;
};

std::string file_text(const std::filesystem::path& file);  // "" when there is none
std::string time_text();                                   // now, UTC, with milliseconds

}  // namespace bn::testing
