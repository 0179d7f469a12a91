#include "controller/metrics/process.hpp"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>

namespace bn::controller {

namespace {

constexpr ProcessRow kProcessRows[] = {
    {"process_cpu_seconds_total", true, "Processor time, of user and system."},
    {"process_resident_memory_bytes", false, "Memory that is in use."},
    {"process_virtual_memory_bytes", false, "Address space that is in use."},
    {"process_open_fds", false, "Open file descriptors."},
    {"process_max_fds", false, "How many of them are allowed."},
    {"process_start_time_seconds", false, "When it was started."},
};

// Fields of /proc/self/stat behind the name, which may hold anything: the third is at 0.
std::vector<std::string> stat_fields() {
    std::ifstream file("/proc/self/stat");
    const std::string text{std::istreambuf_iterator<char>(file), {}};
    std::istringstream fields(text.substr(std::min(text.rfind(')') + 1, text.size())));
    return {std::istream_iterator<std::string>(fields), {}};
}

double now_of(clockid_t clock) {
    timespec now{};
    clock_gettime(clock, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

// Not /proc/stat: a unit with ProcSubset=pid hides it. Once, or it would tremble.
double boot_time() {
    static const double at = now_of(CLOCK_REALTIME) - now_of(CLOCK_BOOTTIME);
    return at;
}

double open_files() {
    std::error_code failed;
    const std::filesystem::directory_iterator all("/proc/self/fd", failed);
    return failed ? 0 : static_cast<double>(std::distance(begin(all), end(all)));
}

}  // namespace

std::span<const ProcessRow> process_rows() {
    return kProcessRows;
}

std::vector<double> process_values() {
    constexpr std::size_t kUser = 11;
    constexpr std::size_t kSystem = 12;
    constexpr std::size_t kStart = 19;
    constexpr std::size_t kVirtual = 20;
    constexpr std::size_t kResident = 21;
    const std::vector<std::string> fields = stat_fields();
    if (fields.size() <= kResident) {
        return {};
    }
    const auto number = [&fields](std::size_t at) {
        return std::strtod(fields[at].c_str(), nullptr);
    };
    const auto ticks = static_cast<double>(sysconf(_SC_CLK_TCK));
    const auto page = static_cast<double>(sysconf(_SC_PAGESIZE));
    rlimit files{};
    getrlimit(RLIMIT_NOFILE, &files);
    return {
        (number(kUser) + number(kSystem)) / ticks,
        number(kResident) * page,
        number(kVirtual),
        open_files(),
        static_cast<double>(files.rlim_cur),
        boot_time() + number(kStart) / ticks};
}

}  // namespace bn::controller
