// The merge of one snapshot: flat scans in key order become holds and accounts. One object reads
// one snapshot, on one thread.
#include "bm_reader/snapshot_reader.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>

#include "base/text.hpp"
#include "bm_reader/catalogue.hpp"
#include "bm_reader/crypted_param.hpp"
#include "bm_reader/queries.hpp"
#include "bm_reader/row_mapper.hpp"
#include "bm_reader/server_mapper.hpp"
#include "bm_reader/text.hpp"

namespace bn::bm_reader {

namespace {

constexpr std::int64_t kTrialPeriod = -100;
constexpr std::size_t kLongestDisplayName = 64;
constexpr std::uint32_t kNoPricelist = std::numeric_limits<std::uint32_t>::max();

// A service of ours between its own row and the rows that belong to it.
struct Service {
    std::uint32_t id = 0;
    std::uint32_t account = 0;    // 0: none
    std::uint32_t pricelist = 0;  // 0: none, kNoPricelist: not an id
    std::uint32_t server = 0;     // index
    std::uint32_t first_child = 0;
    std::uint32_t children = 0;
    Wanted wanted = Wanted::kNothing;
    bool trial = false;
    bool in_progress = false;
    bool held = false;
    bool ours = true;    // by its module, or without one by its tariff
    bool opened = true;  // see SnapshotReader::opened_
    bool maybe_unpaid = false;

    [[nodiscard]] bool wants_account() const { return bn::wants_account(wanted); }
};

struct PendingItem {
    std::uint32_t item = 0;
    Operation operation = Operation::kOther;
};

// Its texts stand in SnapshotReader::owner_texts_, the address first.
struct Owner {
    std::uint32_t account = 0;
    std::uint32_t email_size = 0;
    std::uint32_t name_size = 0;
    std::size_t text = 0;
    bool email_left_out = false;
};

class SnapshotReader {
  public:
    SnapshotReader(RowSource& rows, const PanelSettings& settings, bool dated)
        : rows_(rows), settings_(settings), dated_(dated) {}

    Result<DesiredSnapshot> read(Time now) {
        auto done = run_steps<SnapshotReader>(
            *this,
            {&SnapshotReader::read_catalogue,
             &SnapshotReader::read_operations,
             &SnapshotReader::read_services,
             &SnapshotReader::read_children,
             &SnapshotReader::read_owners,
             &SnapshotReader::read_logins,
             &SnapshotReader::finish_tables}
        );
        if (!done) {
            return tl::unexpected(std::move(done.error()));
        }
        if (auto key = ParamKey::load(settings_.crypt_key_file)) {
            out_.panel_fingerprint = key->fingerprint();
        }
        out_.taken_at = now;
        out_.complete = out_.incomplete_reason.empty();
        out_.servers = std::move(servers_.servers);
        std::ranges::stable_sort(out_.holds, {}, &Hold::item);
        std::ranges::sort(out_.emails_left_out);
        return std::move(out_);
    }

  private:
    Result<void> read_catalogue() {
        return read_servers(rows_, settings_)
            .and_then([&](ServerRows servers) {
                servers_ = std::move(servers);
                tables_.resize(servers_.servers.size());
                return Catalogue::read(rows_, settings_.module, settings_.disk_names);
            })
            .map([&](Catalogue catalogue) { catalogue_ = std::move(catalogue); });
    }

    Result<void> read_operations() {
        auto done = rows_.each(queries::kOperations, "", [&](Row row) {
            if (const Number item = to_id(row[0]); item.has_value()) {
                operations_.push_back({id_of(item), to_operation(row[2].text())});
            }
        });
        std::ranges::stable_sort(operations_, {}, &PendingItem::item);
        return done;
    }

    Result<void> read_services() {
        const auto each = [&](Number id, Row row) {
            if (id.has_value()) {
                out_.items.emplace_back(id_of(id));
                on_service(id_of(id), row);
            } else {
                on_bad_service_id(row[0]);
            }
        };
        std::string sql(queries::kServices.sql);
        if (!dated_) {
            base::replace_all(sql, "opendate", "NULL");
        }
        return scan({queries::kServices.name, sql}, 0, each, true);
    }

