// The event store on SQLite: opening, the ledger, verification. Append and read are bn::EventStore.
//
// One writer process a store (a lock beside the file says which); readers may come and go while it
// works. See docs/events.md for what is stored, and for what a hash chain cannot tell.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/event_store.hpp"

namespace bn::state {

// For tests: called on the writer thread around the n-th commit (from 1) of this process.
enum class CommitPoint { kBefore, kAfter };
using CommitHook = std::function<void(CommitPoint, std::uint64_t n)>;

// For tests: called between the steps of what changes more than one file.
using StepHook = std::function<void(std::string_view step)>;

struct StoreSettings {
    std::string path;
    std::string key_file;          // made on first use; needed only where there are secrets
    bool read_only = false;        // no lock, no changes; append fails with "store.read_only"
    std::string anchor;            // file that keeps the end of the store; empty: none
    bool accept = false;           // a person: go on with it whatever the anchor says
    bool prove_all = false;        // prove every event, slowly, beside the work (a service)
    bool create = true;            // make the file when it is missing (never when read_only)
    std::size_t max_group = 1000;  // requests in one commit
    Duration idle_after = std::chrono::milliseconds(200);  // then the projections catch up
    std::uint64_t max_pages = 0;                           // 0: as the disk allows
    CommitHook on_commit;
    StepHook on_step;

    StoreSettings() = default;
};

// The ends of all chains as one hash, at a position: kept elsewhere, it proves later that nothing
// was cut off or written anew.
struct StoreHead {
    std::uint64_t position = 0;
    std::string hash;  // hexadecimal digits
    friend bool operator==(const StoreHead&, const StoreHead&) = default;
};

// Older events were cut off; a checkpoint stands for them.
struct StoreCut {
    std::uint64_t position = 0;  // of the last that was
    Time at{};                   // when
};

struct VerifyOptions {
    std::optional<StoreHead> anchor;  // what the head was at some earlier time
    std::size_t max_faults = 20;      // listed; all are counted
    // A copy may be older than the key at hand: passwords that this does not open are counted, and
    // are no faults.
    bool another_key = false;
    std::function<void(std::uint64_t done, std::uint64_t total)> progress;  // every 10,000 events

    VerifyOptions() = default;
};

struct VerifyFault {
    std::uint64_t position = 0;  // of the event; 0: not about one event
    std::string
        code;  // "chain", "gap", "version", "payload", "unknown_kind", "head", "anchor", ...
    std::string what;
    bool beside = false;  // of the key or of a file's mode: what the events say is whole
};

struct VerifyReport {
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
    std::uint64_t secrets = 0;
    std::uint64_t secrets_unused = 0;      // kept although no call in doubt names them
    std::uint64_t secrets_unopened = 0;    // VerifyOptions::another_key: sealed with one
    std::uint64_t projected_position = 0;  // up to where the stored ledger goes
    StoreHead head;                        // as computed
    std::optional<StoreCut> cut;           // what is proved begins behind it
    std::uint64_t fault_count = 0;
    std::uint64_t beside = 0;         // of these, those that no backup mends (VerifyFault::beside)
    std::vector<VerifyFault> faults;  // the first of them: of the events by position, then the rest

    [[nodiscard]] bool good() const { return fault_count == 0; }
};

class Store : public EventStore {
  public:
    // What the events say now: the stored ledger and what came after it.
    virtual Result<Ledger> ledger() = 0;

    // Reads everything. An error means that it could not be read at all; faults are in the report.
    virtual Result<VerifyReport> verify(const VerifyOptions& options) = 0;

    // Throws the stored ledger away, builds it anew and returns when it is complete. Writers only.
    virtual Result<void> rebuild_projections() = 0;

    // Replaces every text in the events of an item that may say something about a client, and those
    // of the service and the servers that name him; and records that (ItemMasked, appended with
    // `request`, which brings actor, time and correlation). Its passwords are forgotten, and the
    // file is written anew: nothing of it is left in free pages or in the log, unless another
    // process reads it. `verify` goes on proving everything else. Returns the number of rows;
    // nothing is recorded when all are masked. An item whose account is ours is refused:
    // "store.mask_owned". Blocks; no process may hold a ledger of this store meanwhile. Writers
    // only.
    virtual Result<std::uint64_t> mask(
        ItemId item, const std::string& reason, AppendRequest request
    ) = 0;

