#include "tests/fakes/webpay/shop.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <sstream>

#include <fmt/format.h>
#include <openssl/evp.h>

namespace bn::testing::pay {
namespace {

std::string digest(const EVP_MD* kind, std::string_view text) {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_Digest(text.data(), text.size(), bytes.data(), &size, kind, nullptr);
    std::string out;
    for (unsigned i = 0; i < size; ++i) {
        out += fmt::format("{:02x}", bytes[i]);
    }
    return out;
}

std::optional<std::int64_t> whole_number(std::string_view text) {
    std::int64_t value = 0;
    const auto read = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool good = read.ec == std::errc() && read.ptr == text.data() + text.size();
    return good && value >= 0 && value < 1'000'000'000 ? std::optional(value) : std::nullopt;
}

// "21.9", "21.90", "21" in hundredths.
std::optional<std::int64_t> hundredths(std::string_view text) {
    const std::size_t point = text.find('.');
    const auto whole = whole_number(text.substr(0, point));
    if (!whole || point == std::string_view::npos) {
        return whole ? std::optional(*whole * 100) : std::nullopt;
    }
    const std::string_view rest = text.substr(point + 1);
    const auto part = whole_number(rest);
    if (!part || rest.size() > 2) {
        return std::nullopt;
    }
    return *whole * 100 + (rest.size() == 1 ? *part * 10 : *part);
}

// Of what is listed; nothing: it is no list of goods.
std::optional<std::int64_t> sum_of_goods(const cloud::Params& form) {
    const auto list = [&](const char* name) {
        const auto it = form.lists.find(name);
        return it == form.lists.end() ? std::vector<std::string>() : it->second;
    };
    const auto names = list("wsb_invoice_item_name");
    const auto quantities = list("wsb_invoice_item_quantity");
    const auto prices = list("wsb_invoice_item_price");
    if (names.empty() || names.size() != quantities.size() || names.size() != prices.size()) {
        return std::nullopt;
    }
    std::int64_t sum = 0;
    for (std::size_t i = 0; i < names.size(); ++i) {
        const auto quantity = whole_number(quantities[i]);
        const auto price = hundredths(prices[i]);
        if (!quantity || !price || names[i].empty()) {
            return std::nullopt;
        }
        sum += *quantity * *price;
    }
    return sum;
}

// The total that goods, tax, shipping and discount make.
std::optional<std::int64_t> right_total(const cloud::Params& form) {
    const auto goods = sum_of_goods(form);
    const auto extra = [&](const char* name) {
        const std::string text = form.text(name);
        return text.empty() ? std::optional<std::int64_t>(0) : hundredths(text);
    };
    const auto tax = extra("wsb_tax");
    const auto shipping = extra("wsb_shipping_price");
    const auto discount = extra("wsb_discount_price");
    if (!goods || !tax || !shipping || !discount) {
        return std::nullopt;
    }
    return *goods + *tax + *shipping - *discount;
}

bool is_web_address(const std::string& text) {
    return text.empty() || text.starts_with("https://") || text.starts_with("http://");
}

std::string form_signature(const cloud::Params& form, const Shop& shop) {
    std::string text;
    for (const char* name :
         {"wsb_seed", "wsb_storeid", "wsb_order_num", "wsb_test", "wsb_currency_id", "wsb_total"}) {
        text += form.text(name);
    }
    return sha1_hex(text + shop.secret_key);
}

}  // namespace

std::string md5_hex(std::string_view text) {
    return digest(EVP_md5(), text);
}

std::string sha1_hex(std::string_view text) {
    return digest(EVP_sha1(), text);
}

std::optional<std::string> form_fault(const cloud::Params& form, const Shop& shop) {
    const std::string number = form.text("wsb_order_num");
    const std::string currency = form.text("wsb_currency_id");
    const auto total = hundredths(form.text("wsb_total"));
    if (!form.get("*scart")) {
        return "*scart is missing";
    }
    if (form.text("wsb_version") != "2") {
        return "wsb_version is not 2";
    }
    if (form.text("wsb_storeid") != shop.store_id) {
        return "there is no such store";
    }
    if (number.empty() || number.size() > 64) {
        return "wsb_order_num must have 1 to 64 characters";
    }
    if (currency != "BYN" && currency != "USD" && currency != "EUR" && currency != "RUB") {
        return "wsb_currency_id is not a currency that is taken";
    }
    if (form.text("wsb_test") != (shop.test ? "1" : "0")) {
        return "wsb_test is of the other environment";
    }
    if (!total || *total == 0 || total != right_total(form)) {
        return "wsb_total is not the sum of what is listed";
    }
    for (const char* name : {"wsb_notify_url", "wsb_return_url", "wsb_cancel_return_url"}) {
        if (!is_web_address(form.text(name))) {
            return std::string(name) + " is no address";
        }
    }
    if (form.text("wsb_seed").empty() || form.text("wsb_signature") != form_signature(form, shop)) {
        return "the signature is wrong";
    }
    return std::nullopt;
}

Order order_of(const cloud::Params& form) {
    Order order;
    order.number = form.text("wsb_order_num");
    order.currency = form.text("wsb_currency_id");
    order.total = form.text("wsb_total");
    order.notify_url = form.text("wsb_notify_url");
    order.return_url = form.text("wsb_return_url");
    return order;
}

Fields notice_of(const Transaction& t, const Shop& shop) {
    const std::string text = t.batch_timestamp + t.currency + t.amount + t.method + t.order_id +
                             t.site_order_id + t.id + t.type + t.rrn + shop.secret_key;
    return {
        {"batch_timestamp", t.batch_timestamp},
        {"currency_id", t.currency},
        {"amount", t.amount},
        {"payment_method", t.method},
        {"order_id", t.order_id},
        {"site_order_id", t.site_order_id},
        {"transaction_id", t.id},
        {"payment_type", t.type},
        {"rrn", t.rrn},
        {"wsb_signature", md5_hex(text)}};
}

std::string encoded(const Fields& fields) {
    std::string out;
    for (const auto& [name, value] : fields) {
        out += (out.empty() ? "" : "&") + name + "=";
        for (const char c : value) {
            const bool plain = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
                               (c >= 'A' && c <= 'Z') || c == '-' || c == '.' || c == '_';
            out +=
                plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
        }
    }
    return out;
}

Question read_question(const std::string& xml, const Shop& shop) {
    Question question;
    pugi::xml_document document;
    const pugi::xml_node root =
        document.load_string(xml.c_str()) ? document.child("wsb_api_request") : pugi::xml_node();
    const pugi::xml_node login = root.child("authorization");
    const std::string command = root.child_value("command");
    question.transaction = root.child("fields").child_value("transaction_id");
    question.understood = command == "get_transaction" && !question.transaction.empty();
    question.authorized = login.child_value("username") == shop.api_login &&
                          login.child_value("password") == md5_hex(shop.api_password);
    return question;
}

std::string answer_signature(const Transaction& t, const Shop& shop) {
    return md5_hex(
        t.id + t.batch_timestamp + t.currency + t.amount + t.method + t.type + t.order_id + t.rrn +
        shop.secret_key
    );
}

namespace {

std::string answer_document(const char* status, const auto& fill) {
    pugi::xml_document document;
    pugi::xml_node root = document.append_child("wsb_api_response");
    root.append_child("version").text() = 1;
    root.append_child("command").text() = "get_transaction";
    root.append_child("status").text() = status;
    fill(root);
    std::ostringstream out;
    document.save(out, "", pugi::format_raw);
    return out.str();
}

}  // namespace

std::string answer_about(const Transaction& t, const std::string& signature) {
    return answer_document("success", [&](pugi::xml_node root) {
        pugi::xml_node fields = root.append_child("fields");
        const Fields all = {
            {"transaction_id", t.id},
            {"batch_timestamp", t.batch_timestamp},
            {"currency_id", t.currency},
            {"amount", t.amount},
            {"payment_method", t.method},
            {"payment_type", t.type},
            {"order_id", t.order_id},
            {"order_num", t.site_order_id},
            {"rrn", t.rrn},
            {"wsb_signature", signature}};
        for (const auto& [name, value] : all) {
            fields.append_child(name.c_str()).text() = value.c_str();
        }
    });
}

std::string refused_answer(const std::string& message) {
    return answer_document("failed", [&](pugi::xml_node root) {
        root.append_child("error").append_child("error_message").text() = message.c_str();
    });
}

}  // namespace bn::testing::pay
