// Rows -> meaning: what a status and its pending operations ask for, logins, e-mails, groups.
// Pure functions; usable from any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "bm_reader/quota_rule.hpp"
#include "reconciler/model/desired.hpp"

namespace bn::bm_reader {

// A pending operation of an item, by its meaning for us.
enum class Operation : std::uint8_t {
    kOpen,     // open
    kReopen,   // reopen: a closed service is bought back
    kResume,   // resume
    kSuspend,  // suspend
    kClose,    // close
    kKeep,     // setparam, prolong: changes the service, not whether it exists
    kOther,    // anything else: says nothing about the account
};

Operation to_operation(std::string_view intname);

struct Decision {
    Wanted wanted = Wanted::kNothing;
    bool in_progress = false;  // an operation that concerns the account is pending
};

// What an item asks for. `operations` are its pending ones, oldest first.
//
// The newest of open, reopen, resume, suspend, close decides; setparam and prolong only when there
// is none of them; others never. Status 5 may be stored, or only be visible as a pending operation
// beside status 1, 2 or 3: both come out the same.
//
//   status        deciding operation     wanted
//   1 ordered     none, keep             nothing
//                 open, reopen           enabled
//                 close                  absent
//   2 active      none, keep, open,      enabled
//                 reopen, resume
//                 suspend / close        disabled / absent
//   3 suspended   none, keep, suspend    disabled
//                 reopen, resume         enabled
//                 close                  absent
//   4 deleted     none, keep, close,     absent
//                 suspend
//                 reopen                 enabled
//   5 in progress open, reopen, resume   enabled
//                 keep                   enabled; disabled while a suspend flag is on
//                 suspend / close        disabled / absent
//
// Held as kUnknownStatus, because either guess could cost a client his files: any other status or
// none, status 5 without an operation (it resolves by itself, or the operation was deleted by
// hand), every combination that is not in the table, and a pending close that is followed by an
// open, resume or suspend.
OrHold<Decision> decide_wanted(
    const Number& status, std::span<const Operation> operations, bool suspend_flag, ItemId item
);

// Why the clouds would refuse this login; empty: they take it.
std::string login_fault(std::string_view login);

// Without the characters that no login has: what a name that was pasted with more is meant to be.
std::string only_login_characters(std::string_view text);

// The template with {item} and {account} filled in. The account may be missing (0).
std::string fill_template(std::string_view text, std::uint32_t item, std::uint32_t account);

// Lower case, or empty when it is no plain address: an e-mail is worth no hold.
std::string usable_email(std::string_view email);

// Why the clouds would refuse this group; empty: they take it.
std::string group_fault(std::string_view group);

}  // namespace bn::bm_reader
