// Functions that change one service: completion calls, params, dates, tariff.
#include <array>
#include <set>

#include <fmt/format.h>

#include "tests/fakes/panel/panel_functions.hpp"

namespace bn::testing {

namespace {

using Kind = PanelFunction::Kind;

// What every function may be given; never a param of the service.
bool is_general(const std::string& name) {
    static const std::set<std::string> kNames = {
        "elid", "sok", "func", "out", "lang", "su", "auth", "authinfo", "userid", "crypted"};
    return kNames.contains(name);
}

bool is_item(FunctionCall& call, const std::string& name = "elid") {
    return call.panel.value(fmt::format("SELECT id FROM item WHERE id = {}", call.id(name)))
        .has_value();
}

Answer no_item(FunctionCall& call) {
    return Answer::failed("missed", "item", call.get("elid"));
}

// The operation was completed before, dropped, or never was.
Answer no_operation(FunctionCall& call) {
    return Answer::failed("missed", "runningoperation", call.get("elid"));
}

std::string product_type(FunctionCall& call) {
    return call.panel
        .value(fmt::format(
            "SELECT t.intname FROM item i JOIN pricelist p ON p.id = i.pricelist "
            "JOIN itemtype t ON t.id = p.itemtype WHERE i.id = {}",
            call.id("elid")
        ))
        .value_or("");
}

// service.postsuspend and the like: the command follows "post".
Answer complete(FunctionCall& call) {
    if (!is_item(call)) {
        return no_item(call);
    }
    const std::string command = call.text.function.substr(std::string("service.post").size());
    const Id item = call.id("elid");
    if (call.panel.complete(item, command, call.text.function)) {
        return Answer::done();
    }
    const bool renewal = command == "prolong";
    if (renewal && (call.panel.complete(item, "cancel_prolong", call.text.function) ||
                    call.panel.complete(item, "prolong_addon", call.text.function))) {
        return Answer::done();
    }
    return no_operation(call);
}

Answer save_param(FunctionCall& call) {
    if (!is_item(call)) {
        return no_item(call);
    }
    const std::string pem = call.get("crypted") == "on" ? call.home.pem : "";
    const Id item = call.id("elid");
    if (call.home.save_param == SaveParam::kNameValue && call.get("name").empty()) {
        return Answer::failed("missed", "name");
    }
    if (call.home.save_param != SaveParam::kPair && !call.get("name").empty()) {
        call.panel.set_param(item, call.get("name"), call.get("value"), pem);
        return Answer::done();
    }
    // Each parameter is one to save, whatever it is called.
    for (const auto& [name, value] : call.text.params) {
        if (!is_general(name)) {
            call.panel.set_param(item, name, value, pem);
        }
    }
    return Answer::done();
}

Answer drop_param(FunctionCall& call) {
    if (!is_item(call)) {
        return no_item(call);
    }
    if (!call.panel.drop_param(call.id("elid"), call.get("name"))) {
        return Answer::failed("missed", "name", call.get("name"));
    }
    return Answer::done();
}

Answer set_expire_date(FunctionCall& call) {
    if (!is_item(call)) {
        return no_item(call);
    }
    if (!is_date(call.get("expiredate"))) {
        return Answer::failed("value", "expiredate", call.get("expiredate"));
    }
    call.panel.set_item(call.id("elid"), "expiredate", sql_text(call.get("expiredate")));
    call.panel.write_history(call.id("elid"), call.text.function, "expiredate");
    return Answer::done();
}

Answer rollback_tariff(FunctionCall& call) {
    if (!is_item(call)) {
        return no_item(call);
    }
    if (!call.panel.rollback(call.id("elid"), call.home.rollback_keeps_operation)) {
        return Answer::failed("missed", "lastpricelist", call.get("elid"));
    }
    return Answer::done();
}

const char* status_word(const std::string& status) {
    static constexpr std::array<const char*, 6> kWords = {
        "Unknown", "Ordered", "Active", "Suspended", "Deleted", "In progress"};
    return status.size() == 1 && status[0] >= '0' && status[0] <= '5'
               ? kWords[static_cast<std::size_t>(status[0] - '0')]
               : "Unknown";
}

Answer list_items(FunctionCall& call) {
    std::vector<AnswerRow> rows;
    const auto items = call.panel.rows(
        "SELECT i.id, i.name, i.account, p.name AS tariff, t.intname AS itemtype, i.status, "
        "i.processingmodule, i.expiredate FROM item i "
        "LEFT JOIN pricelist p ON p.id = i.pricelist LEFT JOIN itemtype t ON t.id = p.itemtype "
        "WHERE i.parent IS NULL ORDER BY i.id"
    );
    for (const SqlRow& item : items) {
        AnswerRow row;
        for (const char* name : {"id", "name", "account", "itemtype", "processingmodule"}) {
            if (item.contains(name)) {
                row.fields.emplace_back(name, item.at(name));
            }
        }
        row.fields.emplace_back("pricelist", item.contains("tariff") ? item.at("tariff") : "");
        row.fields.emplace_back("item_status", status_word(item.at("status")));
        row.orig["item_status"] = item.at("status");
        row.fields.emplace_back("item_real_status", item.at("status"));
        if (item.contains("expiredate")) {
            row.fields.emplace_back("real_expiredate", item.at("expiredate"));
        }
        rows.push_back(std::move(row));
    }
    return Answer::list(std::move(rows));
}

}  // namespace

Answer open_item(FunctionCall& call) {
    if (!is_item(call)) {
        return no_item(call);
    }
    // The fixed ones complete an open of any type.
    const std::string& function = call.text.function;
    const bool by_type = function != call.home.open_call && !is_fixed_open(function);
    const std::string type = function.substr(0, function.find('.'));
    if (by_type && type != product_type(call)) {
        return Answer::failed("missed", type, call.get("elid"));
    }
    if (!call.panel.complete(call.id("elid"), "open", call.text.function)) {
        return no_operation(call);
    }
    for (const auto& [name, value] : call.text.params) {
        if (!is_general(name)) {
            call.panel.set_param(call.id("elid"), name, value);
        }
    }
    return Answer::done({{"id", call.get("elid")}});
}

void add_item_functions(std::vector<PanelFunction>& out) {
    for (const char* command : {"suspend", "resume", "close", "setparam", "prolong", "reopen"}) {
        out.push_back(
            {fmt::format("service.post{}", command),
             "Description is not available",
             {"elid", "sok"},
             Kind::kForm,
             true,
             complete}
        );
    }
    const std::vector<PanelFunction> others = {
        {"service.saveparam",
         "Description is not available",
         {"elid", "name", "value", "crypted", "sok"},
         Kind::kForm,
         true,
         save_param},
        {"service.dropparam",
         "Description is not available",
         {"elid", "name", "sok"},
         Kind::kForm,
         true,
         drop_param},
        {"service.setexpiredate",
         "Description is not available",
         {"elid", "expiredate", "sok"},
         Kind::kForm,
         true,
         set_expire_date},
        {"service.changepricelist.rollback",
         "Description is not available",
         {"elid", "userid", "sok"},
         Kind::kForm,
         true,
         rollback_tariff},
        {"service", "Services. Function type: list", {}, Kind::kRead, false, list_items}};
    out.insert(out.end(), others.begin(), others.end());
}

}  // namespace bn::testing