    Result<void> read_children() {
        auto service = services_.begin();
        return scan(queries::kChildren, 0, [&](Number parent, Row row) {
            if (!parent.has_value()) {
                if (!to_number(row[0]).has_value()) {
                    incomplete(fmt::format(
                        "item {} has the parent {}",
                        in_quotes(row[1].text()),
                        in_quotes(row[0].text())
                    ));
                }
                return;
            }
            while (service != services_.end() && service->id < id_of(parent)) {
                ++service;
            }
            if (service == services_.end() || service->id != id_of(parent)) {
                return;
            }
            const Number resource = to_id(row[2]);
            if (!resource.has_value()) {
                if (service->wants_account() && !service->held) {
                    hold(
                        *service,
                        {HoldCode::kDanglingReference,
                         fmt::format("item {}", in_quotes(row[1].text())),
                         fmt::format("this ordered resource of item {} names none", service->id),
                         "delete this row's order in the panel, or give it its resource"}
                    );
                }
                return;
            }
            if (!catalogue_.is_disk_resource(id_of(resource))) {
                return;
            }
            if (service->children++ == 0) {
                service->first_child = static_cast<std::uint32_t>(children_.size());
            }
            const Number id = to_id(row[1]);
            children_.push_back(
                {{to_number(row[3]), to_number(row[4]), to_number(row[5]), to_number(row[6])},
                 id.has_value() ? id_of(id) : 0,
                 id_of(resource)}
            );
        });
    }

    Result<void> read_owners() {
        std::vector<std::uint32_t> accounts;
        accounts.reserve(services_.size());
        for (const Service& s : services_) {
            // A closed one's address still tells its account from another one.
            if (s.wants_account() || s.wanted == Wanted::kAbsent) {
                accounts.push_back(s.account);
            }
        }
        std::ranges::sort(accounts);
        const auto rest = std::ranges::unique(accounts);
        accounts.erase(rest.begin(), rest.end());
        owners_.resize(accounts.size());
        auto wanted = accounts.begin();
        auto done = scan(queries::kOwners, 1, [&](Number, Row row) {
            const Number account = to_id(row[0]);
            if (!account.has_value()) {
                return;
            }
            // Accounts and their users are mostly made in the same order: look at the next one
            // first.
            if (wanted == accounts.end() || *wanted != id_of(account)) {
                wanted = std::ranges::lower_bound(accounts, id_of(account));
            }
            if (wanted == accounts.end() || *wanted != id_of(account)) {
                return;
            }
            Owner& owner = owners_[static_cast<std::size_t>(wanted - accounts.begin())];
            if (owner.account == 0) {  // the account's first user
                owner.account = id_of(account);
                const std::string email = usable_email(row[2].text());
                const std::string name = clean(row[3].text(), kLongestDisplayName);
                owner.email_size = static_cast<std::uint32_t>(email.size());
                owner.email_left_out = email.empty() && !trim(row[2].text()).empty();
                owner.name_size = static_cast<std::uint32_t>(name.size());
                owner.text = owner_texts_.size();
                owner_texts_.append(email).append(name);
            }
            ++wanted;
        });
        std::erase_if(owners_, [](const Owner& owner) { return owner.account == 0; });
        return done;
    }

    Result<void> read_logins() {
        auto service = services_.begin();
        std::string saved;
        bool ambiguous = false;
        const auto flush = [&] {
            emit(*service, saved, ambiguous);
            saved.clear();
            ambiguous = false;
            ++service;
        };
        auto done = scan(queries::kLogins, 0, [&](Number item, Row row) {
            if (!item.has_value()) {
                return;
            }
            const auto found = std::ranges::lower_bound(homeless_, id_of(item), {}, &Service::id);
            if (found != homeless_.end() && found->id == id_of(item)) {
                claim(*found, row[1].text());
            }
            while (service != services_.end() && service->id < id_of(item)) {
                flush();
            }
            if (service != services_.end() && service->id == id_of(item)) {
                if (!saved.empty() && saved != row[1].text()) {
                    ambiguous = true;
                    claim(*service, saved);
                }
                saved = row[1].text();
            }
        });
        while (done && service != services_.end()) {
            flush();
        }
        return done;
    }

    Result<void> finish_tables() {
        // Putting the tables in order takes room as well: what was merged is not needed any more.
        services_ = std::vector<Service>();
        children_ = std::vector<Child>();
        owners_ = std::vector<Owner>();
        owner_texts_ = std::string();
        out_.claims = std::move(claims_).finish();
        out_.foreign_claims = std::move(foreign_claims_).finish();
        std::ranges::sort(out_.closed, {}, &ClosedRow::item);
        const std::vector<std::string> groups = catalogue_.managed_groups();
        for (std::size_t i = 0; i < tables_.size(); ++i) {
            DesiredServer& server = servers_.servers[i];
            server.accounts = std::move(tables_[i]).finish();
            server.managed_groups = groups;
        }
        return {};
    }

