#include "cli/preflight/probe.hpp"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/format.h>

#include "base/descriptor.hpp"
#include "base/text.hpp"
#include "bm_writer/answer.hpp"
#include "bm_writer/child_process.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kMostOutput = 4U << 20U;
constexpr std::size_t kDeepestName = 4;       // more blanks: a description goes on
constexpr std::size_t kFewestFunctions = 20;  // fewer is no panel's list

std::string user_name(uid_t uid) {
    std::array<char, 4096> buffer{};

    struct passwd entry {};
    struct passwd* found = nullptr;
    ::getpwuid_r(uid, &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? fmt::to_string(uid) : found->pw_name;
}

std::string group_name(gid_t gid) {
    std::array<char, 4096> buffer{};

    struct group entry {};
    struct group* found = nullptr;
    ::getgrgid_r(gid, &entry, buffer.data(), buffer.size(), &found);
    return found == nullptr ? fmt::to_string(gid) : found->gr_name;
}

std::string first_line(std::string_view text) {
    constexpr std::size_t kLongest = 200;
    text = base::trim(text);
    return std::string(text.substr(0, std::min(text.find_first_of("\r\n"), kLongest)));
}

// Why the program's end is no good end; empty: it is one.
std::string complaint(const ProgramAnswer& answer) {
    if (!answer.problem.empty()) {
        return answer.problem;
    }
    if (answer.exit_code != 0) {
        const std::string said = first_line(answer.err.empty() ? answer.out : answer.err);
        return fmt::format(
            "it ended with {}{}{}", answer.exit_code, said.empty() ? "" : ": ", said
        );
    }
    return {};
}

std::string os_name() {
    std::ifstream file("/etc/os-release");
    constexpr std::string_view kKey = "PRETTY_NAME=";
    for (std::string line; std::getline(file, line);) {
        if (line.starts_with(kKey)) {
            std::string name = line.substr(kKey.size());
            std::erase(name, '"');
            return name;
        }
    }
    return {};
}

// The panel's own folder: two above mgrctl, .../mgr5/sbin/mgrctl.
std::string root_of(const std::string& mgrctl) {
    return std::filesystem::path(mgrctl).parent_path().parent_path().string();
}

void ask_for_a_list(const std::string& program, const RunProgram& run, MgrctlFacts& facts) {
    const char* function = nullptr;
    for (const char* const name : {"runningoperation", "processing"}) {
        if (function == nullptr && (facts.functions.empty() || facts.functions.contains(name))) {
            function = name;
        }
    }
    if (function == nullptr) {
        facts.answer_problem = "no list is known that could be asked for";
        return;
    }
    const ProgramAnswer list = run({program, "-m", "billmgr", "-o", "xml", function});
    if (!list.problem.empty()) {
        facts.answer_problem = list.problem;
        return;
    }
    const Result<PanelAnswer> answer = bm_writer::parse_answer(list.out);
    if (answer && answer->ok && list.exit_code == 0) {
        facts.answers = true;
    } else if (answer && !answer->ok) {
        facts.answer_problem = answer->short_text();
    } else {
        const std::string why = complaint(list);
        facts.answer_problem = why.empty() ? "its answer is not understood" : why;
    }
}

}  // namespace

RunProgram program_runner(Duration timeout) {
    return [timeout](const std::vector<std::string>& argv) {
        bm_writer::ChildCommand command;
        command.argv = argv;
        command.environment = {
            "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", "SSH_CONNECTION=bill-nextcloud"};
        command.timeout = timeout;
        command.max_stdout = kMostOutput;
        command.max_stderr = 2048;
        bm_writer::ChildResult result = bm_writer::run_child(command);
        ProgramAnswer answer;
        answer.exit_code = result.exit_code;
        answer.out = std::move(result.out);
        answer.err = std::move(result.err);
        switch (result.end) {
            case bm_writer::ChildEnd::kExited:
            case bm_writer::ChildEnd::kLost:
                break;
            case bm_writer::ChildEnd::kNotStarted:
                answer.problem =
                    fmt::format("it cannot be run: {}", std::strerror(result.start_errno));
                break;
            case bm_writer::ChildEnd::kSignalled:
                answer.problem = fmt::format("it ended by signal {}", result.signal_number);
                break;
            case bm_writer::ChildEnd::kTimeout:
                answer.problem = fmt::format(
                    "it did not end within {} s",
                    std::chrono::duration_cast<std::chrono::seconds>(timeout).count()
                );
                break;
            case bm_writer::ChildEnd::kTooMuch:
                answer.problem = "it printed more than 4 MiB";
                break;
        }
        return answer;
    };
}

std::set<std::string> listed_names(std::string_view text) {
    constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789_.-";
    std::set<std::string> names;
    while (!text.empty()) {
        std::string_view line = text.substr(0, text.find('\n'));
        text.remove_prefix(std::min(text.size(), line.size() + 1));
        const std::size_t blanks = std::min(line.find_first_not_of(' '), line.size());
        line.remove_prefix(blanks <= kDeepestName ? blanks : line.size());
        const std::string_view name = line.substr(0, line.find_first_of(" \t\r"));
        if (!name.empty() && name.find_first_not_of(kLetters) == std::string_view::npos) {
            names.emplace(name);
        }
    }
    return names;
}

