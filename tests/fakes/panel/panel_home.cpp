#include "tests/fakes/panel/panel_home.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include <fmt/chrono.h>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace bn::testing {

namespace {

using Json = nlohmann::json;

void read_runner(const Json& json, RunnerSettings& out) {
    for (const auto& [key, value] : json.items()) {
        if (key == "processing") {
            value.get_to(out.processing);
        } else if (key == "poll_ms") {
            out.poll = std::chrono::milliseconds(value.get<int>());
        } else if (key == "retry_ms") {
            out.retry = std::chrono::milliseconds(value.get<int>());
        } else if (key == "concurrency") {
            value.get_to(out.concurrency);
        } else if (key == "again_after_success") {
            value.get_to(out.again_after_success);
        } else if (key == "try_limit") {
            value.get_to(out.try_limit);
        } else {
            throw std::runtime_error("panel.json: unknown key runner." + key);
        }
    }
}

// The database's keys; false: not one of them.
bool read_database(const std::string& key, const Json& value, PanelHome& out) {
    if (key == "sqlite") {
        out.sqlite = out.path(value.get<std::string>());
    } else if (key == "socket") {
        value.get_to(out.mariadb.socket);
    } else if (key == "host") {
        value.get_to(out.mariadb.host);
    } else if (key == "port") {
        value.get_to(out.mariadb.port);
    } else if (key == "user") {
        value.get_to(out.mariadb.user);
    } else if (key == "password") {
        value.get_to(out.mariadb.password);
    } else if (key == "database") {
        value.get_to(out.mariadb.database);
    } else {
        return false;
    }
    return true;
}

// One of two words.
bool is_second(const std::string& key, const Json& value, const char* first, const char* second) {
    const auto word = value.get<std::string>();
    if (word != first && word != second) {
        throw std::runtime_error(
            fmt::format("panel.json: {} is '{}'; use '{}' or '{}'", key, word, first, second)
        );
    }
    return word == second;
}

SaveParam save_param_of(const std::string& word) {
    if (word == "both") {
        return SaveParam::kBoth;
    }
    if (word == "pair") {
        return SaveParam::kPair;
    }
    if (word == "name-value") {
        return SaveParam::kNameValue;
    }
    throw std::runtime_error(
        fmt::format("panel.json: save_param is '{}'; use 'both', 'name-value' or 'pair'", word)
    );
}

void read_key(const std::string& key, const Json& value, PanelHome& out) {
    if (key == "pem") {
        out.pem = out.path(value.get<std::string>());
    } else if (key == "open_call") {
        value.get_to(out.open_call);
    } else if (key == "save_param") {
        out.save_param = save_param_of(value.get<std::string>());
    } else if (key == "in_progress") {
        out.in_progress = is_second(key, value, "status5", "operation") ? InProgress::kOperationOnly
                                                                        : InProgress::kStatus5;
    } else if (key == "payment_steps") {
        out.payment_steps =
            is_second(key, value, "any", "forward") ? PaymentSteps::kForward : PaymentSteps::kAny;
    } else if (key == "rollback_keeps_operation") {
        value.get_to(out.rollback_keeps_operation);
    } else if (key == "id_gap") {
        value.get_to(out.id_gap);
    } else if (key == "error_exit") {
        value.get_to(out.error_exit);
    } else if (key == "runner") {
        read_runner(value, out.runner);
    } else if (!read_database(key, value, out)) {
        throw std::runtime_error("panel.json: unknown key " + key);
    }
}

void prepare(const PanelHome& home, FakePanel& panel) {
    panel.in_progress = home.in_progress;
    panel.id_gap = home.id_gap;
}

}  // namespace

PanelHome PanelHome::read(const std::filesystem::path& folder) {
    PanelHome home;
    home.folder = std::filesystem::absolute(folder);
    home.pem = home.path("billmgr.pem");
    const std::string text = file_text(home.path("panel.json"));
    if (text.empty()) {
        throw std::runtime_error(home.path("panel.json").string() + " is missing or empty");
    }
    const Json settings = Json::parse(text);
    for (const auto& [key, value] : settings.items()) {
        read_key(key, value, home);
    }
    std::filesystem::create_directories(home.path("locks"));
    return home;
}

FakePanel PanelHome::open() const {
    FakePanel panel =
        sqlite.empty() ? FakePanel(open_mariadb(mariadb)) : FakePanel::open_sqlite(sqlite);
    prepare(*this, panel);
    return panel;
}

FakePanel PanelHome::create() const {
    if (!std::filesystem::exists(pem)) {
        write_panel_key(pem);
    }
    FakePanel panel =
        sqlite.empty() ? FakePanel::create_mariadb(mariadb) : FakePanel::create_sqlite(sqlite);
    prepare(*this, panel);
    return panel;
}

std::filesystem::path PanelHome::path(const std::string& name) const {
    return folder / name;  // an absolute name stays as it is
}

void PanelHome::log(const char* file, const Json& line) const {
    const std::string text = line.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    const int fd = ::open(path(file).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const bool written =
        fd >= 0 && ::write(fd, text.data(), text.size()) == static_cast<ssize_t>(text.size());
    if (fd >= 0) {
        ::close(fd);
    }
    if (!written) {
        throw std::runtime_error(fmt::format("{}: {}", file, std::strerror(errno)));
    }
}

HomeLock::HomeLock(const PanelHome& home, const std::string& name)
    : fd_(::open(home.path("locks/" + name).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600)) {
    int locked = -1;
    while (fd_ >= 0 && (locked = ::flock(fd_, LOCK_EX)) != 0 && errno == EINTR) {
    }
    if (locked != 0) {
        throw std::runtime_error(fmt::format("lock {}: {}", name, std::strerror(errno)));
    }
}

HomeLock::~HomeLock() {
    ::close(fd_);
}

PanelChange::PanelChange(const PanelHome& home) : lock_(home, "write"), panel_(home.open()) {
    panel_.door().begin();
}

PanelChange::~PanelChange() {
    if (open_) {
        try {
            panel_.exec("ROLLBACK");
        } catch (const std::exception&) {  // the connection is gone: rolled back by the server
        }
    }
}

void PanelChange::commit() {
    panel_.exec("COMMIT");
    open_ = false;
}

std::string file_text(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream out;
    out << in.rdbuf();
    return out.str();
}

std::string time_text() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now).count();
    return fmt::format("{:%Y-%m-%dT%H:%M:%S}.{:03}Z", fmt::gmtime(ms / 1000), ms % 1000);
}

}  // namespace bn::testing
