// What a row of the panel and an account of the cloud differ in, field by field. It is asked about
// each pair of one login, so it prepares what many pairs share: groups, canonical quotas. Lives for
// one call of `diff`; not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/plan/diff.hpp"
#include "reconciler/plan/groups.hpp"

namespace bn {

class Comparison {
  public:
    // Both must outlive it.
    Comparison(const PlanFacts& facts, const DiffOptions& options);

    // How many pairs from here on are equal in every byte: the usual case, and the only one that
    // must be fast.
    [[nodiscard]] std::size_t quiet_run(std::size_t row, std::size_t account);
    // Nothing to say about this pair of one key.
    [[nodiscard]] bool quiet(std::size_t row, std::size_t account);

    [[nodiscard]] bool quota_differs(Quota sold, Quota observed);
    [[nodiscard]] bool email_differs(std::size_t row, std::size_t account) const;
    [[nodiscard]] bool name_differs(std::size_t row, std::size_t account) const;
    // The display name of the row, as the cloud would keep it.
    [[nodiscard]] std::string_view name_of(std::size_t row) const;
    [[nodiscard]] bool group_differs(std::uint32_t group, std::uint32_t set) const;

    // The account that we log in with.
    [[nodiscard]] bool is_own(std::size_t account) const { return account == own_account_; }

    // The group of the row's tariff.
    [[nodiscard]] const ResolvedGroup& group_of(std::size_t row) const;

    // A tariff whose stored group says nothing.
    [[nodiscard]] bool any_unsaid_group() const;

    // The steps from an account's groups to those of its row.
    struct GroupSteps {
        std::string add;                  // empty: nothing
        std::vector<std::string> remove;  // groups of other tariffs, sorted
    };

    [[nodiscard]] GroupSteps group_steps(std::size_t row, std::size_t account) const;

  private:
    [[nodiscard]] bool same_but_texts(
        const DesiredTable::Record& sold, std::uint32_t client, const ActualTable::Record& observed
    );
    [[nodiscard]] bool settled(ItemId item, std::uint32_t client) const;
    [[nodiscard]] Quota canonical_cached(Quota sold);
    [[nodiscard]] bool group_set_differs(std::uint32_t group, std::uint32_t set) const;

    struct WantedGroup {
        ResolvedGroup resolved;
        std::uint32_t in_pool = 0;  // of the accounts' name pool; 0: no account has it
    };

    struct CachedQuota {
        Quota sold;
        Quota kept;
    };

    static constexpr std::size_t npos = DesiredTable::npos;

    const DesiredTable& rows_;
    const ActualTable& accounts_;
    const DiffOptions& options_;
    std::vector<WantedGroup> wanted_groups_;  // by the number in the rows' name pool
    std::vector<bool> managed_;               // by the number in the accounts' name pool
    std::vector<std::uint8_t> group_table_;   // [wanted * sets + set] != 0: differs; may be empty
    std::size_t group_sets_ = 0;
    const std::vector<std::uint32_t>& settled_;
    std::size_t own_account_ = npos;
    bool read_only_ = false;  // of some suspended items: what they want is for the rules to say
    std::array<CachedQuota, 64> quota_cache_{};
};

}  // namespace bn
