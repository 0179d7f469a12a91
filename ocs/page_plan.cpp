#include "ocs/page_plan.hpp"

#include <algorithm>
#include <chrono>

namespace bn::ocs {

namespace {

constexpr Duration kQuick = std::chrono::seconds(2);
constexpr std::uint32_t kFailuresAtFirst = 4;  // before anything went well: the cloud is sick
constexpr std::uint32_t kFailures = 12;
constexpr std::uint32_t kReadings = 12;  // before a size that was too slow is tried again

}  // namespace

PagePlan::PagePlan(PageSizes& sizes, std::uint64_t most) : sizes_(sizes), most_(most) {
    if (++sizes_.since_slow >= kReadings) {
        sizes_.too_slow = 0;  // it may do by now
    }
}

std::optional<PageRange> PagePlan::next() {
    if (given_up()) {
        return std::nullopt;
    }
    // Before anything went well other pages show whether it is the cloud that is sick.
    const bool elsewhere = !any_ && !end_;
    if (!halves_.empty() && !elsewhere) {
        const PageRange half = halves_.front();
        halves_.pop_front();
        return half;
    }
    if (end_) {
        return std::nullopt;
    }
    const PageRange range{next_, size()};
    next_ += range.size;
    return range;
}

void PagePlan::read(PageRange range, std::uint64_t entries, std::uint64_t fresh, Duration took) {
    any_ = true;
    failures_ = 0;
    if (entries == 0 || fresh == 0) {
        if (!end_ || range.offset < end_->offset) {
            end_ = range;
            repeats_ = entries > 0 && entries % range.size == 0;
        }
        return;
    }
    const std::uint64_t larger = std::min(most_, size() * 2);
    const bool may_do = sizes_.too_slow == 0 || larger < sizes_.too_slow;
    if (took < kQuick && range.size >= size() && may_do) {
        sizes_.now = larger;
    }
}

bool PagePlan::failed(PageRange range, bool slow) {
    ++failures_;
    if (range.size == 1) {
        return false;
    }
    const std::uint64_t half = range.size / 2;
    if (slow) {
        sizes_.too_slow = sizes_.too_slow == 0 ? range.size : std::min(sizes_.too_slow, range.size);
        sizes_.since_slow = 0;
        sizes_.now = std::min(size(), half);
    }
    halves_.push_back({range.offset, half});
    halves_.push_back({range.offset + half, range.size - half});
    return true;
}

void PagePlan::alone(bool well) {
    any_ = any_ || well;
    failures_ = well ? 0 : failures_;
}

PageRange PagePlan::not_the_end() {
    const PageRange range = *end_;
    end_.reset();  // what lies behind it and is read already is read
    return range;
}

bool PagePlan::given_up() const {
    return failures_ >= (any_ ? kFailures : kFailuresAtFirst);
}

}  // namespace bn::ocs
