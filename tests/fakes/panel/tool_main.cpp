// fake-panel: the hand that changes a panel's double and the eye that looks at it. Prints JSON.
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "tests/fakes/panel/faults.hpp"
#include "tests/fakes/panel/module_run.hpp"
#include "tests/fakes/panel/panel_home.hpp"
#include "tests/fakes/panel/payments.hpp"

namespace {

using namespace bn::testing;
using Args = std::vector<std::string>;
using Json = nlohmann::ordered_json;

constexpr const char* kUsage = R"(fake-panel: a panel's double in a folder with a panel.json

  fake-panel FOLDER create                              the database anew, the key, sbin/mgrctl
  fake-panel FOLDER add-server NAME URL LOGIN PASSWORD [crypted]
             a PASSWORD of "-" is taken from FAKE_PANEL_PASSWORD
  fake-panel FOLDER add-tariff NAME GIB [GROUP]         a GIB of "-": without disk space
  fake-panel FOLDER set-group TARIFF GROUP
  fake-panel FOLDER add-client EMAIL NAME
  fake-panel FOLDER order CLIENT TARIFF [N]             N services, not paid
  fake-panel FOLDER pay ITEM [SERVER]                   to be opened on SERVER (the first one)
  fake-panel FOLDER pay-all [SERVER]                    all that are ordered, at once
  fake-panel FOLDER suspend ITEM [FLAG]                 autosuspend, employeesuspend, abusesuspend
  fake-panel FOLDER resume | close | sync | remove ITEM
  fake-panel FOLDER set-tariff ITEM TARIFF
  fake-panel FOLDER order-more ITEM GIB
  fake-panel FOLDER prolong ITEM MONTHS
  fake-panel FOLDER set-param ITEM NAME VALUE [crypted] as an earlier module saved it
  fake-panel FOLDER manual OPERATION on|off
  fake-panel FOLDER add-paymethod MODULE CURRENCY [NAME=VALUE ...]
  fake-panel FOLDER bill CLIENT PAYMETHOD AMOUNT [ITEM] a new payment, for an ordered service
  fake-panel FOLDER age-payment PAYMENT MINUTES         it was made so much earlier
  fake-panel FOLDER log-in CLIENT                       the cookie of the client's first user
  fake-panel FOLDER show-payment PAYMENT | payments
  fake-panel FOLDER show ITEM | list | operations | tasks | problems | stats
  fake-panel FOLDER fault JSON | no-faults | away | back
  fake-panel FOLDER module SERVER COMMAND [OPTION VALUE ...]
             runs the server's module once, with our stdin; its answer and exit code are ours

A change begins an operation; fake-panel-runner starts the module for it, and the completion call
ends it.
)";

// A wrong command line.
struct Usage {
    std::string what;
};

Id to_id(const std::string& text) {
    const bool digits = !text.empty() && text.size() < 10 &&
                        text.find_first_not_of("0123456789") == std::string::npos;
    const Id id = digits ? static_cast<Id>(std::stoul(text)) : 0;
    if (id == 0) {
        throw Usage{fmt::format("'{}' is not an id", text)};
    }
    return id;
}

std::string at(const Args& args, std::size_t index, const std::string& missing = {}) {
    return index < args.size() ? args[index] : missing;
}

Id item_of(FakePanel& panel, const Args& args) {
    const Id item = to_id(at(args, 0));
    if (!panel.value(fmt::format("SELECT id FROM item WHERE id = {} AND parent IS NULL", item))) {
        throw Usage{fmt::format("there is no service {}", item)};
    }
    return item;
}

Id server_of(FakePanel& panel, const std::string& given) {
    return to_id(
        given.empty() ? panel.value("SELECT MIN(id) FROM processingmodule").value_or("0") : given
    );
}

Json table(FakePanel& panel, const std::string& query) {
    Json out = Json::array();
    for (const SqlRow& row : panel.rows(query)) {
        out.push_back(row);
    }
    return out;
}

// ---- changes: each in one transaction

struct Change {
    FakePanel& panel;
    const PanelHome& home;
    const Args& args;
};

Json add_server(Change c) {
    ServerSpec spec;
    spec.name = c.args[0];
    spec.base_url = c.args[1];
    spec.login = c.args[2];
    spec.password = c.args[3];
    if (spec.password == "-") {
        const char* password = std::getenv("FAKE_PANEL_PASSWORD");
        if (password == nullptr) {
            throw Usage{"FAKE_PANEL_PASSWORD is not set"};
        }
        spec.password = password;
    }
    spec.crypt_pem = at(c.args, 4) == "crypted" ? c.home.pem : "";
    return {{"server", c.panel.add_server(spec)}};
}

