#include "controller/sys/random.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <stdexcept>

#include <sodium.h>

#include "base/codec.hpp"

namespace bn::controller {
namespace {

// No 0 O o 1 l I. The specials need no quoting in XML, JSON, URLs' userinfo or a shell's word.
constexpr std::string_view kUpper = "ABCDEFGHJKLMNPQRSTUVWXYZ";
constexpr std::string_view kLower = "abcdefghijkmnpqrstuvwxyz";
constexpr std::string_view kDigits = "23456789";
constexpr std::string_view kSpecials = "-_.+=";
constexpr std::size_t kShortestPassword = 12;

void need_sodium() {
    // Idempotent and thread-safe; fails only where there is no source of randomness at all.
    if (sodium_init() < 0) {
        throw std::runtime_error("the system has no source of randomness (libsodium)");
    }
}

bool contains_one_of(std::string_view text, std::string_view set) {
    return text.find_first_of(set) != std::string_view::npos;
}

using IdBytes = std::array<std::uint8_t, 16>;

std::string base32(const IdBytes& bytes) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string text(26, '0');
    // 128 bits are read as 130 with two leading zero bits.
    for (std::size_t i = 0; i < text.size(); ++i) {
        unsigned value = 0;
        for (std::size_t b = 0; b < 5; ++b) {
            const std::size_t bit = i * 5 + b;
            const unsigned byte = bit < 2 ? 0u : bytes[(bit - 2) / 8];
            const unsigned set = bit < 2 ? 0u : (byte >> (7u - (bit - 2) % 8)) & 1u;
            value = value << 1u | set;
        }
        text[i] = kAlphabet[value];
    }
    return text;
}

void increment_random_part(IdBytes& bytes) {
    for (std::size_t i = bytes.size(); i > 6; --i) {
        if (++bytes[i - 1] != 0) {
            return;
        }
    }
}

}  // namespace

Secret random_password(std::size_t length) {
    need_sodium();
    const std::string alphabet =
        std::string(kUpper) + std::string(kLower) + std::string(kDigits) + std::string(kSpecials);
    std::string text(std::max(length, kShortestPassword), ' ');
    // Drawing again as a whole, instead of placing one of each kind, keeps every text equally
    // probable. A service's password must not begin with a special: some forms trim it.
    do {
        for (char& c : text) {
            c = alphabet[randombytes_uniform(static_cast<std::uint32_t>(alphabet.size()))];
        }
    } while (!contains_one_of(text, kUpper) || !contains_one_of(text, kLower) ||
             !contains_one_of(text, kDigits) || !contains_one_of(text, kSpecials) ||
             kSpecials.find(text.front()) != std::string_view::npos);
    Secret secret(text);
    sodium_memzero(text.data(), text.size());
    return secret;
}

std::string random_id(Time now) {
    need_sodium();
    static std::mutex mutex;
    static std::uint64_t last_time = 0;
    static IdBytes last{};

    const std::lock_guard lock(mutex);
    const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count()) & 0xffffffffffffU;
    if (time <= last_time) {
        // The same millisecond, or a clock that went back: the order of making counts.
        increment_random_part(last);
        return base32(last);
    }
    last_time = time;
    for (std::size_t i = 0; i < 6; ++i) {
        last[i] = static_cast<std::uint8_t>(time >> (40 - 8 * i));
    }
    randombytes_buf(last.data() + 6, last.size() - 6);
    last[6] &= 0x7f;  // room to count up within the millisecond
    return base32(last);
}

double random_share() {
    need_sodium();
    std::uint64_t bits = 0;
    randombytes_buf(&bits, sizeof bits);
    return static_cast<double>(bits >> 11) * 0x1p-53;
}

std::string checksum(std::string_view text) {
    need_sodium();
    std::array<unsigned char, crypto_generichash_BYTES> hash{};
    crypto_generichash(
        hash.data(),
        hash.size(),
        reinterpret_cast<const unsigned char*>(text.data()),
        text.size(),
        nullptr,
        0
    );
    return base::to_hex({reinterpret_cast<const char*>(hash.data()), hash.size()});
}

}  // namespace bn::controller
