// The panel of a history: items with a status and pending operations, as BILLmanager has them, and
// the functions that the way back calls. What a row asks for is judged by the reader's own rule.
// One thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/ports/desired_source.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::sim {

struct SimItem {
    std::uint64_t sale = 0;  // which order it came from: a number may be used again
    std::uint32_t client = 0;
    ServerId server{1};
    bool paid = false;  // it was opened at least once
    int status = 1;     // 1 ordered, 2 active, 3 suspended, 4 deleted
    Quota quota = Quota::bytes(std::int64_t{1} << 30);
    std::string username;       // that the saved param means; empty: none
    std::string flaw;           // what somebody typed behind it: no login can be so
    bool on_no_server = false;  // its module was taken out
    std::string former;  // its username, before the staff gave it another; empty: they did not
    std::optional<Secret> password;
    std::string url;
    std::vector<PendingOperation> operations;
};

struct SimPanel {
    std::map<ItemId, SimItem> items;
    bool stores_5 = false;  // the status is 5 while an operation is pending
    bool complete = true;   // what a reading says of itself
    bool two_modules = false;
    std::uint32_t next_operation = 100;
    std::uint32_t next_item = 1;
    std::uint64_t history = 1;  // of changes of rows: it only grows

    void begin(ItemId item, std::string command);
    // What the row asks for; nothing: no row, or the reader holds it.
    [[nodiscard]] std::optional<Wanted> wanted(ItemId id) const;
    // The login that the reader makes of the row.
    [[nodiscard]] static std::string login_of(ItemId id, const SimItem& item);

    [[nodiscard]] std::string login_of(ItemId id) const { return login_of(id, items.at(id)); }

    // What the reader takes for proof that it was opened.
    [[nodiscard]] bool opened(const SimItem& item) const;
    static bool opening(const SimItem& item);
    static bool only_changes(const SimItem& item);
    [[nodiscard]] int status_of(const SimItem& item) const;

    [[nodiscard]] std::vector<ServerId> servers() const;
    static std::string address_of(ServerId server);
    static std::string email_of(std::uint32_t client);
    [[nodiscard]] DesiredSnapshot read(Time now) const;
    [[nodiscard]] std::vector<PendingOperation> operations() const;
    [[nodiscard]] SavedParams saved(ItemId id) const;
    // The effect of a function, and its answer.
    PanelAnswer obey(const PanelCall& call);
    // The operation has come about.
    static void end(SimItem& item, std::string_view function);

  private:
    // A reading that breaks off lacks every other row.
    [[nodiscard]] bool shown(ItemId id) const { return complete || id.value % 2 == 0; }

    // Does it stand in its server's table?
    static bool in_table(const SimItem& item) { return item.flaw.empty() && !item.on_no_server; }

    void add_server(DesiredSnapshot& snapshot, ServerId of) const;
    void add_rest(DesiredSnapshot& snapshot) const;
};

}  // namespace bn::sim
