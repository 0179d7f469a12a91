#include "state/migrate.hpp"

#include <cstddef>
#include <iterator>

#include <fmt/format.h>

namespace bn::state {

namespace {

constexpr const char* kMigrations[] = {
#include "state/migrations.inc"
};

}  // namespace

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
        )
                   .c_str());
        transaction.commit();
    }
}

}  // namespace bn::state
