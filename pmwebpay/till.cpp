#include "pmwebpay/till.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "webpay/gateway.hpp"
#include "words/local_time.hpp"

namespace bn::pmwebpay {
namespace {

using webpay::Move;

constexpr Duration kLockLimit = std::chrono::seconds(20);
// How long a payment.setpaid whose end nobody saw may still be carried out by the panel.
constexpr std::int64_t kPayingLimit = 120;

std::string about(const Payment& payment, const Claim& claim) {
    std::string text = "payment " + std::to_string(payment.id);
    text += ", transaction " + (claim.proof.transaction.empty() ? "-" : claim.proof.transaction);
    return text;
}

// In both languages: which one the panel's staff reads is not known here.
std::string sentence_of(const Payment& payment, const Claim& claim, const std::string& why) {
    std::string details = " (" + about(payment, claim);
    if (!claim.proof.amount.empty()) {
        details += ", " + claim.proof.amount + " " + claim.proof.currency;
    }
    return words::told(why, words::Language::kRussian) + " / " + why + details + ")";
}

// The panel keeps one problem of a payment: the former sentences stand in it as well.
std::string problem_text(const Memory& memory) {
    std::string text = "WebPay:";
    for (const std::string& sentence : memory.said) {
        text += " " + sentence + ";";
    }
    text.pop_back();
    return text;
}

std::string order_of(const Claim& claim) {
    return claim.order.empty() ? "-" : claim.order;
}

// A payment that is paid names the transaction in `externalid`; what we recorded ourselves is
// surer.
webpay::PaymentState state_of(
    const Payment& payment, const Memory& memory, const std::string& transaction
) {
    webpay::PaymentState state = payment.state;
    const bool known = !memory.settled.empty() && memory.settled != kEndedOtherwise;
    state.settled_before = known && memory.settled == transaction;
    state.given_back = std::ranges::any_of(memory.told, [&](const std::string& mark) {
        return mark.starts_with(transaction + ":") &&
               webpay::outcome_of(mark.substr(transaction.size() + 1)) == webpay::Outcome::kRefund;
    });
    if (state.status == webpay::kPaidPayment && known) {
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
        return first.error().missing ? lost(order->payment, notice) : Taken::kLater;
    }
    if (!first->is_ours()) {
        log.warning("a notice names a payment of another method; nothing is done");
        return lost(order->payment, notice);
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
    claim.proof.one_reading = webpay::has_one_reading(notice);
    return settle(*file, *payment, std::move(claim));
}

Taken Till::settle(PaymentFile& file, const Payment& payment, Claim claim) const {
    const auto order = webpay::read_order(claim.order);
    claim.proof.order_is_test = order && order->test;
    claim.proof.order_is_ours =
        order && order->payment == payment.id &&
        (webpay::proof_fits(*order, payment.method.secret_key) ||
         std::ranges::find(file.memory.orders, claim.order) != file.memory.orders.end());
    const webpay::Judgement judged =
        webpay::judge(claim.proof, state_of(payment, file.memory, claim.proof.transaction));
    environment_.log.info(about(payment, claim) + ": " + judged.why);
    switch (judged.move) {
        case Move::kPay:
            return pay(file, payment, claim);
        case Move::kNothing:
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
    if (!claim.proof.one_reading) {
        remember_hint(file.memory, claim.proof.transaction);  // WebPay itself can be asked
    }
    const std::string mark = claim.proof.transaction + ":" + claim.proof.payment_type;
    const bool told = tell(file, payment, claim, mark, judged.why);
    return told && judged.move == Move::kTell ? Taken::kSettled : Taken::kLater;
}

Taken Till::lost(std::uint32_t id, const webpay::Notice& notice) const {
    auto file = PaymentFile::open(environment_.root, id, false, kLockLimit);
    if (file &&
        std::ranges::find(file->memory.orders, notice.site_order_id) != file->memory.orders.end()) {
        Payment payment;
        payment.id = id;
        Claim claim;
        claim.proof.transaction = notice.transaction_id;
        static_cast<void>(tell(
            *file,
            payment,
            claim,
            notice.transaction_id + ":lost",
            "a notice came for a payment that the panel does not have any more, or by another "
            "method: look into WebPay's cabinet whether money was taken"
        ));
    }
    return Taken::kUnknown;
}

Taken Till::pay(PaymentFile& file, const Payment& payment, const Claim& claim) const {
    Memory& memory = file.memory;
    // Read now: what went before may have taken minutes.
    const std::int64_t now = seconds_now();
    if (!memory.paying.empty() && now >= memory.paying_since &&
        now - memory.paying_since < kPayingLimit) {
        environment_.log.warning(
            about(payment, claim) + ": how the last try ended is not known yet"
        );
        return Taken::kLater;
    }
    memory.paying = claim.proof.transaction;
    memory.paying_since = now;
    if (!file.save()) {
        environment_.log.error(about(payment, claim) + ": its file cannot be written");
        return Taken::kLater;
    }
    const auto done =
        panel_.set_paid(payment.id, claim.proof.transaction, "WebPay " + order_of(claim));
    if (!done) {
        environment_.log.error(about(payment, claim) + ": " + done.error().what);
    }
    return after_paying(file, payment, claim, done);
}

Taken Till::after_paying(
    PaymentFile& file, const Payment& payment, const Claim& claim, const FromPanel<void>& done
) const {
    Memory& memory = file.memory;
    const std::string& transaction = claim.proof.transaction;
    const bool refused = !done && done.error().refused;
    const auto now = panel_.payment(payment.id);
    const bool paid = now && now->state.status == webpay::kPaidPayment;
    if (paid && (!refused || now->state.external_id == transaction)) {
        memory.paying.clear();
        memory.settled = transaction;
        if (!file.save()) {
            environment_.log.warning(about(payment, claim) + ": its file cannot be written");
        }
        environment_.log.info(about(payment, claim) + ": the panel has it as paid");
        return Taken::kSettled;
    }
    if (!now || !refused) {
        return Taken::kLater;
    }
    // The panel answered and did nothing: the next try need not wait for this one.
    memory.paying.clear();
    static_cast<void>(file.save());
    const bool told = tell(
        file,
        payment,
        claim,
        transaction + (paid ? ":twice" : ":refused"),
        paid ? "the payment is paid already, and WebPay took money for it with another transaction"
             : "it is paid at WebPay, and the panel refuses to settle it"
    );
    return paid && told ? Taken::kSettled : Taken::kLater;
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
    Memory& memory = file.memory;
    memory.said.push_back(sentence_of(payment, claim, why));
    const auto shown = panel_.register_problem(payment.id, problem_text(memory));
    if (!shown) {
        environment_.log.error(about(payment, claim) + ": " + shown.error().what);
        memory.said.pop_back();
        return false;
    }
    memory.told.push_back(mark);
    return file.save();
}

}  // namespace bn::pmwebpay
