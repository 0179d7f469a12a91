// sample-panel: a BILLmanager database in an SQLite file, and the hand that changes it.
#include <cstdlib>
#include <iostream>
#include <map>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tests/fakes/panel/sample.hpp"

namespace {

using bn::testing::FakePanel;
using bn::testing::Id;
using Args = std::vector<std::string>;

constexpr const char* kUsage =
    R"(sample-panel: a sample of BILLmanager's database in an SQLite file

  sample-panel FILE create NAME URL LOGIN PASSWORD [NAME URL LOGIN PASSWORD ...]
      makes the file anew with twelve services on these clouds; a PASSWORD of "-" is taken from
      the environment variable SAMPLE_PANEL_PASSWORD
  sample-panel FILE list                  the services, their status and pending operations
  sample-panel FILE order CLIENT TARIFF   a new service, not paid; prints its id
  sample-panel FILE pay ITEM [SERVER]     paid: to be opened on SERVER (the first one)
  sample-panel FILE suspend ITEM          not paid any more
  sample-panel FILE resume ITEM
  sample-panel FILE close ITEM
  sample-panel FILE tariff ITEM TARIFF    another tariff
  sample-panel FILE more ITEM GIB         GIB of space on top of the tariff
  sample-panel FILE finish ITEM           the pending operation succeeded
  sample-panel FILE remove ITEM           the row is gone

Each change leaves an operation pending, as in the panel, until `finish`. Ids: CLIENT and TARIFF as
`list` shows them.
)";

// A wrong command line.
struct Usage {
    std::string what;
};

Id to_id(const std::string& text) {
    std::size_t used = 0;
    unsigned long id = 0;
    try {
        id = std::stoul(text, &used);
    } catch (const std::exception&) {
        used = 0;
    }
    if (used == 0 || used != text.size() || id == 0 || id > 0xFFFFFFFFUL) {
        throw Usage{fmt::format("'{}' is not an id", text)};
    }
    return static_cast<Id>(id);
}

void create(const std::string& file, const Args& args) {
    if (args.empty() || args.size() % 4 != 0) {
        throw Usage{"create needs NAME URL LOGIN PASSWORD for each cloud"};
    }
    std::vector<bn::testing::ServerSpec> servers;
    for (std::size_t i = 0; i < args.size(); i += 4) {
        bn::testing::ServerSpec server;
        server.name = args[i];
        server.base_url = args[i + 1];
        server.login = args[i + 2];
        server.password = args[i + 3];
        if (server.password == "-") {
            const char* password = std::getenv("SAMPLE_PANEL_PASSWORD");
            if (password == nullptr) {
                throw Usage{"SAMPLE_PANEL_PASSWORD is not set"};
            }
            server.password = password;
        }
        servers.push_back(server);
    }
    FakePanel panel = FakePanel::create_sqlite(file);
    const auto ids = bn::testing::fill_sample(panel, servers);
    std::cout << fmt::format(
        "{}: {} services on {} clouds\n", file, ids.items.size(), ids.servers.size()
    );
}

void print_rows(FakePanel& panel, const char* title, const std::string& query) {
    std::cout << title << "\n" << panel.value(query).value_or("  none") << "\n";
}

void list(FakePanel& panel) {
    print_rows(
        panel,
        "clouds",
        "SELECT group_concat('  ' || id || '  ' || name, char(10)) FROM processingmodule"
    );
    print_rows(
        panel,
        "tariffs",
        "SELECT group_concat('  ' || id || '  ' || name, char(10)) FROM pricelist "
        "WHERE parent IS NULL"
    );
    print_rows(
        panel, "clients", "SELECT group_concat('  ' || id || '  ' || name, char(10)) FROM account"
    );
    print_rows(
        panel,
        "services (status: 1 ordered, 2 active, 3 suspended, 4 deleted, 5 in progress)",
        "SELECT group_concat('  ' || i.id || '  status ' || i.status || '  tariff ' || i.pricelist "
        "|| '  client ' || i.account || COALESCE('  pending ' || (SELECT group_concat(r.intname) "
        "FROM runningoperation r WHERE r.item = i.id), ''), char(10)) FROM item i "
        "WHERE i.parent IS NULL"
    );
}

void require_item(FakePanel& panel, Id item) {
    if (!panel.value(fmt::format("SELECT id FROM item WHERE id = {} AND parent IS NULL", item))) {
        throw Usage{fmt::format("there is no service {}", item)};
    }
}

void change(FakePanel& panel, const std::string& verb, const Args& args) {
    static const std::map<std::string, std::size_t> kArguments = {
        {"order", 2},
        {"pay", 1},
        {"suspend", 1},
        {"resume", 1},
        {"close", 1},
        {"tariff", 2},
        {"more", 2},
        {"finish", 1},
        {"remove", 1}};
    const auto known = kArguments.find(verb);
    if (known == kArguments.end()) {
        throw Usage{fmt::format("there is no command '{}'", verb)};
    }
    const bool fits = args.size() == known->second || (verb == "pay" && args.size() == 2);
    if (!fits) {
        throw Usage{fmt::format("'{}' needs {} argument(s)", verb, known->second)};
    }
    const Id id = to_id(args[0]);
    if (verb == "order") {
        std::cout << panel.order(id, to_id(args[1])) << "\n";
        return;
    }
    require_item(panel, id);
    if (verb == "pay") {
        const std::string first = panel.value("SELECT MIN(id) FROM processingmodule").value_or("0");
        panel.pay(id, to_id(args.size() > 1 ? args[1] : first));
    } else if (verb == "suspend") {
        panel.suspend(id);
    } else if (verb == "resume") {
        panel.resume(id);
    } else if (verb == "close") {
        panel.close(id);
    } else if (verb == "tariff") {
        panel.change_tariff(id, to_id(args[1]));
    } else if (verb == "more") {
        panel.order_more(id, to_id(args[1]));
    } else if (verb == "finish") {
        panel.finish(id);
    } else {
        panel.remove(id);
    }
}

int run(const Args& args) {
    if (args.size() < 2) {
        throw Usage{"a file and a command are needed"};
    }
    const Args rest(args.begin() + 2, args.end());
    if (args[1] == "create") {
        create(args[0], rest);
        return 0;
    }
    FakePanel panel = FakePanel::open_sqlite(args[0]);
    if (args[1] == "list") {
        list(panel);
    } else {
        panel.exec("BEGIN IMMEDIATE");
        change(panel, args[1], rest);
        panel.exec("COMMIT");
    }
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
        std::cerr << "sample-panel: " << wrong.what << "\n\n" << kUsage;
        return 2;
    } catch (const std::exception& error) {
        std::cerr << "sample-panel: " << error.what() << "\n";
        return 1;
    }
}
