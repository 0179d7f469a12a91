// The judgement of `preflight`: what the panel's database says. Pure.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <ranges>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/preflight/rules.hpp"

namespace bn::cli {

namespace {

using bm_reader::PanelFacts;
using bm_reader::TableFacts;
using enum Chain;
using enum Verdict;
using K = const Known&;

constexpr Duration kSkewWarning = std::chrono::seconds(30);

// ---- the tables, their columns and what these hold

constexpr Rule kTables[] = {
    {{kIf, kFound, [](K k) { return k.missing_columns.empty(); }},
     "every table and column that is read is there | information_schema.columns"},
    {{kIf, kWarns, [](K k) { return k.facts.table("itemcryptedparam") == nullptr; }},
     "there is no table itemcryptedparam, or {user} may not read it | information_schema.tables | "
     "without it a saved password cannot be read back: GRANT SELECT on it"},
    {{kIf, kWarns, [](K k) { return k.facts.table("itemstat") == nullptr; }},
     "there is no table itemstat, or {user} may not read it | information_schema.tables | without "
     "it no usage is billed: GRANT SELECT, INSERT, UPDATE on it"},
    {{kIf, kFound, [](K k) { return k.texts.at("no_innodb").empty(); }},
     "a reading is one consistent moment | every table is InnoDB"},
    {{kElse, kWarns},
     "a reading may mix two moments: not every table knows transactions | {no_innodb} | ask the "
     "panel's support why they are not InnoDB; until then keep max_shrink small"},
};

// ---- our servers, what is written down, what is under way

constexpr Rule kProducts[] = {
    {{kIf, kWarns, [](K k) { return k.facts.servers.empty(); }},
     "the panel has no server of the module {module} yet | table processingmodule | add one: "
     "Integration - Service modules - Add"},
    {{kIf, kUnknown, [](K k) { return k.facts.itemtypes.empty(); }},
     "which product types are sold on them | no tariff and no service is linked to them yet"},
    {{kElse, kFound}, "product types sold on them: {itemtypes} | tariffs and services"},
};

constexpr Rule kHistory[] = {
    {{kIf, kFound, [](K k) { return !k.facts.tracked.empty(); }},
     "changes of {tracked_count} columns of a service are written down | history_item: {tracked}"},
    {{kElse, kUnknown, [](K k) { return k.facts.table("history_item") == nullptr; }},
     "which changes of a service the panel writes down | no table history_item to be seen"},
    {{kElse, kUnknown},
     "which changes of a service the panel writes down | history_item has no columns <column>_new"},
    {{kIf, kFound, [](K k) { return k.seen_status5; }},
     "a service in progress has status 5 | {status5} services with it now, {status5_history} rows "
     "of the history"},
    {{kElse, kFound, [](K k) { return !k.texts.at("beside").empty(); }},
     "a service in progress keeps its status; only the operation is to be seen | {beside}"},
    {{kElse, kUnknown},
     "whether a service in progress has status 5, or only an operation beside its old status | no "
     "service is in progress now; both are understood"},
};

constexpr Rule kOperations[] = {
    {{kIf, kFound}, "columns of runningoperation | {operation_columns}"},
    {{kIf, kFound, [](K k) { return k.facts.has("runningoperation", "trycount"); }},
     "the panel counts its tries | runningoperation.trycount; the highest now is "
     "{highest_trycount}, {manual} operations are manual"},
    {{kElse, kWarns},
     "the panel's tries cannot be counted: no task is made after the last one | runningoperation "
     "has no column trycount | look into the panel's list of running operations from time to time"},
    {{kIf, kFound, [](K k) { return k.facts.has("task", "runningoperation"); }},
     "tasks name their operation | task.runningoperation"},
    {{kElse, kUnknown},
     "whether a person already has a task | no column task.runningoperation to be seen"},
};

// ---- crypted params

constexpr Rule kSecrets[] = {
    {{kIf, kStops, [](K k) { return !k.facts.key_problem.empty(); }},
     "{key_problem} | {key} | name the panel's current key in crypt_key (normally "
     "/usr/local/mgr5/etc/billmgr.pem), readable for this service only"},
    {{kElse,
      kStops,
      [](K k) {
          return k.facts.crypted_seen > k.facts.crypted_open && k.input.crypt_key_file.empty();
      }},
     "there are crypted params, and no key to open them | {crypted} | name the panel's current "
     "key in crypt_key, or enter the values anew in the panel"},
    {{kElse, kStops, [](K k) { return k.facts.crypted_seen > k.facts.crypted_open; }},
     "the key does not open all crypted params | {crypted} | name the panel's current key in "
     "crypt_key, or enter the values anew in the panel"},
    {{kElse, kFound, [](K k) { return k.facts.crypted_seen > 0; }},
     "the key opens crypted params | {crypted}"},
    {{kElse, kDoubts, [](K k) { return k.input.crypt_key_file.empty(); }},
     "a saved password could not be read back: no key is configured | {crypted} | name the "
     "panel's key in crypt_key"},
    {{kElse, kAssumed},
     "the key opens crypted params | it is an RSA key; there is nothing crypted yet to try it on"},
    {{kIf, kFound, [](K k) { return k.texts.at("plain_passwords") != "0"; }},
     "{plain_passwords} services have their first password in plain text: opened by the Python "
     "module | itemparam userpassword; they are left as they are, new ones are crypted"},
};

// ---- usage

constexpr Rule kUsage[] = {
    {{kIf, kFound, [](K k) { return k.texts.at("amount").find("int") != std::string::npos; }},
     "amounts are whole numbers: parts of a unit are lost | itemstat.value is {amount}"},
    {{kElse, kFound, [](K k) { return k.facts.has("itemstat", "value"); }},
     "amounts may have parts | itemstat.value is {amount}"},
    {{kIf, kFound, [](K k) { return k.usage_key; }},
     "one row for each service, day and resource | unique key {usage_key}"},
    {{kElse, kWarns},
     "nothing keeps one row for each service, day and resource: a day is deleted before it is "
     "written | {other_keys} | the right DELETE on itemstat is needed as well"},
    {{kIf, kWarns, [](K k) { return k.may_write_usage == false; }},
     "this database user may not write usage: nothing is billed by statistics | {rights} | GRANT "
     "SELECT, INSERT, UPDATE{delete} ON `{database}`.itemstat TO {grantee}"},
    {{kElse, kFound, [](K k) { return k.may_write_usage == true; }},
     "this database user may write usage | {rights}"},
    {{kElse, kUnknown}, "whether this database user may write usage | {rights}"},
};

// ---- the clock

constexpr Rule kClock[] = {
    {{kIf, kWarns, [](K k) { return std::chrono::abs(k.skew) > kSkewWarning; }},
     "the database's clock is {skew} ours | UNIX_TIMESTAMP() | synchronise both machines (chrony "
     "or systemd-timesyncd)"},
    {{kElse, kFound, [](K k) { return k.facts.clock_skew.has_value(); }},
     "the database's clock is {skew} ours | UNIX_TIMESTAMP()"},
    {{kIf, kFound}, "local times of the database are {time_zone} | @@time_zone"},
};

// "bn@localhost" as GRANT wants it.
std::string grantee(const std::string& user) {
    const std::size_t at = user.rfind('@');
    return at == std::string::npos
               ? fmt::format("'{}'", user)
               : fmt::format("'{}'@'{}'", user.substr(0, at), user.substr(at + 1));
}

std::string yes_no(const std::optional<bool>& answer) {
    return !answer ? "not told" : *answer ? "yes" : "no";
}

std::string listed(const std::vector<std::string>& names) {
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

PreflightSection judge_schema(const Known& known) {
    const PanelFacts& facts = known.facts;
    PreflightSection section("database");
    section.add(
        kFound,
        filled("{version}, database {database}, charset {charset}", known.texts),
        "VERSION() and the session's variables"
    );
    for (const std::string& column : known.missing_columns) {
        section.add(
            kStops,
            fmt::format("there is no {}, or {} may not read it", column, facts.user),
            "information_schema.columns",
            fmt::format(
                "GRANT SELECT ON `{}`.* if the right is missing; otherwise this version of the "
                "panel is not known: please report it with its version",
                facts.database
            )
        );
    }
    say(section, kTables, known);
    return section;
}

// Whether what is saved for a service fits.
void judge_length(
    const PanelFacts& facts,
    const char* table,
    std::uint64_t needed,
    const char* thing,
    PreflightSection& section
) {
    if (!facts.has(table, "value")) {
        return;
    }
    const std::string& type = facts.table(table)->columns.at("value").type;
    if (length_limit(type).value_or(needed) >= needed) {
        section.add(kFound, fmt::format("{}.value holds {}", table, thing), type);
    } else {
        section.add(
            kWarns,
            fmt::format("{}.value is too short for {} ({} characters)", table, thing, needed),
            type,
            "a longer value is cut or refused when it is saved; it is read back and told of"
        );
    }
}

PreflightSection judge_texts(const PanelFacts& facts) {
    constexpr std::size_t kNamed = 4;
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
        section.add(kFound, "texts are stored in UTF-8", "character sets of the columns");
    }
    for (auto& [charset, columns] : narrow) {
        const std::size_t count = columns.size();
        columns.resize(std::min(count, kNamed));
        section.add(
            kWarns,
            fmt::format(
                "{} text columns are {}: other letters cannot be stored there", count, charset
            ),
            listed(columns) + (count > kNamed ? ", ..." : ""),
            "reading is right all the same (the server translates); use logins and groups of plain "
            "letters"
        );
    }
    judge_length(facts, "itemparam", 255, "an address", section);
    judge_length(facts, "itemcryptedparam", 344, "a crypted password", section);  // base64 of RSA
    return section;
}

PreflightSection judge_ours(const Known& known) {
    PreflightSection section("our servers and products");
    for (const auto& [id, name] : known.facts.servers) {
        section.add(kFound, fmt::format("server {} ({})", id, name), "table processingmodule");
    }
    say(section, kProducts, known);
    return section;
}

PreflightSection judge_usage(const Known& known) {
    PreflightSection section("usage (itemstat)");
    const TableFacts* table = known.facts.table("itemstat");
    if (table == nullptr) {
        section.add(kUnknown, "how usage is stored", "no table itemstat to be seen");
        return section;
    }
    for (const char* const column : {"item", "statdate", "param", "value", "measure"}) {
        if (!table->has(column)) {
            section.add(
                kWarns,
                fmt::format("itemstat has no column {}: usage cannot be written", column),
                "information_schema.columns",
                "switch the daily usage off ([statistics] daily = false) and report the panel's "
                "version"
            );
        }
    }
    say(section, kUsage, known);
    return section;
}

PreflightSection by_rules(const char* title, std::span<const Rule> rules, const Known& known) {
    PreflightSection section(title);
    say(section, rules, known);
    return section;
}

// Which unique key keeps one row a day, else which there are.
void learn_keys(const TableFacts& table, Known& known) {
    std::vector<std::string> others;
    for (const auto& [name, key] : table.keys) {
        const std::string spelt = fmt::format("{} ({})", name, listed(key.columns));
        std::vector<std::string> columns = key.columns;
        std::ranges::sort(columns);
        if (key.unique && columns == std::vector<std::string>{"item", "param", "statdate"}) {
            known.usage_key = true;
            known.texts["usage_key"] = spelt;
            return;
        }
        if (key.unique && name != "PRIMARY") {
            others.push_back(spelt);
        }
    }
    known.texts["other_keys"] =
        others.empty() ? "itemstat has no unique key but its number"
                       : fmt::format("unique keys of itemstat: {}", fmt::join(others, "; "));
}

void learn_usage(Known& known) {
    const PanelFacts& facts = known.facts;
    Texts& texts = known.texts;
    if (const TableFacts* table = facts.table("itemstat")) {
        learn_keys(*table, known);
        texts["amount"] = table->has("value") ? table->columns.at("value").type : "";
    }
    const std::optional<bool> rights[] = {
        facts.may_insert_usage,
        facts.may_update_usage,
        known.usage_key ? true : facts.may_delete_usage};
    const auto told = [](const std::optional<bool>& right) { return right.has_value(); };
    if (std::ranges::find(rights, std::optional(false)) != std::end(rights)) {
        known.may_write_usage = false;
    } else if (std::ranges::all_of(rights, told)) {
        known.may_write_usage = true;
    }
    texts["delete"] = known.usage_key ? "" : ", DELETE";
    texts["grantee"] = grantee(facts.user);
    texts["rights"] = fmt::format(
        "EXPLAIN as {}: insert {}, update {}, delete {}",
        facts.user,
        yes_no(facts.may_insert_usage),
        yes_no(facts.may_update_usage),
        yes_no(facts.may_delete_usage)
    );
}

void learn_secrets(Known& known) {
    const PanelFacts& facts = known.facts;
    const std::string& file = known.input.crypt_key_file;
    known.texts["key_problem"] = facts.key_problem;
    known.texts["key"] = file.empty() ? "no key is configured" : "key " + file;
    known.texts["crypted"] = fmt::format(
        "{} of {} crypted params of our servers and services open; {}",
        facts.crypted_open,
        facts.crypted_seen,
        known.texts["key"]
    );
    const auto password = facts.params.find("userpassword");
    known.texts["plain_passwords"] =
        fmt::to_string(password == facts.params.end() ? 0 : password->second.plain);
}

// Operations of a service's life beside another status than "in progress".
std::string seen_beside(const PanelFacts& facts) {
    std::vector<std::string> seen;
    for (const bm_reader::OperationUse& use : facts.operations) {
        const bool life = use.command == "open" || use.command == "close" ||
                          use.command == "suspend" || use.command == "resume";
        if (life && use.status != 5 && use.count > 0) {
            seen.push_back(fmt::format("{} beside status {}", use.command, use.status));
        }
    }
    return listed(seen);
}

}  // namespace

void learn_database(Known& known) {
    const PanelFacts& facts = known.facts;
    known.missing_columns = bm_reader::missing_columns(facts);
    known.seen_status5 = facts.status5_rows > 0 || facts.status5_history.value_or(0) > 0;
    std::vector<std::string> no_innodb;
    for (const auto& [name, table] : facts.tables) {
        if (table.engine != "InnoDB" && !table.engine.empty()) {
            no_innodb.push_back(fmt::format("{} ({})", name, table.engine));
        }
    }
    std::vector<std::string> of_operations;
    if (const TableFacts* table = facts.table("runningoperation")) {
        std::ranges::copy(std::views::keys(table->columns), std::back_inserter(of_operations));
    }
    known.skew = facts.clock_skew.value_or(Duration{0});
    known.texts.insert({
        {"version", facts.version},
        {"database", facts.database},
        {"charset", facts.database_charset},
        {"user", facts.user},
        {"time_zone", facts.time_zone},
        {"module", known.input.panel.module},
        {"itemtypes", listed(facts.itemtypes)},
        {"no_innodb", listed(no_innodb)},
        {"tracked", listed(facts.tracked)},
        {"tracked_count", fmt::to_string(facts.tracked.size())},
        {"status5", fmt::to_string(facts.status5_rows)},
        {"status5_history", fmt::to_string(facts.status5_history.value_or(0))},
        {"beside", seen_beside(facts)},
        {"operation_columns", listed(of_operations)},
        {"highest_trycount", fmt::to_string(facts.highest_trycount)},
        {"manual", fmt::to_string(facts.manual_operations)},
        {"skew",
         fmt::format(
             "{} s {}",
             std::chrono::abs(known.skew) / std::chrono::seconds(1),
             known.skew < Duration{0} ? "behind" : "before"
         )},
    });
    learn_secrets(known);
    learn_usage(known);
}

void judge_database(const Known& known, PreflightReport& report) {
    std::vector<PreflightSection>& sections = report.sections;
    if (!known.input.facts) {
        const std::optional<Error>& error = known.input.facts_error;
        PreflightSection& section = sections.emplace_back("database");
        section.add(
            kStops,
            error ? error->what : "the database was not asked",
            "",
            error && !error->remedy.empty() ? error->remedy : "check [panel] in the configuration"
        );
        return;
    }
    sections.push_back(judge_schema(known));
    sections.push_back(judge_texts(known.facts));
    if (known.missing_columns.empty()) {
        sections.push_back(judge_ours(known));
        sections.push_back(by_rules("history and states", kHistory, known));
        sections.push_back(by_rules("running operations", kOperations, known));
        sections.push_back(by_rules("crypted params", kSecrets, known));
    }
    sections.push_back(judge_usage(known));
    sections.push_back(by_rules("clock", kClock, known));
}

}  // namespace bn::cli
