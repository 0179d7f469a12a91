// `verify`: is the event store whole, is it the newest, and does the ledger equal its replay?
#include <unistd.h>

#include <charconv>
#include <cstdio>

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/command.hpp"
#include "controller/json/json.hpp"
#include "reconciler/model/plural.hpp"

namespace bn::cli {

namespace {

constexpr std::size_t kHashDigits = 64;

// Nothing when none is given.
Result<std::optional<state::StoreHead>> parse_anchor(const std::string& text) {
    if (text.empty()) {
        return std::nullopt;
    }
    const std::size_t colon = text.find(':');
    state::StoreHead head;
    const char* end = text.data() + std::min(colon, text.size());
    const auto parsed = std::from_chars(text.data(), end, head.position);
    std::string hash = base::lower_ascii(colon == std::string::npos ? "" : text.substr(colon + 1));
    const bool whole = hash.size() == kHashDigits &&
                       hash.find_first_not_of("0123456789abcdef") == std::string::npos;
    if (!whole || parsed.ptr != end || parsed.ec != std::errc{}) {
        return tl::unexpected(human_error(
            "command.anchor",
            "'" + text + "' is no anchor",
            "give <position>:<hash> whole, with its 64 digits, as an earlier `verify` printed it"
        ));
    }
    head.hash = std::move(hash);
    return head;
}

constexpr Phrase kFault{"FAULT event {} [{}]: {}\n", "СБОЙ событие {} [{}]: {}\n"};

// A line in the reader's language.
template <class... Args>
std::string told_line(Language language, fmt::format_string<Args...> text, Args&&... args) {
    return said(fmt::format(text, std::forward<Args>(args)...), language) + "\n";
}

// `copy`: it need not be of the key at hand.
Result<state::VerifyReport> verified(
    state::Store& store, const std::optional<state::StoreHead>& anchor, bool copy, Language language
) {
    state::VerifyOptions options;
    options.anchor = anchor;
    options.another_key = copy;
    const bool terminal = isatty(STDERR_FILENO) != 0;
    if (terminal) {
        options.progress = [language](std::uint64_t done, std::uint64_t total) {
            const std::string line =
                fmt::format("verifying {} of {:# event|# events}", done, Plural(total));
            std::fputs(fmt::format("\r{}\x1b[K", said(line, language)).c_str(), stderr);
        };
    }
    Result<state::VerifyReport> report = store.verify(options);
    if (terminal) {
        std::fputs("\r\x1b[K", stderr);
    }
    return report;
}

void print_report(const state::VerifyReport& report, Language language) {
    std::string text = told_line(
        language,
        "{:# event|# events} in {:# stream|# streams}, {:# sealed password|# sealed passwords} ({} "
        "of them of accounts that stand)",
        Plural(report.events),
        Plural(report.streams),
        Plural(report.secrets),
        report.secrets_unused
    );
    if (report.cut) {
        text += told_line(
            language,
            "events up to {} were cut off on {}; a checkpoint stands for them",
            report.cut->position,
            format_time(report.cut->at)
        );
    }
    text += told_line(language, "ledger stored up to event {}", report.projected_position);
    text += told_line(language, "head {}:{}", report.head.position, report.head.hash);
    for (const state::VerifyFault& fault : report.faults) {
        text += say(language, kFault, fault.position, fault.code, said(fault.what, language));
    }
    if (report.fault_count > report.faults.size()) {
        text += told_line(
            language,
            "and {:# more fault|# more faults}",
            Plural(report.fault_count - report.faults.size())
        );
    }
    if (report.secrets_unopened > 0) {
        text += told_line(
            language,
            "not known whether the sealed passwords are whole: {:# is|# are} sealed with another "
            "key than the one at hand",
            Plural(report.secrets_unopened)
        );
        text += told_line(
            language,
            "keep the key file of that time with it: `restore` drops what the key at hand does not "
            "open"
        );
    }
    text += report.good()
                ? told_line(language, "good: chain, versions and ledger are as the events say")
            : report.beside == report.fault_count
                ? told_line(
                      language,
                      "NOT good: the events are whole, the files beside them are not: give them "
                      "mode 0600, put the key that was in use back; nothing is to be restored"
                  )
                : told_line(
                      language, "NOT good: do not run the service on this store; restore a backup"
                  );
    print_text(text);
}

std::string report_json(const state::VerifyReport& report) {
    Json json;
    json["format"] = 1;
    json["good"] = report.good();
    json["events"] = report.events;
    json["streams"] = report.streams;
    json["secrets"] = report.secrets;
    json["secrets_unopened"] = report.secrets_unopened;
    json["head"] = {{"position", report.head.position}, {"hash", report.head.hash}};
    json["cut"] = report.cut ? report.cut->position : 0;
    json["faults"] = report.fault_count;
    return dump(json, -1);
}

// A person's word that this store is to be gone on with; only a whole one is.
Result<int> accept_this_store(const CommandContext& context) {
    return open_store(context, Opening::kAccept).and_then([&](const auto& store) -> Result<int> {
        const std::optional<Error> trouble = store->trouble();
        if (!trouble) {
            print_text(told_line(
                context.language, "nothing to accept: the store is the one that was used last"
            ));
            return kExitOk;
        }
        return verified(*store, std::nullopt, false, context.language)
            .and_then([&](const state::VerifyReport& report) -> Result<int> {
                if (!report.good()) {
                    print_report(report, context.language);
                    return kExitError;
                }
                return record_accepted(*store, *trouble).map([&](std::size_t items) {
                    print_text(told_line(context.language, "accepted: {}", trouble->what));
                    print_text(told_line(
                        context.language,
                        "{:# item is|# items are} looked at anew; nothing is taken away from an "
                        "account before panel and cloud show that it is its item's",
                        Plural(items)
                    ));
                    return kExitOk;
                });
            });
    });
}

}  // namespace

Result<int> run_verify(const CommandContext& context) {
    const Arguments& args = context.args;
    if (!args.store.empty() && (args.accept || args.rebuild)) {
        return tl::unexpected(human_error(
            "command.store",
            "a file that is named by --store is only read",
            "leave out --store, or --accept and --rebuild"
        ));
    }
    if (args.accept) {
        return accept_this_store(context);
    }
    const Opening opening = args.rebuild ? Opening::kWrite : Opening::kRead;
    return open_store(context, opening).and_then([&](const auto& store) {
        return (args.rebuild ? store->rebuild_projections() : Result<void>())
            .and_then([&args] { return parse_anchor(args.anchor); })
            .and_then([&](const auto& anchor) {
                return verified(*store, anchor, !args.store.empty(), context.language);
            })
            .map([&](const state::VerifyReport& report) {
                args.json ? print(report_json(report)) : print_report(report, context.language);
                const std::optional<Error> trouble = store->trouble();
                if (trouble) {
                    tell_aside(context.language, "error: " + trouble->text());
                }
                if (!report.good() || trouble) {
                    return kExitError;
                }
                tell_checked(context, "verify", report.head);
                return report.secrets_unopened > 0 ? kExitUnknown : kExitOk;
            });
    });
}

}  // namespace bn::cli
