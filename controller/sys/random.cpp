#include "controller/sys/random.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <mutex>
#include <ranges>
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
constexpr std::string_view kKinds[] = {kUpper, kLower, kDigits, kSpecials};
constexpr std::size_t kShortestPassword = 12;

void need_sodium() {
    // Idempotent and thread-safe; fails only where there is no source of randomness at all.
    if (sodium_init() < 0) {
        throw std::runtime_error("the system has no source of randomness (libsodium)");
    }
}

__extension__ using IdBits = unsigned __int128;

std::string base32(IdBits bits) {
    constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    std::string text(26, '0');
    for (char& digit : std::views::reverse(text)) {
        digit = kAlphabet[static_cast<std::size_t>(bits & 31U)];
        bits >>= 5U;
    }
    return text;
}

}  // namespace

Secret random_key(std::size_t bytes) {
    need_sodium();
    std::string raw(bytes, '\0');
    randombytes_buf(raw.data(), raw.size());
    std::string digits(2 * bytes + 1, '\0');
    sodium_bin2hex(
        digits.data(),
        digits.size(),
        // NOLINTNEXTLINE(cppcoreguidelines-pro-type-reinterpret-cast)
        reinterpret_cast<const unsigned char*>(raw.data()),
        raw.size()
    );
    sodium_memzero(raw.data(), raw.size());
    digits.pop_back();
    return Secret(std::move(digits));
}

Secret random_password(std::size_t length) {
    need_sodium();
    std::string alphabet;
    for (const std::string_view kind : kKinds) {
        alphabet += kind;
    }
    std::string text(std::max(length, kShortestPassword), ' ');
    const auto has_one_of = [&text](std::string_view kind) {
        return text.find_first_of(kind) != std::string::npos;
    };
    // Drawing again as a whole, instead of placing one of each kind, keeps every text equally
    // probable. A service's password must not begin with a special: some forms trim it.
    do {
        for (char& c : text) {
            c = alphabet[randombytes_uniform(static_cast<std::uint32_t>(alphabet.size()))];
        }
    } while (!std::ranges::all_of(kKinds, has_one_of) ||
             kSpecials.find(text.front()) != std::string_view::npos);
    Secret secret(text);
    sodium_memzero(text.data(), text.size());
    return secret;
}

std::string random_id(Time now) {
    need_sodium();
    static std::mutex mutex;
    static IdBits last = 0;

    const std::lock_guard lock(mutex);
    const auto time = static_cast<std::uint64_t>(now.time_since_epoch().count()) & 0xffffffffffffU;
    if (time <= static_cast<std::uint64_t>(last >> 80U)) {
        // The same millisecond, or a clock that went back: the order of making counts.
        return base32(++last);
    }
    std::array<std::uint64_t, 2> chance{};
    randombytes_buf(chance.data(), sizeof chance);
    chance[0] &= 0x7fffU;  // 79 bits: room to count up within the millisecond
    last = IdBits{time} << 80U | IdBits{chance[0]} << 64U | chance[1];
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
