#include "state/writer.hpp"

#include <algorithm>
#include <chrono>
#include <cstring>
#include <future>

#include <fmt/format.h>
#include <sodium.h>

#include "state/checkpoint.hpp"
#include "state/event_codec.hpp"
#include "state/projections.hpp"

namespace bn::state {

namespace {

constexpr std::uint64_t kEventsPerStep = 1000;
// The log is moved into the file even under load when it has grown to this (64 MB).
constexpr std::uint64_t kMaxWalPages = 16384;
// Streams whose heads are remembered; beyond it all are forgotten and looked up again.
constexpr std::size_t kMaxStreams = 200000;
constexpr std::size_t kRandomOfId = 10;  // the other bytes are the time

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

struct Writer::Statements {
    Connection& db;
    RowInserter insert{db};
    Statement find_stream{db, "SELECT id FROM streams WHERE name = ?1"};
    Statement last_of_stream{
        db, "SELECT version, server FROM events WHERE stream = ?1 ORDER BY version DESC LIMIT 1"};
    Statement new_stream{db, "INSERT INTO streams (name) VALUES (?1) RETURNING id"};
    Statement set_chain{db, "INSERT OR REPLACE INTO chains VALUES (?1, ?2, ?3)"};
    Statement mask{db, "UPDATE events SET payload = ?2, salt = NULL WHERE position = ?1"};
    Statement find_secret{db, "SELECT 1 FROM secrets WHERE ref = ?1"};
    Statement put_secret{db, "INSERT INTO secrets VALUES (?1, ?2, ?3)"};
    Statement seal_anew{db, "UPDATE secrets SET sealed = ?2 WHERE ref = ?1"};
    Statement forget_secret{db, "DELETE FROM secrets WHERE ref = ?1"};
    Statement put_meta{db, "INSERT OR REPLACE INTO meta VALUES (?1, ?2)"};
};

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
    chains_ = load_chains(*db_);
    Statement last(
        *db_, "SELECT position, hash, server, sequence FROM events ORDER BY position DESC LIMIT 1"
    );
    std::uint64_t recorded = chains_.former_position;
    for (const auto& [server, end] : chains_.ends) {
        recorded += end.sequence;
    }
    bool whole = recorded == 0;
    if (last.step()) {
        position_ = static_cast<std::uint64_t>(last.integer(0));
        const bool former = last.integer(3) == 0;
        const auto server = static_cast<std::uint32_t>(last.integer(2));
        const Hash& end = former ? chains_.former_end : chains_.of(server).hash;
        whole = position_ == recorded && last.blob(1) == view(end);
    }
    if (!whole) {
        refuse(
            "store.damaged",
            fmt::format(
                "the event store {} ends at event {}, but its record says {}",
                db_->path(),
                position_,
                recorded
            ),
            "run `verify`; somebody cut or edited the file: restore it from a backup"
        );
    }
    key_fingerprint_ = key_fingerprint(*db_);
    committed_position_ = position_;
    committed_hash_ = chains_.head();
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
    // Shared: the writer may still be inside of it when it is awaited.
    const auto result = std::make_shared<std::promise<Result<void>>>();
    {
        const std::lock_guard lock(mutex_);
        tasks_.emplace_back([result, task = std::move(task)](Connection& db) {
            result->set_value(guarded([&]() -> Result<void> {
                task(db);
                return {};
            }));
        });
    }
    wake_.notify_one();
    return result->get_future().get();
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
            for (const std::uint32_t server : touched_) {
                const ChainEnd& end = chains_.of(server);
                statements_->set_chain.run(server, end.sequence, view(end.hash));
            }
            touched_.clear();
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
            const Hash head = chains_.head();
            const std::lock_guard lock(mutex_);
            committed_position_ = position_;
            committed_hash_ = head;
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

// ---- one request to rows

AppendResult Writer::apply(PendingAppend& append) {
    if (append.refused) {
        return tl::unexpected(std::move(*append.refused));
    }
    // Everything that can be refused is refused before the first change, so that one request's
    // conflict needs no savepoint to leave the others of its group alone.
    if (auto error = check_secrets(append)) {
        return tl::unexpected(std::move(*error));
    }
    std::vector<StreamHead*> streams;
    std::vector<std::uint64_t> versions;
    if (auto error = reserve_versions(append.request, streams, versions)) {
        return tl::unexpected(std::move(*error));
    }
    if (!append.masks.empty()) {
        forget_ledger_rows(*db_);  // they hold what is masked now; rebuilt from the events
    }
    for (const auto& [position, payload] : append.masks) {
        statements_->mask.run(position, Blob(payload));
    }
    if (append.change) {
        append.change(*db_);
    }
    std::vector<Envelope> out;
    out.reserve(streams.size());
    for (std::size_t i = 0; i < streams.size(); ++i) {
        NewEvent& event = append.request.events[i];
        if (event.cause && *event.cause < i) {
            event.causation = out[*event.cause].id;
        }
        out.push_back(insert(append, i, *streams[i], versions[i]));
    }
    write_secrets(append);
    return out;
}

std::optional<Error> Writer::check_secrets(const PendingAppend& append) {
    if (append.sealed.empty() || append.new_key) {
        return std::nullopt;
    }
    if (!key_fingerprint_.empty() && key_fingerprint_ != append.key_fingerprint) {
        return Error(
            Concern::kStore,
            NextMove::kHuman,
            "store.key_other",
            "the key file is not the one that this store's passwords were sealed with",
            "restore the key file that belongs to this store"
        );
    }
    std::set<std::string_view> refs;
    for (const auto& [ref, sealed] : append.sealed) {
        if (!refs.insert(ref).second || statements_->find_secret.number(ref)) {
            return Error(
                Concern::kStore,
                NextMove::kBug,
                "store.secret_exists",
                fmt::format("a secret is kept under the reference {} already", ref)
            );
        }
    }
    return std::nullopt;
}

std::optional<Error> Writer::reserve_versions(
    const AppendRequest& request,
    std::vector<StreamHead*>& streams,
    std::vector<std::uint64_t>& versions
) {
    for (const auto& event : request.events) {
        const auto name = stream_of(event.event);
        auto& head = stream_head(name);
        if (event.expected_version != kAnyVersion && event.expected_version != head.version) {
            Error error(
                Concern::kStore,
                NextMove::kRedoPass,
                "store.conflict",
                fmt::format(
                    "stream {} is at version {}, expected {}",
                    name,
                    head.version,
                    event.expected_version
                )
            );
            for (auto* touched : streams) {
                --touched->version;
            }
            return error;
        }
        streams.push_back(&head);  // stays valid: the map is node-based and only grows here
        versions.push_back(++head.version);
    }
    return std::nullopt;
}

Envelope Writer::insert(
    PendingAppend& append, std::size_t i, StreamHead& head, std::uint64_t version
) {
    auto& request = append.request;
    auto& event = request.events[i];
    const std::string stream = stream_of(event.event);
    if (head.id == 0) {
        head.id = statements_->new_stream.number(stream).value_or(0);
    }
    if (const auto server = server_of(event.event); server.value != 0) {
        head.server = server.value;
    }
    const auto& kind = kind_of(event.event);
    RowView row;
    row.position = ++position_;
    row.stream = stream;
    row.stream_id = head.id;
    row.version = version;
    row.at_ms = request.at.time_since_epoch().count();
    row.item = item_of(event.event).value;
    row.server = head.server;
    row.kind = kind.name;
    row.kind_version = kind.version;
    row.id = next_id(request.at, event.id);
    row.correlation = request.correlation;
    row.causation = event.causation;
    row.actor_kind = request.actor.kind;
    row.actor_name = request.actor.name;
    row.payload = Blob(append.payloads[i]);
    salt_.assign(random_bytes(kSaltSize));
    row.salt = Blob(salt_);
    const Hash digest = payload_digest(row.salt, row.payload);
    row.digest = view(digest);
    ChainEnd& end = chains_.of(row.server);
    row.sequence = ++end.sequence;
    end.hash = row_hash(end.hash, row, scratch_);
    row.hash = view(end.hash);
    touched_.insert(row.server);
    statements_->insert.insert(row);
    return envelope_of(row, std::move(event.event));
}

void Writer::write_secrets(PendingAppend& append) {
    if (append.new_key) {
        for (const auto& [ref, sealed] : append.sealed) {
            statements_->seal_anew.run(ref, Blob(sealed));
        }
        append.sealed.clear();
        key_fingerprint_ = append.key_fingerprint;
        statements_->put_meta.run("key_fingerprint", Blob(key_fingerprint_));
    }
    for (const auto& [ref, sealed] : append.sealed) {
        const auto at = append.request.at.time_since_epoch().count();
        statements_->put_secret.run(ref, Blob(sealed), at);
    }
    if (!append.sealed.empty() && key_fingerprint_.empty()) {
        key_fingerprint_ = append.key_fingerprint;
        statements_->put_meta.run("key_fingerprint", Blob(key_fingerprint_));
    }
    for (const auto& ref : append.request.forget_secrets) {
        statements_->forget_secret.run(ref);
    }
}

Writer::StreamHead& Writer::stream_head(const std::string& name) {
    if (const auto found = streams_.find(name); found != streams_.end()) {
        return found->second;
    }
    StreamHead head;
    head.id = statements_->find_stream.number(name).value_or(0);
    if (head.id != 0) {
        Statement& last = statements_->last_of_stream;
        last.bind(head.id);
        if (last.step()) {
            last.get(0, head.version);
            last.get(1, head.server);
        } else {
            const StreamCut cut = stream_cut(*db_, head.id);
            head.version = cut.version;
            head.server = cut.server;
        }
        last.reset();
    }
    return streams_.emplace(name, head).first->second;
}

// Bought in bulk: a call to the kernel an event would be the dearest part of it.
std::string_view Writer::random_bytes(std::size_t count) {
    if (random_used_ + count > random_.size()) {
        random_.resize(std::size_t{16} * 1024);
        randombytes_buf(random_.data(), random_.size());
        random_used_ = 0;
    }
    random_used_ += count;
    return std::string_view(random_).substr(random_used_ - count, count);
}

std::string_view Writer::next_id(Time at, const std::string& given) {
    id_ = id_from(given);
    if (id_.size() == kIdSize) {
        return id_;
    }
    const auto ms = static_cast<std::uint64_t>(at.time_since_epoch().count());
    id_.resize(kIdSize);
    for (std::size_t i = 0; i < kIdSize - kRandomOfId; ++i) {
        id_[i] = static_cast<char>((ms >> (40 - 8 * i)) & 0xffU);
    }
    std::memcpy(id_.data() + kIdSize - kRandomOfId, random_bytes(kRandomOfId).data(), kRandomOfId);
    return id_;
}

}  // namespace bn::state
