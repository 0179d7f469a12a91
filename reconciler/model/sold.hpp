// What of an item was sold, and how two readings of it differ.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "reconciler/model/fields.hpp"
#include "reconciler/model/names.hpp"
#include "reconciler/model/quota.hpp"

namespace bn {

// What an item asks for.
enum class Wanted : std::uint8_t {
    kNothing,   // ordered and not paid: no account yet, and none is touched
    kEnabled,   // present, enabled
    kDisabled,  // present, disabled
    kAbsent,    // closed
};
template <>
inline constexpr std::array kNamesOf<Wanted> = names("nothing", "enabled", "disabled", "absent");

inline bool wants_account(Wanted wanted) {
    return wanted == Wanted::kEnabled || wanted == Wanted::kDisabled;
}

struct Sold {
    std::uint32_t tariff = 0;  // pricelist.id
    Quota quota;
    Wanted wanted = Wanted::kNothing;
    std::string group;
    std::string login;
    std::uint32_t client = 0;  // the panel's account that pays for it; 0: not known
    // It was opened, with this login and for this client, before its server was first read whole:
    // an account of the login that is there then is the work of an earlier module.
    bool opened_before_us = false;
    BN_FIELDS(Sold, tariff, quota, wanted, group, login, client, opened_before_us);
};

// One field of it: "tariff" (its number), "quota" (bytes, "unlimited" or "unknown"), "status",
// "group", "login", "client" (its number), "opened before us" ("yes" or ""). Texts, so that the
// record can be read whatever the fields become.
struct SoldChange {
    std::string field;
    std::string before;
    std::string after;
    BN_FIELDS(SoldChange, field, before, after);
};

std::vector<SoldChange> sold_changes(const Sold& before, const Sold& after);

// The opposite: `sold` becomes `after`. A field or text that is not known changes nothing.
void apply_change(Sold& sold, const SoldChange& change);

}  // namespace bn
