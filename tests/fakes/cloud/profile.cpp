#include "tests/fakes/cloud/profile.hpp"

#include <stdexcept>

#include <fmt/format.h>

namespace bn::testing::cloud {
namespace {

Profile nextcloud(int major, int minor, int micro) {
    Profile p;
    p.major = major;
    p.minor = minor;
    p.micro = micro;
    p.version = fmt::format("{}.{}.{}", major, minor, micro);
    p.put_limit = major >= 27 ? 50 : 0;
    p.new_codes = major >= 31;
    p.refuses_app_passwords = major >= 34;
    p.lists_disabled = major >= 28;
    p.lists_recent = major >= 30;
    p.edits_several_fields = major >= 34;
    p.counts_every_bad_login = major >= 32;
    p.throttle_answers_429 = major >= 32;
    return p;
}

}  // namespace

Profile Profile::named(std::string_view name) {
    if (name == "25") {
        return nextcloud(25, 0, 2);
    }
    if (name == "27") {
        return nextcloud(27, 1, 11);
    }
    if (name == "32") {
        return nextcloud(32, 0, 8);
    }
    if (name == "34") {
        return nextcloud(34, 0, 1);
    }
    if (name == "owncloud") {
        Profile p = nextcloud(10, 15, 0);
        p.product = "ownCloud";
        p.owncloud = true;
        p.put_limit = 0;
        return p;
    }
    throw std::invalid_argument(
        fmt::format("unknown profile '{}': use 25, 27, 32, 34 or owncloud", name)
    );
}

}  // namespace bn::testing::cloud
