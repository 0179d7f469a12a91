// RAII over SQLite: connection, statement, transaction. Private to state.
//
// A connection and its statements are used by one thread at a time. Failures are thrown as
// StoreFault and turned into Result at the edge of this folder. No SQLite type is named here.
#pragma once

#include <cstdint>
#include <exception>
#include <string>
#include <string_view>

#include "base/sqlite.hpp"
#include "reconciler/model/error.hpp"

struct sqlite3;
struct sqlite3_stmt;

namespace bn::state {

class StoreFault : public std::exception {
  public:
    explicit StoreFault(Error error) : error_(std::move(error)), text_(error_.text()) {
        error_.concern = Concern::kStore;
    }

    [[nodiscard]] const Error& error() const { return error_; }

    [[nodiscard]] const char* what() const noexcept override { return text_.c_str(); }

  private:
    Error error_;
    std::string text_;
};

// Says what SQLite's result code means for the file `path`, and what to do about it.
Error explain_sqlite(int code, std::string_view message, std::string_view path);

class Connection {
  public:
    enum class Mode { kReadOnly, kReadWrite };

    // Opens an existing file and changes nothing of it; throws StoreFault.
    Connection(const std::string& path, Mode mode);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Write-ahead log, synchronous=FULL, checkpoints by hand: set, and read back.
    void prepare_for_writing();

    void run(const char* sql);  // one or more statements without results
    [[nodiscard]] std::int64_t number(const char* sql);
    [[nodiscard]] std::string text(const char* sql);

    // Moves what is in the write-ahead log into the database file. `truncate` waits for readers
    // (up to the busy time-out) and empties the log; otherwise it does what is possible now.
    // A busy reader is not an error.
    void checkpoint(bool truncate);

    [[nodiscard]] std::uint64_t wal_pages() const { return wal_pages_; }  // after the last commit

    // Makes SQLite refuse to grow the file beyond this; for tests of a full disk.
    void limit_pages(std::uint64_t pages);

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] sqlite3* raw() const { return db_.get(); }

    [[noreturn]] void fail(int code) const;

  private:
    std::string path_;
    std::uint64_t wal_pages_ = 0;
    base::SqliteDb db_;  // last: its hook counts into wal_pages_
};

class Statement {
  public:
    Statement(Connection& db, std::string_view sql);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    // Parameters count from 1. Texts and blobs must live until `reset`.
    void bind(int index, std::int64_t value);
    void bind_text(int index, std::string_view value);
    void bind_blob(int index, std::string_view value);

    void bind_copy(int index, std::string_view text);  // SQLite keeps its own copy

    bool step();  // true: a row is there
    void reset();

    void run() {  // for statements without rows
        step();
        reset();
    }

    // Columns count from 0. Views live until the next step or reset.
    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view text(int column) const;
    [[nodiscard]] std::string_view blob(int column) const;

  private:
    Connection& db_;
    sqlite3_stmt* statement_ = nullptr;
};

// Rolls back unless committed.
class Transaction {
  public:
    enum class Kind { kRead, kWrite };

    Transaction(Connection& db, Kind kind);
    Transaction(const Transaction&) = delete;
    Transaction& operator=(const Transaction&) = delete;
    ~Transaction();
    void commit();

  private:
    Connection& db_;
    bool open_ = true;
};

}  // namespace bn::state
