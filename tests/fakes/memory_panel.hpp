// fake: a panel in memory behind its three ports: what it sold, its API, and its table of usage. A
// test changes the public members; the ports see it at once. One thread.
//
// The API does what the panel's functions do as far as the way back needs it: post* and *.open end
// the operation of their item, saveparam saves, everything else answers ok. `answer` goes first.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "reconciler/ports/desired_source.hpp"
#include "reconciler/ports/panel_api.hpp"

namespace bn::testing {

class MemoryPanel {
  public:
    struct Sold {
        ServerId server{1};
        std::string login;
        Quota quota = Quota::bytes(1 << 30);
        Wanted wanted = Wanted::kEnabled;
        bool login_saved = false;
        std::uint32_t client = 1;
    };

    std::map<ServerId, std::string> servers{{ServerId(1), "https://cloud.example"}};
    std::string password = "of the cloud";  // of every server
    std::map<ItemId, Sold> items;
    std::vector<Hold> holds;
    std::vector<PendingOperation> operations;
    std::map<ItemId, SavedParams> params;  // without the operations
    std::vector<UsageMeasure> measures;
    std::map<std::string, std::vector<ItemUsageRow>> usage;  // by day
    std::optional<Error> unreadable;                         // the database
    std::string fingerprint;  // which panel it says it is; empty: nothing certain
    PanelMark mark;
    bool complete = true;

    std::vector<PanelCall> calls;
    // What the panel says instead; nothing: it does what it should.
    std::function<std::optional<Result<PanelAnswer>>(const PanelCall&)> answer;

    void sell(std::uint32_t item, std::string login, Wanted wanted = Wanted::kEnabled) {
        items[ItemId(item)].login = std::move(login);
        items[ItemId(item)].wanted = wanted;
        params[ItemId(item)].exists = true;
    }

    void wait_for(std::uint32_t operation, std::uint32_t item, std::string command) {
        PendingOperation pending;
        pending.id = operation;
        pending.item = ItemId(item);
        pending.command = std::move(command);
        pending.itemtype = "backupservice";
        operations.push_back(std::move(pending));
    }

    [[nodiscard]] std::size_t count(std::string_view function) const {
        return static_cast<std::size_t>(std::count_if(
            calls.begin(), calls.end(), [&](const auto& c) { return c.function == function; }
        ));
    }

    // Ports for one reader and one caller; this panel outlives them.
    std::unique_ptr<DesiredSource> source() { return std::make_unique<Source>(*this); }

    std::unique_ptr<PanelApi> api() { return std::make_unique<Api>(*this); }

    std::unique_ptr<UsageSink> sink() { return std::make_unique<Sink>(*this); }

    // The error of a panel that does not run.
    static Error away() {
        Error error(NextMove::kRetryCall, "panel.unreachable", "the panel does not run");
        error.concern = Concern::kPanel;
        return error;
    }

    static PanelAnswer refusal(std::string why) {
        PanelAnswer refused;
        refused.error_type = "missed";
        refused.message = std::move(why);
        return refused;
    }

  private:
    struct Source final : DesiredSource {
        explicit Source(MemoryPanel& p) : panel(p) {}

        Result<DesiredSnapshot> read(Time now) override {
            if (panel.unreadable) {
                return tl::unexpected(*panel.unreadable);
            }
            DesiredSnapshot snapshot;
            snapshot.taken_at = now;
            snapshot.complete = panel.complete;
            snapshot.panel_fingerprint = panel.fingerprint;
            snapshot.mark = panel.mark;
            snapshot.holds = panel.holds;
            for (const auto& [id, address] : panel.servers) {
                DesiredServer& server = snapshot.servers.emplace_back();
                server.id = id;
                server.name = "cloud " + std::to_string(id.value);
                server.base_url = address;
                server.login = "admin";
                server.password = Secret(panel.password);
                DesiredTable::Builder builder;
                for (const auto& [item, sold] : panel.items) {
                    if (sold.server == id) {
                        builder.add(account(item, sold));
                    }
                }
                server.accounts = std::move(builder).finish();
            }
            for (const auto& [item, sold] : panel.items) {
                snapshot.items.push_back(item);
            }
            for (const Hold& hold : panel.holds) {  // a row that tells too little is a row
                snapshot.items.push_back(hold.item);
            }
            std::ranges::sort(snapshot.items);
            const auto twice = std::ranges::unique(snapshot.items);
            snapshot.items.erase(twice.begin(), twice.end());
            return snapshot;
        }

