// The judgement of `preflight`, the part of the panel's functions. Pure.
#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/preflight/facts.hpp"

namespace bn::cli {

namespace {

constexpr std::string_view kTemplate = "{itemtype}.open";

// What completes an open, and how that is known.
struct OpenChoice {
    Basis basis = Basis::kAssumed;
    std::string function = std::string(kTemplate);
    std::string evidence;
};

std::string opener_of(const std::string& itemtype) {
    return itemtype + ".open";
}

// A function that ends an open, rather than what began it or renewed a service.
bool ends_an_open(const bm_reader::OpeningCall& call) {
    return call.function == "service.postopen" || call.function.ends_with(".open");
}

// The call that most services of our module were opened by.
std::optional<OpenChoice> choose_by_history(const bm_reader::PanelFacts& facts) {
    const bm_reader::OpeningCall* most = nullptr;
    std::uint64_t others = 0;
    for (const bm_reader::OpeningCall& call : facts.openings) {
        if (!ends_an_open(call)) {
            continue;
        }
        if (!call.ours) {
            others += call.function == opener_of(call.itemtype) ? call.count : 0;
        } else if (most == nullptr || call.count > most->count) {
            most = &call;
        }
    }
    OpenChoice choice;
    if (most != nullptr) {
        choice.basis = Basis::kFound;
        if (most->function != opener_of(most->itemtype)) {
            choice.function = most->function;
        }
        choice.evidence = fmt::format(
            "history_item: {} services of ours were opened by {}", most->count, most->function
        );
        return choice;
    }
    if (others > 0) {
        choice.evidence = fmt::format(
            "history_item: {} services of other modules were opened by <product type>.open", others
        );
        return choice;
    }
    return std::nullopt;
}

OpenChoice choose_open(const PreflightInput& input) {
    const std::set<std::string>& functions = input.host.mgrctl.functions;
    const std::vector<std::string> types =
        input.facts ? input.facts->itemtypes : std::vector<std::string>();
    std::optional<OpenChoice> seen = input.facts ? choose_by_history(*input.facts) : std::nullopt;
    if (seen && seen->basis == Basis::kFound) {
        return *seen;
    }
    OpenChoice choice = seen.value_or(OpenChoice());
    if (functions.empty()) {
        if (!seen) {
            choice.evidence =
                "the vendor's modules do so; the panel's functions could not be listed";
        }
        return choice;
    }
    std::vector<std::string> missing;
    for (const std::string& type : types) {
        if (!functions.contains(opener_of(type))) {
            missing.push_back(opener_of(type));
        }
    }
    if (missing.empty() && !types.empty()) {
        choice.evidence = fmt::format(
            "the panel has {}.open{}{}",
            fmt::join(types, ".open, "),
            seen ? "; " : "",
            seen ? seen->evidence : ""
        );
        return choice;
    }
    if (types.empty()) {
        choice.evidence = "no product type is known yet; the vendor's modules do so";
        return choice;
    }
    const std::string lacks = fmt::format("the panel has no {}", fmt::join(missing, ", "));
    for (const char* const other : {"service.postopen", "vds.open"}) {
        if (functions.contains(other)) {
            choice.function = other;
            choice.evidence = fmt::format("{}, but {}", lacks, other);
            return choice;
        }
    }
    choice.basis = Basis::kUnknown;
    choice.evidence = lacks + ", service.postopen or vds.open";
    return choice;
}

void judge_mgrctl(const PreflightInput& input, PreflightSection& section) {
    const MgrctlFacts& mgrctl = input.host.mgrctl;
    const std::string as = fmt::format("run as {} (uid {})", input.host.user, input.host.uid);
    if (!mgrctl.tried) {
        section.unknown(
            "which functions the panel has", "mgrctl is only asked on the panel's own host"
        );
        return;
    }
    if (!mgrctl.problem.empty()) {
        const bool needed = input.panel.api == "mgrctl";
        const std::string remedy =
            "run this as root on the panel's host with the panel running, or use api = \"https\"";
        if (needed) {
            section.stop(mgrctl.problem, as, remedy);
        } else {
            section.warn(Basis::kFound, mgrctl.problem, as, remedy);
        }
        return;
    }
    if (!mgrctl.core_version.empty()) {
        section.found("version of the panel's core: " + mgrctl.core_version, "bin/core -V");
    }
    if (mgrctl.functions.empty()) {
        section.unknown("which functions the panel has", "mgrctl -i listed none");
    } else {
        section.found(
            fmt::format("the panel has {} functions", mgrctl.functions.size()),
            "mgrctl -m billmgr -i"
        );
    }
    if (mgrctl.answers) {
        section.found("mgrctl reaches the panel and may call it", as + ", a list was asked for");
    } else {
        const std::string what = "mgrctl cannot call the panel: " + mgrctl.answer_problem;
        const std::string remedy = "mgrctl needs root and a running panel: see var/billmgr.log";
        if (input.panel.api == "mgrctl") {
            section.stop(what, as, remedy);
        } else {
            section.warn(Basis::kFound, what, as, remedy);
        }
    }
}

void judge_calls(const PreflightInput& input, PreflightSection& section) {
    const std::set<std::string>& functions = input.host.mgrctl.functions;
    if (functions.empty()) {
        return;
    }
    std::vector<std::string> missing;
    for (const char* const name :
         {"processing.setconfig",
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
          "task.gettype"}) {
        if (!functions.contains(name)) {
            missing.emplace_back(name);
        }
    }
    if (missing.empty()) {
        section.found(
            "every function that results go back through is there", "mgrctl -m billmgr -i"
        );
    } else {
        section.warn(
            Basis::kFound,
            fmt::format("the panel does not list {}", fmt::join(missing, ", ")),
            "mgrctl -m billmgr -i",
            "what they do will be owed to the panel and retried; please report the panel's version"
        );
    }
}

void judge_open(const PreflightInput& input, PreflightSection& section, PreflightReport& report) {
    const OpenChoice choice = choose_open(input);
    const std::string what = fmt::format("an open is completed by {}", choice.function);
    switch (choice.basis) {
        case Basis::kFound:
            section.found(what, choice.evidence);
            break;
        case Basis::kAssumed:
            section.assumed(what, choice.evidence);
            break;
        case Basis::kUnknown:
            section.warn(
                Basis::kUnknown,
                "which function completes an open",
                choice.evidence,
                "place one order, and look in the panel's log for what the panel itself calls; set "
                "open_function"
            );
            break;
    }
    report.settings.push_back(preflight_setting(
        "panel",
        "open_function",
        toml_string(choice.function),
        toml_string(input.panel.open_function),
        std::string(to_string(choice.basis))
    ));
    if (choice.basis != Basis::kFound) {
        report.first_order.push_back(
            fmt::format("that {} is the call that completes an open here", choice.function)
        );
    }
}

void judge_save(const PreflightInput& input, PreflightSection& section, PreflightReport& report) {
    const MgrctlFacts& mgrctl = input.host.mgrctl;
    const auto params = mgrctl.params.find("service.saveparam");
    const bool told = params != mgrctl.params.end() && params->second.contains("name") &&
                      params->second.contains("value");
    std::string form = "name-value";
    if (told) {
        section.found(
            "a param is saved by its name and value",
            fmt::format("params of service.saveparam: {}", fmt::join(params->second, ", "))
        );
    } else {
        // Both forms are in use in the vendor's own code: what is configured is as good a guess.
        form = input.panel.save_param;
        section.assumed(
            fmt::format("a param is saved in the form {}", form),
            "the vendor's modules use it; the panel does not describe service.saveparam"
        );
        report.first_order.push_back(fmt::format(
            "that service.saveparam takes the form {}: it is read back; else set save_param to the "
            "other",
            form
        ));
    }
    report.settings.push_back(preflight_setting(
        "panel",
        "save_param",
        toml_string(form),
        toml_string(input.panel.save_param),
        told ? "found" : "assumed"
    ));
}

void judge_clear(const PreflightInput& input, PreflightSection& section, PreflightReport& report) {
    const std::set<std::string>& functions = input.host.mgrctl.functions;
    if (functions.empty()) {
        return;
    }
    std::string chosen =
        functions.contains(input.panel.clear_problem) ? input.panel.clear_problem : "";
    for (const char* const name :
         {"problems.autosolve", "problems.unregister", "problems.solve", "problems.delete"}) {
        if (chosen.empty() && functions.contains(name)) {
            chosen = name;
        }
    }
    if (chosen.empty()) {
        section.unknown(
            "how a problem of a server is taken back",
            "the panel lists none of the known functions; it stays until somebody deletes it"
        );
        return;
    }
    section.assumed(
        "a problem of a server is taken back by " + chosen, "the panel has this function"
    );
    report.settings.push_back(preflight_setting(
        "panel",
        "clear_problem",
        toml_string(chosen),
        toml_string(input.panel.clear_problem),
        "assumed"
    ));
}

void add_panel_settings(const PreflightInput& input, PreflightReport& report) {
    const HostFacts& host = input.host;
    const bool works = host.mgrctl.problem.empty() && host.mgrctl.answers;
    const bool local = works && input.panel.api != "https";
    report.settings.push_back(preflight_setting(
        "panel",
        "api",
        toml_string(local ? "mgrctl" : input.panel.api),
        toml_string(input.panel.api),
        works ? "mgrctl works here" : "mgrctl does not work here"
    ));
    report.settings.push_back(preflight_setting(
        "panel",
        "mgrctl",
        toml_string(input.panel.mgrctl),
        toml_string(input.panel.mgrctl),
        works ? "found" : "assumed"
    ));
    const bool has_key = !input.crypt_key_file.empty() || host.panel_key.kind == FileKind::kFile;
    if (has_key) {
        const std::string key =
            input.crypt_key_file.empty() ? host.panel_key.path : input.crypt_key_file;
        const bool opens = input.facts && input.facts->crypted_seen > 0 &&
                           input.facts->crypted_open == input.facts->crypted_seen;
        report.settings.push_back(preflight_setting(
            "panel",
            "crypt_key",
            toml_string(key),
            toml_string(input.crypt_key_file),
            opens ? "it opens what is stored" : "the panel's own place for it"
        ));
    }
}

}  // namespace

void judge_functions(const PreflightInput& input, PreflightReport& report) {
    add_panel_settings(input, report);
    PreflightSection section("the panel's functions");
    judge_mgrctl(input, section);
    judge_calls(input, section);
    judge_open(input, section, report);
    judge_save(input, section, report);
    judge_clear(input, section, report);
    report.sections.push_back(std::move(section));
}

}  // namespace bn::cli
