// What the shell logs with: a cheap value that carries its fields (pass, server). No spdlog here.
//
// A default-made Log goes nowhere. Copies share the sink; every member may be called from any
// thread. Text is masked by the sink's registry of secrets before it is written.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "reconciler/model/error.hpp"

namespace bn::controller {

struct LogConfig;

enum class LogLevel { kDebug, kInfo, kWarning, kError };
std::string_view to_string(LogLevel level);

using LogFields = std::vector<std::pair<std::string, std::string>>;

// Where lines go. Implementations are thread-safe.
class LogSink {
  public:
    virtual ~LogSink() = default;
    [[nodiscard]] virtual bool enabled(LogLevel level) const = 0;
    virtual void write(LogLevel level, std::string_view text, const LogFields& fields) = 0;

    // Takes level, form and file anew. The file is opened even when its name is the same: it may
    // have been moved away meanwhile. Errors: as make_log_sink; everything stays as it was.
    virtual Result<void> reopen(const LogConfig& /*config*/) { return {}; }
};

class Log {
  public:
    Log() = default;

    explicit Log(std::shared_ptr<LogSink> sink) : sink_(std::move(sink)) {}

    // This log with one more field; a field of the same key is replaced.
    [[nodiscard]] Log with(std::string_view key, std::string value) const;

    // LogSink::reopen, for all copies.
    Result<void> reopen(const LogConfig& config) const {
        return sink_ == nullptr ? Result<void>() : sink_->reopen(config);
    }

    template <class... Args>
    void debug(fmt::format_string<Args...> text, Args&&... args) const {
        write(LogLevel::kDebug, text, fmt::make_format_args(args...));
    }

    template <class... Args>
    void info(fmt::format_string<Args...> text, Args&&... args) const {
        write(LogLevel::kInfo, text, fmt::make_format_args(args...));
    }

    template <class... Args>
    void warning(fmt::format_string<Args...> text, Args&&... args) const {
        write(LogLevel::kWarning, text, fmt::make_format_args(args...));
    }

    template <class... Args>
    void error(fmt::format_string<Args...> text, Args&&... args) const {
        write(LogLevel::kError, text, fmt::make_format_args(args...));
    }

  private:
    void write(LogLevel level, fmt::string_view text, fmt::format_args args) const;

    std::shared_ptr<LogSink> sink_;
    LogFields fields_;
};

}  // namespace bn::controller
