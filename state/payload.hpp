// Payload bytes: what BN_FIELDS lists, written and read by cereal's portable binary archives.
// Private to state; the only header that names cereal.
//
// Enumerations are stored by name (NextMove, Ownership, UsageLevel, Wanted and DriftField: by
// number), times as milliseconds, quotas as bytes (-1 unlimited, -2 unknown). Lengths are checked
// against what is left before anything is allocated.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>

#include "reconciler/events/events.hpp"
#include "reconciler/model/require.hpp"
#include "state/event_codec.hpp"

namespace bn::state {

struct PayloadFault : std::runtime_error {
    using std::runtime_error::runtime_error;
};

// Stored by number, the others by name: their numbers and names never change and are never reused.
template <class T>
concept StoredByNumber = std::is_same_v<T, Ownership> || std::is_same_v<T, UsageLevel> ||
    std::is_same_v<T, DriftField> || std::is_same_v<T, Wanted> || std::is_same_v<T, NextMove>;

// Next moves are counted from 1 there.
template <StoredByNumber T>
constexpr std::uint8_t kFirstNumber = std::is_same_v<T, NextMove> ? 1 : 0;

// What 0.1.0 wrote: an enumerator that moves would change what stored events say.
static_assert(
    NextMove{0} == NextMove::kRetryCall && NextMove{1} == NextMove::kRedoPass &&
    NextMove{2} == NextMove::kWait && NextMove{3} == NextMove::kHuman &&
    NextMove{4} == NextMove::kBug
);
static_assert(
    Ownership{0} == Ownership::kNone && Ownership{1} == Ownership::kCreated &&
    Ownership{2} == Ownership::kAdopted && UsageLevel{1} == UsageLevel::kFine &&
    UsageLevel{2} == UsageLevel::kClose && UsageLevel{3} == UsageLevel::kOver &&
    Wanted{0} == Wanted::kNothing && Wanted{1} == Wanted::kEnabled &&
    Wanted{2} == Wanted::kDisabled && Wanted{3} == Wanted::kAbsent
);

// ---- what of a value is stored: a number or a text

inline std::int64_t to_stored(Time t) {
    return t.time_since_epoch().count();
}

inline std::int64_t to_stored(Duration d) {
    return d.count();
}

inline std::int64_t to_stored(Quota q) {
    return q.is_bytes() ? q.count() : q.is_unlimited() ? -1 : q.is_not_set() ? -3 : -2;
}

template <class Tag>
std::uint32_t to_stored(StrongId<Tag> id) {
    return id.value;
}

template <class T>
requires std::is_enum_v<T>

auto to_stored(T value) {
    if constexpr (StoredByNumber<T>) {
        return static_cast<std::uint8_t>(static_cast<std::uint8_t>(value) + kFirstNumber<T>);
    } else {
        BN_REQUIRE(from_name<T>(to_string(value)) == value, "a stored value has a name");
        return std::string(to_string(value));
    }
}

inline void from_stored(std::int64_t n, Time& t) {
    t = Time(Duration(n));
}

inline void from_stored(std::int64_t n, Duration& d) {
    d = Duration(n);
}

inline void from_stored(std::int64_t n, Quota& q) {
    if (n < -3) {
        throw PayloadFault("a quota is negative");
    }
    q = n >= 0    ? Quota::bytes(n)
        : n == -1 ? Quota::unlimited()
        : n == -3 ? Quota::not_set()
                  : Quota::unknown();
}

template <class Tag>
void from_stored(std::uint32_t n, StrongId<Tag>& id) {
    id = StrongId<Tag>(n);
}

template <StoredByNumber T>
void from_stored(std::uint8_t number, T& value) {
    value = static_cast<T>(static_cast<std::uint8_t>(number - kFirstNumber<T>));
    bool known = false;
    if constexpr (std::is_same_v<T, DriftField>) {
        known = std::ranges::find(kAllDriftFields, value) != std::end(kAllDriftFields);
    } else {
        known = static_cast<std::size_t>(value) < kNamesOf<T>.size();
    }
    if (!known) {
        throw PayloadFault("a number that names nothing");
    }
}

template <Named T>
void from_stored(const std::string& name, T& value) {
    const std::optional<T> known = from_name<T>(name);
    if (!known) {
        throw PayloadFault("unknown name '" + name.substr(0, 40) + "'");
    }
    value = *known;
}

class PayloadWriter {
  public:
    explicit PayloadWriter(std::ostream& out) : archive_(out) {}

