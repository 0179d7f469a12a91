// What is promised of paid orders is measured without the time in which their cloud did not answer:
// nobody can make a login there. Pure values; not thread-safe.
#pragma once

#include <map>
#include <optional>
#include <vector>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

class SilentTimes {
  public:
    // A look at the server began at `begun` and ended now. Its silence begins with the first look
    // that it did not answer, and ends with the next one that it does.
    void note(ServerId server, bool answered, Steady begun, Steady now);

    // How long it was silent between these. What is long past may be forgotten: then it counts as
    // answering, which makes what is measured longer, never shorter.
    [[nodiscard]] Duration between(ServerId server, Steady from, Steady to) const;

  private:
    struct Silence {
        Steady from;
        std::optional<Steady> to;  // nothing: it goes on
    };

    std::map<ServerId, std::vector<Silence>> silences_;
};

}  // namespace bn
