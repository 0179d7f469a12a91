#include "state/writer.hpp"

#include <algorithm>
#include <chrono>

#include <fmt/format.h>

#include "state/projections.hpp"
#include "state/writer_statements.hpp"

namespace bn::state {

namespace {

constexpr std::uint64_t kEventsPerStep = 1000;
// The log is moved into the file even under load when it has grown to this (64 MB).
constexpr std::uint64_t kMaxWalPages = 16384;
// Streams whose heads are remembered; beyond it all are forgotten and looked up again.
constexpr std::size_t kMaxStreams = 200000;

Error poisoned_error(const Error& cause) {
    return Error(
        Concern::kStore,
        NextMove::kHuman,
        "store.poisoned",
        fmt::format("the event store takes no events since: {}", cause.what),
        cause.remedy.empty() ? "restart the service" : cause.remedy
    );
}

}  // namespace

Writer::Writer(std::unique_ptr<Connection> db, const StoreSettings& settings)
    : max_group_(std::max<std::size_t>(settings.max_group, 1)),
      idle_after_(settings.idle_after),
      on_commit_(settings.on_commit),
      db_(std::move(db)),
      id_(kIdSize, '\0') {
    statements_ = std::make_unique<Statements>(*db_);
    load_chain();
    thread_ = std::thread([this] { loop(); });
}

Writer::~Writer() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
    }
    wake_.notify_all();
    thread_.join();
}

void Writer::load_chain() {
    Statement chain(*db_, "SELECT position, hash FROM chain WHERE id = 1");
    if (chain.step()) {
        position_ = static_cast<std::uint64_t>(chain.integer(0));
        hash_ = hash_from(chain.blob(1));
    }
    chain.reset();
    Statement last(*db_, "SELECT position, hash FROM events ORDER BY position DESC LIMIT 1");
    const bool any = last.step();
    const auto position = any ? static_cast<std::uint64_t>(last.integer(0)) : 0;
    if (position != position_ || (any && last.blob(1) != view(hash_))) {
        throw StoreFault(Error(
            NextMove::kHuman,
            "store.damaged",
            fmt::format(
                "the event store {} ends at event {}, but its record says {}",
                db_->path(),
                position,
                position_
            ),
            "run `verify`; somebody cut or edited the file: restore it from a backup"
        ));
    }
    key_fingerprint_ = db_->text("SELECT value FROM meta WHERE key = 'key_fingerprint'");
    committed_position_ = position_;
    committed_hash_ = hash_;
}

void Writer::submit(PendingAppend append) {
    bool wake = false;
    {
        const std::lock_guard lock(mutex_);
        queue_.push_back(std::move(append));
        wake = sleeping_ && queue_.size() >= wake_at_;
    }
    if (wake) {
        wake_.notify_one();
    }
}

Result<void> Writer::run(std::function<void(Connection&)> task) {
    std::mutex mutex;
    std::condition_variable ready;
    bool done = false;
    std::optional<Error> error;
    auto job = [&](Connection& db) {
        std::optional<Error> failed;
        try {
            task(db);
        } catch (const StoreFault& fault) {
            failed = fault.error();
        }
        const std::lock_guard lock(mutex);
        error = std::move(failed);
        done = true;
        ready.notify_one();
    };
    {
        const std::lock_guard lock(mutex_);
        tasks_.emplace_back(job);
    }
    wake_.notify_one();
    std::unique_lock lock(mutex);
    ready.wait(lock, [&] { return done; });
    if (error) {
        return tl::unexpected(std::move(*error));
    }
    return {};
}

std::optional<Error> Writer::poisoned() const {
    const std::lock_guard lock(mutex_);
    return poisoned_;
}

StoreHead Writer::head() const {
    const std::lock_guard lock(mutex_);
    return {committed_position_, to_hex(view(committed_hash_))};
}

void Writer::loop() {
    std::vector<PendingAppend> group;
    std::unique_lock lock(mutex_);
    for (;;) {
        const bool idle = !wait_for_work(lock);
        if (!queue_.empty()) {
            take_group(group);
            lock.unlock();
            const auto start = std::chrono::steady_clock::now();
            commit_group(group);
            const auto took = std::chrono::steady_clock::now() - start;
            lock.lock();
            gather(lock, group.size(), took);
            group.clear();
        } else if (!tasks_.empty()) {
            auto task = std::move(tasks_.front());
            tasks_.pop_front();
            lock.unlock();
            task(*db_);
            behind_ = true;
            lock.lock();
        } else if (stopping_) {
            break;
        } else if (idle) {
            lock.unlock();
            // Step by step, so that an append never waits for more than one step.
            bool more = true;
            while (more && upkeep()) {
                const std::lock_guard look(mutex_);
                more = !has_work();
            }
            lock.lock();
        }
    }
    lock.unlock();
    finish();
}

