// The judgement of `preflight`: the panel's functions, files of this host, the control socket.
// Pure.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/preflight/rules.hpp"

namespace bn::cli {

namespace {

using enum Chain;
using enum Verdict;
using K = const Known&;

// ---- the panel's functions

constexpr Rule kMgrctl[] = {
    {{kIf, kUnknown, [](K k) { return !k.host.mgrctl.tried; }},
     "which functions the panel has | mgrctl is only asked on the panel's own host"},
    {{kElse, kStops, [](K k) { return !k.host.mgrctl.problem.empty() && k.by_mgrctl(); }},
     "{mgrctl_problem} | {as} | run this as root on the panel's host with the panel running, or "
     "use api = \"https\""},
    {{kElse, kWarns, [](K k) { return !k.host.mgrctl.problem.empty(); }},
     "{mgrctl_problem} | {as} | run this as root on the panel's host with the panel running, or "
     "use api = \"https\""},
};

constexpr Rule kMgrctlRuns[] = {
    {{kIf, kFound, [](K k) { return !k.host.mgrctl.core_version.empty(); }},
     "version of the panel's core: {core} | bin/core -V"},
    {{kIf, kUnknown, [](K k) { return k.host.mgrctl.functions.empty(); }},
     "which functions the panel has | mgrctl -i listed none"},
    {{kElse, kFound}, "the panel has {functions} functions | mgrctl -m billmgr -i"},
    {{kIf, kFound, [](K k) { return k.host.mgrctl.answers; }},
     "mgrctl reaches the panel and may call it | {as}, a list was asked for"},
    {{kElse, kStops, [](K k) { return k.by_mgrctl(); }},
     "mgrctl cannot call the panel: {answer_problem} | {as} | mgrctl needs root and a running "
     "panel: see var/billmgr.log"},
    {{kElse, kWarns},
     "mgrctl cannot call the panel: {answer_problem} | {as} | mgrctl needs root and a running "
     "panel: see var/billmgr.log"},
};

constexpr Rule kWayBack[] = {
    {{kIf, kFound, [](K k) { return k.missing_functions.empty(); }},
     "every function that results go back through is there | mgrctl -m billmgr -i"},
    {{kElse, kWarns},
     "the panel does not list {missing_functions} | mgrctl -m billmgr -i | what they do will be "
     "owed to the panel and retried; please report the panel's version"},
};

constexpr Rule kOpenAndSave[] = {
    {{kIf, kFound, [](K k) { return k.open.basis == Basis::kFound; }},
     "an open is completed by {open} | {open_evidence}"},
    {{kElse, kAssumed, [](K k) { return k.open.basis == Basis::kAssumed; }},
     "an open is completed by {open} | {open_evidence}"},
    {{kElse, kDoubts},
     "which function completes an open | {open_evidence} | place one order, and look in the "
     "panel's log for what the panel itself calls; set open_function"},
    {{kIf, kFound, [](K k) { return k.save_told; }},
     "a param is saved by its name and value | params of service.saveparam: {save_params}"},
    {{kElse, kAssumed},
     "a param is saved in the form {save_form} | the vendor's modules use it; the panel does not "
     "describe service.saveparam"},
};

constexpr Rule kClear[] = {
    {{kIf, kUnknown, [](K k) { return k.clear.empty(); }},
     "how a problem of a server is taken back | the panel lists none of the known functions; it "
     "stays until somebody deletes it"},
    {{kElse, kAssumed},
     "a problem of a server is taken back by {clear} | the panel has this function"},
};

// ---- files of this host

constexpr std::uint32_t kOfOthers = 0022;  // may write
constexpr std::uint32_t kExecutable = 0100;

// A file that the panel runs, or reads, as root.
constexpr Rule kInstalled[] = {
    {{kIf, kWarns, [](K k) { return k.file->kind == FileKind::kMissing; }},
     "{thing} is not installed | {file} | run deploy/billmanager/install"},
    {{kElse, kStops, [](K k) { return k.file->kind != FileKind::kFile; }},
     "{thing} is no file | {file} | run deploy/billmanager/install"},
    {{kElse, kWarns, [](K k) { return k.program && k.file->python; }},
     "{thing} is still the Python module | {file} | run deploy/billmanager/install: it keeps a "
     "copy and puts ours in its place"},
    {{kElse, kStops, [](K k) { return k.file->uid != 0 || (k.file->mode & kOfOthers) != 0; }},
     "others than root may change {thing}, and the panel uses it as root | {file} | chown "
     "root:root and chmod {mode} it"},
    {{kElse, kStops, [](K k) { return k.program && (k.file->mode & kExecutable) == 0; }},
     "{thing} is not executable | {file} | chmod 0750 it"},
    {{kElse, kDoubts, [](K k) { return k.program && !k.file->elf; }},
     "{thing} is not a program of ours | {file} | run deploy/billmanager/install"},
    {{kElse, kFound}, "{thing} is installed | {file}"},
};

constexpr Rule kOtherFiles[] = {
    {{kIf, kWarns, [](K k) { return k.host.python_sources.kind != FileKind::kMissing; }},
     "sources of the Python module are still there: the panel may build it anew over ours | "
     "{python_sources} | run deploy/billmanager/install: it moves them aside"},
    {{kIf, kWarns, [](K k) { return k.host.do_nothing.kind != FileKind::kMissing; }},
     "the panel's modules are told to do nothing | {do_nothing} | delete this file when the "
     "services shall be processed"},
    {{kIf,
      kWarns,
      [](K k) {
          return k.host.crypt_key.kind == FileKind::kFile && (k.host.crypt_key.mode & 0077U) != 0;
      }},
     "others may read the panel's key, and with it every stored password | {crypt_key} | chmod "
     "0600 it"},
};

// ---- the control socket

constexpr Rule kSocket[] = {
    {{kIf, kWarns, [](K k) { return !k.has_socket(); }},
     "no control socket is configured: the panel's module cannot reach the controller | [control] "
     "socket is empty | set socket = \"/run/bill-nextcloud/control.sock\" under [control]"},
    {{kElse, kWarns, [](K k) { return k.host.socket_folder.kind != FileKind::kFolder; }},
     "the socket's folder does not exist | {socket_folder} | systemd makes it with "
     "RuntimeDirectory=bill-nextcloud; else make it, owned by the service, mode 0750"},
    {{kElse, kStops, [](K k) { return (k.host.socket_folder.mode & kOfOthers) != 0; }},
     "others may replace the control socket | {socket_folder} | chmod 0750 the folder"},
    {{kElse, kFound}, "the socket's folder is there | {socket_folder}"},
    {{kIf, kFound, [](K k) { return k.host.socket_answers; }},
     "a controller listens on it | {socket_path}"},
    {{kElse, kUnknown, [](K k) { return k.host.socket.kind != FileKind::kMissing; }},
     "a socket is there, and nobody listens: the service is stopped, or it may not be reached by "
     "this user | {socket}"},
    {{kElse, kFound, [](K k) { return k.has_socket(); }},
     "the service does not run: there is no socket yet | {socket}"},
};

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

std::string opener_of(const std::string& itemtype) {
    return itemtype + ".open";
}

// The call that most services of our module were opened by. Nothing: no open is to be seen.
std::optional<OpenChoice> choose_by_history(const bm_reader::PanelFacts& facts) {
    const bm_reader::OpeningCall* most = nullptr;
    std::uint64_t others = 0;
    for (const bm_reader::OpeningCall& call : facts.openings) {
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
        constexpr auto kOurs = "history_item: {} services of ours were opened by {}";
        return OpenChoice{
            Basis::kFound,
            usual ? std::string(kUsualOpen) : most->function,
            fmt::format(kOurs, most->count, most->function)};
    }
    if (others > 0) {
        constexpr auto kOthers =
            "history_item: {} services of other modules were opened by <product type>.open";
        return OpenChoice{Basis::kAssumed, kUsualOpen, fmt::format(kOthers, others)};
    }
    return std::nullopt;
}

// By the functions that the panel lists. `seen`: evidence from its history, may be empty.
OpenChoice choose_by_functions(const Known& known, const std::string& seen) {
    const std::set<std::string>& functions = known.host.mgrctl.functions;
    const std::vector<std::string>& types = known.facts.itemtypes;
    if (types.empty()) {
        constexpr auto kNone = "no product type is known yet; the vendor's modules do so";
        return OpenChoice{Basis::kAssumed, kUsualOpen, kNone};
    }
    std::vector<std::string> missing;
    for (const std::string& type : types) {
        if (!functions.contains(opener_of(type))) {
            missing.push_back(opener_of(type));
        }
    }
    if (missing.empty()) {
        const std::string has = fmt::format("the panel has {}.open", fmt::join(types, ".open, "));
        return OpenChoice{Basis::kAssumed, kUsualOpen, seen.empty() ? has : has + "; " + seen};
    }
    const std::string lacks = fmt::format("the panel has no {}", fmt::join(missing, ", "));
    for (const char* const other : {"service.postopen", "vds.open"}) {
        if (functions.contains(other)) {
            return OpenChoice{Basis::kAssumed, other, fmt::format("{}, but {}", lacks, other)};
        }
    }
    return OpenChoice{Basis::kUnknown, kUsualOpen, lacks + ", service.postopen or vds.open"};
}

OpenChoice choose_open(const Known& known) {
    const bool listed = !known.host.mgrctl.functions.empty();
    const std::optional<OpenChoice> seen = choose_by_history(known.facts);
    if (seen && (seen->basis == Basis::kFound || !listed)) {
        return *seen;
    }
    if (listed) {
        return choose_by_functions(known, seen ? seen->evidence : "");
    }
    constexpr auto kHabit = "the vendor's modules do so; the panel's functions could not be listed";
    return OpenChoice{Basis::kAssumed, kUsualOpen, kHabit};
}

std::string choose_clear(const Known& known) {
    const char* const kNames[] = {
        known.input.panel.clear_problem.c_str(),
        "problems.autosolve",
        "problems.unregister",
        "problems.solve",
        "problems.delete"};
    const auto listed = [&](const char* name) {
        return known.host.mgrctl.functions.contains(name);
    };
    const auto* const found = std::ranges::find_if(kNames, listed);
    return found == std::end(kNames) ? "" : *found;
}

std::string described(const FileFacts& file) {
    if (file.kind == FileKind::kMissing) {
        return file.path + " does not exist";
    }
    const std::string link = file.link.empty() ? "" : " -> " + file.link;
    return fmt::format("{} is {} {:04o}{}", file.path, file.owner, file.mode, link);
}

void judge_file(
    PreflightSection& section,
    const Known& known,
    const FileFacts& file,
    const char* thing,
    bool runs
) {
    Known about = known;
    about.texts.insert(
        {{"thing", thing}, {"file", described(file)}, {"mode", runs ? "0750" : "0644"}}
    );
    about.file = &file;
    about.program = runs;
    say(section, kInstalled, about);
}

void learn_functions(Known& known) {
    const MgrctlFacts& mgrctl = known.host.mgrctl;
    known.open = choose_open(known);
    const auto params = mgrctl.params.find("service.saveparam");
    if (params != mgrctl.params.end()) {
        known.save_told = params->second.contains("name") && params->second.contains("value");
        known.texts["save_params"] = fmt::format("{}", fmt::join(params->second, ", "));
    }
    // Both forms are in use in the vendor's own code: what is configured is as good a guess.
    known.save_form = known.save_told ? "name-value" : known.input.panel.save_param;
    known.clear = choose_clear(known);
    std::vector<std::string> missing;
    std::ranges::copy_if(kReturningCalls, std::back_inserter(missing), [&](const char* name) {
        return !mgrctl.functions.contains(name);
    });
    known.missing_functions = fmt::format("{}", fmt::join(missing, ", "));
}

void add_settings(const Known& known, PreflightReport& report) {
    const PanelConfig& panel = known.input.panel;
    const std::string& key = known.input.crypt_key_file;
    const std::string& socket = known.input.control.socket;
    const bool works = known.host.mgrctl.problem.empty() && known.host.mgrctl.answers;
    const std::string api = works && panel.api != "https" ? "mgrctl" : panel.api;
    const char* const about_api = works ? "mgrctl works here" : "mgrctl does not work here";
    std::vector<PreflightSetting>& settings = report.settings;
    settings.emplace_back("panel", "api", api, panel.api, about_api);
    settings.emplace_back(
        "panel", "mgrctl", panel.mgrctl, panel.mgrctl, works ? "found" : "assumed"
    );
    if (!key.empty() || known.host.panel_key.kind == FileKind::kFile) {
        const bool opens =
            known.facts.crypted_seen > 0 && known.facts.crypted_open == known.facts.crypted_seen;
        const char* const why = opens ? "it opens what is stored" : "the panel's own place for it";
        const std::string& use = key.empty() ? known.host.panel_key.path : key;
        settings.emplace_back("panel", "crypt_key", use, key, why);
    }
    const std::string_view open_basis = to_string(known.open.basis);
    const char* const save_basis = known.save_told ? "found" : "assumed";
    settings.emplace_back(
        "panel", "open_function", known.open.function, panel.open_function, open_basis
    );
    settings.emplace_back("panel", "save_param", known.save_form, panel.save_param, save_basis);
    if (!known.clear.empty()) {
        settings.emplace_back(
            "panel", "clear_problem", known.clear, panel.clear_problem, "assumed"
        );
    }
    const std::string use = known.has_socket() ? socket : "/run/bill-nextcloud/control.sock";
    settings.emplace_back(
        "control", "socket", use, socket, "where the panel's module looks for it"
    );
}

void name_first_order(const Known& known, PreflightReport& report) {
    std::vector<std::string>& open = report.first_order;
    if (known.open.basis != Basis::kFound) {
        open.push_back(filled("that {open} is the call that completes an open here", known.texts));
    }
    if (!known.save_told) {
        open.push_back(filled(
            "that service.saveparam takes the form {save_form}: it is read back; else set "
            "save_param to the other",
            known.texts
        ));
    }
    for (const char* const text :
         {"that the completion call really ends its operation: after the first order it must be "
          "gone from the panel's running operations, and the service active",
          "whether the panel starts a module again that ended well while its operation is still "
          "pending, and after how long (it does no harm)",
          "that params arrive as they were saved, the password crypted: they are read back, and "
          "`bill-nextcloud events --item N` tells what came of it",
          "what becomes of ordered resources and of the previous tariff's number at a change of "
          "tariff (neither is relied on)",
          "that the panel bills a day of usage after it was posted: compare the client's "
          "expenses on the next day"}) {
        open.emplace_back(text);
    }
    if (!known.seen_status5 && known.facts.operations.empty()) {
        open.emplace_back("whether a service in progress has status 5 (both ways are understood)");
    }
}

}  // namespace

void learn_host(Known& known) {
    const HostFacts& host = known.host;
    learn_functions(known);
    known.texts.insert({
        {"mgrctl_problem", host.mgrctl.problem},
        {"as", fmt::format("run as {} (uid {})", host.user, host.uid)},
        {"core", host.mgrctl.core_version},
        {"functions", fmt::to_string(host.mgrctl.functions.size())},
        {"answer_problem", host.mgrctl.answer_problem},
        {"missing_functions", known.missing_functions},
        {"open", known.open.function},
        {"open_evidence", known.open.evidence},
        {"save_form", known.save_form},
        {"clear", known.clear},
        {"os", host.os.empty() ? "of an unknown system" : host.os},
        {"python_sources", described(host.python_sources)},
        {"do_nothing", described(host.do_nothing)},
        {"crypt_key", described(host.crypt_key)},
        {"socket_folder", described(host.socket_folder)},
        {"socket", described(host.socket)},
        {"socket_path", host.socket.path},
    });
}

void judge_host(const Known& known, PreflightReport& report) {
    const HostFacts& host = known.host;
    PreflightSection functions("the panel's functions");
    say(functions, kMgrctl, known);
    if (host.mgrctl.tried && host.mgrctl.problem.empty()) {
        say(functions, kMgrctlRuns, known);
    }
    const bool listed = !host.mgrctl.functions.empty();
    if (listed) {
        say(functions, kWayBack, known);
    }
    say(functions, kOpenAndSave, known);
    if (listed) {
        say(functions, kClear, known);
    }
    PreflightSection files("files on this host");
    files.add(kFound, filled("this host is {os}", known.texts), "os-release");
    judge_file(files, known, host.module_program, "the processing module", true);
    judge_file(files, known, host.module_form, "the module's form file", false);
    judge_file(files, known, host.page_program, "the drift page's program", true);
    judge_file(files, known, host.page_form, "the drift page's form file", false);
    say(files, kOtherFiles, known);
    PreflightSection socket("control socket");
    say(socket, kSocket, known);
    report.sections.insert(report.sections.end(), {functions, files, socket});
    add_settings(known, report);
    name_first_order(known, report);
}

PreflightReport judge_preflight(const PreflightInput& input) {
    const Known known(input);
    PreflightReport report;
    judge_database(known, report);
    judge_host(known, report);
    return report;
}

}  // namespace bn::cli
