// What the panel is owed, when it is told, and what follows from its answers. Pure: from the
// ledger, what the shell saw, and the time, to events and the next move. What was told and tried is
// in the ledger, so that a restart goes on as if it had not been.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/decide/verdict.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/actual.hpp"
#include "reconciler/model/ledger.hpp"
#include "reconciler/ports/desired_source.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn {

// The command of a result that tells no operation: only the item's params are saved.
inline constexpr const char* kParamsOnly = "params";

struct PanelRules {
    std::uint32_t try_limit = 10;  // tries of the panel after which its staff is asked
    bool rollback_tariff = true;
};

// True while something of the operation waits for its way to the panel.
[[nodiscard]] bool owed_to_panel(const Ledger& ledger, const PendingOperation& operation);

// What the panel is owed by a verdict: nothing when it has it, or is owed it, already. A refusal is
// told once for each reason, and once more when the tries have reached their limit; what only
// waits, but may wait long, is told once, and makes no work. REQUIRES: the panel ends the operation
// by a call of ours.
std::vector<Event> decide_owed(
    const Ledger& ledger,
    const PendingOperation& operation,
    const OperationVerdict& verdict,
    const PanelRules& rules
);

// An account that was made with a new password while no operation of the panel asked for it: the
// client would read one that no longer works. `items`: only these; empty: all.
std::vector<Event> decide_passwords(
    const Ledger& ledger,
    const std::vector<ItemId>& items,
    const std::vector<PendingOperation>& operations
);

// ---- when

// The panel that is away is looked at 1, 3, 7, ... seconds after it went, then each minute: the
// first of these times after `now`.
[[nodiscard]] Time next_look_at_panel(Time away_since, Time now);

// The items whose first result is due, ascending. While the panel is away: of these the one that
// asks whether it is back, another one at each look.
std::vector<ItemId> results_due(const Moment& at);

// What the panel is to show of a server, until it is over: its cloud is away, or what is to be
// taken away there waits for an approval. Nothing: all is well.
[[nodiscard]] std::optional<std::string> problem_of(const LedgerServer& server);

// Servers whose problem the panel is to be told, or to forget, and now. While the panel is away:
// the one that asks, where no result does.
std::vector<ServerId> problems_due(const Moment& at);

// ---- what follows from a call

// The panel, or every call of it, does not work now: results are kept.
[[nodiscard]] bool panel_is_away(const Error& error);

// One call as its event says it, but for the answer. Of an item, or with item 0 of a server.
struct PanelCallMade : PanelCalled {
    // Calls that must not be made twice for one operation, even if their answer was lost.
    enum class Once : std::uint8_t { kNo, kRollback, kTask };

    Once once = Once::kNo;
    std::string task_type;  // kTask
    // False: its failure is told by another event, and this one need not say it again.
    bool news = true;

    PanelCallMade() = default;
};

// While the panel is away, a call that does not get through is no news.
std::vector<Event> decide_called(
    const Ledger& ledger, PanelCallMade call, const Result<PanelAnswer>& answer
);

// The panel's database, or its API, was reached or not, without a call that says so by itself.
// `failure`: null when it was reached.
std::vector<Event> decide_reached(const Ledger& ledger, const Error* failure);

// A result that the panel did not take is told again, later each time. `answered`: the panel took
// at least one call of it; one that answers one call and not the next is no outage, and must not be
// asked at each look. What an outage cut off is not put off: it asks whether the panel is back.
std::vector<Event> decide_deferred(
    const Moment& at, ItemId item, const OwedResult& owed, const Error& error, bool answered
);

// A call that carries this sealed password is on its way or in doubt: it is not forgotten.
bool secret_in_use(const Ledger& ledger, ItemId item, const std::string& ref);

// ---- how an open is completed

// The functions that complete an open of this product type, the one to be called first in front:
// the one that this panel took before, the configured one, then what shipping modules call. Which
// of them a panel has shows only when it is asked. `configured`: with "{itemtype}" for the type.
[[nodiscard]] std::vector<std::string> completions_of_open(
    const Ledger& ledger, std::string_view itemtype, std::string_view configured
);

// The one that this panel took before; empty: none is known.
[[nodiscard]] std::string known_completion(const Ledger& ledger, std::string_view itemtype);

// With each try the first is called; the others as well with the first try, and now and then later.
[[nodiscard]] bool tries_all_completions(std::uint32_t attempts);

// This one did it: it goes first from now on.
std::vector<Event> decide_completed_by(
    const Ledger& ledger,
    const std::string& itemtype,
    const std::string& function,
    std::string_view configured
);

// The panel's own row says that it has the result. `saved_ref`: the password that was read back
// from the panel; empty: none was.
PanelResultDelivered decide_delivered(
    const Ledger& ledger,
    ItemId item,
    const OwedResult& owed,
    const std::string& saved_ref,
    std::string detail
);

// What is still to be done for a failed operation, once: its change of tariff taken back (where the
// panel's row has one), a task for the staff.
[[nodiscard]] bool rollback_open(const Ledger& ledger, ItemId item, const OwedResult& owed);
[[nodiscard]] bool task_open(const Ledger& ledger, ItemId item, const OwedResult& owed);

// The panel was told the problem of a server, or that it is over. A refusal is told once: asking
// again would not help.
std::vector<Event> decide_problem_told(
    const Moment& at,
    const LedgerServer& server,
    const std::optional<std::string>& problem,
    const Error* failure
);

// ---- accounts that become services of the panel

// Why this account must not become a service now; empty: it may. All servers of the panel that lead
// to its cloud count.
std::string why_no_import(
    const Moment& at, const DesiredSnapshot& desired, ServerId server, const ActualAccount& account
);

// What the panel's answer to an import means: nothing when it certainly has no such service.
std::vector<Event> decide_imported(
    ServerId server, const std::string& login, const Result<PanelAnswer>& answer
);

}  // namespace bn
