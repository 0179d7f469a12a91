#include "tests/unit/fake_panel/panel_folder.hpp"

#include <fcntl.h>
#include <poll.h>
#include <pugixml.hpp>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/mariadb/private_mariadb.hpp"
#include "tests/support/places/places.hpp"

namespace bn::testing {

namespace {

namespace fs = std::filesystem;

fs::path temp_folder() {
    std::string pattern = (fs::temp_directory_path() / "bn-panel-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) {
        throw std::runtime_error("no folder " + pattern);
    }
    return pattern;
}

pid_t spawn(
    const std::vector<std::string>& argv,
    const Environment& env,
    const std::string& in,
    const std::string& out,
    const std::string& err
) {
    std::vector<char*> raw;
    for (const std::string& arg : argv) {
        raw.push_back(const_cast<char*>(arg.c_str()));
    }
    raw.push_back(nullptr);
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (const auto& [name, value] : env) {
            ::setenv(name.c_str(), value.c_str(), 1);
        }
        ::dup2(::open(in.c_str(), O_RDONLY | O_CLOEXEC), STDIN_FILENO);
        ::dup2(::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600), STDOUT_FILENO);
        ::dup2(::open(err.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), STDERR_FILENO);
        ::execv(raw[0], raw.data());
        ::_exit(127);
    }
    if (pid < 0) {
        throw std::runtime_error("fork failed");
    }
    return pid;
}

Json database() {
    if (std::getenv("BN_PANEL_ON_MARIADB") == nullptr) {
        return {{"sqlite", "panel.db"}};
    }
    static int count = 0;
    return {
        {"socket", PrivateMariaDb::shared().socket()},
        {"database", "panel_" + std::to_string(++count)}};
}

// One key for all folders of this program: making one takes a while.
const std::string& shared_key() {
    struct Key {
        Key() { write_panel_key(file); }

        ~Key() { fs::remove_all(folder); }

        fs::path folder = temp_folder();
        std::string file = folder / "billmgr.pem";
    };

    static const Key key;
    return key.file;
}

}  // namespace

Ran run_program(
    const std::vector<std::string>& argv, const Environment& env, const std::string& in
) {
    const fs::path folder = temp_folder();
    std::ofstream(folder / "in") << in;
    const pid_t pid = spawn(argv, env, folder / "in", folder / "out", folder / "err");
    int status = 0;
    ::waitpid(pid, &status, 0);
    Ran ran;
    ran.exit = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    ran.out = file_text(folder / "out");
    ran.err = file_text(folder / "err");
    fs::remove_all(folder);
    return ran;
}

bool wait_until(const std::function<bool()>& condition) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(60);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > deadline) {
            return false;
        }
        ::poll(nullptr, 0, 10);
    }
    return true;
}

PanelFolder::PanelFolder(const Json& settings) : folder_(temp_folder()) {
    Json all = database();
    all.update(settings);
    all.update({{"pem", shared_key()}});
    std::ofstream(folder_ / "panel.json") << all.dump();
    tool({"create"});
    PanelChange change(home());
    TariffSpec tariff;
    tariff.usergroup = "start";
    small = change.panel().add_tariff(tariff);
    tariff.disk_gib = 50;
    tariff.usergroup = "pro";
    large = change.panel().add_tariff(tariff);
    ServerSpec server;
    server.password = "cloud-pass";
    server.crypt_pem = shared_key();
    change.panel().add_server(server);
    client = change.panel().add_client("anna@example.com", "Anna");
    change.commit();
}

PanelFolder::~PanelFolder() {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
}

Json PanelFolder::tool(const std::vector<std::string>& args) {
    std::vector<std::string> argv = {panel_program("fake-panel"), folder_};
    argv.insert(argv.end(), args.begin(), args.end());
    const Ran ran = run_program(argv);
    if (ran.exit != 0) {
        throw std::runtime_error("fake-panel " + args[0] + ": " + ran.err);
    }
    return Json::parse(ran.out);
}

Ran PanelFolder::mgrctl(const std::vector<std::string>& args, const Environment& env) {
    std::vector<std::string> argv = {folder_ / "sbin/mgrctl", "-m", "billmgr", "-o", "xml"};
    argv.insert(argv.end(), args.begin(), args.end());
    return run_program(argv, env);
}

std::string PanelFolder::call(const std::vector<std::string>& args, const Environment& env) {
    const Ran ran = mgrctl(args, env);
    pugi::xml_document document;
    if (!document.load_string(ran.out.c_str())) {
        return "no document: " + ran.out + ran.err;
    }
    const pugi::xml_node doc = document.child("doc");
    if (const pugi::xml_node error = doc.child("error")) {
        return std::string("error ") + error.attribute("type").value() + "(" +
               error.attribute("object").value() + ")";
    }
    return doc.child("ok") ? "ok" : "form";
}

std::string PanelFolder::paid_item() {
    const int item =
        tool({"order", std::to_string(client), std::to_string(small)}).at("item").get<int>();
    tool({"pay", std::to_string(item)});
    return std::to_string(item);
}

std::string PanelFolder::opened_item() {
    std::string item = paid_item();
    const std::string answer = call({"backupservice.open", "elid=" + item, "sok=ok"});
    if (answer != "ok") {
        throw std::runtime_error("open: " + answer);
    }
    return item;
}

void PanelFolder::set_module(const std::string& script) {
    const fs::path file = folder_ / "processing/pmnextcloud";
    const fs::path fresh = folder_ / "module.new";
    std::ofstream(fresh) << "#!/bin/sh\nmgrctl=\"" << (folder_ / "sbin/mgrctl").string()
                         << " -m billmgr -o xml\"\n"
                            "while [ $# -gt 1 ]; do case $1 in\n--command) command=$2 ;;\n"
                            "--item) item=$2 ;;\n--runningoperation) operation=$2 ;;\n"
                            "esac; shift 2; done\n"
                         << script << "\n";
    fs::permissions(fresh, fs::perms::owner_all);
    fs::rename(fresh, file);
}

std::vector<Json> PanelFolder::log(const std::string& file) const {
    std::vector<Json> lines;
    std::istringstream in(text(file));
    for (std::string line; std::getline(in, line);) {
        lines.push_back(Json::parse(line));
    }
    return lines;
}

std::string PanelFolder::text(const std::string& file) const {
    return file_text(folder_ / file);
}

RunnerProcess::RunnerProcess(const PanelFolder& folder)
    : pid_(spawn(
          {panel_program("fake-panel-runner"), folder.folder()},
          {},
          "/dev/null",
          folder.folder() / "runner.out",
          folder.folder() / "runner.log"
      )) {
    if (!wait_until([&] { return folder.text("runner.out") == "runs\n"; })) {
        throw std::runtime_error("the runner does not run: " + folder.text("runner.log"));
    }
}

RunnerProcess::~RunnerProcess() {
    kill(SIGTERM);
}

void RunnerProcess::kill(int signal) {
    if (pid_ > 0) {
        ::kill(pid_, signal);
        ::waitpid(pid_, nullptr, 0);
        pid_ = -1;
    }
}

}  // namespace bn::testing
