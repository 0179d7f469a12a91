#include "state/event_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <sodium.h>

#include "base/text.hpp"
#include "state/former_events.hpp"
#include "state/payload.hpp"
#include "state/sealer.hpp"
#include "state/text_mask.hpp"

namespace bn::state {

namespace {

// What is done with stored bytes, by the layout that they have.
struct Layout {
    Event (*read)(std::string_view);
    std::string (*mask)(std::string_view, const MaskText&);
};

// Former layouts become the event of today.
template <class Stored>
Event read_as(std::string_view payload) {
    auto stored = from_payload<Stored>(payload);
    if constexpr (requires { upcast(std::move(stored)); }) {
        return upcast(std::move(stored));
    } else {
        return Event(std::move(stored));
    }
}

template <class Stored>
std::string mask_as(std::string_view payload, const MaskText& replace) {
    auto stored = from_payload<Stored>(payload);
    TextMask mask(replace);
    Stored::each_field(mask, stored);
    return to_payload(stored);
}

template <std::size_t... I>
constexpr auto kinds_of(std::index_sequence<I...>) {
    return std::array{std::variant_alternative_t<I, Event>::kKind...};
}

constexpr std::make_index_sequence<std::variant_size_v<Event>> kAll;
constexpr auto kKinds = kinds_of(kAll);

template <class Stored>
constexpr Layout kLayout{&read_as<Stored>, &mask_as<Stored>};

template <std::size_t... I>
constexpr auto layouts_of(std::index_sequence<I...>) {
    return std::array{kLayout<std::variant_alternative_t<I, Event>>...};
}

constexpr auto kLayouts = layouts_of(kAll);

struct FormerVersion {
    std::string_view name;
    std::uint16_t version;
    const Layout* layout;
};

constexpr FormerVersion kFormer[] = {
    {"action.doubt_resolved", 1, &kLayout<DoubtResolvedV1>},
    {"action.intended", 1, &kLayout<ActionIntendedV1>},
    {"item.drift_observed", 1, &kLayout<DriftObservedV1>},
    {"item.kept_ended", 1, &kLayout<ItemKeptEndedV1>},
    {"item.masked", 1, &kLayout<ItemMaskedV1>},
    {"item.paused", 1, &kLayout<ItemPausedV1>},
    {"item.resumed", 1, &kLayout<ItemResumedV1>},
    {"panel.called", 1, &kLayout<PanelCalledV1>},
    {"panel.data_accepted", 1, &kLayout<PanelDataAcceptedV1>},
    {"pass.completed", 1, &kLayout<PassCompletedV1>},
    {"pass.completed", 2, &kLayout<PassCompletedV2>},
    {"plan.approved", 1, &kLayout<PlanApprovedV1>},
    {"plan.stopped", 1, &kLayout<PlanStoppedV1>},
    {"server.address_accepted", 1, &kLayout<ServerAddressAcceptedV1>},
    {"server.cloud_accepted", 1, &kLayout<ServerCloudAcceptedV1>},
    {"server.observed", 1, &kLayout<ServerObservedV1>},
    {"server.pause_ended", 1, &kLayout<ServerPauseEndedV1>},
    {"server.resumed", 1, &kLayout<ServerResumedV1>},
    {"service.pause_ended", 1, &kLayout<ServicePauseEndedV1>},
    {"usage.measured", 1, &kLayout<UsageMeasuredV1>},
};

const Layout* find_layout(std::string_view kind, std::uint16_t version) {
    static const auto kByKind = [] {
        std::map<std::pair<std::string_view, std::uint16_t>, const Layout*> map;
        for (std::size_t i = 0; i < kKinds.size(); ++i) {
            map.emplace(std::pair(kKinds[i].name, kKinds[i].version), &kLayouts[i]);
        }
        for (const auto& [name, former, layout] : kFormer) {
            map.emplace(std::pair(name, former), layout);
        }
        return map;
    }();
    const auto found = kByKind.find({kind_today(kind), version});
    return found == kByKind.end() ? nullptr : found->second;
}

// Not a secret: it guards against accidents. The hash chain guards against edits.
constexpr unsigned char kChecksumKey[crypto_shorthash_KEYBYTES + 1] = "bill-nextcloud-1";

std::array<char, kChecksumSize> checksum(std::string_view body) {
    std::array<char, kChecksumSize> sum{};
    static_assert(crypto_shorthash_BYTES == kChecksumSize);
    crypto_shorthash(
        reinterpret_cast<unsigned char*>(sum.data()), sodium_bytes(body), body.size(), kChecksumKey
    );
    return sum;
}

Error bad_payload(std::string_view kind, std::uint16_t version, std::string_view why) {
    return Error(
        Concern::kStore,
        NextMove::kHuman,
        "store.bad_payload",
        base::clean_utf8(
            fmt::format("the stored event '{}' version {} is damaged: {}", kind, version, why)
        ),
        "run `verify`, then restore the store from a backup"
    );
}

}  // namespace

std::span<const EventKind> event_kinds() {
    return kKinds;
}

std::string_view kind_today(std::string_view name) {
    for (const RenamedKind& renamed : kRenamed) {
        if (renamed.former == name) {
            return renamed.today;
        }
    }
    return name;
}

std::vector<std::string> stored_names(std::string_view name) {
    std::vector<std::string> names{std::string(kind_today(name))};
    for (const auto& table :
         {std::span<const RenamedKind>(kRenamed), std::span<const RenamedKind>(kSplit)}) {
        for (const auto& [former, today] : table) {
            if (today == names.front()) {
                names.emplace_back(former);
            }
        }
    }
    return names;
}

std::string encode(const Event& event) {
    return std::visit([](const auto& e) { return to_payload(e); }, event);
}

bool knows(std::string_view kind, std::uint16_t version) {
    return find_layout(kind, version) != nullptr;
}

namespace {

template <class T, class... More>
Result<T> use_layout(
    std::string_view kind,
    std::uint16_t version,
    std::string_view payload,
    T (*Layout::*use)(std::string_view, const More&...),
    const More&... more
) {
    const Layout* layout = find_layout(kind, version);
    if (layout == nullptr) {
        return tl::unexpected(Error(
            Concern::kStore,
            NextMove::kHuman,
            "store.unknown_kind",
            fmt::format("this program does not know the event '{}' version {}", kind, version),
            "install the newer version of bill-nextcloud that wrote it"
        ));
    }
    try {
        return (layout->*use)(payload, more...);
    } catch (const std::exception& fault) {
        return tl::unexpected(bad_payload(kind, version, fault.what()));
    }
}

}  // namespace

Result<Event> decode(std::string_view kind, std::uint16_t version, std::string_view payload) {
    return use_layout(kind, version, payload, &Layout::read);
}

Result<std::string> masked(
    std::string_view kind, std::uint16_t version, std::string_view payload, const MaskText& replace
) {
    return use_layout(kind, version, payload, &Layout::mask, replace);
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

}  // namespace bn::state
