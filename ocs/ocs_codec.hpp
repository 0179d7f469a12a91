// Bytes of the OCS API -> values. Pure; never throws; takes any bytes, however damaged.
//
// The bodies are taken by reference because the parser needs spare room behind them (it may make
// them reallocate once); their content stays.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

#include "reconciler/model/actual.hpp"

namespace bn::ocs {

// What kind of thing an answer's body is.
enum class Shape : std::uint8_t {
    kEmpty,
    kOcs,        // JSON (or the XML of a refused login) with ocs.meta
    kPlainJson,  // JSON without an object `ocs`
    kOther,      // HTML, XML without ocs, damaged JSON
};

// What an answer says about itself.
struct Meta {
    Shape shape = Shape::kEmpty;
    int code = 0;         // ocs.meta.statuscode
    std::string message;  // ocs.meta.message, cut at 300 bytes, fit to be shown

    Meta() = default;
};

// Only what it says about itself: for answers whose data does not matter.
Meta read_meta(std::string& body);

// The `id` in the data of a successful create; empty when there is none.
Meta read_created(std::string& body, std::string& id);

// `data.users` or `data.groups`: an array of names, digit-only names as numbers, or [].
Meta read_names(std::string& body, std::string_view list, std::vector<std::string>& names);

// Where the accounts of a reading go, and who was met in it so far.
struct AccountSink {
    using Key = std::size_t;  // of a login; two logins hardly ever share one

    static Key key_of(std::string_view login) { return std::hash<std::string>()(login_key(login)); }

    ActualTable::Builder table;
    boost::unordered_flat_set<Key> met;
};

// What a page held; `fresh`: of these, who was not met before.
struct PageCount {
    std::uint64_t entries = 0;
    std::uint64_t fresh = 0;
};

// One page of users/details, straight into the table. Damage in the middle leaves the accounts
// before it in the table, returns kOther, and nobody of it counts as met: the page will be read
// again.
Meta read_details(std::string& body, AccountSink& sink, std::uint16_t part, PageCount& page);

// One account (GET users/{id}, GET user). `login` is what was asked for: ownCloud's answer holds no
// id. `groups_known`: the answer had the groups.
Meta read_account(
    std::string& body, std::string_view login, OwnedActualAccount& account, bool& groups_known
);

struct ServerStatus {
    bool maintenance = false;
    bool needs_upgrade = false;
    std::string product;
    std::string version;  // versionstring
    int major = 0;

    ServerStatus() = default;
};

// status.php; nothing when it is not the answer of a cloud.
std::optional<ServerStatus> read_status(std::string& body);

// What our own files say of their cloud.
struct HomeFacts {
    std::string identity;          // empty: not said
    std::string data_fingerprint;  // "none": it was never set; empty: not said

    HomeFacts() = default;
};

// The WebDAV answer (PROPFIND) about our own files; nothing when it is none.
std::optional<HomeFacts> read_home(std::string_view body);

// The least length of a password that the capabilities name; 0: none.
Meta read_password_rule(std::string& body, std::uint32_t& least);

}  // namespace bn::ocs