        Result<std::vector<DesiredServer>> servers() override {
            return read(Time()).map([](DesiredSnapshot read) { return std::move(read.servers); });
        }

        Result<std::vector<PendingOperation>> pending_operations() override {
            if (panel.unreadable) {
                return tl::unexpected(*panel.unreadable);
            }
            return panel.operations;
        }

        Result<SavedParams> saved_params(ItemId item) override {
            if (panel.unreadable) {
                return tl::unexpected(*panel.unreadable);
            }
            SavedParams saved = panel.params[item];
            for (const PendingOperation& operation : panel.operations) {
                if (operation.item == item) {
                    saved.operations.push_back(operation.id);
                }
            }
            return saved;
        }

        Result<std::vector<UsageMeasure>> usage_measures() override { return panel.measures; }

        static DesiredAccount account(ItemId item, const Sold& sold) {
            DesiredAccount account;
            account.item = item;
            account.login = sold.login;
            if (wants_account(sold.wanted)) {  // as the reader
                account.quota = sold.quota;
            }
            account.wanted = sold.wanted;
            account.login_saved = sold.login_saved;
            account.client = sold.client;
            return account;
        }

        MemoryPanel& panel;
    };

    struct Api final : PanelApi {
        explicit Api(MemoryPanel& p) : panel(p) {}

        Result<PanelAnswer> call(const PanelCall& call) override {
            panel.calls.push_back(call);
            if (panel.answer) {
                if (std::optional<Result<PanelAnswer>> said = panel.answer(call)) {
                    return *std::move(said);
                }
            }
            panel.obey(call);
            PanelAnswer ok;
            ok.ok = true;
            return ok;
        }

        MemoryPanel& panel;
    };

    struct Sink final : UsageSink {
        explicit Sink(MemoryPanel& p) : panel(p) {}

        Result<void> replace(std::string_view day, const std::vector<ItemUsageRow>& rows) override {
            panel.usage[std::string(day)] = rows;
            return {};
        }

        MemoryPanel& panel;
    };

    static std::string argument(const PanelCall& call, std::string_view name) {
        for (const auto& [key, value] : call.arguments) {
            if (key == name) {
                return value;
            }
        }
        return {};
    }

    // Both forms, as the real one.
    static void save(const PanelCall& call, SavedParams& into) {
        const std::string name = argument(call, "name");
        for (const auto& [field, secret] : call.secrets) {
            into.crypted.insert_or_assign(name.empty() ? field : name, secret);
        }
        if (!name.empty() && call.secrets.empty()) {
            into.plain.insert_or_assign(name, Secret(argument(call, "value")));
        }
        for (const auto& [field, value] : call.arguments) {
            if (name.empty() && field != "elid" && field != "sok" && field != "crypted") {
                into.plain.insert_or_assign(field, Secret(value));
            }
        }
    }

    void obey(const PanelCall& call) {
        const std::string elid = argument(call, "elid");
        const ItemId item(elid.empty() ? 0 : static_cast<std::uint32_t>(std::stoul(elid)));
        if (call.function == "service.saveparam") {
            save(call, params[item]);
        } else if (call.function.starts_with("service.post") || call.function.ends_with(".open")) {
            std::erase_if(operations, [&](const auto& o) { return o.item == item; });
        }
    }
};

}  // namespace bn::testing
