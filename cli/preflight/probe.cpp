#include <grp.h>
#include <pwd.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <optional>
#include <ostream>

#include <boost/asio/local/stream_protocol.hpp>
#include <boost/tokenizer.hpp>
#include <fmt/format.h>

#include "base/child_process.hpp"
#include "base/text.hpp"
#include "bm_reader/panel_files.hpp"
#include "bm_writer/answer.hpp"
#include "cli/preflight/preflight.hpp"
#include "controller/panel_switch.hpp"
#include "controller/sys/files.hpp"
#include "protocol/answer.hpp"
#include "protocol/tls_client.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kMostOutput = 4U << 20U;
constexpr std::size_t kDeepestName = 4;       // more blanks: a description goes on
constexpr std::size_t kFewestFunctions = 20;  // fewer is no panel's list

// `preflight` has one thread: the plain look-ups are safe.
std::string user_name(uid_t uid) {
    const passwd* found = ::getpwuid(uid);
    return found == nullptr ? fmt::to_string(uid) : found->pw_name;
}

std::string group_name(gid_t gid) {
    const group* found = ::getgrgid(gid);
    return found == nullptr ? fmt::to_string(gid) : found->gr_name;
}

std::string first_line(std::string_view text) {
    constexpr std::size_t kLongest = 200;
    text = base::trim(text);
    return std::string(text.substr(0, std::min(text.find_first_of("\r\n"), kLongest)));
}

struct Answer : base::ChildResult {
    std::string problem;  // why it did not run to its end; empty: it did
};

std::string problem_of(const base::ChildResult& result, Duration patience) {
    using enum base::ChildEnd;
    switch (result.end) {
        case kNotStarted:
            return fmt::format("it cannot be run: {}", std::strerror(result.start_errno));
        case kSignalled:
            return fmt::format("it ended by signal {}", result.signal_number);
        case kTimeout:
            return fmt::format("it did not end within {} s", patience / std::chrono::seconds(1));
        case kTooMuch:
            return "it printed more than 4 MiB";
        default:
            return {};
    }
}

