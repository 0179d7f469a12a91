// Every text of the screens, in every language: one table, so that none is forgotten.
#pragma once

#include <string>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#include "reconciler/model/action.hpp"
#include "reconciler/model/desired.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ledger.hpp"

#include "cli/names.hpp"
#include "cli/screen/language.hpp"

namespace bn::cli {

enum class Text {
    // plan
    kPlanNothing,
    kPlanServer,
    kPlanSides,
    kPlanIncompleteDesired,
    kPlanIncompleteActual,
    kPlanStopped,
    kPlanMore,
    kPlanMoreHeld,
    kPlanServerNothing,
    kPlanTotals,
    kPlanAdopted,
    kPlanHeld,
    kPlanPuts,
    kPlanPutsHint,
    kDiffNow,
    kDiffGone,
    kDiffPolicy,
    kDiffStopped,
    // fields of an account
    kQuota,
    kGroup,
    kEmail,
    kName,
    kLogin,
    kNone,
    kUrgent,
    // status
    kStatusRunning,
    kStatusNotRunning,
    kStatusDoing,
    kStatusNextPass,
    kStatusStore,
    kStatusPanelError,
    kStatusOwed,
    kStatusPanelAway,
    kStatusPanelOff,
    kStatusServer,
    kStatusNoPolicy,
    kStatusAttempt,
    kStatusSuccess,
    kStatusAccounts,
    kStatusDrift,
    kStatusNoDrift,
    kStatusOldest,
    kStatusBacklog,
    kStatusQuarantine,
    kStatusError,
    kStatusStopped,
    kStatusHeld,
    kStatusUnplaced,
    kNever,
    // item
    kItemTitle,
    kItemOnServer,
    kItemNoRow,
    kItemWanted,
    kItemActual,
    kItemColumns,
    kItemState,
    kItemEnabled,
    kItemDisabled,
    kItemAbsent,
    kItemUnread,
    kItemLedger,
    kItemOurs,
    kItemNotOurs,
    kItemRetained,
    kItemDoubt,
    kItemFailures,
    kItemPaused,
    kItemUsage,
    kItemUsageNoQuota,
    kItemUsageClose,
    kItemUsageOver,
    kItemDrift,
    kItemNoDrift,
    kItemNext,
    kItemNextNothing,
    kItemNextPass,
    kItemStopped,
    kItemEvents,
    kItemNoEvents,
    // check
    kCheckOk,
    kCheckNote,
    kCheckWarn,
    kCheckFail,
    kCheckPassed,
    kCheckFailed,
    // progress and times
    kProgressRate,
    kProgressLeft,
    kProgressFailed,
    kAgo,
    kIn,
    kJustNow,
    kDays,
    kHours,
    kMinutes,
    kSeconds,
    kMilliseconds,
};

std::string_view text(Text id, Language language);

// The text with its {} filled.
template <class... Args>
std::string text(Text id, Language language, const Args&... args) {
    const std::string_view pattern = text(id, language);
    return fmt::vformat(
        fmt::string_view(pattern.data(), pattern.size()), fmt::make_format_args(args...)
    );
}

std::string_view text(HoldCode code, Language language);
std::string_view text(DriftField field, Language language);
std::string_view text(ActionKind kind, Language language);
std::string_view text(Wanted wanted, Language language);

// "quota, group"
std::string drift_list(DriftMask mask, Language language);

}  // namespace bn::cli
