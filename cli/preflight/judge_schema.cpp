// The judgement of `preflight`, the part of the tables and their columns. Pure.
#include <algorithm>
#include <charconv>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/preflight/facts.hpp"

namespace bn::cli {

using bm_reader::PanelFacts;
using bm_reader::TableFacts;

namespace {

// Base64 of one RSA block of 2048 bits.
constexpr std::uint64_t kCryptedLength = 344;
constexpr std::uint64_t kLongestUrl = 255;

// The tables whose rows a reading puts together.
std::string engines_other_than_innodb(const PanelFacts& facts) {
    std::vector<std::string> names;
    for (const auto& [name, table] : facts.tables) {
        if (table.engine != "InnoDB" && !table.engine.empty()) {
            names.push_back(fmt::format("{} ({})", name, table.engine));
        }
    }
    return fmt::format("{}", fmt::join(names, ", "));
}

// Of "varchar(64)": 64; nothing for types without such a limit.
std::optional<std::uint64_t> length_limit(const std::string& type) {
    const std::size_t open = type.find("char(");
    if (open == std::string::npos) {
        return std::nullopt;
    }
    std::uint64_t limit = 0;
    const char* const begin = type.data() + open + 5;
    const auto [end, error] = std::from_chars(begin, type.data() + type.size(), limit);
    return error == std::errc() && end != begin ? std::optional(limit) : std::nullopt;
}

// Whether what is saved for a service fits.
void judge_lengths(const PanelFacts& facts, PreflightSection& section) {
    const struct {
        const char* table;
        const char* column;
        std::uint64_t needed;
        const char* holds;
    } kLengths[] = {
        {"itemparam", "value", kLongestUrl, "an address"},
        {"itemcryptedparam", "value", kCryptedLength, "a crypted password"},
    };

    for (const auto& need : kLengths) {
        const TableFacts* table = facts.table(need.table);
        if (table == nullptr || !table->has(need.column)) {
            continue;
        }
        const std::string& type = table->columns.at(need.column).type;
        const auto limit = length_limit(type);
        if (limit && *limit < need.needed) {
            section.warn(
                Basis::kFound,
                fmt::format(
                    "{}.{} is too short for {} ({} characters)",
                    need.table,
                    need.column,
                    need.holds,
                    need.needed
                ),
                type,
                "a longer value is cut or refused when it is saved; it is read back and told of"
            );
        } else {
            section.found(fmt::format("{}.{} holds {}", need.table, need.column, need.holds), type);
        }
    }
}

}  // namespace

PreflightSection judge_schema(const PanelFacts& facts) {
    PreflightSection section("database");
    section.found(
        fmt::format(
            "{}, database {}, charset {}", facts.version, facts.database, facts.database_charset
        ),
        "VERSION() and the session's variables"
    );
    const std::vector<std::string> missing = bm_reader::missing_columns(facts);
    for (const std::string& column : missing) {
        section.stop(
            fmt::format("there is no {}, or {} may not read it", column, facts.user),
            "information_schema.columns",
            fmt::format(
                "GRANT SELECT ON `{}`.* if the right is missing; otherwise this version of the "
                "panel is not known: please report it with its version",
                facts.database
            )
        );
    }
    if (missing.empty()) {
        section.found("every table and column that is read is there", "information_schema.columns");
    }
    for (const char* const name : {"itemcryptedparam", "itemstat"}) {
        if (facts.table(name) == nullptr) {
            section.warn(
                Basis::kFound,
                fmt::format("there is no table {}, or {} may not read it", name, facts.user),
                "information_schema.tables",
                std::string_view(name) == "itemstat"
                    ? "without it no usage is billed: GRANT SELECT, INSERT, UPDATE on it"
                    : "without it a saved password cannot be read back: GRANT SELECT on it"
            );
        }
    }
    const std::string others = engines_other_than_innodb(facts);
    if (others.empty()) {
        section.found("a reading is one consistent moment", "every table is InnoDB");
    } else {
        section.warn(
            Basis::kFound,
            "a reading may mix two moments: not every table knows transactions",
            others,
            "ask the panel's support why they are not InnoDB; until then keep max_shrink small"
        );
    }
    return section;
}

PreflightSection judge_texts(const PanelFacts& facts) {
    PreflightSection section("what the columns hold");
    std::map<std::string, std::vector<std::string>> narrow;
    for (const auto& [name, table] : facts.tables) {
        for (const auto& [column, about] : table.columns) {
            if (!about.charset.empty() && !about.charset.starts_with("utf8")) {
                narrow[about.charset].push_back(fmt::format("{}.{}", name, column));
            }
        }
    }
    if (narrow.empty()) {
        section.found("texts are stored in UTF-8", "character sets of the columns");
    }
    for (const auto& [charset, columns] : narrow) {
        section.warn(
            Basis::kFound,
            fmt::format(
                "{} text columns are {}: other letters cannot be stored there",
                columns.size(),
                charset
            ),
            fmt::format(
                "{}{}",
                fmt::join(
                    columns.begin(),
                    columns.begin() +
                        static_cast<std::ptrdiff_t>(std::min<std::size_t>(columns.size(), 4)),
                    ", "
                ),
                columns.size() > 4 ? ", ..." : ""
            ),
            "reading is right all the same (the server translates); use logins and groups of plain "
            "letters"
        );
    }

    judge_lengths(facts, section);
    return section;
}

}  // namespace bn::cli
