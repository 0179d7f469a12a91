// Functions for payments, as a payment module and its pages call them.
#include <optional>

#include <fmt/format.h>

#include "tests/fakes/panel/panel_functions.hpp"
#include "tests/fakes/panel/payments.hpp"

namespace bn::testing {

namespace {

using Kind = PanelFunction::Kind;

constexpr const char* kStatusNew = "1";
constexpr const char* kStatusInPay = "2";
constexpr const char* kStatusFraud = "7";
constexpr const char* kStatusCancelled = "9";

std::optional<SqlRow> payment_row(FunctionCall& call) {
    auto rows = call.panel.rows(fmt::format(
        "SELECT id, number, subaccount, paymethod, currency, status, createdate, paydate, "
        "paymethodamount, subaccountamount, billorder, description, randomnumber, externalid, "
        "info, xmlparams FROM payment WHERE id = {}",
        call.id("elid")
    ));
    return rows.empty() ? std::nullopt : std::optional(rows.front());
}

Answer no_payment(FunctionCall& call) {
    return Answer::failed("missed", "payment", call.get("elid"));
}

// The payment's own columns and params, as the panel puts them side by side.
Fields payment_fields(const SqlRow& row) {
    Fields fields;
    for (const auto& [name, value] : row) {
        if (name == "paymethodamount" || name == "subaccountamount") {
            fields.emplace_back(name, money_text(value));
        } else if (name != "xmlparams") {
            fields.emplace_back(name, value);
        }
    }
    if (row.contains("xmlparams")) {
        const Fields params = xml_fields(row.at("xmlparams"));
        fields.insert(fields.end(), params.begin(), params.end());
    }
    return fields;
}

Fields user_fields(FunctionCall& call, const Fields& payment) {
    Fields fields;
    for (const auto& [name, value] : payment) {
        if (name != "user_id") {
            continue;
        }
        for (const SqlRow& user :
             call.panel.rows("SELECT realname, email FROM `user` WHERE id = " + sql_text(value))) {
            fields.emplace_back("userrealname", user.at("realname"));
            fields.emplace_back("useremail", user.at("email"));
        }
    }
    return fields;
}

// The method with its settings in clear: the second element of that name.
AnswerNode paymethod_node(FunctionCall& call, const std::string& id) {
    AnswerNode node{"paymethod"};
    for (const SqlRow& row : call.panel.rows(
             "SELECT id, name, module, currency, xmlparams FROM paymethod WHERE id = " + id
         )) {
        for (const char* name : {"id", "name", "module", "currency"}) {
            node.fields.emplace_back(name, row.at(name));
        }
        const Fields settings = xml_fields(row.at("xmlparams"));
        node.fields.insert(node.fields.end(), settings.begin(), settings.end());
    }
    return node;
}

AnswerNode row_node(FunctionCall& call, const std::string& name, const std::string& query) {
    AnswerNode node{name};
    for (const SqlRow& row : call.panel.rows(query)) {
        node.fields.assign(row.begin(), row.end());
    }
    return node;
}

Answer payment_info(FunctionCall& call) {
    const auto row = payment_row(call);
    if (!row) {
        return no_payment(call);
    }
    AnswerNode payment{"payment"};
    payment.fields = payment_fields(*row);
    const Fields user = user_fields(call, payment.fields);
    payment.fields.insert(payment.fields.end(), user.begin(), user.end());
    payment.nodes = {
        paymethod_node(call, row->at("paymethod")),
        row_node(
            call, "currency", "SELECT id, iso FROM currency WHERE id = " + row->at("currency")
        ),
        row_node(
            call,
            "project",
            "SELECT p.id, p.name FROM project p JOIN subaccount s ON s.project = p.id WHERE s.id "
            "= " +
                row->at("subaccount")
        )};
    Answer answer;
    answer.nodes.push_back(std::move(payment));
    return answer;
}

// Paid or ended: on some panels nothing leads from there.
bool is_settled(const SqlRow& row) {
    const std::string& status = row.at("status");
    return status == "4" || status == kStatusFraud || status == kStatusCancelled;
}

// What every step may carry; only what is given is kept.
void keep_words(FunctionCall& call) {
    for (const char* name : {"externalid", "info"}) {
        if (call.has(name)) {
            call.panel.exec(fmt::format(
                "UPDATE payment SET {} = {} WHERE id = {}",
                name,
                sql_text(call.get(name)),
                call.id("elid")
            ));
        }
    }
}

template <class Step>
Answer payment_step(FunctionCall& call, Step step) {
    const auto row = payment_row(call);
    if (!row) {
        return no_payment(call);
    }
    if (is_settled(*row) && call.home.payment_steps == PaymentSteps::kForward) {
        return Answer::failed("value", "status", row->at("status"));
    }
    step();
    keep_words(call);
    return Answer::done();
}

Answer set_paid(FunctionCall& call) {
    return payment_step(call, [&] { receive_payment(call.panel, call.id("elid")); });
}

Answer set_status(FunctionCall& call, const char* status) {
    return payment_step(call, [&] {
        call.panel.exec(
            fmt::format("UPDATE payment SET status = {} WHERE id = {}", status, call.id("elid"))
        );
    });
}

Answer set_in_pay(FunctionCall& call) {
    return set_status(call, kStatusInPay);
}

Answer set_no_pay(FunctionCall& call) {
    return set_status(call, kStatusNew);
}

Answer set_fraud(FunctionCall& call) {
    return set_status(call, kStatusFraud);
}

Answer set_canceled(FunctionCall& call) {
    return set_status(call, kStatusCancelled);
}

Answer delete_payment(FunctionCall& call) {
    if (!payment_row(call)) {
        return no_payment(call);
    }
    call.panel.delete_rows("payment", fmt::format("id = {}", call.id("elid")));
    return Answer::done();
}

// Which columns a real panel's list has is not known beyond these.
Answer list_payments(FunctionCall& call) {
    std::vector<AnswerRow> rows;
    for (const SqlRow& found : call.panel.rows(
             "SELECT id, number, paymethod, status, createdate, externalid FROM payment ORDER BY id"
         )) {
        rows.emplace_back().fields.assign(found.begin(), found.end());
    }
    return Answer::list(std::move(rows));
}

// Whose session it is. Without one the caller is who may call mgrctl: root.
Answer who_am_i(FunctionCall& call) {
    Answer answer;
    if (call.get("auth").empty()) {
        answer.nodes.push_back({"user", {{"id", "1"}, {"name", "root"}, {"level", "30"}}});
        return answer;
    }
    // The session names its user as text.
    const auto user =
        call.panel.value("SELECT name FROM core_session WHERE id = " + sql_text(call.get("auth")));
    for (const SqlRow& row : call.panel.rows(fmt::format(
             "SELECT id, name, level FROM `user` WHERE enabled = 'on' AND id = {}",
             user.value_or("0")
         ))) {
        answer.nodes.push_back(
            {"user", {{"id", row.at("id")}, {"name", row.at("name")}, {"level", row.at("level")}}}
        );
        return answer;
    }
    return Answer::failed("auth", "session");
}

}  // namespace

void add_payment_functions(std::vector<PanelFunction>& out) {
    const std::vector<std::string> step = {"elid", "info", "externalid"};
    const char* unknown = "Description is not available";
    const std::vector<PanelFunction> functions = {
        {"payment", "Payments. Function type: list", {}, Kind::kRead, false, list_payments},
        {"payment.info", unknown, {"elid", "lang"}, Kind::kRead, false, payment_info},
        {"payment.setinpay", unknown, step, Kind::kChange, false, set_in_pay},
        {"payment.setpaid", unknown, step, Kind::kChange, false, set_paid},
        {"payment.setnopay", unknown, step, Kind::kChange, false, set_no_pay},
        {"payment.setfraud", unknown, step, Kind::kChange, false, set_fraud},
        {"payment.setcanceled", unknown, step, Kind::kChange, false, set_canceled},
        {"payment.delete",
         "Delete. Function type: group operation",
         {"elid"},
         Kind::kChange,
         false,
         delete_payment},
        {"whoami", unknown, {"auth"}, Kind::kRead, false, who_am_i}};
    out.insert(out.end(), functions.begin(), functions.end());
}

}  // namespace bn::testing