Json add_tariff(Change c) {
    TariffSpec spec;
    spec.name = c.args[0];
    spec.disk_gib = std::nullopt;
    if (c.args[1] != "-") {
        spec.disk_gib = std::stoll(c.args[1]);
    }
    spec.usergroup = at(c.args, 2);
    return {{"tariff", c.panel.add_tariff(spec)}};
}

Json order(Change c) {
    const Id count = c.args.size() > 2 ? to_id(c.args[2]) : 1;
    Json items = Json::array();
    for (Id i = 0; i < count; ++i) {
        items.push_back(c.panel.order(to_id(c.args[0]), to_id(c.args[1])));
    }
    return {{"item", items[0]}, {"items", items}};
}

Json pay_all(Change c) {
    const Id server = server_of(c.panel, at(c.args, 0));
    Json items = Json::array();
    for (const SqlRow& row : c.panel.rows(
             "SELECT id FROM item WHERE status = 1 AND parent IS NULL AND processingmodule IS NULL "
             "ORDER BY id"
         )) {
        c.panel.pay(to_id(row.at("id")), server);
        items.push_back(to_id(row.at("id")));
    }
    return {{"items", items}};
}

Json set_param(Change c) {
    const std::string pem = at(c.args, 3) == "crypted" ? c.home.pem : "";
    c.panel.set_param(item_of(c.panel, c.args), c.args[1], c.args[2], pem);
    return {{"ok", true}};
}

Json set_manual(Change c) {
    if (c.args[1] != "on" && c.args[1] != "off") {
        throw Usage{"manual OPERATION on|off"};
    }
    c.panel.exec(fmt::format(
        "UPDATE runningoperation SET manual = '{}' WHERE id = {}", c.args[1], to_id(c.args[0])
    ));
    return {{"ok", true}};
}

Json add_paymethod_of(Change c) {
    PaymethodSpec spec;
    spec.module = c.args[0];
    spec.currency = c.args[1];
    for (std::size_t i = 2; i < c.args.size(); ++i) {
        const std::size_t equals = c.args[i].find('=');
        if (equals == std::string::npos) {
            throw Usage{"'" + c.args[i] + "' is not NAME=VALUE"};
        }
        spec.settings.emplace_back(c.args[i].substr(0, equals), c.args[i].substr(equals + 1));
    }
    return {{"paymethod", add_paymethod(c.panel, spec)}};
}

Json bill(Change c) {
    PaymentSpec spec;
    spec.client = to_id(c.args[0]);
    spec.paymethod = to_id(c.args[1]);
    spec.amount = c.args[2];
    if (c.args.size() > 3) {
        spec.item = to_id(c.args[3]);
    }
    return {{"payment", add_payment(c.panel, spec)}};
}

Json age_payment(Change c) {
    const Id minutes = to_id(c.args[1]);
    const std::string earlier = c.home.sqlite.empty()
                                    ? fmt::format("createdate - INTERVAL {} MINUTE", minutes)
                                    : fmt::format("DATETIME(createdate, '-{} minutes')", minutes);
    c.panel.exec(
        fmt::format("UPDATE payment SET createdate = {} WHERE id = {}", earlier, to_id(c.args[0]))
    );
    return {{"ok", true}};
}

// A step of the service's life; prints the operation that it left.
template <class Step>
Json life(Change c, Step step) {
    const Id item = item_of(c.panel, c.args);
    step(item);
    const auto operation =
        c.panel.value(fmt::format("SELECT MAX(id) FROM runningoperation WHERE item = {}", item));
    return {{"item", item}, {"operation", operation ? std::stol(*operation) : 0}};
}

struct ChangeVerb {
    std::size_t min;
    std::size_t max;
    std::function<Json(Change)> run;
};

const std::map<std::string, ChangeVerb>& life_verbs() {
    static const std::map<std::string, ChangeVerb> kVerbs = {
        {"pay",
         {1,
          2,
          [](Change c) {
              const Id server = server_of(c.panel, at(c.args, 1));
              return life(c, [&](Id item) { c.panel.pay(item, server); });
          }}},
        {"suspend",
         {1,
          2,
          [](Change c) {
              return life(c, [&](Id item) { c.panel.suspend(item, at(c.args, 1, "autosuspend")); });
          }}},
        {"resume",
         {1, 1, [](Change c) { return life(c, [&](Id item) { c.panel.resume(item); }); }}},
        {"close", {1, 1, [](Change c) { return life(c, [&](Id item) { c.panel.close(item); }); }}},
        {"sync",
         {1,
          1,
          [](Change c) {
              return life(c, [&](Id item) { c.panel.add_operation(item, "sync_item"); });
          }}},
        {"remove",
         {1, 1, [](Change c) { return life(c, [&](Id item) { c.panel.remove(item); }); }}},
        {"set-tariff",
         {2,
          2,
          [](Change c) {
              const Id tariff = to_id(c.args[1]);
              return life(c, [&](Id item) { c.panel.change_tariff(item, tariff); });
          }}},
        {"order-more",
         {2,
          2,
          [](Change c) {
              const std::int64_t gib = std::stoll(c.args[1]);
              return life(c, [&](Id item) { c.panel.order_more(item, gib); });
          }}},
        {"prolong", {2, 2, [](Change c) {
                         const int months = std::stoi(c.args[1]);
                         return life(c, [&](Id item) { c.panel.prolong(item, months); });
                     }}}};
    return kVerbs;
}

