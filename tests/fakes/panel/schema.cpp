#include "tests/fakes/panel/schema.hpp"

#include <regex>
#include <sstream>

namespace bn::testing {

namespace {

std::string trimmed(const std::string& text) {
    const std::size_t first = text.find_first_not_of(" \t\n");
    return first == std::string::npos
               ? std::string()
               : text.substr(first, text.find_last_not_of(" \t\n") - first + 1);
}

// Parts of a CREATE TABLE's body, split at commas outside brackets.
std::vector<std::string> split_body(const std::string& body) {
    std::vector<std::string> parts(1);
    int depth = 0;
    for (const char c : body) {
        depth += c == '(' ? 1 : c == ')' ? -1 : 0;
        if (c == ',' && depth == 0) {
            parts.emplace_back();
        } else {
            parts.back() += c;
        }
    }
    for (std::string& part : parts) {
        part = trimmed(part);
    }
    return parts;
}

void translate_table(const std::string& statement, std::vector<std::string>& out) {
    const std::size_t open = statement.find('(');
    const std::size_t close = statement.rfind(") ENGINE");
    const std::string head = statement.substr(0, open);
    const std::string table = trimmed(head.substr(head.find("TABLE") + 5));
    const std::string bare = std::regex_replace(table, std::regex("`"), "");
    static const std::regex kIntegers(R"(\b(INT|SMALLINT|BIGINT)\b)");
    static const std::regex kFlags(R"(ENUM\([^)]*\))");
    static const std::regex kKey(R"(^KEY (\w+) (\(.*\))$)");
    static const std::regex kUnique(R"(^UNIQUE KEY \w+ )");
    std::string columns;
    std::vector<std::string> indexes;
    for (std::string part : split_body(statement.substr(open + 1, close - open - 1))) {
        std::smatch match;
        if (part.starts_with("CONSTRAINT ")) {
            continue;
        }
        if (std::regex_match(part, match, kKey)) {
            indexes.push_back(
                "CREATE INDEX " + bare + "_" + match[1].str() + " ON " + table + " " +
                match[2].str()
            );
            continue;
        }
        part = std::regex_replace(part, kUnique, "UNIQUE ");
        part = std::regex_replace(part, std::regex(" AUTO_INCREMENT"), "");
        part = std::regex_replace(part, kIntegers, "INTEGER");
        part = std::regex_replace(part, kFlags, "TEXT");
        columns += (columns.empty() ? "" : ",\n  ") + part;
    }
    out.push_back(head + "(\n  " + columns + "\n)");
    out.insert(out.end(), indexes.begin(), indexes.end());
}

}  // namespace

std::vector<std::string> mariadb_statements(std::string_view schema) {
    std::vector<std::string> statements;
    std::istringstream in{std::string(schema)};
    std::string current;
    for (std::string line; std::getline(in, line);) {
        line = trimmed(line.substr(0, line.find("--")));
        if (line.empty()) {
            continue;
        }
        current += current.empty() ? line : "\n" + line;
        if (current.ends_with(';')) {
            current.pop_back();
            statements.push_back(std::move(current));
            current.clear();
        }
    }
    return statements;
}

std::vector<std::string> sqlite_statements(std::string_view schema) {
    std::vector<std::string> out;
    for (const std::string& statement : mariadb_statements(schema)) {
        if (statement.starts_with("CREATE TABLE")) {
            translate_table(statement, out);
        } else if (!statement.starts_with("SET ")) {
            out.push_back(statement);
        }
    }
    return out;
}

}  // namespace bn::testing
