// What all verbs share: the configuration, where output goes, and how errors end.
//
// Exit codes: 0 fine (plan: nothing to do), 1 error, 2 drift. One file per verb in this folder; the
// command line itself is in cli.cpp.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/ports/task.hpp"
#include "state/store.hpp"

#include "cli/names.hpp"
#include "cli/screen/language.hpp"
#include "cli/screen/screens.hpp"

namespace bn::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitDrift = 2;

struct CommandContext {
    Config config;
    std::string config_path;
    std::string version;
    Language language = Language::kEnglish;
    bool json = false;
    bool full = false;
    std::shared_ptr<LogSink> sink;
    SecretRegistry* secrets = nullptr;  // outlives the command
    state::CommitHook on_commit;        // for tests that end the process at a commit

    CommandContext() = default;
    [[nodiscard]] ScreenOptions screen() const;  // for standard output
};

struct PlanCommand {
    std::optional<std::uint32_t> server;
    std::vector<std::uint32_t> items;
    std::string out_file;
};

struct ApplyCommand {
    std::optional<std::uint32_t> server;
    std::vector<std::uint32_t> items;
    std::string plan_file;
    std::string approve;                          // checksum of a stopped plan
    std::optional<std::uint32_t> accept_address;  // of this server: the same cloud, moved
    bool yes = false;
};

struct AdoptCommand {
    std::optional<std::uint32_t> server;
    bool plan_only = false;  // show, record nothing
    bool yes = false;
};

struct CheckCommand {
    bool quick = false;  // do not count the clouds' accounts
};

struct EventsCommand {
    std::optional<std::uint32_t> item;
    std::optional<std::uint32_t> server;
    std::vector<std::string> kinds;
    std::string since;
    std::string until;
    std::uint64_t limit = 50;
    bool follow = false;
};

struct ItemCommand {
    std::uint32_t item = 0;
    std::uint64_t events = 10;
    bool offline = false;  // only what the event store knows
    bool show_password = false;
};

struct VerifyCommand {
    bool rebuild = false;
    std::string anchor;  // "<position>:<hash>"
};

int run_check(const CommandContext& context, const CheckCommand& command);
int run_preflight(const CommandContext& context);
int run_plan(const CommandContext& context, const PlanCommand& command);
int run_apply(const CommandContext& context, const ApplyCommand& command);
int run_adopt(const CommandContext& context, const AdoptCommand& command);
int run_serve(const CommandContext& context);
int run_status(const CommandContext& context);
int run_events(const CommandContext& context, const EventsCommand& command);
int run_item(const CommandContext& context, const ItemCommand& command);
int run_verify(const CommandContext& context, const VerifyCommand& command);

// ---- helpers of the verbs

// "error: what (remedy) [code]" on standard error; returns kExitError.
int fail(const Error& error);

// Runs one coroutine to its end on a loop of its own. `interrupted` turns true on SIGINT or
// SIGTERM; a second one ends the process at once.
struct CommandLoop {
    CommandLoop();
    ~CommandLoop();
    CommandLoop(const CommandLoop&) = delete;
    CommandLoop& operator=(const CommandLoop&) = delete;

    [[nodiscard]] const boost::asio::any_io_executor& executor() const;
    void run(Task<void> task);
    [[nodiscard]] bool interrupted() const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The ledger of a store that may not exist yet (then nothing is owned), without a lock.
Result<Ledger> ledger_if_any(const Config& config);

state::StoreSettings store_settings(const CommandContext& context, bool read_only);

// Who gives the command, for the events.
Actor operator_actor();

// A time as people give it: ISO 8601, or a duration back from now ("2h", "3d").
Result<Time> parse_moment(std::string_view text, Time now);

}  // namespace bn::cli
