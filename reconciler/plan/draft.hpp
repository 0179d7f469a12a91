// The plan of one server in the making: what the rules may ask, and how they say what
// they found. Lives for one call of `diff`; not thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "reconciler/plan/claims.hpp"
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
    std::optional<std::uint32_t> client;  // of the row, wherever it is; nothing: there is no row
    bool login_saved = false;
    bool urgent = false;

    [[nodiscard]] bool of_client(std::uint32_t other) const {
        return client && *client != 0 && *client == other;
    }
};

class Draft : public PlanFacts {
  public:
    // Both must outlive it.
    Draft(const PlanFacts& facts, const DiffOptions& diff_options);

    [[nodiscard]] Action make(ActionKind kind, const Case& c) const;
    // Into the plan, or held if the same correction did not stay again and again.
    void emit(Action action, const Case& c);
    // True: the item, or its account, is held.
    bool hold(
        const Case& c, HoldCode code, std::string where, std::string detail, std::string remedy
    );
    bool hold_account(const Case& c, HoldCode code, std::string detail, std::string remedy);
    void drifted(const Case& c, std::vector<DriftValue> drift);
    // The field may be changed by hand, and no other one was sold since it was right: it is left,
    // and said so.
    bool left_by_hand(const Case& c, const DriftValue& found);
    // Other services that want the account of this case, and the other item that owns it (or has a
    // call in doubt about it), on any server of the cloud.
    [[nodiscard]] std::vector<Claim> other_claims(const Case& c) const;
    // And on servers that may lead to it: what takes away asks them too.
    [[nodiscard]] std::vector<Claim> possible_claims(const Case& c) const;
    [[nodiscard]] const LedgerItem* other_owner(const Case& c) const;

    // What the reader says about a row that it holds; once an item.
    void reader_holds_of(ItemId item);
    // The holds of this server's items that no row led to.
    void add_reader_holds();

    // All rows of the server, those as well that a narrow plan leaves out.
    [[nodiscard]] const DesiredTable& whole_table() const;
    // In the whole table; npos: the item has no row on this server.
    [[nodiscard]] std::size_t row_of(ItemId item);

    // The items of these rows have their accounts, and nothing is to be done about them.
    void at_rest(std::size_t row, std::size_t count) {
        for (std::size_t i = row; i < row + count; ++i) {
            const std::uint32_t id = rows.record(i).item.value;
            if (id < at_rest_.size()) {
                at_rest_[id] = true;
            }
        }
    }

    [[nodiscard]] bool is_at_rest(ItemId item) const { return at_rest_[item.value]; }

    [[nodiscard]] bool account_is(std::size_t account, ActualTable::Flag flag) const {
        return (accounts.record(account).flags & flag) != 0;
    }

    // The row is of a suspended item whose account is to work without taking files. Where that
    // cannot be, a suspended account is disabled as elsewhere: what a quota of nothing does on
    // another product is not known, nor, without a size that was sold, what would be given back.
    [[nodiscard]] bool read_only(std::size_t row) const;

    // The quota that its account is to have now.
    [[nodiscard]] Quota quota_now(std::size_t row) const {
        return read_only(row) ? Quota::bytes(0) : rows.record(row).quota;
    }

    const DiffOptions& options;
    const DesiredTable& rows;
    const ActualTable& accounts;
    Comparison fields;
    const std::string product;                     // of the cloud; "": not recorded yet
    const std::vector<ServerId> cloud_servers;     // all that lead to this cloud
    const std::vector<ServerId> possible_servers;  // and those that may
    ServerPlan plan;
    std::set<ItemId> paused;  // by an operator; what is right for them is drafted, and held

  private:
    [[nodiscard]] bool sold_another(const Case& c, DriftField field) const;
    [[nodiscard]] std::optional<Hold> fought_over(const Action& action, const Case& c) const;

    std::vector<bool> at_rest_;  // by item: as many as are settled
    std::unordered_set<ItemId> reader_held_;
    std::optional<std::unordered_map<ItemId, std::size_t>> row_index_;
};

// "item 7"
[[nodiscard]] std::string of_item(ItemId item);

// The remedy of what is in doubt.
inline constexpr const char* kLookedAtFirst =
    "Nothing to do: the account is looked at before anything else happens to it.";

// The table of rules in reconciler/README.md: what is right for one item. A rule is a function that
// reads the draft and adds actions, holds and drift to it. Each lives whole in the file named here;
// diff.cpp says which of them an item meets.
namespace rules {

// ownership.cpp: whose an account is. The first three say the hold when they answer so.
// In doubt, another client's, on another server, or under another login: the item is left alone.
// Notes the paused ones.
[[nodiscard]] bool standing_aside(Draft& draft, const Case& c);
// The account is left alone whatever the panel says.
[[nodiscard]] bool protected_account(Draft& draft, const Case& c);
// Nobody's by all that is known: held, with the adoption that a person may order.
void offer(
    Draft& draft, const Case& c, HoldCode code, std::string detail, const std::string& remedy
);
// Ours, or becomes ours by an adoption that goes before everything else.
[[nodiscard]] bool claimable(Draft& draft, const Case& c);
// Several services want this login. The one that has it by the ledger goes on, else the only one
// that was opened; the others are held.
[[nodiscard]] bool login_clash(Draft& draft, const Case& c);

// opening.cpp: an item wants an account and has none.
void open(Draft& draft, const Case& c);

// correction.cpp: an item has an account of its own that is to be as it was sold.
void correct(Draft& draft, const Case& c);
// Why the tariff's group cannot be given.
[[nodiscard]] std::optional<Hold> group_hold(const Draft& draft, const Case& c);
// Emits what gives an account the tariff's group; before it, where the cloud lacks that group, what
// makes it.
void emit_with_group(Draft& draft, Action action, const Case& c);
// What keeps the account of a suspended item from being made read-only for now; said, as a hold.
[[nodiscard]] bool read_only_refused(Draft& draft, const Case& c);

// closing.cpp: the rules that end in a deletion.
// The account of a closed item is in use again: that ends its retention, even while the item is
// held.
void look_whether_reopened(Draft& draft, const Case& c);
// The row of the item has been gone for so long, and in so many passes, that it counts as closed.
bool gone_for_long(const Draft& draft, const LedgerItem& item);

// The item wants no account any more: disabled at once, deleted after the retention.
void close(Draft& draft, const Case& c, std::string_view why);
// The account that a closing waits for is not ours, was there, and a list lacks it.
void look_once_more(Draft& draft, const Case& c);
// The row of an item of ours is gone from the panel: closed after enough complete passes.
void vanished(Draft& draft, const Case& c);

}  // namespace rules

}  // namespace bn
