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

// A new key on its way to the place of the old one lies here.
std::string next_key(const std::string& key_file);

// Makes it, for the user that the old one belongs to. Throws StoreFault.
void make_next_key(const std::string& key_file);

// The file whose key has this fingerprint: `key_file`, or the next one when its rotation was
// recorded and did not come to its end. `key_file` when neither has, and for an empty fingerprint.
std::string key_in_use(const std::string& key_file, std::string_view fingerprint);

// What a rotation that was killed left: its key is the key when that was recorded, else it is
// removed. Throws StoreFault.
void settle_key(const std::string& key_file, std::string_view fingerprint);

// Makes libsodium ready; cheap after the first call. Throws StoreFault when it cannot.
void prepare_sodium();

// A text as libsodium takes bytes.
inline const unsigned char* sodium_bytes(std::string_view text) {
    return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace bn::state
