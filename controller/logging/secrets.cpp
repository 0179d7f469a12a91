#include <algorithm>
#include <cstddef>

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

void SecretRegistry::insert(std::string text) {
    if (text.size() >= kShortest && std::ranges::find(spellings_, text) == spellings_.end()) {
        const auto at = std::ranges::find_if(spellings_, [&text](const std::string& other) {
            return other.size() < text.size();
        });
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
        for (auto at = out.find(spelling); at != std::string::npos;
             at = out.find(spelling, at + kMask.size())) {
            out.replace(at, spelling.size(), kMask);
        }
    }
    return out;
}

}  // namespace bn::controller
