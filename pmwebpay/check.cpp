#include "pmwebpay/check.hpp"

#include <algorithm>
#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "protocol/request.hpp"
#include "webpay/gateway.hpp"

#include "pmwebpay/payment_file.hpp"
#include "pmwebpay/payment_panel.hpp"
#include "pmwebpay/till.hpp"

namespace bn::pmwebpay {
namespace {

using protocol::text_of;

constexpr Duration kLookLimit = std::chrono::seconds(12);
// WebPay repeats a notice for 30 days. A settled payment's file is kept longer, so that a repeated
// one is recognised.
constexpr std::int64_t kDay = std::int64_t{24} * 3600;
constexpr std::int64_t kKept = 60 * kDay;
constexpr std::int64_t kLookedUp = 35 * kDay;

class Check {
  public:
    Check(const pmnextcloud::Environment& environment, std::int64_t now)
        : environment_(environment),
          panel_(environment.root),
          till_(environment, panel_),
          now_(now) {}

    void look_at(std::uint32_t id, CheckResult& result) {
        // Whoever holds the lock sees to the payment himself.
        auto file = PaymentFile::open(environment_.root, id, false, Duration{0});
        if (!file) {
            return;
        }
        Memory& memory = file->memory;
        if (!memory.settled.empty()) {
            if (now_ - memory.begun > kKept) {
                file->remove();
            }
            return;
        }
        const auto payment = panel_.payment(id);
        if (!payment && !payment.error().missing) {
            environment_.log.error("payment " + std::to_string(id) + ": " + payment.error().what);
            return;
        }
        if (!payment || !payment->is_ours() || is_ended(payment->state.status)) {
            // Money may have come for one that was cancelled, and its notice be lost.
            const bool cancelled =
                payment && payment->is_ours() && payment->state.status != webpay::kPaidPayment;
            if (!cancelled || !may_be_looked_up(memory, *payment)) {
                end(*file, payment ? &*payment : nullptr);
                return;
            }
            look_up(*file, *payment);
            return;
        }
        ++result.waiting;
        result.settled += look_up(*file, *payment) ? 1 : 0;
        if (memory.settled.empty()) {
            tell_silence(*file, *payment);
        }
        if (memory.settled.empty() && !memory.told.empty() && now_ - memory.begun > kLookedUp) {
            // Told, and WebPay repeats nothing any more; a new form begins anew.
            end(*file, nullptr);
        }
    }

  private:
    static bool is_ended(std::uint32_t status) {
        return status == webpay::kPaidPayment || status == webpay::kFraudPayment ||
               status == webpay::kCancelledPayment;
    }

    static void end(PaymentFile& file, const Payment* payment) {
        Memory& memory = file.memory;
        const bool ours = payment != nullptr && payment->is_ours() && !memory.paying.empty() &&
                          payment->state.status == webpay::kPaidPayment;
        memory.settled = ours ? std::exchange(memory.paying, "") : std::string(kEndedOtherwise);
        static_cast<void>(file.save());
    }

    // A signed notice named the first, the panel the second, clients the others.
    static std::vector<std::string> transactions_of(const Memory& memory, const Payment& payment) {
        std::vector<std::string> all;
        for (const std::string& one : {memory.paying, payment.state.external_id}) {
            if (webpay::is_transaction_id(one)) {
                all.push_back(one);
            }
        }
        for (const std::string& hint : memory.hints) {
            if (std::ranges::find(all, hint) == all.end()) {
                all.push_back(hint);
            }
        }
        return all;
    }

    [[nodiscard]] bool may_be_looked_up(const Memory& memory, const Payment& payment) const {
        return !payment.method.api_login.empty() && now_ - memory.begun <= kLookedUp &&
               memory.told.empty() && !transactions_of(memory, payment).empty();
    }

