// The sample WebPay on loopback: a page that a client is sent to with a form, notices to the shop
// of what became of its orders, and get_transaction; all at one address, over real HTTPS. It fails
// on demand. Who pays, and how that ends, is said by `pay`.
//
// Serves from the constructor to the destructor. All members may be called from any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "tests/fakes/cloud/tls_identity.hpp"
#include "tests/fakes/webpay/notices.hpp"
#include "tests/fakes/webpay/shop.hpp"

namespace bn::testing::pay {

struct FakeWebpayOptions {
    Shop shop;
    cloud::Certificate certificate = cloud::Certificate::kGood;
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;
    Duration notice_again = std::chrono::milliseconds(300);
    Duration notice_timeout = std::chrono::seconds(10);
    std::string notice_ca;  // file of the authority of shops with https

    FakeWebpayOptions() = default;
};

// How a payment ends. Whatever is spoilt here is properly signed, but for a signature that is.
struct Payment {
    std::string type = "1";
    std::string amount;    // empty: the order's
    std::string currency;  // empty: the order's
    bool wrong_signature = false;
    std::uint32_t copies = 1;  // of the notice; 0: the shop is told nothing

    Payment() = default;
};

enum class ApiFault {
    kHang,          // the answer comes after a minute
    kServerError,   // 500
    kUnauthorized,  // 401
    kGarbage,       // 200 and no XML
    kForged,        // the transaction with a wrong signature
    kOther,         // another transaction than was asked for
    kRedirect,      // 302 to another host
    kHuge,          // a megabyte
    kDrop,          // the connection ends
    kEcho,          // a refusal that repeats the whole request
};

std::optional<ApiFault> parse_api_fault(std::string_view name);

class FakeWebpay {
  public:
    explicit FakeWebpay(const FakeWebpayOptions& options = {});
    ~FakeWebpay();
    FakeWebpay(const FakeWebpay&) = delete;
    FakeWebpay& operator=(const FakeWebpay&) = delete;

    [[nodiscard]] std::string url() const;  // "https://localhost:PORT"
    [[nodiscard]] const std::string& ca_pem() const;

    // Those whose form was taken.
    [[nodiscard]] std::vector<Order> orders();
    // Why forms were refused, in their order.
    [[nodiscard]] std::vector<std::string> refused_forms();
    // The transaction; nothing: there is no such order.
    std::optional<Transaction> pay(const std::string& order, const Payment& payment);
    // It has become this type (a refund, say), and the shop is told. False: there is none.
    bool change(const std::string& transaction, const std::string& type);
    [[nodiscard]] std::vector<Notice> notices();

    // The next calls of the API.
    void set_fault(ApiFault fault, std::uint32_t times);
    // What they asked: a transaction's number each; empty: it was not understood.
    [[nodiscard]] std::vector<std::string> calls();

  private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace bn::testing::pay
