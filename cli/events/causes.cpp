#include "cli/events/causes.hpp"

#include <algorithm>

namespace bn::cli {

Result<std::vector<Envelope>> causes_of(EventStore& store, const std::string& event) {
    std::vector<Envelope> chain;
    std::string wanted = event;
    EventFilter spelled;  // as a former version printed it
    spelled.id = event;
    Result<void> known = store.read(spelled, [&wanted](const Envelope& one) {
        wanted = one.id;
        return false;
    });
    if (!known) {
        return tl::unexpected(std::move(known.error()));
    }
    EventFilter filter;
    filter.newest_first = true;
    Result<void> read = store.read(filter, [&](const Envelope& one) {
        const bool by_position = chain.empty() && std::to_string(one.position) == wanted;
        if (one.id == wanted || by_position) {
            chain.push_back(one);
            wanted = one.causation;
        }
        return !wanted.empty();
    });
    if (!read) {
        return tl::unexpected(std::move(read.error()));
    }
    if (chain.empty()) {
        return tl::unexpected(Error(
            NextMove::kHuman,
            "command.event",
            "there is no event '" + event + "'",
            "give the id or the position of one, as `events --json` prints them"
        ));
    }
    std::reverse(chain.begin(), chain.end());
    return chain;
}

}  // namespace bn::cli
