#include "pmwebpay/pages.hpp"

#include <sys/random.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include "pmnextcloud/args.hpp"
#include "webpay/gateway.hpp"
#include "webpay/order.hpp"

#include "pmwebpay/payment_file.hpp"
#include "pmwebpay/payment_panel.hpp"
#include "pmwebpay/till.hpp"

namespace bn::pmwebpay {
namespace {

using words::Language;
using words::Phrase;

constexpr Duration kBodyLimit = std::chrono::seconds(10);
constexpr Duration kPageLock = std::chrono::seconds(10);
constexpr Phrase kBackToPanel{"Back to the billing panel", "Вернуться в панель"};
constexpr Phrase kToPayment{"To the payment", "К платежу"};

struct Trouble {
    std::string_view status;
    Phrase title;
    Phrase text;
};

constexpr Trouble kNotLoggedIn{
    "403 Forbidden",
    {"You are not logged in", "Вы не вошли в панель"},
    {"Log in to the billing panel, and begin the payment there again.",
     "Войдите в панель и начните оплату заново."}};
constexpr Trouble kNoPayment{
    "404 Not Found",
    {"There is no such payment", "Такого платежа нет"},
    {"You have no such payment. Open it from the list of your payments in the billing panel.",
     "У вас нет такого платежа. Откройте его из списка платежей в панели."}};
constexpr Trouble kPaidAlready{
    "200 OK",
    {"The payment is paid already", "Платёж уже оплачен"},
    {"There is nothing more to pay for it.", "Больше ничего платить не нужно."}};
constexpr Trouble kNotPayable{
    "409 Conflict",
    {"The payment cannot be paid", "Платёж нельзя оплатить"},
    {"It was cancelled, or is looked into by the company's staff. Make a new payment in the "
     "billing "
     "panel.",
     "Он отменён или проверяется сотрудниками компании. Создайте новый платёж в панели."}};
constexpr Trouble kNotSetUp{
    "500 Internal Server Error",
    {"Payment through WebPay is not set up completely",
     "Оплата через WebPay настроена не полностью"},
    {"Nothing was paid. Choose another way to pay, or tell the company's staff.",
     "Деньги не списаны. Выберите другой способ оплаты или сообщите сотрудникам компании."}};
constexpr Trouble kBeingEntered{
    "409 Conflict",
    {"The payment is being entered", "Платёж проводится"},
    {"WebPay has confirmed it. It is shown as paid in the billing panel soon; do not pay it again.",
     "WebPay его подтвердил. Скоро он станет оплаченным в панели; не платите повторно."}};
constexpr Trouble kTryLater{
    "503 Service Unavailable",
    {"Please try again in a few minutes", "Повторите через несколько минут"},
    {"The billing panel did not answer. Nothing was paid.",
     "Панель не ответила. Деньги не списаны."}};

Page told_page(const Trouble& trouble, Language language, const std::string& link = {}) {
    Page page;
    page.status = trouble.status;
    page.body = message_page({trouble.title, trouble.text, link, kBackToPanel}, language);
    return page;
}

Page plain(std::string_view status) {
    Page page;
    page.status = status;
    page.type = "text/plain; charset=utf-8";
    page.body = page.status + "\n";
    return page;
}

std::optional<Trouble> unfit(const Payment& payment) {
    if (payment.state.status == webpay::kPaidPayment) {
        return kPaidAlready;
    }
    if (payment.state.status != webpay::kNewPayment && payment.state.status != webpay::kInPayment) {
        return kNotPayable;
    }
    const bool set_up = !payment.method.secret_key.empty() && !payment.state.currency.empty() &&
                        !payment.state.due.is_zero() && !result_page(payment.page).empty();
    return set_up ? std::nullopt : std::optional(kNotSetUp);
}

webpay::Checkout checkout_of(
    const Payment& payment, const webpay::OrderNumber& order, Language language
) {
    const bool russian = language == Language::kRussian;
    webpay::Checkout checkout;
    checkout.store_id = payment.method.store_id;
    checkout.store = payment.method.store;
    checkout.order = order;
    checkout.currency = payment.state.currency;
    checkout.seed = fresh_nonce();
    checkout.total = payment.state.due;
    const std::string number = payment.number.empty() ? std::to_string(payment.id) : payment.number;
    checkout.item = payment.description.empty() ? (russian ? "Платёж " : "Payment ") + number
                                                : payment.description;
    checkout.language = russian ? "russian" : "english";
    checkout.notify_url = result_page(payment.page);
    checkout.return_url = result_page(payment.page);
    checkout.cancel_url = panel_page(payment.page, "fail", payment.id);
    return checkout;
}

// Under the payment's lock: the attempt is remembered before the form that carries it is shown.
tl::expected<webpay::OrderNumber, Trouble> new_attempt(
    const pmnextcloud::Environment& environment,
    const PaymentPanel& panel,
    Payment& payment,
    std::int64_t now
) {
    const pmnextcloud::Log& log = environment.log;
    const std::string name = "payment " + std::to_string(payment.id);
    auto file = PaymentFile::open(environment.root, payment.id, true, kPageLock);
    if (!file) {
        log.error(name + ": " + file.error());
        return tl::unexpected(kTryLater);
    }
    // A notice may have settled it while we waited.
    auto current = panel.payment(payment.id);
    if (!current) {
        log.error(name + ": " + current.error().what);
        return tl::unexpected(kTryLater);
    }
    payment = std::move(*current);
    if (const auto trouble = unfit(payment)) {
        log.warning(name + ": " + std::string(trouble->title.english));
        return tl::unexpected(*trouble);
    }
    const webpay::OrderNumber order = webpay::make_order(
        payment.id, payment.method.test, fresh_nonce(), payment.method.secret_key
    );
    Memory& memory = file->memory;
    if (!memory.paying.empty()) {
        return tl::unexpected(kBeingEntered);
    }
    memory.orders.push_back(order.text());
    if (memory.orders.size() > kMostOrders) {
        memory.orders.erase(memory.orders.begin());
    }
    memory.page = payment.page;
    // A new attempt is waited for, and told of, as the first was.
    memory.begun = now;
    std::erase(memory.told, "silence");
    if (memory.settled == kEndedOtherwise) {
        memory.settled.clear();
    }
    if (!file->save()) {
        log.error(name + ": its file cannot be written");
        return tl::unexpected(kTryLater);
    }
    if (payment.state.status != webpay::kInPayment) {
        if (const auto done = panel.set_in_payment(payment.id, order.text()); !done) {
            log.error(name + ": " + done.error().what);
            return tl::unexpected(kTryLater);
        }
    }
    log.info(name + ": its form is shown, order " + order.text());
    return order;
}

Page form_page(const Payment& payment, const webpay::OrderNumber& order, Language language) {
    PayForm form;
    form.action = payment.method.test ? webpay::kTestPage : webpay::kPage;
    form.fields =
        webpay::form_fields(checkout_of(payment, order, language), payment.method.secret_key);
    form.number = payment.number.empty() ? std::to_string(payment.id) : payment.number;
    form.amount = payment.state.due.text() + " " + payment.state.currency;
    form.test = payment.method.test;
    form.back = payment.page;
    Page page;
    page.body = pay_page(form, language);
    return page;
}

}  // namespace

std::string fresh_nonce() {
    constexpr std::string_view kDigits = "0123456789abcdefghjkmnpqrstvwxyz";  // 32 of them
    std::array<unsigned char, 20> bytes{};
    std::size_t have = 0;
    while (have < bytes.size()) {
        const ssize_t n = ::getrandom(bytes.data() + have, bytes.size() - have, 0);
        if (n < 0 && errno != EINTR) {
            throw std::runtime_error("getrandom failed");
        }
        have += n > 0 ? static_cast<std::size_t>(n) : 0;
    }
    std::string nonce;
    for (const unsigned char byte : bytes) {
        nonce += kDigits[byte % kDigits.size()];
    }
    return nonce;
}

Page payment_page(
    const pmnextcloud::Environment& environment, const CgiRequest& request, std::int64_t now
) {
    const pmnextcloud::Log& log = environment.log;
    if (environment.do_nothing) {
        return told_page(kTryLater, request.language);  // a copy of a panel takes no money
    }
    const PaymentPanel panel(environment.root);
    const auto id = pmnextcloud::parse_id(webpay::value_of(request.query, "elid"));
    if (!id) {
        return told_page(kNoPayment, request.language);
    }
    if (request.session.empty()) {
        return told_page(kNotLoggedIn, request.language);
    }
    const auto user = panel.user_of(request.session);
    if (!user) {
        log.warning("payment " + std::to_string(*id) + ": " + user.error().what);
        return told_page(user.error().missing ? kNotLoggedIn : kTryLater, request.language);
    }
    auto payment = panel.payment(*id);
    if (!payment && !payment.error().missing) {
        log.error("payment " + std::to_string(*id) + ": " + payment.error().what);
        return told_page(kTryLater, request.language);
    }
    // Somebody else's is answered like one that is not there.
    if (!payment || payment->user != *user || !payment->is_ours()) {
        log.warning(
            "payment " + std::to_string(*id) + " is not one of user " + std::to_string(*user) +
            " by this method; nothing is shown"
        );
        return told_page(kNoPayment, request.language);
    }
    const auto order = new_attempt(environment, panel, *payment, now);
    return order ? form_page(*payment, *order, request.language)
                 : told_page(order.error(), request.language, payment->page);
}

Page notice_page(const pmnextcloud::Environment& environment, const CgiRequest& request, int fd) {
    if (environment.do_nothing) {
        environment.log.info("a notice came, and etc/billmgr.DoNothing exists: WebPay repeats it");
        return plain("503 Service Unavailable");
    }
    if (request.length == 0 || request.length > webpay::kLargestNotice) {
        environment.log.warning("a notice has no length, or is too long; it is not read");
        return plain("413 Content Too Large");
    }
    const auto body = pmnextcloud::read_input(fd, kBodyLimit, request.length);
    if (!body || body->size() != request.length) {
        environment.log.warning("a notice is cut off; nothing is done");
        return plain("400 Bad Request");
    }
    const auto notice = webpay::read_notice(*body);
    if (!notice) {
        environment.log.warning("a notice cannot be read: " + notice.error());
        return plain("400 Bad Request");
    }
    const PaymentPanel panel(environment.root);
    return plain(http_status(Till(environment, panel).take(*notice)));
}

Page return_page(const pmnextcloud::Environment& environment, const CgiRequest& request) {
    const std::string number = webpay::value_of(request.query, "wsb_order_num");
    const std::string transaction = webpay::value_of(request.query, "wsb_tid");
    const auto order = webpay::read_order(number);
    if (!order) {
        return told_page(kNoPayment, request.language);
    }
    auto file = PaymentFile::open(environment.root, order->payment, false, kPageLock);
    if (!file) {
        return told_page(file.error().empty() ? kNoPayment : kTryLater, request.language);
    }
    Memory& memory = file->memory;
    if (std::ranges::find(memory.orders, number) == memory.orders.end()) {
        return told_page(kNoPayment, request.language);
    }
    if (webpay::is_transaction_id(transaction)) {
        remember_hint(memory, transaction);
        if (!file->save()) {
            environment.log.error(
                "payment " + std::to_string(order->payment) + ": its file cannot be written"
            );
        }
    }
    const bool settled = !memory.settled.empty() && memory.settled != kEndedOtherwise;
    Page page;
    page.location = panel_page(memory.page, settled ? "success" : "pending", order->payment);
    page.status = page.location.empty() ? "200 OK" : "302 Found";
    const Message message{
        {"Thank you", "Спасибо"},
        {"The payment is shown as paid in the billing panel when WebPay has confirmed it.",
         "Платёж станет оплаченным в панели, когда WebPay его подтвердит."},
        page.location,
        kToPayment};
    page.body = message_page(message, request.language);
    return page;
}

}  // namespace bn::pmwebpay
