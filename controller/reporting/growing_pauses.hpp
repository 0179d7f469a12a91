// When to try again what failed: pauses that double, for each key by itself. Pure; the caller says
// what time it is. Of one thread.
#pragma once

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "reconciler/model/time.hpp"

namespace bn::controller {

template <class Key>
class GrowingPauses {
  public:
    // REQUIRES: 0 < first <= longest.
    GrowingPauses(Duration first, Duration longest) : first_(first), longest_(longest) {}

    [[nodiscard]] bool due(const Key& key, Time now) const {
        const auto it = failed_.find(key);
        // A clock that was set back makes nobody wait longer than the longest pause.
        return it == failed_.end() || now >= it->second.next || it->second.next - now > longest_;
    }

    // True when `why` is not what failed the last time. A try out of turn, because somebody asked
    // for it, moves nothing.
    bool failed(const Key& key, Time now, std::string why) {
        const bool was_due = due(key, now);
        const auto [it, fresh] = failed_.try_emplace(key);
        Failure& failure = it->second;
        if (was_due) {
            failure.pause = fresh ? first_ : std::min(failure.pause * 2, longest_);
            failure.next = now + failure.pause;
        }
        const bool news = fresh || failure.why != why;
        failure.why = std::move(why);
        return news;
    }

    void succeeded(const Key& key) { failed_.erase(key); }

  private:
    struct Failure {
        Duration pause{};
        Time next{};
        std::string why;
    };

    Duration first_;
    Duration longest_;
    std::map<Key, Failure> failed_;
};

}  // namespace bn::controller
