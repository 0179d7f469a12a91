// What a live panel's database says about itself: types, keys, engines, rights, and what its rows
// show of habits that nobody documents. For `preflight`; nothing is judged here and nothing is
// written.
//
// Blocking, one connection of its own. MariaDB and MySQL only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bm_reader/panel_source.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/time.hpp"

namespace bn::bm_reader {

struct ColumnFacts {
    std::string type;     // "int(11)", "varchar(255)"
    std::string charset;  // empty: not a text
};

struct KeyFacts {
    bool unique = false;
    std::vector<std::string> columns;
};

struct TableFacts {
    std::string engine;  // "InnoDB"
    std::map<std::string, ColumnFacts> columns;
    std::map<std::string, KeyFacts> keys;  // by name

    [[nodiscard]] bool has(const std::string& column) const { return columns.contains(column); }
};

// Rows of history_item that made a service active.
struct OpeningCall {
    std::string itemtype;  // intname of the service's product type
    std::string function;  // request_action
    bool ours = false;     // a service of our module
    std::uint64_t count = 0;
};

struct ParamUse {
    std::uint64_t plain = 0;    // rows of itemparam
    std::uint64_t crypted = 0;  // rows of itemcryptedparam
};

// Pending operations of one command beside one status of their items.
struct OperationUse {
    std::string command;
    std::int64_t status = 0;
    std::uint64_t count = 0;
};

struct PanelFacts {
    std::string version;
    std::string user;
    std::string database;
    std::string database_charset;
    std::string time_zone;               // of the server, for its local times
    std::optional<Duration> clock_skew;  // database minus us

    // Tables that we touch and may see, lower case.
    std::map<std::string, TableFacts> tables;
    // What of item is tracked by history_item (columns <col>_new), sorted.
    std::vector<std::string> tracked;

    // Writing usage: asked of the server without writing. Nothing: it did not say.
    std::optional<bool> may_insert_usage;
    std::optional<bool> may_update_usage;
    std::optional<bool> may_delete_usage;

    std::uint64_t status5_rows = 0;  // services in progress now, of all modules
    std::vector<OperationUse> operations;
    std::optional<std::uint64_t> status5_history;  // newest history rows that tell of status 5
    std::vector<OpeningCall> openings;
    std::uint64_t highest_trycount = 0;  // of operations that are pending now
    std::uint64_t manual_operations = 0;

    std::map<std::uint32_t, std::string> servers;  // our modules: id -> name
    std::vector<std::string> itemtypes;            // product types sold on them, sorted
    std::vector<OfferFinding> offers;              // how their tariffs sell space
    std::map<std::string, ParamUse> params;        // username, userpassword, url of our services

    std::uint64_t crypted_seen = 0;  // crypted values that were tried: servers' and items'
    std::uint64_t crypted_open = 0;  // of them, opened by the configured key
    std::string key_problem;  // why the key file cannot be used; empty: it can, or none is set
    [[nodiscard]] const TableFacts* table(const std::string& name) const;
    [[nodiscard]] bool has(const std::string& table, const std::string& column) const;
};

// Columns without which the panel cannot be read, as "table.column" or "table (table)".
std::vector<std::string> missing_columns(const PanelFacts& facts);

// An error only when the database cannot be talked to, or is SQLite (kHuman "panel.kind").
Result<PanelFacts> read_panel_facts(const PanelSettings& settings, Time now);

}  // namespace bn::bm_reader
