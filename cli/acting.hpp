// The verbs that record, over a session and a journal that are open already: what `run_apply` and
// `run_adopt` do after they have opened them, and what tests do on ports in memory.
#pragma once

#include <functional>

#include "bm_reader/panel_source.hpp"
#include "cli/plan/planning_session.hpp"

namespace bn::cli {

// Return the exit code. Block; the session and the journal outlive the call.
int apply_with(const CommandContext& context, PlanningSession& session, Journal& journal);

using ReadPlain = std::function<Result<bm_reader::PlainCredentials>()>;
int adopt_with(
    const CommandContext& context,
    PlanningSession& session,
    Journal& journal,
    const ReadPlain& read_plain
);

}  // namespace bn::cli
