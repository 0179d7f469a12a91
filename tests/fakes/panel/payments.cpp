#include "tests/fakes/panel/payments.hpp"

#include <pugixml.hpp>

#include <random>
#include <sstream>
#include <stdexcept>

#include <fmt/format.h>

namespace bn::testing {

namespace {

constexpr std::size_t kMoneyDigits = 4;

Id number_of(const std::optional<std::string>& text, const char* what) {
    if (!text) {
        throw std::runtime_error(what);
    }
    return static_cast<Id>(std::stoul(*text));
}

std::string xml_text(const Fields& fields) {
    pugi::xml_document document;
    pugi::xml_node doc = document.append_child("doc");
    for (const auto& [name, text] : fields) {
        doc.append_child(name.c_str()).text().set(text.c_str());
    }
    std::ostringstream out;
    document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
    return out.str();
}

Id currency_id(FakePanel& panel, const std::string& iso) {
    if (const auto id = panel.value("SELECT id FROM currency WHERE iso = " + sql_text(iso))) {
        return static_cast<Id>(std::stoul(*id));
    }
    const Id id = panel.next_id("currency");
    panel.exec(fmt::format("INSERT INTO currency (id, iso) VALUES ({}, {})", id, sql_text(iso)));
    return id;
}

Id project_id(FakePanel& panel) {
    if (const auto id = panel.value("SELECT MIN(id) FROM project")) {
        return static_cast<Id>(std::stoul(*id));
    }
    const Id id = panel.next_id("project");
    panel.exec(
        fmt::format("INSERT INTO project (id, name, active) VALUES ({}, 'Provider', 'on')", id)
    );
    return id;
}

Id subaccount_id(FakePanel& panel, Id client, Id currency) {
    const auto found = panel.value(fmt::format(
        "SELECT MIN(id) FROM subaccount WHERE account = {} AND currency = {}", client, currency
    ));
    if (found) {
        return static_cast<Id>(std::stoul(*found));
    }
    const Id project = project_id(panel);
    const Id id = panel.next_id("subaccount");
    panel.exec(fmt::format(
        "INSERT INTO subaccount (id, account, project, currency, balance) VALUES ({}, {}, {}, {}, "
        "0)",
        id,
        client,
        project,
        currency
    ));
    return id;
}

Id first_user(FakePanel& panel, Id client) {
    return number_of(
        panel.value(fmt::format("SELECT MIN(id) FROM `user` WHERE account = {}", client)),
        "the client has no user"
    );
}

std::string random_hex() {
    std::random_device random;
    return fmt::format("{:08x}{:08x}{:08x}", random(), random(), random());
}

Id add_bill_order(FakePanel& panel, Id item) {
    const Id id = panel.next_id("billorderitem");
    panel.exec(fmt::format(
        "INSERT INTO billorderitem (id, billorder, item, operation) VALUES ({0}, {0}, {1}, 'open')",
        id,
        item
    ));
    return id;
}

// The services of the order that nobody has paid for yet.
std::vector<SqlRow> waiting_items(FakePanel& panel, const std::string& bill_order) {
    return panel.rows(
        "SELECT i.id, (SELECT MIN(l.processingmodule) FROM processingmodule2pricelist l "
        "JOIN processingmodule m ON m.id = l.processingmodule AND m.active = 'on' "
        "WHERE l.pricelist = i.pricelist) AS server FROM billorderitem b JOIN item i "
        "ON i.id = b.item WHERE i.status = 1 AND i.processingmodule IS NULL AND b.billorder = " +
        bill_order
    );
}

void move_balance(FakePanel& panel, const SqlRow& payment, const char* sign) {
    panel.exec(fmt::format(
        "UPDATE subaccount SET balance = ROUND(balance {} {}, 4) WHERE id = {}",
        sign,
        payment.at("subaccountamount"),
        payment.at("subaccount")
    ));
}

}  // namespace

Id add_paymethod(FakePanel& panel, const PaymethodSpec& spec) {
    const Id currency = currency_id(panel, spec.currency);
    const Id id = panel.next_id("paymethod");
    panel.exec(fmt::format(
        "INSERT INTO paymethod (id, name, module, currency, xmlparams) VALUES ({}, {}, {}, {}, {})",
        id,
        sql_text(spec.module),
        sql_text(spec.module),
        currency,
        sql_text(xml_text(spec.settings))
    ));
    return id;
}

Id add_payment(FakePanel& panel, const PaymentSpec& spec) {
    const Id currency = number_of(
        panel.value(fmt::format("SELECT currency FROM paymethod WHERE id = {}", spec.paymethod)),
        "there is no such payment method"
    );
    const Id user = first_user(panel, spec.client);
    const Id subaccount = subaccount_id(panel, spec.client, currency);
    const std::string order =
        spec.item ? fmt::to_string(add_bill_order(panel, *spec.item)) : "NULL";
    const std::string params = xml_text(
        {{"remote_ip", "192.0.2.10"},
         {"manager_url", spec.manager_url},
         {"user_id", fmt::to_string(user)}}
    );
    const Id id = panel.next_id("payment");
    panel.exec(fmt::format(
        "INSERT INTO payment (id, subaccount, paymethod, currency, status, createdate, "
        "paymethodamount, subaccountamount, usedamount, billorder, description, randomnumber, "
        "xmlparams) VALUES ({}, {}, {}, {}, 1, CURRENT_TIMESTAMP, {}, {}, 0, {}, {}, {}, {})",
        id,
        subaccount,
        spec.paymethod,
        currency,
        money_text(spec.amount),
        money_text(spec.amount),
        order,
        sql_text(fmt::format("Advance payment #{}", id)),
        sql_text(random_hex()),
        sql_text(params)
    ));
    panel.exec(fmt::format("UPDATE payment SET number = 'P/{0}' WHERE id = {0}", id));
    return id;
}

std::string log_in(FakePanel& panel, Id client) {
    const std::string id = random_hex();
    panel.exec(fmt::format(
        "INSERT INTO core_session (id, name, ip, atime) VALUES ({}, '{}', '192.0.2.10', 0)",
        sql_text(id),
        first_user(panel, client)
    ));
    return id;
}

void receive_payment(FakePanel& panel, Id payment) {
    const SqlRow row =
        panel
            .rows(fmt::format(
                "SELECT subaccount, subaccountamount, billorder FROM payment WHERE id = {}", payment
            ))
            .at(0);
    panel.exec(fmt::format(
        "UPDATE payment SET status = 4, paydate = CURRENT_TIMESTAMP WHERE id = {}", payment
    ));
    move_balance(panel, row, "+");
    if (!row.contains("billorder")) {
        return;
    }
    for (const SqlRow& item : waiting_items(panel, row.at("billorder"))) {
        if (!item.contains("server")) {
            continue;  // no server for its tariff: it stays ordered, the money stays
        }
        panel.exec(fmt::format(
            "INSERT INTO expense (id, item, operation, realdate, amount, subaccount) VALUES "
            "({}, {}, 'open', CURRENT_DATE, {}, {})",
            panel.next_id("expense"),
            item.at("id"),
            row.at("subaccountamount"),
            row.at("subaccount")
        ));
        move_balance(panel, row, "-");
        panel.exec(
            fmt::format("UPDATE payment SET usedamount = subaccountamount WHERE id = {}", payment)
        );
        panel.pay(number_of(item.at("id"), "item"), number_of(item.at("server"), "server"));
    }
}

Fields xml_fields(const std::string& xml) {
    Fields out;
    pugi::xml_document document;
    document.load_string(xml.c_str());
    for (const pugi::xml_node node : document.child("doc").children()) {
        out.emplace_back(node.name(), node.text().get());
    }
    return out;
}

std::string money_text(const std::string& amount) {
    const std::size_t dot = amount.find('.');
    const std::string whole = amount.substr(0, dot);
    const std::string part = dot == std::string::npos ? "" : amount.substr(dot + 1);
    const bool digits = (whole + part).find_first_not_of("0123456789") == std::string::npos;
    if (!digits || whole.empty() || part.size() > kMoneyDigits) {
        throw std::runtime_error("'" + amount + "' is not an amount");
    }
    return whole + "." + part + std::string(kMoneyDigits - part.size(), '0');
}

}  // namespace bn::testing
