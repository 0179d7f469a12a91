#include <fmt/format.h>

#include "base/mariadb.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_reader/row_source.hpp"

namespace bn::bm_reader {

namespace {

base::MariaDbSettings connection_settings(const PanelSettings& settings) {
    base::MariaDbSettings out = static_cast<const base::MariaDbSettings&>(settings);
    // net_write_timeout: how long the server waits for us while we work on a streamed row.
    out.set_up = {
        "SET SESSION time_zone = '+00:00', net_read_timeout = 120, net_write_timeout = 600",
        "SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ"};
    out.grant = fmt::format("SELECT ON `{}`.*", settings.database);
    out.schema_remedy =
        "run 'bill-nextcloud check': it lists what is missing in the panel's tables";
    return out;
}

class MariaDbRows : public RowSource {
  public:
    explicit MariaDbRows(const PanelSettings& settings) : db_(connection_settings(settings)) {}

    Result<void> begin() override {
        auto started = fresh_if_idle_too_long([this] { return start_snapshot(); });
        if (!started) {
            db_.close();
        }
        in_snapshot_ = started.has_value();
        return started;
    }

    void end() noexcept override {
        in_snapshot_ = false;
        if (db_.is_open() && !db_.execute("end a snapshot", "ROLLBACK")) {
            db_.close();
        }
    }

    Result<void> scan(std::string_view name, const std::string& sql, const RowHandler& each)
        override {
        if (in_snapshot_ && !db_.is_open()) {
            return tl::unexpected(Error(
                Concern::kPanel,
                NextMove::kRetryCall,
                "panel.lost",
                "the panel database's connection is gone"
            ));
        }
        const std::string doing = fmt::format("read {}", name);
        bool rows = false;
        const auto noting = [&](Row row) {
            rows = true;
            return each(row);
        };
        const auto read = [&] { return db_.scan(doing, sql, noting); };
        auto done = in_snapshot_ ? read() : fresh_if_idle_too_long(read, &rows);
        if (!done && db_.gone()) {
            db_.close();
        }
        return done;
    }

    [[nodiscard]] base::DbTrouble trouble() const override { return db_.trouble(); }

  private:
    // Once more over a new connection when the one that was kept has been closed meanwhile; not
    // after the first row was handed out.
    template <class Doing>
    Result<void> fresh_if_idle_too_long(const Doing& doing, const bool* begun = nullptr) {
        const bool kept = db_.is_open();
        if (auto opened = db_.open(); !opened) {
            return opened;
        }
        auto done = doing();
        if (done || !kept || !db_.gone() || (begun != nullptr && *begun)) {
            return done;
        }
        db_.close();
        if (auto opened = db_.open(); !opened) {
            return opened;
        }
        return doing();
    }

    Result<void> start_snapshot() {
        constexpr std::string_view kDoing = "start a snapshot";
        constexpr std::string_view kStart = "START TRANSACTION WITH CONSISTENT SNAPSHOT";
        auto started = db_.execute(kDoing, fmt::format("{}, READ ONLY", kStart));
        // 5.5 does not know READ ONLY; we send nothing but SELECT anyway.
        return started || !db_.not_understood() ? started : db_.execute(kDoing, kStart);
    }

    base::MariaDb db_;
    bool in_snapshot_ = false;
};

}  // namespace

std::unique_ptr<RowSource> make_mariadb_rows(const PanelSettings& settings) {
    return std::make_unique<MariaDbRows>(settings);
}

}  // namespace bn::bm_reader
