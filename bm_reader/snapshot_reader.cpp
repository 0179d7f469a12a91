#include "bm_reader/snapshot_reader.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "bm_reader/snapshot_merge.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::int64_t kTrialPeriod = -100;
constexpr std::size_t kLongestDisplayName = 64;

std::uint32_t id_of(const Number& number) {
    return static_cast<std::uint32_t>(number.value());
}

// Keys must arrive in order: the merge would silently lose rows otherwise.
class KeyOrder {
  public:
    bool accept(std::uint32_t key) {
        const bool fine = key >= last_;
        last_ = key;
        return fine;
    }

  private:
    std::uint32_t last_ = 0;
};

Error out_of_order(const queries::Query& query) {
    return {
        Concern::kPanel,
        NextMove::kBug,
        "panel.order",
        fmt::format(
            "the database returns the rows of '{}' in another order than asked", query.name
        ),
        "check the table with the database's own tools"};
}

}  // namespace

Result<void> SnapshotReader::scan(const queries::Query& query, const RowHandler& each) {
    return rows_.scan(query.name, std::string(query.sql), each);
}

Result<void> SnapshotReader::read_catalogue() {
    auto servers = read_servers(rows_, settings_);
    if (!servers) {
        return tl::unexpected(servers.error());
    }
    servers_ = std::move(*servers);
    tables_.resize(servers_.servers.size());
    auto catalogue = Catalogue::read(rows_, settings_.module, settings_.disk_names);
    if (!catalogue) {
        return tl::unexpected(catalogue.error());
    }
    catalogue_ = std::move(*catalogue);
    return {};
}

Result<void> SnapshotReader::read_operations() {
    auto done = scan(queries::kOperations, [&](Row row) {
        if (const Number item = to_id(row[0]); item.has_value()) {
            operations_.push_back(
                {id_of(item), to_operation(row[2].text()), row[2].text() == "open"}
            );
        }
        return true;
    });
    std::ranges::stable_sort(operations_, {}, &PendingItem::item);
    return done;
}

void SnapshotReader::on_bad_service_id(Cell cell) {
    const Number number = to_number(cell);
    const bool beyond = number.has_value() && number.value() > 0;
    hold(
        ItemId(),
        ServerId(),
        Fault{
            HoldCode::kBadNumber,
            fmt::format("item {}", quoted(cell.text())),
            beyond ? "the id is beyond 32 bits" : "the id is not a positive number",
            "look at this row of the panel's table item"}
    );
    if (!beyond) {  // it could be anybody's row
        incomplete(fmt::format("a row of item has the id {}", quoted(cell.text())));
    }
}

Result<void> SnapshotReader::read_services() {
    KeyOrder order;
    bool ordered = true;
    auto done = scan(queries::kServices, [&](Row row) {
        const Number id = to_id(row[0]);
        if (!id.has_value()) {
            on_bad_service_id(row[0]);
            return true;
        }
        ordered =
            order.accept(id_of(id)) && (out_.items.empty() || out_.items.back().value != id_of(id));
        if (ordered) {
            out_.items.emplace_back(id_of(id));
            on_service(id_of(id), row);
        }
        return ordered;
    });
    if (done && !ordered) {
        return tl::unexpected(out_of_order(queries::kServices));
    }
    return done;
}

OrFault<Decision> SnapshotReader::decide(std::uint32_t id, Row row) {
    while (next_operation_ < operations_.size() && operations_[next_operation_].item < id) {
        ++next_operation_;
    }
    item_operations_.clear();
    for (std::size_t i = next_operation_; i < operations_.size() && operations_[i].item == id;
         ++i) {
        item_operations_.push_back(operations_[i].operation);
    }
    const bool suspend_flag =
        row[6].text() == "on" || row[7].text() == "on" || row[8].text() == "on";
    return decide_wanted(to_number(row[5]), item_operations_, suspend_flag, ItemId(id));
}

// Status 1, or 5 with a pending open: nothing was opened so far, whatever params the service has.
// An order form may have set them. Follows decide() of the same row.
bool SnapshotReader::opened_once(std::uint32_t id, Row row) const {
    const Number status = to_number(row[5]);
    if (status.is(1)) {
        return false;
    }
    bool opening = false;
    for (std::size_t i = next_operation_; i < operations_.size() && operations_[i].item == id;
         ++i) {
        opening = opening || operations_[i].opens;
    }
    return !(status.is(5) && opening);
}