const std::map<std::string, ChangeVerb>& other_verbs() {
    static const std::map<std::string, ChangeVerb> kVerbs = {
        {"add-server", {4, 5, add_server}},
        {"add-tariff", {2, 3, add_tariff}},
        {"add-client",
         {2,
          2,
          [](Change c) {
              return Json{{"client", c.panel.add_client(c.args[0], c.args[1])}};
          }}},
        {"set-group",
         {2,
          2,
          [](Change c) {
              c.panel.set_group(to_id(c.args[0]), c.args[1]);
              return Json{{"ok", true}};
          }}},
        {"order", {2, 3, order}},
        {"pay-all", {0, 1, pay_all}},
        {"set-param", {3, 4, set_param}},
        {"add-paymethod", {2, 32, add_paymethod_of}},
        {"bill", {3, 4, bill}},
        {"age-payment", {2, 2, age_payment}},
        {"log-in",
         {1,
          1,
          [](Change c) {
              return Json{{"session", log_in(c.panel, to_id(c.args[0]))}};
          }}},
        {"manual", {2, 2, set_manual}}};
    return kVerbs;
}

// ---- looking

constexpr const char* kOperations =
    "SELECT r.id, r.item, r.intname, r.trycount, r.manual, r.errorxml FROM runningoperation r";
constexpr const char* kTasks = "SELECT id, type, item, status, runningoperation, params FROM task";

Json show_item(const PanelHome& home, FakePanel& panel, const Args& args) {
    const Id item = to_id(at(args, 0));
    const Json rows = table(
        panel,
        fmt::format(
            "SELECT id, name, account, pricelist, lastpricelist, processingmodule, status, "
            "autosuspend, employeesuspend, abusesuspend, opendate, expiredate FROM item "
            "WHERE id = {}",
            item
        )
    );
    if (rows.empty()) {
        return {{"item", item}, {"gone", true}};
    }
    Json out = rows[0];
    out["params"] = Json::object();
    for (const SqlRow& row :
         panel.rows(fmt::format("SELECT intname, value FROM itemparam WHERE item = {}", item))) {
        out["params"][row.at("intname")] = row.contains("value") ? row.at("value") : "";
    }
    out["crypted"] = Json::object();  // in clear: the double has the key
    for (const SqlRow& row :
         panel.rows(fmt::format("SELECT intname, value FROM itemcryptedparam WHERE item = {}", item)
         )) {
        out["crypted"][row.at("intname")] = decrypt_param(home.pem, row.at("value"));
    }
    out["operations"] =
        table(panel, fmt::format("{} WHERE r.item = {} ORDER BY r.id", kOperations, item));
    out["tasks"] = table(panel, fmt::format("{} WHERE item = {} ORDER BY id", kTasks, item));
    out["history"] = table(
        panel,
        fmt::format(
            "SELECT id, changedate, changedfields, request_action, request_ip FROM history_item "
            "WHERE reference = {} ORDER BY id",
            item
        )
    );
    out["stats"] = table(
        panel,
        fmt::format(
            "SELECT statdate, param, value, measure FROM itemstat WHERE item = {} "
            "ORDER BY statdate, param",
            item
        )
    );
    return out;
}

constexpr const char* kPayments =
    "SELECT p.id, p.number, p.status, p.externalid, p.info, p.createdate, p.paydate, p.paymethod, "
    "p.subaccountamount AS amount, p.usedamount AS used, s.account, s.balance, b.item "
    "FROM payment p JOIN subaccount s ON s.id = p.subaccount "
    "LEFT JOIN billorderitem b ON b.billorder = p.billorder";

Json payments(FakePanel& panel, const std::string& condition) {
    Json out = table(panel, fmt::format("{} WHERE {} ORDER BY p.id", kPayments, condition));
    for (Json& payment : out) {
        for (const char* name : {"amount", "used", "balance"}) {
            payment[name] = money_text(payment.at(name).get<std::string>());
        }
    }
    return out;
}

Json stats(FakePanel& panel) {
    return {
        {"itemstat",
         table(
             panel,
             "SELECT item, statdate, param, value, measure FROM itemstat "
             "ORDER BY item, statdate, param"
         )},
        {"poststat",
         table(panel, "SELECT processingmodule, statdate FROM fake_poststat ORDER BY id")}};
}