bool Writer::has_work() const {
    return stopping_ || !queue_.empty() || !tasks_.empty();
}

bool Writer::wait_for_work(std::unique_lock<std::mutex>& lock) {
    const auto work = [this] { return has_work(); };
    sleeping_ = true;
    bool found = true;
    if (behind_) {
        found = wake_.wait_for(lock, idle_after_, work);
    } else {
        wake_.wait(lock, work);
    }
    sleeping_ = false;
    return found;
}

void Writer::gather(
    std::unique_lock<std::mutex>& lock, std::size_t last_group, std::chrono::nanoseconds took
) {
    // Whoever waited for the last commit is likely to come again at once. Taking the first of them
    // alone would make all others wait for two commits: give them a fraction of one to arrive.
    constexpr auto kLongest = std::chrono::microseconds(1000);
    if (last_group < 2 || stopping_) {
        return;
    }
    sleeping_ = true;
    wake_at_ = last_group;
    wake_.wait_for(lock, std::min<std::chrono::nanoseconds>(took / 4, kLongest), [&] {
        return stopping_ || !tasks_.empty() || queue_.size() >= last_group;
    });
    wake_at_ = 1;
    sleeping_ = false;
}

void Writer::take_group(std::vector<PendingAppend>& group) {
    if (queue_.size() <= max_group_) {
        group.swap(queue_);
        return;
    }
    const auto end = queue_.begin() + static_cast<std::ptrdiff_t>(max_group_);
    group.assign(std::make_move_iterator(queue_.begin()), std::make_move_iterator(end));
    queue_.erase(queue_.begin(), end);
}

bool Writer::upkeep() {
    try {
        if (catch_up(*db_, kEventsPerStep) < position_) {
            return true;
        }
        db_->checkpoint(false);
    } catch (const StoreFault&) {
        // The events themselves are safe; whoever asks for the ledger is told what is wrong. Tried
        // again after the next append.
    }
    behind_ = false;
    return false;
}

void Writer::finish() {
    if (poisoned()) {
        return;
    }
    while (upkeep()) {
    }
    try {
        db_->checkpoint(true);
    } catch (const StoreFault&) {
        // The write-ahead log keeps everything until the next start.
    }
}

void Writer::poison(Error error) {
    // What is remembered about streams may include what was rolled back; nothing uses it any more.
    const std::lock_guard lock(mutex_);
    if (!poisoned_) {
        poisoned_ = std::move(error);
    }
}

void Writer::commit_group(std::vector<PendingAppend>& group) {
    std::vector<AppendResult> results;
    if (const auto cause = poisoned()) {
        results.assign(group.size(), tl::unexpected(poisoned_error(*cause)));
    } else {
        results = write_group(group);
    }
    for (std::size_t i = 0; i < group.size(); ++i) {
        if (group[i].done) {
            group[i].done(std::move(results[i]));
        }
    }
    if (db_->wal_pages() > kMaxWalPages && !poisoned()) {
        try {
            db_->checkpoint(false);
        } catch (const StoreFault& fault) {
            poison(fault.error());
        }
    }
}

std::vector<AppendResult> Writer::write_group(std::vector<PendingAppend>& group) {
    std::vector<AppendResult> results;
    results.reserve(group.size());
    bool begun = false;
    try {
        if (streams_.size() > kMaxStreams) {
            streams_.clear();
        }
        Transaction transaction(*db_, Transaction::Kind::kWrite);
        begun = true;
        bool changed = false;
        for (auto& append : group) {
            results.push_back(apply(append));
            changed = changed || results.back().has_value();
        }
        if (changed) {
            auto& set = statements_->set_chain;
            set.bind(1, static_cast<std::int64_t>(position_));
            set.bind_blob(2, view(hash_));
            set.run();
            ++commits_;
            if (on_commit_) {
                on_commit_(CommitPoint::kBefore, commits_);
            }
            committing_ = true;
            transaction.commit();
            committing_ = false;
            if (on_commit_) {
                on_commit_(CommitPoint::kAfter, commits_);
            }
            behind_ = true;
            const std::lock_guard lock(mutex_);
            committed_position_ = position_;
            committed_hash_ = hash_;
        }
    } catch (const StoreFault& fault) {
        Error error = fault.error();
        error.effect_unknown = committing_;
        if (begun) {
            poison(error);
        } else {
            error.move = NextMove::kRetryCall;  // nothing was touched
        }
        results.assign(group.size(), tl::unexpected(error));
    }
    return results;
}

}  // namespace bn::state
