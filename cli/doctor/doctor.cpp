// `doctor`: what support needs, in one text file that its sender can look through. A part that
// cannot be had says why and does not stop the others.
#include "cli/doctor/doctor.hpp"

#include <sys/auxv.h>
#include <sys/utsname.h>

#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/child_process.hpp"
#include "bm_reader/panel_source.hpp"
#include "cli/command.hpp"
#include "cli/help/build_info.hpp"
#include "controller/config/config_values.hpp"
#include "controller/real_sides.hpp"
#include "controller/sys/files.hpp"
#include "controller/sys/host.hpp"

namespace bn::cli {

namespace {

constexpr Phrase kDoctorWrote{
    "{}: {} KiB, readable text: look through it before you send it\n",
    "{}: {} КиБ, обычный текст: просмотрите его перед отправкой\n"};
constexpr Phrase kDoctorParts{"In it: {}\n", "Внутри: {}\n"};
constexpr Phrase kDoctorMasked{
    "Passwords, keys, tokens and e-mail addresses are masked.\n",
    "Пароли, ключи, токены и адреса почты скрыты.\n"};
constexpr Phrase kDoctorMissing{"Could not be had: {}\n", "Не удалось получить: {}\n"};

constexpr std::size_t kMostOfALog = 64u << 10;

class Bundle {
  public:
    // `trouble`: why it is not there, or not whole; empty: it is.
    void add(const std::string& title, const std::string& text, const std::string& trouble = "") {
        titles_.push_back(title);
        if (!trouble.empty()) {
            missing_.push_back(title);
        }
        body_ += fmt::format(
            "\n==== {} ====\n{}{}{}",
            title,
            trouble.empty() ? "" : fmt::format("(not known: {})\n", trouble),
            text,
            text.empty() || text.ends_with('\n') ? "" : "\n"
        );
    }

    [[nodiscard]] const std::string& body() const { return body_; }

    [[nodiscard]] const std::vector<std::string>& titles() const { return titles_; }

    [[nodiscard]] const std::vector<std::string>& missing() const { return missing_; }

