#include "tests/fakes/panel/sample.hpp"

#include <array>
#include <stdexcept>

namespace bn::testing {

namespace {

struct Client {
    const char* email;
    const char* name;
};

constexpr std::array<Client, 6> kClients = {{
    {"anna.kovalenko@example.com", "Анна Коваленко"},
    {"office@zapad-stroy.example", "ООО «Запад-Строй»"},
    {"m.petrov@example.org", "Михаил Петров"},
    {"Studio.Lumen@Example.net", "Studio Lumen"},
    {"v.sidorenko@example.com", "Vera Sidorenko"},
    {"it@hotel-neman.example", "Hotel Neman"},
}};

// An item that was opened by an earlier module: its login is saved.
Id opened(FakePanel& panel, Id account, Id tariff, Id server) {
    ItemSpec spec;
    spec.account = account;
    spec.tariff = tariff;
    spec.server = server;
    const Id item = panel.add_item(spec);
    panel.set_param(item, "username", "user_" + std::to_string(item));
    return item;
}

}  // namespace

SampleIds fill_sample(FakePanel& panel, const std::vector<ServerSpec>& servers) {
    if (servers.empty()) {
        throw std::runtime_error("a sample panel needs at least one server");
    }
    SampleIds ids;
    for (const ServerSpec& server : servers) {
        ids.servers.push_back(panel.add_server(server));
    }
    TariffSpec small;
    small.name = "Cloud 10";
    small.usergroup = "start";
    small.trial_gib = 2;
    ids.small = panel.add_tariff(small);
    TariffSpec large;
    large.name = "Cloud 50";
    large.disk_gib = 50;
    large.usergroup = "pro";
    ids.large = panel.add_tariff(large);
    TariffSpec broken;
    broken.name = "Cloud special offer";
    broken.disk_gib = std::nullopt;
    ids.broken = panel.add_tariff(broken);

    std::vector<Id> clients;
    for (const Client& client : kClients) {
        clients.push_back(panel.add_client(client.email, client.name));
    }
    const Id first = ids.servers.front();
    const Id last = ids.servers.back();
    auto& items = ids.items;
    panel.skip_ids(100);
    items.push_back(opened(panel, clients[0], ids.small, first));
    items.push_back(opened(panel, clients[1], ids.large, first));
    items.push_back(opened(panel, clients[2], ids.small, first));
    items.push_back(opened(panel, clients[3], ids.large, last));
    items.push_back(opened(panel, clients[4], ids.small, last));
    items.push_back(opened(panel, clients[5], ids.large, first));
    ChildSpec more;
    more.intvalue = 25;  // 50 GiB included, 25 ordered
    panel.add_child(items[5], panel.disk_of(ids.large), more);
    items.push_back(opened(panel, clients[1], ids.small, last));
    panel.suspend(items[6]);
    panel.finish(items[6]);
    items.push_back(opened(panel, clients[2], ids.small, first));
    panel.close(items[7]);
    panel.finish(items[7]);
    items.push_back(panel.order(clients[0], ids.large));
    items.push_back(panel.order(clients[3], ids.small));
    panel.pay(items[9], first);
    items.push_back(opened(panel, clients[4], ids.small, first));
    panel.set_item(items[10], "period", "-100");
    items.push_back(opened(panel, clients[5], ids.broken, first));
    return ids;
}

}  // namespace bn::testing
