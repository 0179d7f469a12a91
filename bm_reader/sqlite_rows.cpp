// The panel's tables in an SQLite file: samples and tests. Opened read-only.
#include <sqlite3.h>

#include "base/sqlite.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

namespace {

constexpr Duration kLongestBusy = std::chrono::seconds(5);

class SqliteRows : public RowSource {
  public:
    explicit SqliteRows(const PanelSettings& settings)
        : file_(settings.sqlite_file, false, std::min(settings.read_timeout, kLongestBusy)) {}

    Result<void> begin() override {
        auto begun = file_.open();
        if (begun) {
            begun = file_.execute("BEGIN");
        }
        if (!begun) {
            file_.close();
        }
        return begun;
    }

    void end() noexcept override {
        if (file_.handle() != nullptr && sqlite3_get_autocommit(file_.handle()) == 0) {
            sqlite3_exec(file_.handle(), "ROLLBACK", nullptr, nullptr, nullptr);
        }
    }

    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override {
        auto opened = file_.open();
        return opened ? file_.scan(name, sql, each) : opened;
    }

    [[nodiscard]] base::DbTrouble trouble() const override { return file_.trouble(); }

  private:
    base::PanelFile file_;
};

}  // namespace

std::unique_ptr<RowSource> make_sqlite_rows(const PanelSettings& settings) {
    return std::make_unique<SqliteRows>(settings);
}

}  // namespace bn::bm_reader
