#include "reconciler/decide/verdict.hpp"

#include <algorithm>

namespace bn {

namespace {

OperationVerdict working(std::string code, std::string what, std::string remedy = {}) {
    return {Verdict::kWorking, std::move(code), std::move(what), std::move(remedy)};
}

OperationVerdict refused(std::string code, std::string what, std::string remedy) {
    return {Verdict::kRefused, std::move(code), std::move(what), std::move(remedy)};
}

OperationVerdict by_move(const Error& error) {
    return error.move == NextMove::kHuman ? refused(error.code, error.what, error.remedy)
                                          : working(error.code, error.what, error.remedy);
}

bool closes(std::string_view command) {
    return command == "close";
}

// A closed account stays, disabled, until its retention ends: that is what closing means here.
bool belongs_to_closing(const Hold& hold) {
    return hold.code == HoldCode::kRetention;
}

}  // namespace

std::string_view to_string(Verdict verdict) {
    switch (verdict) {
        case Verdict::kWorking:
            return "working";
        case Verdict::kCompleted:
            return "completed";
        case Verdict::kRefused:
            return "refused";
    }
    return "working";
}

bool agrees(std::string_view command, Wanted wanted) {
    if (command == "open" || command == "resume" || command == "reopen") {
        return wanted == Wanted::kEnabled;
    }
    if (command == "suspend") {
        return wanted == Wanted::kDisabled;
    }
    if (closes(command)) {
        return wanted == Wanted::kAbsent;
    }
    return wanted != Wanted::kNothing;
}

bool waits_for_a_person(HoldCode code) {
    switch (code) {
        case HoldCode::kInDoubt:
        case HoldCode::kBackoff:
        case HoldCode::kIncompleteRead:
        case HoldCode::kIncompleteSnapshot:
        case HoldCode::kRetention:
        case HoldCode::kVanished:
        case HoldCode::kPaused:  // a person holds it back on purpose, and will end that
            return false;
        default:
            return true;
    }
}

bool lies_in_the_tariff(std::string_view code) {
    constexpr std::string_view kCodes[] = {
        "missing-group",
        "bad-group",
        "no-disk",
        "bad-number",
        "bad-measure",
        "unknown-addon-type",
        "dangling-reference",
        "ocs.no_group",
        "ocs.bad_quota"};
    return std::find(std::begin(kCodes), std::end(kCodes), code) != std::end(kCodes);
}

OperationVerdict judge(const OperationFacts& facts) {
    if (!facts.has_row) {
        return refused(
            "unknown-item",
            "the panel has no service of this number for our module",
            "look at the service's processing module in the panel"
        );
    }
    // What a person must do goes before what will end by itself.
    for (const bool person : {true, false}) {
        for (const Hold& hold : facts.holds) {
            if (waits_for_a_person(hold.code) != person ||
                (closes(facts.command) && belongs_to_closing(hold))) {
                continue;
            }
            std::string code(to_string(hold.code));
            return person ? refused(std::move(code), hold.detail, hold.remedy)
                          : working(std::move(code), hold.detail, hold.remedy);
        }
    }
    if (facts.failure) {
        return by_move(*facts.failure);
    }
    if (facts.server_error) {
        return by_move(*facts.server_error);
    }
    if (!facts.wanted || !agrees(facts.command, *facts.wanted)) {
        return working(
            "panel-row",
            "the panel's row does not ask for what the operation is to bring about",
            "wait: the row is read again"
        );
    }
    // A service that was never opened has no server to look at; closing it needs nothing.
    const bool nothing_to_look_at =
        closes(facts.command) && facts.planned == 0 && !facts.may_have_account;
    if (!facts.looked && !nothing_to_look_at) {
        return working("not-read", "the account could not be looked at yet");
    }
    if (!facts.plan_stopped.empty() && facts.planned > 0) {
        return refused("stopped-plan", facts.plan_stopped, facts.plan_remedy);
    }
    if (facts.done < facts.planned) {
        return working("unfinished", "not all that is needed was done yet");
    }
    return {Verdict::kCompleted, {}, {}, {}};
}

}  // namespace bn
