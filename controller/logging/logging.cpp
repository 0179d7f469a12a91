#include "controller/logging/logging.hpp"

#include <atomic>
#include <mutex>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <spdlog/logger.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "controller/sys/host.hpp"

namespace bn::controller {
namespace {

spdlog::level::level_enum spdlog_level(LogLevel level) {
    switch (level) {
        case LogLevel::kDebug:
            return spdlog::level::debug;
        case LogLevel::kInfo:
            return spdlog::level::info;
        case LogLevel::kWarning:
            return spdlog::level::warn;
        case LogLevel::kError:
            break;
    }
    return spdlog::level::err;
}

LogLevel level_of(std::string_view name) {
    for (const LogLevel level :
         {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
        if (to_string(level) == name) {
            return level;
        }
    }
    return LogLevel::kInfo;
}

// One event, one line: names from outside may hold line ends and escape sequences.
std::string one_line(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte < 0x20 || byte == 0x7f) {
            out += fmt::format("\\x{:02x}", byte);
        } else {
            out += c;
        }
    }
    return out;
}

std::string text_line(LogLevel level, std::string_view text, const LogFields& fields) {
    std::string line = fmt::format("{} {:<7} ", format_time(system_now()), to_string(level));
    if (!fields.empty()) {
        line += '[';
        for (const auto& [key, value] : fields) {
            line += fmt::format("{}{}={}", line.back() == '[' ? "" : " ", key, one_line(value));
        }
        line += "] ";
    }
    return line + one_line(text);
}

// The fields come after the fixed keys and cannot replace them.
std::string json_line(LogLevel level, std::string_view text, const LogFields& fields) {
    nlohmann::ordered_json line;
    line["time"] = format_time(system_now());
    line["level"] = to_string(level);
    line["message"] = text;
    for (const auto& [key, value] : fields) {
        if (!line.contains(key)) {
            line[key] = value;
        }
    }
    return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

// A logger of our own, not in spdlog's registry: nothing is global.
Result<std::shared_ptr<spdlog::logger>> open_logger(const std::string& file) {
    try {
        spdlog::sink_ptr out;
        if (file.empty()) {
            out = std::make_shared<spdlog::sinks::stderr_sink_mt>();
        } else {
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

class SpdlogSink final : public LogSink {
  public:
    explicit SpdlogSink(const SecretRegistry& secrets) : secrets_(secrets) {}

    Result<void> reopen(const LogConfig& config) override {
        auto logger = open_logger(config.file);
        if (!logger) {
            return tl::unexpected(std::move(logger.error()));
        }
        const std::lock_guard lock(mutex_);
        logger_ = *std::move(logger);
        level_ = level_of(config.level);
        json_ = config.format == "json";
        return {};
    }

    [[nodiscard]] bool enabled(LogLevel level) const override { return level >= level_; }

    void write(LogLevel level, std::string_view text, const LogFields& fields) override {
        if (!enabled(level)) {
            return;
        }
        const std::string line =
            secrets_.mask(json_ ? json_line(level, text, fields) : text_line(level, text, fields));
        const std::lock_guard lock(mutex_);
        logger_->log(spdlog_level(level), line);
    }

  private:
    const SecretRegistry& secrets_;
    std::atomic<LogLevel> level_ = LogLevel::kInfo;
    std::atomic<bool> json_ = false;
    std::mutex mutex_;  // of the next one
    std::shared_ptr<spdlog::logger> logger_;
};

}  // namespace

Result<std::shared_ptr<LogSink>> make_log_sink(
    const LogConfig& config, const SecretRegistry& secrets
) {
    auto sink = std::make_shared<SpdlogSink>(secrets);
    if (Result<void> opened = sink->reopen(config); !opened) {
        return tl::unexpected(std::move(opened.error()));
    }
    return sink;
}

struct MemorySink::Impl {
    mutable std::mutex mutex;
    std::string text;
    const SecretRegistry* secrets = nullptr;
};

MemorySink::MemorySink(const SecretRegistry* secrets) : impl_(std::make_unique<Impl>()) {
    impl_->secrets = secrets;
}

MemorySink::~MemorySink() = default;

bool MemorySink::enabled(LogLevel /*level*/) const {
    return true;
}

void MemorySink::write(LogLevel level, std::string_view text, const LogFields& fields) {
    std::string line = fmt::format("{} {}", to_string(level), one_line(text));
    for (const auto& [key, value] : fields) {
        line += fmt::format(" {}={}", key, one_line(value));
    }
    if (impl_->secrets != nullptr) {
        line = impl_->secrets->mask(line);
    }
    const std::lock_guard lock(impl_->mutex);
    impl_->text += line + "\n";
}

std::string MemorySink::text() const {
    const std::lock_guard lock(impl_->mutex);
    return impl_->text;
}

}  // namespace bn::controller
