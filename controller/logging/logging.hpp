// The log, and what keeps secrets out of it. No spdlog here.
//
// A Log is a cheap value that carries its fields (pass, server); a default-made one goes nowhere.
// Copies share the sink; every member may be called from any thread. Text is masked by the sink's
// registry of secrets before it is written.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "controller/config/config.hpp"
#include "controller/logging/journal.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"

namespace spdlog {
class logger;
}

namespace bn::controller {

// Texts that may never appear in a line, in any of the spellings in which they travel: as they
// are, JSON-escaped, percent-encoded, and as base64 "login:password". Thread-safe.
class SecretRegistry {
  public:
    // `login` may be empty. Secrets shorter than 4 characters are not masked as plain text: they
    // would cut up ordinary words.
    void add(const Secret& secret, std::string_view login = {});

    [[nodiscard]] std::string mask(std::string_view text) const;

  private:
    void insert(std::string text);

    mutable std::shared_mutex mutex_;
    std::vector<std::string> spellings_;  // longest first, so that no part of one is left
};

enum class LogLevel { kDebug, kInfo, kWarning, kError };

using LogFields = std::vector<std::pair<std::string, std::string>>;

// Where lines go, one line an event. Text lines:
//   2026-11-23T10:20:30.123Z info  [pass=01J... server=3] message
// JSON lines: {"time":..., "level":..., "message":..., "pass":..., "server":...}.
// Where standard error is systemd's journal, the journal's own protocol, without the time, with the
// level as PRIORITY and with the fields BILL_NEXTCLOUD_PASS, BILL_NEXTCLOUD_SERVER and so on.
class LogSink {
  public:
    // Use make_log_sink. `secrets` outlives the sink.
    LogSink(const SecretRegistry& secrets, std::string journal)
        : secrets_(secrets), journal_(std::move(journal)) {}

    // Takes level, form and file anew. The file is opened even when its name is the same: it may
    // have been moved away meanwhile. A link to it is followed. Errors: as make_log_sink;
    // everything stays as it was.
    Result<void> reopen(const LogConfig& config);

    [[nodiscard]] bool enabled(LogLevel level) const { return level >= level_; }

    void write(LogLevel level, std::string_view text, const LogFields& fields);

  private:
    void write_line(LogLevel level, std::string_view text, const LogFields& fields);
    [[nodiscard]] bool write_journal(
        LogLevel level, std::string_view text, const LogFields& fields
    );

    const SecretRegistry& secrets_;
    const JournalSocket journal_;
    std::atomic<bool> to_journal_ = false;
    std::atomic<LogLevel> level_ = LogLevel::kInfo;
    std::atomic<bool> json_ = false;
    std::mutex mutex_;  // of the next one
    std::shared_ptr<spdlog::logger> logger_;
};

// The sink for the configuration. Errors: the file cannot be opened, or is no regular file (kHuman,
// "log.file"). `journal`: where the journal listens.
Result<std::shared_ptr<LogSink>> make_log_sink(
    const LogConfig& config, const SecretRegistry& secrets, std::string journal = kJournalSocket
);

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
