#include "reconciler/events/back_in_time.hpp"

#include <algorithm>
#include <string>

namespace bn {

void BackInTime::operator()(Time& t) const {
    if (t > to) {
        t = std::max(to, t - (from - to));
    }
}

void BackInTime::operator()(std::optional<Time>& t) const {
    if (t) {
        (*this)(*t);
    }
}

void BackInTime::operator()(LedgerItem& item) const {
    (*this)(item.drift_since);
    for (auto& field : item.differs) {
        (*this)(field.since);
    }
    for (auto& reason : item.held) {
        (*this)(reason.since);
    }
    for (Setback& setback : item.setbacks) {
        (*this)(setback.next_attempt_at);
        (*this)(setback.since);
    }
    for (PendingAction& pending : item.in_doubt) {
        (*this)(pending.intended_at);
    }
    for (Correction& correction : item.corrections) {
        (*this)(correction.at);
        (*this)(correction.since);
    }
    if (item.usage_told) {
        (*this)(item.usage_told->measured_at);
        (*this)(item.usage_told->at);
    }
    for (OwedResult& owed : item.owed) {
        (*this)(owed.since);
        (*this)(owed.next_attempt_at);
    }
}

void BackInTime::operator()(LedgerServer& server) const {
    for (std::optional<Time>* t :
         {&server.seen_at,
          &server.last_attempt_at,
          &server.last_success_at,
          &server.quarantined_until,
          &server.stopped_since,
          &server.problem_next_attempt_at,
          &server.measure_next_attempt_at}) {
        (*this)(*t);
    }
    for (OwedDay& owed : server.stat_owed) {
        (*this)(owed.next_attempt_at);
    }
    for (RecentImport& import : server.imports) {
        (*this)(import.at);
    }
    for (HarmDone& done : server.harm_done) {
        (*this)(done.at);
    }
    for (Time& at : server.attempts) {
        (*this)(at);
    }
    (*this)(server.approved_at);
    // Days of local time: two earlier than here are past everywhere. What was billed is known
    // by its day, and is not billed again.
    const std::string day =
        format_time(to - std::chrono::hours(48)).substr(0, std::size("2026-11-22") - 1);
    server.measured_day = std::min(server.measured_day, day);
    server.stat_day = std::min(server.stat_day, day);
    server.clock_doubted = true;
    server.clock_trust = Duration{0};
}

}  // namespace bn
