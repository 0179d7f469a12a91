// A hold: one item is left exactly as it is, for a reason that a person can act on.
#pragma once

#include <array>
#include <string>
#include <utility>

#include "reconciler/model/fields.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/names.hpp"

namespace bn {

// Names are stable: they are metric labels, event fields and keys of the translated texts.
enum class HoldCode {
    // The panel's rows cannot be understood.
    kNoTariff,           // item.pricelist is empty
    kDanglingReference,  // a row names an id that is not there
    kNoDisk,             // the tariff has no resource disk or disc
    kUnknownStatus,
    kUnknownAddonType,
    kBadMeasure,  // unknown unit, cycle, missing or non-positive relation
    kBadNumber,   // negative or overflowing amount
    kBadLogin,    // the cloud would refuse this login
    kLoginClash,  // two items claim one login
    kBadGroup,    // a group index that cannot be resolved, a name the cloud refuses
    kBadSecret,   // a crypted param that cannot be decrypted
    kNoServer,    // an item that wants an account has no processing module
    kServerDisabled,
    kMovedServer,  // the item changed its server; its files are still on the old one
    kBadServer,    // a server whose address or credentials are unusable
    // The cloud's side.
    kNotOurs,         // an account of this name exists and is not ours
    kProtected,       // an admin, or the account that we log in with
    kMissingGroup,    // the group of the tariff does not exist in the cloud
    kIncompleteRead,  // the account could not be read
    kForeignBackend,  // the account lives in LDAP, SAML or another backend
    kLoginChanged,    // the panel names another login than the account has; there is no rename
    kOtherClient,     // the account is of another client than the one that the panel names now
    // Our own rules.
    kInDoubt,             // an earlier call's outcome is not known yet
    kBackoff,             // failed before, waits for its next attempt
    kFighting,            // somebody keeps reverting our correction
    kRefused,             // the cloud refused the input; a person must change it
    kParked,              // failed too often: until a person says so
    kKept,                // closed in the panel, and kept by a person's word
    kByHand,              // a field that may be changed by hand was
    kWindow,              // outside of the times in which it may be done
    kRetention,           // closed, kept disabled until its retention ends
    kVanished,            // the panel's row is gone, not yet for long enough
    kPolicy,              // the policy of the server does not allow the action
    kBlastRadius,         // waits for an approval: too many destructive actions
    kIncompleteSnapshot,  // destructive action on incomplete knowledge
    kClock,               // the host's clock went back: nothing that ends in a deletion
    kPaused,
    kMaintenance,  // the panel is in maintenance: nothing is changed anywhere
};

template <>
inline constexpr std::array kNamesOf<HoldCode> = names(
    "no-tariff",
    "dangling-reference",
    "no-disk",
    "unknown-status",
    "unknown-addon-type",
    "bad-measure",
    "bad-number",
    "bad-login",
    "login-clash",
    "bad-group",
    "bad-secret",
    "no-server",
    "server-disabled",
    "moved-server",
    "bad-server",
    "not-ours",
    "protected",
    "missing-group",
    "incomplete-read",
    "foreign-backend",
    "login-changed",
    "other-client",
    "in-doubt",
    "backoff",
    "fighting",
    "refused",
    "parked",
    "kept",
    "by-hand",
    "window",
    "retention",
    "vanished",
    "policy",
    "blast-radius",
    "incomplete-snapshot",
    "clock",
    "paused",
    "panel-maintenance"
);
static_assert(
    to_string(HoldCode::kMaintenance) == kNamesOf<HoldCode>.back(), "a code without a name"
);

struct Hold {
    ItemId item;
    ServerId server;  // 0 when not known
    HoldCode code = HoldCode::kUnknownStatus;
    std::string where;   // "pricelist 12", "itemparam of item 7": the table and id to look at
    std::string detail;  // one sentence: what is wrong
    std::string remedy;  // one sentence: what to do

    Hold() = default;

    Hold(ItemId i, ServerId s, HoldCode c, std::string w, std::string d, std::string r)
        : item(i),
          server(s),
          code(c),
          where(std::move(w)),
          detail(std::move(d)),
          remedy(std::move(r)) {}

    BN_FIELDS(Hold, item, server, code, where, detail, remedy);
};

}  // namespace bn
