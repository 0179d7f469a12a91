#include <algorithm>
#include <cstddef>
#include <functional>
#include <iterator>

#include "base/codec.hpp"
#include "base/text.hpp"
#include "controller/logging/logging.hpp"

namespace bn::controller {
namespace {

constexpr std::string_view kMask = "********";
constexpr std::size_t kShortest = 4;

std::string json_escaped(std::string_view text) {
    std::string out(text);
    base::replace_all(out, "\\", "\\\\");
    base::replace_all(out, "\"", "\\\"");
    return out;
}

std::string form_encoded(std::string_view text) {
    std::string out = base::percent_encoded(text);
    base::replace_all(out, "%20", "+");
    return out;
}

}  // namespace

void SecretRegistry::insert(std::string text) {
    if (text.size() >= kShortest && std::ranges::find(spellings_, text) == spellings_.end()) {
        const auto at = std::ranges::upper_bound(
            spellings_, text.size(), std::ranges::greater(), std::ranges::size
        );
        spellings_.insert(at, std::move(text));
    }
}

void SecretRegistry::add(const Secret& secret, std::string_view login) {
    const std::string_view text = secret.reveal();
    if (text.empty()) {
        return;
    }
    const std::unique_lock lock(mutex_);
    insert(std::string(text));
    insert(json_escaped(text));
    insert(base::percent_encoded(text));
    insert(base::percent_encoded(text, base::Hex::kLower));
    insert(form_encoded(text));
    insert(base::to_base64(text));
    if (!login.empty()) {
        const std::string pair = std::string(login) + ":" + std::string(text);
        insert(base::to_base64(pair));
        insert(base::to_base64(pair, base::Base64::kUrlSafe));
    }
}

std::string SecretRegistry::mask(std::string_view text) const {
    std::string out(text);
    const std::shared_lock lock(mutex_);
    for (const auto& spelling : spellings_) {
        base::replace_all(out, spelling, kMask);
    }
    return out;
}

}  // namespace bn::controller
