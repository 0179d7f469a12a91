#include "webpay/notice.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "base/text.hpp"
#include "webpay/digest.hpp"
#include "webpay/gateway.hpp"
#include "webpay/order.hpp"

namespace bn::webpay {

namespace {

constexpr std::size_t kLongestNoticeField = 200;

std::optional<unsigned> hex_digit(char c) {
    if (c >= '0' && c <= '9') {
        return static_cast<unsigned>(c - '0');
    }
    c = static_cast<char>(static_cast<unsigned char>(c) | 0x20U);
    return c >= 'a' && c <= 'f' ? std::optional(static_cast<unsigned>(c - 'a') + 10U)
                                : std::nullopt;
}

std::optional<std::string> decoded(std::string_view text) {
    std::string out;
    out.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '%') {
            out += text[i] == '+' ? ' ' : text[i];
            continue;
        }
        const auto high = i + 2 < text.size() ? hex_digit(text[i + 1]) : std::nullopt;
        const auto low = high ? hex_digit(text[i + 2]) : std::nullopt;
        if (!low) {
            return std::nullopt;
        }
        out += static_cast<char>(*high * 16 + *low);
        i += 2;
    }
    const bool fits = out.find('\0') == std::string::npos && base::valid_utf8(out);
    return fits ? std::optional(std::move(out)) : std::nullopt;
}

Judgement paid(const Proof& proof, const PaymentState& payment) {
    const auto amount = Amount::exactly(proof.amount);
    if (!amount || amount->is_zero() || *amount != payment.due || proof.currency.empty() ||
        proof.currency != payment.currency) {
        return {Move::kTell, "another amount was paid than the payment has"};
    }
    if (proof.order_is_test != payment.test) {
        return {
            Move::kTell,
            "it was paid in WebPay's test environment, and the method is not set to it, "
            "or the other way round"};
    }
    const bool waits = payment.status == kNewPayment || payment.status == kInPayment;
    if (waits && (payment.settled_before || payment.given_back)) {
        return {
            Move::kTell,
            payment.given_back
                ? "the money of this transaction was given back; the payment stays as it is"
                : "this transaction settled the payment before, and the panel has it as unpaid "
                  "again"};
    }
    if (waits && !proof.one_reading) {
        return {
            Move::kTell,
            "WebPay's notice has no bank reference of 12 digits, and its signature could be of "
            "another text: compare it in WebPay's cabinet"};
    }
    switch (payment.status) {
        case kNewPayment:
        case kInPayment:
            return {Move::kPay, "the payment is paid"};
        case kPaidPayment:
            if (payment.external_id == proof.transaction) {
                return {Move::kNothing, "the payment was settled with this transaction before"};
            }
            return {
                Move::kTell,
                "the payment is paid already, and WebPay took money for it with another "
                "transaction"};
        case kFraudPayment:
        case kCancelledPayment:
            return {
                Move::kTell,
                "the payment was cancelled in the panel, and WebPay took money for it"};
        default:
            return {Move::kLater, "the payment is in a state that this module does not know"};
    }
}

}  // namespace

tl::expected<FormValues, std::string> read_form(std::string_view text, FormNames only) {
    FormValues values;
    while (!text.empty()) {
        const std::string_view pair = text.substr(0, text.find('&'));
        text.remove_prefix(std::min(text.size(), pair.size() + 1));
        if (pair.empty()) {
            continue;
        }
        const std::size_t equals = std::min(pair.find('='), pair.size());
        auto name = decoded(pair.substr(0, equals));
        if (!only.empty() && (!name || std::ranges::find(only, *name) == only.end())) {
            continue;
        }
        auto value = decoded(pair.substr(std::min(equals + 1, pair.size())));
        if (!name || !value) {
            return tl::unexpected(std::string("it is not encoded as a form"));
        }
        if (!values.emplace(std::move(*name), std::move(*value)).second) {
            return tl::unexpected(std::string("it has a field twice"));
        }
    }
    return values;
}

std::string value_of(const FormValues& values, std::string_view name) {
    const auto it = values.find(name);
    return it == values.end() ? std::string() : it->second;
}

tl::expected<Notice, std::string> read_notice(std::string_view body) {
    if (body.size() > kLargestNotice) {
        return tl::unexpected(std::string("it is too long"));
    }
    Notice notice;
    const std::array<std::pair<std::string_view, std::string*>, 10> fields = {{
        {"batch_timestamp", &notice.batch_timestamp},
        {"currency_id", &notice.currency_id},
        {"amount", &notice.amount},
        {"payment_method", &notice.payment_method},
        {"order_id", &notice.order_id},
        {"site_order_id", &notice.site_order_id},
        {"transaction_id", &notice.transaction_id},
        {"payment_type", &notice.payment_type},
        {"rrn", &notice.rrn},
        {"wsb_signature", &notice.signature},
    }};
    std::array<std::string_view, fields.size()> names;
    std::ranges::transform(fields, names.begin(), [](const auto& field) { return field.first; });
    const auto values = read_form(body, names);
    if (!values) {
        return tl::unexpected(values.error());
    }
    for (const auto& [name, field] : fields) {
        *field = value_of(*values, name);
        if (field->size() > kLongestNoticeField) {
            return tl::unexpected(std::string("a field of it is too long"));
        }
    }
    if (notice.site_order_id.empty() || notice.payment_type.empty() || notice.signature.empty()) {
        return tl::unexpected(std::string("a field of it is missing"));
    }
    if (!is_transaction_id(notice.transaction_id)) {
        return tl::unexpected(std::string("it names no transaction"));
    }
    return notice;
}

bool has_one_reading(const Notice& notice) {
    constexpr std::size_t kReference = 12;
    const std::string& text = notice.rrn;
    return text.size() == kReference &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

bool signature_fits(const Notice& notice, const Secret& secret_key) {
    if (notice.signature.empty() || secret_key.empty()) {
        return false;
    }
    const std::string plain = notice.batch_timestamp + notice.currency_id + notice.amount +
                              notice.payment_method + notice.order_id + notice.site_order_id +
                              notice.transaction_id + notice.payment_type + notice.rrn;
    return same_digest(signed_digest(Digest::kMd5, plain, secret_key), notice.signature);
}

Judgement judge(const Proof& proof, const PaymentState& payment) {
    switch (outcome_of(proof.payment_type)) {
        case Outcome::kPaid:
            break;
        case Outcome::kRefused:
            return {Move::kNothing, "WebPay refused it, the payment stays as it is"};
        case Outcome::kRefund:
            return {
                Move::kTell, "WebPay gave money back or reversed it; the payment stays as it is"};
        case Outcome::kUnknown:
            return {Move::kTell, "WebPay says of it what this module does not know"};
    }
    if (!proof.order_is_ours) {
        return {Move::kTell, "WebPay took money under an order number that was not made here"};
    }
    return paid(proof, payment);
}

}  // namespace bn::webpay
