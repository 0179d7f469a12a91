#include "controller/sys/zones.hpp"

#include <cctz/time_zone.h>

namespace bn::controller {
namespace {

bool load(const std::string& name, cctz::time_zone& zone) {
    if (name.empty()) {
        zone = cctz::local_time_zone();
        return true;
    }
    return cctz::load_time_zone(name, &zone);
}

}  // namespace

bool is_zone(const std::string& name) {
    cctz::time_zone zone;
    return load(name, zone);
}

Duration zone_offset(const std::string& name, Time at) {
    cctz::time_zone zone = cctz::utc_time_zone();
    load(name, zone);
    return std::chrono::seconds(zone.lookup(at).offset);
}

}  // namespace bn::controller
