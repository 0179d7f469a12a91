// What all verbs share: their arguments, the configuration, where output goes, how errors end.
//
// Exit codes: 0 nothing to do, 1 error, 2 drift, 3 a part is not known. A verb is a folder here and
// a row of the table in verbs.cpp.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/screen/screen.hpp"
#include "controller/config/config.hpp"
#include "controller/logging/logging.hpp"
#include "protocol/answer.hpp"
#include "protocol/request.hpp"
#include "reconciler/model/error.hpp"
#include "state/store.hpp"

namespace bn::cli {

inline constexpr int kExitOk = 0;
inline constexpr int kExitError = 1;
inline constexpr int kExitDrift = 2;
inline constexpr int kExitUnknown = 3;  // a part is not known, whatever the rest is

// The arguments of all verbs; each verb sets and reads those of its row.
struct Arguments {
    std::string config = "/etc/bill-nextcloud/config.toml";
    bool json = false;
    bool full = false;
    bool yes = false;
    bool everything = false;     // words: of all, not of what is named
    bool end = false;            // undelete: it is not kept any more
    bool quick = false;          // check: do not count the clouds' accounts
    bool accept_panel = false;   // apply, resume: the panel's data went back on purpose
    bool plan_only = false;      // adopt: show, record nothing
    bool unproved = false;       // adopt: by a person's word, all that the template names
    bool follow = false;         // events
    bool offline = false;        // item: only what the event store knows
    bool show_password = false;  // item
    bool rebuild = false;        // verify
    bool accept = false;         // verify: go on with a store that is in doubt
    bool force = false;          // backup, panel-key: replace the file
    std::optional<std::uint32_t> server;
    std::optional<std::uint32_t> item;
    std::vector<std::uint32_t> items;
    std::string file;    // plan: to write; apply: to carry out; show: to show
    std::string format;  // plan, show: "md"; empty: for a terminal
    // words, and apply
    std::string approve;                          // checksum of what waits of a plan
    std::string reason;                           // why, for the events
    std::string code;                             // class of what failed
    std::optional<std::uint32_t> accept_address;  // of this server: the same cloud, moved
    std::optional<std::uint32_t> accept_cloud;    // of this server: ours is the one that answers
    // events; `since` is of check, `until` of words, too
    std::vector<std::string> kinds;
    std::string since;
    std::string until;
    std::string why;  // an event's id or position
    std::uint64_t limit = 50;
    // item
    std::uint64_t events = 10;
    // usage
    std::string month;  // "2026-11"; empty: this one
    bool csv = false;
    // verify; `store` is of events, too
    std::string store;   // a backup instead of the store of the configuration
    std::string anchor;  // "<position>:<hash>"
    // compact
    std::string older_than;
    std::string archive;
    // help, man: a verb; completion: a shell; __complete: what is asked for
    std::string topic;
    std::string prefix;  // __complete: what is typed already
    std::string into;    // man: a folder
    std::string socket;  // status: the service's, instead of the configuration's
};

struct CommandContext {
    Config config;
    std::string config_path;
    // What is wrong with it, for the verbs that go on all the same.
    controller::ConfigErrors config_faults;
    bool config_read = true;  // false: nothing of the file was
    std::string version;
    Language language = Language::kEnglish;
    Arguments args;
    std::shared_ptr<LogSink> sink;
    SecretRegistry* secrets = nullptr;  // outlives the command
    state::CommitHook on_commit;        // for tests that end the process at a commit

