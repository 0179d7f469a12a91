#include "pmwebpay/payment_panel.hpp"

#include <cerrno>
#include <chrono>
#include <cstddef>
#include <cstring>
#include <string>

#include "base/child_process.hpp"
#include "base/text.hpp"
#include "pmnextcloud/args.hpp"
#include "pmnextcloud/documents.hpp"

namespace bn::pmwebpay {
namespace {

using pmnextcloud::child_text;
using pmnextcloud::parse_id;

constexpr Duration kCallLimit = std::chrono::seconds(30);
constexpr std::size_t kKeptStderr = 2048;
constexpr std::size_t kShownName = 64;

tl::unexpected<PanelFault> fault(const std::string& what) {
    return tl::unexpected(PanelFault(what));
}

// Of several elements of that name the one with elements below it; else an empty node.
pugi::xml_node whole_child(const pugi::xml_node& of, const char* name) {
    for (const pugi::xml_node& node : of.children(name)) {
        if (node.find_child([](const pugi::xml_node& child) {
                return child.type() == pugi::node_element;
            })) {
            return node;
        }
    }
    return {};
}

Method read_method(const pugi::xml_node& node) {
    Method method;
    method.store_id = base::trim(child_text(node, "wsb_storeid"));
    method.store = base::trim(child_text(node, "wsb_store"));
    method.secret_key = Secret(child_text(node, "secret_key"));
    method.test = child_text(node, "test") == "on";
    method.api_login = base::trim(child_text(node, "api_username"));
    method.api_password = Secret(child_text(node, "api_password"));
    return method;
}

// What the panel refused with: words of the panel, cut short and in one line.
PanelFault refusal(const std::string& function, const pugi::xml_node& error) {
    const auto word = [&](const char* name) {
        return base::shortened(base::one_line(error.attribute(name).value()), kShownName);
    };
    PanelFault said(
        "the panel refused " + function + ": error " + word("type") + " of " + word("object")
    );
    said.refused = true;
    said.missing = word("type") == "missed";
    return said;
}

std::string how_it_ended(const base::ChildResult& ran) {
    using enum base::ChildEnd;
    switch (ran.end) {
        case kNotStarted:
            return std::string("it cannot be started: ") + std::strerror(ran.start_errno);
        case kTimeout:
            return "it did not end in time";
        case kTooMuch:
            return "it said too much";
        case kSignalled:
            return "it was killed by signal " + std::to_string(ran.signal_number);
        default:
            return "it ended with exit code " + std::to_string(ran.exit_code);
    }
}

}  // namespace

FromPanel<Payment> read_payment(const pugi::xml_document& document) {
    const pugi::xml_node node = document.child("doc").child("payment");
    Payment payment;
    payment.id = parse_id(child_text(node, "id")).value_or(0);
    payment.user = parse_id(child_text(node, "user_id")).value_or(0);
    if (payment.id == 0) {
        return fault("the panel's answer about a payment has no payment in it");
    }
    payment.number = child_text(node, "number");
    payment.description = child_text(node, "description");
    payment.page = base::trim(child_text(node, "manager_url"));
    payment.state.status = parse_id(child_text(node, "status")).value_or(0);
    payment.state.external_id = base::trim(child_text(node, "externalid"));
    payment.state.currency = base::trim(child_text(whole_child(node, "currency"), "iso"));
    payment.state.due =
        webpay::Amount::rounded_up(child_text(node, "paymethodamount")).value_or(webpay::Amount());
    const pugi::xml_node method = whole_child(node, "paymethod");
    payment.module = base::trim(child_text(method, "module"));
    payment.method = read_method(method);
    payment.state.test = payment.method.test;
    return payment;
}

FromPanel<pugi::xml_document> PaymentPanel::call(
    const std::string& function, const Arguments& arguments, const Secret& session
) const {
    base::ChildCommand command;
    command.argv = {root_ + "/sbin/mgrctl", "-m", "billmgr", "-o", "xml", function};
    for (const auto& [name, value] : arguments) {
        command.argv.push_back(name + "=" + value);
    }
    command.environment = {
        "SSH_CONNECTION=bill-nextcloud",
        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "HOME=/root",
        "LANG=C.UTF-8"};
    if (!session.empty()) {
        command.argv.emplace_back("-e");
        command.argv.emplace_back("auth=$BN_SESSION");
        command.environment.push_back("BN_SESSION=" + std::string(session.reveal()));
    }
    command.working_dir = root_;
    command.timeout = kCallLimit;
    command.max_stdout = pmnextcloud::kMaxDocument;
    command.max_stderr = kKeptStderr;
    const base::ChildResult ran = base::run_child(command);
    const bool ended = ran.end == base::ChildEnd::kExited || ran.end == base::ChildEnd::kLost;
    auto document = pmnextcloud::parse_document(ended ? ran.out : std::string());
    if (document) {
        if (const auto error = document->child("doc").child("error")) {
            return tl::unexpected(refusal(function, error));
        }
    }
    if (!document || ran.end != base::ChildEnd::kExited || ran.exit_code != 0) {
        return fault("mgrctl " + function + " did not answer: " + how_it_ended(ran));
    }
    return std::move(*document);
}

FromPanel<Payment> PaymentPanel::payment(std::uint32_t id) const {
    auto read =
        call("payment.info", {{"elid", std::to_string(id)}, {"lang", "en"}}).and_then(read_payment);
    if (read && read->id != id) {
        return fault("the panel answered about another payment");
    }
    return read;
}

FromPanel<void> PaymentPanel::set_in_payment(std::uint32_t id, const std::string& order) const {
    return call(
               "payment.setinpay", {{"elid", std::to_string(id)}, {"externalid", order}}
    ).map([](const pugi::xml_document&) {});
}

FromPanel<void> PaymentPanel::set_paid(
    std::uint32_t id, const std::string& transaction, const std::string& info
) const {
    return call(
               "payment.setpaid",
               {{"elid", std::to_string(id)}, {"externalid", transaction}, {"info", info}}
    ).map([](const pugi::xml_document&) {});
}

FromPanel<std::uint32_t> PaymentPanel::user_of(const Secret& session) const {
    return call("whoami", {}, session)
        .map_error([](PanelFault why) {
            why.missing = why.refused;
            return why;
        })
        .and_then([](const pugi::xml_document& document) -> FromPanel<std::uint32_t> {
            const auto user = document.child("doc").child("user");
            if (const auto id = parse_id(user.attribute("id").value())) {
                return *id;
            }
            if (const auto id = parse_id(child_text(user, "id"))) {
                return *id;
            }
            return fault("the panel's answer does not say whose session it is");
        });
}

FromPanel<void> PaymentPanel::register_problem(std::uint32_t payment, const std::string& text)
    const {
    return call(
               "problems.register",
               {{"name", "webpay_payment"},
                {"id", std::to_string(payment)},
                {"param_errormsg", text},
                {"level", "error"},
                {"sok", "ok"}}
    ).map([](const pugi::xml_document&) {});
}

}  // namespace bn::pmwebpay