  private:
    std::string body_;
    std::vector<std::string> titles_;
    std::vector<std::string> missing_;
};

// ---- what must not be in it

void learn_file(const std::string& path, SecretRegistry& secrets) {
    const Result<std::string> text = path.empty() ? std::string() : read_file(path, 64u << 10);
    if (!text) {
        return;  // then nothing of it can be in the bundle by us
    }
    for (std::string_view rest = *text; !rest.empty();) {
        const std::string_view line = rest.substr(0, rest.find('\n'));
        rest.remove_prefix(std::min(line.size() + 1, rest.size()));
        // A key's lines are random enough to be masked each.
        if (line.find("-----") == std::string_view::npos) {
            secrets.add(Secret(std::string(line)));
        }
    }
}

constexpr const char* kProxyVariables[] = {
    "http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"};

// The password in "http://user:password@host".
void learn_address(std::string_view url, SecretRegistry& secrets) {
    const std::string masked = mask_url(url);
    const std::size_t from = masked.find("********");
    if (masked != url && from != std::string::npos) {
        secrets.add(Secret(std::string(url.substr(from, url.rfind('@') - from))));
    }
}

// Every secret that this host's files and the panel can tell. Returns what could not be asked.
std::string learn_secrets_of(const Config& config, SecretRegistry& secrets) {
    learn_file(config.panel.password_file, secrets);
    learn_file(config.panel.api_password_file, secrets);
    learn_file(config.panel.crypt_key, secrets);
    learn_file(config.store.key_file, secrets);
    learn_address(config.defaults.proxy, secrets);
    for (const auto& [id, server] : config.servers) {
        learn_address(server.proxy, secrets);
    }
    for (const char* name : kProxyVariables) {
        learn_address(environment(name), secrets);
    }
    return panel_settings(config)
        .and_then([&secrets](bm_reader::PanelSettings settings) {
            secrets.add(settings.password, settings.user);
            return bm_reader::make_panel_source(std::move(settings))->servers();
        })
        .map([&secrets](const std::vector<DesiredServer>& servers) {
            for (const DesiredServer& server : servers) {
                secrets.add(server.password, server.login);
            }
            return std::string();
        })
        .map_error([](const Error& error) { return error.text(); })
        .value_or(std::string("the panel could not be read"));
}

// ---- its parts

struct Answered {
    std::string text;
    std::string trouble;
};

Answered asked(std::vector<std::string> argv, Duration patience = std::chrono::seconds(60)) {
    base::ChildCommand command;
    command.argv = std::move(argv);
    command.environment = {
        "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8", "SYSTEMD_COLORS=0", "NO_COLOR=1"};
    command.timeout = patience;
    command.max_stdout = 4u << 20;
    command.max_stderr = 16u << 10;
    const base::ChildResult result = base::run_child(command);
    const std::string text = result.out + result.err;
    using enum base::ChildEnd;
    switch (result.end) {
        case kNotStarted:
            return {"", fmt::format("{}: {}", command.argv[0], std::strerror(result.start_errno))};
        case kTimeout:
            return {text, "it did not end in time"};
        case kTooMuch:
            return {text, "it printed too much"};
        case kSignalled:
            return {text, fmt::format("it ended by signal {}", result.signal_number)};
        default:
            return {
                result.exit_code == 0 ? text
                                      : fmt::format("(exit code {})\n{}", result.exit_code, text),
                ""};
    }
}

// One of our own verbs, in a process of its own: whatever hangs or breaks is only that part.
void add_verb(Bundle& bundle, const CommandContext& context, std::vector<std::string> words) {
    // /proc/self/exe is closed to the user of a process that may not be dumped.
    // NOLINTNEXTLINE(performance-no-int-to-ptr)
    const auto* program = reinterpret_cast<const char*>(::getauxval(AT_EXECFN));
    const std::string title = fmt::format("{}", fmt::join(words, " "));
    words.insert(words.begin(), program == nullptr ? "bill-nextcloud" : program);
    words.insert(words.end(), {"--config", context.config_path});
    const auto [text, trouble] = asked(std::move(words));
    bundle.add(title, text, trouble);
}

void add_host(Bundle& bundle) {
    utsname system{};
    ::uname(&system);
    std::string text = fmt::format(
        "{}now {}\nkernel {} {}\nuser {}\n",
        version_text(kBuildInfo, Language::kEnglish),
        format_time(system_now()),
        static_cast<const char*>(system.release),
        static_cast<const char*>(system.machine),
        ::getuid()
    );
    std::ifstream release("/etc/os-release");
    for (std::string line; std::getline(release, line);) {
        text += line.starts_with("PRETTY_NAME=") ? line + "\n" : "";
    }
    bundle.add("version and host", text);
}

void add_environment(Bundle& bundle) {
    std::string text;
    const auto add = [&text](const char* name) {
        const std::string value = environment(name);
        text += value.empty() ? "" : fmt::format("{}={}\n", name, mask_url(value));
    };
    for (const char* name :
         {"BILL_NEXTCLOUD_CONFIG",
          "LC_ALL",
          "LC_MESSAGES",
          "LANG",
          "LANGUAGE",
          "TZ",
          "TERM",
          "PATH",
          "no_proxy",
          "INVOCATION_ID",
          "JOURNAL_STREAM"}) {
        add(name);
    }
    for (const char* name : kProxyVariables) {
        add(name);
    }
    bundle.add("environment", text);
}

// Kinds, times and numbers: no texts, which may speak of people.
void add_events(Bundle& bundle, const CommandContext& context) {
    constexpr std::uint64_t kNewest = 300;
    std::string text;
    EventFilter filter;
    filter.newest_first = true;
    filter.limit = kNewest;
    const Result<void> read = open_store(context, Opening::kRead).and_then([&](const auto& store) {
        return store->read(filter, [&text](const Envelope& event) {
            text += fmt::format(
                "{} {} {} {} {}\n",
                event.position,
                format_time(event.at),
                kind_of(event.event).name,
                event.stream,
                event.actor.kind
            );
            return true;
        });
    });
    bundle.add("newest events, without their texts", text, read ? "" : read.error().text());
}

void add_log(Bundle& bundle, const Config& config) {
    if (config.log.file.empty()) {
        const auto [text, trouble] = asked(
            {"/usr/bin/journalctl",
             "-u",
             "bill-nextcloud",
             "-n",
             "300",
             "--no-pager",
             "-o",
             "short-iso"},
            std::chrono::seconds(20)
        );
        bundle.add("journal, its end", text, trouble);
        return;
    }
    std::ifstream file(config.log.file, std::ios::binary | std::ios::ate);
    if (!file) {
        bundle.add("log, its end", "", "cannot read " + config.log.file);
        return;
    }
    const auto size = static_cast<std::size_t>(std::max<std::streamoff>(file.tellg(), 0));
    const std::size_t from = size - std::min(size, kMostOfALog);
    file.seekg(static_cast<std::streamoff>(from));
    std::string text(size - from, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    // A line that was cut may hold the end of a secret, which nothing would know.
    bundle.add(
        "log, its end", from == 0 ? text : text.substr(std::min(text.find('\n'), text.size()))
    );
}

constexpr const char* kProperties =
    "ActiveState,SubState,StatusText,Result,NRestarts,ExecMainStatus,ExecMainStartTimestamp,"
    "MemoryCurrent,FragmentPath,User";

Bundle make_bundle(const CommandContext& context, const std::string& unasked) {
    Bundle bundle;
    add_host(bundle);
    bundle.add(
        "configuration " + context.config_path,
        to_string(context.config_faults) + masked(context.config),
        context.config_faults.empty() ? "" : "it has faults; the rest is what could be read"
    );
    bundle.add(
        "secrets of the clouds, to be masked", unasked.empty() ? "all known\n" : "", unasked
    );
    add_verb(bundle, context, {"check", "--quick", "--json"});
    add_verb(bundle, context, {"status", "--json"});
    add_verb(bundle, context, {"verify", "--json"});
    add_events(bundle, context);
    add_environment(bundle);
    const auto [unit, trouble] = asked(
        {"/usr/bin/systemctl", "show", "bill-nextcloud", "--no-pager", "-p", kProperties},
        std::chrono::seconds(20)
    );
    bundle.add("systemd unit", unit, trouble);
    add_log(bundle, context.config);
    return bundle;
}

std::string titles_in(Language language, const std::vector<std::string>& titles) {
    return enumerated(
        titles, [language](const std::string& title) { return said(title, language); }, "; "
    );
}

std::string default_name() {
    std::string time = format_time(system_now()).substr(0, 19);
    std::erase(time, ':');
    return fmt::format("bill-nextcloud-doctor-{}Z.txt", time);
}

}  // namespace

Result<int> run_doctor(const CommandContext& context) {
    SecretRegistry& secrets = *context.secrets;
    const std::string unasked = learn_secrets_of(context.config, secrets);
    const Bundle bundle = make_bundle(context, unasked);
    const std::string text = without_secrets(secrets.mask(fmt::format(
        "bill-nextcloud doctor. In it: {}\n{}", fmt::join(bundle.titles(), "; "), bundle.body()
    )));
    const std::string file = context.args.file.empty() ? default_name() : context.args.file;
    return write_output(file, text).map([&] {
        std::string told = say(context.language, kDoctorWrote, file, text.size() / 1024 + 1);
        told += say(context.language, kDoctorParts, titles_in(context.language, bundle.titles()));
        if (!bundle.missing().empty()) {
            told +=
                say(context.language, kDoctorMissing, titles_in(context.language, bundle.missing())
                );
        }
        told += kDoctorMasked.in(context.language);
        if (file == "-") {
            std::fputs(told.c_str(), stderr);
        } else {
            print(told);
        }
        return kExitOk;
    });
}

}  // namespace bn::cli
