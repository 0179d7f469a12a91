#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.hpp"
#include "cli/command_line.hpp"
#include "cli/help/help.hpp"
#include "cli/screen/charset.hpp"
#include "cli/verbs.hpp"
#include "controller/config/partial_config.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/output.hpp"

namespace bn::cli {

namespace {

// As a shell sees a program that SIGPIPE ended.
constexpr int kExitReaderGone = 128 + 13;

constexpr Phrase kErrorLine{"error: {}\n", "ошибка: {}\n"};
constexpr Phrase kPartlyRead{
    "notice: the configuration has faults; this is said with what of it could be read:\n{}",
    "внимание: в конфигурации ошибки; дальше с тем, что удалось прочитать:\n{}"};
constexpr Phrase kLogElsewhere{
    "notice: {}; messages go to standard error\n",
    "внимание: {}; сообщения идут в стандартный поток ошибок\n"};

constexpr Phrase kNotice{"notice: {}\n", "внимание: {}\n"};

// "error: what (remedy) [code]" on standard error.
int fail(const Error& error) {
    const Language language = words::language_from_environment();
    const std::string text =
        fmt::format(fmt::runtime(kErrorLine.in(language)), error_text(error, language));
    say_on_stderr(text);
    return kExitError;
}

// A line a fault: "/etc/x.toml:3: unknown key".
std::string faults_text(ConfigErrors faults, Language language) {
    for (auto& fault : faults) {
        fault.what = said(fault.what, language);
    }
    return to_string(faults);
}

// A log that cannot be written is a fault of serve, not of a look at it.
Result<std::shared_ptr<LogSink>> sink_for(
    const Verb& verb, const CommandContext& context, SecretRegistry& secrets
) {
    LogConfig log = context.config.log;
    if (verb.run != run_serve && log.level == "info") {
        log.level = "warning";  // a command says on its own screen what it did
        if (log.file.empty()) {
            return nullptr;  // and that screen is where the log would go
        }
    }
    Result<std::shared_ptr<LogSink>> sink = make_log_sink(log, secrets);
    if (!sink && verb.needs != Needs::kConfig) {
        if (!verb.hidden()) {
            say_on_stderr(
                say(context.language, kLogElsewhere, said(sink.error().what, context.language))
            );
        }
        log.file.clear();
        sink = make_log_sink(log, secrets);
    }
    return sink;
}

// False: the verb cannot go on with what there is.
bool take_config(const Verb& verb, CommandContext& context) {
    if (verb.needs == Needs::kNothing) {
        return true;
    }
    PartialConfig read = load_partial_config(context.config_path);
    context.config = std::move(read.config);
    context.config_faults = std::move(read.faults);
    context.config_read = read.read;
    if (context.config_faults.empty() || verb.needs == Needs::kItsFaults) {
        return true;
    }
    const std::string faults = faults_text(context.config_faults, context.language);
    if (verb.needs == Needs::kConfig) {
        say_on_stderr(faults);
        return false;
    }
    if (!verb.hidden()) {
        // Lines of their own, which `say` would take for control characters from outside.
        say_on_stderr(fmt::format(fmt::runtime(kPartlyRead.in(context.language)), faults));
    }
    return true;
}

void take_arguments(CommandContext& context) {
    constexpr const char* kUsualSocket = "/run/bill-nextcloud/control.sock";
    Config& config = context.config;
    const Arguments& args = context.args;
    if (!args.store.empty()) {
        config.store.path = args.store;
        config.store.anchor = "off";  // it tells of the newest store
    }
    if (!context.config_faults.empty() && config.control.socket.empty()) {
        config.control.socket = kUsualSocket;
    }
    if (!args.socket.empty()) {
        config.control.socket = args.socket;
    }
}

int run_verb(const Verb& verb, Arguments args) {
    SecretRegistry secrets;
    CommandContext context;
    context.config_path = args.config;
    context.version = BN_VERSION;
    context.language = words::language_from_environment();
    context.args = std::move(args);
    context.secrets = &secrets;
    if (!take_config(verb, context)) {
        return kExitError;
    }
    for (const std::string& notice : context.config.notices) {
        say_on_stderr(say(context.language, kNotice, said(notice, context.language)));
    }
    take_arguments(context);
    if (verb.needs != Needs::kNothing) {
        Result<std::shared_ptr<LogSink>> sink = sink_for(verb, context, secrets);
        if (!sink) {
            return fail(sink.error());
        }
        context.sink = *std::move(sink);
    }
    const Result<int> code = verb.run(context);
    return code ? *code : fail(code.error());
}

int run(std::span<const std::string_view> words) {
    const Language language = words::language_from_environment();
    const std::size_t width = terminal_width(STDOUT_FILENO);
    tl::expected<CommandLine, std::string> line = read_command_line(words, environment, language);
    // What programs read, and a file, stays as it is.
    speak_in_charset_of_environment(
        line && !line->args.json && !line->args.csv && line->args.file != "-"
    );
    if (!line) {
        say_on_stderr(fmt::format(fmt::runtime(kErrorLine.in(language)), line.error()));
        return kExitError;
    }
    if (line->reference) {
        print(config_reference());
        return kExitOk;
    }
    if (line->help) {
        print(
            line->verb == nullptr ? help_of_all(language, width)
                                  : help_of(*line->verb, language, width)
        );
        return kExitOk;
    }
    if (line->verb == nullptr) {
        say_on_stderr(help_of_all(language, width));
        return kExitError;
    }
    return run_verb(*line->verb, std::move(line->args));
}

int run_guarded(std::span<const std::string_view> words) {
    try {
        return run(words);
    } catch (const std::exception& error) {
        if (std::ferror(stdout) == 0) {
            say_on_stderr(fmt::format("error: unexpected: {}; please report this\n", error.what()));
        }
        return kExitError;
    }
}

}  // namespace

int run_cli(int argc, const char* const* argv) {
    controller::harden_process();
    const std::vector<std::string_view> words(argv + std::min(argc, 1), argv + argc);
    const int code = run_guarded(words);
    const Result<bool> arrived = close_output();
    if (!arrived) {
        return fail(arrived.error());
    }
    return *arrived ? code : kExitReaderGone;
}

}  // namespace bn::cli