Json look(const PanelHome& home, const std::string& verb, const Args& args) {
    const HomeLock lock(home, "write");  // one moment, not several
    FakePanel panel = home.open();
    if (verb == "show") {
        return show_item(home, panel, args);
    }
    if (verb == "operations") {
        return table(panel, fmt::format("{} ORDER BY r.id", kOperations));
    }
    if (verb == "tasks") {
        return table(panel, fmt::format("{} ORDER BY id", kTasks));
    }
    if (verb == "problems") {
        return table(
            panel,
            "SELECT id, name, object, level, params, times, solved FROM fake_problem ORDER BY id"
        );
    }
    if (verb == "stats") {
        return stats(panel);
    }
    if (verb == "show-payment") {
        const Json found = payments(panel, fmt::format("p.id = {}", to_id(at(args, 0))));
        return found.empty() ? Json{{"gone", true}} : found[0];
    }
    if (verb == "payments") {
        return payments(panel, "1 = 1");
    }
    if (verb == "list") {
        return table(
            panel,
            "SELECT id, status, pricelist, processingmodule, account FROM item "
            "WHERE parent IS NULL ORDER BY id"
        );
    }
    throw Usage{"there is no command '" + verb + "'"};
}

int run_module(const PanelHome& home, const Args& args) {
    if (args.size() < 2 || args.size() % 2 != 0) {
        throw Usage{"module SERVER COMMAND [OPTION VALUE ...]"};
    }
    const auto module = home.open().value(
        fmt::format("SELECT module FROM processingmodule WHERE id = {}", to_id(args[0]))
    );
    if (!module) {
        throw Usage{"there is no server " + args[0]};
    }
    std::vector<Option> options = {{"--command", args[1]}, {"--module", args[0]}, {"--lang", "en"}};
    for (std::size_t i = 2; i < args.size(); i += 2) {
        options.emplace_back(args[i], args[i + 1]);
    }
    ModuleRun run(home, *module, in_some_order(std::move(options), 7), true);
    run.wait();
    run.log(home);
    std::cout << run.text();
    return run.exit_code();
}

Json change(const PanelHome& home, const ChangeVerb& verb, const Args& args) {
    if (args.size() < verb.min || args.size() > verb.max) {
        throw Usage{"the wrong number of arguments"};
    }
    PanelChange change(home);
    const Change c{change.panel(), home, args};
    Json out = verb.run(c);
    change.commit();
    return out;
}

void create(const PanelHome& home) {
    namespace fs = std::filesystem;
    static_cast<void>(home.create());
    for (const char* folder : {"processing", "paymethods", "cgi", "sbin"}) {
        fs::create_directories(home.path(folder));
    }
    fs::remove(home.path("sbin/mgrctl"));
    fs::create_symlink(
        fs::read_symlink("/proc/self/exe").parent_path() / "fake-mgrctl", home.path("sbin/mgrctl")
    );
}

Json faults(const PanelHome& home, const std::string& verb, const Args& args) {
    if (verb == "fault") {
        add_fault(home, at(args, 0));
    } else if (verb == "away") {
        add_fault(home, R"({"kind":"unreachable"})");
    } else {
        clear_faults(home);
    }
    return {{"ok", true}};
}

int run(const Args& args) {
    if (args.size() < 2) {
        throw Usage{"a folder and a command are needed"};
    }
    const PanelHome home = PanelHome::read(args[0]);
    const std::string& verb = args[1];
    const Args rest(args.begin() + 2, args.end());
    Json out;
    if (verb == "module") {
        return run_module(home, rest);
    }
    const auto own = life_verbs().find(verb);
    const auto other = other_verbs().find(verb);
    if (own != life_verbs().end()) {
        out = change(home, own->second, rest);
    } else if (other != other_verbs().end()) {
        out = change(home, other->second, rest);
    } else if (verb == "create") {
        create(home);
        out = {{"ok", true}};
    } else if (verb == "fault" || verb == "no-faults" || verb == "away" || verb == "back") {
        out = faults(home, verb, rest);
    } else {
        out = look(home, verb, rest);
    }
    std::cout << out.dump(-1, ' ', false, Json::error_handler_t::replace) << "\n";
    return 0;
}

}  // namespace

int main(int argc, char** argv) {
    const Args args(argv + 1, argv + argc);
    if (args.size() == 1 && args[0] == "--help") {
        std::cout << kUsage;
        return 0;
    }
    try {
        return run(args);
    } catch (const Usage& wrong) {
        std::cerr << "fake-panel: " << wrong.what << "\n\n" << kUsage;
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "fake-panel: " << error.what() << "\n";
        return 1;
    }
}
