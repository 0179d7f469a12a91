// What the payment module remembers of one payment, var/pmwebpay/<payment> under the panel's
// folder, and the lock that only one process at a time holds: notices, returns and looks of one
// payment take turns.
//
// Nothing secret is in it. It is written whole, beside the former one, and laid in its place when
// it is on the disk. Blocking; one thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <tl/expected.hpp>

#include "base/descriptor.hpp"
#include "reconciler/model/time.hpp"

namespace bn::pmwebpay {

struct Memory {
    std::vector<std::string> orders;  // order numbers that we gave it
    std::vector<std::string> hints;   // transactions that a client's return named: of no proof
    std::vector<std::string> told;    // what the staff was told, so that it is told once
    std::vector<std::string> said;    // the sentences of it
    std::string page;                 // the panel's address
    std::string paying;               // the transaction of a payment.setpaid whose end is not known
    std::int64_t paying_since = 0;    // seconds since 1970
    std::int64_t begun = 0;           // the last form
    std::string settled;              // by which transaction; "-": the panel ended it otherwise

    Memory() = default;
};

// Lines "name value"; others are passed over. Values are one line.
Memory read_memory(std::string_view text);
std::string write_memory(const Memory& memory);

std::int64_t seconds_now();  // since 1970

// Memory::settled of a payment that the panel ended by itself.
inline constexpr std::string_view kEndedOtherwise = "-";
inline constexpr std::size_t kMostHints = 10;  // the oldest are forgotten
inline constexpr std::size_t kMostOrders =
    50;  // the oldest are forgotten: an order proves itself too

void remember_hint(Memory& memory, const std::string& transaction);

class PaymentFile {
  public:
    // Waits for the lock until `limit`. With `make` false there must be a file already. The error
    // is a sentence; "" where there is none.
    static tl::expected<PaymentFile, std::string> open(
        const std::string& root, std::uint32_t payment, bool make, Duration limit
    );

    Memory memory;

    // False: it is not on the disk, and nothing may be done that relies on it.
    [[nodiscard]] bool save() const;
    // The payment is of no interest any more.
    void remove() const;

  private:
    PaymentFile(std::string path, base::Descriptor lock)
        : path_(std::move(path)), lock_(std::move(lock)) {}

    std::string path_;
    base::Descriptor lock_;
};

// The payments that have a file, in order.
std::vector<std::uint32_t> known_payments(const std::string& root);

}  // namespace bn::pmwebpay
