#include "webpay/order.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "webpay/digest.hpp"

namespace bn::webpay {

namespace {

constexpr std::string_view kBegin = "bm";
constexpr std::size_t kProofSize = 24;
constexpr std::size_t kShortestNonce = 8;
constexpr std::size_t kLongestNonce = 24;

bool is_nonce(std::string_view text) {
    return text.size() >= kShortestNonce && text.size() <= kLongestNonce &&
           std::ranges::all_of(text, [](char c) {
               return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
           });
}

std::string attempt_text(const OrderNumber& order) {
    return std::string(kBegin) + std::to_string(order.payment) + (order.test ? "t-" : "-") +
           order.nonce;
}

std::string proof_of(const OrderNumber& order, const Secret& secret_key) {
    return hmac_sha256_hex(secret_key, "order " + attempt_text(order)).substr(0, kProofSize);
}

}  // namespace

std::string OrderNumber::text() const {
    return attempt_text(*this) + "-" + proof;
}

OrderNumber make_order(
    std::uint32_t payment, bool test, std::string_view nonce, const Secret& secret_key
) {
    OrderNumber order;
    order.payment = payment;
    order.test = test;
    order.nonce = nonce;
    order.proof = proof_of(order, secret_key);
    return order;
}

std::optional<OrderNumber> read_order(std::string_view text) {
    if (text.size() > kLongestOrder || !text.starts_with(kBegin)) {
        return std::nullopt;
    }
    text.remove_prefix(kBegin.size());
    const std::size_t first = text.find('-');
    const std::size_t second = text.find('-', first == std::string_view::npos ? first : first + 1);
    if (second == std::string_view::npos) {
        return std::nullopt;
    }
    std::string_view number = text.substr(0, first);
    std::optional<OrderNumber> found(std::in_place);
    OrderNumber& order = *found;
    order.test = number.ends_with('t');
    number.remove_suffix(order.test ? 1 : 0);
    order.payment = base::whole_number<std::uint32_t>(number).value_or(0);
    order.nonce = text.substr(first + 1, second - first - 1);
    order.proof = text.substr(second + 1);
    const bool whole = order.payment != 0 && number.front() != '0' && is_nonce(order.nonce) &&
                       order.proof.size() == kProofSize;
    if (!whole) {
        found.reset();
    }
    return found;
}

bool proof_fits(const OrderNumber& order, const Secret& secret_key) {
    return !secret_key.empty() && order.proof == base::lower_ascii(order.proof) &&
           same_digest(order.proof, proof_of(order, secret_key));
}

std::string signature_of(const Checkout& checkout, const Secret& secret_key) {
    const std::string plain = checkout.seed + checkout.store_id + checkout.order.text() +
                              (checkout.order.test ? "1" : "0") + checkout.currency +
                              checkout.total.text();
    return signed_digest(Digest::kSha1, plain, secret_key);
}

FormFields form_fields(const Checkout& checkout, const Secret& secret_key) {
    FormFields fields = {
        {"*scart", ""},
        {"wsb_version", "2"},
        {"wsb_storeid", checkout.store_id},
        {"wsb_order_num", checkout.order.text()},
        {"wsb_test", checkout.order.test ? "1" : "0"},
        {"wsb_currency_id", checkout.currency},
        {"wsb_seed", checkout.seed},
        {"wsb_language_id", checkout.language},
        {"wsb_notify_url", checkout.notify_url},
        {"wsb_return_url", checkout.return_url},
        {"wsb_cancel_return_url", checkout.cancel_url},
        {"wsb_invoice_item_name[0]", checkout.item},
        {"wsb_invoice_item_quantity[0]", "1"},
        {"wsb_invoice_item_price[0]", checkout.total.text()},
        {"wsb_total", checkout.total.text()},
        {"wsb_signature", signature_of(checkout, secret_key)}};
    if (!checkout.store.empty()) {
        fields.emplace_back("wsb_store", checkout.store);
    }
    return fields;
}

}  // namespace bn::webpay
