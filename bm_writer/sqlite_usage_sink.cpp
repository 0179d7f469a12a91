#include <sqlite3.h>

#include "base/sqlite.hpp"
#include "bm_writer/usage_rows.hpp"
#include "bm_writer/usage_sink.hpp"

namespace bn::bm_writer {

namespace {

constexpr std::string_view kDoing = "write usage";

void bind_text(sqlite3_stmt* statement, int at, std::string_view text) {
    sqlite3_bind_text(statement, at, text.data(), static_cast<int>(text.size()), SQLITE_STATIC);
}

Result<void> write(
    base::PanelFile& file, std::string_view day, const std::vector<ItemUsageRow>& rows
) {
    const auto remove =
        file.prepare(kDoing, "DELETE FROM itemstat WHERE item=?1 AND statdate=?2 AND param=?3");
    if (!remove) {
        return tl::unexpected(remove.error());
    }
    const auto insert = file.prepare(
        kDoing,
        "INSERT INTO itemstat (item, statdate, param, value, measure) VALUES (?1, ?2, ?3, ?4, ?5)"
    );
    if (!insert) {
        return tl::unexpected(insert.error());
    }
    for (const ItemUsageRow& row : rows) {
        for (sqlite3_stmt* statement : {remove->get(), insert->get()}) {
            sqlite3_bind_int64(statement, 1, row.item.value);
            bind_text(statement, 2, day);
            bind_text(statement, 3, row.param);
        }
        bind_text(insert->get(), 4, row.value);
        if (row.measure == 0) {
            sqlite3_bind_null(insert->get(), 5);
        } else {
            sqlite3_bind_int64(insert->get(), 5, row.measure);
        }
        for (sqlite3_stmt* statement : {remove->get(), insert->get()}) {
            if (auto done = file.run(kDoing, statement); !done) {
                return done;
            }
        }
    }
    return {};
}

class SqliteUsageSink : public UsageSink {
  public:
    SqliteUsageSink(std::string file, Duration lock_timeout)
        : file_(std::move(file)), lock_timeout_(lock_timeout) {}

    Result<void> replace(std::string_view day, const std::vector<ItemUsageRow>& rows) override {
        if (auto fault = usage_fault(day, rows)) {
            return tl::unexpected(std::move(*fault));
        }
        if (rows.empty()) {
            return {};
        }
        base::PanelFile file(file_, true, lock_timeout_);
        if (auto opened = file.open(); !opened) {
            return opened;
        }
        if (auto begun = file.execute("BEGIN IMMEDIATE"); !begun) {
            return begun;
        }
        if (auto written = write(file, day, rows); !written) {
            return written;  // an uncommitted transaction ends with the connection
        }
        return file.execute("COMMIT");
    }

  private:
    std::string file_;
    Duration lock_timeout_;
};

}  // namespace

std::unique_ptr<UsageSink> make_sqlite_usage_sink(std::string file, Duration lock_timeout) {
    return std::make_unique<SqliteUsageSink>(std::move(file), lock_timeout);
}

}  // namespace bn::bm_writer
