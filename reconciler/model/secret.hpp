// A text that must never be shown: not printable, not comparable by accident, wiped when it dies.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>

namespace bn {

class Secret {
  public:
    Secret() = default;

    explicit Secret(std::string text) : text_(std::move(text)) {}

    Secret(const Secret&) = default;

    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { other.wipe(); }

    // Copied or moved in. Wiped first: a swap alone would leave the end of a longer text behind.
    Secret& operator=(Secret other) noexcept {
        wipe();
        text_.swap(other.text_);
        return *this;
    }

    ~Secret() { wipe(); }

    // The only way to the text. Each use is a place to check for leaks.
    [[nodiscard]] std::string_view reveal() const { return text_; }

    [[nodiscard]] bool empty() const { return text_.empty(); }

  private:
    void wipe() noexcept {
        // All of the buffer: a moved-from or shrunken text leaves its bytes behind the end. The
        // volatile writes cannot be optimised away.
        text_.resize(text_.capacity());
        volatile char* bytes = text_.data();
        for (std::size_t i = 0; i < text_.size(); ++i) {
            bytes[i] = 0;
        }
        text_.clear();
    }

    std::string text_;
};

}  // namespace bn
