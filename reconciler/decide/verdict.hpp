// What has become of an operation of the panel, judged after a pass has looked at its item. Pure.
//
// A command is judged by what that command needs: a suspension by the account's being disabled,
// whatever else the tariff lacks. A renewal needs nothing of a cloud.
//
// Where a server is only looked at (`observe`), nothing is refused: that would make work for the
// panel's staff.
//
// Level-triggered: it is judged by what the item is now, never by what the operation did. The same
// operation judged twice gives the same verdict as long as the world is the same.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/decide/pass_facts.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/desired_source.hpp"

namespace bn {

enum class Verdict : std::uint8_t {
    kWorking,    // not there yet; nothing that a person must do
    kCompleted,  // the account is as the operation asks
    kRefused,    // it will not come about until a person does something
};

// What one pass says about one item.
struct OperationFacts {
    std::string command;                // "open", "suspend", ...
    bool has_row = false;               // the panel has a row of ours for the item
    std::optional<Wanted> wanted;       // what the row asks for; nothing: it could not be read
    bool may_have_account = true;       // it owns one, or the panel has a login of it
    bool looked = false;                // its server was read, and the item planned
    std::optional<bool> enabled;        // the account of ours, at the end of the pass
    std::uint64_t planned = 0;          // calls to the cloud that the pass planned for the item
    std::uint64_t done = 0;             // those of them that took effect
    std::vector<Hold> holds;            // of the reader and of the plan
    std::optional<Error> failure;       // of the item's last call
    bool only_looked_at = false;        // its server is under the policy `observe`
    std::optional<Error> server_error;  // why the server was not read, or its turn ended early
};

struct OperationVerdict {
    Verdict verdict = Verdict::kWorking;
    std::string code;  // of what stands in the way: a hold's or an error's code; empty: none
    std::string what;
    std::string remedy;
    // kWorking: something holds it that may last, so the panel is told why it waits.
    bool lasting = false;
    bool held = false;  // by a hold: nothing of it was tried, so nothing has failed

    friend bool operator==(const OperationVerdict&, const OperationVerdict&) = default;
};

// True when the row asks for what the command is to bring about.
[[nodiscard]] bool agrees(std::string_view command, Wanted wanted);

OperationVerdict judge(const OperationFacts& facts);

// Whether taking the change of tariff back is the answer to this refusal: only what lies in the
// tariff itself. Never what concerns a whole server, the policy, or a login that is refused.
[[nodiscard]] bool lies_in_the_tariff(std::string_view code);

// What the pass says about each of these operations' items. An operation whose item the pass was
// not to look at (a narrow pass of other items) is left out.
std::map<PendingOperation, OperationFacts> operation_facts(
    const PassReport& report, const std::vector<PendingOperation>& operations, const Ledger& ledger
);

}  // namespace bn
