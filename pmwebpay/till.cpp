#include "pmwebpay/till.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "protocol/request.hpp"
#include "webpay/gateway.hpp"
#include "words/local_time.hpp"

namespace bn::pmwebpay {
namespace {

using webpay::Move;

constexpr Duration kLockLimit = std::chrono::seconds(20);
constexpr Duration kEventLimit = std::chrono::seconds(2);
// How long a payment.setpaid whose end nobody saw may still be carried out by the panel.
constexpr std::int64_t kPayingLimit = 120;

std::string about(const Payment& payment, const Claim& claim) {
    std::string text = "payment " + std::to_string(payment.id);
    text += ", transaction " + (claim.proof.transaction.empty() ? "-" : claim.proof.transaction);
    return text;
}

// In both languages: which one the panel's staff reads is not known here.
std::string problem_text(const Payment& payment, const Claim& claim, const std::string& why) {
    std::string details = " (" + about(payment, claim);
    if (!claim.proof.amount.empty()) {
        details += ", " + claim.proof.amount + " " + claim.proof.currency;
    }
    return "WebPay: " + words::told(why, words::Language::kRussian) + " / " + why + details + ")";
}

std::string order_of(const Claim& claim) {
    return claim.order.empty() ? "-" : claim.order;
}

// A payment that is paid names the transaction in `externalid`; what we recorded ourselves is
// surer.
webpay::PaymentState state_of(const Payment& payment, const Memory& memory) {
    webpay::PaymentState state = payment.state;
    if (state.status == webpay::kPaidPayment && !memory.settled.empty()) {
        state.external_id = memory.settled;
    } else if (state.status == webpay::kPaidPayment && !memory.paying.empty()) {
        state.external_id = memory.paying;
    }
    return state;
}

}  // namespace

std::string_view http_status(Taken taken) {
    switch (taken) {
        case Taken::kSettled:
            return "200 OK";
        case Taken::kForged:
            return "403 Forbidden";
        case Taken::kUnknown:
            return "404 Not Found";
        case Taken::kLater:
            break;
    }
    return "503 Service Unavailable";
}

Taken Till::take(const webpay::Notice& notice) const {
    const pmnextcloud::Log& log = environment_.log;
    const auto order = webpay::read_order(notice.site_order_id);
    if (!order) {
        log.warning("a notice names no order of this panel; nothing is done");
        return Taken::kUnknown;
    }
    // First without the lock: who cannot sign makes no file and holds up nobody.
    const auto first = panel_.payment(order->payment);
    if (!first) {
        log.error(
            "a notice of payment " + std::to_string(order->payment) + ": " + first.error().what
        );
        return first.error().missing ? Taken::kUnknown : Taken::kLater;
    }
    if (!first->is_ours()) {
        log.warning("a notice names a payment of another method; nothing is done");
        return Taken::kUnknown;
    }
    if (!webpay::signature_fits(notice, first->method.secret_key)) {
        log.warning(
            "a notice of payment " + std::to_string(order->payment) +
            " is not signed with the secret key of its method; nothing is done"
        );
        return Taken::kForged;
    }
    auto file = PaymentFile::open(environment_.root, order->payment, true, kLockLimit);
    if (!file) {
        log.error("a notice of payment " + std::to_string(order->payment) + ": " + file.error());
        return Taken::kLater;
    }
    const auto payment = panel_.payment(order->payment);
    if (!payment) {
        log.error(
            "a notice of payment " + std::to_string(order->payment) + ": " + payment.error().what
        );
        return Taken::kLater;
    }
    Claim claim;
    claim.order = notice.site_order_id;
    claim.proof.transaction = notice.transaction_id;
    claim.proof.payment_type = notice.payment_type;
    claim.proof.amount = notice.amount;
    claim.proof.currency = notice.currency_id;
    return settle(*file, *payment, std::move(claim));
}

Taken Till::settle(PaymentFile& file, const Payment& payment, Claim claim) const {
    const auto order = webpay::read_order(claim.order);
    claim.proof.order_is_test = order && order->test;
    claim.proof.order_is_ours =
        order && order->payment == payment.id &&
        (webpay::proof_fits(*order, payment.method.secret_key) ||
         std::ranges::find(file.memory.orders, claim.order) != file.memory.orders.end());
    const webpay::Judgement judged = webpay::judge(claim.proof, state_of(payment, file.memory));
    environment_.log.info(about(payment, claim) + ": " + judged.why);
    switch (judged.move) {
        case Move::kPay:
            return pay(file, payment, claim);
        case Move::kNothing:
            report(payment, claim, judged.why);
            if (webpay::outcome_of(claim.proof.payment_type) == webpay::Outcome::kPaid &&
                file.memory.settled != claim.proof.transaction) {
                file.memory.settled = claim.proof.transaction;
                file.memory.paying.clear();
                static_cast<void>(file.save());
            }
            return Taken::kSettled;
        case Move::kTell:
        case Move::kLater:
            break;
    }
    const std::string mark = claim.proof.transaction + ":" + claim.proof.payment_type;
    const bool told = tell(file, payment, claim, mark, judged.why);
    return told && judged.move == Move::kTell ? Taken::kSettled : Taken::kLater;
}

Taken Till::pay(PaymentFile& file, const Payment& payment, const Claim& claim) const {
    Memory& memory = file.memory;
    if (!memory.paying.empty() && now_ >= memory.paying_since &&
        now_ - memory.paying_since < kPayingLimit) {
        environment_.log.warning(
            about(payment, claim) + ": how the last try ended is not known yet"
        );
        return Taken::kLater;
    }
    memory.paying = claim.proof.transaction;
    memory.paying_since = now_;
    if (!file.save()) {
        environment_.log.error(about(payment, claim) + ": its file cannot be written");
        return Taken::kLater;
    }
    const auto done =
        panel_.set_paid(payment.id, claim.proof.transaction, "WebPay " + order_of(claim));
    if (!done) {
        environment_.log.error(about(payment, claim) + ": " + done.error().what);
    }
    const auto now = panel_.payment(payment.id);
    if (now && now->state.status == webpay::kPaidPayment) {
        memory.paying.clear();
        memory.settled = claim.proof.transaction;
        if (!file.save()) {
            environment_.log.warning(about(payment, claim) + ": its file cannot be written");
        }
        environment_.log.info(about(payment, claim) + ": the panel has it as paid");
        report(payment, claim, "the payment is paid");
        return Taken::kSettled;
    }
    if (now && !done && done.error().refused) {
        // The panel answered and did nothing: the next try need not wait for this one.
        memory.paying.clear();
        const std::string mark = claim.proof.transaction + ":refused";
        static_cast<void>(file.save());
        static_cast<void>(tell(
            file, payment, claim, mark, "it is paid at WebPay, and the panel refuses to settle it"
        ));
    }
    return Taken::kLater;
}

bool Till::tell(
    PaymentFile& file,
    const Payment& payment,
    const Claim& claim,
    const std::string& mark,
    const std::string& why
) const {
    if (std::ranges::find(file.memory.told, mark) != file.memory.told.end()) {
        return true;
    }
    environment_.log.error(about(payment, claim) + ": " + why);
    const bool recorded = report(payment, claim, why);
    const auto shown = panel_.register_problem(payment.id, problem_text(payment, claim, why));
    if (!shown) {
        environment_.log.error(about(payment, claim) + ": " + shown.error().what);
    }
    if (!shown && !recorded) {
        return false;
    }
    file.memory.told.push_back(mark);
    return file.save();
}

bool Till::report(const Payment& payment, const Claim& claim, const std::string& why) const {
    static_cast<void>(payment);
    static_cast<void>(claim);
    static_cast<void>(why);
    static_cast<void>(kEventLimit);
    return false;
}

}  // namespace bn::pmwebpay
