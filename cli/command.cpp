#include "cli/command.hpp"

#include <unistd.h>

#include <cstdio>
#include <iostream>

#include "cli/moment.hpp"
#include "controller/sys/host.hpp"
#include "controller/sys/output.hpp"
#include "controller/sys/random.hpp"
#include "protocol/client.hpp"
#include "reconciler/decide/operator.hpp"

namespace bn::cli {

ScreenOptions CommandContext::screen() const {
    return {language, wants_colour(STDOUT_FILENO), terminal_width(STDOUT_FILENO), args.full};
}

Error human_error(const char* code, std::string what, std::string remedy) {
    return Error(NextMove::kHuman, code, std::move(what), std::move(remedy));
}

Error unknown_server(std::uint32_t server) {
    return human_error(
        "command.server",
        fmt::format("server {} is not known, or is switched off", server),
        "`bill-nextcloud check` lists the panel's servers with their numbers"
    );
}

Result<Time> parse_moment(std::string_view text, Time now) {
    return read_moment(text, now, Facing::kBack);
}

Result<Time> parse_moment_ahead(std::string_view text, Time now) {
    return read_moment(text, now, Facing::kAhead);
}

void print(std::string_view text) {
    write_to_output(text);
}

std::string for_terminal(const std::string& text, int fd) {
    const std::size_t width = terminal_width(fd);
    return width < kNarrow ? folded(text, width) : text;
}

void print_text(const std::string& text) {
    print(for_terminal(text, STDOUT_FILENO));
}

void say_on_stderr(const std::string& text) {
    const std::string lines = for_terminal(text, STDERR_FILENO);
    [[maybe_unused]] const std::size_t written = std::fwrite(lines.data(), 1, lines.size(), stderr);
}

void tell_aside(Language language, std::string_view english, std::size_t indent) {
    const std::string text = std::string(indent, ' ') + said(english, language);
    say_on_stderr(text + "\n");
}

bool confirmed(
    const CommandContext& context,
    const char* verb,
    std::string_view question,
    const Phrase& nothing
) {
    if (context.args.yes) {
        return true;
    }
    if (isatty(STDIN_FILENO) == 0) {
        tell_aside(
            context.language,
            fmt::format("error: standard input is no terminal to ask on; give --yes to {}", verb)
        );
        return false;
    }
    // Documents for a program stay whole.
    const auto tell = [json = context.args.json](std::string_view text) {
        json ? say_on_stderr(std::string(text)) : print(text);
    };
    tell(question);
    std::string answer;
    std::getline(std::cin, answer);
    if (answer == "yes" || answer == "да") {
        return true;
    }
    tell(std::string(nothing.in(context.language)) + "\n");
    return false;
}

std::string anchor_path(const Config& config) {
    const std::string& anchor = config.store.anchor;
    return anchor.empty()    ? state::default_anchor(config.store.path)
           : anchor == "off" ? std::string()
                             : anchor;
}

state::StoreSettings store_settings(const CommandContext& context, Opening opening) {
    state::StoreSettings settings;
    settings.path = context.config.store.path;
    settings.key_file = context.config.store.key_file;
    settings.anchor = anchor_path(context.config);
    settings.read_only = opening == Opening::kRead;
    settings.prove_all = opening == Opening::kServe;
    settings.accept = opening == Opening::kAccept;
    settings.on_commit = context.on_commit;
    return settings;
}

Result<std::unique_ptr<state::Store>> open_store(const CommandContext& context, Opening opening) {
    return state::open_store(store_settings(context, opening));
}

Result<OpenStore> open_with_ledger(const CommandContext& context, Opening opening) {
    return open_store(context, opening).and_then([](std::unique_ptr<state::Store> store) {
        return store->ledger().map([&store](Ledger ledger) {
            return OpenStore{std::move(store), std::move(ledger)};
        });
    });
}

Actor operator_actor() {
    return Actor{"operator", operator_name()};
}

void say_cut(state::Store& store, Language language) {
    if (const auto cut = store.cut()) {
        const std::string at = format_time(cut->at);
        tell_aside(
            language, fmt::format("older events, up to {}, were cut off on {}", cut->position, at)
        );
    }
}

AppendRequest operator_request() {
    AppendRequest request;
    request.actor = operator_actor();
    request.at = system_now();
    request.correlation = random_id(request.at);
    return request;
}

Result<std::size_t> record_accepted(state::Store& store, const Error& why) {
    return store.ledger().and_then([&](const Ledger& ledger) {
        AcceptedStore accepted = accept_store(ledger, why);
        AppendRequest request = operator_request();
        for (Event& event : accepted.events) {
            request.events.emplace_back(std::move(event));
        }
        request.forget_secrets = std::move(accepted.forget_secrets);
        return store.accept(std::move(request)).map([](const auto& recorded) {
            return recorded.size() - 1;
        });
    });
}

void tell_checked(const CommandContext& context, const char* verb, const state::StoreHead& head) {
    if (!context.args.store.empty() || context.config.control.socket.empty()) {
        return;  // another store than the service's, or nobody to tell
    }
    protocol::Request request("store_checked");
    request.command = verb;
    request.checksum = fmt::format("{}:{}", head.position, head.hash);
    if (const auto told = told_service(context, request); !told) {
        tell_aside(
            context.language, fmt::format("notice: this is not on record: {}", told.error().text())
        );
    }
}

Result<std::optional<nlohmann::json>> told_service(
    const CommandContext& context, const protocol::Request& request
) {
    constexpr Duration kPatience =
        std::chrono::minutes(5);  // it may look at panel and clouds first
    const protocol::Answer answer =
        protocol::ask_controller(context.config.control.socket, request, kPatience);
    if (answer) {
        return *answer;
    }
    if (answer.error().type == "controller_down") {
        return std::nullopt;
    }
    return tl::unexpected(human_error("control.refused", answer.error().what, answer.error().remedy)
    );
}

std::string other_config(const CommandContext& context) {
    constexpr Duration kPatience = std::chrono::seconds(2);
    const protocol::Answer answer = protocol::ask_controller(
        context.config.control.socket, protocol::Request("status"), kPatience
    );
    if (!answer || !answer->contains("document")) {
        return {};
    }
    const nlohmann::json& status = (*answer)["document"];
    const std::string in_force = protocol::text_of(status, "config_digest");
    // Another version may have other keys, and so another digest of the same file.
    const bool same = protocol::text_of(status, "program_version") != context.version ||
                      in_force.empty() || in_force == digest(context.config);
    return same ? std::string() : context.config_path;
}

}  // namespace bn::cli
