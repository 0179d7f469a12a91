#include "state/event_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include <fmt/format.h>
#include <sodium.h>

#include "state/payload.hpp"
#include "state/sealer.hpp"

namespace bn::state {

namespace {

constexpr std::string_view kService = "service";
constexpr std::string_view kServer = "server-<id>";
constexpr std::string_view kItem = "item-<id>";

// In the order of the alternatives of bn::Event, which the static_assert below pins by type.
constexpr std::array kKinds{
    EventKind{"service.started", 1, kService, "The service started."},
    EventKind{"service.stopped", 1, kService, "The service stopped in good order."},
    EventKind{
        "service.config_changed", 1, kService, "The service runs with another configuration."},
    EventKind{"pass.completed", 2, kService, "A pass ended; with its counts for each server."},
    EventKind{"server.observed", 1, kServer, "A server's name, product or version changed."},
    EventKind{"server.quarantined", 1, kServer, "A server failed and is left alone until a time."},
    EventKind{"server.recovered", 1, kServer, "A server answers again."},
    EventKind{"plan.begun", 1, kServer, "A plan is about to be applied."},
    EventKind{
        "plan.stopped", 1, kServer, "A guard stopped a whole plan; it waits for an approval."},
    EventKind{"plan.approved", 1, kServer, "An operator approved exactly this stopped plan."},
    EventKind{"item.drift_observed", 1, kItem, "Fields of the account differ from what was sold."},
    EventKind{"item.drift_cleared", 1, kItem, "The account equals what was sold again."},
    EventKind{"item.held", 1, kItem, "The item is left as it is, for these reasons."},
    EventKind{"item.holds_cleared", 1, kItem, "No reason to hold the item is left."},
    EventKind{"item.vanished", 1, kItem, "The item's row is gone from the panel."},
    EventKind{"item.reappeared", 1, kItem, "The item's row is back in the panel."},
    EventKind{"account.adopted", 1, kItem, "An account that was there is ours from now on."},
    EventKind{"action.intended", 1, kItem, "A call to the cloud is about to be made."},
    EventKind{"action.succeeded", 1, kItem, "A call to the cloud took effect."},
    EventKind{"action.failed", 1, kItem, "A call to the cloud certainly took no effect."},
    EventKind{"action.doubt_resolved", 1, kItem, "A look settled a call whose end was unknown."},
    EventKind{
        "item.bought_back", 1, kItem, "A closed item is wanted again: it will not be deleted."},
    EventKind{"item.paused", 1, kItem, "An operator told the service to leave the item alone."},
    EventKind{"item.resumed", 1, kItem, "An operator ended the pause of the item."},
    EventKind{"panel.result_owed", 1, kItem, "An operation ended; the panel has to be told."},
    EventKind{"panel.called", 1, kItem, "A function of the panel was called; with its answer."},
    EventKind{"panel.result_delivered", 1, kItem, "The panel has the result of an operation."},
    EventKind{
        "item.usage_level_changed",
        1,
        kItem,
        "An account came close to its quota, over it, or back."},
    EventKind{"panel.problem_registered", 1, kServer, "The panel shows that a cloud is away."},
    EventKind{"panel.problem_cleared", 1, kServer, "The panel no longer shows that problem."},
    EventKind{"usage.measured", 1, kServer, "One day's usage was written for the panel."},
    EventKind{"usage.posted", 1, kServer, "The panel was told to bill one day's usage."},
};
static_assert(kKinds.size() == std::variant_size_v<Event>);
static_assert(std::is_same_v<std::variant_alternative_t<3, Event>, PassCompleted>);
static_assert(std::is_same_v<std::variant_alternative_t<12, Event>, ItemHeld>);
static_assert(std::is_same_v<std::variant_alternative_t<17, Event>, ActionIntended>);
static_assert(std::is_same_v<std::variant_alternative_t<23, Event>, ItemResumed>);
static_assert(std::is_same_v<std::variant_alternative_t<31, Event>, UsagePosted>);

using DecodeFn = Event (*)(PayloadReader&);

template <class T>
T upcast(T newest) {
    return newest;
}

// Former layouts are chained: V1 -> V2 -> ... -> the event of today.
template <class Stored>
Event read_as(PayloadReader& reader) {
    Stored stored{};
    fields(reader, stored);
    reader.finish();
    return Event(upcast(std::move(stored)));
}

template <std::size_t... I>
constexpr std::array<DecodeFn, sizeof...(I)> current_decoders(std::index_sequence<I...>) {
    return {&read_as<std::variant_alternative_t<I, Event>>...};
}

constexpr auto kCurrent = current_decoders(std::make_index_sequence<kKinds.size()>());

struct FormerVersion {
    std::string_view name;
    std::uint16_t version;
    DecodeFn decode;
};

constexpr std::array kFormer{
    FormerVersion{"pass.completed", 1, &read_as<PassCompletedV1>},
};

// Stored rows keep the name that they were written under; it reads as the kind of today.
struct Renamed {
    std::string_view former;
    std::string_view today;
};

constexpr std::array kRenamed{
    Renamed{"item.released", "item.holds_cleared"},
    Renamed{"item.retention_ended", "item.bought_back"},
    Renamed{"item.usage_level", "item.usage_level_changed"},
    Renamed{"plan.accepted", "plan.begun"},
    Renamed{"server.released", "server.recovered"},
};

DecodeFn find_decoder(std::string_view kind, std::uint16_t version) {
    kind = kind_today(kind);
    static const auto* const kByName = [] {
        auto* map = new std::unordered_map<std::string_view, std::size_t>();
        for (std::size_t i = 0; i < kKinds.size(); ++i) {
            map->emplace(kKinds[i].name, i);
        }
        return map;
    }();
    const auto found = kByName->find(kind);
    if (found == kByName->end()) {
        return nullptr;
    }
    if (kKinds[found->second].version == version) {
        return kCurrent[found->second];
    }
    for (const auto& former : kFormer) {
        if (former.name == kind && former.version == version) {
            return former.decode;
        }
    }
    return nullptr;
}

// Not a secret: it guards against accidents. The hash chain guards against edits.
constexpr unsigned char kChecksumKey[crypto_shorthash_KEYBYTES + 1] = "bill-nextcloud-1";

std::array<char, kChecksumSize> checksum(std::string_view body) {
    std::array<char, kChecksumSize> sum{};
    static_assert(crypto_shorthash_BYTES == kChecksumSize);
    crypto_shorthash(
        reinterpret_cast<unsigned char*>(sum.data()),
        reinterpret_cast<const unsigned char*>(body.data()),
        body.size(),
        kChecksumKey
    );
    return sum;
}

Error bad_payload(std::string_view kind, std::uint16_t version, std::string_view why) {
    return Error(
        Concern::kStore,
        NextMove::kHuman,
        "store.bad_payload",
        fmt::format("the stored event '{}' version {} is damaged: {}", kind, version, why),
        "run `verify`, then restore the store from a backup"
    );
}

}  // namespace

std::span<const EventKind> event_kinds() {
    return kKinds;
}

const EventKind& kind_of(const Event& event) {
    return kKinds[event.index()];
}

std::string_view kind_today(std::string_view name) {
    const auto found = std::find_if(kRenamed.begin(), kRenamed.end(), [&](const Renamed& renamed) {
        return renamed.former == name;
    });
    return found == kRenamed.end() ? name : found->today;
}

std::vector<std::string> stored_names(std::string_view name) {
    std::vector<std::string> names{std::string(kind_today(name))};
    for (const Renamed& renamed : kRenamed) {
        if (renamed.today == names.front()) {
            names.emplace_back(renamed.former);
        }
    }
    return names;
}

std::string encode(const Event& event) {
    std::string out;
    out.reserve(256);
    out.resize(kChecksumSize);
    PayloadWriter writer(out);
    std::visit([&writer](const auto& e) { fields(writer, e); }, event);
    const auto sum = checksum(std::string_view(out).substr(kChecksumSize));
    std::memcpy(out.data(), sum.data(), sum.size());
    return out;
}

Result<Event> decode(std::string_view kind, std::uint16_t version, std::string_view payload) {
    const auto decoder = find_decoder(kind, version);
    if (decoder == nullptr) {
        return tl::unexpected(Error(
            Concern::kStore,
            NextMove::kHuman,
            "store.unknown_kind",
            fmt::format("this program does not know the event '{}' version {}", kind, version),
            "install the newer version of bill-nextcloud that wrote it"
        ));
    }
    if (!checksum_fits(payload)) {
        return tl::unexpected(bad_payload(kind, version, "its checksum does not fit"));
    }
    try {
        PayloadReader reader(payload.substr(kChecksumSize));
        return decoder(reader);
    } catch (const std::exception& fault) {
        return tl::unexpected(bad_payload(kind, version, fault.what()));
    }
}

std::string with_checksum(std::string body) {
    const auto sum = checksum(body);
    body.insert(0, sum.data(), sum.size());
    return body;
}

bool checksum_fits(std::string_view payload) {
    if (payload.size() < kChecksumSize) {
        return false;
    }
    const auto sum = checksum(payload.substr(kChecksumSize));
    return std::memcmp(sum.data(), payload.data(), sum.size()) == 0;
}

ItemId item_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> ItemId {
            if constexpr (requires { e.item; }) {
                return e.item;
            } else if constexpr (requires { e.action.item; }) {
                return e.action.item;
            } else {
                return ItemId();
            }
        },
        event
    );
}

ServerId server_of(const Event& event) {
    return std::visit(
        [](const auto& e) -> ServerId {
            if constexpr (requires { e.server; }) {
                return e.server;
            } else if constexpr (requires { e.action.server; }) {
                return e.action.server;
            } else if constexpr (requires { e.holds; }) {
                return e.holds.empty() ? ServerId() : e.holds.front().server;
            } else {
                return ServerId();
            }
        },
        event
    );
}

}  // namespace bn::state
