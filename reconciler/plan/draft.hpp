// The plan of one server in the making: what the rules (rules.hpp) may ask, and how they say what
// they found. Lives for one call of `diff`; not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "reconciler/plan/comparison.hpp"
#include "reconciler/plan/diff.hpp"

namespace bn {

// What the rules need to know about one item and its account.
struct Case {
    static constexpr std::size_t npos = DesiredTable::npos;

    ItemId item;
    std::string login;  // the cloud's spelling where the account exists
    std::size_t row = npos;
    std::size_t account = npos;
    const LedgerItem* known = nullptr;
    bool ours = false;
    bool login_saved = false;
    bool urgent = false;
};

class Draft : public PlanFacts {
  public:
    // Both must outlive it.
    Draft(const PlanFacts& facts, const DiffOptions& diff_options);

    [[nodiscard]] Action make(ActionKind kind, const Case& c) const;
    // Into the plan, or held if the same correction did not stay again and again.
    void emit(Action action, const Case& c);
    void hold(
        const Case& c, HoldCode code, std::string where, std::string detail, std::string remedy
    );
    void hold_account(const Case& c, HoldCode code, std::string detail, std::string remedy);
    void drifted(const Case& c, std::vector<DriftValue> drift);

    // What the reader says about a row that it holds; once an item.
    void reader_holds_of(ItemId item);
    // The holds of this server's items that no row led to.
    void add_reader_holds();

    // All rows of the server, those as well that a narrow plan leaves out.
    [[nodiscard]] const DesiredTable& whole_table() const;
    // In the whole table; npos: the item has no row on this server.
    [[nodiscard]] std::size_t row_of(ItemId item);
    [[nodiscard]] bool account_is(std::size_t account, ActualTable::Flag flag) const;

    const DiffOptions& options;
    const DesiredTable& rows;
    const ActualTable& accounts;
    Comparison fields;
    ServerPlan plan;

  private:
    [[nodiscard]] std::optional<Hold> fought_over(const Action& action, const Case& c) const;

    std::unordered_set<ItemId> reader_held_;
    std::optional<std::unordered_map<ItemId, std::size_t>> row_index_;
};

// "item 7"
[[nodiscard]] std::string of_item(ItemId item);

// The remedy of what is in doubt.
inline constexpr const char* kLookedAtFirst =
    "Nothing to do: the account is looked at before anything else happens to it.";

}  // namespace bn
