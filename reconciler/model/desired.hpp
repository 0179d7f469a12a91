// Desired state: what was sold, as one reading of the panel says it.
//
// A million items are held flat: 24 bytes a record plus its texts in one block (login key and
// e-mail; the spelling of the login only where it is not lower case). Sorted by login key.
// Tables are built once and then read from any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "reconciler/model/account_table.hpp"
#include "reconciler/model/hold.hpp"
#include "reconciler/model/ids.hpp"
#include "reconciler/model/panel_mark.hpp"
#include "reconciler/model/quota.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/sold.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// One desired account. Texts point into the table (or, for `DesiredTable::Builder::add`, to the
// caller's memory).
struct DesiredAccount {
    ItemId item;
    std::string_view login;         // spelling to create; compared by its key
    std::string_view email;         // lower case, or empty: not known, not compared
    std::string_view display_name;  // only used by a create
    std::string_view group;         // as stored in the tariff (see managed_groups); empty: none
    Quota quota;                    // exact bytes as sold, not yet canonical
    std::uint32_t tariff = 0;       // pricelist.id; 0: none
    std::uint32_t client = 0;       // the panel's account that pays for it; 0: not known
    Wanted wanted = Wanted::kNothing;
    bool held = false;  // a hold of the reader stands against this item
    // The login is the item's saved `username` param, and the item was opened: its status or its
    // opening date says so, and no opening is pending. A form or a client can set the param alone.
    bool login_saved = false;
    bool in_progress = false;  // an operation of the panel waits for this item: serve it first
    // Status 5 with only a change pending, and no opening date: so looks a service that works, and
    // an order that was never paid.
    bool maybe_unpaid = false;
};

struct DesiredRecord {
    enum Flag : std::uint8_t {
        kHeld = 1,
        kLoginSaved = 2,
        kInProgress = 4,
        kSpelled = 8,
        kMaybeUnpaid = 16
    };

    Quota quota;
    ItemId item;
    std::uint32_t text = 0;
    std::uint32_t group = 0;
    std::uint8_t key_length = 0;
    std::uint8_t email_length = 0;
    Wanted wanted = Wanted::kNothing;
    std::uint8_t flags = 0;
};

static_assert(sizeof(DesiredRecord) == 24);

class DesiredTable : public AccountTable<DesiredRecord> {
  public:
    class Builder;
    using enum DesiredRecord::Flag;

    [[nodiscard]] DesiredAccount operator[](std::size_t i) const;

    // Memory of records and texts, names for people included.
    [[nodiscard]] std::size_t bytes() const {
        return AccountTable::bytes() + names_.capacity() +
               (tariffs_.capacity() + clients_.capacity() + display_names_.capacity()) *
                   sizeof(std::uint32_t);
    }

    using AccountTable::find;
    [[nodiscard]] std::size_t find(ItemId item) const;  // linear
    // The item's own among the rows of this login, which are neighbours.
    [[nodiscard]] std::size_t find(std::string_view key, ItemId item) const;

    [[nodiscard]] std::uint32_t client(std::size_t i) const { return clients_[i]; }

    [[nodiscard]] std::uint32_t tariff(std::size_t i) const { return tariffs_[i]; }

    [[nodiscard]] std::string_view display_name(std::size_t i) const {
        return names_.data() + display_names_[i];
    }

  private:
    std::vector<std::uint32_t> tariffs_;        // by record; the diff does not read them
    std::vector<std::uint32_t> clients_;        // by record
    std::vector<std::uint32_t> display_names_;  // by record: offset in names_, NUL-terminated
    std::string names_;
};

class DesiredTable::Builder {
  public:
    void reserve(std::size_t accounts);
    // Copies the texts. Login and e-mail of an account that is not held have at most 255 bytes;
    // those of a held one are cut.
    void add(const DesiredAccount& account);
    // Sorts by key. Accounts of one key stay neighbours, in item order: who of them has the login
    // is for the plan to say (plan/claims.hpp).
    [[nodiscard]] DesiredTable finish() &&;

  private:
    DesiredTable table_;
};

// How a cloud is called, as its form in the panel says; nothing: it does not say. What the
// configuration says goes before it.
struct CallWishes {
    std::optional<bool> verify_tls;
    std::optional<Duration> timeout;

    friend bool operator==(const CallWishes&, const CallWishes&) = default;
};

// One cloud as the panel knows it. Holds a secret: never logged whole.
struct DesiredServer {
    ServerId id;
    std::string name;
    std::string base_url;  // https://host[:port][/sub-path], no trailing slash
    std::string login;
    Secret password;
    CallWishes wishes;
    bool active = true;
    // Why this server cannot be used (bad address, secret that cannot be decrypted); empty: fine.
    std::string problem;
    std::string remedy;
    // Values of `pricelistparam usergroup` of all tariffs of our module: only these groups are ever
    // added or removed. As stored: a name, or the list position that the Python module wrote.
    // Sorted.
    std::vector<std::string> managed_groups;
    DesiredTable accounts;
};

// A closed service that stands in no server's table: it is on no server, whosever tariff it has, or
// no account can have its login. What the ledger knows as its account is closed all the same, by
// the login that the account has.
struct ClosedRow {
    ItemId item;
    std::uint32_t client = 0;  // 0: not known
    bool opened = false;       // as DesiredAccount::login_saved means it
};

struct DesiredSnapshot {
    Time taken_at{};
    // Which panel was read; empty: nothing certain says so (the panel's key cannot be read).
    std::string panel_fingerprint;
    PanelMark mark;  // how old the data is, by the panel's own counters
    bool complete = false;
    std::string incomplete_reason;
    std::vector<DesiredServer> servers;  // sorted by id
    // Of services of ours that are on no server, or whose login no account can have: what they name
    // by their usernames, without characters that no login has. Whoever takes something away asks
    // here too.
    DesiredTable claims;
    // The same of services on no server that have no tariff of ours. Nobody but who takes something
    // away asks them: another product's service may not keep an order from its login.
    DesiredTable foreign_claims;
    std::vector<ClosedRow> closed;  // sorted by item
    std::vector<Hold> holds;        // sorted by item; one item may have several
    // Whose owner's e-mail address is none that a cloud takes, and is left out. Sorted.
    std::vector<ItemId> emails_left_out;
    std::vector<ItemId> items;  // every service of our module that has a row, of any status, sorted

    [[nodiscard]] const DesiredServer* server(ServerId id) const;
    [[nodiscard]] bool has_row(ItemId item) const;
    [[nodiscard]] const ClosedRow* closed_row(ItemId item) const;  // nullptr: it is none of these
};

}  // namespace bn
