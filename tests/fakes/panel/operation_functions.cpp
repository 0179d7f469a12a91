// Functions for what staff sees: running operations, manual tasks, problems.
#include <map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/panel/panel_functions.hpp"

namespace bn::testing {

namespace {

using Kind = PanelFunction::Kind;

bool is_operation(FunctionCall& call, const std::string& name = "elid") {
    return call.panel
        .value(fmt::format("SELECT id FROM runningoperation WHERE id = {}", call.id(name)))
        .has_value();
}

Answer without_operation(FunctionCall& call, const std::string& name = "elid") {
    return Answer::failed("missed", "runningoperation", call.get(name));
}

void set_operation(FunctionCall& call, const char* column, const std::string& value) {
    call.panel.exec(fmt::format(
        "UPDATE runningoperation SET {} = {} WHERE id = {}",
        column,
        sql_text(value),
        call.id("elid")
    ));
}

Answer edit_operation(FunctionCall& call) {
    if (!is_operation(call)) {
        return without_operation(call);
    }
    if (call.has("errorxml")) {
        set_operation(call, "errorxml", call.get("errorxml"));
    }
    if (call.has("manual")) {
        if (call.get("manual") != "on" && call.get("manual") != "off") {
            return Answer::failed("value", "manual", call.get("manual"));
        }
        set_operation(call, "manual", call.get("manual"));
    }
    return Answer::done({{"id", call.get("elid")}});
}

Answer set_manual(FunctionCall& call) {
    if (!is_operation(call)) {
        return without_operation(call);
    }
    set_operation(call, "manual", "on");
    return Answer::done();
}

Answer delete_operation(FunctionCall& call) {
    if (!is_operation(call)) {
        return without_operation(call);
    }
    call.panel.delete_rows("runningoperation", fmt::format("id = {}", call.id("elid")));
    return Answer::done();
}

Answer table_list(FunctionCall& call, const std::string& query) {
    std::vector<AnswerRow> rows;
    for (const SqlRow& found : call.panel.rows(query)) {
        AnswerRow& row = rows.emplace_back();
        row.fields.assign(found.begin(), found.end());
    }
    return Answer::list(std::move(rows));
}

Answer list_operations(FunctionCall& call) {
    return table_list(
        call,
        "SELECT r.id, r.item, r.intname, r.intname AS `desc`, r.trycount, r.manual, r.cdate, "
        "i.processingmodule, (SELECT MAX(k.id) FROM task k WHERE k.runningoperation = r.id) AS "
        "task FROM runningoperation r LEFT JOIN item i ON i.id = r.item ORDER BY r.id"
    );
}

// Task types by command; a panel's own numbers, so nobody may know them beforehand.
const std::map<std::string, std::string>& task_types() {
    static const std::map<std::string, std::string> kTypes = {
        {"open", "41"},
        {"close", "42"},
        {"suspend", "43"},
        {"resume", "44"},
        {"setparam", "45"},
        {"prolong", "46"},
        {"reopen", "47"},
        {"sync_item", "48"}};
    return kTypes;
}

Answer task_type(FunctionCall& call) {
    const auto found = task_types().find(call.get("operation"));
    if (found == task_types().end()) {
        return Answer::failed("missed", "operation", call.get("operation"));
    }
    return Answer::form({{"task_type", found->second}});
}

Answer edit_task(FunctionCall& call) {
    if (call.has("elid")) {
        const std::string which = fmt::format("id = {}", call.id("elid"));
        if (!call.panel.value("SELECT id FROM task WHERE " + which)) {
            return Answer::failed("missed", "task", call.get("elid"));
        }
        call.panel.exec(
            fmt::format("UPDATE task SET status = {} WHERE {}", call.id("status"), which)
        );
        return Answer::done({{"id", call.get("elid")}});
    }
    bool known = false;
    for (const auto& [command, type] : task_types()) {
        known = known || type == call.get("type");
    }
    if (!known) {
        return Answer::failed("value", "type", call.get("type"));
    }
    if (call.has("runningoperation") && !is_operation(call, "runningoperation")) {
        return without_operation(call, "runningoperation");
    }
    const Id id = call.panel.next_id("task");
    call.panel.exec(fmt::format(
        "INSERT INTO task (id, type, item, status, runningoperation, params) VALUES "
        "({}, {}, {}, 0, {}, {})",
        id,
        sql_text(call.get("type")),
        call.id("item") == 0 ? "NULL" : fmt::to_string(call.id("item")),
        call.id("runningoperation") == 0 ? "NULL" : fmt::to_string(call.id("runningoperation")),
        sql_text(call.get("params"))
    ));
    return Answer::done({{"id", fmt::to_string(id)}});
}

std::string open_problem(FunctionCall& call) {
    return fmt::format(
        "name = {} AND object = {} AND solved = 0",
        sql_text(call.get("name")),
        sql_text(call.get("id"))
    );
}

Answer register_problem(FunctionCall& call) {
    if (call.get("name").empty()) {
        return Answer::failed("missed", "name");
    }
    nlohmann::json params = nlohmann::json::object();
    for (const auto& [name, value] : call.text.params) {
        if (name.starts_with("param_")) {
            params[name] = value;
        }
    }
    const std::string text = sql_text(params.dump());
    // Told again, it is still one problem.
    if (call.panel.value("SELECT id FROM fake_problem WHERE " + open_problem(call))) {
        call.panel.exec(fmt::format(
            "UPDATE fake_problem SET times = times + 1, params = {} WHERE {}",
            text,
            open_problem(call)
        ));
        return Answer::done();
    }
    call.panel.exec(fmt::format(
        "INSERT INTO fake_problem (id, name, object, level, params, times, solved) VALUES "
        "({}, {}, {}, {}, {}, 1, 0)",
        call.panel.next_id("fake_problem"),
        sql_text(call.get("name")),
        sql_text(call.get("id")),
        sql_text(call.get("level", "error")),
        text
    ));
    return Answer::done();
}

// A name of ours: whether a panel has such a function, and which, is not known.
Answer solve_problem(FunctionCall& call) {
    // Nothing to solve is fine: the panel cannot know who told it.
    call.panel.exec("UPDATE fake_problem SET solved = 1 WHERE " + open_problem(call));
    return Answer::done();
}

// The panel's own solver: it repeats failed processes that it knows, and takes no problem back.
Answer solve_by_itself(FunctionCall&) {
    return Answer::done();
}

Answer delete_problem(FunctionCall& call) {
    const std::string which = fmt::format("id = {}", call.id("elid"));
    if (!call.panel.value("SELECT id FROM fake_problem WHERE solved = 0 AND " + which)) {
        return Answer::failed("missed", "problem", call.get("elid"));
    }
    call.panel.exec("UPDATE fake_problem SET solved = 1 WHERE " + which);
    return Answer::done();
}

Answer list_problems(FunctionCall& call) {
    return table_list(
        call,
        "SELECT id, name, object, level, params, times FROM fake_problem WHERE solved = 0 "
        "ORDER BY id"
    );
}

void add_problem_functions(std::vector<PanelFunction>& out) {
    const std::vector<PanelFunction> functions = {
        {"problems", "Notifications. Function type: list", {}, Kind::kRead, false, list_problems},
        {"problems.register",
         "Description is not available",
         {"name", "id", "level", "sok"},
         Kind::kForm,
         false,
         register_problem},
        {"problems.unregister",
         "Description is not available",
         {"name", "id"},
         Kind::kChange,
         false,
         solve_problem},
        {"problems.autosolve",
         "Description is not available",
         {"name", "id"},
         Kind::kChange,
         false,
         solve_by_itself},
        {"problems.delete",
         "Delete. Function type: group operation",
         {"elid"},
         Kind::kChange,
         false,
         delete_problem}};
    out.insert(out.end(), functions.begin(), functions.end());
}

}  // namespace

void add_operation_functions(std::vector<PanelFunction>& out) {
    const std::vector<PanelFunction> functions = {
        {"runningoperation",
         "Running operations. Function type: list",
         {},
         Kind::kRead,
         false,
         list_operations},
        {"runningoperation.edit",
         "Running operation. Function type: form",
         {"elid", "errorxml", "manual", "sok"},
         Kind::kForm,
         false,
         edit_operation},
        {"runningoperation.setmanual",
         "Manual. Function type: group operation",
         {"elid"},
         Kind::kChange,
         false,
         set_manual},
        {"runningoperation.delete",
         "Delete. Function type: group operation",
         {"elid"},
         Kind::kChange,
         false,
         delete_operation},
        {"task.gettype",
         "Description is not available",
         {"operation", "item"},
         Kind::kRead,
         false,
         task_type},
        {"task.edit",
         "Task. Function type: form",
         {"elid", "item", "runningoperation", "type", "params", "status", "sok"},
         Kind::kForm,
         false,
         edit_task}};
    out.insert(out.end(), functions.begin(), functions.end());
    add_problem_functions(out);
}

}  // namespace bn::testing
