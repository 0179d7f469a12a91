#include "state/event_codec.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <unordered_map>

#include <fmt/format.h>
#include <sodium.h>

#include "state/former_events.hpp"
#include "state/payload.hpp"
#include "state/sealer.hpp"

namespace bn::state {

namespace {

using DecodeFn = Event (*)(PayloadReader&);

// Former layouts become the event of today.
template <class Stored>
Event read_as(PayloadReader& reader) {
    Stored stored{};
    Stored::each_field(reader, stored);
    reader.finish();
    if constexpr (requires { upcast(std::move(stored)); }) {
        return upcast(std::move(stored));
    } else {
        return Event(std::move(stored));
    }
}

template <std::size_t... I>
constexpr auto kinds_of(std::index_sequence<I...>) {
    return std::array{std::variant_alternative_t<I, Event>::kKind...};
}

template <std::size_t... I>
constexpr auto decoders_of(std::index_sequence<I...>) {
    return std::array<DecodeFn, sizeof...(I)>{&read_as<std::variant_alternative_t<I, Event>>...};
}

constexpr std::make_index_sequence<std::variant_size_v<Event>> kAll;
constexpr auto kKinds = kinds_of(kAll);
constexpr auto kDecoders = decoders_of(kAll);

struct FormerVersion {
    std::string_view name;
    std::uint16_t version;
    DecodeFn decode;
};

constexpr FormerVersion kFormer[] = {
    {"action.doubt_resolved", 1, &read_as<DoubtResolvedV1>},
    {"item.drift_observed", 1, &read_as<DriftObservedV1>},
    {"panel.called", 1, &read_as<PanelCalledV1>},
    {"pass.completed", 1, &read_as<PassCompletedV1>},
    {"usage.measured", 1, &read_as<UsageMeasuredV1>},
};

DecodeFn find_decoder(std::string_view kind, std::uint16_t version) {
    static const auto* const kByName = [] {
        auto* map = new std::unordered_map<std::string_view, std::size_t>();
        for (std::size_t i = 0; i < kKinds.size(); ++i) {
            map->emplace(kKinds[i].name, i);
        }
        return map;
    }();
    const auto found = kByName->find(kind_today(kind));
    if (found == kByName->end()) {
        return nullptr;
    }
    const EventKind& today = kKinds[found->second];
    if (today.version == version) {
        return kDecoders[found->second];
    }
    for (const FormerVersion& former : kFormer) {
        if (former.name == today.name && former.version == version) {
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
    const auto add = [&names, today = names.front()](const RenamedKind& one) {
        if (one.today == today) {
            names.emplace_back(one.former);
        }
    };
    std::for_each(std::begin(kRenamed), std::end(kRenamed), add);
    std::for_each(std::begin(kSplit), std::end(kSplit), add);
    return names;
}

std::string encode(const Event& event) {
    std::string out;
    out.reserve(256);
    out.resize(kChecksumSize);
    PayloadWriter writer(out);
    std::visit([&writer](const auto& e) { e.each_field(writer, e); }, event);
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

}  // namespace bn::state
