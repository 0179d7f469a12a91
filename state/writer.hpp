// The one thread that writes: group commit, stream versions, hash chain, and upkeep (projections,
// checkpoints) while nobody waits. Private to state.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "state/chain.hpp"
#include "state/db.hpp"
#include "state/event_rows.hpp"
#include "state/store.hpp"

namespace bn::state {

// A request as the writer takes it: payloads encoded and secrets sealed by the caller's thread.
struct PendingAppend {
    AppendRequest request;
    std::vector<std::string> payloads;                         // one an event
    std::vector<std::pair<std::string, std::string>> sealed;   // reference, sealed bytes
    std::string key_fingerprint;                               // of the key that sealed them
    std::vector<std::pair<std::uint64_t, std::string>> masks;  // position, payload instead
    std::function<void(Connection&)> change;  // of what is stored, in the same commit
    bool new_key = false;                     // what is sealed replaces what was sealed so far
    std::optional<Error> refused;             // could not be prepared
    std::function<void(AppendResult)> done;
};

class Writer {
  public:
    // `db` is at the newest schema. Throws StoreFault when the end of the chain is not as recorded.
    Writer(std::unique_ptr<Connection> db, const StoreSettings& settings);
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    ~Writer();  // writes what has queued, catches up, empties the write-ahead log

    void submit(PendingAppend append);  // any thread, also from a callback

    // Runs `task` on the writer thread between commits and waits for it. Never from a callback.
    Result<void> run(std::function<void(Connection&)> task);

    [[nodiscard]] StoreHead head() const;

  private:
    struct StreamHead {
        std::int64_t id = 0;  // 0: no such stream yet
        std::uint64_t version = 0;
        std::uint32_t server = 0;  // that its last event was about
    };

    struct Statements;

    static constexpr std::size_t kIdSize = 16;

    void load_chain();
    void loop();
    [[nodiscard]] bool has_work() const;
    bool wait_for_work(std::unique_lock<std::mutex>& lock);  // false: idle for long enough
    void gather(
        std::unique_lock<std::mutex>& lock, std::size_t last_group, std::chrono::nanoseconds took
    );
    void take_group(std::vector<PendingAppend>& group);
    bool upkeep();  // one step; false: nothing left to do
    void finish();
    void commit_group(std::vector<PendingAppend>& group);
    std::vector<AppendResult> write_group(std::vector<PendingAppend>& group);
    AppendResult apply(PendingAppend& append);
    std::optional<Error> check_secrets(const PendingAppend& append);
    std::optional<Error> reserve_versions(
        const AppendRequest& request,
        std::vector<StreamHead*>& streams,
        std::vector<std::uint64_t>& versions
    );
    Envelope insert(PendingAppend& append, std::size_t i, StreamHead& head, std::uint64_t version);
    void write_secrets(PendingAppend& append);
    StreamHead& stream_head(const std::string& name);
    std::string_view random_bytes(std::size_t count);
    std::string_view next_id(Time at, const std::string& given);
    // Why no event is taken any more; nothing: they are. Never recovers by itself.
    [[nodiscard]] std::optional<Error> poisoned() const;
    void poison(Error error);

    // Constant after construction.
    const std::size_t max_group_;
    const Duration idle_after_;
    const CommitHook on_commit_;

    // The writer thread's own.
    std::unique_ptr<Connection> db_;
    std::unique_ptr<Statements> statements_;
    std::unordered_map<std::string, StreamHead, TextHash, std::equal_to<>> streams_;
    std::uint64_t position_ = 0;  // of the last row written, committed or not
    Chains chains_;
    std::set<std::uint32_t> touched_;  // chains that this commit moves on
    std::string scratch_;
    std::string salt_;
    std::string random_;
    std::size_t random_used_ = 0;
    std::string id_;
    std::string key_fingerprint_;
    std::uint64_t commits_ = 0;
    bool committing_ = false;  // a failure now leaves the outcome unknown
    bool behind_ = true;       // the projections may be

    mutable std::mutex mutex_;  // guards what follows
    std::condition_variable wake_;
    bool sleeping_ = false;
    std::size_t wake_at_ = 1;  // queued requests that end the sleep
    bool stopping_ = false;
    std::vector<PendingAppend> queue_;
    std::deque<std::function<void(Connection&)>> tasks_;
    std::optional<Error> poisoned_;
    std::uint64_t committed_position_ = 0;
    Hash committed_hash_{};

    std::thread thread_;
};

}  // namespace bn::state
