// Sets the log up, and keeps secrets out of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "controller/config/config.hpp"
#include "controller/logging/log.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"

namespace bn::controller {

// Texts that may never appear in a line, in any of the spellings in which they travel: as they
// are, JSON-escaped, percent-encoded, and as base64 "login:password". Thread-safe.
class SecretRegistry {
  public:
    SecretRegistry();
    ~SecretRegistry();
    SecretRegistry(const SecretRegistry&) = delete;
    SecretRegistry& operator=(const SecretRegistry&) = delete;

    // `login` may be empty. Secrets shorter than 4 characters are not masked as plain text: they
    // would cut up ordinary words.
    void add(const Secret& secret, std::string_view login = {});

    [[nodiscard]] std::string mask(std::string_view text) const;

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

// The sink for the configuration. `secrets` must outlive the sink. Errors: the file cannot be
// opened (kHuman, "log.file"). Text lines:
//   2026-11-23T10:20:30.123Z info  [pass=01J... server=3] message
// JSON lines: {"time":..., "level":..., "message":..., "pass":..., "server":...}.
Result<std::shared_ptr<LogSink>> make_log_sink(
    const LogConfig& config, const SecretRegistry& secrets
);

// A sink that keeps lines in memory: tests, and the `check` verb.
class MemorySink final : public LogSink {
  public:
    explicit MemorySink(const SecretRegistry* secrets = nullptr);
    ~MemorySink() override;

    [[nodiscard]] bool enabled(LogLevel level) const override;
    void write(LogLevel level, std::string_view text, const LogFields& fields) override;
    [[nodiscard]] std::string text() const;  // all lines as "level message key=value\n"

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::controller
