#include "controller/logging/logging.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <iterator>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "base/descriptor.hpp"
#include "base/file_kind.hpp"
#include "controller/sys/host.hpp"

namespace bn::controller {
namespace {

// In the order of LogLevel; the names are those of log.level.
constexpr std::string_view kLevels[] = {"debug", "info", "warning", "error"};

// The same for syslog and the journal: LOG_DEBUG, LOG_INFO, LOG_WARNING, LOG_ERR.
constexpr int kPriorities[] = {7, 6, 4, 3};

// One event, one line: names from outside may hold line ends and escape sequences.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == '\n') {
            out += ' ';
        } else if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

// "[server=3] "; nothing when there are none.
std::string in_brackets(const LogFields& fields, std::string_view without = {}) {
    std::string all;
    for (const auto& [key, value] : fields) {
        if (key != without) {
            all += fmt::format("{}{}={}", all.empty() ? "[" : " ", key, one_line(value));
        }
    }
    return all.empty() ? all : all + "] ";
}

std::string text_line(LogLevel level, std::string_view text, const LogFields& fields) {
    return fmt::format(
        "{} {:<7} {}{}",
        format_time(system_now()),
        kLevels[static_cast<std::size_t>(level)],
        in_brackets(fields),
        one_line(text)
    );
}

// The fields come after the fixed keys and cannot replace them.
std::string json_line(LogLevel level, std::string_view text, const LogFields& fields) {
    nlohmann::ordered_json line;
    line["time"] = format_time(system_now());
    line["level"] = kLevels[static_cast<std::size_t>(level)];
    line["message"] = text;
    for (const auto& [key, value] : fields) {
        if (!line.contains(key)) {
            line[key] = value;
        }
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// A log names clients, so others may not read it: a new file is made so, also behind a link, and
// one that an earlier version left open to all is closed. What goes wrong here is for the sink to
// say, which opens it.
void keep_from_others(const std::string& file) {
    constexpr mode_t kOthers = 07;
    constexpr int kHow = O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
    const base::Descriptor made(::open(file.c_str(), kHow, 0640));
    struct stat seen = {};
    if (made.is_open() && ::fstat(made.get(), &seen) == 0 && S_ISREG(seen.st_mode) &&
        (seen.st_mode & kOthers) != 0) {
        ::fchmod(made.get(), seen.st_mode & 07770U);
    }
}

// A logger of our own, not in spdlog's registry: nothing is global.
Result<std::shared_ptr<spdlog::logger>> open_logger(const std::string& file) {
    if (const std::string_view kind = base::not_to_be_added_to(file); !kind.empty()) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "log.file",
            fmt::format("cannot write the log to {}: it is {}, no regular file", file, kind),
            "name a new or a regular file; without log.file it goes to standard error"
        ));
    }
    try {
        spdlog::sink_ptr out;
        if (file.empty()) {
            out = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        } else {
            keep_from_others(file);
            out = std::make_shared<spdlog::sinks::basic_file_sink_mt>(file);
        }
        auto logger = std::make_shared<spdlog::logger>("bill-nextcloud", std::move(out));
        logger->set_pattern("%v");
        logger->set_level(spdlog::level::debug);
        logger->flush_on(spdlog::level::debug);
        return logger;
    } catch (const spdlog::spdlog_ex& e) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "log.file",
            fmt::format("cannot write the log to {}: {}", file, e.what()),
            "correct log.file or the rights of its folder"
        ));
    }
}

}  // namespace

Result<void> LogSink::reopen(const LogConfig& config) {
    return open_logger(config.file).map([&](std::shared_ptr<spdlog::logger> logger) {
        const auto level = std::ranges::find(kLevels, config.level) - std::begin(kLevels);
        const std::lock_guard lock(mutex_);
        logger_ = std::move(logger);
        level_ = static_cast<LogLevel>(level);
        json_ = config.format == "json";
        to_journal_ = config.file.empty() && stderr_is_journal();
    });
}

void LogSink::write(LogLevel level, std::string_view text, const LogFields& fields) {
    if (enabled(level) && !(to_journal_ && write_journal(level, text, fields))) {
        write_line(level, text, fields);
    }
}

bool LogSink::write_journal(LogLevel level, std::string_view text, const LogFields& fields) {
    LogFields masked = fields;
    for (auto& [key, value] : masked) {
        value = secrets_.mask(value);
    }
    // The pass is a field to select by; where it happened is for whoever reads.
    const std::string message = secrets_.mask(
        json_ ? json_line(level, text, fields) : in_brackets(fields, "pass") + std::string(text)
    );
    return journal_.send(
        journal_entry(kPriorities[static_cast<std::size_t>(level)], message, masked)
    );
}

void LogSink::write_line(LogLevel level, std::string_view text, const LogFields& fields) {
    std::string line =
        secrets_.mask(json_ ? json_line(level, text, fields) : text_line(level, text, fields));
    if (to_journal_) {
        // It does not listen: sd-daemon(3) has another way, without fields. It has its own time.
        line = fmt::format(
            "<{}>{}{}",
            kPriorities[static_cast<std::size_t>(level)],
            secrets_.mask(in_brackets(fields)),
            secrets_.mask(one_line(text))
        );
    }
    const std::lock_guard lock(mutex_);
    logger_->info(line);
}

Result<std::shared_ptr<LogSink>> make_log_sink(
    const LogConfig& config, const SecretRegistry& secrets, std::string journal
) {
    auto sink = std::make_shared<LogSink>(secrets, std::move(journal));
    return sink->reopen(config).map([&sink] { return std::move(sink); });
}

Log Log::with(std::string_view key, std::string value) const {
    Log copy = *this;
    const auto known = std::ranges::find(copy.fields_, key, &LogFields::value_type::first);
    if (known != copy.fields_.end()) {
        known->second = std::move(value);
    } else {
        copy.fields_.emplace_back(std::string(key), std::move(value));
    }
    return copy;
}

void Log::write(LogLevel level, fmt::string_view text, fmt::format_args args) const {
    if (sink_ != nullptr && sink_->enabled(level)) {
        sink_->write(level, fmt::vformat(text, args), fields_);
    }
}

}  // namespace bn::controller
