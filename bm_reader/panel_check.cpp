#include <algorithm>
#include <set>
#include <span>
#include <sstream>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "base/mariadb_rights.hpp"
#include "base/text.hpp"
#include "bm_reader/offers.hpp"
#include "bm_reader/panel_source.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/row_source.hpp"
#include "bm_reader/server_mapper.hpp"
#include "bm_reader/snapshot_reader.hpp"
#include "reconciler/model/plural.hpp"

namespace bn::bm_reader {

namespace {

constexpr Duration kMostSkew = std::chrono::seconds(60);

const char* const kMariaFacts =
    "SELECT VERSION(), CURRENT_USER(), @@character_set_connection, UNIX_TIMESTAMP()";
const char* const kSqliteFacts =
    "SELECT 'SQLite ' || sqlite_version(), '', 'utf8', strftime('%s', 'now')";

using Names = std::span<const std::string_view>;

constexpr std::string_view kReads[] = {
    "USAGE", "SELECT", "SHOW VIEW", "SHOW DATABASES", "PROCESS", "PROXY"};
constexpr std::string_view kWritesUsage[] = {"INSERT", "UPDATE", "DELETE"};

bool is_one_of(Names names, std::string_view name) {
    return std::ranges::find(names, name) != names.end();
}

struct GrantLine {
    std::vector<std::string> rights;
    std::string_view on;  // "`db`.*"
};

// "GRANT SELECT, INSERT ON `db`.* TO ..."
GrantLine read_grant(std::string_view grant) {
    constexpr std::string_view kGrant = "GRANT ";
    const std::size_t on = grant.find(" ON ");
    GrantLine line;
    if (!grant.starts_with(kGrant) || on == std::string_view::npos) {
        return line;
    }
    line.on = grant.substr(on + 4);
    line.on = line.on.substr(0, line.on.find(" TO "));
    std::istringstream list{std::string(grant.substr(kGrant.size(), on - kGrant.size()))};
    for (std::string part; std::getline(list, part, ',');) {
        // "SELECT (`id`" and "`name`)" are column rights of SELECT.
        const std::string_view name = trim(std::string_view(part).substr(0, part.find('(')));
        if (!name.empty() && name.front() != '`') {
            line.rights.emplace_back(name);
        }
    }
    return line;
}

class PanelCheck {
  public:
    PanelCheck(const PanelSettings& settings, Time now)
        : settings_(settings), now_(now), rows_(make_row_source(settings)) {}

    Result<PanelReport> run() {
        return check_module(settings_)
            .and_then([&] {
                return run_steps<PanelCheck>(
                    *this,
                    {&PanelCheck::facts,
                     &PanelCheck::rights,
                     &PanelCheck::columns,
                     &PanelCheck::clock,
                     &PanelCheck::rows}
                );
            })
            .map([&] { return std::move(report_); });
    }

  private:
    Result<void> facts() {
        return rows_
            ->each({"server facts", sqlite() ? kSqliteFacts : kMariaFacts}, "", [&](Row row) {
                report_.server_version = row[0].text();
                report_.user = row[1].text();
                report_.charset = row[2].text();
                if (const Number seconds = to_number(row[3]); seconds.has_value()) {
                    // The database counts whole seconds: compare with ours, cut the same way.
                    const auto ours =
                        std::chrono::floor<std::chrono::seconds>(now_).time_since_epoch();
                    report_.clock_skew = std::chrono::seconds(seconds.value()) - ours;
                }
            });
    }

    Result<void> rights() {
        report_.rights = "SELECT";
        if (sqlite()) {
            return {};
        }
        std::vector<std::string> writes;
        std::vector<std::string> not_needed;
        const std::string usage = base::usage_table(settings_.database);
        const auto on_grant = [&](Row row) {
            const GrantLine line = read_grant(row[0].text());
            for (const std::string& right : line.rights) {
                if (is_one_of(kReads, right)) {
                    continue;
                }
                writes.push_back(right);
                if (!settings_.writes_usage || line.on != usage ||
                    !is_one_of(kWritesUsage, right)) {
                    not_needed.push_back(right);
                }
            }
        };
        base::UsageKeys keys;
        auto done = rows_->each({"own rights", "SHOW GRANTS"}, "", on_grant).and_then([&] {
            return rows_->each({"keys of itemstat", base::UsageKeys::kSql}, "", [&](Row row) {
                keys.add(row);
            });
        });
        if (done && !writes.empty()) {
            report_.rights = fmt::format("{}", fmt::join(writes, ", "));
        }
        if (done && !not_needed.empty()) {
            problem(
                false,
                fmt::format(
                    "the database user {} may do more than is needed: {}",
                    settings_.user,
                    fmt::join(not_needed, ", ")
                ),
                fmt::format(
                    "create a user for this alone: CREATE USER 'bill_nextcloud'@'localhost' "
                    "IDENTIFIED BY '...'; {}",
                    needed_grants(keys.one_row_a_day())
                )
            );
        }
        return done;
    }

    [[nodiscard]] std::string needed_grants(bool one_row_a_day) const {
        constexpr const char* kGrant = "GRANT {} TO 'bill_nextcloud'@'localhost'";
        std::string all = fmt::format(kGrant, base::reading_grant(settings_.database));
        if (settings_.writes_usage) {
            const std::string usage = base::usage_grant(settings_.database, one_row_a_day);
            all += "; " + fmt::format(kGrant, usage);
        }
        return all;
    }

