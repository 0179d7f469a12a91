#include <algorithm>
#include <cstddef>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <vector>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "controller/logging/logging.hpp"

namespace bn::controller {
namespace {

constexpr std::string_view kMask = "********";
constexpr std::size_t kShortest = 4;

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
    std::string out = base::percent_encoded(text);
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
    const std::string_view text = secret.reveal();
    if (text.empty()) {
        return;
    }
    const std::unique_lock lock(impl_->mutex);
    impl_->insert(std::string(text));
    impl_->insert(json_escaped(text));
    impl_->insert(base::percent_encoded(text));
    impl_->insert(base::percent_encoded(text, base::Hex::kLower));
    impl_->insert(form_encoded(text));
    impl_->insert(base::to_base64(text));
    if (!login.empty()) {
        const std::string pair = std::string(login) + ":" + std::string(text);
        impl_->insert(base::to_base64(pair));
        impl_->insert(base::to_base64(pair, base::Base64::kUrlSafe));
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
