#include "controller/pass/plan_checksum.hpp"

#include "controller/sys/random.hpp"

namespace bn::controller {

std::string plan_checksum(const Plan& plan) {
    return checksum(plan.canonical_text());
}

std::string plan_checksum(const ServerPlan& plan) {
    Plan one;
    one.servers.push_back(plan);
    return plan_checksum(one);
}

}  // namespace bn::controller
