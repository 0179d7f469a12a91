#include "controller/service/payment_desk.hpp"

#include <algorithm>
#include <utility>

#include <boost/asio/awaitable.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/text.hpp"
#include "controller/async.hpp"
#include "controller/at_end.hpp"
#include "controller/control/answers.hpp"
#include "controller/http/https_post.hpp"
#include "webpay/gateway.hpp"

namespace bn::controller {

namespace {

constexpr std::size_t kCallsAtATime = 4;
constexpr std::size_t kCallsAMinute = 60;
constexpr std::size_t kLongestLogin = 255;
constexpr std::size_t kLongestSaid = 300;  // cut when it is masked: no part of a secret is left

using PaymentJson = nlohmann::json;

struct Heard {
    bool reached = false;  // a gateway's words came back
    std::optional<bool> accepted;
    std::optional<webpay::Transaction> transaction;
    std::string said;

    Heard() = default;
};

Heard heard_in(const HttpsReply& reply) {
    Heard heard;
    if (reply.status != 200) {
        // It may be the word of what stands in between: nothing is concluded from it.
        heard.said = fmt::format("the payment gateway answered with status {}", reply.status);
        return heard;
    }
    auto answer = webpay::read_gateway_answer(reply.body);
    if (!answer) {
        heard.said =
            fmt::format("the payment gateway's answer cannot be understood: {}", answer.error());
        return heard;
    }
    heard.reached = true;
    if (answer->success) {
        heard.accepted = true;
        heard.transaction = std::move(answer->transaction);
    } else {
        heard.said = fmt::format("the payment gateway refuses: {}", answer->refusal);
    }
    return heard;
}

// Blocks.
Heard ask_gateway(
    const HttpsQuestion& question,
    const std::string& login,
    const Secret& password,
    const std::string& transaction
) {
    base::Form form;
    webpay::fill_request(form, login, password, transaction);
    const Result<HttpsReply> reply = https_post(question, form);
    if (reply) {
        return heard_in(*reply);
    }
    Heard heard;
    heard.said = reply.error().what;
    return heard;
}

PaymentJson known_or_null(const std::optional<bool>& flag) {
    return flag ? PaymentJson(*flag) : PaymentJson();
}

PaymentJson probe_json(const Heard& heard) {
    return {
        {"reached", heard.reached},
        {"accepted", known_or_null(heard.accepted)},
        {"said", heard.said}};
}

// Found is what the gateway shows under this very number. WebPay does not say how it answers about
// a transaction that it does not have: whatever else it says leaves it unknown.
PaymentJson transaction_json(const Heard& heard, const protocol::Request& request) {
    PaymentJson json = {{"found", nullptr}, {"signature_ok", false}, {"said", heard.said}};
    const auto& found = heard.transaction;
    if (!found) {
        if (heard.accepted == true) {
            json["said"] = "the payment gateway names no such transaction";
        }
        return json;
    }
    if (found->transaction_id != request.transaction) {
        json["said"] = "the payment gateway's answer is about another transaction";
        return json;
    }
    json["found"] = true;
    json["signature_ok"] = webpay::signature_fits(*found, request.secret);
    json["transaction_id"] = found->transaction_id;
    json["batch_timestamp"] = found->batch_timestamp;
    json["currency_id"] = found->currency_id;
    json["amount"] = found->amount;
    json["payment_method"] = found->payment_method;
    json["payment_type"] = found->payment_type;
    json["order_id"] = found->order_id;
    json["rrn"] = found->rrn;
    json["order_num"] = found->order_num;
    json["outcome"] = std::string(webpay::to_string(webpay::outcome_of(found->payment_type)));
    return json;
}

std::optional<Refusal> payment_fault(const protocol::Request& request) {
    const std::string login = request.login.value_or("");
    std::string what;
    if (!request.test) {
        what = "it is not said whether this is WebPay's test environment";
    } else if (login.empty() || request.password.empty()) {
        what = "the login or the password for the payment gateway is missing";
    } else if (login.size() > kLongestLogin || !base::is_xml_text(login)) {
        what = "the login for the payment gateway cannot be sent";
    } else if (request.verb == "payment.transaction" && !webpay::is_transaction_id(request.transaction)) {
        what = "a transaction's number is 1 to 32 digits";
    } else {
        return std::nullopt;
    }
    return Refusal("bad_request", what, "correct the settings of the payment method in the panel");
}

}  // namespace

std::string PaymentDesk::address(bool test) const {
    const std::string& configured = context_.config.webpay.gateway;
    return !configured.empty() ? configured
                               : std::string(test ? webpay::kTestGateway : webpay::kGateway);
}

std::optional<Refusal> PaymentDesk::too_much(const std::string& login) {
    const Steady now = context_.steady();
    while (!begun_.empty() && now - begun_.front() >= std::chrono::minutes(1)) {
        begun_.pop_front();
    }
    const bool busy = asking_.contains(login) || asking_.size() >= kCallsAtATime ||
                      begun_.size() >= kCallsAMinute;
    if (!busy) {
        return std::nullopt;
    }
    return Refusal(
        "controller_busy", "too many questions to the payment gateway at once", "ask again later"
    );
}

Task<std::string> PaymentDesk::answer(protocol::Request request) {
    if (auto bad = payment_fault(request)) {
        co_return refusal(*bad);
    }
    const std::string login = *request.login;
    if (auto busy = too_much(login)) {
        co_return refusal(*busy);
    }
    const bool probe = request.verb == "payment.probe";
    const Secret sent = webpay::sent_password(request.password);
    SecretRegistry told;  // a gateway may repeat what it was sent
    told.add(request.password, login);
    told.add(sent, login);
    told.add(request.secret);
    HttpsQuestion question;
    question.url = address(*request.test);
    question.ca_file = context_.config.webpay.ca_file;
    // Who asks hears that WebPay did not answer, not that nobody did.
    constexpr Duration kShortest = std::chrono::milliseconds(100);
    const Duration waits = std::max(request.wait.value_or(question.timeout), kShortest);
    question.timeout = std::min(question.timeout, waits);
    const std::string transaction = probe ? "0" : request.transaction;
    if (!threads_) {
        threads_ = make_threads(kCallsAtATime);
    }
    asking_.insert(login);
    begun_.push_back(context_.steady());
    const AtEnd done([this, login] { asking_.erase(login); });
    const auto start = [&](auto tell) {
        auto shared = std::make_shared<decltype(tell)>(std::move(tell));
        (*threads_)([question, login, sent, transaction, shared] {
            (*shared)(ask_gateway(question, login, sent, transaction));
        });
    };
    Heard heard = co_await await_callback<Heard>(start);
    heard.said = base::shortened(told.mask(heard.said), kLongestSaid);
    PaymentJson json = probe ? probe_json(heard) : transaction_json(heard, request);
    co_return encode_success(std::move(json));
}

}  // namespace bn::controller