// A service without a module, or whose module does not exist. Only a tariff of ours makes it ours.
void SnapshotReader::on_homeless(std::uint32_t id, Row row, const Decision& decision) {
    const Number tariff = to_id(row[2]);
    const bool wants = decision.wanted == Wanted::kEnabled || decision.wanted == Wanted::kDisabled;
    if (!wants || !tariff.has_value() || !catalogue_.is_ours(id_of(tariff))) {
        return;
    }
    const bool none = row[3].null();
    hold(
        ItemId(id),
        ServerId(),
        Fault{
            none ? HoldCode::kNoServer : HoldCode::kDanglingReference,
            fmt::format("item {}", id),
            none ? "the service wants an account, but no processing module is chosen for it"
                 : fmt::format(
                       "the service's processing module {} does not exist", quoted(row[3].text())
                   ),
            "choose one of the Nextcloud modules for this service in the panel"}
    );
}

void SnapshotReader::on_service(std::uint32_t id, Row row) {
    const Number module = to_id(row[3]);
    const auto& servers = servers_.servers;
    const auto server =
        module.has_value()
            ? std::ranges::lower_bound(servers, ServerId(id_of(module)), {}, &DesiredServer::id)
            : servers.end();
    const bool ours = server != servers.end() && server->id.value == id_of(module);
    if (!ours && module.has_value() && servers_.others.contains(id_of(module))) {
        return;
    }
    auto decision = decide(id, row);
    if (!ours) {
        if (decision) {
            on_homeless(id, row, *decision);
        }
        return;
    }
    const Number account = to_id(row[1]);
    const Number tariff = to_id(row[2]);
    Service s;
    s.id = id;
    s.account = account.has_value() ? id_of(account) : 0;
    s.pricelist = tariff.has_value() ? id_of(tariff) : tariff.null() ? 0 : kNoPricelist;
    s.server = static_cast<std::uint32_t>(server - servers.begin());
    s.opened = opened_once(id, row);
    const Number period = to_number(row[4]);
    s.trial = period.is(kTrialPeriod);
    if (tariff.has_value()) {
        catalogue_.add_ours(s.pricelist);
    }
    if (!decision) {
        hold(s, std::move(decision.error()));
    } else {
        s.wanted = decision->wanted;
        s.in_progress = decision->in_progress;
        if (s.wants_account() && period.is_bad()) {
            hold(
                s,
                Fault{
                    HoldCode::kBadNumber,
                    fmt::format("item {}", id),
                    "the period is not a number",
                    "correct the service's period in the panel"}
            );
        }
    }
    services_.push_back(s);
}

Result<void> SnapshotReader::read_children() {
    KeyOrder order;
    bool ordered = true;
    auto service = services_.begin();
    auto done = scan(queries::kChildren, [&](Row row) {
        const Number parent = to_id(row[0]);
        if (!parent.has_value()) {
            if (!to_number(row[0]).has_value()) {
                incomplete(fmt::format(
                    "item {} has the parent {}", quoted(row[1].text()), quoted(row[0].text())
                ));
            }
            return true;
        }
        ordered = order.accept(id_of(parent));
        while (service != services_.end() && service->id < id_of(parent)) {
            ++service;
        }
        if (!ordered || service == services_.end() || service->id != id_of(parent)) {
            return ordered;
        }
        const Number resource = to_id(row[2]);
        if (!resource.has_value()) {
            if (service->wants_account() && !service->held) {
                hold(
                    *service,
                    Fault{
                        HoldCode::kDanglingReference,
                        fmt::format("item {}", quoted(row[1].text())),
                        fmt::format("this ordered resource of item {} names none", service->id),
                        "delete this row's order in the panel, or give it its resource"}
                );
            }
            return true;
        }
        if (!catalogue_.is_disk_resource(id_of(resource))) {
            return true;
        }
        if (service->children++ == 0) {
            service->first_child = static_cast<std::uint32_t>(children_.size());
        }
        const Number id = to_id(row[1]);
        children_.push_back(
            {id.has_value() ? id_of(id) : 0,
             id_of(resource),
             to_number(row[3]),
             to_number(row[4]),
             to_number(row[5]),
             to_number(row[6])}
        );
        return true;
    });
    if (done && !ordered) {
        return tl::unexpected(out_of_order(queries::kChildren));
    }
    return done;
}

