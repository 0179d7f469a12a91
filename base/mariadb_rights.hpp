// Which rights on the panel's database are needed, so that errors, `check`, `preflight` and the
// documents name the same. Pure.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/rows.hpp"

namespace bn::base {

// The unique keys of itemstat. What is written of a day again takes the place of the former rows:
// by the key over item, day and param where there is one, else they are deleted first.
class UsageKeys {
  public:
    // Its rows have two columns: the name of a unique key, and one of its columns in small letters.
    static const char* const kSql;

    void add(Row row);

    [[nodiscard]] bool one_row_a_day() const;

  private:
    std::map<std::string, std::set<std::string>, std::less<>> keys_;
};

// Whether a unique key over these columns, in small letters, is the one.
bool keeps_one_row_a_day(const std::set<std::string>& columns);

// What stands in a GRANT before TO: "SELECT ON `billmgr`.*".
std::string reading_grant(std::string_view database);

// "bn@localhost" as GRANT wants it.
std::string grantee(std::string_view user);
std::string usage_grant(std::string_view database, bool one_row_a_day);

// Where daily usage is written: as `SHOW GRANTS` spells the table.
std::string usage_table(std::string_view database);

}  // namespace bn::base
