// What `preflight` found out, as facts by name: what rules, settings and questions speak of.
#include <algorithm>
#include <charconv>
#include <iterator>
#include <optional>
#include <ranges>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/mariadb_rights.hpp"
#include "cli/preflight/preflight.hpp"
#include "reconciler/model/plural.hpp"

namespace bn::cli {

namespace {

using bm_reader::PanelFacts;
using bm_reader::TableFacts;

std::string flag(bool holds) {
    return holds ? "yes" : "";
}

std::string yes_no(const std::optional<bool>& answer) {
    return !answer ? "not told" : *answer ? "yes" : "no";
}

std::string listed(auto&& names) {
    return fmt::format("{}", fmt::join(names, ", "));
}

// ---- the database

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

// Operations of a service's life beside another status than "in progress".
std::string seen_beside(const PanelFacts& panel) {
    std::vector<std::string> seen;
    for (const bm_reader::OperationUse& use : panel.operations) {
        const bool life = use.command == "open" || use.command == "close" ||
                          use.command == "suspend" || use.command == "resume";
        if (life && use.status != 5 && use.count > 0) {
            seen.push_back(fmt::format("{} beside status {}", use.command, use.status));
        }
    }
    return listed(seen);
}

// Columns whose texts cannot be any, by their character sets.
std::vector<Facts> other_charsets(const PanelFacts& panel) {
    constexpr std::size_t kNamed = 4;
    std::map<std::string, std::vector<std::string>> narrow;
    for (const auto& [name, table] : panel.tables) {
        for (const auto& [column, about] : table.columns) {
            if (!about.charset.empty() && !about.charset.starts_with("utf8")) {
                narrow[about.charset].push_back(fmt::format("{}.{}", name, column));
            }
        }
    }
    std::vector<Facts> list;
    for (const auto& [charset, columns] : narrow) {
        const bool more = columns.size() > kNamed;
        list.push_back(
            {{"charset", charset},
             {"count", fmt::to_string(columns.size())},
             {"columns", listed(std::views::take(columns, kNamed)) + (more ? ", ..." : "")}}
        );
    }
    return list;
}

// Whether what is saved for a service fits.
std::vector<Facts> lengths(const PanelFacts& panel) {
    std::vector<Facts> list;
    const auto add = [&](const char* table, std::uint64_t characters, const char* thing) {
        if (panel.has(table, "value")) {
            const std::string& type = panel.table(table)->columns.at("value").type;
            list.push_back(
                {{"table", table},
                 {"thing", thing},
                 {"type", type},
                 {"needed", fmt::to_string(characters)},
                 {"fits", flag(length_limit(type).value_or(characters) >= characters)}}
            );
        }
    };
    add("itemparam", 255, "an address");
    add("itemcryptedparam", 344, "a crypted password");  // base64 of RSA
    return list;
}

void learn_secrets(const PanelFacts& panel, const std::string& file, Facts& facts) {
    const std::string key = file.empty() ? "no key is configured" : "key " + file;
    const bool closed = panel.crypted_seen > panel.crypted_open;
    const auto password = panel.params.find("userpassword");
    const std::uint64_t plain = password == panel.params.end() ? 0 : password->second.plain;
    facts.insert({
        {"key_problem", panel.key_problem},
        {"key", key},
        {"key_file", file},
        {"closed", flag(closed)},
        {"closed_for_want_of_a_key", flag(closed && file.empty())},
        {"some_crypted", flag(panel.crypted_seen > 0)},
        {"all_open", flag(panel.crypted_seen > 0 && panel.crypted_open == panel.crypted_seen)},
        {"crypted",
         fmt::format(
             "{} of {} crypted params of our servers and services open; {}",
             panel.crypted_open,
             panel.crypted_seen,
             key
         )},
        {"plain_passwords", plain == 0 ? "" : fmt::to_string(plain)},
    });
}

// Which unique key keeps one row a day, else which there are.
void learn_keys(const TableFacts& table, Facts& facts) {
    std::vector<std::string> others;
    for (const auto& [name, key] : table.keys) {
        const std::string spelt = fmt::format("{} ({})", name, listed(key.columns));
        if (key.unique && base::keeps_one_row_a_day({key.columns.begin(), key.columns.end()})) {
            facts["usage_key"] = spelt;
            return;
        }
        if (key.unique && name != "PRIMARY") {
            others.push_back(spelt);
        }
    }
    facts["other_keys"] = others.empty()
                              ? "itemstat has no unique key but its number"
                              : fmt::format("unique keys of itemstat: {}", fmt::join(others, "; "));
}

void learn_usage(const PanelFacts& panel, Known& known) {
    Facts& facts = known.facts;
    facts["usage_key"] = "";
    std::vector<Facts>& missing = known.lists["usage_columns"];
    if (const TableFacts* table = panel.table("itemstat")) {
        learn_keys(*table, facts);
        for (const char* const column : {"item", "statdate", "param", "value", "measure"}) {
            if (!table->has(column)) {
                missing.push_back({{"column", column}});
            }
        }
    }
    const std::string amount =
        panel.has("itemstat", "value") ? panel.table("itemstat")->columns.at("value").type : "";
    const bool one_row = !facts["usage_key"].empty();
    const std::optional<bool> rights[] = {
        panel.may_insert_usage, one_row ? panel.may_update_usage : panel.may_delete_usage};
    facts.insert({
        {"itemstat", flag(panel.table("itemstat") != nullptr)},
        {"amount", amount},
        {"whole_amounts", flag(amount.find("int") != std::string::npos)},
        {"usage_forbidden", flag(std::ranges::count(rights, std::optional(false)) > 0)},
        {"usage_allowed", flag(std::ranges::count(rights, std::optional(true)) == 2)},
        {"usage_grant", base::usage_grant(panel.database, one_row)},
        {"grantee", base::grantee(panel.user)},
        {"rights",
         fmt::format(
             "EXPLAIN as {}: insert {}, update {}, delete {}",
             panel.user,
             yes_no(panel.may_insert_usage),
             yes_no(panel.may_update_usage),
             yes_no(panel.may_delete_usage)
         )},
    });
}

void learn_database(const PanelFacts& panel, Known& known) {
    std::vector<std::string> no_innodb;
    for (const auto& [name, table] : panel.tables) {
        if (table.engine != "InnoDB" && !table.engine.empty()) {
            no_innodb.push_back(fmt::format("{} ({})", name, table.engine));
        }
    }
    const TableFacts* operations = panel.table("runningoperation");
    const bool status5 = panel.status5_rows > 0 || panel.status5_history.value_or(0) > 0;
    const Duration skew = panel.clock_skew.value_or(Duration{0});
    const std::string skewed = fmt::format(
        "{} s {}",
        std::chrono::abs(skew) / std::chrono::seconds(1),
        skew < Duration{0} ? "behind" : "before"
    );
    known.facts.insert({
        {"version", panel.version},
        {"database", panel.database},
        {"charset", panel.database_charset},
        {"user", panel.user},
        {"time_zone", panel.time_zone},
        {"itemcryptedparam", flag(panel.table("itemcryptedparam") != nullptr)},
        {"no_innodb", listed(no_innodb)},
        {"servers", flag(!panel.servers.empty())},
        {"itemtypes", listed(panel.itemtypes)},
        {"history_item", flag(panel.table("history_item") != nullptr)},
        {"tracked", listed(panel.tracked)},
        {"tracked_count", fmt::to_string(panel.tracked.size())},
        {"seen_status5", flag(status5)},
        {"seen_progress", flag(status5 || !panel.operations.empty())},
        {"status5", fmt::to_string(panel.status5_rows)},
        {"status5_history", fmt::to_string(panel.status5_history.value_or(0))},
        {"beside", seen_beside(panel)},
        {"operation_columns", operations ? listed(std::views::keys(operations->columns)) : ""},
        {"trycount", flag(panel.has("runningoperation", "trycount"))},
        {"highest_trycount", fmt::to_string(panel.highest_trycount)},
        {"manual", fmt::to_string(panel.manual_operations)},
        {"task_operation", flag(panel.has("task", "runningoperation"))},
        {"skew", panel.clock_skew ? skewed : ""},
        {"skewed", flag(std::chrono::abs(skew) > kSkewWarning)},
    });
    std::vector<Facts>& servers = known.lists["servers"];
    for (const auto& [id, name] : panel.servers) {
        servers.push_back({{"id", fmt::to_string(id)}, {"name", name}});
    }
    std::vector<Facts>& offers = known.lists["offers"];
    for (const bm_reader::OfferFinding& offer : panel.offers) {
        offers.push_back(
            {{"offer", offer.what},
             {"offer_evidence", offer.evidence},
             {"offer_remedy", offer.remedy}}
        );
    }
    known.lists["charsets"] = other_charsets(panel);
    known.facts["utf8"] = flag(known.lists["charsets"].empty());
    known.lists["lengths"] = lengths(panel);
    learn_usage(panel, known);
}

// ---- the panel's functions

constexpr const char* kReturningCalls[] = {
    "processing.setconfig",
    "problems.register",
    "runningoperation.edit",
    "runningoperation.setmanual",
    "service.changepricelist.rollback",
    "service.postclose",
    "service.postprolong",
    "service.postresume",
    "service.postsetparam",
    "service.poststat",
    "service.postsuspend",
    "service.saveparam",
    "task.edit",
    "task.gettype"};

constexpr const char* kUsualOpen = "{itemtype}.open";

// What completes an open, and how that is known.
struct OpenChoice {
    const char* basis;  // "found", "assumed", "unknown"
    std::string function;
    std::string evidence;
};

std::string opener_of(const std::string& itemtype) {
    return itemtype + ".open";
}

// The call that most services of our module were opened by. Nothing: no open is to be seen.
std::optional<OpenChoice> choose_by_history(const PanelFacts& panel) {
    const bm_reader::OpeningCall* most = nullptr;
    std::uint64_t others = 0;
    for (const bm_reader::OpeningCall& call : panel.openings) {
        // What ends an open, rather than what began it or renewed a service.
        if (call.function != "service.postopen" && !call.function.ends_with(".open")) {
            continue;
        }
        if (!call.ours) {
            others += call.function == opener_of(call.itemtype) ? call.count : 0;
        } else if (most == nullptr || call.count > most->count) {
            most = &call;
        }
    }
    if (most != nullptr) {
        const bool usual = most->function == opener_of(most->itemtype);
        constexpr auto kOpenedBy =
            "history_item: {:# service of ours was|# services of ours were} opened by {}";
        return OpenChoice{
            "found",
            usual ? kUsualOpen : most->function,
            fmt::format(kOpenedBy, Plural(most->count), most->function)};
    }
    if (others > 0) {
        constexpr auto kOthers =
            "history_item: {:# service of another module was|# services of other modules were} "
            "opened by <product type>.open";
        return OpenChoice{"assumed", kUsualOpen, fmt::format(kOthers, Plural(others))};
    }
    return std::nullopt;
}

// By the functions that the panel lists. `seen`: evidence from its history, may be empty.
OpenChoice choose_by_functions(
    const std::vector<std::string>& types,
    const std::set<std::string>& functions,
    const std::string& seen
) {
    if (types.empty()) {
        return {"assumed", kUsualOpen, "no product type is known yet; the vendor's modules do so"};
    }
    std::vector<std::string> missing;
    for (const std::string& type : types) {
        if (!functions.contains(opener_of(type))) {
            missing.push_back(opener_of(type));
        }
    }
    if (missing.empty()) {
        const std::string has = fmt::format("the panel has {}.open", fmt::join(types, ".open, "));
        return {"assumed", kUsualOpen, seen.empty() ? has : has + "; " + seen};
    }
    const std::string lacks = "the panel has no " + listed(missing);
    for (const char* const other : {"service.postopen", "vds.open"}) {
        if (functions.contains(other)) {
            return {"assumed", other, fmt::format("{}, but {}", lacks, other)};
        }
    }
    return {"unknown", kUsualOpen, lacks + ", service.postopen or vds.open"};
}

OpenChoice choose_open(const PanelFacts& panel, const std::set<std::string>& functions) {
    const std::optional<OpenChoice> seen = choose_by_history(panel);
    if (seen && (seen->basis == std::string_view("found") || functions.empty())) {
        return *seen;
    }
    if (!functions.empty()) {
        return choose_by_functions(panel.itemtypes, functions, seen ? seen->evidence : "");
    }
    constexpr auto kHabit = "the vendor's modules do so; the panel's functions could not be listed";
    return {"assumed", kUsualOpen, kHabit};
}

void learn_functions(const PreflightInput& input, const PanelFacts& panel, Facts& facts) {
    const MgrctlFacts& mgrctl = input.host.mgrctl;
    const auto absent = [&](const std::string& name) { return !mgrctl.functions.contains(name); };
    const std::string clears[] = {
        input.panel.clear_problem, "problems.unregister", "problems.solve"};
    const auto* const clear = std::ranges::find_if_not(clears, absent);
    const OpenChoice open = choose_open(panel, mgrctl.functions);
    const std::set<std::string>& params = mgrctl.save_params;
    const bool told = params.contains("name") && params.contains("value");
    const bool by_mgrctl = input.panel.api == "mgrctl";
    const std::size_t count = mgrctl.functions.size();
    facts.insert({
        {"as", fmt::format("run as {} (uid {})", input.host.user, input.host.uid)},
        {"by_mgrctl", flag(by_mgrctl)},
        {"mgrctl_tried", flag(mgrctl.tried)},
        {"mgrctl_runs", flag(mgrctl.tried && mgrctl.problem.empty())},
        {"mgrctl_problem", mgrctl.problem},
        {"mgrctl_stops", by_mgrctl ? mgrctl.problem : ""},
        {"mgrctl_answers", flag(mgrctl.answers)},
        {"answer_problem", mgrctl.answer_problem},
        {"core", mgrctl.core_version},
        {"functions", count == 0 ? "" : fmt::to_string(count)},
        {"missing_functions", listed(std::views::filter(kReturningCalls, absent))},
        {"open", open.function},
        {"open_basis", open.basis},
        {"open_evidence", open.evidence},
        {"open_found", flag(open.basis == std::string_view("found"))},
        {"open_assumed", flag(open.basis == std::string_view("assumed"))},
        {"save_told", flag(told)},
        {"save_params", listed(params)},
        // Both are in use in the vendor's own code, of the same function: a panel takes both.
        {"save_form", input.panel.save_param},
        {"clear", clear == std::end(clears) ? "" : *clear},
    });
}

// ---- files of this host

constexpr std::uint32_t kOfOthers = 0022;  // may write
constexpr std::uint32_t kExecutable = 0100;

std::string described(const FileFacts& file) {
    if (file.kind == FileKind::kMissing) {
        return file.path + " does not exist";
    }
    const std::string link = file.link.empty() ? "" : " -> " + file.link;
    return fmt::format("{} is {} {:04o}{}", file.path, file.owner, file.mode, link);
}

// `program`: it is run by the panel, rather than read.
Facts installed(const char* thing, const FileFacts& file, bool program) {
    return {
        {"thing", thing},
        {"file", described(file)},
        {"mode", program ? "0750" : "0644"},
        {"missing", flag(file.kind == FileKind::kMissing)},
        {"no_file", flag(file.kind != FileKind::kFile)},
        {"python", flag(program && file.python)},
        {"open_to_others", flag(file.uid != 0 || (file.mode & kOfOthers) != 0)},
        {"not_executable", flag(program && (file.mode & kExecutable) == 0)},
        {"not_ours", flag(program && !file.elf)},
    };
}

void learn_files(const PreflightInput& input, Known& known) {
    const HostFacts& host = input.host;
    const std::string& key = input.crypt_key_file;
    const auto if_there = [](const FileFacts& file, bool matters = true) {
        return matters && file.kind != FileKind::kMissing ? described(file) : "";
    };
    const bool key_file = host.crypt_key.kind == FileKind::kFile;
    const bool panel_key = host.panel_key.kind == FileKind::kFile;
    known.facts.insert({
        {"os", host.os.empty() ? "of an unknown system" : host.os},
        {"python_sources", if_there(host.python_sources)},
        {"do_nothing", if_there(host.do_nothing)},
        {"open_key", if_there(host.crypt_key, key_file && (host.crypt_key.mode & 0077U) != 0)},
        {"key_to_use", key.empty() && panel_key ? host.panel_key.path : key},
        {"elsewhere", flag(host.panel_elsewhere)},
        {"panel_program", input.panel.mgrctl},
        {"listen", input.control.listen},
        {"unheard", flag(host.panel_elsewhere && input.control.listen.empty())},
        {"socket_set", flag(!input.control.socket.empty())},
        {"folder_exists", flag(host.socket_folder.kind == FileKind::kFolder)},
        {"folder_open", flag((host.socket_folder.mode & kOfOthers) != 0)},
        {"socket_folder", described(host.socket_folder)},
        {"socket_answers", flag(host.socket_answers)},
        {"socket_exists", if_there(host.socket)},
        {"socket", described(host.socket)},
        {"socket_path", host.socket.path},
    });
    known.lists["files"] = {
        installed("the processing module", host.module_program, true),
        installed("the module's form file", host.module_form, false),
        installed("the drift page's program", host.page_program, true),
        installed("the drift page's form file", host.page_form, false)};
    std::vector<Facts>& places = known.lists["listen_places"];
    for (const ListenFacts& one : host.listen) {
        places.push_back({{"place", one.place}, {"listen_problem", one.problem}});
    }
}

}  // namespace

Known learn(const PreflightInput& input) {
    const PanelFacts panel = input.facts.value_or(PanelFacts());
    const bool read = input.facts.has_value();
    const std::vector<std::string> missing = bm_reader::missing_columns(panel);
    Known known;
    known.facts = {
        {"module", input.panel.module},
        {"read", flag(read)},
        {"whole", flag(read && missing.empty())},
        {"facts_error", read ? "" : input.facts.error().what},
        {"facts_remedy",
         read || input.facts.error().remedy.empty() ? "check [panel] in the configuration"
                                                    : input.facts.error().remedy},
    };
    std::vector<Facts>& columns = known.lists["missing_columns"];
    for (const std::string& column : missing) {
        columns.push_back({{"column", column}});
    }
    learn_database(panel, known);
    learn_secrets(panel, input.crypt_key_file, known.facts);
    learn_functions(input, panel, known.facts);
    learn_files(input, known);
    return known;
}

}  // namespace bn::cli
