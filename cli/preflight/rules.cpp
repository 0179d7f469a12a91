// The judgement of `preflight`: tables of rules, from facts by name to what they mean. Of a chain
// of rules the first whose fact holds is said.
#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/args.h>
#include <fmt/format.h>

#include "cli/preflight/preflight.hpp"
#include "controller/config/config_values.hpp"

namespace bn::cli {

namespace {

enum class Chain : std::uint8_t {
    kIf,    // begins a chain
    kElse,  // said when no row of its chain before it was
};

using enum Chain;
using enum Verdict;

struct RuleHead {
    Chain chain;
    Verdict verdict;
    std::string_view fact = {};  // that is not empty; "!name": that is; none: always
};

struct Rule : RuleHead {
    std::string_view says;  // "what | what it was seen in | remedy"; {database}: the fact
};

struct PartHead {
    std::string_view title;
    std::string_view fact = {};  // as in a rule
    std::string_view each = {};  // its rules for each of this list, with the facts of that
};

struct Part : PartHead {
    std::vector<Rule> rules;
};

// In the order in which they are said. A part without a title goes on with the section before.
const Part kParts[] = {
    {{"database", "!read"}, {{{kIf, kStops}, "{facts_error} |  | {facts_remedy}"}}},
    {{"database", "read"},
     {{{kIf, kFound},
       "{version}, database {database}, charset {charset} | VERSION() and the session's "
       "variables"}}},
    {{"", "read", "missing_columns"},
     {{{kIf, kStops},
       "there is no {column}, or {user} may not read it | information_schema.columns | GRANT "
       "SELECT ON `{database}`.* if the right is missing; otherwise this version of the panel is "
       "not known: please report it with its version"}}},
    {{"", "read"},
     {{{kIf, kFound, "whole"},
       "every table and column that is read is there | information_schema.columns"},
      {{kIf, kWarns, "!itemcryptedparam"},
       "there is no table itemcryptedparam, or {user} may not read it | information_schema.tables "
       "| without it a saved password cannot be read back: GRANT SELECT on it"},
      {{kIf, kWarns, "!itemstat"},
       "there is no table itemstat, or {user} may not read it | information_schema.tables | "
       "without it no usage is billed: GRANT SELECT on it, then run preflight again"},
      {{kIf, kFound, "!no_innodb"}, "a reading is one consistent moment | every table is InnoDB"},
      {{kElse, kWarns},
       "a reading may mix two moments: not every table knows transactions | {no_innodb} | ask the "
       "panel's support why they are not InnoDB; until then keep max_shrink small"}}},
    {{"what the columns hold", "read"},
     {{{kIf, kFound, "utf8"}, "texts are stored in UTF-8 | character sets of the columns"}}},
    {{"", "read", "charsets"},
     {{{kIf, kWarns},
       "{count} text columns are {charset}: other letters cannot be stored there | {columns} | "
       "reading is right all the same (the server translates); use logins and groups of plain "
       "letters"}}},
    {{"", "read", "lengths"},
     {{{kIf, kFound, "fits"}, "{table}.value holds {thing} | {type}"},
      {{kElse, kWarns},
       "{table}.value is too short for {thing} ({needed} characters) | {type} | a longer value is "
       "cut or refused when it is saved; it is read back and told of"}}},
    {{"our servers and products", "whole", "servers"},
     {{{kIf, kFound}, "server {id} ({name}) | table processingmodule"}}},
    {{"", "whole"},
     {{{kIf, kWarns, "!servers"},
       "the panel has no server of the module {module} yet | table processingmodule | add one: "
       "Integration - Service modules - Add"},
      {{kIf, kUnknown, "!itemtypes"},
       "which product types are sold on them | no tariff and no service is linked to them yet"},
      {{kElse, kFound}, "product types sold on them: {itemtypes} | tariffs and services"}}},
    {{"how space is sold", "whole"},
     {{{kIf, kUnknown, "!itemtypes"},
       "how space is sold | no tariff and no service is linked to our servers yet"},
      {{kIf, kAssumed},
       "used space is the client's own files, without trash and old versions, and without external "
       "storages unless the cloud's config.php has quota_include_external_storage | the cloud's "
       "manuals; a cloud answers one number and no parts of it, so nothing can be chosen here"}}},
    {{"", "whole", "offers"},
     {{{kIf, kWarns, "offer_remedy"}, "{offer} | {offer_evidence} | {offer_remedy}"},
      {{kElse, kFound}, "{offer} | {offer_evidence}"}}},
    {{"history and states", "whole"},
     {{{kIf, kFound, "tracked"},
       "changes of {tracked_count} columns of a service are written down | history_item: "
       "{tracked}"},
      {{kElse, kUnknown, "!history_item"},
       "which changes of a service the panel writes down | no table history_item to be seen"},
      {{kElse, kUnknown},
       "which changes of a service the panel writes down | history_item has no columns "
       "<column>_new"},
      {{kIf, kFound, "seen_status5"},
       "a service in progress has status 5 | services with it now: {status5}; rows of the history: "
       "{status5_history}"},
      {{kElse, kFound, "beside"},
       "a service in progress keeps its status; only the operation is to be seen | {beside}"},
      {{kElse, kUnknown},
       "whether a service in progress has status 5, or only an operation beside its old status | "
       "no service is in progress now; both are understood"}}},
    {{"running operations", "whole"},
     {{{kIf, kFound}, "columns of runningoperation | {operation_columns}"},
      {{kIf, kFound, "trycount"},
       "the panel counts its tries | runningoperation.trycount; the highest now is "
       "{highest_trycount}, manual operations: {manual}"},
      {{kElse, kWarns},
       "the panel's tries cannot be counted: no task is made after the last one | runningoperation "
       "has no column trycount | look into the panel's list of running operations from time to "
       "time"},
      {{kIf, kFound, "task_operation"}, "tasks name their operation | task.runningoperation"},
      {{kElse, kUnknown},
       "whether a person already has a task | no column task.runningoperation to be seen"}}},
    {{"crypted params", "whole"},
     {{{kIf, kStops, "key_problem"},
       "{key_problem} | {key} | name the panel's current key in crypt_key (normally "
       "/usr/local/mgr5/etc/billmgr.pem), readable for this service only"},
      {{kElse, kStops, "closed_for_want_of_a_key"},
       "there are crypted params, and no key to open them | {crypted} | name the panel's current "
       "key in crypt_key, or enter the values anew in the panel"},
      {{kElse, kStops, "closed"},
       "the key does not open all crypted params | {crypted} | name the panel's current key in "
       "crypt_key, or enter the values anew in the panel"},
      {{kElse, kFound, "some_crypted"}, "the key opens crypted params | {crypted}"},
      {{kElse, kDoubts, "!key_file"},
       "a saved password could not be read back: no key is configured | {crypted} | name the "
       "panel's key in crypt_key"},
      {{kElse, kAssumed},
       "the key opens crypted params | it is an RSA key; there is nothing crypted yet to try it "
       "on"},
      {{kIf, kFound, "plain_passwords"},
       "services whose first password is in plain text: {plain_passwords}; the Python module "
       "opened them | itemparam userpassword; they are left as they are, new ones are crypted"}}},
    {{"usage (itemstat)", "read"},
     {{{kIf, kUnknown, "!itemstat"}, "how usage is stored | no table itemstat to be seen"}}},
    {{"", "itemstat", "usage_columns"},
     {{{kIf, kWarns},
       "itemstat has no column {column}: usage cannot be written | information_schema.columns | "
       "switch the daily usage off ([statistics] daily = false) and report the panel's version"}}},
    {{"", "itemstat"},
     {{{kIf, kFound, "whole_amounts"},
       "amounts are whole numbers: parts of a unit are lost | itemstat.value is {amount}"},
      {{kElse, kFound, "amount"}, "amounts may have parts | itemstat.value is {amount}"},
      {{kIf, kFound, "usage_key"},
       "one row for each service, day and resource | unique key {usage_key}"},
      {{kElse, kWarns},
       "nothing keeps one row for each service, day and resource: a day is deleted before it is "
       "written | {other_keys} | the right DELETE on itemstat is needed, in place of UPDATE"},
      {{kIf, kWarns, "usage_forbidden"},
       "this database user may not write usage: nothing is billed by statistics | {rights} | GRANT "
       "{usage_grant} TO {grantee}"},
      {{kElse, kFound, "usage_allowed"}, "this database user may write usage | {rights}"},
      {{kElse, kUnknown}, "whether this database user may write usage | {rights}"}}},
    {{"clock", "read"},
     {{{kIf, kWarns, "skewed"},
       "the database's clock is {skew} ours | UNIX_TIMESTAMP() | synchronise both machines (chrony "
       "or systemd-timesyncd)"},
      {{kElse, kFound, "skew"}, "the database's clock is {skew} ours | UNIX_TIMESTAMP()"},
      {{kIf, kFound}, "local times of the database are {time_zone} | @@time_zone"}}},
    {{"the panel's functions"},
     {{{kIf, kUnknown, "!mgrctl_tried"},
       "which functions the panel has | mgrctl is only asked on the panel's own host"},
      {{kElse, kStops, "mgrctl_stops"},
       "{mgrctl_problem} | {as} | run this as root on the panel's host with the panel running, or "
       "use api = \"https\""},
      {{kElse, kWarns, "mgrctl_problem"},
       "{mgrctl_problem} | {as} | run this as root on the panel's host with the panel running, or "
       "use api = \"https\""}}},
    {{"", "mgrctl_runs"},
     {{{kIf, kFound, "core"}, "version of the panel's core: {core} | bin/core -V"},
      {{kIf, kUnknown, "!functions"}, "which functions the panel has | mgrctl -i listed none"},
      {{kElse, kFound}, "the panel has {functions} functions | mgrctl -m billmgr -i"},
      {{kIf, kFound, "mgrctl_answers"},
       "mgrctl reaches the panel and may call it | {as}, a list was asked for"},
      {{kElse, kStops, "by_mgrctl"},
       "mgrctl cannot call the panel: {answer_problem} | {as} | mgrctl needs root and a running "
       "panel: see var/billmgr.log"},
      {{kElse, kWarns},
       "mgrctl cannot call the panel: {answer_problem} | {as} | mgrctl needs root and a running "
       "panel: see var/billmgr.log"}}},
    {{"", "functions"},
     {{{kIf, kFound, "!missing_functions"},
       "every function that results go back through is there | mgrctl -m billmgr -i"},
      {{kElse, kWarns},
       "the panel does not list {missing_functions} | mgrctl -m billmgr -i | what they do will be "
       "owed to the panel and retried; please report the panel's version"}}},
    {{""},
     {{{kIf, kFound, "open_found"}, "an open is completed by {open} | {open_evidence}"},
      {{kElse, kAssumed, "open_assumed"}, "an open is completed by {open} | {open_evidence}"},
      {{kElse, kDoubts},
       "which function completes an open | {open_evidence} | place one order: the functions that "
       "modules use are tried in turn, and `bill-nextcloud events` names the one that did"},
      {{kIf, kFound, "save_told"},
       "a param is saved in the form {save_form} | a panel takes both forms; params of "
       "service.saveparam: {save_params}"},
      {{kElse, kFound},
       "a param is saved in the form {save_form} | a panel takes both forms: the vendor's modules "
       "use either, of the same function"}}},
    {{"", "functions"},
     {{{kIf, kUnknown, "!clear"},
       "how a problem of a server is taken back | the panel lists none of the known functions; it "
       "stays until somebody deletes it"},
      {{kElse, kAssumed},
       "a problem of a server is taken back by {clear} | the panel has this function"}}},
    {{"files on this host"},
     {{{kIf, kFound}, "this host is {os} | os-release"},
      {{kIf, kUnknown, "elsewhere"},
       "whether our module and page are installed: the panel's files are not on this host | there "
       "is no {panel_program}, and api is https; deploy/billmanager/install says it there"}}},
    {{"", "!elsewhere", "files"},
     // A file that the panel runs, or reads, as root.
     {{{kIf, kWarns, "missing"},
       "{thing} is not installed | {file} | run deploy/billmanager/install"},
      {{kElse, kStops, "no_file"}, "{thing} is no file | {file} | run deploy/billmanager/install"},
      {{kElse, kWarns, "python"},
       "{thing} is still the Python module | {file} | run deploy/billmanager/install: it keeps a "
       "copy and puts ours in its place"},
      {{kElse, kStops, "open_to_others"},
       "others than root may change {thing}, and the panel uses it as root | {file} | chown "
       "root:root and chmod {mode} it"},
      {{kElse, kStops, "not_executable"}, "{thing} is not executable | {file} | chmod 0750 it"},
      {{kElse, kDoubts, "not_ours"},
       "{thing} is not a program of ours | {file} | run deploy/billmanager/install"},
      {{kElse, kFound}, "{thing} is installed | {file}"}}},
    {{""},
     {{{kIf, kWarns, "python_sources"},
       "sources of the Python module are still there: the panel may build it anew over ours | "
       "{python_sources} | run deploy/billmanager/install: it moves them aside"},
      {{kIf, kWarns, "do_nothing"},
       "the panel is in maintenance: neither its modules nor the controller do anything | "
       "{do_nothing} | delete this file when the services shall be processed"},
      {{kIf, kWarns, "open_key"},
       "others may read the panel's key, and with it every stored password | {open_key} | chmod "
       "0600 it"}}},
    {{"control socket"},
     {{{kIf, kWarns, "!socket_set"},
       "no control socket is configured: neither a module on this host nor a command reaches the "
       "controller | [control] socket is empty | set socket = "
       "\"/run/bill-nextcloud/control.sock\" under [control]"},
      {{kElse, kWarns, "!folder_exists"},
       "the socket's folder does not exist | {socket_folder} | systemd makes it with "
       "RuntimeDirectory=bill-nextcloud; else make it, owned by the service, mode 0750"},
      {{kElse, kStops, "folder_open"},
       "others may replace the control socket | {socket_folder} | chmod 0750 the folder"},
      {{kElse, kFound}, "the socket's folder is there | {socket_folder}"},
      {{kIf, kFound, "socket_answers"}, "a controller listens on it | {socket_path}"},
      {{kElse, kUnknown, "socket_exists"},
       "a socket is there, and nobody listens: the service is stopped, or it may not be reached by "
       "this user | {socket}"},
      {{kElse, kFound, "socket_set"},
       "the service does not run: there is no socket yet | {socket}"}}},
    {{"a panel on another host", "unheard"},
     {{{kIf, kWarns},
       "no panel on another host is heard: its module cannot reach the controller | [control] "
       "listen is empty | set listen and key_file under [control]: `bill-nextcloud panel-key` says "
       "how"}}},
    {{"a panel on another host", "listen", "listen_places"},
     {{{kIf, kFound, "!listen_problem"},
       "a controller that has the key answers on {place} | a ping in TLS, with the key of "
       "control.key_file"},
      {{kElse, kWarns},
       "no controller that has the key answers on {place} | {listen_problem} | start the service, "
       "or restart it after a change of control.listen; reload it after a new key"}}},
};

struct Question {
    std::string_view fact;
    Phrase says;  // and what to do if it is the other way
};

constexpr Question kRulesFirstOrder[] = {
    {"!open_found",
     {"that {open} is the call that completes an open here: else the others that modules use are "
      "tried by themselves, and the one that did is remembered; nothing is to be done either way",
      "что открытие здесь завершает {open}: иначе сами собой пробуются другие функции, которыми "
      "пользуются модули, и сработавшая запоминается; делать ничего не нужно в любом случае"}},
    {"",
     {"that the completion call really ends its operation: it is gone from the panel's running "
      "operations, and the service active; if not, the operation's error says what each function "
      "answered: set open_function, or complete the service by hand",
      "что завершающий вызов действительно закрывает операцию: её нет среди текущих операций, "
      "услуга активна; если нет, ошибка операции показывает ответ каждой функции: задайте "
      "open_function или завершите услугу вручную"}},
    {"",
     {"whether the panel starts a module again that ended well while its operation is still "
      "pending, and after how long; nothing is to be done either way",
      "запускает ли панель модуль повторно, если он завершился успешно, а операция ещё открыта, и "
      "через какое время; делать ничего не нужно в любом случае"}},
    {"",
     {"that params arrive as they were saved, the password crypted: they are read back; if the "
      "password cannot be read back, name the panel's current key in crypt_key",
      "что параметры сохраняются как переданы, пароль зашифрован: они читаются обратно; если "
      "пароль не читается, укажите действующий ключ панели в crypt_key"}},
    {"",
     {"what becomes of ordered resources at a change of tariff: the quota follows what the panel "
      "shows afterwards; if that is not what was sold, correct the service's resources there",
      "что станет с заказанными ресурсами при смене тарифа: квота следует тому, что показывает "
      "панель после неё; если продано другое, исправьте ресурсы услуги в панели"}},
    {"",
     {"that the panel bills a day of usage after it was posted: compare the client's expenses on "
      "the next day; if there is none, look at the rights on itemstat above and at the panel's "
      "task statdaily",
      "что панель списывает за день использования после передачи: сравните расходы клиента на "
      "следующий день; если их нет, проверьте права на itemstat выше и задание statdaily панели"}},
    {"",
     {"how a resource billed by statistics is counted, if one is sold: after three days of usage "
      "the expenses show one day's amount or the sum; set statistics.counted by it",
      "как считается ресурс с оплатой по статистике, если он продаётся: через три дня по расходам "
      "видно, взят один день или сумма; задайте по этому statistics.counted"}},
    {"",
     {"what a task about a nearly full account looks like to the panel's staff; if its text is not "
      "to be seen, set statistics.threshold_notice = \"off\" and watch `bill-nextcloud events`",
      "как сотрудники видят задачу о почти заполненной квоте; если текста не видно, задайте "
      "statistics.threshold_notice = \"off\" и смотрите `bill-nextcloud events`"}},
    {"!seen_progress",
     {"whether a service in progress has status 5; both ways are understood, nothing is to be done",
      "имеет ли услуга в обработке состояние 5; понятны оба варианта, делать ничего не нужно"}},
};

bool holds(std::string_view fact, const Facts& facts) {
    const bool wanted = !fact.starts_with('!');
    return fact.empty() || facts.at(std::string(fact.substr(wanted ? 0 : 1))).empty() != wanted;
}

// The text with the facts in place of their names.
std::string filled(std::string_view text, const Facts& facts) {
    fmt::dynamic_format_arg_store<fmt::format_context> values;
    for (const auto& [name, value] : facts) {
        values.push_back(fmt::arg(name.c_str(), value));
    }
    return fmt::vformat(text, values);
}

// The facts come after the cut: they may hold anything.
std::array<std::string, 3> split(std::string_view says, const Facts& facts) {
    constexpr std::string_view kBar = " | ";
    std::array<std::string, 3> parts;
    for (std::string& part : parts) {
        const std::size_t end = std::min(says.find(kBar), says.size());
        part = filled(says.substr(0, end), facts);
        says.remove_prefix(std::min(end + kBar.size(), says.size()));
    }
    return parts;
}

void judge_all(Section& section, const std::vector<Rule>& rules, const Facts& facts) {
    bool said = false;
    for (const Rule& rule : rules) {
        said = said && rule.chain == kElse;
        if (!said && holds(rule.fact, facts)) {
            said = true;
            auto [what, evidence, remedy] = split(rule.says, facts);
            section.add(rule.verdict, std::move(what), std::move(remedy), std::move(evidence));
        }
    }
}

std::vector<PreflightSetting> settings_of(const PreflightInput& input, const Facts& facts) {
    const PanelConfig& panel = input.panel;
    const bool works = holds("mgrctl_answers", facts) && holds("!mgrctl_problem", facts);
    const std::string& socket = input.control.socket;
    const std::string& listen = input.control.listen;
    std::vector<PreflightSetting> settings = {
        {"panel",
         "api",
         works && panel.api != "https" ? "mgrctl" : panel.api,
         panel.api,
         works ? "mgrctl works here" : "mgrctl does not work here"},
        {"panel", "mgrctl", panel.mgrctl, panel.mgrctl, works ? "found" : "assumed"},
        {"panel",
         "crypt_key",
         facts.at("key_to_use"),
         input.crypt_key_file,
         holds("all_open", facts) ? "it opens what is stored" : "the panel's own place for it"},
        {"panel", "open_function", facts.at("open"), panel.open_function, facts.at("open_basis")},
        {"panel", "save_param", facts.at("save_form"), panel.save_param, "found"},
        {"panel", "clear_problem", facts.at("clear"), panel.clear_problem, "assumed"},
        {"control",
         "socket",
         socket.empty() ? "/run/bill-nextcloud/control.sock" : socket,
         socket,
         listen.empty() ? "where the panel's module looks for it"
                        : "where the commands of this host look for it"},
        {"control", "listen", listen, listen, "where a panel on another host is heard"},
        {"control",
         "key_file",
         listen.empty() ? "" : input.control.key_file,
         input.control.key_file,
         "the key that both have"},
    };
    std::erase_if(settings, [](const PreflightSetting& setting) { return setting.value.empty(); });
    for (PreflightSetting& setting : settings) {
        setting.value = toml_quoted(setting.value);
        setting.now = toml_quoted(setting.now);
    }
    return settings;
}

}  // namespace

PreflightReport judge_preflight(const PreflightInput& input) {
    const Known known = learn(input);
    const Facts& facts = known.facts;
    PreflightReport report;
    for (const Part& part : kParts) {
        if (!holds(part.fact, facts)) {
            continue;
        }
        if (!part.title.empty()) {
            report.sections.emplace_back().title = part.title;
        }
        if (part.each.empty()) {
            judge_all(report.sections.back(), part.rules, facts);
            continue;
        }
        for (Facts one : known.lists.at(std::string(part.each))) {
            one.insert(facts.begin(), facts.end());
            judge_all(report.sections.back(), part.rules, one);
        }
    }
    report.settings = settings_of(input, facts);
    for (const Question& question : kRulesFirstOrder) {
        if (holds(question.fact, facts)) {
            report.first_order.push_back(
                {filled(question.says.english, facts), filled(question.says.russian, facts)}
            );
        }
    }
    return report;
}

}  // namespace bn::cli
