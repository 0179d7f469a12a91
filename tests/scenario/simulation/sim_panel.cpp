#include "tests/scenario/simulation/sim_panel.hpp"

#include <algorithm>
#include <utility>

#include "bm_reader/row_mapper.hpp"
#include "bm_reader/text.hpp"

namespace bn::sim {
namespace {

std::string argument(const PanelCall& call, std::string_view name) {
    const auto found = std::ranges::find(call.arguments, name, [](const auto& a) {
        return std::string_view(a.first);
    });
    return found == call.arguments.end() ? std::string() : found->second;
}

}  // namespace

void SimPanel::begin(ItemId item, std::string command) {
    PendingOperation operation;
    operation.id = next_operation++;
    operation.item = item;
    operation.command = std::move(command);
    operation.itemtype = "backupservice";
    items.at(item).operations.push_back(std::move(operation));
}

std::optional<Wanted> SimPanel::wanted(ItemId id) const {
    const auto found = items.find(id);
    if (found == items.end()) {
        return std::nullopt;
    }
    const SimItem& item = found->second;
    std::vector<bm_reader::Operation> pending;
    pending.reserve(item.operations.size());
    for (const PendingOperation& operation : item.operations) {
        pending.push_back(bm_reader::to_operation(operation.command));
    }
    // A suspended service of which something else is changed carries a flag.
    const auto decided = bm_reader::decide_wanted(status_of(item), pending, item.status == 3, id);
    return decided ? std::optional(decided->wanted) : std::nullopt;
}

int SimPanel::status_of(const SimItem& item) const {
    return stores_5 && !item.operations.empty() ? 5 : item.status;
}

bool SimPanel::only_changes(const SimItem& item) {
    return std::ranges::all_of(item.operations, [](const PendingOperation& o) {
        return bm_reader::to_operation(o.command) == bm_reader::Operation::kKeep;
    });
}

bool SimPanel::opening(const SimItem& item) {
    return std::ranges::any_of(item.operations, [](const PendingOperation& o) {
        return o.command == "open" || o.command == "reopen";
    });
}

bool SimPanel::opened(const SimItem& item) const {
    const int status = status_of(item);
    return !opening(item) && (status == 2 || status == 3 || (item.paid && status != 1));
}

std::string SimPanel::login_of(ItemId id, const SimItem& item) {
    return !item.username.empty() ? item.username : "user_" + std::to_string(id.value);
}

std::string SimPanel::email_of(std::uint32_t client) {
    return "client" + std::to_string(client) + "@example.org";
}

std::vector<ServerId> SimPanel::servers() const {
    return two_modules ? std::vector{ServerId(1), ServerId(2)} : std::vector{ServerId(1)};
}

std::string SimPanel::address_of(ServerId server) {
    return server.value == 1 ? "https://cloud.example" : "https://127.0.0.1";
}

DesiredSnapshot SimPanel::read(Time now) const {
    DesiredSnapshot snapshot;
    snapshot.taken_at = now;
    snapshot.complete = complete;
    snapshot.incomplete_reason = complete ? "" : "the connection was lost";
    snapshot.panel_fingerprint = "panel-of-the-history";
    snapshot.mark = {history, next_item};
    for (const auto& [id, item] : items) {
        if (shown(id)) {
            snapshot.items.push_back(id);
        }
    }
    for (const ServerId id : servers()) {
        add_server(snapshot, id);
    }
    add_rest(snapshot);
    std::ranges::stable_sort(snapshot.holds, {}, &Hold::item);
    return snapshot;
}

void SimPanel::add_server(DesiredSnapshot& snapshot, ServerId of) const {
    DesiredServer& server = snapshot.servers.emplace_back();
    server.id = of;
    server.name = "cloud";
    server.base_url = address_of(of);
    server.login = "admin";
    server.password = Secret("of the cloud");
    std::vector<std::string> logins;
    logins.reserve(items.size());
    DesiredTable::Builder builder;
    for (const auto& [id, item] : items) {
        if (item.server != of || !shown(id) || !in_table(item)) {
            continue;
        }
        const std::optional<Wanted> what = wanted(id);
        logins.push_back(login_of(id, item));
        DesiredAccount row;
        row.item = id;
        row.login = logins.back();
        row.client = item.client;
        const std::string email = email_of(item.client);  // outlives the row
        row.email = email;
        row.wanted = what.value_or(Wanted::kNothing);
        if (wants_account(row.wanted)) {  // as the reader: of others it asks no tariff
            row.quota = item.quota;
        }
        row.held = !what.has_value();
        row.login_saved = opened(item) && !item.username.empty();
        row.in_progress = !item.operations.empty();
        row.maybe_unpaid = status_of(item) == 5 && !item.paid && only_changes(item);
        if (row.held) {
            snapshot.holds.emplace_back(
                id, of, HoldCode::kUnknownStatus, "item", "its status says nothing", "look"
            );
        }
        builder.add(row);
    }
    server.accounts = std::move(builder).finish();
}

// What no table can hold: what it names is asked for before anything is taken away.
void SimPanel::add_rest(DesiredSnapshot& snapshot) const {
    DesiredTable::Builder claims;
    for (const auto& [id, item] : items) {
        if (!shown(id) || in_table(item)) {
            continue;
        }
        const std::optional<Wanted> what = wanted(id);
        const std::string name = bm_reader::only_login_characters(item.username + item.flaw);
        DesiredAccount named;
        named.item = id;
        named.client = item.client;
        named.login = bm_reader::trim(name);
        named.login_saved = opened(item);
        named.wanted = what.value_or(Wanted::kNothing);
        named.held = !what.has_value();
        if (!name.empty()) {
            claims.add(named);
        }
        const bool waits = !item.on_no_server && !item.operations.empty();
        if (what == Wanted::kAbsent && !waits) {
            snapshot.closed.push_back({id, item.client, opened(item)});
        }
        if (wants_account(named.wanted) || waits) {
            const auto why = item.on_no_server ? HoldCode::kNoServer : HoldCode::kBadLogin;
            const ServerId on = item.on_no_server ? ServerId() : item.server;
            snapshot.holds.emplace_back(id, on, why, "item", "its row cannot be served", "look");
        }
    }
    snapshot.claims = std::move(claims).finish();
}

std::vector<PendingOperation> SimPanel::operations() const {
    std::vector<PendingOperation> all;
    for (const auto& [id, item] : items) {
        all.insert(all.end(), item.operations.begin(), item.operations.end());
    }
    return all;
}

SavedParams SimPanel::saved(ItemId id) const {
    SavedParams saved;
    const auto found = items.find(id);
    if (found == items.end()) {
        return saved;
    }
    const SimItem& item = found->second;
    saved.exists = true;
    saved.status = status_of(item);
    for (const PendingOperation& operation : item.operations) {
        saved.operations.push_back(operation.id);
    }
    if (!item.username.empty()) {
        saved.plain.emplace("username", Secret(item.username + item.flaw));
    }
    if (!item.url.empty()) {
        saved.plain.emplace("url", Secret(item.url));
    }
    if (item.password) {
        saved.crypted.emplace("userpassword", item.password);
    }
    return saved;
}

void SimPanel::end(SimItem& item, std::string_view function) {
    static const std::map<std::string, int, std::less<>> kStatusAfter = {
        {"backupservice.open", 2},
        {"service.postresume", 2},
        {"service.postreopen", 2},
        {"service.postsuspend", 3},
        {"service.postclose", 4},
    };
    const auto after = kStatusAfter.find(function);
    item.status = after == kStatusAfter.end() ? item.status : after->second;
    item.paid = item.paid || item.status == 2;
    item.operations.clear();
}

PanelAnswer SimPanel::obey(const PanelCall& call) {
    PanelAnswer answer;
    answer.ok = true;
    const std::string elid = argument(call, "elid");
    const ItemId id(elid.empty() ? 0 : static_cast<std::uint32_t>(std::stoul(elid)));
    const auto found = items.find(id);
    const bool of_item = call.function == "service.saveparam" ||
                         call.function.starts_with("service.post") ||
                         call.function.ends_with(".open");
    if (!of_item) {
        return answer;  // errors and tasks for the staff
    }
    if (found == items.end()) {
        answer.ok = false;
        answer.error_type = "missed";
        return answer;
    }
    SimItem& item = found->second;
    if (call.function == "service.saveparam") {
        const std::string name = argument(call, "name");
        if (!call.secrets.empty()) {
            item.password = call.secrets.front().second;
        } else if (name == "username") {
            item.username = argument(call, "value");
            item.flaw.clear();
        } else {
            item.url = argument(call, "value");
        }
        return answer;
    }
    end(item, call.function);
    ++history;
    return answer;
}

}  // namespace bn::sim
