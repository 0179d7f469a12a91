// Port: where desired state comes from. Implemented by bm_reader.
#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

#include "reconciler/model/desired.hpp"
#include "reconciler/model/error.hpp"
#include "reconciler/model/secret.hpp"
#include "reconciler/model/time.hpp"

namespace bn {

// A cheap look at what the panel is waiting for.
//
// Compared and ordered by id, item and command only: an operation that was tried once more, or that
// a person took over, is still the same operation.
struct PendingOperation {
    std::uint32_t id = 0;  // runningoperation.id
    ItemId item;
    std::string command;         // open, suspend, ...
    std::string itemtype = {};   // intname of the product type of the item's tariff; may be empty
    std::uint32_t trycount = 0;  // how often the panel has started it; 0 when it does not say
    bool manual = false;         // taken out of the automatic tries
    std::uint32_t last_tariff = 0;  // item.lastpricelist: where a tariff change came from; 0: none
    bool has_task = false;          // a task for a person, not yet closed, belongs to it
    Steady seen = {};               // when the service first saw it; nothing: it was not looked for

    friend bool operator==(const PendingOperation& a, const PendingOperation& b) {
        return a.id == b.id && a.item == b.item && a.command == b.command;
    }

    friend std::strong_ordering operator<=>(const PendingOperation& a, const PendingOperation& b) {
        return std::tie(a.id, a.item, a.command) <=> std::tie(b.id, b.item, b.command);
    }
};

// What the panel has stored for one item: to see that what was saved has arrived.
struct SavedParams {
    bool exists = false;                         // the item has a row
    std::optional<std::int64_t> status = {};     // item.status; nothing: NULL or no number
    std::uint32_t last_tariff = 0;               // item.lastpricelist; 0: none
    std::vector<std::uint32_t> operations = {};  // pending ones, ascending
    std::map<std::string, Secret> plain = {};    // itemparam: passwords may be among them
    // itemcryptedparam, decrypted. Without a value: stored, but the configured key does not open
    // it (or no key is configured).
    std::map<std::string, std::optional<Secret>> crypted = {};

    SavedParams() = default;
};

// How one item's used space is written for billing.
struct UsageMeasure {
    ItemId item;
    ServerId server;
    bool has_addon = false;           // without: there is nothing to bill, no row is written
    std::string param = {};           // internal name of the disk add-on: "disk", "disc"
    std::uint32_t measure = 0;        // measure.id of the add-on
    std::int64_t bytes_per_unit = 0;  // exact, above 0
    // Why the add-on has no unit that bytes can be divided into; then the two fields above are 0.
    std::string problem = {};

    UsageMeasure() = default;
    friend bool operator==(const UsageMeasure&, const UsageMeasure&) = default;
};

// Blocking: runs on a thread of its own, never on the loop. Not thread-safe; one caller at a time.
// Errors of all calls: kRetryCall (connection lost), kWait (no primary, locked), kHuman (rights,
// schema).
class DesiredSource {
  public:
    virtual ~DesiredSource() = default;

    // One consistent reading of everything, in a constant number of queries.
    virtual Result<DesiredSnapshot> read(Time now) = 0;

    // The servers alone, without their accounts: how they are reached. A few rows.
    virtual Result<std::vector<DesiredServer>> servers() = 0;

    // Operations that wait for items of our module. One query (and one more, once, to learn which
    // columns this panel has).
    virtual Result<std::vector<PendingOperation>> pending_operations() = 0;

    // One item, in one consistent view. An item that is not there is no error.
    virtual Result<SavedParams> saved_params(ItemId item) = 0;

    // Every active or suspended item of our module, ascending, in a constant number of queries.
    virtual Result<std::vector<UsageMeasure>> usage_measures() = 0;
};

}  // namespace bn
