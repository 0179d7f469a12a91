// The panel's tables for both databases, from one text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bn::testing {

// panel_schema.sql as it is.
const char* panel_schema_text();

// Its statements, without comments, in order.
std::vector<std::string> mariadb_statements(std::string_view schema);

// The same for SQLite. The translation knows just what panel_schema.sql uses:
//   - SET statements are dropped, and what follows the closing bracket (ENGINE=...);
//   - AUTO_INCREMENT is dropped; INT, SMALLINT and BIGINT become INTEGER, ENUM('on','off') TEXT;
//   - UNIQUE KEY name (...) becomes UNIQUE (...); KEY name (...) becomes an index of its own,
//     named <table>_<name>; CONSTRAINT lines (foreign keys) are dropped.
std::vector<std::string> sqlite_statements(std::string_view schema);

}  // namespace bn::testing
