// Stored events: "item.held 1" in the first line, then the payload without its checksum. What names
// no event is taken for one all the same.
#include <algorithm>
#include <numeric>

#include "base/text.hpp"
#include "reconciler/events/events.hpp"
#include "reconciler/model/ledger.hpp"
#include "state/event_codec.hpp"
#include "tests/fuzz/fuzz.hpp"

namespace bn::fuzz::event_payload_fuzz {
namespace {

// The ledger takes whatever can be read, more than once.
void evolve_with(const Event& event) {
    Ledger ledger;
    Envelope envelope;
    envelope.stream = stream_of(event);
    envelope.at = Time(Duration(1'700'000'000'000));
    envelope.event = event;
    for (int times = 0; times < 2; ++times) {
        ++envelope.position;
        ++envelope.version;
        evolve(ledger, envelope);
    }
}

const EventKind& kind_named(std::string_view name) {
    const auto kinds = state::event_kinds();
    const auto known = std::ranges::find(kinds, name, &EventKind::name);
    const auto any = [&] { return std::accumulate(name.begin(), name.end(), 0U) % kinds.size(); };
    return known != kinds.end() ? *known : kinds[any()];
}

}  // namespace

BN_FUZZ_TARGET(event_payload) {
    const std::string_view head = input.line();
    const EventKind& kind = kind_named(head.substr(0, head.find(' ')));
    const auto wanted = base::whole_number<std::uint16_t>(head.substr(head.find_last_of(' ') + 1));
    const auto version =
        static_cast<std::uint16_t>(1 + (wanted.value_or(1) + kind.version - 1) % kind.version);
    const std::string_view body = input.rest();
    demand(
        !state::decode(kind.name, version, body) || state::checksum_fits(body),
        "nothing is read without its checksum",
        kind.name
    );
    const std::string payload = state::with_checksum(std::string(body));
    const Result<Event> event = state::decode(kind.name, version, payload);
    const auto every_text = [](std::string_view, const std::string&) { return true; };
    const Result<std::string> masked = state::masked(kind.name, version, payload, every_text);
    demand(event.has_value() == masked.has_value(), "what is read can be masked", kind.name);
    if (!event) {
        bn::fuzz::demand_told(event.error());
        return;
    }
    demand(
        state::decode(kind.name, version, *masked).has_value(), "what is masked is read", kind.name
    );
    const EventKind& today = kind_of(*event);
    const std::string again = state::encode(*event);
    const Result<Event> same = state::decode(today.name, today.version, again);
    demand(same.has_value(), "what is written is read", today.name);
    demand(*same == *event, "what is written is read as it was", today.name);
    demand(state::encode(*same) == again, "one event has one payload", today.name);
    evolve_with(*event);
}

}  // namespace bn::fuzz::event_payload_fuzz