    // True: it is settled now.
    bool look_up(PaymentFile& file, const Payment& payment) {
        if (payment.method.api_login.empty() || now_ - file.memory.begun > kLookedUp) {
            return false;
        }
        for (const std::string& hint : transactions_of(file.memory, payment)) {
            const std::string name =
                "payment " + std::to_string(payment.id) + ", transaction " + hint + ": ";
            const auto answer = ask(payment, hint);
            if (!answer) {
                environment_.log.warning(name + "it cannot be looked up: " + answer.error().text());
                continue;
            }
            const auto found = answer->find("found");
            const auto fits = answer->find("signature_ok");
            if (found == answer->end() || *found != true) {
                environment_.log.info(name + "WebPay does not say that there is one");
                continue;
            }
            if (fits == answer->end() || *fits != true ||
                text_of(*answer, "transaction_id") != hint) {
                environment_.log.warning(name + "WebPay's answer is not signed with our key");
                continue;
            }
            if (judge(file, payment, *answer)) {
                return true;
            }
        }
        return false;
    }

    [[nodiscard]] tl::expected<nlohmann::json, pmnextcloud::Failure> ask(
        const Payment& payment, const std::string& transaction
    ) const {
        protocol::Request request("payment.transaction");
        request.test = payment.method.test;
        request.login = payment.method.api_login;
        request.password = payment.method.api_password;
        request.secret = payment.method.secret_key;
        request.transaction = transaction;
        return environment_.ask(std::move(request), kLookLimit);
    }

    // Only WebPay's answer says for which order the money was: the number came from the client.
    bool judge(PaymentFile& file, const Payment& payment, const nlohmann::json& answer) {
        Claim claim;
        claim.order = text_of(answer, "order_num");
        claim.proof.transaction = text_of(answer, "transaction_id");
        claim.proof.payment_type = text_of(answer, "payment_type");
        claim.proof.amount = text_of(answer, "amount");
        claim.proof.currency = text_of(answer, "currency_id");
        claim.proof.one_reading = true;  // it came in fields, from WebPay itself
        const webpay::Outcome outcome = webpay::outcome_of(claim.proof.payment_type);
        if (outcome == webpay::Outcome::kRefused) {
            std::erase(file.memory.hints, claim.proof.transaction);
            static_cast<void>(file.save());
        }
        if (outcome != webpay::Outcome::kPaid) {
            return false;  // another attempt may still be paid
        }
        if (!claim.order.empty()) {
            const auto order = webpay::read_order(claim.order);
            if (!order || order->payment != payment.id) {
                environment_.log.warning(
                    "payment " + std::to_string(payment.id) +
                    ": the client's return named a transaction of another order; nothing is done"
                );
                return false;
            }
            return till_.settle(file, payment, std::move(claim)) == Taken::kSettled &&
                   !file.memory.settled.empty();
        }
        const std::string mark = claim.proof.transaction + ":seen";
        static_cast<void>(till_.tell(
            file,
            payment,
            claim,
            mark,
            "the client's return named a transaction that is paid, and WebPay does not say for "
            "which order: compare it in WebPay's cabinet"
        ));
        return false;
    }

    void tell_silence(PaymentFile& file, const Payment& payment) {
        if (now_ - file.memory.begun < kSilence || !file.memory.told.empty()) {
            return;
        }
        Claim claim;
        claim.proof.transaction = file.memory.paying;
        static_cast<void>(till_.tell(
            file,
            payment,
            claim,
            "silence",
            file.memory.paying.empty()
                ? "the client went to WebPay to pay, and nothing was heard of it for 30 minutes: "
                  "it is unpaid, or a notice was lost; look into WebPay's cabinet"
                : "WebPay took the money, and whether the panel has settled the payment is not "
                  "known for 30 minutes: look into WebPay's cabinet, and settle it in the panel"
        ));
    }

    const pmnextcloud::Environment& environment_;
    PaymentPanel panel_;
    Till till_;
    std::int64_t now_;
};

}  // namespace

CheckResult check_payments(const pmnextcloud::Environment& environment, std::int64_t now) {
    CheckResult result;
    Check check(environment, now);
    for (const std::uint32_t id : known_payments(environment.root)) {
        check.look_at(id, result);
    }
    return result;
}

}  // namespace bn::pmwebpay
