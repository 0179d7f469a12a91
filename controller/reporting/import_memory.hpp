// Accounts that became services of the panel, or may have: one account must not become two services
// that are both billed, while the panel's own tables do not show the first yet. Pure; of one
// thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <utility>

#include "reconciler/model/ids.hpp"
#include "reconciler/model/time.hpp"

namespace bn::controller {

class ImportMemory {
  public:
    // By now the panel shows what it has; and a service that was imported and deleted again may be
    // imported once more.
    static constexpr Duration kKept = std::chrono::hours(1);

    void note(ServerId server, std::string login_key, Time now) {
        noted_.insert_or_assign({server, std::move(login_key)}, now);
    }

    // A reading of the panel has the account: from here on it is the panel that knows.
    void seen(ServerId server, const std::string& login_key) { noted_.erase({server, login_key}); }

    [[nodiscard]] bool has(ServerId server, const std::string& login_key, Time now) const {
        const auto it = noted_.find({server, login_key});
        return it != noted_.end() && now - it->second < kKept;
    }

  private:
    std::map<std::pair<ServerId, std::string>, Time> noted_;
};

}  // namespace bn::controller
