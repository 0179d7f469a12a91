#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "controller/logging/logging.hpp"

namespace bn::controller {
namespace {

constexpr std::string_view kMask = "********";
constexpr std::size_t kShortest = 4;

std::string percent_encoded(std::string_view text, std::string_view hex) {
    constexpr std::string_view kPlain =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";
    std::string out;
    for (const char c : text) {
        if (kPlain.find(c) != std::string_view::npos) {
            out += c;
        } else {
            const auto byte = static_cast<unsigned char>(c);
            out += '%';
            out += hex[byte >> 4u];
            out += hex[byte & 15u];
        }
    }
    return out;
}

std::string base64(std::string_view text, std::string_view alphabet) {
    std::string out;
    for (std::size_t i = 0; i < text.size(); i += 3) {
        const auto byte = [&](std::size_t at) {
            return at < text.size()
                       ? static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]))
                       : 0u;
        };
        const std::uint32_t word = byte(i) << 16u | byte(i + 1) << 8u | byte(i + 2);
        const std::size_t letters = std::min<std::size_t>(text.size() - i, 3) + 1;
        for (std::size_t k = 0; k < letters; ++k) {
            out += alphabet[word >> (18 - 6 * k) & 63u];
        }
    }
    return out;  // without padding: it is found with and without
}

std::string json_escaped(std::string_view text) {
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\') {
            out += '\\';
        }
        out += c;
    }
    return out;
}

std::string form_encoded(std::string_view text) {
    std::string out = percent_encoded(text, "0123456789ABCDEF");
    for (std::size_t at = out.find("%20"); at != std::string::npos; at = out.find("%20", at + 1)) {
        out.replace(at, 3, "+");
    }
    return out;
}

}  // namespace

struct SecretRegistry::Impl {
    mutable std::shared_mutex mutex;
    std::vector<std::string> spellings;  // longest first, so that no part of one is left

    void insert(std::string text) {
        if (text.size() < kShortest ||
            std::find(spellings.begin(), spellings.end(), text) != spellings.end()) {
            return;
        }
        const auto at = std::find_if(spellings.begin(), spellings.end(), [&](const auto& other) {
            return other.size() < text.size();
        });
        spellings.insert(at, std::move(text));
    }
};

SecretRegistry::SecretRegistry() : impl_(std::make_unique<Impl>()) {}

SecretRegistry::~SecretRegistry() = default;

void SecretRegistry::add(const Secret& secret, std::string_view login) {
    constexpr std::string_view kStandard =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    constexpr std::string_view kUrlSafe =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const std::string_view text = secret.reveal();
    if (text.empty()) {
        return;
    }
    const std::unique_lock lock(impl_->mutex);
    impl_->insert(std::string(text));
    impl_->insert(json_escaped(text));
    impl_->insert(percent_encoded(text, "0123456789ABCDEF"));
    impl_->insert(percent_encoded(text, "0123456789abcdef"));
    impl_->insert(form_encoded(text));
    impl_->insert(base64(text, kStandard));
    if (!login.empty()) {
        const std::string pair = std::string(login) + ":" + std::string(text);
        impl_->insert(base64(pair, kStandard));
        impl_->insert(base64(pair, kUrlSafe));
    }
}

std::string SecretRegistry::mask(std::string_view text) const {
    std::string out(text);
    const std::shared_lock lock(impl_->mutex);
    for (const auto& spelling : impl_->spellings) {
        for (auto at = out.find(spelling); at != std::string::npos;
             at = out.find(spelling, at + kMask.size())) {
            out.replace(at, spelling.size(), kMask);
        }
    }
    return out;
}

}  // namespace bn::controller
