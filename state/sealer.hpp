// Seals passwords with the store's key (XChaCha20-Poly1305, bound to their reference). Private to
// state. Usable from any thread after construction.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "reconciler/model/secret.hpp"

namespace bn::state {

class Sealer {
  public:
    // Reads the key file; with `create`, makes it first when it is missing (0600, from the kernel's
    // random numbers). Refuses a file that others may read. Throws StoreFault.
    Sealer(const std::string& key_file, bool create);
    Sealer(const Sealer&) = delete;
    Sealer& operator=(const Sealer&) = delete;
    ~Sealer();

    // Tells keys apart without telling anything about them.
    [[nodiscard]] std::string fingerprint() const;

    [[nodiscard]] std::string seal(std::string_view ref, const Secret& secret) const;
    // Throws StoreFault when the key is another one or the bytes are damaged.
    [[nodiscard]] Secret open(std::string_view ref, std::string_view sealed) const;

  private:
    std::array<unsigned char, 32> key_{};
};

// Makes libsodium ready; cheap after the first call. Throws StoreFault when it cannot.
void prepare_sodium();

// A text as libsodium takes bytes.
inline const unsigned char* sodium_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace bn::state
