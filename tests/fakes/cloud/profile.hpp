// Which server the sample cloud plays. Plain values.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "reconciler/model/time.hpp"

namespace bn::testing::cloud {

struct Profile {
    std::string product = "Nextcloud";
    std::string version = "25.0.2";
    int major = 25;
    int minor = 0;
    int micro = 2;
    bool owncloud = false;

    // PUT and PATCH users/{id}, each for itself, per acting account; 0: unlimited.
    std::uint32_t put_limit = 0;
    Duration put_window = std::chrono::seconds(600);

    bool new_codes = false;               // the OCS codes of 31 and later
    bool refuses_app_passwords = false;   // on every call that needs password confirmation
    bool lists_disabled = false;          // GET users/disabled (28)
    bool edits_several_fields = false;    // PATCH users/{id} (34)
    bool lists_recent = false;            // GET users/recent (30)
    bool counts_every_bad_login = false;  // 25 counts only logins that look like an e-mail
    bool throttle_answers_429 = false;    // more than 10 failures in 30 minutes

    // "25", "27", "32", "34" or "owncloud". Throws std::invalid_argument for another name.
    static Profile named(std::string_view name);
};

}  // namespace bn::testing::cloud