    // The rows in ascending order of the id in `column`, which is checked: the merge would silently
    // lose rows otherwise. `each` gets that id, which may be none.
    Result<void> scan(
        const queries::Query& query,
        std::size_t column,
        const std::function<void(Number, Row)>& each,
        bool unique = false
    ) {
        std::int64_t least = 0;
        bool ordered = true;
        auto done = rows_.scan(query.name, std::string(query.sql), [&](Row row) {
            const Number id = to_id(row[column]);
            if (id.has_value()) {
                ordered = id.value() >= least;
                least = id.value() + (unique ? 1 : 0);
            }
            if (ordered) {
                each(id, row);
            }
            return ordered;
        });
        if (done && !ordered) {
            return tl::unexpected(Error(
                Concern::kPanel,
                NextMove::kBug,
                "panel.order",
                fmt::format(
                    "the database returns the rows of '{}' in another order than asked", query.name
                ),
                "check the table with the database's own tools"
            ));
        }
        return done;
    }

    // ---- from a service's rows to its account, and the holds on the way ----

    void on_service(std::uint32_t id, Row row) {
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
        const Number account = to_id(row[1]);
        const Number tariff = to_id(row[2]);
        Service s;
        s.id = id;
        s.account = account.has_value() ? id_of(account) : 0;
        s.opened = opened_;
        if (!ours) {
            s.held = !decision;
            s.wanted = decision ? decision->wanted : s.wanted;
            on_homeless(s, row);
            return;
        }
        s.pricelist = tariff.has_value() ? id_of(tariff) : tariff.null() ? 0 : kNoPricelist;
        s.server = static_cast<std::uint32_t>(server - servers.begin());
        s.maybe_unpaid = maybe_unpaid_;
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
                    {HoldCode::kBadNumber,
                     fmt::format("item {}", id),
                     "the period is not a number",
                     "correct the service's period in the panel"}
                );
            }
        }
        services_.push_back(s);
    }

    // A service without a module, or whose module does not exist. Only a tariff of ours says that
    // it is to have an account; whether it had one is for the ledger to know.
    void on_homeless(Service& s, Row row) {
        const Number tariff = to_id(row[2]);
        s.ours = tariff.has_value() && catalogue_.is_ours(id_of(tariff));
        closed(s);
        if (s.wanted != Wanted::kAbsent || s.held) {
            homeless_.push_back(s);
        }
        if (!s.wants_account() || !s.ours) {
            return;
        }
        const bool none = row[3].null();
        hold(
            ItemId(s.id),
            ServerId(),
            {none ? HoldCode::kNoServer : HoldCode::kDanglingReference,
             fmt::format("item {}", s.id),
             none
                 ? "the service wants an account, but no processing module is chosen for it"
                 : fmt::format(
                       "the service's processing module {} does not exist", in_quotes(row[3].text())
                   ),
             "choose one of the Nextcloud modules for this service in the panel"}
        );
    }

    void on_bad_service_id(Cell cell) {
        const Number number = to_number(cell);
        const bool beyond = number.has_value() && number.value() > 0;
        hold(
            ItemId(),
            ServerId(),
            {HoldCode::kBadNumber,
             fmt::format("item {}", in_quotes(cell.text())),
             beyond ? "the id is beyond 32 bits" : "the id is not a positive number",
             "look at this row of the panel's table item"}
        );
        if (!beyond) {  // it could be anybody's row
            incomplete(fmt::format("a row of item has the id {}", in_quotes(cell.text())));
        }
    }

    OrHold<Decision> decide(std::uint32_t id, Row row) {
        while (next_operation_ < operations_.size() && operations_[next_operation_].item < id) {
            ++next_operation_;
        }
        item_operations_.clear();
        bool opening = false;
        bool only_changes = true;
        for (auto i = next_operation_; i < operations_.size() && operations_[i].item == id; ++i) {
            item_operations_.push_back(operations_[i].operation);
            opening = opening || operations_[i].operation == Operation::kOpen ||
                      operations_[i].operation == Operation::kReopen;
            only_changes = only_changes && (operations_[i].operation == Operation::kKeep ||
                                            operations_[i].operation == Operation::kOther);
        }
        const Number status = to_number(row[5]);
        // An order form may have set any param: only what the panel itself says proves an opening.
        // Status 4 follows an order that was never paid as well, and 5 follows any.
        const std::string_view date = row[9].text();
        const bool dated = !row[9].null() && !date.empty() && !date.starts_with("0000");
        opened_ = !opening && (status.is(2) || status.is(3) || (dated && !status.is(1)));
        maybe_unpaid_ = status.is(5) && !dated && only_changes;
        const bool suspend_flag =
            row[6].text() == "on" || row[7].text() == "on" || row[8].text() == "on";
        return decide_wanted(status, item_operations_, suspend_flag, ItemId(id));
    }

    void emit(Service& s, std::string_view saved, bool ambiguous) {
        DesiredAccount account;
        account.item = ItemId(s.id);
        account.client = s.account;
        account.login = login_of(s, saved);
        account.login_saved = !saved.empty() && s.opened;
        const std::string why =
            ambiguous ? "is saved twice, differently" : login_fault(account.login);
        if (!why.empty()) {
            claim(s, account.login);
            closed(s);
            // A pending operation is never answered while nobody knows whose account it is about.
            if (s.wants_account() || s.in_progress) {
                hold(
                    s,
                    {HoldCode::kBadLogin,
                     saved.empty() ? fmt::format("item {}", s.id)
                                   : fmt::format("itemparam username of item {}", s.id),
                     fmt::format("the login {} {}", in_quotes(account.login), why),
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
            if (owner->email_left_out && s.wants_account()) {
                out_.emails_left_out.push_back(account.item);
            }
        }
        account.wanted = s.wanted;
        account.held = s.held;
        account.in_progress = s.in_progress;
        account.maybe_unpaid = s.maybe_unpaid;
        tables_[s.server].add(account);
    }

    // What a service names that can have no account as it is written: it is not taken from its
    // client all the same.
    void claim(const Service& s, std::string_view login) {
        DesiredAccount named;
        named.item = ItemId(s.id);
        named.client = s.account;
        const std::string kept = only_login_characters(login);
        named.login = trim(kept);
        named.login_saved = s.opened;
        named.wanted = s.wanted;
        named.held = s.held;
        if (login_fault(named.login).empty()) {
            (s.ours ? claims_ : foreign_claims_).add(named);
        }
    }

    void closed(const Service& s) {
        if (s.wanted == Wanted::kAbsent && !s.held && !s.in_progress) {
            out_.closed.push_back({ItemId(s.id), s.account, s.opened});
        }
    }

    std::string_view login_of(const Service& s, std::string_view saved) {
        if (!saved.empty()) {
            return saved;
        }
        login_ = fill_template(settings_.login_template, s.id, s.account);
        return login_;
    }

    // Quota and group of a service that wants an account.
    void describe(Service& s, DesiredAccount& account) {
        if (!servers_.servers[s.server].active) {
            hold(
                s,
                {HoldCode::kServerDisabled,
                 fmt::format("processingmodule {}", servers_.servers[s.server].id.value),
                 "the service's processing module is switched off",
                 "switch the module on in the panel, or move its services"}
            );
            return;
        }
        if (s.pricelist == 0 || s.pricelist == kNoPricelist) {
            hold(
                s,
                {s.pricelist == 0 ? HoldCode::kNoTariff : HoldCode::kDanglingReference,
                 fmt::format("item {}", s.id),
                 s.pricelist == 0 ? "the service has no tariff"
                                  : "the service's tariff is not an id",
                 "give the service a tariff in the panel"}
            );
            return;
        }
        account.tariff = s.pricelist;
        const std::span<const Child> own(children_.data() + s.first_child, s.children);
        const Quota uncapped = settings_.uncapped_on(servers_.servers[s.server].id);
        if (settings_.unlimited.contains(s.pricelist)) {
            account.quota = Quota::unlimited();
        } else if (auto quota = catalogue_.quota(s.pricelist, own, s.trial, uncapped)) {
            account.quota = *quota;
        } else {
            hold(s, std::move(quota.error()));
        }
        if (auto group = catalogue_.group(s.pricelist)) {
            account.group = *group;
        } else {
            hold(s, std::move(group.error()));
        }
    }

    void hold(Service& service, HoldReason fault) {
        service.held = true;
        hold(ItemId(service.id), servers_.servers[service.server].id, std::move(fault));
    }

    void hold(ItemId item, ServerId server, HoldReason fault) {
        out_.holds.emplace_back(
            item,
            server,
            fault.code,
            std::move(fault.where),
            std::move(fault.detail),
            std::move(fault.remedy)
        );
    }

    void incomplete(std::string reason) {
        if (out_.incomplete_reason.empty()) {
            out_.incomplete_reason = std::move(reason);
        }
    }

    RowSource& rows_;
    const PanelSettings& settings_;
    bool dated_;
    DesiredSnapshot out_;
    Catalogue catalogue_;
    ServerRows servers_;
    std::vector<DesiredTable::Builder> tables_;
    DesiredTable::Builder claims_;
    DesiredTable::Builder foreign_claims_;
    std::vector<Service> homeless_;  // on no server of the panel; closed ones name nothing
    std::vector<PendingItem> operations_;
    std::size_t next_operation_ = 0;
    std::vector<Operation> item_operations_;  // scratch
    bool maybe_unpaid_ = false;
    bool opened_ = true;  // the service that was decided last was opened, none is pending
    std::vector<Service> services_;
    std::vector<Child> children_;
    std::vector<Owner> owners_;
    std::string owner_texts_;
    std::string login_;  // scratch
};

}  // namespace

Result<DesiredSnapshot> read_snapshot(
    RowSource& rows, const PanelSettings& settings, Time now, bool dated
) {
    return SnapshotReader(rows, settings, dated).read(now);
}

}  // namespace bn::bm_reader
