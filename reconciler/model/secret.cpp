#include "reconciler/model/secret.hpp"

namespace bn {

void Secret::wipe() noexcept {
    // All of the buffer: a moved-from or shrunken text leaves its bytes behind the end. The
    // volatile writes cannot be optimised away.
    text_.resize(text_.capacity());
    volatile char* bytes = text_.data();
    for (std::size_t i = 0; i < text_.size(); ++i) {
        bytes[i] = 0;
    }
    text_.clear();
}

}  // namespace bn
