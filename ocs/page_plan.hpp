// Which pages of a cloud's list of accounts are read, and how large: pure arithmetic. Not
// thread-safe.
//
// Large pages are quick where they work. Sizes begin small and grow while answers come quickly; a
// page that took too long is halved, and so are those after it; one that failed for another reason
// is halved until the account is found that cannot be read. The list has ended where a page is
// empty, or brings nobody new (some back-ends pay no attention to the offset).
#pragma once

#include <algorithm>
#include <cstdint>
#include <deque>
#include <optional>

#include "reconciler/model/time.hpp"

namespace bn::ocs {

struct PageRange {
    std::uint64_t offset = 0;
    std::uint64_t size = 0;
    friend bool operator==(const PageRange&, const PageRange&) = default;
};

// What one reading of a cloud leaves to the next.
struct PageSizes {
    std::uint64_t now = 100;
    std::uint64_t too_slow = 0;    // this size or more was; 0: none
    std::uint32_t since_slow = 0;  // readings
};

// Of one reading. `sizes` outlives it; several readings may share them.
class PagePlan {
  public:
    // No page is larger than `most`. REQUIRES: most > 0.
    PagePlan(PageSizes& sizes, std::uint64_t most);

    // Nothing: all is read, or under way, or it was given up.
    [[nodiscard]] std::optional<PageRange> next();

    // The page had so many entries, `fresh` of them not met before in this reading.
    void read(PageRange range, std::uint64_t entries, std::uint64_t fresh, Duration took);

    // What failed is to be read as two halves; false: it is one account, which is to be looked at
    // by itself (`alone`). `slow`: it took too long.
    bool failed(PageRange range, bool slow);

    // How it went with an account that made its page fail.
    void alone(bool well);

    // Where the list ended: nobody there, or from there on only known ones. Nothing: not yet.
    [[nodiscard]] std::optional<PageRange> end() const { return end_; }

    // The page at the end was cut at its size and brought nobody new: who comes after it was not
    // listed.
    [[nodiscard]] bool repeats() const { return repeats_; }

    // There is somebody at the end all the same: that page has failed, and is to be told as such.
    PageRange not_the_end();

    // Nothing is left that was not read. REQUIRES: no page is under way.
    [[nodiscard]] bool done() const { return end_ && halves_.empty() && !given_up(); }

    // Too much failed, one after the other.
    [[nodiscard]] bool given_up() const;

  private:
    [[nodiscard]] std::uint64_t size() const { return std::min(sizes_.now, most_); }

    PageSizes& sizes_;
    std::uint64_t most_;
    std::uint64_t next_ = 0;
    std::deque<PageRange> halves_;
    std::optional<PageRange> end_;
    bool repeats_ = false;
    bool any_ = false;            // has gone well in this reading
    std::uint32_t failures_ = 0;  // in a row
};

}  // namespace bn::ocs
