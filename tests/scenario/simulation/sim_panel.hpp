// The panel of a history: items with a status and pending operations, as BILLmanager has them, and
// the functions that the way back calls. What a row asks for is judged by the reader's own rule.
// One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "reconciler/ports/desired_source.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::sim {

struct SimItem {
    int status = 1;  // 1 ordered, 2 active, 3 suspended, 4 deleted
    Quota quota = Quota::bytes(std::int64_t{1} << 30);
    std::string username;  // the saved param; empty: none
    std::optional<Secret> password;
    std::string url;
    std::vector<PendingOperation> operations;
};

struct SimPanel {
    static inline const ServerId kServer{1};

    std::map<ItemId, SimItem> items;
    bool stores_5 = false;  // the status is 5 while an operation is pending
    bool complete = true;   // what a reading says of itself
    std::uint32_t next_operation = 100;

    void begin(ItemId item, std::string command);
    // What the row asks for; nothing: no row, or the reader holds it.
    [[nodiscard]] std::optional<Wanted> wanted(ItemId id) const;
    // The login that the reader makes of the row.
    [[nodiscard]] static std::string login_of(ItemId id, const SimItem& item);
    [[nodiscard]] static bool opened(const SimItem& item);

    [[nodiscard]] DesiredSnapshot read(Time now) const;
    [[nodiscard]] std::vector<PendingOperation> operations() const;
    [[nodiscard]] SavedParams saved(ItemId id) const;
    // The effect of a function, and its answer.
    PanelAnswer obey(const PanelCall& call);
};

}  // namespace bn::sim
