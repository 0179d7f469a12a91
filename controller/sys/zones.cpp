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

Civil civil_of(const std::string& zone, Time at) {
    cctz::time_zone loaded = cctz::utc_time_zone();
    load(zone, loaded);
    const cctz::civil_second shown = loaded.lookup(at).cs;
    return {
        static_cast<int>(shown.year()),
        shown.month(),
        shown.day(),
        shown.hour(),
        shown.minute(),
        shown.second()};
}

CivilTimes times_of(const std::string& zone, const Civil& civil) {
    cctz::time_zone loaded = cctz::utc_time_zone();
    load(zone, loaded);
    const cctz::time_zone::civil_lookup found = loaded.lookup(cctz::civil_second(
        civil.year, civil.month, civil.day, civil.hour, civil.minute, civil.second
    ));
    using Kind = cctz::time_zone::civil_lookup::civil_kind;
    if (found.kind == Kind::SKIPPED) {
        return {found.trans, found.trans, true};
    }
    return {found.pre, found.kind == Kind::REPEATED ? found.post : found.pre, false};
}

Time day_begins(const std::string& zone, const Civil& day) {
    return times_of(zone, {day.year, day.month, day.day, 0, 0, 0}).first;
}

}  // namespace bn::controller
