// What an operator says while the service works, or between two starts of it.
#include "reconciler/decide/operator.hpp"
#include "tests/scenario/simulation/world.hpp"

namespace bn::sim {

namespace {

using namespace std::chrono_literals;

const Scope kAll{{}, {}, true};

}  // namespace

// True: it was one of these.
bool Simulation::of_levers(const Step& step) {
    if (step.deed != Deed::kPauses && step.deed != Deed::kPauseEnds && step.deed != Deed::kKeeps) {
        return false;
    }
    stop();
    // By a clock that people set, nobody knows when a pause is over.
    const Duration span = Duration(1h) * static_cast<int>(1 + step.pick % 20);
    const bool ends = !history_.hazards.clock;
    const Word word{"by hand", ends ? std::optional(wall() + span) : std::nullopt};
    const Time until = ends ? now_ + span : Time::max();
    const Ledger known = store_.ledger();
    const Moment at{known, wall()};
    if (step.deed == Deed::kPauses) {
        tell_deed(step.deed);
        if (auto events = decide_paused(at, kAll, word); events && !events->empty()) {
            people_record(*std::move(events));
            paused_until_ = until;
        }
    } else if (step.deed == Deed::kPauseEnds) {
        tell_deed(step.deed);
        if (auto ended = decide_pause_ended(at, kAll, "the simulator")) {
            people_record(*std::move(ended));
        }
        for (const ItemId id : at.ledger.noted()) {
            if (auto ended = decide_kept_ended(at, id, "the simulator")) {
                people_record(*std::move(ended));
            }
        }
        paused_until_ = Time{};
        kept_until_.clear();
    } else {
        const std::vector<ItemId> noted(at.ledger.noted().begin(), at.ledger.noted().end());
        const ItemId id = noted.empty() ? ItemId() : noted[step.pick % noted.size()];
        auto events = decide_kept(at, id, word);
        if (events && !events->empty()) {
            tell_deed(step.deed, fmt::format("item {}", id.value));
            people_record(*std::move(events));
            kept_until_[id] = until;
            touched_[login_key(known.item(id)->login)] = now_;
        }
    }
    start();
    return true;
}

void Simulation::check_levers(const Action& action) {
    // What another controller, or a store of before, knows nothing of.
    if (history_.hazards.two_controllers || history_.hazards.store_restored) {
        return;
    }
    if (now_ < paused_until_) {
        broken("something is changed while an operator has paused everything: " + text_of(action));
    }
    const auto kept = kept_until_.find(action.item);
    if (kept == kept_until_.end() || now_ >= kept->second || !ends_in_deletion(action)) {
        return;
    }
    const auto row = panel_.items.find(action.item);
    if (row != panel_.items.end() && row->second.status == 4 &&
        !changed_unread(action.item, Duration{0})) {
        broken("an account is closed that an operator keeps: " + text_of(action));
    }
}

}  // namespace bn::sim
