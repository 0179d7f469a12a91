// The judgement of `preflight`, the part of this host: files, modes, the control socket. Pure.
#include <fmt/format.h>

#include "cli/preflight/facts.hpp"

namespace bn::cli {

namespace {

constexpr std::uint32_t kWritableByOthers = 0022;
constexpr std::uint32_t kExecutable = 0100;

std::string described(const FileFacts& file) {
    if (file.kind == FileKind::kMissing) {
        return file.path + " does not exist";
    }
    return fmt::format(
        "{} is {} {:04o}{}",
        file.path,
        file.owner,
        file.mode,
        file.link.empty() ? "" : " -> " + file.link
    );
}

// A file that the panel runs, or reads, as root.
void judge_file(PreflightSection& section, const FileFacts& file, const char* name, bool program) {
    const char* const install = "run deploy/billmanager/install";
    if (file.kind == FileKind::kMissing) {
        section.warn(
            Basis::kFound, fmt::format("{} is not installed", name), described(file), install
        );
    } else if (file.kind != FileKind::kFile) {
        section.stop(fmt::format("{} is no file", name), described(file), install);
    } else if (program && file.python) {
        section.warn(
            Basis::kFound,
            fmt::format("{} is still the Python module", name),
            described(file),
            "run deploy/billmanager/install: it keeps a copy and puts ours in its place"
        );
    } else if (file.uid != 0 || (file.mode & kWritableByOthers) != 0) {
        section.stop(
            fmt::format("others than root may change {}, and the panel uses it as root", name),
            described(file),
            fmt::format("chown root:root and chmod {} it", program ? "0750" : "0644")
        );
    } else if (program && (file.mode & kExecutable) == 0) {
        section.stop(fmt::format("{} is not executable", name), described(file), "chmod 0750 it");
    } else if (program && !file.elf) {
        section.warn(
            Basis::kUnknown,
            fmt::format("{} is not a program of ours", name),
            described(file),
            install
        );
    } else {
        section.found(fmt::format("{} is installed", name), described(file));
    }
}

PreflightSection judge_files(const PreflightInput& input) {
    const HostFacts& host = input.host;
    PreflightSection section("files on this host");
    section.found(
        fmt::format("this host is {}", host.os.empty() ? "of an unknown system" : host.os),
        "os-release"
    );
    judge_file(section, host.module_program, "the processing module", true);
    judge_file(section, host.module_form, "the module's form file", false);
    judge_file(section, host.page_program, "the drift page's program", true);
    judge_file(section, host.page_form, "the drift page's form file", false);
    if (host.python_sources.kind != FileKind::kMissing) {
        section.warn(
            Basis::kFound,
            "sources of the Python module are still there: the panel may build it anew over ours",
            described(host.python_sources),
            "run deploy/billmanager/install: it moves them aside"
        );
    }
    if (host.do_nothing.kind != FileKind::kMissing) {
        section.warn(
            Basis::kFound,
            "the panel's modules are told to do nothing",
            described(host.do_nothing),
            "delete this file when the services shall be processed"
        );
    }
    const FileFacts& key = host.crypt_key;
    if (key.kind == FileKind::kFile && (key.mode & 0077U) != 0) {
        section.warn(
            Basis::kFound,
            "others may read the panel's key, and with it every stored password",
            described(key),
            "chmod 0600 it"
        );
    }
    return section;
}

PreflightSection judge_socket(const PreflightInput& input) {
    const HostFacts& host = input.host;
    PreflightSection section("control socket");
    if (input.control.socket.empty()) {
        section.warn(
            Basis::kFound,
            "no control socket is configured: the panel's module cannot reach the controller",
            "[control] socket is empty",
            "set socket = \"/run/bill-nextcloud/control.sock\" under [control]"
        );
    } else if (host.socket_folder.kind != FileKind::kFolder) {
        section.warn(
            Basis::kFound,
            "the socket's folder does not exist",
            described(host.socket_folder),
            "systemd makes it with RuntimeDirectory=bill-nextcloud; else make it, owned by the "
            "service, mode 0750"
        );
    } else if ((host.socket_folder.mode & 0022U) != 0) {
        section.stop(
            "others may replace the control socket",
            described(host.socket_folder),
            "chmod 0750 the folder"
        );
    } else {
        section.found("the socket's folder is there", described(host.socket_folder));
    }
    if (host.socket_answers) {
        section.found("a controller listens on it", host.socket.path);
    } else if (host.socket.kind != FileKind::kMissing) {
        section.unknown(
            "a socket is there, and nobody listens: the service is stopped, or it may not be "
            "reached by this user",
            described(host.socket)
        );
    } else if (!input.control.socket.empty()) {
        section.found("the service does not run: there is no socket yet", described(host.socket));
    }
    return section;
}

}  // namespace

void judge_host(const PreflightInput& input, PreflightReport& report) {
    report.sections.push_back(judge_files(input));
    report.sections.push_back(judge_socket(input));
    const std::string socket =
        input.control.socket.empty() ? "/run/bill-nextcloud/control.sock" : input.control.socket;
    report.settings.push_back(preflight_setting(
        "control",
        "socket",
        toml_string(socket),
        toml_string(input.control.socket),
        "where the panel's module looks for it"
    ));
}

}  // namespace bn::cli
