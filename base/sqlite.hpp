// Opening SQLite, once for everybody; and the panel's tables in a file (samples and tests).
//
// Blocking; one caller at a time.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/rows.hpp"
#include "reconciler/model/error.hpp"

struct sqlite3;

namespace bn::base {

struct CloseSqlite {
    void operator()(sqlite3* db) const;
};

using SqliteDb = std::unique_ptr<sqlite3, CloseSqlite>;

struct OpenedSqlite {
    SqliteDb db;   // tells its error also when it is not open; null: out of memory
    int code = 0;  // SQLITE_OK, or why not
};

// An existing file. Waits `busy` for locks of others.
OpenedSqlite open_sqlite(const std::string& file, bool writable, Duration busy);

// Every error concerns the panel, except "panel.stale": kWait "panel.locked"; kHuman
// "panel.connect" (no such file), "panel.access" (not writable), "panel.schema", "panel.file";
// kRedoPass "panel.stale" (a constraint).
class PanelFile {
  public:
    PanelFile(std::string file, bool writable, Duration busy)
        : file_(std::move(file)), writable_(writable), busy_(busy) {}

    // Does nothing when it is open. An open transaction ends with the object.
    Result<void> open();

    void close() { db_.reset(); }

    [[nodiscard]] sqlite3* handle() const { return db_.get(); }

    // REQUIRES for all: it is open. `doing` is for messages: "commit usage".
    Result<void> execute(std::string_view doing, const std::string& sql);
    Result<void> scan(std::string_view doing, const std::string& sql, const RowHandler& each);

    // Of the last failure.
    [[nodiscard]] DbTrouble trouble() const { return trouble_; }

  private:
    Error failed(std::string_view doing, int code);

    std::string file_;
    bool writable_;
    Duration busy_;
    SqliteDb db_;
    DbTrouble trouble_ = DbTrouble::kNone;
};

}  // namespace bn::base
