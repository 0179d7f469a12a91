// `preflight`: what was found out on the panel's host, what it means, and how that is shown. Pure
// but for the readers, which block. They change nothing: of the panel's functions, only the list of
// them and one harmless list of rows is asked for.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "bm_reader/panel_facts.hpp"
#include "cli/screen/findings.hpp"
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
    std::string problem;                // why it cannot be run; empty: it can
    std::set<std::string> functions;    // all that the panel lists; empty: it listed none
    std::set<std::string> save_params;  // of service.saveparam; empty: it did not describe it
    bool answers = false;               // a harmless list was asked for and came
    std::string answer_problem;         // why not
    std::string core_version;           // bin/core -V; empty: it did not say
};

// An address of control.listen, as a panel on another host would find it.
struct ListenFacts {
    std::string place;
    std::string problem;  // empty: a controller answers there under the key
};

struct HostFacts {
    std::string user;
    std::uint32_t uid = 0;
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
    std::vector<ListenFacts> listen;
    std::string os;                // PRETTY_NAME
    bool panel_elsewhere = false;  // on another host, as the configuration and the files say
    MgrctlFacts mgrctl;
};

struct PreflightInput {
    PanelConfig panel;
    ControlConfig control;
    Result<bm_reader::PanelFacts> facts;
    std::string crypt_key_file;  // as it is in force; empty: none
    HostFacts host;

    PreflightInput() = default;
};

// ---- the readers: files, the socket, and what mgrctl tells

// Names of functions, or of parameters, in what `mgrctl -i` prints: a name at the beginning of a
// line, or up to four blanks in, and its description behind it; lines that begin further in go on
// with a description.
std::set<std::string> listed_names(std::string_view text);

// At most `patience` a program, 4 MiB of output.
MgrctlFacts probe_mgrctl(const std::string& program, Duration patience);

FileFacts probe_file(const std::string& path);

// Sends `ping` and waits a moment for any answer.
bool socket_answers(const std::string& path, Duration timeout);

// The same as a panel on another host does, on each address of control.listen.
std::vector<ListenFacts> probe_listen(const ControlConfig& control, Duration timeout);

// The host of this panel, control socket and key.
HostFacts probe_host(const PreflightInput& of, Duration patience);

// ---- the judgement

// The facts by the names that rules have for them, in words. A fact that is a yes or no is "yes" or
// empty.
using Facts = std::map<std::string, std::string>;

struct Known {
    Facts facts;
    std::map<std::string, std::vector<Facts>> lists;  // of what there is several of: "servers"
};

Known learn(const PreflightInput& input);

// One line of the configuration to use.
struct PreflightSetting {
    std::string table;  // "panel"
    std::string key;
    std::string value;  // as TOML: "\"mgrctl\""
    std::string now;    // what is configured, as TOML
    std::string why;

    BN_FIELDS(PreflightSetting, table, key, value, now, why);
};

// What nobody can know before, and what to do if it is the other way.
struct FirstOrderQuestion {
    std::string english;
    std::string russian;
};

struct PreflightReport : Findings {
    std::vector<PreflightSetting> settings;       // in order of their tables
    std::vector<FirstOrderQuestion> first_order;  // what only a first real order can show
};

PreflightReport judge_preflight(const PreflightInput& input);

// The settings as TOML, with line ends.
std::string preflight_toml(const PreflightReport& report);

std::string render_preflight(const PreflightReport& report, const ScreenOptions& options);
std::string preflight_to_json(const PreflightReport& report);

}  // namespace bn::cli
