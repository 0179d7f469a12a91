#include "state/db.hpp"

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include <fmt/format.h>
#include <sqlite3.h>

namespace bn::state {

namespace {

// Marks a file as ours (PRAGMA application_id): "bnEV".
constexpr std::int64_t kApplicationId = 0x626e4556;

constexpr const char* kMigrations[] = {
#include "state/migrations.inc"
};

constexpr Duration kBusyTimeout = std::chrono::seconds(10);

int note_wal_size(void* target, sqlite3*, const char*, int pages) {
    *static_cast<std::uint64_t*>(target) = static_cast<std::uint64_t>(pages);
    return SQLITE_OK;
}

constexpr const char* kCannotOpen = "the event store {0} cannot be opened: {1}";
constexpr const char* kMayRead =
    "check that the directory exists and that this user may read and write in it";
constexpr const char* kLocked = "the event store {0} is locked by another program";
constexpr const char* kFindIt = "find it with `fuser -v` on the file, and end it";

struct Trouble {
    int code;
    const char* name;
    const char* what;  // {0}: the file, {1}: SQLite's own words
    const char* remedy;
};

constexpr Trouble kTroubles[] = {
    {SQLITE_NOTADB,
     "store.not_a_database",
     "{0} is not an event store (no SQLite database)",
     "name another path, or restore the file from a backup"},
    {SQLITE_CORRUPT,
     "store.damaged",
     "the event store {0} is damaged: {1}",
     "stop the service, keep a copy of the file, restore the last backup; `verify` says which "
     "events "
     "are readable"},
    {SQLITE_FULL,
     "store.full",
     "no space left for the event store {0}",
     "free disk space (df -h), then restart the service"},
    {SQLITE_READONLY,
     "store.read_only",
     "the event store {0} cannot be written: {1}",
     "give the service's user write permission on the file and its directory, and check that the "
     "file system is not mounted read-only"},
    {SQLITE_CANTOPEN, "store.cannot_open", kCannotOpen, kMayRead},
    {SQLITE_PERM, "store.cannot_open", kCannotOpen, kMayRead},
    {SQLITE_BUSY, "store.busy", kLocked, kFindIt},
    {SQLITE_LOCKED, "store.busy", kLocked, kFindIt},
    {SQLITE_IOERR,
     "store.io",
     "reading or writing the event store {0} failed: {1}",
     "look for disk errors (dmesg) and free space (df -h), then restart the service"},
    {SQLITE_CONSTRAINT,
     "store.foreign_writer",
     "another program wrote to the event store {0}: {1}",
     "nothing but this service may write to it: run `verify`, then restart"},
};

// Says what SQLite's result code means for the file `path`, and what to do about it.
Error explain_sqlite(int code, std::string_view message, std::string_view path) {
    const auto* known = std::ranges::find(kTroubles, code & 0xff, &Trouble::code);
    if (known != std::end(kTroubles)) {
        return Error(
            NextMove::kHuman,
            known->name,
            fmt::format(fmt::runtime(known->what), path, message),
            known->remedy
        );
    }
    return Error(
        NextMove::kBug, "store.sqlite", fmt::format("SQLite on {}: {} ({})", path, message, code)
    );
}

}  // namespace

void refuse(std::string code, std::string what, std::string remedy) {
    throw StoreFault(Error(NextMove::kHuman, std::move(code), std::move(what), std::move(remedy)));
}

Connection::Connection(const std::string& path, Mode mode) : path_(path) {
    base::OpenedSqlite opened = base::open_sqlite(path, mode != Mode::kReadOnly, kBusyTimeout);
    db_ = std::move(opened.db);
    if (opened.code != SQLITE_OK) {
        throw StoreFault(explain_sqlite(opened.code, sqlite3_errmsg(db_.get()), path_));
    }
    run("PRAGMA foreign_keys=ON; PRAGMA temp_store=MEMORY; PRAGMA trusted_schema=OFF");
    if (mode == Mode::kReadOnly) {
        run("PRAGMA query_only=ON");
    }
}

void Connection::prepare_for_writing() {
    run("PRAGMA secure_delete=ON; PRAGMA synchronous=FULL");
    // A file system without shared memory silently keeps another mode.
    if (text("PRAGMA journal_mode=WAL") != "wal") {
        refuse(
            "store.no_wal",
            fmt::format("the file system of {} does not support write-ahead logging", path_),
            "put the store on a local file system (ext4, xfs, btrfs, zfs)"
        );
    }
    if (number("PRAGMA synchronous") != 2 || number("PRAGMA foreign_keys") != 1) {
        throw StoreFault(Error(
            NextMove::kBug, "store.pragma", "SQLite did not take synchronous=FULL for " + path_
        ));
    }
    // Checkpoints are the writer's to time; this hook also switches off the automatic ones.
    sqlite3_wal_hook(db_.get(), note_wal_size, &wal_pages_);
}

void Connection::run(const std::string& sql) {
    const int code = sqlite3_exec(db_.get(), sql.c_str(), nullptr, nullptr, nullptr);
    if (code != SQLITE_OK) {
        fail(code);
    }
}

std::int64_t Connection::number(const char* sql) {
    Statement statement(*this, sql);
    return statement.step() ? statement.integer(0) : 0;
}

std::string Connection::text(const char* sql) {
    Statement statement(*this, sql);
    return statement.step() ? std::string(statement.text(0)) : std::string();
}

void Connection::checkpoint(bool truncate) {
    const int mode = truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
    int pages = 0;
    int moved = 0;
    const int code = sqlite3_wal_checkpoint_v2(db_.get(), nullptr, mode, &pages, &moved);
    if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY && (code & 0xff) != SQLITE_LOCKED) {
        fail(code);
    }
    if (code == SQLITE_OK && pages == moved) {
        wal_pages_ = 0;
    }
}

