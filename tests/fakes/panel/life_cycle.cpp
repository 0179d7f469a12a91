// How the panel walks a service through its life, row by row.
#include <algorithm>
#include <stdexcept>

#include <fmt/format.h>

#include "tests/fakes/panel/fake_panel.hpp"

namespace bn::testing {

void FakePanel::write_history(Id item, const std::string& action, const std::string& changed) {
    const auto before =
        value(fmt::format("SELECT MAX(changedate) FROM history_item WHERE reference = {}", item));
    exec(fmt::format(
        "INSERT INTO history_item (id, reference, fromdate, changedate, changedfields, "
        "request_action, request_ip, username) "
        "VALUES ({}, {}, {}, CURRENT_TIMESTAMP, {}, {}, {}, 'root')",
        next_id("history_item"),
        item,
        before ? sql_text(*before) : "NULL",
        sql_text(changed),
        sql_text(action),
        request_ip.empty() ? "NULL" : sql_text(request_ip)
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
    set_item(item, "suspenddate", "CURRENT_DATE");
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

void FakePanel::prolong(Id item, int months) {
    const std::string from =
        fmt::format("SELECT COALESCE(expiredate, CURRENT_DATE) FROM item WHERE id = {}", item);
    const std::string day = value(from).value_or("2026-01-01");
    const int month = std::stoi(day.substr(5, 2)) - 1 + months;
    const std::string moved = fmt::format(
        "{:04}-{:02}-{:02}",
        std::stoi(day.substr(0, 4)) + month / 12,
        month % 12 + 1,
        std::min(std::stoi(day.substr(8, 2)), 28)
    );
    set_item(item, "expiredate", sql_text(moved));
    begin_operation(item, "prolong");
}

void FakePanel::finish(Id item) {
    const auto command = value(fmt::format(
        "SELECT intname FROM runningoperation WHERE item = {} ORDER BY id LIMIT 1", item
    ));
    if (!command) {
        throw std::runtime_error(fmt::format("item {} has no pending operation", item));
    }
    if (*command == "open") {
        set_param(item, "username", fmt::format("user_{}", item));
    }
    complete(item, *command, "service.post" + *command);
}

bool FakePanel::complete(Id item, const std::string& intname, const std::string& action) {
    const auto operation = value(fmt::format(
        "SELECT MIN(id) FROM runningoperation WHERE item = {} AND intname = {}",
        item,
        sql_text(intname)
    ));
    if (!operation) {
        return false;
    }
    exec("UPDATE task SET status = 2 WHERE runningoperation = " + *operation);
    delete_rows("runningoperation", "id = " + *operation);
    if (intname == "suspend") {
        set_item(item, "status", "3");
    } else if (intname == "close") {
        set_item(item, "status", "4");
    } else if (intname == "setparam") {
        set_item(item, "lastpricelist", "NULL");
    } else {
        set_item(item, "status", "2");
    }
    if (intname == "resume") {
        for (const char* flag : {"autosuspend", "employeesuspend", "abusesuspend"}) {
            set_item(item, flag, "'off'");
        }
    }
    if (intname == "open") {
        set_item(item, "opendate", "CURRENT_DATE");
    }
    write_history(item, action, intname == "setparam" ? "lastpricelist" : "status");
    return true;
}

bool FakePanel::rollback(Id item, bool keeps_operation) {
    if (!value(fmt::format("SELECT lastpricelist FROM item WHERE id = {}", item))) {
        return false;
    }
    set_item(item, "pricelist", "lastpricelist");
    set_item(item, "lastpricelist", "NULL");
    if (!keeps_operation) {
        delete_rows("runningoperation", fmt::format("item = {} AND intname = 'setparam'", item));
    }
    write_history(item, "service.changepricelist.rollback", "lastpricelist,pricelist");
    return true;
}

void FakePanel::fail(Id item) {
    exec(fmt::format("UPDATE runningoperation SET trycount = trycount + 1 WHERE item = {}", item));
}

void FakePanel::remove(Id item) {
    delete_rows("runningoperation", fmt::format("item = {}", item));
    for (const char* table : {"itemparam", "itemcryptedparam", "itemstat"}) {
        exec(fmt::format("DELETE FROM {} WHERE item = {}", table, item));
    }
    delete_rows("item", fmt::format("parent = {0} OR id = {0}", item));
}

}  // namespace bn::testing
