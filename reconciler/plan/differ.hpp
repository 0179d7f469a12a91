// The diff of one server in the making. For diff.cpp (the walk over both tables), item_rules.cpp,
// ownership_rules.cpp and closing_rules.cpp (what is right for one item) only. Lives for one call
// of `diff`.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "reconciler/plan/diff.hpp"
#include "reconciler/plan/groups.hpp"

namespace bn {

class Differ {
  public:
    Differ(
        const DesiredServer& desired,
        const DesiredSnapshot& snapshot,
        const ActualSnapshot& actual,
        const Ledger& ledger,
        const DiffOptions& options
    );

    ServerPlan run();

  private:
    static constexpr std::size_t npos = static_cast<std::size_t>(-1);

    // What the rules need to know about one item and its account.
    struct Case {
        ItemId item;
        std::string login;  // the cloud's spelling where the account exists
        std::size_t row = npos;
        std::size_t account = npos;
        const LedgerItem* known = nullptr;
        bool ours = false;
        bool login_saved = false;
        bool urgent = false;
    };

    // diff.cpp
    void prepare_groups();
    void walk();
    [[nodiscard]] int compare_keys(std::size_t row, std::size_t account) const;
    [[nodiscard]] bool quiet(std::size_t row, std::size_t account);
    [[nodiscard]] std::size_t quiet_run(std::size_t row, std::size_t account);
    [[nodiscard]] bool same_but_texts(
        const DesiredTable::Record& sold, const ActualTable::Record& observed
    );
    [[nodiscard]] bool settled(ItemId item) const;
    [[nodiscard]] Quota canonical_cached(Quota sold);
    [[nodiscard]] bool quota_differs(Quota sold, Quota observed);
    [[nodiscard]] bool email_differs(std::size_t row, std::size_t account) const;
    [[nodiscard]] bool group_differs(std::uint32_t group, std::uint32_t set) const;
    [[nodiscard]] bool group_set_differs(std::uint32_t group, std::uint32_t set) const;
    void add_reader_holds();
    void hold_inactive_server();

    // item_rules.cpp
    void examine(std::size_t row, std::size_t account);
    void missing(Case& c);
    void present(Case& c);
    void correct(Case& c);
    void correct_enabled(Case& c, DriftMask& drift);
    void correct_quota(Case& c, DriftMask& drift);
    void correct_email(Case& c, DriftMask& drift);
    void correct_groups(Case& c, DriftMask& drift);
    [[nodiscard]] bool standing_aside(const Case& c);
    [[nodiscard]] static std::string missing_reason(const Case& c);
    [[nodiscard]] std::optional<Hold> group_hold(const Case& c) const;
    [[nodiscard]] Action make(ActionKind kind, const Case& c) const;
    void emit(Action action, const Case& c);
    void hold(
        const Case& c, HoldCode code, std::string where, std::string detail, std::string remedy
    );
    void reader_holds_of(ItemId item);
    void drifted(const Case& c, DriftMask fields);
    [[nodiscard]] const DesiredTable& whole_table() const;

    // ownership_rules.cpp
    [[nodiscard]] bool claimable(Case& c);
    [[nodiscard]] bool protected_account(const Case& c);

    // closing_rules.cpp
    void only_in_cloud(std::size_t account);
    void close(Case& c, std::string_view why);
    void vanished(Case& c);
    [[nodiscard]] bool sole_claim(const Case& c) const;
    [[nodiscard]] bool has_successor(const Case& c);
    [[nodiscard]] bool ended_unwatched(Time until) const;
    [[nodiscard]] std::size_t row_of(ItemId item);

    const DesiredServer& desired_;
    const DesiredSnapshot& snapshot_;
    const ActualSnapshot& actual_;
    const Ledger& ledger_;
    const DiffOptions& options_;
    const DesiredTable& rows_;
    const ActualTable& accounts_;
    ServerPlan plan_;

    struct WantedGroup {
        ResolvedGroup resolved;
        std::uint32_t in_pool = 0;  // of the accounts' name pool; 0: no account has it
    };

    std::vector<WantedGroup> wanted_groups_;  // by the number in the rows' name pool
    std::vector<bool> managed_;               // by the number in the accounts' name pool
    std::vector<std::uint8_t> group_table_;   // [wanted * sets + set] != 0: differs; may be empty
    std::size_t group_sets_ = 0;
    const std::vector<bool>* settled_ = nullptr;
    std::size_t own_account_ = npos;

    struct CachedQuota {
        Quota sold;
        Quota kept;
    };

    std::array<CachedQuota, 64> quota_cache_{};
    std::unordered_set<ItemId> reader_held_;
    std::optional<std::unordered_map<ItemId, std::size_t>> row_index_;
};

}  // namespace bn
