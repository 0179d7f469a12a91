// The digests that WebPay signs with, as lower-case hex. Pure; usable from any thread.
#pragma once

#include <string>
#include <string_view>

#include "reconciler/model/secret.hpp"

namespace bn::webpay {

std::string md5_hex(std::string_view text);
std::string sha1_hex(std::string_view text);

// As WebPay signs: the digest of a text with the secret key behind it. The joined text is wiped.
enum class Digest { kMd5, kSha1 };
std::string signed_digest(Digest digest, std::string_view plain, const Secret& secret_key);

// For what we sign ourselves.
std::string hmac_sha256_hex(const Secret& key, std::string_view text);

// In constant time for texts of one length: how long it takes tells nothing of where they differ.
// The case of letters does not matter.
bool same_digest(std::string_view one, std::string_view other);

}  // namespace bn::webpay
