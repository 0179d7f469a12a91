// What WebPay, or whoever says that he is WebPay, sends: a notice ('n'), an answer about a
// transaction
// ('t'), an order number ('o'), an amount ('a').
#include "tests/fuzz/fuzz.hpp"
#include "webpay/amount.hpp"
#include "webpay/gateway.hpp"
#include "webpay/notice.hpp"
#include "webpay/order.hpp"

namespace bn::fuzz::payment_notice_fuzz {
namespace {

const Secret& key() {
    static const Secret kKey("key");
    return kKey;
}

void notice(std::string_view text) {
    const auto read = webpay::read_notice(text);
    if (!read) {
        demand(!read.error().empty(), "a refusal says why", text);
        return;
    }
    demand(webpay::is_transaction_id(read->transaction_id), "a notice names a transaction", text);
    webpay::Proof proof;
    proof.transaction = read->transaction_id;
    proof.payment_type = read->payment_type;
    proof.amount = read->amount;
    proof.currency = read->currency_id;
    webpay::PaymentState payment;
    payment.status = webpay::kInPayment;
    payment.due = webpay::Amount::rounded_up("50.01").value_or(webpay::Amount());
    payment.currency = "BYN";
    demand(
        webpay::judge(proof, payment).move != webpay::Move::kPay,
        "an order that is not ours pays nothing",
        text
    );
    static_cast<void>(webpay::signature_fits(*read, key()));
}

void amount(std::string_view text) {
    const auto up = webpay::Amount::rounded_up(text);
    const auto exact = webpay::Amount::exactly(text);
    demand(!exact || up == exact, "what is exact is not rounded", text);
    demand(
        !up || webpay::Amount::exactly(up->text()) == up, "an amount is read as it is written", text
    );
}

}  // namespace

BN_FUZZ_TARGET(payment_notice) {
    const std::uint8_t kind = input.byte();
    const std::string_view text = input.rest();
    if (kind == 'n') {
        notice(text);
    } else if (kind == 't') {
        const auto answer = webpay::read_gateway_answer(text);
        if (answer && answer->transaction) {
            static_cast<void>(webpay::signature_fits(*answer->transaction, key()));
        }
    } else if (kind == 'o') {
        const auto order = webpay::read_order(text);
        demand(!order || order->text() == text, "an order number is written as it was read", text);
    } else {
        amount(text);
    }
}

}  // namespace bn::fuzz::payment_notice_fuzz
