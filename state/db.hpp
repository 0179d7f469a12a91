// RAII over SQLite: connection, statement, transaction; and the store's schema. Private to state.
//
// A connection and its statements are used by one thread at a time. Failures are thrown as
// StoreFault and turned into Result at the edge of this folder. No SQLite type is named here.
#pragma once

#include <concepts>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

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

[[noreturn]] void refuse(std::string code, std::string what, std::string remedy);

// What `work` returns, a Result, or the error of the fault that it throws.
auto guarded(const auto& work) -> decltype(work()) {
    try {
        return work();
    } catch (const StoreFault& fault) {
        return tl::unexpected(fault.error());
    }
}

class Connection {
  public:
    enum class Mode { kReadOnly, kReadWrite };

    // Opens an existing file and changes nothing of it; throws StoreFault.
    Connection(const std::string& path, Mode mode);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    // Write-ahead log, synchronous=FULL, checkpoints by hand: set, and read back.
    void prepare_for_writing();

    void run(const std::string& sql);  // one or more statements without results
    [[nodiscard]] std::int64_t number(const char* sql);
    [[nodiscard]] std::string text(const char* sql);

    // Moves what is in the write-ahead log into the database file. `truncate` waits for readers
    // (up to the busy time-out) and empties the log; otherwise it does what is possible now.
    // A busy reader is not an error.
    void checkpoint(bool truncate);

    [[nodiscard]] std::uint64_t wal_pages() const { return wal_pages_; }  // after the last commit

    [[nodiscard]] const std::string& path() const { return path_; }

    [[nodiscard]] sqlite3* raw() const { return db_.get(); }

    [[noreturn]] void fail(int code) const;

  private:
    std::string path_;
    std::uint64_t wal_pages_ = 0;
    base::SqliteDb db_;  // last: its hook counts into wal_pages_
};

// Bytes that are no text.
struct Blob : std::string_view {
    Blob() = default;

    constexpr Blob(std::string_view bytes) : std::string_view(bytes) {}
};

class Statement {
  public:
    Statement(Connection& db, std::string_view sql);
    Statement(const Statement&) = delete;
    Statement& operator=(const Statement&) = delete;
    ~Statement();

    // All parameters, in order. Texts and blobs must live until `reset`.
    template <class... Values>
    void bind(const Values&... values) {
        int at = 0;
        (put(++at, values), ...);
    }

    // One of them; counts from 1.
    template <std::integral T>
    void put(int index, T value) {
        put_integer(
            index, std::in_range<std::int64_t>(value) ? static_cast<std::int64_t>(value) : kGreatest
        );
    }

    void put(int index, std::string_view text);
    void put(int index, Blob bytes);

    bool step();  // true: a row is there
    void reset();

    // Binds all parameters; for statements without rows.
    template <class... Values>
    void run(const Values&... values) {
        bind(values...);
        step();
        reset();
    }

    // The same, and the first number of the first row.
    template <class... Values>
    std::optional<std::int64_t> number(const Values&... values) {
        bind(values...);
        const std::optional<std::int64_t> found = step() ? std::optional(integer(0)) : std::nullopt;
        reset();
        return found;
    }

    // Columns count from 0. Views live until the next step or reset.
    template <std::integral T>
    void get(int column, T& value) const {
        value = static_cast<T>(integer(column));
    }

    template <class T>
    requires std::is_base_of_v<std::string_view, T> || std::is_same_v<std::string_view, T>

    void get(int column, T& value) const { value = T(text(column)); }

    [[nodiscard]] std::int64_t integer(int column) const;
    [[nodiscard]] std::string_view text(int column) const;

    [[nodiscard]] std::string_view blob(int column) const { return text(column); }

  private:
    static constexpr std::int64_t kGreatest = std::numeric_limits<std::int64_t>::max();

    void put_integer(int index, std::int64_t value);
    void check(int code) const;

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

// Of the key that the store's passwords are sealed with; empty: nothing was sealed yet.
std::string key_fingerprint(Connection& db);

// ---- the schema: numbered files of state/schema, applied forward only

std::int64_t newest_schema();

// Throws when the file is not an event store, or was written by a newer version.
// Returns its schema number; 0: an empty new file.
std::int64_t check_schema(Connection& db);

// Applies what is missing up to `target`, each step in its own transaction.
void migrate(Connection& db, std::int64_t target = newest_schema());

}  // namespace bn::state
