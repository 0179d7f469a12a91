// What `preflight` found out, before it is judged: the database's facts, the panel's functions, the
// files and the socket on this host. Values only.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "bm_reader/panel_facts.hpp"
#include "cli/names.hpp"
#include "cli/preflight/preflight_screen.hpp"
#include "controller/config/config.hpp"
#include "reconciler/model/error.hpp"

namespace bn::cli {

enum class FileKind : std::uint8_t { kMissing, kFile, kFolder, kSocket, kOther };

struct FileFacts {
    std::string path;
    FileKind kind = FileKind::kMissing;  // of what a link points at
    std::string link;                    // where a symbolic link points; empty: none
    std::uint32_t mode = 0;              // permission bits
    std::uint32_t uid = 0;
    std::string owner;  // "root:root"
    bool elf = false;
    bool python = false;  // a Python program, by its first line or its name
};

struct MgrctlFacts {
    bool tried = false;
    std::string problem;              // why it cannot be run; empty: it can
    std::set<std::string> functions;  // all that the panel lists; empty: it listed none
    std::map<std::string, std::set<std::string>> params;  // of some of them
    bool answers = false;                                 // a harmless list was asked for and came
    std::string answer_problem;                           // why not
    std::string core_version;                             // bin/core -V; empty: it did not say
};

struct HostFacts {
    std::string user;
    std::uint32_t uid = 0;
    std::string panel_root;  // "/usr/local/mgr5"
    FileFacts module_program;
    FileFacts module_form;   // etc/xml/billmgr_mod_<module>.xml
    FileFacts page_program;  // addon/ncsync
    FileFacts page_form;
    FileFacts python_sources;  // src/<module>
    FileFacts do_nothing;      // etc/billmgr.DoNothing
    FileFacts crypt_key;
    FileFacts panel_key;  // the panel's own default key file
    FileFacts socket_folder;
    FileFacts socket;
    bool socket_answers = false;
    std::string os;  // PRETTY_NAME
    MgrctlFacts mgrctl;
};

struct PreflightInput {
    PanelConfig panel;
    ControlConfig control;
    std::optional<bm_reader::PanelFacts> facts;
    std::optional<Error> facts_error;  // when there are no facts
    std::string crypt_key_file;        // as it is in force; empty: none
    HostFacts host;

    PreflightInput() = default;
};

// Pure: what the facts mean, and what to do.
PreflightReport judge_preflight(const PreflightInput& input);

}  // namespace bn::cli