    CommandContext() = default;
    [[nodiscard]] ScreenOptions screen() const;  // for standard output
};

// Reads the command line (command_line.hpp), runs its verb (verbs.hpp), sees that all that was
// printed has arrived. Never throws. Returns the exit code: 141, as of a program that SIGPIPE ends,
// when the reader of standard output has gone.
int run_cli(int argc, const char* const* argv);

// The verbs. Return the exit code; an error is printed by run_cli.
Result<int> run_check(const CommandContext& context);
Result<int> run_preflight(const CommandContext& context);
Result<int> run_plan(const CommandContext& context);
Result<int> run_show(const CommandContext& context);
Result<int> run_apply(const CommandContext& context);
Result<int> run_adopt(const CommandContext& context);
Result<int> run_pause(const CommandContext& context);
Result<int> run_resume(const CommandContext& context);
Result<int> run_undelete(const CommandContext& context);
Result<int> run_replay(const CommandContext& context);
Result<int> run_refresh(const CommandContext& context);
Result<int> run_approve(const CommandContext& context);
Result<int> run_accept_address(const CommandContext& context);
Result<int> run_accept_cloud(const CommandContext& context);
Result<int> run_accept_readings(const CommandContext& context);
Result<int> run_serve(const CommandContext& context);
Result<int> run_status(const CommandContext& context);
Result<int> run_events(const CommandContext& context);
Result<int> run_item(const CommandContext& context);
Result<int> run_usage(const CommandContext& context);
Result<int> run_verify(const CommandContext& context);
Result<int> run_backup(const CommandContext& context);
Result<int> run_restore(const CommandContext& context);
Result<int> run_mask(const CommandContext& context);
Result<int> run_rotate_key(const CommandContext& context);
Result<int> run_panel_key(const CommandContext& context);
Result<int> run_compact(const CommandContext& context);
Result<int> run_doctor(const CommandContext& context);
Result<int> run_help(const CommandContext& context);
Result<int> run_version(const CommandContext& context);
Result<int> run_man(const CommandContext& context);
Result<int> run_completion(const CommandContext& context);
Result<int> run_complete(const CommandContext& context);

// ---- helpers of the verbs

// The running service puts down that `verb` ("verify", "backup") found its whole store good; says
// aside why it could not, but not that none runs.
void tell_checked(const CommandContext& context, const char* verb, const state::StoreHead& head);

// What the service that runs answers to a person's word; nothing: none runs. If one does all the
// same, it holds the store. Errors (kHuman): "control.refused".
Result<std::optional<nlohmann::json>> told_service(
    const CommandContext& context, const protocol::Request& request
);

// The file of this command's configuration, where the service that runs goes by another one; empty:
// it goes by this, or nobody answers.
std::string other_config(const CommandContext& context);

// An error that a person has to do something about.
Error human_error(const char* code, std::string what, std::string remedy);
// "server 3 is not known", with where to look.
Error unknown_server(std::uint32_t server);

// A time as people give it (cli/moment.hpp): a span counts back from now, a bare time of day is
// the last such one. Errors (kHuman): "command.time".
Result<Time> parse_moment(std::string_view text, Time now);
// The same of a time to come: a span counts from now, a bare time of day is the next such one.
Result<Time> parse_moment_ahead(std::string_view text, Time now);

// The text on standard output, at once. What does not arrive is an error of the whole command, see
// run_cli.
void print(std::string_view text);

// The text, folded where the terminal behind the descriptor is narrow.
std::string for_terminal(const std::string& text, int fd);

// Prints what people read.
void print_text(const std::string& text);

// The text on standard error, folded as above. Where it does not arrive, nobody can be told: no
// error.
void say_on_stderr(const std::string& text);

// A line on standard error, in the reader's language. Its English sentence has a row in words/.
void tell_aside(Language language, std::string_view english, std::size_t indent = 0);

// Asks on standard input, unless --yes was given. No: says that nothing came of it.
bool confirmed(
    const CommandContext& context,
    const char* verb,
    std::string_view question,
    const Phrase& nothing
);

enum class Opening : std::uint8_t { kRead, kWrite, kServe, kAccept };

state::StoreSettings store_settings(const CommandContext& context, Opening opening);
Result<std::unique_ptr<state::Store>> open_store(const CommandContext& context, Opening opening);

// Of the configuration; empty: none.
std::string anchor_path(const controller::Config& config);

// A store with its ledger.
struct OpenStore {
    std::unique_ptr<state::Store> store;
    Ledger ledger;
};

Result<OpenStore> open_with_ledger(const CommandContext& context, Opening opening);

// Who gives the command, for the events.
Actor operator_actor();
// On standard error: older events were cut off, and when. Nothing when none were.
void say_cut(state::Store& store, Language language);

// A request of his, now, without events.
AppendRequest operator_request();

// Goes on with a store that was opened to be accepted, although newer events are lost. Returns of
// how many items history is lost.
Result<std::size_t> record_accepted(state::Store& store, const Error& why);

}  // namespace bn::cli