Result<void> SnapshotReader::read_owners() {
    std::vector<std::uint32_t> accounts;
    accounts.reserve(services_.size());
    for (const Service& s : services_) {
        if (s.wants_account()) {
            accounts.push_back(s.account);
        }
    }
    std::ranges::sort(accounts);
    const auto rest = std::ranges::unique(accounts);
    accounts.erase(rest.begin(), rest.end());
    owners_.resize(accounts.size());
    KeyOrder order;
    bool ordered = true;
    auto wanted = accounts.begin();
    auto done = scan(queries::kOwners, [&](Row row) {
        const Number account = to_id(row[0]);
        const Number id = to_id(row[1]);
        if (!account.has_value()) {
            return true;
        }
        ordered = !id.has_value() || order.accept(id_of(id));
        // Accounts and their users are mostly made in the same order: look at the next one first.
        if (wanted == accounts.end() || *wanted != id_of(account)) {
            wanted = std::ranges::lower_bound(accounts, id_of(account));
        }
        if (!ordered || wanted == accounts.end() || *wanted != id_of(account)) {
            return ordered;
        }
        Owner& owner = owners_[static_cast<std::size_t>(wanted - accounts.begin())];
        if (owner.account == 0) {  // the account's first user
            owner.account = id_of(account);
            const std::string email = usable_email(row[2].text());
            const std::string name = clean(row[3].text(), kLongestDisplayName);
            owner.email_size = static_cast<std::uint32_t>(email.size());
            owner.name_size = static_cast<std::uint32_t>(name.size());
            owner.text = owner_texts_.size();
            owner_texts_.append(email).append(name);
        }
        ++wanted;
        return true;
    });
    if (done && !ordered) {
        return tl::unexpected(out_of_order(queries::kOwners));
    }
    std::erase_if(owners_, [](const Owner& owner) { return owner.account == 0; });
    return done;
}

Result<void> SnapshotReader::read_logins() {
    KeyOrder order;
    bool ordered = true;
    auto service = services_.begin();
    std::string saved;
    bool ambiguous = false;
    const auto flush = [&] {
        emit(*service, saved, ambiguous);
        saved.clear();
        ambiguous = false;
        ++service;
    };
    auto done = scan(queries::kLogins, [&](Row row) {
        const Number item = to_id(row[0]);
        if (!item.has_value()) {
            return true;
        }
        ordered = order.accept(id_of(item));
        while (service != services_.end() && service->id < id_of(item)) {
            flush();
        }
        if (ordered && service != services_.end() && service->id == id_of(item)) {
            ambiguous |= !saved.empty() && saved != row[1].text();
            saved = row[1].text();
        }
        return ordered;
    });
    if (!done) {
        return done;
    }
    if (!ordered) {
        return tl::unexpected(out_of_order(queries::kLogins));
    }
    while (service != services_.end()) {
        flush();
    }
    return {};
}

Result<DesiredSnapshot> SnapshotReader::read(Time now) {
    constexpr Step kSteps[] = {
        &SnapshotReader::read_catalogue,
        &SnapshotReader::read_operations,
        &SnapshotReader::read_services,
        &SnapshotReader::read_children,
        &SnapshotReader::read_owners,
        &SnapshotReader::read_logins,
        &SnapshotReader::finish_tables};
    for (const Step step : kSteps) {
        if (auto done = (this->*step)(); !done) {
            return tl::unexpected(std::move(done.error()));
        }
    }
    out_.taken_at = now;
    out_.complete = out_.incomplete_reason.empty();
    out_.servers = std::move(servers_.servers);
    std::ranges::stable_sort(out_.holds, {}, &Hold::item);
    return std::move(out_);
}

Result<DesiredSnapshot> read_snapshot(RowSource& rows, const PanelSettings& settings, Time now) {
    return SnapshotReader(rows, settings).read(now);
}

}  // namespace bn::bm_reader
