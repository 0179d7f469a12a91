// The panel's crypted params: base64( RSA PKCS#1 v1.5 ) with the key pair in a PEM file. Failures
// throw std::runtime_error.
#pragma once

#include <string>

namespace bn::testing {

std::string crypt_param(const std::string& pem_file, const std::string& text);
std::string decrypt_param(const std::string& pem_file, const std::string& base64);

// Writes a new RSA key pair in PEM (mode 0600).
void write_panel_key(const std::string& pem_file);

}  // namespace bn::testing
