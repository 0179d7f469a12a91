// Functions for module instances and for the panel itself.
#include <set>

#include <fmt/format.h>

#include "tests/fakes/panel/panel_functions.hpp"

namespace bn::testing {

namespace {

using Kind = PanelFunction::Kind;

std::optional<SqlRow> server(FunctionCall& call, const std::string& name) {
    auto rows = call.panel.rows(fmt::format(
        "SELECT id, name, module, active, config FROM processingmodule WHERE id = {}", call.id(name)
    ));
    return rows.empty() ? std::nullopt : std::optional(rows.front());
}

Answer no_server(FunctionCall& call, const std::string& name = "elid") {
    return Answer::failed("missed", "processingmodule", call.get(name));
}

Answer post_stat(FunctionCall& call) {
    if (!server(call, "elid")) {
        return no_server(call);
    }
    if (!is_date(call.get("date"))) {
        return Answer::failed("value", "date", call.get("date"));
    }
    call.panel.exec(fmt::format(
        "INSERT INTO fake_poststat (id, processingmodule, statdate) VALUES ({}, {}, {})",
        call.panel.next_id("fake_poststat"),
        call.id("elid"),
        sql_text(call.get("date"))
    ));
    return Answer::done();
}

Answer set_config(FunctionCall& call) {
    if (!server(call, "elid")) {
        return no_server(call);
    }
    call.panel.exec(fmt::format(
        "UPDATE processingmodule SET config = {} WHERE id = {}",
        sql_text(call.get("config")),
        call.id("elid")
    ));
    return Answer::done();
}

// The form with the params in clear, as a local root sees it; with sok=ok it saves them.
Answer edit_server(FunctionCall& call) {
    const auto row = server(call, "elid");
    if (!row) {
        return no_server(call);
    }
    Fields fields = {
        {"elid", row->at("id")}, {"name", row->at("name")}, {"module", row->at("module")}};
    for (const char* table : {"processingparam", "processingcryptedparam"}) {
        const bool crypted = std::string(table) == "processingcryptedparam";
        for (const SqlRow& param : call.panel.rows(fmt::format(
                 "SELECT intname, value FROM {} WHERE processingmodule = {} ORDER BY intname",
                 table,
                 call.id("elid")
             ))) {
            const std::string& name = param.at("intname");
            if (call.get("sok") == "ok" && call.has(name)) {
                call.panel.set_server_param(
                    call.id("elid"), name, call.get(name), crypted ? call.home.pem : ""
                );
                continue;
            }
            fields.emplace_back(
                name, crypted ? decrypt_param(call.home.pem, param.at("value")) : param.at("value")
            );
        }
    }
    return call.get("sok") == "ok" ? Answer::done() : Answer::form(std::move(fields));
}

// A service that the server has and the panel did not know; its owner is assigned later.
Answer import_service(FunctionCall& call) {
    static const std::set<std::string> kOwn = {
        "sok",
        "module",
        "import_itemtype_intname",
        "import_pricelist_intname",
        "import_service_name",
        "status",
        "expiredate",
        "lang",
        "out"};
    if (!server(call, "module")) {
        return no_server(call, "module");
    }
    const std::string type = call.get("import_itemtype_intname");
    const auto type_id =
        call.panel.value("SELECT id FROM itemtype WHERE intname = " + sql_text(type));
    if (!type_id) {
        return Answer::failed("missed", "itemtype", type);
    }
    if (call.get("status") != "2" && call.get("status") != "3") {
        return Answer::failed("value", "status", call.get("status"));
    }
    ItemSpec spec;
    spec.server = call.id("module");
    spec.status = call.id("status");
    const auto tariff = call.panel.value(fmt::format(
        "SELECT MIN(id) FROM pricelist WHERE itemtype = {} AND intname = {}",
        *type_id,
        sql_text(call.get("import_pricelist_intname"))
    ));
    if (tariff) {
        spec.tariff = static_cast<Id>(std::stoul(*tariff));
    }
    const Id item = call.panel.add_item(spec);
    call.panel.set_item(item, "name", sql_text(call.get("import_service_name")));
    if (is_date(call.get("expiredate"))) {
        call.panel.set_item(item, "expiredate", sql_text(call.get("expiredate")));
    }
    for (const auto& [name, value] : call.text.params) {
        if (!kOwn.contains(name)) {
            call.panel.set_param(item, name, value);
        }
    }
    call.panel.write_history(item, call.text.function, "processingmodule,status");
    return Answer::done({{"service_id", fmt::to_string(item)}});
}

Answer param_list(FunctionCall& call) {
    const MariaDbAddress& db = call.home.mariadb;
    std::vector<AnswerRow> rows;
    for (const auto& [name, value] : Fields{
             {"DBHost", db.socket.empty() ? db.host : "localhost"},
             {"DBUser", db.user},
             {"DBPassword", db.password},
             {"DBName", db.database},
             {"DBSocket", db.socket},
             {"CryptKey", call.home.pem}}) {
        rows.push_back({{{name, value}}, {}});
    }
    return Answer::list(std::move(rows));
}

Answer leave(FunctionCall& /*call*/) {
    return Answer::done();
}

}  // namespace

void add_server_functions(std::vector<PanelFunction>& out) {
    const std::vector<PanelFunction> functions = {
        {"service.poststat",
         "Description is not available",
         {"elid", "date"},
         Kind::kChange,
         false,
         post_stat},
        {"processing.edit",
         "Processing module. Function type: form",
         {"elid", "sok"},
         Kind::kChange,
         false,
         edit_server},
        {"processing.setconfig",
         "Description is not available",
         {"elid", "config", "sok"},
         Kind::kForm,
         false,
         set_config},
        {"processing.import.service",
         "Description is not available",
         {"module",
          "import_itemtype_intname",
          "import_pricelist_intname",
          "import_service_name",
          "status",
          "expiredate",
          "sok"},
         Kind::kForm,
         false,
         import_service},
        {"paramlist", "Configuration. Function type: list", {}, Kind::kRead, false, param_list},
        {"exit", "Description is not available", {}, Kind::kRead, false, leave}};
    out.insert(out.end(), functions.begin(), functions.end());
}

}  // namespace bn::testing
