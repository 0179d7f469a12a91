#include "webpay/gateway.hpp"

#include <pugixml.hpp>

#include <algorithm>
#include <array>

#include "webpay/digest.hpp"

namespace bn::webpay {

namespace {

constexpr std::size_t kLongestNumber = 32;
constexpr std::size_t kLongestField = 200;

// Of an answer; what is no field of it stays empty.
std::string field_of(const pugi::xml_node& fields, const char* name) {
    return base::clean_utf8(base::trim(fields.child_value(name)));
}

Transaction transaction_in(const pugi::xml_node& fields) {
    Transaction found;
    found.transaction_id = field_of(fields, "transaction_id");
    found.batch_timestamp = field_of(fields, "batch_timestamp");
    found.currency_id = field_of(fields, "currency_id");
    found.amount = field_of(fields, "amount");
    found.payment_method = field_of(fields, "payment_method");
    found.payment_type = field_of(fields, "payment_type");
    found.order_id = field_of(fields, "order_id");
    found.rrn = field_of(fields, "rrn");
    found.signature = field_of(fields, "wsb_signature");
    found.order_num = field_of(fields, "order_num");
    return found;
}

bool too_long(const Transaction& found) {
    const std::array texts = {
        &found.transaction_id,
        &found.batch_timestamp,
        &found.currency_id,
        &found.amount,
        &found.payment_method,
        &found.payment_type,
        &found.order_id,
        &found.rrn,
        &found.signature,
        &found.order_num};
    return std::ranges::any_of(texts, [](const std::string* t) {
        return t->size() > kLongestField;
    });
}

}  // namespace

bool is_transaction_id(std::string_view text) {
    return !text.empty() && text.size() <= kLongestNumber &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

Secret sent_password(const Secret& password) {
    return Secret(md5_hex(password.reveal()));
}

void fill_request(
    base::Form& form,
    std::string_view login,
    const Secret& sent_password,
    std::string_view transaction
) {
    std::string xml = R"(<?xml version="1.0" encoding="UTF-8"?><wsb_api_request>)"
                      "<command>get_transaction</command><authorization><username>";
    const std::string name = base::xml_escaped(login);
    xml.reserve(2 * xml.size() + name.size() + 200);  // never moved: a moved one is not wiped
    xml += name;
    xml += "</username><password>";
    xml += sent_password.reveal();
    xml += "</password></authorization><fields><transaction_id>";
    xml += transaction;
    xml += "</transaction_id></fields></wsb_api_request>";
    const Secret whole(std::move(xml));
    form.add("*API", "");
    form.add("API_XML_REQUEST", whole.reveal());
}

tl::expected<GatewayAnswer, std::string> read_gateway_answer(std::string_view body) {
    pugi::xml_document document;
    const pugi::xml_parse_result parsed = document.load_buffer(
        body.data(), body.size(), pugi::parse_default | pugi::parse_doctype, pugi::encoding_auto
    );
    if (!parsed) {
        return tl::unexpected(std::string(parsed.description()));
    }
    int roots = 0;
    for (const pugi::xml_node& node : document.children()) {
        if (node.type() == pugi::node_doctype) {
            return tl::unexpected(std::string("it declares a document type"));
        }
        roots += node.type() == pugi::node_element ? 1 : 0;
    }
    const pugi::xml_node root = document.child("wsb_api_response");
    if (!root || roots != 1) {
        return tl::unexpected(std::string("its root is not <wsb_api_response>"));
    }
    const std::string status = field_of(root, "status");
    if (status.empty()) {
        return tl::unexpected(std::string("it has no status"));
    }
    GatewayAnswer answer;
    answer.success = status == "success";
    if (!answer.success) {
        answer.refusal = base::one_line(field_of(root.child("error"), "error_message"));
        return answer;
    }
    const pugi::xml_node fields = root.child("fields");
    if (!fields.child("transaction_id")) {
        return answer;
    }
    answer.transaction = transaction_in(fields);
    if (too_long(*answer.transaction)) {
        return tl::unexpected(std::string("a field of it is too long"));
    }
    return answer;
}

bool signature_fits(const Transaction& transaction, const Secret& secret_key) {
    if (transaction.signature.empty() || secret_key.empty()) {
        return false;
    }
    const std::string plain = transaction.transaction_id + transaction.batch_timestamp +
                              transaction.currency_id + transaction.amount +
                              transaction.payment_method + transaction.payment_type +
                              transaction.order_id + transaction.rrn;
    return same_digest(signed_digest(Digest::kMd5, plain, secret_key), transaction.signature);
}

Outcome outcome_of(std::string_view type) {
    if (type == "1" || type == "4") {
        return Outcome::kPaid;
    }
    if (type == "2" || type == "8" || type == "12") {
        return Outcome::kRefused;
    }
    const bool refund = type == "5" || type == "7" || type == "9" || type == "11";
    return refund ? Outcome::kRefund : Outcome::kUnknown;
}

std::string_view to_string(Outcome outcome) {
    switch (outcome) {
        case Outcome::kPaid:
            return "paid";
        case Outcome::kRefused:
            return "refused";
        case Outcome::kRefund:
            return "refund";
        case Outcome::kUnknown:
            break;
    }
    return "unknown";
}

}  // namespace bn::webpay
