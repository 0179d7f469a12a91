// Payload bytes: what BN_FIELDS lists, written and read by cereal's portable binary archives.
// Private to state; the only header that names cereal.
//
// Enumerations are stored by name (NextMove, Ownership, UsageLevel, Wanted and DriftField: by
// number), times as milliseconds, quotas as bytes (-1 unlimited, -2 unknown). Lengths are checked
// against what is left before anything is allocated.
#pragma once

#include <algorithm>
#include <cstdint>
#include <istream>
#include <optional>
#include <ostream>
#include <stdexcept>
#include <streambuf>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <cereal/archives/portable_binary.hpp>
#include <cereal/types/string.hpp>

#include "reconciler/events/events.hpp"

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

template <StoredByNumber T>
constexpr bool is_value(T value) {
    if constexpr (std::is_same_v<T, DriftField>) {
        return std::ranges::find(kAllDriftFields, value) != std::end(kAllDriftFields);
    } else {
        return static_cast<std::size_t>(value) < kNamesOf<T>.size();
    }
}

class StringSink : public std::streambuf {
  public:
    std::string* target = nullptr;

  protected:
    std::streamsize xsputn(const char* data, std::streamsize size) override {
        target->append(data, static_cast<std::size_t>(size));
        return size;
    }

    int_type overflow(int_type c) override {
        target->push_back(static_cast<char>(c));
        return c;
    }
};

class BytesSource : public std::streambuf {
  public:
    void set(std::string_view bytes) {
        auto* begin = const_cast<char*>(bytes.data());  // streambuf's interface; never written
        setg(begin, begin, begin + bytes.size());
    }

    [[nodiscard]] std::size_t left() const { return static_cast<std::size_t>(egptr() - gptr()); }
};

class PayloadWriter {
  public:
    // Appends to `out`, which must outlive the writer. Streams are kept per thread: making one
    // costs more than writing a payload.
    explicit PayloadWriter(std::string& out) : archive_(stream_into(out)) {}

    template <class T>
    void operator()(const char*, const T& value) {
        put(value);
    }

  private:
    static std::ostream& stream_into(std::string& out) {
        thread_local StringSink sink;
        thread_local std::ostream stream(&sink);
        sink.target = &out;
        return stream;
    }

    template <class T>
    requires std::is_arithmetic_v<T>

    void put(const T& value) { archive_(value); }

    void put(const std::string& value) { archive_(value); }

    template <class Tag>
    void put(const StrongId<Tag>& id) {
        archive_(id.value);
    }

    void put(const Time& t) { put(std::int64_t{t.time_since_epoch().count()}); }

    void put(const Duration& d) { put(std::int64_t{d.count()}); }

    template <Named T>

    requires(!StoredByNumber<T>)

        void put(const T& value) {
        put(std::string(to_string(value)));
    }

    template <StoredByNumber T>
    void put(const T& value) {
        put(static_cast<std::uint8_t>(static_cast<std::uint8_t>(value) + kFirstNumber<T>));
    }

    void put(const Quota& q) {
        put(q.is_bytes() ? q.count() : std::int64_t{q.is_unlimited() ? -1 : -2});
    }

    template <class T>
    void put(const std::optional<T>& value) {
        put(value.has_value());
        if (value) {
            put(*value);
        }
    }

    template <class T>
    void put(const std::vector<T>& values) {
        put(static_cast<std::uint64_t>(values.size()));
        for (const auto& value : values) {
            put(value);
        }
    }

    template <class T>
    requires HasFields<T>

    void put(const T& value) { T::each_field(*this, value); }

    cereal::PortableBinaryOutputArchive archive_;
};

class PayloadReader {
  public:
    // `bytes` must outlive the reader. Throws PayloadFault or cereal::Exception on what does not
    // fit.
    explicit PayloadReader(std::string_view bytes) : archive_(stream_from(bytes)) {}

    template <class T>
    void operator()(const char*, T& value) {
        get(value);
    }

    // NOLINTNEXTLINE(readability-convert-member-functions-to-static): the end of this reader
    void finish() const {
        if (source().left() != 0) {
            throw PayloadFault("bytes left over");
        }
    }

  private:
    static BytesSource& source() {
        thread_local BytesSource bytes;
        return bytes;
    }

    static std::istream& stream_from(std::string_view bytes) {
        thread_local std::istream stream(&source());
        if (bytes.empty()) {
            throw PayloadFault("no bytes");
        }
        source().set(bytes);
        return stream;
    }

    template <class T>
    requires std::is_arithmetic_v<T>

    void get(T& value) { archive_(value); }

    std::size_t get_length() {
        std::uint64_t length = 0;
        get(length);
        if (length > source().left()) {
            throw PayloadFault("a length goes beyond the end");
        }
        return length;
    }

    // As cereal's own string layout: a 64-bit length, then the bytes.
    void get(std::string& value) {
        value.resize(get_length());
        archive_(cereal::binary_data(value.data(), value.size()));
    }

    void get(bool& value) {
        std::uint8_t byte = 0;
        get(byte);
        if (byte > 1) {
            throw PayloadFault("a truth value is neither 0 nor 1");
        }
        value = byte == 1;
    }

    template <class Tag>
    void get(StrongId<Tag>& id) {
        get(id.value);
    }

    std::int64_t get_int64() {
        std::int64_t value = 0;
        get(value);
        return value;
    }

    void get(Time& t) { t = Time(Duration(get_int64())); }

    void get(Duration& d) { d = Duration(get_int64()); }

    template <Named T>

    requires(!StoredByNumber<T>)

        void get(T& value) {
        std::string name;
        get(name);
        const std::optional<T> known = from_name<T>(name);
        if (!known) {
            throw PayloadFault("unknown name '" + name.substr(0, 40) + "'");
        }
        value = *known;
    }

    template <StoredByNumber T>
    void get(T& value) {
        std::uint8_t number = 0;
        get(number);
        value = static_cast<T>(static_cast<std::uint8_t>(number - kFirstNumber<T>));
        if (!is_value(value)) {
            throw PayloadFault("a number that names nothing");
        }
    }

    void get(Quota& q) {
        const auto n = get_int64();
        if (n < -2) {
            throw PayloadFault("a quota is negative");
        }
        q = n >= 0 ? Quota::bytes(n) : n == -1 ? Quota::unlimited() : Quota::unknown();
    }

    template <class T>
    void get(std::optional<T>& value) {
        bool there = false;
        get(there);
        value.reset();
        if (there) {
            get(value.emplace());
        }
    }

    template <class T>
    void get(std::vector<T>& values) {
        const auto length = get_length();
        values.clear();
        for (std::size_t i = 0; i < length; ++i) {
            get(values.emplace_back());
        }
    }

    template <class T>
    requires HasFields<T>

    void get(T& value) { T::each_field(*this, value); }

    cereal::PortableBinaryInputArchive archive_;
};

}  // namespace bn::state
