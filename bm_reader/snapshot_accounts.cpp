// From a service's rows to its account, and the holds on the way.
#include <algorithm>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "bm_reader/snapshot_merge.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

void SnapshotReader::hold(ItemId item, ServerId server, Fault fault) {
    out_.holds.emplace_back(
        item,
        server,
        fault.code,
        std::move(fault.where),
        std::move(fault.detail),
        std::move(fault.remedy)
    );
}

void SnapshotReader::hold(Service& service, Fault fault) {
    service.held = true;
    hold(ItemId(service.id), servers_.servers[service.server].id, std::move(fault));
}

void SnapshotReader::incomplete(std::string reason) {
    if (out_.incomplete_reason.empty()) {
        out_.incomplete_reason = std::move(reason);
    }
}

// Quota and group of a service that wants an account.
void SnapshotReader::describe(Service& s, DesiredAccount& account) {
    if (!servers_.servers[s.server].active) {
        hold(
            s,
            Fault{
                HoldCode::kServerDisabled,
                fmt::format("processingmodule {}", servers_.servers[s.server].id.value),
                "the service's processing module is switched off",
                "switch the module on in the panel, or move its services"}
        );
        return;
    }
    if (s.pricelist == 0 || s.pricelist == kNoPricelist) {
        hold(
            s,
            Fault{
                s.pricelist == 0 ? HoldCode::kNoTariff : HoldCode::kDanglingReference,
                fmt::format("item {}", s.id),
                s.pricelist == 0 ? "the service has no tariff"
                                 : "the service's tariff is not an id",
                "give the service a tariff in the panel"}
        );
        return;
    }
    const std::span<const Child> own(children_.data() + s.first_child, s.children);
    if (auto bytes = catalogue_.quota(s.pricelist, own, s.trial)) {
        account.quota = Quota::bytes(*bytes);
    } else {
        hold(s, std::move(bytes.error()));
    }
    if (auto group = catalogue_.group(s.pricelist)) {
        account.group = *group;
    } else {
        hold(s, std::move(group.error()));
    }
}

std::string_view SnapshotReader::login_of(const Service& s, std::string_view saved) {
    if (!saved.empty()) {
        return saved;
    }
    login_ = fill_template(settings_.login_template, s.id, s.account);
    return login_;
}

void SnapshotReader::emit(Service& s, std::string_view saved, bool ambiguous) {
    DesiredAccount account;
    account.item = ItemId(s.id);
    account.login = login_of(s, saved);
    account.login_saved = !saved.empty() && s.opened;
    const std::string why = ambiguous ? "is saved twice, differently" : login_fault(account.login);
    if (!why.empty()) {
        // A pending operation is never answered while nobody knows whose account it is about.
        if (s.wants_account() || s.in_progress) {
            hold(
                s,
                Fault{
                    HoldCode::kBadLogin,
                    saved.empty() ? fmt::format("item {}", s.id)
                                  : fmt::format("itemparam username of item {}", s.id),
                    fmt::format("the login {} {}", quoted(account.login), why),
                    saved.empty() ? "correct login_template in the configuration"
                                  : "correct the service's param username in the panel"}
            );
        }
        return;
    }
    if (s.wants_account() && !s.held) {
        describe(s, account);
    }
    const auto owner = std::ranges::lower_bound(owners_, s.account, {}, &Owner::account);
    if (owner != owners_.end() && owner->account == s.account) {
        const std::string_view texts = owner_texts_;
        account.email = texts.substr(owner->text, owner->email_size);
        account.display_name = texts.substr(owner->text + owner->email_size, owner->name_size);
    }
    account.wanted = s.wanted;
    account.held = s.held;
    account.in_progress = s.in_progress;
    tables_[s.server].add(account);
}

Result<void> SnapshotReader::finish_tables() {
    // Putting the tables in order takes room as well: what was merged is not needed any more.
    services_ = std::vector<Service>();
    children_ = std::vector<Child>();
    owners_ = std::vector<Owner>();
    owner_texts_ = std::string();
    const std::vector<std::string> groups = catalogue_.managed_groups();
    for (std::size_t i = 0; i < tables_.size(); ++i) {
        DesiredServer& server = servers_.servers[i];
        for (const std::vector<ItemId>& items : tables_[i].hold_duplicates()) {
            std::string all;
            for (const ItemId item : items) {
                all += fmt::format("{}{}", all.empty() ? "" : ", ", item.value);
            }
            for (const ItemId item : items) {
                hold(
                    item,
                    server.id,
                    Fault{
                        HoldCode::kLoginClash,
                        fmt::format("itemparam username of item {}", item.value),
                        fmt::format("items {} claim one login on this server", all),
                        "give all but one of them another username, or close them"}
                );
            }
        }
        server.accounts = std::move(tables_[i]).finish();
        server.managed_groups = groups;
    }
    return {};
}

}  // namespace bn::bm_reader
