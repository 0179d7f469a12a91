#include "tests/fakes/panel/bulk.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace bn::testing {

namespace {

constexpr Id kBatch = 2000;              // rows of one INSERT
constexpr Id kChildren = 1'000'000'000;  // their ids begin here

void add_batch(FakePanel& panel, Id server, Id tariff, Id disk, Id from, Id count) {
    std::string accounts;
    std::string users;
    std::string items;
    std::string children;
    std::string params;
    for (Id i = from; i < from + count; ++i) {
        const char* comma = i == from ? "" : ",";
        accounts += fmt::format("{0}({1},'c{1}')", comma, i);
        users += fmt::format("{0}({1},{1},'u{1}','Client {1}','U{1}@x.by')", comma, i);
        items += fmt::format("{0}({1},{1},{2},{3},1,2)", comma, i, tariff, server);
        params += fmt::format("{0}({1},{1},'username','user_{1}')", comma, i);
        if (i % 3 == 0) {
            children += fmt::format(
                "{}({},{},{},2,{})", children.empty() ? "" : ",", kChildren + i, i, disk, i % 7
            );
        }
    }
    panel.exec("INSERT INTO account (id, name) VALUES " + accounts);
    panel.exec("INSERT INTO `user` (id, account, name, realname, email) VALUES " + users);
    panel.exec(
        "INSERT INTO item (id, account, pricelist, processingmodule, period, status) VALUES " +
        items
    );
    panel.exec("INSERT INTO itemparam (id, item, intname, value) VALUES " + params);
    if (!children.empty()) {
        panel.exec("INSERT INTO item (id, parent, pricelist, status, intvalue) VALUES " + children);
    }
}

}  // namespace

void add_many(FakePanel& panel, Id server, Id tariff, Id disk, Id from, Id count) {
    for (Id done = 0; done < count; done += kBatch) {
        add_batch(panel, server, tariff, disk, from + done, std::min(kBatch, count - done));
    }
}

}  // namespace bn::testing