    Result<void> columns() {
        const auto there = read_columns(*rows_, settings_);
        if (!there) {
            return tl::unexpected(there.error());
        }
        report_.missing_columns = missing_columns(*there);
        named_ = there->contains("pricelist.name");
        dated_ = there->contains("item.opendate");
        if (!dated_) {
            problem(
                false,
                "the panel's database has no item.opendate: nothing shows of a closed service that "
                "it "
                "was ever opened",
                "what was closed before this controller knew it is not closed in the cloud"
            );
        }
        for (const std::string& missing : report_.missing_columns) {
            problem(
                true,
                fmt::format("the panel's database has no {}, or we may not read it", missing),
                sqlite() ? std::string("this version of the panel is not supported: please report "
                                       "it with its version")
                         : fmt::format(
                               "if rights are missing, run on the database server: GRANT {} TO {}; "
                               "otherwise this version of the panel is not supported: please "
                               "report it with its version",
                               base::reading_grant(settings_.database),
                               base::grantee(report_.user)
                           )
            );
        }
        return {};
    }

    Result<void> servers() {
        const auto found = read_servers(*rows_, settings_);
        if (!found) {
            return tl::unexpected(found.error());
        }
        const auto snapshot = read_snapshot(*rows_, settings_, now_, dated_);
        if (!snapshot) {
            return tl::unexpected(snapshot.error());
        }
        judge(*snapshot);
        if (found->key_fails) {
            problem(
                true,
                fmt::format(
                    "the key {} does not open all crypted params", settings_.crypt_key_file
                ),
                "name the panel's current key in panel.crypt_key"
            );
        }
        return {};
    }

    Result<void> items() {
        return rows_->each(queries::kItemsByStatus, settings_.module, [&](Row row) {
            const Number count = to_number(row[1]);
            report_.items_by_status[to_number(row[0]).value_or(0)] +=
                static_cast<std::uint64_t>(count.value_or(0));
        });
    }

    Result<void> offers() {
        return judge_offers(*rows_, settings_, named_).map([&](std::vector<OfferFinding> offers) {
            report_.offers = std::move(offers);
        });
    }

    Result<void> clock() {
        if (report_.clock_skew && std::chrono::abs(*report_.clock_skew) > kMostSkew) {
            problem(
                false,
                fmt::format(
                    "the database's clock differs from ours by {} s",
                    std::chrono::duration_cast<std::chrono::seconds>(*report_.clock_skew).count()
                ),
                "set both clocks by NTP"
            );
        }
        return {};
    }

    Result<void> rows() {
        if (!report_.missing_columns.empty()) {
            return {};
        }
        return rows_->begin().and_then([&] {
            auto done = run_steps<PanelCheck>(
                *this, {&PanelCheck::servers, &PanelCheck::items, &PanelCheck::offers}
            );
            rows_->end();
            return done;
        });
    }

    void judge(const DesiredSnapshot& snapshot) {
        std::set<ItemId> held;
        for (const Hold& hold : snapshot.holds) {
            if (hold.code != HoldCode::kServerDisabled) {  // said of the server, below
                held.insert(hold.item);
            }
        }
        report_.held_items = held.size();
        if (!snapshot.complete) {
            problem(
                true,
                "the panel cannot be read completely: " + snapshot.incomplete_reason,
                "mend the row; until then nothing is disabled or deleted"
            );
        }
        if (snapshot.servers.empty()) {
            problem(
                true,
                fmt::format("the panel has no processing module of the kind {}", settings_.module),
                "add one in the panel, or correct the module's name in the configuration"
            );
        }
        if (const auto& left_out = snapshot.emails_left_out; !left_out.empty()) {
            problem(
                false,
                fmt::format(
                    "{:# service has|# services have} an owner whose e-mail address no cloud "
                    "takes, and none is set there: item {}{}",
                    Plural(left_out.size()),
                    left_out.front().value,
                    left_out.size() > 1 ? " and others" : ""
                ),
                "an address has one @ with letters of ASCII before it; its domain may have any"
            );
        }
        for (const DesiredServer& server : snapshot.servers) {
            const std::string name = fmt::format("server {} ({})", server.id.value, server.name);
            if (!server.active) {
                problem(
                    false,
                    name + " is switched off in the panel",
                    "its services are held until it is on"
                );
            }
        }
    }

    void problem(bool stops, std::string what, std::string remedy) {
        report_.problems.push_back({stops, std::move(what), std::move(remedy)});
    }

    [[nodiscard]] bool sqlite() const { return settings_.kind == DatabaseKind::kSqlite; }

    const PanelSettings& settings_;
    Time now_;
    std::unique_ptr<RowSource> rows_;
    bool dated_ = true;
    bool named_ = true;  // the panel has pricelist.name
    PanelReport report_;
};

}  // namespace

Result<PanelReport> check_panel(const PanelSettings& settings, Time now) {
    return PanelCheck(settings, now).run();
}

Result<PlainCredentials> find_plain_credentials(const PanelSettings& settings) {
    PlainCredentials found;
    const std::unique_ptr<RowSource> rows = make_row_source(settings);
    const auto on_server = [&](Row row) {
        if (const Number id = to_id(row[0]); id.has_value()) {
            found.servers.emplace(id_of(id));
        }
    };
    const auto on_service = [&](Row row) {
        const Number id = to_id(row[0]);
        const Number count = to_number(row[1]);
        if (id.has_value() && count.has_value()) {
            found.passwords[ServerId(id_of(id))] = static_cast<std::uint64_t>(count.value());
        }
    };
    const std::string& module = settings.module;
    return check_module(settings)
        .and_then([&] { return rows->each(queries::kPlainServerPasswords, module, on_server); })
        .and_then([&] { return rows->each(queries::kPlainServicePasswords, module, on_service); })
        .map([&] { return std::move(found); });
}

}  // namespace bn::bm_reader
