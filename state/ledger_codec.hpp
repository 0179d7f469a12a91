// One ledger entry to the bytes of a projection row and back. Private to state.
#pragma once

#include <string>
#include <string_view>

#include "reconciler/model/ledger.hpp"

namespace bn::state {

// Raise it when LedgerItem, LedgerServer or the rules of evolve change: rows of another layout are
// thrown away and built anew. (A new program version does so as well.)
inline constexpr int kLedgerLayout = 8;

std::string encode_entry(const LedgerItem& item);
std::string encode_entry(const LedgerServer& server);
std::string encode_entry(const LedgerPanel& panel);

// Throw StoreFault with code "store.bad_projection".
LedgerItem decode_item(std::string_view bytes);
LedgerServer decode_server(std::string_view bytes);
LedgerPanel decode_panel(std::string_view bytes);

}  // namespace bn::state
