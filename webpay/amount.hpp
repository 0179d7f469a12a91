// An amount of money as an exact decimal with two places: never a floating-point number. Pure;
// usable from any thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bn::webpay {

class Amount {
  public:
    Amount() = default;

    // What is to be paid, from the panel's "50", "50.0100" or "50.0101": up to the next 0.01, as
    // the vendor's modules round. Nothing where it is no such number: a sign, an exponent, a comma,
    // more than 12 digits before the point.
    static std::optional<Amount> rounded_up(std::string_view text);
    // What was paid: nothing where the text is not a whole number of 0.01 either.
    static std::optional<Amount> exactly(std::string_view text);

    // "50.01", with two places always: the same bytes wherever it is shown, sent and signed.
    [[nodiscard]] std::string text() const;

    [[nodiscard]] bool is_zero() const { return hundredths_ == 0; }

    [[nodiscard]] std::int64_t hundredths() const { return hundredths_; }

    friend auto operator<=>(const Amount&, const Amount&) = default;

  private:
    explicit Amount(std::int64_t hundredths) : hundredths_(hundredths) {}

    std::int64_t hundredths_ = 0;
};

}  // namespace bn::webpay
