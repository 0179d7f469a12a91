#include "base/mariadb_rights.hpp"

#include <algorithm>
#include <ranges>

#include <fmt/format.h>

namespace bn::base {

const char* const UsageKeys::kSql =
    "SELECT index_name, LOWER(column_name) FROM information_schema.statistics WHERE "
    "table_schema = DATABASE() AND table_name = 'itemstat' AND non_unique = 0";

void UsageKeys::add(Row row) {
    keys_[std::string(row[0].text())].emplace(row[1].text());
}

bool UsageKeys::one_row_a_day() const {
    return std::ranges::any_of(keys_ | std::views::values, keeps_one_row_a_day);
}

bool keeps_one_row_a_day(const std::set<std::string>& columns) {
    return columns == std::set<std::string>{"item", "param", "statdate"};
}

std::string grantee(std::string_view user) {
    const std::size_t at = user.rfind('@');
    return at == std::string_view::npos
               ? fmt::format("'{}'", user)
               : fmt::format("'{}'@'{}'", user.substr(0, at), user.substr(at + 1));
}

std::string reading_grant(std::string_view database) {
    return fmt::format("SELECT ON `{}`.*", database);
}

std::string usage_grant(std::string_view database, bool one_row_a_day) {
    return fmt::format(
        "INSERT, {} ON `{}`.itemstat", one_row_a_day ? "UPDATE" : "DELETE", database
    );
}

std::string usage_table(std::string_view database) {
    return fmt::format("`{}`.`itemstat`", database);
}

}  // namespace bn::base