    // Empty when it cannot be read.
    virtual StoreHead head() const = 0;

    // Nothing: no event was cut off, or it cannot be read.
    virtual std::optional<StoreCut> cut() = 0;

    // Proves everything, cuts off what is older than `before`, and puts a checkpoint in its place
    // (StoreCompacted, appended with `request`), in one commit; then the file is written anew.
    // With `archive`, what is cut is kept there first, as a store that is only read. Returns the
    // record; nothing: there was nothing to cut. "store.bad": a fault was found, nothing was cut.
    // Blocks; nothing else may use the store meanwhile. Writers only.
    virtual Result<std::optional<StoreCompacted>> compact(
        Time before, const std::string& archive, AppendRequest request
    ) = 0;

    // Makes a new key and seals all passwords anew with it, in one commit that also records it
    // (KeyRotated, appended with `request`). Killed at any moment, the store has one of both keys,
    // and the next start settles it. The old key's file is replaced when the new one has opened
    // every password. Returns how many there are. Nothing else may use the store meanwhile.
    // Writers only.
    virtual Result<std::uint64_t> rotate_key(AppendRequest request) = 0;

    // Writes all of it as it is at one moment to `file`, while others may go on writing, and proves
    // the copy before it gets that name. A store in doubt is refused, and one with faults
    // ("store.bad"); without `replace`, so is a file that is there ("store.file_exists"). The key
    // file is not in it.
    virtual Result<VerifyReport> backup(const std::string& file, bool replace) = 0;

    // Goes on with a store that is in doubt: appends `request`, which says so, and forgets the
    // doubt. REQUIRES: opened with `accept`.
    virtual AppendResult accept(AppendRequest request) = 0;
};

// Opens (and makes or migrates, unless read_only) the store. It is compared with its anchor, and
// what was appended since it was last proved is proved first: a store that is not good opens for
// reading only, and `trouble` says why: "store.older", "store.other", "store.lost" (it has no
// ledger then), "store.bad". Errors are kHuman and name the remedy:
// "store.locked", "store.not_a_database", "store.not_ours", "store.newer", "store.damaged",
// "store.network", "store.no_directory", "store.missing", "store.cannot_open", "store.read_only",
// "store.anchor", "store.emptied".
Result<std::unique_ptr<Store>> open_store(StoreSettings settings);

// What is known of a backup and of the store that it is to replace.
struct RestoreFacts {
    StoreHead backup;
    std::uint64_t present = 0;    // the last event that is known to have been recorded; 0: none
    std::string present_trouble;  // why the store at hand cannot be read; empty: it can, or is gone
    bool other_way = false;       // the store at hand is another one, or has other events there
    bool newest = false;          // nothing was recorded after the backup
    bool passwords_lost = false;  // the key at hand does not open those that are sealed in it

    // The store at hand loses nothing with it.
    [[nodiscard]] bool whole() const { return newest && !passwords_lost; }

    // Recorded, and not in the backup.
    [[nodiscard]] std::uint64_t lost() const {
        return present > backup.position ? present - backup.position : 0;
    }
};

// A backup on its way to the place of the store. Holds the store's lock; one thread. Nothing has
// happened to the store when it ends before `put_in_place`.
class Restore {
  public:
    virtual ~Restore() = default;

    virtual const RestoreFacts& facts() const = 0;
    // A proved copy of the backup, opened to be accepted (Store::accept) where it is not whole.
    virtual Result<Store*> copy() = 0;
    // The copy becomes the store, its end the anchor. Returns where the former store lies from now
    // on; empty: there was none. `copy` must not be used any more.
    virtual Result<std::string> put_in_place(Time now) = 0;
};

// Reads and proves all of `file`. Errors beside those of `open_store`: "store.bad" (the backup),
// "store.other_panel", "store.busy" (somebody reads the store).
Result<std::unique_ptr<Restore>> begin_restore(StoreSettings settings, const std::string& file);

// Where the anchor of a store lies unless somebody says otherwise: outside of its folder.
std::string default_anchor(const std::string& store_path);

// The ledger of a store that another process may be writing.
Result<Ledger> load_ledger(const std::string& path);

}  // namespace bn::state
