#include "tests/fakes/webpay/control.hpp"

#include <cstdlib>
#include <memory>
#include <string>

#include <nlohmann/json.hpp>

namespace bn::testing::pay {
namespace {

using PayJson = nlohmann::json;

struct Told {
    int status = 200;
    PayJson json;
};

std::uint32_t number_of(const cloud::Params& params, const char* name, std::uint32_t fallback) {
    const auto text = params.get(name);
    return text ? static_cast<std::uint32_t>(std::strtoul(text->c_str(), nullptr, 10)) : fallback;
}

Told pay(FakeWebpay& webpay, const cloud::Params& params) {
    Payment payment;
    payment.type = params.get("type").value_or("1");
    payment.amount = params.text("amount");
    payment.currency = params.text("currency");
    payment.wrong_signature = params.text("signature") == "wrong";
    payment.copies = number_of(params, "copies", 1);
    const std::string order = params.text("order");
    const auto made = webpay.pay(order, payment);
    if (!made) {
        return {400, "there is no such order"};
    }
    // Where the client's browser goes now.
    std::string back;
    for (const Order& known : webpay.orders()) {
        if (known.number == order && !known.return_url.empty()) {
            const char mark = known.return_url.find('?') == std::string::npos ? '?' : '&';
            back = known.return_url + mark +
                   encoded({{"wsb_order_num", order}, {"wsb_tid", made->id}});
        }
    }
    return {200, {{"transaction", made->id}, {"return_url", back}}};
}

PayJson orders(FakeWebpay& webpay) {
    PayJson list = PayJson::array();
    for (const Order& order : webpay.orders()) {
        list.push_back(
            {{"order", order.number},
             {"currency", order.currency},
             {"total", order.total},
             {"notify_url", order.notify_url},
             {"return_url", order.return_url},
             {"paid", order.paid}}
        );
    }
    return list;
}

PayJson notices(FakeWebpay& webpay) {
    PayJson list = PayJson::array();
    for (const Notice& notice : webpay.notices()) {
        list.push_back(
            {{"transaction", notice.transaction},
             {"type", notice.type},
             {"tries", notice.tries},
             {"status", notice.status},
             {"taken", notice.taken},
             {"said", notice.said}}
        );
    }
    return list;
}

Told set_fault(FakeWebpay& webpay, const cloud::Params& params) {
    const auto fault = parse_api_fault(params.text("kind"));
    if (!fault) {
        return {400, "there is no such fault"};
    }
    webpay.set_fault(*fault, number_of(params, "times", 1));
    return {200, "ok"};
}

Told change(FakeWebpay& webpay, const cloud::Params& params) {
    const bool done = webpay.change(params.text("transaction"), params.text("type"));
    return done ? Told{200, "ok"} : Told{400, "there is no such transaction"};
}

Told work_on(FakeWebpay& webpay, std::string_view verb, const cloud::Params& params) {
    if (verb == "/pay") {
        return pay(webpay, params);
    }
    if (verb == "/change") {
        return change(webpay, params);
    }
    if (verb == "/fault") {
        return set_fault(webpay, params);
    }
    if (verb == "/orders") {
        return {200, orders(webpay)};
    }
    if (verb == "/notices") {
        return {200, notices(webpay)};
    }
    if (verb == "/calls") {
        return {200, webpay.calls()};
    }
    if (verb == "/refused") {
        return {200, webpay.refused_forms()};
    }
    return {404, "verbs: orders, notices, calls, refused, pay, change, fault"};
}

}  // namespace

cloud::Reply control(FakeWebpay& webpay, const cloud::Request& request) {
    const Told told = work_on(webpay, request.path(), cloud::read_params(request));
    cloud::Reply reply;
    reply.status = told.status;
    reply.content_type = "application/json";
    reply.body = std::make_shared<const std::string>(told.json.dump() + "\n");
    return reply;
}

}  // namespace bn::testing::pay
