#include "controller/control/said.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "reconciler/model/require.hpp"

namespace bn::controller {
namespace {

using protocol::Request;
using Decided = Result<std::vector<Event>>;

Word word_of(const Request& request) {
    return {request.reason, request.until};
}

Decided pause(const Moment& at, const Request& request) {
    return decide_paused(at, scope_of(request), word_of(request));
}

Decided resume(const Moment& at, const Request& request) {
    return decide_pause_ended(at, scope_of(request), request.reason);
}

Decided undelete(const Moment& at, const Request& request) {
    if (request.command == protocol::kEnd) {
        return decide_kept_ended(at, request.item, request.reason);
    }
    return decide_kept(at, request.item, word_of(request));
}

Decided accept_readings(const Moment& at, const Request& request) {
    return decide_readings_accepted(at.ledger, request.module, request.reason);
}

Decided replay(const Moment& at, const Request& request) {
    return decide_replayed(at.ledger, scope_of(request), request.code, request.reason);
}

constexpr std::pair<std::string_view, Decided (*)(const Moment&, const Request&)> kSaid[] = {
    {"pause", pause},
    {"resume", resume},
    {"undelete", undelete},
    {"accept_readings", accept_readings},
    {"replay", replay}};

const auto* find_said(std::string_view verb) {
    return std::ranges::find(kSaid, verb, [](const auto& said) { return said.first; });
}

}  // namespace

Scope scope_of(const protocol::Request& request) {
    return {
        request.items,
        request.module.value != 0 ? std::optional(request.module) : std::nullopt,
        request.command == protocol::kEverything};
}

bool is_said(std::string_view verb) {
    return find_said(verb) != std::end(kSaid);
}

Result<std::vector<Event>> decide_said(const Moment& at, const protocol::Request& request) {
    const auto* const said = find_said(request.verb);
    BN_REQUIRE(said != std::end(kSaid), "this is nothing that a person says");
    return said->second(at, request);
}

}  // namespace bn::controller
