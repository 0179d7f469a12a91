#include "cli/command.hpp"

#include <unistd.h>

#include <atomic>
#include <cctype>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include "controller/sys/host.hpp"

namespace bn::cli {

ScreenOptions CommandContext::screen() const {
    return {language, wants_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO), full};
}

int fail(const Error& error) {
    std::fprintf(stderr, "error: %s\n", error.text().c_str());
    return kExitError;
}

struct CommandLoop::Impl {
    boost::asio::io_context io{1};
    boost::asio::any_io_executor executor{io.get_executor()};
    boost::asio::signal_set signals{io, SIGINT, SIGTERM};
    bool interrupted = false;

    void watch() {
        signals.async_wait([this](const boost::system::error_code& error, int) {
            if (error) {
                return;
            }
            if (interrupted) {
                _exit(128 + SIGINT);
            }
            interrupted = true;
            std::fprintf(
                stderr, "\ninterrupted: finishing the calls in flight (again: leave now)\n"
            );
            watch();
        });
    }
};

CommandLoop::CommandLoop() : impl_(std::make_unique<Impl>()) {
    impl_->watch();
}

CommandLoop::~CommandLoop() {
    impl_->signals.cancel();
    impl_->io.restart();
    impl_->io.poll();
}

const boost::asio::any_io_executor& CommandLoop::executor() const {
    return impl_->executor;
}

bool CommandLoop::interrupted() const {
    return impl_->interrupted;
}

void CommandLoop::run(Task<void> task) {
    std::exception_ptr failure;
    bool ended = false;
    boost::asio::co_spawn(
        impl_->executor,
        std::move(task),
        [&failure, &ended](const std::exception_ptr& e) {
            failure = e;
            ended = true;
        }
    );
    while (!ended && impl_->io.run_one() > 0) {
    }
    if (failure) {
        std::rethrow_exception(failure);
    }
}

Result<Ledger> ledger_if_any(const Config& config) {
    std::error_code ignored;
    if (!std::filesystem::exists(config.store.path, ignored)) {
        return Ledger{};
    }
    return state::load_ledger(config.store.path);
}

state::StoreSettings store_settings(const CommandContext& context, bool read_only) {
    state::StoreSettings settings;
    settings.path = context.config.store.path;
    settings.key_file = context.config.store.key_file;
    settings.read_only = read_only;
    settings.on_commit = context.on_commit;
    return settings;
}

Actor operator_actor() {
    Actor actor;
    actor.kind = "operator";
    actor.name = operator_name();
    return actor;
}

Result<Time> parse_moment(std::string_view text, Time now) {
    long long count = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
    if (error == std::errc{} && end + 1 == text.data() + text.size() && count >= 0) {
        switch (*end) {
            case 's':
                return now - std::chrono::seconds(count);
            case 'm':
                return now - std::chrono::minutes(count);
            case 'h':
                return now - std::chrono::hours(count);
            case 'd':
                return now - std::chrono::hours(24 * count);
            default:
                break;
        }
    }
    tl::expected<Time, std::string> parsed = parse_time(text);
    if (!parsed) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "command.time",
            "'" + std::string(text) + "' is no time: " + parsed.error(),
            "give 2026-11-23T10:20:30Z, or a span back from now such as 30m, 2h, 3d"
        ));
    }
    return *parsed;
}

}  // namespace bn::cli