MgrctlFacts probe_mgrctl(const std::string& program, const RunProgram& run) {
    MgrctlFacts facts;
    facts.tried = true;
    const FileFacts file = probe_file(program);
    if (file.kind != FileKind::kFile) {
        facts.problem = fmt::format("there is no mgrctl at {}", program);
        return facts;
    }
    const ProgramAnswer list = run({program, "-m", "billmgr", "-i"});
    if (const std::string why = complaint(list); !why.empty()) {
        facts.problem = fmt::format("{} cannot list the panel's functions: {}", program, why);
        return facts;
    }
    facts.functions = listed_names(list.out);
    const bool panels = facts.functions.size() >= kFewestFunctions &&
                        std::ranges::any_of(facts.functions, [](const std::string& name) {
                            return name.starts_with("processing") || name.starts_with("service");
                        });
    if (!panels) {
        facts.functions.clear();
    }
    if (facts.functions.contains("service.saveparam")) {
        const ProgramAnswer params = run({program, "-m", "billmgr", "-i", "service.saveparam"});
        if (complaint(params).empty()) {
            facts.params["service.saveparam"] = listed_names(params.out);
        }
    }
    ask_for_a_list(program, run, facts);
    const std::string core = root_of(program) + "/bin/core";
    if (probe_file(core).kind == FileKind::kFile) {
        const ProgramAnswer version = run({core, "-V"});
        facts.core_version = complaint(version).empty() ? first_line(version.out) : std::string();
    }
    return facts;
}

FileFacts probe_file(const std::string& path) {
    FileFacts facts;
    facts.path = path;
    std::error_code ignored;
    if (const auto target = std::filesystem::read_symlink(path, ignored); !ignored) {
        facts.link = target.string();
    }

    struct stat about {};

    if (path.empty() || ::stat(path.c_str(), &about) != 0) {
        return facts;
    }
    facts.kind = S_ISREG(about.st_mode)    ? FileKind::kFile
                 : S_ISDIR(about.st_mode)  ? FileKind::kFolder
                 : S_ISSOCK(about.st_mode) ? FileKind::kSocket
                                           : FileKind::kOther;
    facts.mode = about.st_mode & 07777U;
    facts.uid = about.st_uid;
    facts.owner = fmt::format("{}:{}", user_name(about.st_uid), group_name(about.st_gid));
    if (facts.kind == FileKind::kFile) {
        std::array<char, 128> head{};
        std::ifstream file(path, std::ios::binary);
        file.read(head.data(), head.size());
        const std::string_view begin(head.data(), static_cast<std::size_t>(file.gcount()));
        facts.elf = begin.starts_with(
            "\x7F"
            "ELF"
        );
        const std::string_view line = begin.substr(0, begin.find('\n'));
        facts.python = path.ends_with(".py") || facts.link.ends_with(".py") ||
                       (line.starts_with("#!") && line.find("python") != std::string_view::npos);
    }
    return facts;
}

bool socket_answers(const std::string& path, Duration timeout) {
    constexpr std::string_view kPing = "{\"v\":1,\"verb\":\"ping\"}\n";

    struct sockaddr_un address {};

    const base::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (path.empty() || path.size() >= sizeof address.sun_path || !socket.is_open()) {
        return false;
    }
    address.sun_family = AF_UNIX;
    std::memcpy(address.sun_path, path.data(), path.size());
    const auto* const where = reinterpret_cast<const struct sockaddr*>(&address);
    if (::connect(socket.get(), where, sizeof address) != 0 ||
        ::send(socket.get(), kPing.data(), kPing.size(), MSG_NOSIGNAL) !=
            static_cast<ssize_t>(kPing.size())) {
        return false;
    }

    struct pollfd waiting {
        socket.get(), POLLIN, 0
    };

    std::array<char, 64> answer{};
    return ::poll(&waiting, 1, static_cast<int>(timeout.count())) > 0 &&
           ::recv(socket.get(), answer.data(), answer.size(), 0) > 0;
}

HostFacts probe_host(
    const PanelConfig& panel,
    const ControlConfig& control,
    const std::string& crypt_key_file,
    const RunProgram& run
) {
    HostFacts host;
    host.uid = ::geteuid();
    host.user = user_name(host.uid);
    host.os = os_name();
    const std::string root = root_of(panel.mgrctl);
    host.panel_root = root;
    host.module_program = probe_file(fmt::format("{}/processing/{}", root, panel.module));
    host.module_form = probe_file(fmt::format("{}/etc/xml/billmgr_mod_{}.xml", root, panel.module));
    host.page_program = probe_file(root + "/addon/ncsync");
    host.page_form = probe_file(root + "/etc/xml/billmgr_mod_ncsync.xml");
    host.python_sources = probe_file(fmt::format("{}/src/{}", root, panel.module));
    host.do_nothing = probe_file(root + "/etc/billmgr.DoNothing");
    host.panel_key = probe_file(root + "/etc/billmgr.pem");
    host.crypt_key = probe_file(crypt_key_file.empty() ? host.panel_key.path : crypt_key_file);
    if (!control.socket.empty()) {
        const std::string folder = std::filesystem::path(control.socket).parent_path().string();
        host.socket_folder = probe_file(folder);
        host.socket = probe_file(control.socket);
        host.socket_answers = socket_answers(control.socket, std::chrono::seconds(2));
    }
    const bool elsewhere =
        panel.api == "https" && probe_file(panel.mgrctl).kind == FileKind::kMissing;
    if (!elsewhere) {
        host.mgrctl = probe_mgrctl(panel.mgrctl, run);
    }
    return host;
}

}  // namespace bn::cli