// Runs a program to its end, without input.
Answer run(const std::vector<std::string>& argv, Duration patience) {
    base::ChildCommand command;
    command.argv = argv;
    command.environment = {
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LANG=C", "SSH_CONNECTION=bill-nextcloud"};
    command.timeout = patience;
    command.max_stdout = kMostOutput;
    command.max_stderr = 2048;
    Answer answer{base::run_child(command), {}};
    answer.problem = problem_of(answer, patience);
    return answer;
}

// Why the program's end is no good end; empty: it is one.
std::string complaint(const Answer& answer) {
    if (!answer.problem.empty() || answer.exit_code == 0) {
        return answer.problem;
    }
    const std::string said = first_line(answer.err.empty() ? answer.out : answer.err);
    return fmt::format("it ended with {}{}{}", answer.exit_code, said.empty() ? "" : ": ", said);
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

// Why a harmless list of rows did not come; nothing: it did.
std::optional<std::string> refused_list(
    const std::string& program, const std::set<std::string>& functions, Duration patience
) {
    constexpr const char* kLists[] = {"runningoperation", "processing"};
    const auto* const name = std::ranges::find_if(kLists, [&functions](const char* function) {
        return functions.empty() || functions.contains(function);
    });
    if (name == std::end(kLists)) {
        return "no list is known that could be asked for";
    }
    const Answer list = run({program, "-m", "billmgr", "-o", "xml", *name}, patience);
    if (!list.problem.empty()) {
        return list.problem;
    }
    const Result<PanelAnswer> answer = bm_writer::parse_answer(list.out);
    if (answer && !answer->ok) {
        return answer->short_text();
    }
    const std::string why = complaint(list);
    if (answer && why.empty()) {
        return std::nullopt;
    }
    return why.empty() ? "its answer is not understood" : why;
}

}  // namespace

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

MgrctlFacts probe_mgrctl(const std::string& program, Duration patience) {
    MgrctlFacts facts;
    facts.tried = true;
    if (probe_file(program).kind != FileKind::kFile) {
        facts.problem = fmt::format("there is no mgrctl at {}", program);
        return facts;
    }
    const Answer list = run({program, "-m", "billmgr", "-i"}, patience);
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
        const Answer params = run({program, "-m", "billmgr", "-i", "service.saveparam"}, patience);
        if (complaint(params).empty()) {
            facts.save_params = listed_names(params.out);
        }
    }
    const std::optional<std::string> refusal = refused_list(program, facts.functions, patience);
    facts.answers = !refusal;
    facts.answer_problem = refusal.value_or("");
    const std::string core = controller::panel_folder(program) + "/bin/core";
    if (probe_file(core).kind == FileKind::kFile) {
        const Answer version = run({core, "-V"}, patience);
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
    using Local = boost::asio::local::stream_protocol;
    if (path.size() >= sizeof sockaddr_un::sun_path) {
        return false;
    }
    Local::iostream socket;
    socket.expires_after(timeout);
    socket.connect(Local::endpoint(path));
    socket << "{\"v\":1,\"verb\":\"ping\"}\n" << std::flush;
    return socket.peek() != std::char_traits<char>::eof();
}

std::vector<ListenFacts> probe_listen(const ControlConfig& control, Duration timeout) {
    std::vector<ListenFacts> all;
    const std::string line = protocol::encode(protocol::Request("ping")) + '\n';
    for (const std::string& place :
         boost::tokenizer(control.listen, boost::char_separator<char>(" ,"))) {
        const Result<Secret> key = controller::read_secret_file(control.key_file);
        if (!key) {
            all.push_back({place, key.error().what});
            continue;
        }
        const protocol::Answer answer =
            protocol::ask_over_tls(place, *key, line, timeout).and_then(protocol::decode_answer);
        all.push_back({place, answer ? "" : answer.error().what});
    }
    return all;
}

HostFacts probe_host(const PreflightInput& of, Duration patience) {
    constexpr Duration kMoment = std::chrono::seconds(2);
    const PanelConfig& panel = of.panel;
    HostFacts host;
    host.uid = ::geteuid();
    host.user = user_name(host.uid);
    host.os = os_name();
    const std::string root = controller::panel_folder(panel.mgrctl);
    host.module_program = probe_file(fmt::format("{}/processing/{}", root, panel.module));
    host.module_form = probe_file(fmt::format("{}/etc/xml/billmgr_mod_{}.xml", root, panel.module));
    host.page_program = probe_file(root + "/addon/ncsync");
    host.page_form = probe_file(root + "/etc/xml/billmgr_mod_ncsync.xml");
    host.python_sources = probe_file(fmt::format("{}/src/{}", root, panel.module));
    const std::string etc = panel.from.empty() ? "" : bm_reader::panel_files(panel.from).etc;
    host.do_nothing = probe_file(controller::switch_file(panel));
    host.panel_key =
        probe_file(fmt::format("{}/{}", etc.empty() ? root + "/etc" : etc, bm_reader::kKeyFile));
    host.crypt_key =
        probe_file(of.crypt_key_file.empty() ? host.panel_key.path : of.crypt_key_file);
    if (const std::string& socket = of.control.socket; !socket.empty()) {
        host.socket_folder = probe_file(std::filesystem::path(socket).parent_path().string());
        host.socket = probe_file(socket);
        host.socket_answers = socket_answers(socket, kMoment);
    }
    host.listen = probe_listen(of.control, kMoment);
    host.panel_elsewhere =
        panel.api == "https" && probe_file(panel.mgrctl).kind == FileKind::kMissing;
    if (!host.panel_elsewhere) {
        host.mgrctl = probe_mgrctl(panel.mgrctl, patience);
    }
    return host;
}

}  // namespace bn::cli
