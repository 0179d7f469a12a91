// The judgement of `preflight`, the database's part. Pure.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/preflight/facts.hpp"

namespace bn::cli {

namespace {

using bm_reader::PanelFacts;
using bm_reader::TableFacts;

constexpr Duration kSkewWarning = std::chrono::seconds(30);

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

PreflightSection judge_history(const PanelFacts& facts) {
    PreflightSection section("history and states");
    if (facts.tracked.empty()) {
        section.unknown(
            "which changes of a service the panel writes down",
            facts.table("history_item") == nullptr ? "no table history_item to be seen"
                                                   : "history_item has no columns <column>_new"
        );
    } else {
        section.found(
            fmt::format(
                "changes of {} columns of a service are written down", facts.tracked.size()
            ),
            fmt::format("history_item: {}", fmt::join(facts.tracked, ", "))
        );
    }
    std::uint64_t beside = 0;
    std::string seen;
    for (const bm_reader::OperationUse& use : facts.operations) {
        const bool life = use.command == "open" || use.command == "close" ||
                          use.command == "suspend" || use.command == "resume";
        if (life && use.status != 5) {
            beside += use.count;
            seen += fmt::format(
                "{}{} beside status {}", seen.empty() ? "" : ", ", use.command, use.status
            );
        }
    }
    if (facts.status5_rows > 0 || facts.status5_history.value_or(0) > 0) {
        section.found(
            "a service in progress has status 5",
            fmt::format(
                "{} services with it now, {} rows of the history",
                facts.status5_rows,
                facts.status5_history.value_or(0)
            )
        );
    } else if (beside > 0) {
        section.found(
            "a service in progress keeps its status; only the operation is to be seen", seen
        );
    } else {
        section.unknown(
            "whether a service in progress has status 5, or only an operation beside its old "
            "status",
            "no service is in progress now; both are understood"
        );
    }
    return section;
}

PreflightSection judge_operations(const PanelFacts& facts) {
    PreflightSection section("running operations");
    const TableFacts* table = facts.table("runningoperation");
    if (table == nullptr) {
        return section;
    }
    std::vector<std::string> names;
    names.reserve(table->columns.size());
    for (const auto& [name, about] : table->columns) {
        names.push_back(name);
    }
    section.found("columns of runningoperation", fmt::format("{}", fmt::join(names, ", ")));
    if (table->has("trycount")) {
        section.found(
            "the panel counts its tries",
            fmt::format(
                "runningoperation.trycount; the highest now is {}, {} operations are manual",
                facts.highest_trycount,
                facts.manual_operations
            )
        );
    } else {
        section.warn(
            Basis::kFound,
            "the panel's tries cannot be counted: no task is made after the last one",
            "runningoperation has no column trycount",
            "look into the panel's list of running operations from time to time"
        );
    }
    if (facts.has("task", "runningoperation")) {
        section.found("tasks name their operation", "task.runningoperation");
    } else {
        section.unknown(
            "whether a person already has a task", "no column task.runningoperation to be seen"
        );
    }
    return section;
}

void judge_usage_key(const TableFacts& table, PreflightSection& section, bool& deletes) {
    const std::vector<std::string> wanted = {"item", "param", "statdate"};
    std::string others;
    for (const auto& [name, key] : table.keys) {
        std::vector<std::string> columns = key.columns;
        std::ranges::sort(columns);
        if (key.unique && columns == wanted) {
            section.found(
                "one row for each service, day and resource",
                fmt::format("unique key {} ({})", name, fmt::join(key.columns, ", "))
            );
            return;
        }
        if (key.unique && name != "PRIMARY") {
            others += fmt::format(
                "{}{} ({})", others.empty() ? "" : "; ", name, fmt::join(key.columns, ", ")
            );
        }
    }
    deletes = true;
    section.warn(
        Basis::kFound,
        "nothing keeps one row for each service, day and resource: a day is deleted before it is "
        "written",
        others.empty() ? "itemstat has no unique key but its number"
                       : fmt::format("unique keys of itemstat: {}", others),
        "the right DELETE on itemstat is needed as well"
    );
}

PreflightSection judge_statistics(const PanelFacts& facts) {
    PreflightSection section("usage (itemstat)");
    const TableFacts* table = facts.table("itemstat");
    if (table == nullptr) {
        section.unknown("how usage is stored", "no table itemstat to be seen");
        return section;
    }
    for (const char* const column : {"item", "statdate", "param", "value", "measure"}) {
        if (!table->has(column)) {
            section.warn(
                Basis::kFound,
                fmt::format("itemstat has no column {}: usage cannot be written", column),
                "information_schema.columns",
                "switch the daily usage off ([statistics] daily = false) and report the panel's "
                "version"
            );
        }
    }
    if (table->has("value")) {
        const std::string& type = table->columns.at("value").type;
        const bool whole = type.find("int") != std::string::npos;
        section.found(
            whole ? "amounts are whole numbers: parts of a unit are lost"
                  : "amounts may have parts",
            "itemstat.value is " + type
        );
    }
    bool deletes = false;
    judge_usage_key(*table, section, deletes);
    const std::string told = fmt::format(
        "EXPLAIN as {}: insert {}, update {}, delete {}",
        facts.user,
        yes_no(facts.may_insert_usage),
        yes_no(facts.may_update_usage),
        yes_no(facts.may_delete_usage)
    );
    const bool refused = facts.may_insert_usage == false || facts.may_update_usage == false ||
                         (deletes && facts.may_delete_usage == false);
    const bool told_all =
        facts.may_insert_usage && facts.may_update_usage && (!deletes || facts.may_delete_usage);
    if (refused) {
        section.warn(
            Basis::kFound,
            "this database user may not write usage: nothing is billed by statistics",
            told,
            fmt::format(
                "GRANT SELECT, INSERT, UPDATE{} ON `{}`.itemstat TO {}",
                deletes ? ", DELETE" : "",
                facts.database,
                grantee(facts.user)
            )
        );
    } else if (told_all) {
        section.found("this database user may write usage", told);
    } else {
        section.unknown("whether this database user may write usage", told);
    }
    return section;
}

PreflightSection judge_secrets(const PreflightInput& input, const PanelFacts& facts) {
    PreflightSection section("crypted params");
    const std::string key =
        input.crypt_key_file.empty() ? "no key is configured" : "key " + input.crypt_key_file;
    const std::string seen = fmt::format(
        "{} of {} crypted params of our servers and services open; {}",
        facts.crypted_open,
        facts.crypted_seen,
        key
    );
    if (!facts.key_problem.empty()) {
        section.stop(
            facts.key_problem,
            key,
            "name the panel's current key in crypt_key (normally /usr/local/mgr5/etc/billmgr.pem), "
            "readable for this service only"
        );
    } else if (facts.crypted_seen > facts.crypted_open) {
        section.stop(
            input.crypt_key_file.empty() ? "there are crypted params, and no key to open them"
                                         : "the key does not open all crypted params",
            seen,
            "name the panel's current key in crypt_key, or enter the values anew in the panel"
        );
    } else if (facts.crypted_seen > 0) {
        section.found("the key opens crypted params", seen);
    } else if (input.crypt_key_file.empty()) {
        section.warn(
            Basis::kUnknown,
            "a saved password could not be read back: no key is configured",
            seen,
            "name the panel's key in crypt_key"
        );
    } else {
        section.assumed(
            "the key opens crypted params",
            "it is an RSA key; there is nothing crypted yet to try it on"
        );
    }
    const auto password = facts.params.find("userpassword");
    if (password != facts.params.end() && password->second.plain > 0) {
        section.found(
            fmt::format(
                "{} services have their first password in plain text: opened by the Python module",
                password->second.plain
            ),
            "itemparam userpassword; they are left as they are, new ones are crypted"
        );
    }
    return section;
}

PreflightSection judge_ours(const PreflightInput& input, const PanelFacts& facts) {
    PreflightSection section("our servers and products");
    if (facts.servers.empty()) {
        section.warn(
            Basis::kFound,
            fmt::format("the panel has no server of the module {} yet", input.panel.module),
            "table processingmodule",
            "add one: Integration - Service modules - Add"
        );
    }
    for (const auto& [id, name] : facts.servers) {
        section.found(fmt::format("server {} ({})", id, name), "table processingmodule");
    }
    if (facts.itemtypes.empty()) {
        section.unknown(
            "which product types are sold on them", "no tariff and no service is linked to them yet"
        );
    } else {
        section.found(
            fmt::format("product types sold on them: {}", fmt::join(facts.itemtypes, ", ")),
            "tariffs and services"
        );
    }
    return section;
}

PreflightSection judge_clock(const PanelFacts& facts) {
    PreflightSection section("clock");
    if (facts.clock_skew) {
        const Duration skew = *facts.clock_skew;
        const auto seconds =
            std::chrono::duration_cast<std::chrono::seconds>(std::chrono::abs(skew)).count();
        const std::string what = fmt::format(
            "the database's clock is {} s {} ours",
            seconds,
            skew < Duration{0} ? "behind" : "before"
        );
        if (std::chrono::abs(skew) > kSkewWarning) {
            section.warn(
                Basis::kFound,
                what,
                "UNIX_TIMESTAMP()",
                "synchronise both machines (chrony or systemd-timesyncd)"
            );
        } else {
            section.found(what, "UNIX_TIMESTAMP()");
        }
    }
    section.found("local times of the database are " + facts.time_zone, "@@time_zone");
    return section;
}

void name_first_order(const PreflightInput& input, PreflightReport& report) {
    std::vector<std::string>& open = report.first_order;
    open.emplace_back(
        "that the completion call really ends its operation: after the first order it must be gone "
        "from the panel's running operations, and the service active"
    );
    open.emplace_back(
        "whether the panel starts a module again that ended well while its operation is still "
        "pending, and after how long (it does no harm)"
    );
    open.emplace_back(
        "that params arrive as they were saved, the password crypted: they are read back, and "
        "`bill-nextcloud events --item N` tells what came of it"
    );
    open.emplace_back(
        "what becomes of ordered resources and of the previous tariff's number at a change of "
        "tariff (neither is relied on)"
    );
    open.emplace_back(
        "that the panel bills a day of usage after it was posted: compare the client's expenses on "
        "the next day"
    );
    const bool known = input.facts && (input.facts->status5_rows > 0 ||
                                       input.facts->status5_history.value_or(0) > 0 ||
                                       !input.facts->operations.empty());
    if (!known) {
        open.emplace_back("whether a service in progress has status 5 (both ways are understood)");
    }
}

}  // namespace

PreflightReport judge_preflight(const PreflightInput& input) {
    PreflightReport report;
    if (input.facts) {
        const PanelFacts& facts = *input.facts;
        report.sections.push_back(judge_schema(facts));
        report.sections.push_back(judge_texts(facts));
        if (bm_reader::missing_columns(facts).empty()) {
            report.sections.push_back(judge_ours(input, facts));
            report.sections.push_back(judge_history(facts));
            report.sections.push_back(judge_operations(facts));
            report.sections.push_back(judge_secrets(input, facts));
        }
        report.sections.push_back(judge_statistics(facts));
        report.sections.push_back(judge_clock(facts));
    } else {
        PreflightSection& section = report.sections.emplace_back("database");
        section.stop(
            input.facts_error ? input.facts_error->what : "the database was not asked",
            {},
            input.facts_error && !input.facts_error->remedy.empty()
                ? input.facts_error->remedy
                : "check [panel] in the configuration"
        );
    }
    judge_functions(input, report);
    judge_host(input, report);
    name_first_order(input, report);
    return report;
}

}  // namespace bn::cli
