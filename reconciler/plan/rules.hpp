// The table of rules in reconciler/README.md: what is right for one item. A rule is a function that
// reads the draft and adds actions, holds and drift to it. Each lives whole in the file named here.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "reconciler/plan/draft.hpp"

namespace bn::rules {

// items.cpp: which of the rules below an item meets. `account` npos: the cloud has none.
void examine(Draft& draft, std::size_t row, std::size_t account);
void only_in_cloud(Draft& draft, std::size_t account);

// ownership.cpp: whose an account is. The first three say the hold when they answer so.
// Paused, in doubt, on another server, or under another login: the item is left alone.
[[nodiscard]] bool standing_aside(Draft& draft, const Case& c);
// The account is left alone whatever the panel says.
[[nodiscard]] bool protected_account(Draft& draft, const Case& c);
// Ours, or becomes ours by an adoption that goes before everything else.
[[nodiscard]] bool claimable(Draft& draft, const Case& c);

// opening.cpp: an item wants an account and has none.
void open(Draft& draft, const Case& c);

// correction.cpp: an item has an account of its own that is to be as it was sold.
void correct(Draft& draft, const Case& c);
// Why the tariff's group cannot be given.
[[nodiscard]] std::optional<Hold> group_hold(const Draft& draft, const Case& c);

// closing.cpp: the rules that end in a deletion.
// The item wants no account any more: disabled at once, deleted after the retention.
void close(Draft& draft, const Case& c, std::string_view why);
// The row of an item of ours is gone from the panel: closed after enough complete passes.
void vanished(Draft& draft, const Case& c);

}  // namespace bn::rules
