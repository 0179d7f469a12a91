// describe: one overload of `say` for every kind of event.
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "state/event_json.hpp"

namespace bn::state {

namespace {

// Texts of the cloud and of the panel may hold line ends and terminal controls.
std::string plain(std::string_view text) {
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? ' ' : c;
    }
    return out;
}

std::string drift_names(DriftMask mask) {
    std::string out;
    for (const auto field : kAllDriftFields) {
        if (has(mask, field)) {
            out += (out.empty() ? "" : ", ") + std::string(to_string(field));
        }
    }
    return out.empty() ? "nothing" : out;
}

std::string in_brackets(std::string_view text) {
    return text.empty() ? std::string() : fmt::format(" ({})", plain(text));
}

std::string seconds(Duration d) {
    return fmt::format("{}.{:03} s", d.count() / 1000, d.count() % 1000);
}

std::string say(const ServiceStarted& e) {
    return fmt::format(
        "service {} started on {} as process {}", plain(e.version), plain(e.host), e.pid
    );
}

std::string say(const ServiceStopped& e) {
    return "service stopped: " + plain(e.reason);
}

std::string say(const ConfigChanged& e) {
    return "configuration changed: " + plain(e.summary);
}

std::string say(const PassCompleted& e) {
    PassServerSummary sum;
    std::size_t incomplete = 0;
    for (const auto& server : e.servers) {
        sum.desired += server.desired;
        sum.drifted += server.drifted;
        sum.held += server.held;
        sum.done += server.done;
        sum.failed += server.failed;
        incomplete += server.complete ? 0U : 1U;
    }
    auto text = fmt::format(
        "pass {}{} took {}: {} wanted, {} drifted, {} held, {} done, {} failed",
        plain(e.pass),
        in_brackets(e.trigger),
        seconds(e.took),
        sum.desired,
        sum.drifted,
        sum.held,
        sum.done,
        sum.failed
    );
    if (incomplete != 0) {
        text += fmt::format("; {} of {} servers incomplete", incomplete, e.servers.size());
    }
    return text;
}

std::string say(const ServerObserved& e) {
    return fmt::format("'{}' is {} {}", plain(e.name), plain(e.product), plain(e.version));
}

std::string say(const ServerQuarantined& e) {
    return fmt::format(
        "left alone until {} after {} failures: {} [{}]",
        format_time(e.until),
        e.failures,
        plain(e.what),
        plain(e.code)
    );
}

std::string say(const ServerRecovered&) {
    return "answers again";
}

std::string say(const PlanBegun& e) {
    return fmt::format(
        "plan {} accepted: {} actions, {} of them destructive",
        plain(e.checksum),
        e.actions,
        e.destructive
    );
}

std::string say(const PlanStopped& e) {
    return fmt::format(
        "plan {} stopped ({} destructive actions): {}",
        plain(e.checksum),
        e.destructive,
        plain(e.reason)
    );
}

std::string say(const PlanApproved& e) {
    return fmt::format("plan {} approved", plain(e.checksum));
}

std::string say(const DriftObserved& e) {
    return fmt::format("'{}' differs: {}", plain(e.login), drift_names(e.fields));
}

std::string say(const DriftCleared&) {
    return "equals what was sold";
}

std::string say(const ItemHeld& e) {
    std::string text = "held";
    const char* separator = ": ";
    for (const auto& hold : e.holds) {
        text += fmt::format(
            "{}{}: {}{}",
            separator,
            to_string(hold.code),
            plain(hold.detail),
            in_brackets(hold.where)
        );
        separator = "; ";
    }
    return text;
}

std::string say(const ItemHoldsCleared&) {
    return "no longer held";
}

std::string say(const ItemVanished&) {
    return "the panel's row is gone";
}

std::string say(const ItemReappeared&) {
    return "the panel's row is back";
}

std::string say(const AccountAdopted& e) {
    return fmt::format(
        "account '{}' adopted on server {}{}",
        plain(e.login),
        e.server.value,
        in_brackets(e.evidence)
    );
}

std::string say(const ActionIntended& e) {
    const auto& action = e.action;
    std::string change;
    if (!action.before.empty() || !action.after.empty()) {
        change = fmt::format(": {} -> {}", plain(action.before), plain(action.after));
    }
    return fmt::format(
        "{} '{}' intended{}{}",
        to_string(action.kind),
        plain(action.login),
        change,
        in_brackets(action.reason)
    );
}

std::string say(const ActionSucceeded& e) {
    auto text = fmt::format("{} '{}' done", to_string(e.kind), plain(e.login));
    text += in_brackets(e.detail);
    if (e.retained_until) {
        text += ", kept until " + format_time(*e.retained_until);
    }
    return text;
}

std::string say(const ActionFailed& e) {
    auto text = fmt::format("{} failed: {} [{}]", to_string(e.kind), plain(e.what), plain(e.code));
    if (e.next_attempt_at) {
        text += ", next attempt " + format_time(*e.next_attempt_at);
    }
    return text;
}

std::string say(const DoubtResolved& e) {
    return fmt::format(
        "{} in doubt: it {} effect{}",
        to_string(e.kind),
        e.took_effect ? "took" : "took no",
        in_brackets(e.detail)
    );
}

std::string say(const ItemBoughtBack&) {
    return "wanted again: its retention ends";
}

std::string say(const ItemPaused& e) {
    return "paused" + in_brackets(e.reason);
}

std::string say(const ItemResumed&) {
    return "no longer paused";
}

std::string say(const PanelResultOwed& e) {
    return e.completed ? fmt::format("{} is done; the panel has to be told", plain(e.command))
                       : fmt::format(
                             "{} failed: {} ({}); the panel has to be told",
                             plain(e.command),
                             plain(e.what),
                             plain(e.code)
                         );
}

std::string say(const PanelCalled& e) {
    return fmt::format(
        "called {} {}: {}, {}",
        plain(e.function),
        plain(e.arguments),
        plain(e.answer),
        seconds(e.took)
    );
}

std::string say(const PanelResultDelivered& e) {
    return fmt::format("the panel has the result of {}{}", plain(e.command), in_brackets(e.detail));
}

std::string say(const UsageLevelChanged& e) {
    return fmt::format(
        "usage is {}: {} of {}",
        to_string(e.level),
        e.used_bytes,
        e.quota.is_bytes() ? fmt::format("{}", e.quota.count()) : std::string("unlimited")
    );
}

std::string say(const PanelProblemRegistered& e) {
    return "the panel shows a problem: " + plain(e.what);
}

std::string say(const PanelProblemCleared&) {
    return "the panel shows no problem any more";
}

std::string say(const UsageMeasured& e) {
    return fmt::format("usage of {}: {} items, {} bytes", plain(e.day), e.items, e.bytes);
}

std::string say(const UsagePosted& e) {
    return fmt::format("the panel was told to bill the usage of {}", plain(e.day));
}

}  // namespace

std::string describe(const Envelope& event) {
    auto text = fmt::format(
        "{} #{} {}: {}",
        format_time(event.at),
        event.position,
        plain(event.stream),
        std::visit([](const auto& e) { return say(e); }, event.event)
    );
    if (event.actor.kind != "service") {
        text += fmt::format(" [by {} {}]", plain(event.actor.kind), plain(event.actor.name));
    }
    return text;
}

}  // namespace bn::state