void Connection::fail(int code) const {
    throw StoreFault(explain_sqlite(code, sqlite3_errmsg(db_.get()), path_));
}

Statement::Statement(Connection& db, std::string_view sql) : db_(db) {
    const int code = sqlite3_prepare_v3(
        db.raw(),
        sql.data(),
        static_cast<int>(sql.size()),
        SQLITE_PREPARE_PERSISTENT,
        &statement_,
        nullptr
    );
    if (code != SQLITE_OK) {
        db.fail(code);
    }
}

Statement::~Statement() {
    sqlite3_finalize(statement_);
}

void Statement::check(int code) const {
    if (code != SQLITE_OK) {
        db_.fail(code);
    }
}

void Statement::put_integer(int index, std::int64_t value) {
    check(sqlite3_bind_int64(statement_, index, value));
}

void Statement::put(int index, std::string_view text) {
    const char* data = text.data() == nullptr ? "" : text.data();
    check(sqlite3_bind_text64(statement_, index, data, text.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void Statement::put(int index, Blob bytes) {
    const char* data = bytes.data() == nullptr ? "" : bytes.data();
    check(sqlite3_bind_blob64(statement_, index, data, bytes.size(), SQLITE_STATIC));
}

bool Statement::step() {
    const int code = sqlite3_step(statement_);
    if (code == SQLITE_ROW) {
        return true;
    }
    if (code != SQLITE_DONE) {
        sqlite3_reset(statement_);
        db_.fail(code);
    }
    return false;
}

void Statement::reset() {
    sqlite3_reset(statement_);
}

std::int64_t Statement::integer(int column) const {
    return sqlite3_column_int64(statement_, column);
}

std::string_view Statement::text(int column) const {
    const auto* data = sqlite3_column_blob(statement_, column);
    const int size = sqlite3_column_bytes(statement_, column);
    return data == nullptr
               ? std::string_view()
               : std::string_view(static_cast<const char*>(data), static_cast<std::size_t>(size));
}

Transaction::Transaction(Connection& db, Kind kind) : db_(db) {
    db_.run(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN");
}

Transaction::~Transaction() {
    if (open_) {
        // Nothing to report: SQLite has rolled back already when it could not go on.
        sqlite3_exec(db_.raw(), "ROLLBACK", nullptr, nullptr, nullptr);
    }
}

void Transaction::commit() {
    db_.run("COMMIT");
    open_ = false;
}

std::string key_fingerprint(Connection& db) {
    return db.text("SELECT value FROM meta WHERE key = 'key_fingerprint'");
}

std::int64_t newest_schema() {
    return static_cast<std::int64_t>(std::size(kMigrations));
}

std::int64_t check_schema(Connection& db) {
    const auto application = db.number("PRAGMA application_id");
    const auto schema = db.number("PRAGMA user_version");
    if (application != kApplicationId) {
        if (application == 0 && schema == 0 &&
            db.number("SELECT count(*) FROM sqlite_schema") == 0) {
            return 0;
        }
        refuse(
            "store.not_ours",
            fmt::format("{} is a database of another program", db.path()),
            "name another path for the event store"
        );
    }
    if (schema > newest_schema()) {
        refuse(
            "store.newer",
            fmt::format(
                "the event store {} has schema {}, this program knows {} and older",
                db.path(),
                schema,
                newest_schema()
            ),
            "install the newer version of bill-nextcloud that wrote it"
        );
    }
    return schema;
}

void migrate(Connection& db, std::int64_t target) {
    for (auto next = check_schema(db); next < target; ++next) {
        Transaction transaction(db, Transaction::Kind::kWrite);
        db.run(kMigrations[static_cast<std::size_t>(next)]);
        db.run(fmt::format(
            "PRAGMA application_id={}; PRAGMA user_version={}", kApplicationId, next + 1
        ));
        transaction.commit();
    }
}

}  // namespace bn::state
