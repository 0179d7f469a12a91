#include "tests/fakes/webpay/fake_webpay.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <mutex>
#include <utility>

#include <fmt/format.h>

#include "tests/fakes/cloud/http_server.hpp"

namespace bn::testing::pay {
namespace {

constexpr std::size_t kHuge = 1 << 20;

cloud::Reply reply_with(int status, std::string type, std::string body) {
    cloud::Reply reply;
    reply.status = status;
    reply.content_type = std::move(type);
    reply.body = std::make_shared<const std::string>(std::move(body));
    return reply;
}

cloud::Reply page(int status, const std::string& text) {
    return reply_with(
        status, "text/html; charset=utf-8", "<!DOCTYPE html><p>Sample WebPay: " + text + "</p>\n"
    );
}

cloud::Reply document(std::string xml) {
    return reply_with(200, "text/xml; charset=utf-8", std::move(xml));
}

}  // namespace

std::optional<ApiFault> parse_api_fault(std::string_view name) {
    constexpr std::array<std::pair<std::string_view, ApiFault>, 10> kNames = {{
        {"hang", ApiFault::kHang},
        {"server-error", ApiFault::kServerError},
        {"unauthorized", ApiFault::kUnauthorized},
        {"garbage", ApiFault::kGarbage},
        {"forged", ApiFault::kForged},
        {"other", ApiFault::kOther},
        {"redirect", ApiFault::kRedirect},
        {"huge", ApiFault::kHuge},
        {"drop", ApiFault::kDrop},
        {"echo", ApiFault::kEcho},
    }};
    for (const auto& [known, fault] : kNames) {
        if (known == name) {
            return fault;
        }
    }
    return std::nullopt;
}

struct FakeWebpay::Impl {
    explicit Impl(const FakeWebpayOptions& wanted)
        : options(wanted),
          identity(cloud::make_tls_identity(wanted.certificate)),
          notices(wanted.notice_again, wanted.notice_timeout, wanted.notice_ca) {
        cloud::HttpServerOptions http;
        http.address = options.address;
        http.port = options.port;
        http.tls = &identity;
        server.emplace(
            http,
            [](const cloud::Request&) { return Duration::zero(); },
            [this](const cloud::Request& request) { return serve(request); }
        );
    }

    cloud::Reply serve(const cloud::Request& request) {
        const std::lock_guard lock(mutex);
        const cloud::Params params = cloud::read_params(request);
        if (request.method == "POST" && params.get("*API")) {
            return answer(params);
        }
        if (request.method == "POST") {
            return show_page(params);
        }
        return page(request.path() == "/" ? 200 : 404, "nothing is to be paid here");
    }

    cloud::Reply show_page(const cloud::Params& params) {
        std::optional<std::string> wrong = form_fault(params, options.shop);
        const Order order = order_of(params);
        const auto known = std::ranges::find(orders, order.number, &Order::number);
        if (!wrong && known != orders.end() && known->paid) {
            wrong = "this order is paid already";
        }
        if (wrong) {
            refused.push_back(*wrong);
            return page(400, *wrong);
        }
        if (known == orders.end()) {
            orders.push_back(order);
        } else {
            *known = order;
        }
        return page(200, fmt::format("order {}: {} {}", order.number, order.total, order.currency));
    }

    cloud::Reply answer(const cloud::Params& params) {
        const std::string xml = params.text("API_XML_REQUEST");
        const Question question = read_question(xml, options.shop);
        calls.push_back(question.understood ? question.transaction : std::string());
        if (faults_left > 0) {
            --faults_left;
            return spoilt(question, xml);
        }
        return document(true_answer(question));
    }

    std::string true_answer(const Question& question) const {
        if (!question.understood) {
            return refused_answer("The request is not understood");
        }
        if (!question.authorized) {
            return refused_answer("Authorization failed");
        }
        const auto found = std::ranges::find(transactions, question.transaction, &Transaction::id);
        return found == transactions.end()
                   ? refused_answer("Transaction not found")
                   : answer_about(*found, answer_signature(*found, options.shop));
    }

