// The panel's crypted params: base64 of RSA PKCS#1 v1.5 with the key of the panel's PEM file.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include <tl/expected.hpp>

#include "reconciler/model/secret.hpp"

struct evp_pkey_st;

namespace bn::bm_reader {

class ParamKey {
  public:
    // The error is a sentence that names the file, without anything of its content.
    static tl::expected<ParamKey, std::string> load(const std::string& pem_file);

    // The error is a sentence without anything of the param's content.
    [[nodiscard]] tl::expected<Secret, std::string> decrypt(std::string_view base64) const;

    // Names the key without telling anything of it: SHA-256 of its public half, hexadecimal. A
    // panel keeps its key for as long as it lives: all its crypted params are made with it.
    [[nodiscard]] std::string fingerprint() const;

  private:
    struct Free {
        void operator()(evp_pkey_st* key) const;
    };

    explicit ParamKey(evp_pkey_st* key) : key_(key) {}

    std::unique_ptr<evp_pkey_st, Free> key_;
};

}  // namespace bn::bm_reader