    template <class T>
    void operator()(const char*, const T& value) {
        put(value);
    }

  private:
    template <class T>
    void put(const T& value) {
        if constexpr (std::is_arithmetic_v<T> || std::is_same_v<T, std::string>) {
            archive_(value);
        } else if constexpr (HasFields<T>) {
            T::each_field(*this, value);
        } else if constexpr (requires { value.has_value(); }) {
            put(value.has_value());
            if (value) {
                put(*value);
            }
        } else if constexpr (requires { value.begin(); }) {
            put(std::uint64_t{value.size()});
            for (const auto& one : value) {
                put(one);
            }
        } else {
            put(to_stored(value));
        }
    }

    cereal::PortableBinaryOutputArchive archive_;
};

class PayloadReader {
  public:
    // Throws PayloadFault or cereal::Exception on what does not fit.
    explicit PayloadReader(std::istream& bytes) : bytes_(*bytes.rdbuf()), archive_(bytes) {}

    template <class T>
    void operator()(const char*, T& value) {
        get(value);
    }

    void finish() const {
        if (left() != 0) {
            throw PayloadFault("bytes left over");
        }
    }

  private:
    [[nodiscard]] std::uint64_t left() const {
        return static_cast<std::uint64_t>(std::max<std::streamsize>(bytes_.in_avail(), 0));
    }

    std::size_t get_length() {
        std::uint64_t length = 0;
        get(length);
        if (length > left()) {
            throw PayloadFault("a length goes beyond the end");
        }
        return length;
    }

    template <class T>
    void get(T& value) {
        if constexpr (std::is_same_v<T, bool>) {
            std::uint8_t byte = 0;
            get(byte);
            if (byte > 1) {
                throw PayloadFault("a truth value is neither 0 nor 1");
            }
            value = byte == 1;
        } else if constexpr (std::is_arithmetic_v<T>) {
            archive_(value);
        } else if constexpr (std::is_same_v<T, std::string>) {
            // As cereal's own string layout: a 64-bit length, then the bytes.
            value.resize(get_length());
            archive_(cereal::binary_data(value.data(), value.size()));
        } else if constexpr (HasFields<T>) {
            T::each_field(*this, value);
        } else if constexpr (requires { value.has_value(); }) {
            bool there = false;
            get(there);
            value.reset();
            if (there) {
                get(value.emplace());
            }
        } else if constexpr (requires { value.begin(); }) {
            const std::size_t length = get_length();
            value.clear();
            for (std::size_t i = 0; i < length; ++i) {
                get(value.emplace_back());
            }
        } else {
            decltype(to_stored(value)) stored{};
            get(stored);
            from_stored(stored, value);
        }
    }

    std::streambuf& bytes_;
    cereal::PortableBinaryInputArchive archive_;
};

// A stream over these bytes, kept per thread: making one costs more than a payload does.
template <class Stream>
Stream& stream_over(std::string bytes) {
    thread_local Stream stream;
    stream.str(std::move(bytes));
    return stream;
}

// The fields of a value as checksummed bytes, and back; the latter throws as PayloadReader does.
template <HasFields T>
std::string to_payload(const T& value) {
    auto& stream = stream_over<std::ostringstream>({});
    PayloadWriter writer(stream);
    T::each_field(writer, value);
    return with_checksum(std::move(stream).str());
}

template <HasFields T>
T from_payload(std::string_view payload) {
    if (!checksum_fits(payload)) {
        throw PayloadFault("its checksum does not fit");
    }
    if (payload.size() == kChecksumSize) {
        throw PayloadFault("no bytes");
    }
    PayloadReader reader(stream_over<std::istringstream>(std::string(payload.substr(kChecksumSize)))
    );
    T value{};
    T::each_field(reader, value);
    reader.finish();
    return value;
}

}  // namespace bn::state
