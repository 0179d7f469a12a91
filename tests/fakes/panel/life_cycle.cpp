// How the panel walks a service through its life, row by row.
#include <stdexcept>

#include <fmt/format.h>

#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::testing {

void FakePanel::write_history(Id item, const std::string& action, const std::string& changed) {
    exec(fmt::format(
        "INSERT INTO history_item (id, reference, changedate, changedfields, request_action, "
        "username) VALUES ({}, {}, CURRENT_TIMESTAMP, {}, {}, 'root')",
        next_id("history_item"),
        item,
        sql_text(changed),
        sql_text(action)
    ));
}

void FakePanel::begin_operation(Id item, const std::string& intname) {
    add_operation(item, intname);
    // A change of the tariff keeps status 2: the panel has no "in progress: setparam".
    if (in_progress == InProgress::kStatus5 && intname != "setparam") {
        set_item(item, "status", "5");
    }
    write_history(item, "service." + intname, "status");
}

Id FakePanel::order(Id account, Id tariff) {
    ItemSpec spec;
    spec.account = account;
    spec.tariff = tariff;
    spec.status = 1;
    const Id item = add_item(spec);
    write_history(item, "service.order", "account,pricelist,status");
    return item;
}

void FakePanel::pay(Id item, Id server) {
    set_item(item, "processingmodule", fmt::to_string(server));
    begin_operation(item, "open");
}

void FakePanel::suspend(Id item, const std::string& flag) {
    if (!flag.empty()) {
        set_item(item, flag, "'on'");
    }
    begin_operation(item, "suspend");
}

void FakePanel::resume(Id item) {
    begin_operation(item, "resume");
}

void FakePanel::close(Id item) {
    begin_operation(item, "close");
}

void FakePanel::change_tariff(Id item, Id tariff) {
    set_item(item, "lastpricelist", "pricelist");
    set_item(item, "pricelist", fmt::to_string(tariff));
    begin_operation(item, "setparam");
}

void FakePanel::order_more(Id item, std::int64_t gib) {
    const auto tariff = value(fmt::format("SELECT pricelist FROM item WHERE id = {}", item));
    const Id disk = disk_of(static_cast<Id>(std::stoul(tariff.value_or("0"))));
    const auto child =
        value(fmt::format("SELECT id FROM item WHERE parent = {} AND pricelist = {}", item, disk));
    if (child) {
        exec(fmt::format("UPDATE item SET intvalue = {} WHERE id = {}", gib, *child));
    } else {
        ChildSpec spec;
        spec.intvalue = gib;
        add_child(item, disk, spec);
    }
    begin_operation(item, "setparam");
}

void FakePanel::finish(Id item) {
    const auto operation =
        value(fmt::format("SELECT MIN(id) FROM runningoperation WHERE item = {}", item));
    if (!operation) {
        throw std::runtime_error(fmt::format("item {} has no pending operation", item));
    }
    const std::string command =
        value("SELECT intname FROM runningoperation WHERE id = " + *operation).value_or("");
    exec("DELETE FROM runningoperation WHERE id = " + *operation);
    if (command == "suspend") {
        set_item(item, "status", "3");
    } else if (command == "close") {
        set_item(item, "status", "4");
    } else if (command == "setparam") {
        set_item(item, "lastpricelist", "NULL");
    } else {
        set_item(item, "status", "2");
    }
    if (command == "resume") {
        for (const char* flag : {"autosuspend", "employeesuspend", "abusesuspend"}) {
            set_item(item, flag, "'off'");
        }
    }
    if (command == "open") {
        set_param(item, "username", fmt::format("user_{}", item));
    }
    write_history(item, "service.post" + command, "status");
}

void FakePanel::fail(Id item) {
    exec(fmt::format("UPDATE runningoperation SET trycount = trycount + 1 WHERE item = {}", item));
}

void FakePanel::remove(Id item) {
    exec(fmt::format("DELETE FROM runningoperation WHERE item = {}", item));
    exec(fmt::format("DELETE FROM itemparam WHERE item = {}", item));
    exec(fmt::format("DELETE FROM item WHERE parent = {}", item));
    exec(fmt::format("DELETE FROM item WHERE id = {}", item));
}

}  // namespace bn::testing