    cloud::Reply spoilt(const Question& question, const std::string& xml) {
        Transaction shown;
        const auto found = std::ranges::find(transactions, question.transaction, &Transaction::id);
        if (found != transactions.end()) {
            shown = *found;
        }
        cloud::Reply reply = document(true_answer(question));
        switch (fault) {
            case ApiFault::kHang:
                reply.delay = std::chrono::minutes(1);
                return reply;
            case ApiFault::kServerError:
                return page(500, "something is broken");
            case ApiFault::kUnauthorized:
                return page(401, "who are you?");
            case ApiFault::kGarbage:
                return page(200, "we are being repaired");
            case ApiFault::kForged:
                return document(answer_about(shown, std::string(32, 'a')));
            case ApiFault::kOther:
                shown.id += "1";
                return document(answer_about(shown, answer_signature(shown, options.shop)));
            case ApiFault::kRedirect:
                reply.status = 302;
                reply.headers.emplace_back("Location", "https://localhost:1/");
                return reply;
            case ApiFault::kHuge:
                return document(refused_answer(std::string(kHuge, 'x')));
            case ApiFault::kDrop:
                reply.drop = true;
                return reply;
            case ApiFault::kEcho:
                return document(refused_answer(xml));
        }
        return reply;
    }

    // The lock is held.
    void tell(const Transaction& transaction, const Payment& payment) {
        const auto order = std::ranges::find(orders, transaction.site_order_id, &Order::number);
        if (order == orders.end() || order->notify_url.empty()) {
            return;
        }
        Fields fields = notice_of(transaction, options.shop);
        if (payment.wrong_signature) {
            fields.back().second = std::string(32, 'a');
        }
        Notice notice;
        notice.url = order->notify_url;
        notice.body = encoded(fields);
        notice.transaction = transaction.id;
        notice.type = transaction.type;
        for (std::uint32_t i = 0; i < payment.copies; ++i) {
            notices.send(notice);
        }
    }

    FakeWebpayOptions options;
    cloud::TlsIdentity identity;
    Notices notices;
    std::mutex mutex;
    std::vector<Order> orders;  // guarded by mutex, as what follows
    std::vector<Transaction> transactions;
    std::vector<std::string> refused;
    std::vector<std::string> calls;
    ApiFault fault = ApiFault::kHang;
    std::uint32_t faults_left = 0;
    std::uint64_t next_id = 210'000'001;
    std::optional<cloud::HttpServer> server;  // ends first
};

FakeWebpay::FakeWebpay(const FakeWebpayOptions& options) : impl_(std::make_unique<Impl>(options)) {}

FakeWebpay::~FakeWebpay() = default;

std::string FakeWebpay::url() const {
    return fmt::format("https://localhost:{}", impl_->server->port());
}

const std::string& FakeWebpay::ca_pem() const {
    return impl_->identity.ca_pem;
}

std::vector<Order> FakeWebpay::orders() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->orders;
}

std::vector<std::string> FakeWebpay::refused_forms() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->refused;
}

std::optional<Transaction> FakeWebpay::pay(const std::string& order, const Payment& payment) {
    const std::lock_guard lock(impl_->mutex);
    const auto found = std::ranges::find(impl_->orders, order, &Order::number);
    if (found == impl_->orders.end()) {
        return std::nullopt;
    }
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    const std::uint64_t id = impl_->next_id++;
    Transaction made;
    made.id = std::to_string(id);
    made.batch_timestamp =
        std::to_string(std::chrono::duration_cast<std::chrono::seconds>(now).count());
    made.currency = payment.currency.empty() ? found->currency : payment.currency;
    made.amount = payment.amount.empty() ? found->total : payment.amount;
    made.type = payment.type;
    made.order_id = std::to_string(id + 300'000'000);
    made.site_order_id = order;
    made.rrn = std::to_string(id + 800'000'000'000);
    found->paid = found->paid || payment.type == "1" || payment.type == "4";
    impl_->transactions.push_back(made);
    impl_->tell(made, payment);
    return made;
}

bool FakeWebpay::change(const std::string& transaction, const std::string& type) {
    const std::lock_guard lock(impl_->mutex);
    const auto found = std::ranges::find(impl_->transactions, transaction, &Transaction::id);
    if (found == impl_->transactions.end()) {
        return false;
    }
    found->type = type;
    impl_->tell(*found, Payment());
    return true;
}

std::vector<Notice> FakeWebpay::notices() {
    return impl_->notices.all();
}

void FakeWebpay::set_fault(ApiFault fault, std::uint32_t times) {
    const std::lock_guard lock(impl_->mutex);
    impl_->fault = fault;
    impl_->faults_left = times;
}

std::vector<std::string> FakeWebpay::calls() {
    const std::lock_guard lock(impl_->mutex);
    return impl_->calls;
}

}  // namespace bn::testing::pay
